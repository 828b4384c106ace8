"""Figures of a section that hang together: what is chosen in one chart, table or in the list is marked in all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from playground.chapters.controls import Settings
from playground.chapters.section import Figure, Section
from playground.text import text

KEPT = "sections.marked"


class Link:
    """What is marked in the figures of a section, for as long as its settings stay.

    Every choice gives charts and tables new keys: a chart tells of a click only where it differs from its last one, and
    would keep what was clicked in it before another one was chosen elsewhere.
    """

    def __init__(self, section: Section, settings: Settings) -> None:
        self.section, self.settings = section, settings
        kept: tuple[Settings, Any, int] | None = st.session_state.setdefault(KEPT, {}).get(section.key)
        self.marked: Any = kept[1] if kept is not None and kept[0] == settings else None
        self._times = kept[2] if kept is not None else 0

    def mark(self, value: Any) -> None:
        """Choose a value; None: none."""
        st.session_state[KEPT][self.section.key] = (self.settings, value, self._times + 1)

    def chart(self, spec: dict[str, Any], column: str, key: str) -> dict[str, Any]:
        """Bring what is marked into a chart.

        Returns:
            The options with which ``st.vega_lite_chart`` tells what is clicked.
        """
        params = spec.get("params", [])
        for param in params:
            if param["name"] == "marked":
                param["value"] = self.marked
        key = f"{key}.{self._times}"
        if not any(param["name"] == "picked" for param in _params(spec)):
            return {"key": key}

        def took() -> None:
            picked = st.session_state[key].selection.get("picked")
            self.mark(picked[0][column] if picked else None)

        return {"key": key, "on_select": took, "selection_mode": "picked"}

    def rows(self, frame: pd.DataFrame, column: str, key: str) -> dict[str, Any]:
        """The options with which ``st.dataframe`` has the row of what is marked chosen, and tells of another one."""
        if column not in frame:
            return {}
        key, values = f"{key}.{self._times}", frame[column].tolist()

        def took() -> None:
            rows = st.session_state[key].selection.rows
            self.mark(values[rows[0]] if rows else None)

        chosen = [values.index(self.marked)] if self.marked in values else []
        return {
            "key": key,
            "on_select": took,
            "selection_mode": "single-row",
            "selection_default": {"selection": {"rows": chosen}},
        }

    def draw(self, figures: Sequence[Figure], language: str) -> None:
        """The list to choose from, for the keyboard too, and the numbers of what is marked."""
        if not figures or not figures[0].links:
            return
        figure = figures[0]
        name = figure.columns[figure.links]
        values = sorted(set(figure.frame[figure.links].tolist()))
        key = f"{self.section.key}.marked.{self._times}"
        with st.container(key="section_marked", horizontal=True, vertical_alignment="bottom"):
            st.selectbox(
                text("sections.mark", language, name=name),
                [None, *values],
                index=1 + values.index(self.marked) if self.marked in values else 0,
                format_func=lambda value: (
                    text("sections.none_marked", language) if value is None else f"{value}"
                ),
                key=key,
                on_change=lambda: self.mark(st.session_state[key]),
                width=240,
            )
            if self.marked in values:
                row = figure.frame[figure.frame[figure.links] == self.marked].iloc[0]
                st.markdown(" · ".join(_told(figure.columns[n], row[n]) for n in figure.columns if n in row))


def _told(title: str, value: Any) -> str:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return f"{title} **{value:.4g}**" if number else f"{title} **{value}**"


def _params(node: Any) -> list[dict[str, Any]]:
    """All parameters of a specification, also those of its parts."""
    if isinstance(node, list):
        return [param for part in node for param in _params(part)]
    if not isinstance(node, dict):
        return []
    parts = [node[name] for name in ("layer", "concat", "hconcat", "vconcat") if name in node]
    return [*node.get("params", []), *_params(parts)]
