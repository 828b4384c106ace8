"""The loss of a linear model before and after a preprocessing: an ellipse, a circle, and the steps to the minimum."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from playground.chapters.controls import Choice, Settings, seed
from playground.chapters.normalization import clouds, programs
from playground.chapters.normalization.clouds import Bowl
from playground.chapters.normalization.parts import (
    BLUE,
    ORANGE,
    Layered,
    axis,
    preprocessing_name,
    title,
    titles,
)
from playground.chapters.normalization.preprocessing import WINE
from playground.chapters.section import Figure, Lanes, Section, Table, Verdict
from playground.data.preprocessing import PREPROCESSINGS
from playground.views.contours import isolines
from playground.views.lines import lines

SIDE = 235
"""Pixels of a picture's side."""
MARKED_STEPS = 60
"""Ways of at most so many steps have a dot for each."""
SHOWN_STEPS = 400
"""Points of a way that are drawn at most."""


@dataclass(frozen=True, eq=False)
class Result:
    """What gradient descent does after each preprocessing.

    Args:
        bowls: the loss, by preprocessing.
        ways: (steps + 1, 3), where it came along, by preprocessing.
        table: of ``clouds.compare``.
    """

    bowls: dict[str, Bowl]
    ways: dict[str, np.ndarray]
    table: pd.DataFrame


def run(settings: Settings) -> Iterator[tuple[float, Result]]:
    """Descend after each preprocessing, at its best constant η; the chosen one and none first."""
    data = clouds.of(settings)
    bowls: dict[str, Bowl] = {}
    ways: dict[str, np.ndarray] = {}
    tables: list[pd.DataFrame] = []
    for name in sorted(PREPROCESSINGS, key=lambda name: name not in ("none", settings.preprocessing)):
        bowls[name] = clouds.bowl(data, name)
        _, ways[name] = clouds.descend(bowls[name], bowls[name].rate)
        tables.append(clouds.compare(data, (name,)))
        table = pd.concat(tables, ignore_index=True)
        places = table["preprocessing"].map({known: i for i, known in enumerate(PREPROCESSINGS)})
        yield (
            len(bowls) / len(PREPROCESSINGS),
            Result(dict(bowls), dict(ways), table.iloc[places.argsort()].reset_index(drop=True)),
        )


def descents(result: Result) -> pd.DataFrame:
    """The loss above the least one on the way, as a share of the first: ``preprocessing``, ``step``, ``remaining``."""
    frames = []
    for name in result.table["preprocessing"]:
        excess = result.bowls[name].excess(result.ways[name])
        steps = np.unique(np.geomspace(1, max(1, len(excess) - 1), 60).round().astype(int))
        frames.append(
            pd.DataFrame({"preprocessing": name, "step": steps, "remaining": excess[steps] / excess[0]})
        )
    return pd.concat(frames, ignore_index=True)


def picture(result: Result, settings: Settings, language: str) -> list[Figure]:
    """Lines of equal loss without preprocessing and with the chosen one; below, the loss over the steps of all."""
    shown = [name for name in dict.fromkeys(("none", settings.preprocessing)) if name in result.bowls]
    drawn = [_bowl(result.bowls[name], result.ways[name], name, language) for name in shown]
    ways = pd.concat(
        [
            pd.DataFrame(result.ways[name][:SHOWN_STEPS, :2], columns=["w1", "w2"]).assign(
                preprocessing=preprocessing_name(name, language), step=lambda f: f.index
            )
            for name in shown
        ],
        ignore_index=True,
    )
    main = Figure(
        alt.hconcat(*drawn, spacing=24),
        ways,
        columns=titles(("preprocessing", "step", "w1", "w2"), language),
    )
    frame = descents(result)
    curves = lines(
        frame,
        axis("step", language, log=True, format="~s"),
        axis("remaining", language, log=True, powers=True),
        "preprocessing",
        title("preprocessing", language),
        name=lambda name: preprocessing_name(str(name), language),
    )
    columns = titles(("preprocessing", "step", "remaining"), language)
    return [main, Figure(curves, frame, SECTION.say("curves", language), columns, wide=True)]


def _bowl(bowl: Bowl, way: np.ndarray, name: str, language: str) -> Layered:
    """Lines of equal loss over the two weights, and gradient descent's way to the minimum."""
    w1, w2, excess = clouds.contours(bowl, way)
    way = way[:SHOWN_STEPS]
    levels = isolines(w1, w2, excess, float(excess.max()) * np.geomspace(0.002, 0.8, 9))
    x = alt.X(
        "x:Q", title=title("w1", language), scale=alt.Scale(domain=(float(w1[0]), float(w1[-1])), nice=False)
    )
    y = alt.Y(
        "y:Q", title=title("w2", language), scale=alt.Scale(domain=(float(w2[0]), float(w2[-1])), nice=False)
    )
    contour = (
        alt.Chart(levels)
        .mark_rule(strokeWidth=1.5, clip=True)
        .encode(
            x=x,
            y=y,
            x2="x2:Q",
            y2="y2:Q",
            color=alt.Color("level:Q", scale=alt.Scale(scheme="viridis", type="log"), legend=None),
            tooltip=[alt.Tooltip("level:Q", title=title("level", language), format=".3g")],
        )
    )
    steps = pd.DataFrame({"x": way[:, 0], "y": way[:, 1], "step": range(len(way))})
    path = (
        alt.Chart(steps)
        .mark_line(
            color=ORANGE,
            strokeWidth=2.2,
            point={"size": 30, "color": ORANGE} if len(way) <= MARKED_STEPS else False,
            clip=True,
        )
        .encode(
            x=x,
            y=y,
            order="step:Q",
            tooltip=[alt.Tooltip("step:Q", title=title("step", language))],
        )
    )
    goal = alt.Chart(pd.DataFrame({"x": bowl.best[:1], "y": bowl.best[1:2]}))
    cross = goal.mark_point(shape="cross", size=120, color=BLUE, filled=True).encode(x=x, y=y)
    label = f"{preprocessing_name(name, language)}: κ = {number(bowl.condition)}"
    return alt.layer(
        contour,
        path,
        cross,
        width=SIDE,
        height=SIDE,
        title=alt.TitleParams(label, fontSize=15),
    ).resolve_scale(color="independent")


def number(value: float) -> str:
    """A condition number as it is written."""
    return f"{value:,.0f}" if 100 <= value < math.inf else f"{value:.3g}" if math.isfinite(value) else "∞"


def count(value: float) -> str:
    """A number of steps as it is written."""
    return f"> {clouds.MOST_STEPS:,}" if math.isnan(value) else f"{value:,.0f}"


def tables(result: Result, settings: Settings, language: str) -> list[Table]:
    """Every preprocessing: κ, the best η, and the steps."""
    table = result.table.rename(columns={"rate": "best_rate"})
    table["preprocessing"] = [preprocessing_name(name, language) for name in table["preprocessing"]]
    table["condition"] = table["condition"].map(number)
    table["steps"] = table["steps"].map(count)
    formats = {"best_rate": "%.3g", "theory": "%d"}
    return [Table(table, titles(table, language), SECTION.say("note", language), formats)]


def verdict(result: Result, settings: Settings) -> Verdict:
    """Whether fewer steps are needed where the loss is rounder."""
    table = result.table.set_index("preprocessing")
    kappa = {str(name): float(value) for name, value in table["condition"].items()}
    steps = {str(name): float(value) for name, value in table["steps"].items()}
    values = {
        "kappa": number(kappa["none"]),
        "steps": count(steps["none"]),
        "kappa_scaled": number(kappa["standardize"]),
        "steps_scaled": count(steps["standardize"]),
        "kappa_white": number(kappa["whitening"]),
        "steps_white": count(steps["whitening"]),
    }
    order = [math.inf if math.isnan(steps[n]) else steps[n] for n in ("none", "standardize", "whitening")]
    holds = order[0] > order[1] >= order[2]
    return Verdict("fewer" if holds else "same", holds, values)


def lanes(settings: Settings) -> Lanes:
    """A linear model on the wine data with each of them."""
    changes = [{"preprocessing": name} for name in PREPROCESSINGS]
    return Lanes(WINE.replace(seed=settings.seed), changes, 60, "loss")


SECTION = Section(
    rows=("contours",),
    controls=(
        Choice(
            "preprocessing",
            tuple(PREPROCESSINGS),
            default="whitening",
            option=preprocessing_name,
        ),
        *clouds.SHAPE,
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    experiment=lambda s: WINE.replace(preprocessing=s.preprocessing, seed=s.seed),
    lanes=lanes,
    code=programs.contours,
    formula=lambda s: (
        r"L = \frac{1}{n}\sum_i (w_1 x_{i1} + w_2 x_{i2} + b - y_i)^2, \quad "
        r"\kappa = \frac{\lambda_{\max}}{\lambda_{\min}}, \quad "
        r"\eta^* = \frac{2}{\lambda_{\min} + \lambda_{\max}}"
    ),
)
