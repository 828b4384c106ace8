"""Chapter: preprocessing and normalization (curriculum 3 and 6)."""

import streamlit as st

from playground.text import text
from playground.ui import navigation
from playground.ui.labs import (
    normalization_modes,
    normalization_preprocessing,
    normalization_stages,
    normalization_sweeps,
    normalization_training,
)

SECTIONS = {
    "preprocessing": (normalization_preprocessing.draw, normalization_preprocessing.draw_leak),
    "stages": (normalization_stages.draw,),
    "training": (normalization_training.draw,),
    "robust": (normalization_sweeps.draw_scale, normalization_sweeps.draw_rate),
    "batches": (normalization_sweeps.draw_batches, normalization_modes.draw),
    "effect": (normalization_modes.draw_regularizing, normalization_modes.draw_cost),
}
"""The experiments of each section; only the open section computes."""

spoken = navigation.begin("normalization")
st.title(text("lab_normalization.title", spoken), anchor=False)
st.write(text("lab_normalization.intro", spoken))
opened = st.segmented_control(
    text("lab_normalization.section", spoken),
    list(SECTIONS),
    default="preprocessing",
    required=True,
    key="norm.section",
    format_func=lambda name: text(f"lab_normalization.sections.{name}", spoken),
    label_visibility="collapsed",
)
for draw in SECTIONS[opened]:
    draw(spoken)
    st.divider()
