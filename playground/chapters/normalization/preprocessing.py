"""Every preprocessing on the same points: what becomes of their place, their scale and their correlation."""

from __future__ import annotations

from collections.abc import Iterator

import altair as alt
import numpy as np
import pandas as pd

from playground.chapters.controls import Settings, seed
from playground.chapters.normalization import charts, clouds
from playground.chapters.normalization.parts import Layered, preprocessing_name, title, titles
from playground.chapters.section import Figure, Section, Table, Verdict
from playground.data.preprocessing import PREPROCESSINGS
from playground.experiment import Experiment
from playground.views.theme import NEUTRAL_COLOUR

SIDE = 140
"""Pixels of a cloud's side."""
ROW = 3
"""Clouds in a row."""
WINE = Experiment(dataset="wine", hidden=(), learning_rate=0.003, batch_size=5000)
"""A linear model on thirteen measured inputs of very different size."""


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """Apply each of them.

    Yields:
        The share done and the points thus far: columns ``preprocessing``, ``x1``, ``x2``, ``y``.
    """
    data = clouds.of(settings)
    done: list[pd.DataFrame] = []
    for name in PREPROCESSINGS:
        F = PREPROCESSINGS[name].fit(data.X).apply(data.X)
        done.append(pd.DataFrame({"preprocessing": name, "x1": F[:, 0], "x2": F[:, 1], "y": data.y}))
        yield len(done) / len(PREPROCESSINGS), pd.concat(done, ignore_index=True)


def picture(points: pd.DataFrame, settings: Settings, language: str) -> list[Figure]:
    """A square for each, both axes on one scale, with lines through the origin."""
    drawn = [
        _cloud(part, preprocessing_name(str(name), language), language)
        for name, part in points.groupby("preprocessing", sort=False)
    ]
    rows = [alt.hconcat(*drawn[i : i + ROW], spacing=24) for i in range(0, len(drawn), ROW)]
    columns = titles(("preprocessing", "x1", "x2", "y"), language)
    shown = points.assign(preprocessing=[preprocessing_name(n, language) for n in points["preprocessing"]])
    return [Figure(alt.vconcat(*rows, spacing=14), shown, columns=columns)]


def _cloud(points: pd.DataFrame, name: str, language: str) -> Layered:
    domains = charts.square(np.append(points["x1"], 0.0), np.append(points["x2"], 0.0))
    channels = {
        axis: alt.Axis(title=None, tickCount=4, grid=False, labelFontSize=11, labelOverlap=True)
        for axis in ("x", "y")
    }
    x = alt.X("x1:Q", axis=channels["x"], scale=alt.Scale(domain=domains[0], nice=False))
    y = alt.Y("x2:Q", axis=channels["y"], scale=alt.Scale(domain=domains[1], nice=False))
    dots = (
        alt.Chart(points)
        .mark_circle(size=26, opacity=0.85)
        .encode(
            x=x,
            y=y,
            color=alt.Color("y:Q", scale=alt.Scale(scheme="blueorange", domainMid=0), legend=None),
            tooltip=[
                alt.Tooltip(f"{c}:Q", title=title(c, language), format=".3g") for c in ("x1", "x2", "y")
            ],
        )
    )
    origin = alt.Chart(pd.DataFrame({"zero": [0.0]})).mark_rule(color=NEUTRAL_COLOUR, opacity=0.7)
    return alt.layer(
        origin.encode(x=alt.X("zero:Q", axis=channels["x"])),
        origin.encode(y=alt.Y("zero:Q", axis=channels["y"])),
        dots,
        width=SIDE,
        height=SIDE,
        title=alt.TitleParams(name, fontSize=14),
    )


def moments(points: pd.DataFrame) -> pd.DataFrame:
    """What is left to put right.

    Returns:
        Columns ``preprocessing``, ``mean1``, ``mean2``, ``std1``, ``std2``, ``correlation`` of the two inputs.
    """
    rows = []
    for name, part in points.groupby("preprocessing", sort=False):
        F = part[["x1", "x2"]].to_numpy()
        rows.append((str(name), *F.mean(axis=0), *F.std(axis=0), np.corrcoef(F.T)[0, 1]))
    return pd.DataFrame(rows, columns=["preprocessing", "mean1", "mean2", "std1", "std2", "correlation"])


def tables(points: pd.DataFrame, settings: Settings, language: str) -> list[Table]:
    """Mean, deviation and correlation after each of them."""
    table = moments(points)
    numbers = [str(column) for column in table if column != "preprocessing"]
    table[numbers] = table[numbers].round(3) + 0.0  # no "-0.00"
    table["preprocessing"] = [preprocessing_name(name, language) for name in table["preprocessing"]]
    return [Table(table, titles(table, language), formats=dict.fromkeys(numbers, "%.2f"))]


def verdict(points: pd.DataFrame, settings: Settings) -> Verdict:
    """Whether standardizing leaves the correlation and whitening takes it away as well."""
    table = moments(points).set_index("preprocessing")
    columns = table.to_dict()
    before, standardized, white = (
        {str(column): float(values[name]) for column, values in columns.items()}
        for name in ("none", "standardize", "whitening")
    )
    left = abs(standardized["correlation"] - before["correlation"]) < 1e-6
    holds = left and abs(standardized["mean1"]) < 1e-6 and abs(white["correlation"]) < 1e-6
    values = {
        "mean": f"{before['mean1']:.1f}",
        "std": f"{before['std1']:.1f}",
        "correlation": f"{before['correlation']:.2f}",
    }
    return Verdict("seen" if holds else "other", holds, values)


SECTION = Section(
    rows=("scaling", "pca"),
    controls=(*clouds.SHAPE, seed()),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    experiment=lambda s: WINE.replace(preprocessing="standardize", seed=s.seed),
)
