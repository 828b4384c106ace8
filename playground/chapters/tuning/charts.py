"""What the chapter's sections share: axes, titles, the plane of two settings with a run at each point."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Literal

import altair as alt
import pandas as pd
from altair.typing import ChartType

from playground.chapters.section import words
from playground.views.lines import Axis
from playground.views.theme import NEUTRAL_COLOUR

say = words("tuning")
SHADES: Literal["viridis"] = "viridis"
"""From low (dark) to high loss: told apart by colour-blind people, and in grey."""
HALO = "halo"
"""Begins the names of charts whose words lie on marks: the page draws its own colour around them."""


def axis(column: str, language: str, **options: Any) -> Axis:
    """The axis of a column, titled as the chapter calls it; ``options`` as ``Axis`` takes them."""
    return Axis(column, say(f"axes.{column}", language), **options)


def columns(language: str, *names: str) -> dict[str, str]:
    """Titles of a table's columns."""
    return {name: say(f"axes.{name}", language) for name in names}


def channel(axis: Axis) -> dict[str, Any]:
    """Title, scale and labels of an axis, as a channel takes them."""
    return {"title": axis.title, "scale": axis.scale(), "axis": alt.Axis(format=axis.format, tickCount=6)}


def rule(axis: str, value: float, label: str) -> ChartType:
    """A dashed line across the plot with its name.

    Args:
        axis: ``"x"`` or ``"y"``.
    """
    place = pd.DataFrame({axis: [value], "label": [label]})
    position = {axis: alt.X("x:Q") if axis == "x" else alt.Y("y:Q")}
    line = (
        alt.Chart(place).mark_rule(strokeDash=[6, 4], strokeWidth=2, color=NEUTRAL_COLOUR).encode(**position)
    )
    named = re.sub(r"\W", "_", f"{HALO}_{axis}_{value:g}")
    words = alt.Chart(place, name=named).mark_text(
        align="left", dx=6, dy=-8, fontSize=13, color=NEUTRAL_COLOUR
    )
    words = words.encode(
        **position, **({"x": alt.value(0)} if axis == "y" else {"y": alt.value(14)}), text="label:N"
    )
    return alt.layer(line, words)


def plane(
    frame: pd.DataFrame,
    x: Axis,
    y: Axis,
    language: str,
    *,
    shape: str = "",
    shapes: Sequence[str] = (),
    loss: str = "loss",
    size: int = 120,
) -> ChartType:
    """Runs at their two settings, coloured by their loss: dark is low.

    Args:
        shape: a column that tells kinds of runs apart by their marks, in the order ``shapes``.
    """
    key = axis(loss, language)
    colour = alt.Color(
        f"{loss}:Q",
        scale=alt.Scale(scheme=SHADES, type="log"),
        legend=alt.Legend(title=key.title, orient="right", gradientLength=160, format=".2~g"),
    )
    tips = [x.tooltip(), y.tooltip(), key.tooltip()]
    marks = {}
    if shape:
        marks["shape"] = alt.Shape(
            f"{shape}:N", sort=list(shapes), legend=alt.Legend(title=None, orient="top", symbolSize=160)
        )
        tips.insert(0, alt.Tooltip(f"{shape}:N", title=say(f"axes.{shape}", language)))
    return (
        alt.Chart(frame)
        .mark_point(filled=True, size=size, opacity=0.95, stroke="#666", strokeWidth=0.6)
        .encode(
            x=alt.X(f"{x.column}:Q", **channel(x)),
            y=alt.Y(f"{y.column}:Q", **channel(y)),
            color=colour,
            tooltip=tips,
            **marks,
        )
    )
