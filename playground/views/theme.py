"""Colours and sizes that all charts share. Each colour is readable on a light and on a dark page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt
from altair.utils import schemapi

from playground.text.written import RAISED

# Altair checks a whole chart when it is drawn; checking each of its parts as well takes as long again.
schemapi.disable_debug_mode()

SPLIT_COLOURS: Mapping[str, str] = {"train": "#009e73", "test": "#d1478e"}
"""Training and test curves: neither is blue or orange, which mean the classes."""

VALIDATION_COLOUR = "#7d5bd0"
"""The validation curve, between the two others, where points are held out."""

CLASS_COLOURS = (
    "#0877bd",
    "#f59322",
    "#009e73",
    "#cc79a7",
    "#56b4e9",
    "#d55e00",
    "#e6c700",
    "#8c6bb1",
    "#7f7f7f",
    "#a6761d",
)
"""Class 0, class 1, …: the Okabe–Ito order, starting with blue and orange."""

NEUTRAL_COLOUR = "#8a8f98"
"""The learning rate and everything that belongs to no split and no class."""

BAR_COLOUR = "#4c8fbf"
"""Bars of histograms."""

LAYER_COLOURS = (
    "#4c78d8",
    "#2f9ac4",
    "#1fa89b",
    "#3fae6a",
    "#86a93a",
    "#b99a2b",
    "#d98233",
    "#d9604c",
    "#c2477d",
)
"""Layers in forward order: a sequence of hues from blue to red, of like lightness."""

AXIS_WIDTH = 44
"""Pixels kept for the vertical axis, so that a chart does not move when its labels grow."""


def split_colour(labels: Mapping[str, str], symbol: str = "stroke") -> alt.Color:
    """The colour channel of the column ``split`` with a legend on top.

    Args:
        labels: what the legend says for each part, in the order of the legend.
        symbol: ``"stroke"`` for lines, ``"circle"`` for points.
    """
    colours = {**SPLIT_COLOURS, "validation": VALIDATION_COLOUR}
    return alt.Color(
        "split:N",
        scale=alt.Scale(domain=list(labels), range=[colours[part] for part in labels]),
        legend=alt.Legend(
            title=None,
            orient="top",
            labelExpr=label_expression(labels),
            symbolType=symbol,
            symbolStrokeWidth=3 if symbol == "stroke" else 0,
            symbolOpacity=1,
        ),
    )


def label_expression(labels: Mapping[str, str]) -> str:
    """The Vega expression that writes ``labels[value]`` for the value of an axis, legend or header."""
    table = ", ".join(f"{quoted(key)}: {quoted(label)}" for key, label in labels.items())
    return f"({{{table}}})[datum.value] || datum.label"


def _powers() -> dict[str, Any]:
    raised = {f"e{n:+d}": f"10{str(n).translate(RAISED)}" for n in range(-32, 33)} | {"e+0": "1"}
    table = ", ".join(f"'{tens}': '{label}'" for tens, label in raised.items())
    power, digit = f"({{{table}}})[slice(datum.label, 1)]", "slice(datum.label, 0, 1)"
    label = f"{digit} == '1' ? {power} : {power} == '1' ? {digit} : {digit} + '×' + {power}"
    return {"format": ".0e", "labelExpr": label}


POWERS = _powers()
"""Options of a logarithmic axis whose labels are powers of ten: 1, 10⁻³, 2×10⁻³."""


def quoted(text: str) -> str:
    """``text`` as a string of Vega's expression language."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", " ") + "'"


def fixed_axis(title: str, **options: Any) -> alt.Axis:
    """A vertical axis of constant width."""
    return alt.Axis(
        title=title,
        minExtent=AXIS_WIDTH,
        maxExtent=AXIS_WIDTH,
        titlePadding=4,
        tickCount=options.pop("tickCount", 4),
        **options,
    )


def epoch_axis(title: str | None, **options: Any) -> alt.Axis:
    """A horizontal axis of epochs: whole numbers, shortened only when they are long.

    Vega takes the smallest step as a hint only and still puts ticks on halves of a short run; they stay blank.
    """
    return alt.Axis(
        title=title,
        grid=False,
        tickMinStep=1,
        tickCount=5,
        labelExpr="datum.value % 1 ? '' : format(datum.value, datum.value < 10000 ? ',d' : '~s')",
        tickOpacity={"condition": {"test": "datum.value % 1", "value": 0}, "value": 1},
        **options,
    )


def named(name: str) -> alt.NamedData:
    """A data set that the page fills later, through Vega's view API.

    Its rows hold numbers already. Vega would convert them again, in copies of which it never forgets the keys.
    """
    return alt.NamedData(name=name, format={"parse": None})
