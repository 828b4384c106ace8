"""The gallery: ready-made experiments with a picture, a purpose and an expected outcome."""

import streamlit as st

from playground.text import text
from playground.ui import cards, navigation

spoken = navigation.begin("gallery")
st.title(text("pages.gallery.title", spoken))
st.write(text("pages.gallery.intro", spoken))
cards.draw(spoken)
