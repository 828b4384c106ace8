"""Chapter: generalization. From the training points to all others, one experiment a section."""

import streamlit as st

from playground.text import text
from playground.ui import navigation
from playground.ui.labs import (
    generalization_bias,
    generalization_dropout,
    generalization_ensembles,
    generalization_noise,
    generalization_penalties,
    generalization_reading,
    generalization_size,
    generalization_stopping,
)

SECTIONS = {
    "bias": generalization_bias,
    "reading": generalization_reading,
    "penalties": generalization_penalties,
    "dropout": generalization_dropout,
    "noise": generalization_noise,
    "stopping": generalization_stopping,
    "ensembles": generalization_ensembles,
    "size": generalization_size,
}
PARAMETER = "section"

spoken = navigation.begin("generalization")
st.title(text("lab_generalization.title", spoken), anchor=False)
st.write(text("lab_generalization.intro", spoken))

asked = st.query_params.get(PARAMETER)
if "gen.section" not in st.session_state:
    st.session_state["gen.section"] = asked if asked in SECTIONS else next(iter(SECTIONS))
section = st.segmented_control(
    text("lab_generalization.section", spoken),
    list(SECTIONS),
    required=True,
    format_func=lambda name: text(f"lab_generalization.sections.{name}", spoken),
    key="gen.section",
    label_visibility="collapsed",
)
if asked != section:
    st.query_params[PARAMETER] = section
# Only the open section computes.
SECTIONS[section].draw(spoken)
