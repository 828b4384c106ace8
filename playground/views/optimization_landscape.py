"""The loss around a solution, as a map with the run's path."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pandas as pd
from altair.typing import ChartType

from playground.chapters.optimization.landscapes import Landscape
from playground.labs.contours import isolines
from playground.text import text
from playground.views.optimization_charts import axis_title

BANDS = 14
HEIGHTS = ("#fdf8e4", "#d3dfd8", "#8fb1c6", "#4f77a8")
"""Losses from low to high: light enough for dark writing."""


def landscape_chart(found: Landscape, language: str) -> ChartType:
    """Bands and lines of equal loss (logarithmic), the path from start to solution."""
    grid = found.grid.assign(level=np.log10(found.grid["loss"].clip(1e-8, 1e8)))
    a, b = np.unique(grid["a"]), np.unique(grid["b"])
    heights = grid["level"].to_numpy().reshape(len(b), len(a))
    levels = np.linspace(heights.min(), heights.max(), BANDS + 1)[1:-1]
    contours = isolines(a, b, heights, levels)
    half_a, half_b = (a[1] - a[0]) / 2, (b[1] - b[0]) / 2
    # cells reach under their neighbours, or a thin gap would show between them
    cells = grid.assign(
        a1=grid["a"] - half_a, a2=grid["a"] + 1.5 * half_a, b1=grid["b"] - half_b, b2=grid["b"] + 1.5 * half_b
    )
    x: dict[str, Any] = {
        "scale": alt.Scale(domain=[a[0], a[-1]], nice=False),
        "title": axis_title("a", language),
    }
    y: dict[str, Any] = {
        "scale": alt.Scale(domain=[b[0], b[-1]], nice=False),
        "title": axis_title("b", language),
    }
    bands = (
        alt.Chart(cells)
        .mark_rect(clip=True)
        .encode(
            x=alt.X("a1:Q", **x),
            x2="a2:Q",
            y=alt.Y("b1:Q", **y),
            y2="b2:Q",
            color=alt.Color(
                "loss:Q",
                title=axis_title("loss", language),
                scale=alt.Scale(type="log", range=list(HEIGHTS)),
                legend=alt.Legend(format="~g", gradientLength=220),
            ),
            tooltip=[alt.Tooltip("loss:Q", title=axis_title("loss", language), format=".4g")],
        )
    )
    curves = (
        alt.Chart(contours)
        .mark_rule(color="#33475c", opacity=0.55, strokeWidth=0.8, clip=True)
        .encode(x=alt.X("x:Q", **x), x2="x2:Q", y=alt.Y("y:Q", **y), y2="y2:Q")
    )
    return alt.layer(bands, curves, *_path_layers(found.path, x, y, language)).properties(height=480)


def _path_layers(path: pd.DataFrame, x: dict[str, Any], y: dict[str, Any], language: str) -> list[alt.Chart]:
    ends = path.iloc[[0, -1]].assign(
        label=[text(f"lab_optimization.landscape.{name}", language) for name in ("first", "last")]
    )
    base = alt.Chart(path).encode(x=alt.X("a:Q", **x), y=alt.Y("b:Q", **y))
    tooltip = [
        alt.Tooltip("epoch:Q", title=axis_title("epoch", language)),
        alt.Tooltip("loss:Q", title=axis_title("loss", language), format=".4g"),
    ]
    where = alt.Chart(ends).encode(x=alt.X("a:Q", **x), y=alt.Y("b:Q", **y))
    return [
        base.mark_line(color="#d55e00", strokeWidth=2, clip=True).encode(order="epoch:Q"),
        base.mark_circle(color="#d55e00", size=28, opacity=1, clip=True).encode(tooltip=tooltip),
        where.mark_point(color="#ffffff", fill="#d55e00", size=110, opacity=1),
        where.mark_text(dy=-15, fontWeight="bold", fontSize=13, color="#1c1c1c").encode(text="label:N"),
    ]
