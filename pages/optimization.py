"""The chapter on optimization (curriculum 5)."""

import streamlit as st

from playground.text import text
from playground.ui import navigation
from playground.ui.labs import (
    optimization_landscape,
    optimization_orders,
    optimization_race,
    optimization_schedules,
    optimization_theory,
)

SECTIONS = {
    "race": (optimization_race.draw,),
    "theory": (
        optimization_theory.draw_contraction,
        optimization_theory.draw_momentum,
        optimization_theory.draw_adam,
        optimization_theory.draw_adagrad,
    ),
    "orders": (optimization_orders.draw,),
    "schedules": (
        optimization_schedules.draw_effect,
        optimization_schedules.draw_plateau,
        optimization_schedules.draw_decay,
    ),
    "landscape": (optimization_landscape.draw,),
}
"""The experiments of each section; only the open section computes."""

spoken = navigation.begin("optimization")
st.title(text("lab_optimization.title", spoken))
st.write(text("lab_optimization.intro", spoken))
opened = st.segmented_control(
    text("lab_optimization.section", spoken),
    list(SECTIONS),
    default="race",
    required=True,
    key="optimization.section",
    format_func=lambda name: text(f"lab_optimization.sections.{name}", spoken),
    label_visibility="collapsed",
)
for number, draw in enumerate(SECTIONS[opened]):
    if number:
        st.divider()
    draw(spoken)
