"""The chart of a race: the lanes' losses or accuracies over each other.

Two steps: ``race_frame`` makes the tidy table of medians and bands, ``race_chart`` the chart. The stage uses the same
chart with named, empty data sets that the browser fills: ``lines`` with the columns of ``race_frame``, ``ends`` with
each lane's name and its place beside its line, ``goal`` with what decides the race, ``left`` with the last rows of the
lanes that have diverged. ``lines`` and ``left`` also have ``shown``, ``shown_low`` and ``shown_high``: the values as a
logarithmic axis can show them.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from playground.text import text
from playground.views.curves import SMALLEST_LOG_LOSS
from playground.views.lanes import HEIGHT, LANE_COLOURS, LANE_DASHES
from playground.views.specs import specification
from playground.views.theme import NEUTRAL_COLOUR, epoch_axis, fixed_axis, named

COLUMNS = ("x", "lane", "value", "low", "high")
QUANTILES = (0.1, 0.9)
MEASURES = ("loss", "accuracy")
AXES = ("epoch", "step")


def race_frame(table: pd.DataFrame, measure: str = "loss", split: str = "test") -> pd.DataFrame:
    """Medians over the seeds, with the 10 % and 90 % quantiles.

    Args:
        table: the tidy table of a race (``playground.race``).
        measure: ``"loss"`` or ``"accuracy"``.
        split: ``"test"`` or ``"train"``.

    Returns:
        Columns as in ``COLUMNS``, ``x`` being the epoch; ``low`` and ``high`` are nan with a single seed.
    """
    part = table[table["split"] == split]
    groups = part.groupby(["lane", "epoch"])[measure]
    frame = groups.median().rename("value").to_frame()
    low, high = (groups.quantile(q, interpolation="nearest") for q in QUANTILES)
    single = part["seed"].nunique() < 2
    frame["low"] = np.nan if single else low
    frame["high"] = np.nan if single else high
    return frame.reset_index().rename(columns={"epoch": "x"})[list(COLUMNS)]


def race_chart(
    language: str,
    frame: pd.DataFrame | None = None,
    *,
    measure: str = "loss",
    axis: str = "epoch",
    log: bool = False,
    width: int = 420,
) -> alt.LayerChart:
    """The lanes over each other.

    Args:
        language: of the titles.
        frame: a ``race_frame``; None for the named data sets of the stage.
        measure: ``"loss"`` or ``"accuracy"``.
        axis: what the lanes have in common, ``"epoch"`` or ``"step"``.
        log: the loss on a logarithmic axis.
        width: pixels of the plotting area.
    """
    live = frame is None
    lines = named("lines") if frame is None else _on_log(frame)
    x = alt.X(
        "x:Q",
        axis=epoch_axis(text(f"race.chart.axis.{axis}", language)),
        scale=alt.Scale(nice=False, zero=False),
    )
    colour = alt.Color(
        "lane:O",
        scale=alt.Scale(domain=list(range(len(LANE_COLOURS))), range=list(LANE_COLOURS)),
        legend=None,
    )
    dash = alt.StrokeDash(
        "lane:O", scale=alt.Scale(domain=list(range(len(LANE_DASHES))), range=list(LANE_DASHES)), legend=None
    )
    names = {"value": "shown", "low": "shown_low", "high": "shown_high"} if log else {}
    y = _value_axis(language, measure, names.get("value", "value"), log)
    band = (
        alt.Chart(lines)
        .mark_area(opacity=0.16, clip=True)
        .encode(
            x=x,
            y=_value_axis(language, measure, names.get("low", "low"), log),
            y2=names.get("high", "high"),
            color=colour,
        )
    )
    line = (
        alt.Chart(lines).mark_line(strokeWidth=2, clip=True).encode(x=x, y=y, color=colour, strokeDash=dash)
    )
    layers: list[alt.Chart] = [band, line]
    if live:
        layers += _marks(x, _value_axis(language, measure, "y", log), y, colour)
    return (
        alt.layer(*layers)
        .properties(width=width, height=HEIGHT, padding={"left": 2, "right": 4, "top": 6, "bottom": 2})
        .resolve_scale(color="shared")
    )


def _marks(x: alt.X, y: alt.Y, value: alt.Y, colour: alt.Color) -> list[alt.Chart]:
    """The goal, crosses where diverged lanes leave, and the names at the right edge in the places found for them."""
    left = alt.Chart(named("left")).mark_point(shape="cross", angle=45, size=90, filled=True, opacity=1)
    goal = alt.Chart(named("goal"))
    rule: dict[str, Any] = {"color": NEUTRAL_COLOUR, "strokeDash": [2, 3], "clip": True}
    until = goal.transform_filter("isValid(datum.x)").mark_rule(**rule).encode(x=x)
    below = goal.transform_filter("isValid(datum.y)").mark_rule(**rule).encode(y=y)
    names = (
        alt.Chart(named("ends"))
        .mark_text(align="left", baseline="middle", dx=6, fontSize=12, fontWeight=600)
        .encode(
            x=alt.value("width"),
            y=alt.Y("place:Q", scale=None, axis=None),
            text="label:N",
            color=colour,
        )
    )
    return [until, below, left.encode(x=x, y=value, color=colour), names]


def _value_axis(language: str, measure: str, name: str, log: bool) -> alt.Y:
    title = text(f"race.chart.{measure}", language)
    if measure == "accuracy":
        return alt.Y(
            f"{name}:Q",
            axis=fixed_axis(title, format="%", tickCount=5),
            scale=alt.Scale(zero=False, nice=True),
        )
    scale = alt.Scale(type="log", nice=False) if log else alt.Scale(zero=True)
    return alt.Y(f"{name}:Q", axis=fixed_axis(title, format=".3~g"), scale=scale)


def _on_log(frame: pd.DataFrame) -> pd.DataFrame:
    """Losses of 0 have no place on a logarithmic axis; they are drawn at the lowest that has one."""
    columns = {"shown": "value", "shown_low": "low", "shown_high": "high"}
    return frame.assign(
        **{shown: frame[name].clip(lower=SMALLEST_LOG_LOSS) for shown, name in columns.items()}
    )


@cache
def race_specs(language: str) -> dict[str, dict[str, Any]]:
    """Specifications for the stage by ``measure_axis`` and, for the loss, ``measure_axis_log``. Treat as read-only."""
    charts = {f"{m}_{a}": race_chart(language, measure=m, axis=a) for m in MEASURES for a in AXES}
    charts |= {f"loss_{a}_log": race_chart(language, axis=a, log=True) for a in AXES}
    return {name: specification(chart) for name, chart in charts.items()}
