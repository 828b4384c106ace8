"""A small matrix of weights to type."""

from __future__ import annotations

import streamlit as st

from playground.ui.handles import Handled


def draw(asked: Handled) -> None:
    """A square of number fields, row by row."""
    numbers = asked.settings[asked.control.name]
    side = round(len(numbers) ** 0.5)
    keys = [f"{asked.key}.{place}" for place in range(len(numbers))]

    def typed() -> None:
        given = [st.session_state[one] for one in keys]
        asked.put(tuple(old if new is None else new for old, new in zip(numbers, given, strict=True)))

    label = asked.section.say(f"controls.{asked.control.name}.label", asked.language)
    st.caption(label)
    for row in range(side):
        for column, cell in enumerate(st.columns(side, gap="small")):
            place = row * side + column
            if st.session_state.get(keys[place]) != numbers[place]:
                st.session_state[keys[place]] = numbers[place]
            cell.number_input(
                f"{label} ({row + 1}, {column + 1})",
                asked.control.low,
                asked.control.high,
                value=numbers[place],
                step=1.0,
                format="%g",
                key=keys[place],
                label_visibility="collapsed",
                on_change=typed,
            )
