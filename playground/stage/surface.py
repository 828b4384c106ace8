"""Paths over a surface in a Streamlit page: a component that plays what was computed beforehand."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from playground.stage import assets, mounting

LOWEST_SHARE = 0.02
"""This share of the picture is taken as one lowest band: the logarithm would spend its colours there."""

_component = st.components.v2.component(
    "playground_surface",
    html="<div></div>",
    js=mounting.stub("surface"),
    isolate_styles=True,
)


@dataclass(frozen=True)
class Track:
    """One path and how it looks.

    Args:
        name: identifier, for example a rule's.
        label: its name in the table.
        colour, dash: of the line; the pattern in pixels.
        rate: learning rate.
        diverged: whether it left all bounds.
        columns: names of the columns of ``values``; x and y of the position first.
        values: float32 (T + 1, n).
        state: what the rule remembers: prefix of its columns and symbol.
    """

    name: str
    label: str
    colour: str
    dash: Sequence[int]
    rate: float
    diverged: bool
    columns: Sequence[str]
    values: np.ndarray
    state: Mapping[str, str]

    def data(self) -> dict[str, Any]:
        """What the browser gets."""
        return {
            "rule": self.name,
            "label": self.label,
            "colour": self.colour,
            "dash": list(self.dash),
            "rate": self.rate,
            "diverged": self.diverged,
            "steps": len(self.values) - 1,
            "columns": list(self.columns),
            "values": _text(self.values),
            "state": [{"name": name, "symbol": symbol} for name, symbol in self.state.items()],
        }


def levels(values: np.ndarray) -> np.ndarray:
    """Heights as uint8 on a logarithmic scale over the lowest one; the same shape."""
    above = values - np.nanmin(values)
    floor = max(float(np.nanquantile(above, LOWEST_SHARE)), 1e-9)
    scaled = np.log(above + floor)
    scaled -= scaled.min()
    return np.round(255 * scaled / max(float(scaled.max()), 1e-9)).astype(np.uint8)


def _text(values: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode()


def surface_stage(
    ground: np.ndarray,
    domain: Sequence[Sequence[float]],
    minima: Sequence[Sequence[float]],
    start: Sequence[float],
    tracks: Sequence[Track],
    labels: Mapping[str, str],
    *,
    key: str,
    on_start: Callable[[], None],
) -> Any:
    """Mount the surface with the paths on it.

    Args:
        ground: values (rows, columns), the first row at the lowest y.
        domain: least and greatest x and y.
        minima: marked points.
        start: where the paths begin.
        tracks: in the order of the table; none while they are computed.
        labels: texts of the component.
        key: identity of the mount.
        on_start: called when another start was set; ``st.session_state[key]["start"]`` then holds it.
    """
    shades = levels(ground)
    surface = {
        "rows": shades.shape[0],
        "columns": shades.shape[1],
        "levels": _text(shades),
        "domain": domain,
        "minima": minima,
    }
    drawn = [track.data() for track in tracks]
    what = {"surface": surface, "paths": drawn, "start": list(start), "labels": dict(labels)}
    identity = hashlib.sha256(json.dumps(what, default=str).encode()).hexdigest()
    data = {**what, "identity": identity, "modules": assets.address(), "failed": labels["failed"]}
    return _component(key=key, data=[data], on_start_change=on_start)
