"""The start of a race on a surface, set by click or arrow keys; the paths are drawn there too."""

from __future__ import annotations

import numpy as np
import streamlit as st

from playground.chapters.optimization.charts import rule_looks, rule_name
from playground.chapters.optimization.race import Race
from playground.chapters.optimization.racing import Path
from playground.chapters.optimization.surfaces import SURFACES
from playground.stage.surface import Track, surface_stage
from playground.text import topic
from playground.ui.handles import Handled
from playground.ui.section_style import GROWING

SYMBOLS = {"momentum_buffer": "m", "exp_avg": "m", "exp_avg_sq": "v", "sum": "s", "square_avg": "s"}
"""What PyTorch's names for a rule's memory are called in the formulas."""
LARGEST = 3e38
"""Of float32."""


def packed(path: Path) -> tuple[list[str], np.ndarray]:
    """The names and the float32 columns (T + 1, n) of a path, x and y first."""
    columns = ["w.x", "w.y", "loss", "g.x", "g.y", "e.x", "e.y", "evaluations"]
    parts = [path.positions, path.losses[:, None], path.gradients, path.effective, path.evaluations[:, None]]
    for name, values in path.state.items():
        columns += [f"{name}.x", f"{name}.y"]
        parts.append(values)
    return columns, np.clip(np.hstack(parts), -LARGEST, LARGEST).astype(np.float32)


def _track(path: Path, language: str) -> Track:
    columns, values = packed(path)
    colour, dash = rule_looks(path.rule)
    state = {name: SYMBOLS.get(name, name) for name in path.state}
    label = rule_name(path.rule, language)
    return Track(path.rule, label, colour, dash, path.rate, path.diverged, columns, values, state)


def draw(asked: Handled) -> None:
    """The surface with the start and, when they are computed, the paths of the race ``result``."""
    if not isinstance(asked.result, Race):
        st.html('<div class="section-skeleton" aria-hidden="true"></div>')
        return
    st.html(GROWING)
    technique, surface = SURFACES[asked.result.surface.name], asked.result.surface
    words = topic(f"chapters.{asked.section.chapter}.{asked.section.name}", asked.language)
    labels = {name.removeprefix("stage."): said for name, said in words.items() if name.startswith("stage.")}
    labels["about"] = words[f"surfaces.{surface.name}"]

    def moved() -> None:
        given = getattr(st.session_state.get(asked.key), "start", None)
        if isinstance(given, (list, tuple)) and len(given) == 2:
            asked.put(tuple(round(float(value), 4) for value in given))

    surface_stage(
        asked.result.ground,
        technique.domain(surface),
        technique.minima(surface),
        asked.result.start,
        [_track(path, asked.language) for path in asked.result.paths],
        labels,
        key=asked.key,
        on_start=moved,
    )
