"""Layer sizes to type, such as 3-4-2."""

from __future__ import annotations

from typing import Any

import streamlit as st

from playground.chapters.activations.count import parse_sizes
from playground.chapters.controls import Handle, Settings
from playground.chapters.section import Section
from playground.registry import InvalidValue
from playground.text.refusals import describe
from playground.ui.handles import Put

MOST = 80
"""Characters that can be typed."""


def draw(
    section: Section,
    control: Handle,
    settings: Settings,
    result: Any,
    language: str,
    key: str,
    put: Put,
) -> None:
    """A line of text; what cannot be read is said below it and changes nothing."""
    written = "-".join(f"{size:.0f}" for size in settings[control.name])
    refused = st.session_state.get(f"{key}.refused")
    if refused is None and st.session_state.get(key) != written:
        st.session_state[key] = written

    def typed() -> None:
        try:
            sizes = parse_sizes(st.session_state[key])
        except InvalidValue as error:
            st.session_state[f"{key}.refused"] = error
        else:
            st.session_state.pop(f"{key}.refused", None)
            put(sizes)

    label = section.say(f"controls.{control.name}.label", language)
    tip = section.say(f"controls.{control.name}.tip", language)
    st.text_input(label, key=key, max_chars=MOST, on_change=typed, help=tip)
    if refused is not None:
        st.warning(describe(refused, language))
