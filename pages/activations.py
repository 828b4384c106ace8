"""The chapter on activations and on the way from one neuron to a network (curriculum 1 and 2)."""

import streamlit as st

from playground.text import text
from playground.ui import navigation
from playground.ui.labs import (
    activations_approximation,
    activations_functions,
    activations_gradients,
    activations_neuron,
    activations_size,
    activations_speed,
    activations_units,
)

SECTIONS = {
    "functions": (activations_functions.draw, activations_functions.draw_cost),
    "gradients": (
        activations_gradients.draw,
        activations_gradients.draw_training,
        activations_gradients.draw_selu,
    ),
    "units": (activations_units.draw_dead, activations_units.draw_prelu),
    "zigzag": (activations_units.draw_zigzag,),
    "speed": (
        activations_speed.draw_iris,
        activations_speed.draw_convergence,
        activations_speed.draw_maxout,
    ),
    "approximation": (activations_approximation.draw, activations_approximation.draw_errors),
    "neuron": (activations_neuron.draw, activations_neuron.draw_linear),
    "step": (activations_size.draw, activations_size.draw_step),
}
"""The experiments of each section; only the open section computes."""

spoken = navigation.begin("activations")
st.title(text("lab_activations.title", spoken))
st.write(text("lab_activations.intro", spoken))
opened = st.segmented_control(
    text("lab_activations.section", spoken),
    list(SECTIONS),
    default="functions",
    required=True,
    key="activations.section",
    format_func=lambda name: text(f"lab_activations.sections.{name}", spoken),
    label_visibility="collapsed",
)
for draw in SECTIONS[opened]:
    draw(spoken)
    st.divider()
