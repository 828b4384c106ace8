"""Maps of the chapter on generalization: points, boundaries, uncertainty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import altair as alt
import pandas as pd

from playground.views.generalization_charts import BLUE, ORANGE, Layers, colour, title_of
from playground.views.theme import NEUTRAL_COLOUR

SIZE = 400
Domain = tuple[tuple[float, float], tuple[float, float]]


class Line(NamedTuple):
    """How boundaries of one kind are drawn."""

    label: str
    shade: str
    width: float = 2.5
    opacity: float = 1.0


def _axes(domain: Domain) -> tuple[alt.Scale, alt.Scale]:
    return alt.Scale(domain=list(domain[0]), nice=False), alt.Scale(domain=list(domain[1]), nice=False)


def points_layer(points: pd.DataFrame, domain: Domain, size: int = 45) -> alt.Chart:
    """Training points in their class's colour; labels between 0 and 1 in between.

    Args:
        points: columns ``x1``, ``x2``, ``label`` and, for points that training made, ``kind`` (``"made"``).
    """
    across, up = _axes(domain)
    shown = points if "kind" in points else points.assign(kind="given")
    return (
        alt.Chart(shown)
        .mark_circle(clip=True)
        .encode(
            x=alt.X("x1:Q", title="x₁", scale=across, axis=alt.Axis(grid=False)),
            y=alt.Y("x2:Q", title="x₂", scale=up, axis=alt.Axis(grid=False)),
            fill=alt.Fill(
                "label:Q",
                scale=alt.Scale(domain=[0, 0.5, 1], range=[BLUE, "#9a9a9a", ORANGE], clamp=True),
                legend=None,
            ),
            size=alt.condition("datum.kind == 'made'", alt.value(size // 2), alt.value(size)),
            opacity=alt.condition("datum.kind == 'made'", alt.value(0.45), alt.value(1.0)),
            stroke=alt.condition("datum.kind == 'made'", alt.value(None), alt.value("#444444")),
            tooltip=[
                alt.Tooltip("x1:Q", format=".2f"),
                alt.Tooltip("x2:Q", format=".2f"),
                alt.Tooltip("label:Q", format=".2f"),
            ],
        )
    )


def boundaries_chart(
    boundaries: pd.DataFrame, points: pd.DataFrame, domain: Domain, kinds: Mapping[str, Line], title: str = ""
) -> Layers:
    """Boundaries over training points.

    Args:
        boundaries: columns ``kind``, ``x``, ``y``, ``x2``, ``y2``.
        points: as in ``points_layer``.
        kinds: how each kind is drawn; later ones on top.
    """
    across, up = _axes(domain)
    labels = {kind: line.label for kind, line in kinds.items()}
    shades = colour("kind", labels, [line.shade for line in kinds.values()])
    layers: list[alt.Chart] = [points_layer(points, domain)]
    for kind, line in kinds.items():
        layers.append(
            alt.Chart(boundaries[boundaries["kind"] == kind])
            .mark_rule(clip=True, strokeWidth=line.width, opacity=line.opacity, strokeCap="round")
            .encode(
                x=alt.X("x:Q", title="x₁", scale=across),
                y=alt.Y("y:Q", title="x₂", scale=up),
                x2="x2:Q",
                y2="y2:Q",
                color=shades,
            )
        )
    return alt.layer(*layers, height=SIZE, **({"title": title} if title else {}))


def uncertainty_chart(cells: pd.DataFrame, points: pd.DataFrame, domain: Domain, language: str) -> Layers:
    """How much the probability differs from mask to mask, as colour.

    Args:
        cells: of ``uncertainty_frame``.
    """
    across, up = _axes(domain)
    squares = (
        alt.Chart(cells)
        .mark_rect(clip=True, strokeWidth=1)
        .encode(
            x=alt.X("left:Q", title="x₁", scale=across, axis=alt.Axis(grid=False)),
            x2="right:Q",
            y=alt.Y("bottom:Q", title="x₂", scale=up, axis=alt.Axis(grid=False)),
            y2="top:Q",
            stroke=alt.Stroke("uncertainty:Q", scale=alt.Scale(scheme="viridis", domainMin=0), legend=None),
            color=alt.Color(
                "uncertainty:Q",
                title=title_of("uncertainty", language),
                scale=alt.Scale(scheme="viridis", domainMin=0),
                legend=alt.Legend(orient="top", type="gradient", gradientLength=140, titleLimit=260),
            ),
            tooltip=[
                alt.Tooltip("probability:Q", format=".2f", title=title_of("probability", language)),
                alt.Tooltip("uncertainty:Q", format=".3f", title=title_of("uncertainty", language)),
            ],
        )
    )
    own = alt.Resolve(scale=alt.ScaleResolveMap(fill="independent"))
    return alt.layer(squares, points_layer(points, domain), height=SIZE, resolve=own)


MEMBER, AVERAGE, OTHER = NEUTRAL_COLOUR, "#009e73", "#c2477d"
"""Boundaries: single members; averages; what they are held against. Blue and orange are the classes."""
