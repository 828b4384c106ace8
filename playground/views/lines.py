"""Lines over a frame: one look for every chart in which some runs, rules or seeds are compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd
from altair.typing import ChartType

from playground.views.theme import CLASS_COLOURS, POWERS

DASHES: tuple[tuple[int, ...], ...] = ((1, 0), (6, 3), (2, 2), (8, 3, 2, 3))
"""Dash patterns; together with the colours they tell more lines apart than colours alone."""
LEGEND_WIDTH = 150
"""Pixels that an entry of the legend takes about; a narrow chart gets fewer columns."""
LOWEST = 1e-12
"""Values below this are drawn here on a logarithmic axis."""


@dataclass(frozen=True)
class Axis:
    """One axis of a chart.

    Args:
        column: of the frame.
        title: in the visitor's language, with its unit.
        log: logarithmic; values at or below zero are drawn at ``LOWEST`` (vertical) or left out (horizontal).
        format: d3 format of labels and tooltip.
        domain: least and greatest value shown; what lies outside is clipped.
        zero: whether zero is part of the axis.
        ticks: the values that have a label; a few round ones by default.
        powers: whether the labels are powers of ten.
    """

    column: str
    title: str
    log: bool = False
    format: str = ".4~g"
    domain: Sequence[float] | None = None
    zero: bool = False
    ticks: Sequence[float] | None = None
    powers: bool = False

    def scale(self) -> alt.Scale:
        """Its scale."""
        options: dict[str, Any] = {"type": "log"} if self.log else {"zero": self.zero}
        if self.domain is not None:
            options["domain"] = list(self.domain)
        return alt.Scale(**options, nice=False if self.domain is not None else alt.Undefined)

    def labels(self) -> alt.Axis:
        """Its labels."""
        if self.powers:
            return alt.Axis(**POWERS, tickCount=6)
        if self.ticks is not None:
            return alt.Axis(format=self.format, values=list(self.ticks))
        return alt.Axis(format=self.format, tickCount=6)

    def channel(self, kind: type[alt.X] | type[alt.Y]) -> Any:
        """It as a channel."""
        return kind(f"{self.column}:Q", title=self.title, scale=self.scale(), axis=self.labels())

    def tooltip(self) -> alt.Tooltip:
        """Its line in a tooltip."""
        return alt.Tooltip(f"{self.column}:Q", title=self.title, format=self.format)


def reach(values: Sequence[float]) -> tuple[float, float]:
    """From below the least to above the greatest value, on a logarithmic axis."""
    return 0.9 * min(values), 1.1 * max(values)


def blank(x: Axis, y: Axis) -> ChartType:
    """Axes on which nothing has been drawn yet; each needs a domain."""
    return (
        alt.Chart(pd.DataFrame({x.column: [], y.column: []}))
        .mark_point(aria=False)  # nobody need be told of a mark without points
        .encode(x=x.channel(alt.X), y=y.channel(alt.Y))
    )


def lines(
    frame: pd.DataFrame,
    x: Axis,
    y: Axis,
    by: str,
    title: str,
    *,
    name: Callable[[Any], str] = str,
    colours: Mapping[Any, str] | None = None,
    dashes: Mapping[Any, Sequence[int]] | None = None,
    detail: str = "",
    mark: str = "line",
    width: float = 2.5,
    opacity: float = 1.0,
    steps: bool = False,
    legend: bool = True,
    columns: int = 4,
) -> ChartType:
    """One line for each value of ``by``, with a tooltip at every point.

    Args:
        by: the column that tells the lines apart, in the order of the frame.
        title: of ``by``, in tooltip and legend; the legend itself has none.
        name: what a value of ``by`` is called.
        colours, dashes: by value of ``by``; by default in turn, so that neighbours differ in both.
        detail: a further column that parts lines of one colour, for example ``"seed"``.
        mark: ``"line"`` or ``"point"``.
        steps: a value holds until the next one.
        columns: of the legend, at most.
    """
    values = list(dict.fromkeys(frame[by]))
    paint = [(colours or {}).get(v, CLASS_COLOURS[i % len(CLASS_COLOURS)]) for i, v in enumerate(values)]
    dash = [
        list(
            (dashes or {}).get(
                v, DASHES[(i // len(CLASS_COLOURS) + i) % len(DASHES) if dashes is None else 0]
            )
        )
        for i, v in enumerate(values)
    ]
    names = [name(v) for v in values]
    shown = frame.assign(_name=frame[by].map(dict(zip(values, names, strict=True))))
    if y.log:
        shown = shown.assign(**{y.column: shown[y.column].clip(lower=LOWEST)})
    if x.log:
        shown = shown[shown[x.column] > 0]
    key = alt.Legend(
        title=None,
        orient="top",
        columns=alt.ExprRef(f"max(1, min({columns}, floor(width / {LEGEND_WIDTH})))"),
        labelLimit=260,
        # A layer of points takes the legend of its lines.
        symbolType=alt.Undefined if mark == "point" else "stroke",
        symbolSize=300,
        symbolStrokeWidth=3,
    )
    channels: dict[str, Any] = {
        "x": x.channel(alt.X),
        "y": y.channel(alt.Y),
        "color": alt.Color(
            "_name:N", scale=alt.Scale(domain=names, range=paint), sort=names, legend=key if legend else None
        ),
        "tooltip": [alt.Tooltip("_name:N", title=title), x.tooltip(), y.tooltip()],
    }
    if detail:
        channels["detail"] = f"{detail}:N"
    base = alt.Chart(shown)
    if mark == "point":
        return base.mark_circle(size=60, clip=True, opacity=opacity).encode(**channels)
    channels["strokeDash"] = alt.StrokeDash(
        "_name:N", scale=alt.Scale(domain=names, range=dash), sort=names, legend=key if legend else None
    )
    return base.mark_line(
        clip=True,
        strokeWidth=width,
        opacity=opacity,
        interpolate="step-after" if steps else "linear",
        point=alt.OverlayMarkDef(opacity=0, size=60, strokeWidth=0),
    ).encode(**channels)
