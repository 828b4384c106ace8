"""The reference: every technique with formula, picture, parameters and source."""

import streamlit as st

from playground.text import text
from playground.ui import navigation, reference

spoken = navigation.begin("techniques")
st.title(text("pages.techniques.title", spoken))
st.write(text("pages.techniques.intro", spoken))
reference.draw(spoken)
