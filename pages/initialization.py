"""Chapter: initial weights. What the first weights decide, one experiment a section."""

import streamlit as st

from playground.text import text
from playground.ui import navigation
from playground.ui.labs import (
    initialization_layers,
    initialization_pretraining,
    initialization_race,
    initialization_scale,
    initialization_symmetry,
)

SECTIONS = {
    "layers": initialization_layers,
    "symmetry": initialization_symmetry,
    "race": initialization_race,
    "scale": initialization_scale,
    "pretraining": initialization_pretraining,
}
PARAMETER = "section"

spoken = navigation.begin("initialization")
st.title(text("lab_initialization.title", spoken), anchor=False)
st.write(text("lab_initialization.intro", spoken))

asked = st.query_params.get(PARAMETER)
if "init.section" not in st.session_state:
    st.session_state["init.section"] = asked if asked in SECTIONS else next(iter(SECTIONS))
section = st.segmented_control(
    text("lab_initialization.section", spoken),
    list(SECTIONS),
    required=True,
    format_func=lambda name: text(f"lab_initialization.sections.{name}", spoken),
    key="init.section",
    label_visibility="collapsed",
)
if asked != section:
    st.query_params[PARAMETER] = section
# Only the open section computes.
SECTIONS[section].draw(spoken)
