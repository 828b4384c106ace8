"""A small matrix of weights to type."""

from __future__ import annotations

from typing import Any

import streamlit as st

from playground.chapters.controls import Handle, Settings
from playground.chapters.section import Section
from playground.ui.handles import Put


def draw(
    section: Section,
    control: Handle,
    settings: Settings,
    result: Any,
    language: str,
    key: str,
    put: Put,
) -> None:
    """A square of number fields, row by row."""
    numbers = settings[control.name]
    side = round(len(numbers) ** 0.5)
    keys = [f"{key}.{place}" for place in range(len(numbers))]

    def typed() -> None:
        given = [st.session_state[one] for one in keys]
        put(tuple(old if new is None else new for old, new in zip(numbers, given, strict=True)))

    label = section.say(f"controls.{control.name}.label", language)
    st.caption(label)
    for row in range(side):
        for column, cell in enumerate(st.columns(side, gap="small")):
            place = row * side + column
            if st.session_state.get(keys[place]) != numbers[place]:
                st.session_state[keys[place]] = numbers[place]
            cell.number_input(
                f"{label} ({row + 1}, {column + 1})",
                control.low,
                control.high,
                value=numbers[place],
                step=1.0,
                format="%g",
                key=keys[place],
                label_visibility="collapsed",
                on_change=typed,
            )
