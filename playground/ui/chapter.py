"""A chapter page: its title, and its experiments section by section."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from playground.text import text
from playground.ui import navigation

PARAMETER = "section"
"""The open section in a page's address."""

Draw = Callable[[str], None]
"""Draws one experiment in a language."""


def draw(name: str, sections: Mapping[str, Sequence[Draw]]) -> None:
    """Draw the chapter ``name``; only the open section computes.

    The texts are ``lab_<name>.title``, ``.intro``, ``.section`` and ``.sections.<section>``. The section that is open
    stands in the address, so that a lecturer can link to it.

    Args:
        sections: the experiments of each section, in the order of the menu.
    """
    spoken = navigation.begin(name)
    st.title(text(f"lab_{name}.title", spoken), anchor=False)
    st.write(text(f"lab_{name}.intro", spoken))
    asked, key = st.query_params.get(PARAMETER), f"{name}.section"
    if key not in st.session_state:
        st.session_state[key] = asked if asked in sections else next(iter(sections))
    chosen = st.segmented_control(
        text(f"lab_{name}.section", spoken),
        list(sections),
        required=True,
        format_func=lambda section: text(f"lab_{name}.sections.{section}", spoken),
        key=key,
        label_visibility="collapsed",
    )
    opened = chosen or next(iter(sections))
    if asked != opened:
        st.query_params[PARAMETER] = opened
    for number, experiment in enumerate(sections[opened]):
        if number:
            st.divider()
        experiment(spoken)
