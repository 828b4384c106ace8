"""Layer sizes to type, such as 3-4-2."""

from __future__ import annotations

import streamlit as st

from playground.chapters.activations.count import parse_sizes
from playground.registry import InvalidValue
from playground.text.refusals import describe
from playground.ui.handles import Handled

MOST = 80
"""Characters that can be typed."""


def draw(asked: Handled) -> None:
    """A line of text; what cannot be read is said below it and changes nothing."""
    written = "-".join(f"{size:.0f}" for size in asked.settings[asked.control.name])
    refused = st.session_state.get(f"{asked.key}.refused")
    if refused is None and st.session_state.get(asked.key) != written:
        st.session_state[asked.key] = written

    def typed() -> None:
        try:
            sizes = parse_sizes(st.session_state[asked.key])
        except InvalidValue as error:
            st.session_state[f"{asked.key}.refused"] = error
        else:
            st.session_state.pop(f"{asked.key}.refused", None)
            asked.put(sizes)

    label = asked.section.say(f"controls.{asked.control.name}.label", asked.language)
    tip = asked.section.say(f"controls.{asked.control.name}.tip", asked.language)
    st.text_input(label, key=asked.key, max_chars=MOST, on_change=typed, help=tip)
    if refused is not None:
        st.warning(describe(refused, asked.language))
