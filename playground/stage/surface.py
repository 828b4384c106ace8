"""The race of update rules in a Streamlit page: a component that plays paths computed beforehand."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st

from playground.chapters.optimization.racing import Path, heights
from playground.chapters.optimization.surfaces import SURFACES, Pair
from playground.registry import Spec
from playground.stage import assets, mounting

LOWEST_SHARE = 0.02
"""This share of the picture is taken as one lowest band: the logarithm would spend its colours there."""
SYMBOLS = {
    "momentum_buffer": "m",
    "exp_avg": "m",
    "exp_avg_sq": "v",
    "sum": "s",
    "square_avg": "s",
    "d": "d",
}
"""What PyTorch's names for a rule's memory are called in the formulas."""

_component = st.components.v2.component(
    "playground_surface",
    html="<div></div>",
    js=mounting.stub("surface"),
    isolate_styles=True,
)


def levels(values: np.ndarray) -> np.ndarray:
    """Heights as uint8 on a logarithmic scale over the lowest one; the same shape."""
    above = values - np.nanmin(values)
    floor = max(float(np.nanquantile(above, LOWEST_SHARE)), 1e-9)
    scaled = np.log(above + floor)
    scaled -= scaled.min()
    return np.round(255 * scaled / max(float(scaled.max()), 1e-9)).astype(np.uint8)


def packed(path: Path) -> tuple[list[str], np.ndarray]:
    """The names and the float32 columns (T + 1, n) of a path, x and y first."""
    columns = ["w.x", "w.y", "loss", "g.x", "g.y", "e.x", "e.y", "evaluations"]
    parts = [path.positions, path.losses[:, None], path.gradients, path.effective, path.evaluations[:, None]]
    for name, values in path.state.items():
        columns += [f"{name}.x", f"{name}.y"]
        parts.append(values)
    return columns, np.clip(np.hstack(parts), -3e38, 3e38).astype(np.float32)


@st.cache_data(show_spinner=False, max_entries=64)
def _surface(surface: Spec) -> dict[str, Any]:
    values = levels(heights(surface))
    technique = SURFACES[surface.name]
    return {
        "rows": values.shape[0],
        "columns": values.shape[1],
        "levels": _text(values),
        "domain": technique.domain(surface),
        "minima": technique.minima(surface),
    }


def _text(values: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode()


def _path(path: Path, label: str, colour: str, dash: Sequence[int]) -> dict[str, Any]:
    columns, values = packed(path)
    return {
        "rule": path.rule,
        "label": label,
        "colour": colour,
        "dash": list(dash),
        "rate": path.rate,
        "diverged": path.diverged,
        "steps": len(path.positions) - 1,
        "columns": columns,
        "values": _text(values),
        "state": [{"name": name, "symbol": SYMBOLS.get(name, name)} for name in path.state],
    }


def race_stage(
    surface: Spec,
    start: Pair,
    paths: Sequence[Path],
    looks: Mapping[str, tuple[str, str, Sequence[int]]],
    labels: Mapping[str, str],
    *,
    key: str,
    on_start: Callable[[], None],
) -> Any:
    """Mount the race.

    Args:
        surface: what the paths lie on.
        start: where they begin.
        paths: of the rules, in the order of the table.
        looks: label, colour and dash pattern (pixels) by rule.
        labels: texts of the component.
        key: identity of the mount.
        on_start: called after a click; ``st.session_state[key]["start"]`` then holds the new start.
    """
    drawn = [_path(path, *looks[path.rule]) for path in paths]
    what = {"surface": _surface(surface), "paths": drawn, "start": list(start), "labels": dict(labels)}
    identity = hashlib.sha256(json.dumps(what, default=str).encode()).hexdigest()
    data = {**what, "identity": identity, "modules": assets.address(), "failed": labels["failed"]}
    return _component(key=key, data=data, on_start_change=on_start)
