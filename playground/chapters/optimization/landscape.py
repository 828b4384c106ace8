"""The loss around the solution of a run, on a plane through it, with the run's path."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
from altair.typing import ChartType

from playground.chapters.controls import Choice, Number, Own, Settings
from playground.chapters.optimization import landscapes
from playground.chapters.optimization.charts import columns, say
from playground.chapters.section import Figure, Section, Verdict
from playground.experiment import Experiment
from playground.views.contours import isolines

BANDS = 14
HEIGHTS = ("#fdf8e4", "#d3dfd8", "#8fb1c6", "#4f77a8")
"""Losses from low to high: light enough for dark writing."""
PATH = "#d55e00"
MOST = 0.8
"""A plane that holds more than this share of a path shows the path."""


def first_experiment() -> Experiment:
    """The run that is shown before another one is chosen."""
    return Experiment(
        dataset="moons", n_samples=200, noise=0.2, hidden=(6, 4), learning_rate=0.2, batch_size=20
    )


@dataclass(frozen=True, eq=False)
class Result:
    """A run, and the loss around its solution."""

    run: landscapes.Run
    found: landscapes.Landscape


def run(settings: Settings) -> Iterator[tuple[float, Result | None]]:
    """Train, then take the loss on the plane."""
    yield 0.0, None
    recorded = None
    for share, so_far in landscapes.recording(settings.run.replace(device="cpu"), settings.epochs):
        recorded = so_far
        yield 0.5 * share, None
    assert recorded is not None
    random = settings.plane == "random"
    plane = (
        landscapes.random_plane(recorded, settings.seed) if random else landscapes.principal_plane(recorded)
    )
    for share, found in landscapes.mapping(recorded, plane, settings.points):
        yield 0.5 + 0.5 * share, None if found is None else Result(recorded, found)


def picture(result: Result | None, settings: Settings, language: str) -> Sequence[Figure]:
    """Bands and lines of equal loss (logarithmic), the path from start to solution."""
    if result is None:
        return []
    heads = columns(language, "epoch", "a", "b", "loss")
    return [Figure(landscape_chart(result.found, language), result.found.path, columns=heads)]


def landscape_chart(found: landscapes.Landscape, language: str) -> ChartType:
    """The map of a landscape."""
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
        "title": say("axes.a", language),
    }
    y: dict[str, Any] = {
        "scale": alt.Scale(domain=[b[0], b[-1]], nice=False),
        "title": say("axes.b", language),
    }
    loss = say("axes.loss", language)
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
                title=loss,
                scale=alt.Scale(type="log", range=list(HEIGHTS)),
                legend=alt.Legend(format="~g", gradientLength=220),
            ),
            tooltip=[alt.Tooltip("loss:Q", title=loss, format=".4g")],
        )
    )
    curves = (
        alt.Chart(contours)
        .mark_rule(color="#33475c", opacity=0.55, strokeWidth=0.8, clip=True)
        .encode(x=alt.X("x:Q", **x), x2="x2:Q", y=alt.Y("y:Q", **y), y2="y2:Q")
    )
    return alt.layer(bands, curves, *_path_layers(found.path, x, y, language))


def _path_layers(path: pd.DataFrame, x: dict[str, Any], y: dict[str, Any], language: str) -> list[alt.Chart]:
    base = alt.Chart(path).encode(x=alt.X("a:Q", **x), y=alt.Y("b:Q", **y))
    tooltip = [
        alt.Tooltip("epoch:Q", title=say("axes.epoch", language)),
        alt.Tooltip("loss:Q", title=say("axes.loss", language), format=".4g"),
    ]
    layers = [
        base.mark_line(color=PATH, strokeWidth=2, clip=True).encode(order="epoch:Q"),
        base.mark_circle(color=PATH, size=28, opacity=1, clip=True).encode(tooltip=tooltip),
    ]
    for row, name, other in ((0, "first", -1), (-1, "last", 0)):
        end = path.iloc[[row]].assign(label=SECTION.say(name, language))
        where = alt.Chart(end).encode(x=alt.X("a:Q", **x), y=alt.Y("b:Q", **y))
        # Each word stands on the side that the path does not come from.
        left = float(path["a"].iloc[row]) <= float(path["a"].iloc[other])
        beside: dict[str, Any] = {"align": "right" if left else "left", "dx": -11 if left else 11}
        text = {"fontWeight": "bold", "fontSize": 14, **beside}
        layers += [
            where.mark_text(**text, color="#ffffff", stroke="#ffffff", strokeWidth=4).encode(text="label:N"),
            where.mark_text(**text, color="#1c1c1c").encode(text="label:N"),
            where.mark_point(color="#ffffff", fill=PATH, size=110, opacity=1),
        ]
    return layers


def verdict(result: Result, settings: Settings) -> Verdict:
    """How much of the path the plane shows, and how far the loss fell along it."""
    path, share = result.found.path, result.found.explained
    values = {
        "share": f"{100 * share:.1f}",
        "first": f"{path['loss'].iloc[0]:.3g}",
        "last": f"{path['loss'].iloc[-1]:.3g}",
        "rows": f"{result.found.rows:,}",
    }
    if result.run.status == "diverged":
        return Verdict("diverged", False, values)
    falls = bool(path["loss"].iloc[-1] < path["loss"].iloc[0])
    if settings.plane == "random":
        return Verdict("random", falls and share < MOST, values)
    return Verdict("principal", falls and share > MOST, values)


def formula(settings: Settings) -> str:
    """The plane, and how random directions are scaled."""
    plane = r"f(a, b) = L(\theta^* + a\,d_1 + b\,d_2)"
    if settings.plane == "principal":
        return plane
    return plane + r", \qquad d_{ij} \leftarrow \frac{d_{ij}}{\lVert d_{ij}\rVert}\,\lVert\theta_{ij}\rVert"


SECTION = Section(
    rows=("landscape",),
    controls=(
        Own("run", default=first_experiment()),
        Choice("plane", ("principal", "random"), default="principal"),
        Number("epochs", 5, 500, default=60, step=5),
        Number("points", 21, 81, default=41, values=(21, 31, 41, 61, 81)),
        Number("seed", 0, 99, default=0, shown=lambda settings: bool(settings.plane == "random")),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    experiment=lambda settings: settings.run,
    formula=formula,
)
