"""Which inputs matter: how much worse a network gets without each, and how its answer moves with one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
from altair.typing import ChartType

from playground.views.lines import Axis, lines
from playground.views.theme import BAR_COLOUR, CLASS_COLOURS, NEUTRAL_COLOUR

MOST_BARS = 12
"""Columns that the chart shows; the table has them all."""
RUG = 200
"""Marks of a rug: evenly spaced ones of the sorted values."""


def importance_chart(frame: pd.DataFrame, title: str, factor: float, labels: Mapping[str, str]) -> ChartType:
    """Bars of the most important columns, with a line as long as the standard deviation to either side.

    Args:
        frame: as ``playground.columns.importance`` gives it.
        title: of the axis. factor: of the numbers, 100 for percentage points.
        labels: titles of ``column``, ``importance`` and ``std`` in the tooltip.
    """
    shown = frame.head(MOST_BARS).assign(
        importance=lambda f: factor * f["importance"], std=lambda f: factor * f["std"]
    )
    shown = shown.assign(low=shown["importance"] - shown["std"], high=shown["importance"] + shown["std"])
    names = list(shown["column"])
    row = alt.Y("column:N", sort=names, title=None, axis=alt.Axis(labelLimit=160, labelOverlap=False))
    tooltip = [
        alt.Tooltip("column:N", title=labels["column"]),
        alt.Tooltip("importance:Q", title=labels["importance"], format=".3~f"),
        alt.Tooltip("std:Q", title=labels["std"], format=".3~f"),
    ]
    base = alt.Chart(shown)
    bars = base.mark_bar(color=BAR_COLOUR, opacity=0.6).encode(
        x=alt.X("importance:Q", title=title), y=row, tooltip=tooltip
    )
    spread = base.mark_rule(strokeWidth=2.5, color=NEUTRAL_COLOUR).encode(x="low:Q", x2="high:Q", y=row)
    return bars + spread


def dependence_chart(
    frame: pd.DataFrame,
    values: np.ndarray,
    x: str,
    y: str,
    class_names: Sequence[str],
    class_title: str,
    share: bool,
) -> ChartType:
    """A line for each class, or one, over the column's values, and a rug of the values that the points have.

    Args:
        frame: as ``playground.columns.partial_dependence`` gives it.
        values: of the points (n,).
        x, y: titles of the axes.
        class_title: what a class is called in the tooltip.
        share: the answers are shares from 0 to 1.
    """
    domain = (0.0, 1.0) if share else None
    span = (float(frame["value"].min()), float(frame["value"].max()))
    across = Axis("value", x, domain=span if span[0] < span[1] else None)
    colours: dict[Any, str] = {name: CLASS_COLOURS[i] for i, name in enumerate(class_names)} or {
        "": BAR_COLOUR
    }
    drawn = lines(
        frame,
        across,
        Axis("answer", y, format=".0%" if share else ".4~g", domain=domain),
        "class",
        class_title,
        colours=colours,
        legend=len(class_names) > 0,
    )
    rug = alt.Chart(rug_frame(values)).mark_tick(
        thickness=1, size=9, opacity=0.45, color=NEUTRAL_COLOUR, orient="vertical", clip=True, tooltip=False
    )
    return drawn + rug.encode(
        x=alt.X("value:Q", title=x, scale=across.scale()), y=alt.value(alt.ExprRef("height - 5"))
    )


def rug_frame(values: np.ndarray) -> pd.DataFrame:
    """At most ``RUG`` of the values, evenly spaced in their order: ``value``."""
    values = np.sort(values)
    places = np.unique(np.linspace(0, len(values) - 1, min(RUG, len(values))).round().astype(int))
    return pd.DataFrame({"value": values[places]})
