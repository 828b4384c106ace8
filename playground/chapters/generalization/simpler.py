"""Of equal scores the simpler model: ten-fold cross-validation on one sample, and the rule of one standard error.

Source: Breiman, Friedman, Olshen & Stone 1984, Classification and regression trees, section 3.4.3 (the 1 SE rule).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import altair as alt
import numpy as np
import pandas as pd

from playground.chapters.controls import Number, Settings, seed
from playground.chapters.generalization import charts, fits
from playground.chapters.section import Figure, Section, Verdict

FOLDS = 10
DEGREES = tuple(range(1, 13))
SAMPLES = 50
"""Samples over which the two choices are compared."""


class Choice(NamedTuple):
    """What is chosen on one sample: the degree with the lowest score, and the lowest degree whose score is equal."""

    lowest: int
    simplest: int


@dataclass(frozen=True, eq=False)
class Result:
    """The scores on one sample, and the two choices over many.

    Args:
        scores: columns ``degree``, ``score`` (mean squared error over the folds), ``error`` (its standard error).
        choices: one row a sample: ``lowest``, ``simplest`` (degrees), ``error_lowest``, ``error_simplest`` (their
            expected squared errors on new points).
    """

    scores: pd.DataFrame
    choices: pd.DataFrame

    @property
    def choice(self) -> Choice:
        """On the sample that is shown."""
        return chosen(self.scores)


def scores(x: np.ndarray, y: np.ndarray) -> pd.DataFrame:
    """Cross-validated errors of every degree on a sample x, y (n,); columns as in ``Result.scores``."""
    fold = np.arange(len(x)) % FOLDS
    rows = []
    for degree in DEGREES:
        A = fits.basis(x, degree)
        means = []
        for k in range(FOLDS):
            out = fold == k
            w = np.linalg.lstsq(A[~out], y[~out], rcond=None)[0]
            means.append(float(np.mean((A[out] @ w - y[out]) ** 2)))
        rows.append((degree, np.mean(means), np.std(means, ddof=1) / np.sqrt(FOLDS)))
    return pd.DataFrame(rows, columns=["degree", "score", "error"])


def chosen(table: pd.DataFrame) -> Choice:
    """Read the scores: equal is what is less than one standard error above the lowest."""
    at = int(table["score"].to_numpy().argmin())
    limit = table["score"][at] + table["error"][at]
    return Choice(int(table["degree"][at]), int(table.loc[table["score"] <= limit, "degree"].min()))


def expected(x: np.ndarray, y: np.ndarray, degree: int, sigma: float) -> float:
    """Expected squared error on new noisy points of the fit of ``degree`` to a sample."""
    grid = np.linspace(fits.LOW, fits.HIGH, fits.GRID)
    w = np.linalg.lstsq(fits.basis(x, degree), y, rcond=None)[0]
    return float(np.mean((fits.basis(grid, degree) @ w - fits.target(grid)) ** 2)) + sigma**2


def run(settings: Settings) -> Iterator[tuple[float, Result]]:
    """Choose a degree on one sample after the other; the first one is shown."""
    x, y = fits.samples(settings.points, settings.sigma, SAMPLES, settings.seed)
    first = scores(x[0], y[0])
    rows = []
    for s in range(SAMPLES):
        choice = chosen(scores(x[s], y[s]))
        rows.append((*choice, *(expected(x[s], y[s], degree, settings.sigma) for degree in choice)))
        columns = ["lowest", "simplest", "error_lowest", "error_simplest"]
        yield (s + 1) / SAMPLES, Result(first, pd.DataFrame(rows, columns=columns))


def picture(result: Result, settings: Settings, language: str) -> list[Figure]:
    """The scores with their standard errors, and the two choices."""
    choice = result.choice
    low = result.scores["score"] - result.scores["error"]
    shown = result.scores.assign(
        low=low.clip(lower=1e-3),
        high=result.scores["score"] + result.scores["error"],
        kind=[
            "simplest" if d == choice.simplest else "lowest" if d == choice.lowest else "other"
            for d in result.scores["degree"]
        ],
    )
    lowest = shown.loc[shown["degree"] == choice.lowest].iloc[0]
    most = max(4 * float(lowest["high"]), 0.12)
    scale = alt.Scale(domain=[0, most], nice=False)
    x = alt.X(
        "degree:Q",
        title=charts.say("axis.degree", language),
        axis=alt.Axis(format="d", grid=False, tickCount=len(DEGREES)),
        scale=alt.Scale(domain=[0.5, DEGREES[-1] + 0.5], nice=False),
    )
    y = alt.Y("score:Q", title=charts.say("axis.score", language), scale=scale)
    tips = [
        alt.Tooltip("degree:Q", title=charts.say("axis.degree", language)),
        alt.Tooltip("score:Q", title=charts.say("axis.score", language), format=".4f"),
        alt.Tooltip("error:Q", title=charts.say("axis.standard_error", language), format=".4f"),
    ]
    band = alt.Chart(pd.DataFrame({"low": [lowest["score"]], "high": [lowest["high"]]}))
    labels = charts.names(("simplest", "lowest", "other"), language)
    shades = charts.colour("kind", labels, (charts.AVERAGE, charts.OTHER, charts.MEMBER), "circle")
    chart = alt.layer(
        band.mark_rect(color=charts.MEMBER, opacity=0.2).encode(y=alt.Y("low:Q", scale=scale), y2="high:Q"),
        alt.Chart(shown)
        .mark_rule(clip=True, strokeWidth=2)
        .encode(x=x, y=alt.Y("low:Q", title=charts.say("axis.score", language)), y2="high:Q", color=shades),
        alt.Chart(shown)
        .mark_circle(size=120, opacity=1, clip=True)
        .encode(x=x, y=y, color=shades, tooltip=tips),
    )
    columns = charts.titles(("degree", "score"), language)
    columns["error"] = charts.say("axis.standard_error", language)
    return [Figure(chart, result.scores, columns=columns)]


def verdict(result: Result, settings: Settings) -> Verdict:
    """What simplicity costs over all samples."""
    choice, means = result.choice, result.choices.mean()
    holds = bool(means["error_simplest"] < 1.05 * means["error_lowest"])
    values = {
        "lowest": choice.lowest,
        "simplest": choice.simplest,
        "samples": len(result.choices),
        "degree_lowest": f"{means['lowest']:.1f}",
        "degree_simplest": f"{means['simplest']:.1f}",
        "error_lowest": f"{means['error_lowest']:.4f}",
        "error_simplest": f"{means['error_simplest']:.4f}",
    }
    same = choice.lowest == choice.simplest
    return Verdict("same" if same and holds else "holds" if holds else "costs", holds, values)


def code(settings: Settings) -> str:
    """Cross-validation and the rule on one sample."""
    return f"""import torch

g = torch.Generator().manual_seed({settings.seed})
n, sigma = {settings.points}, {settings.sigma}
x = (torch.arange(n) + torch.rand(n, generator=g, dtype=torch.float64)) / n
y = x * torch.sin(2 * torch.pi * x) + sigma * torch.randn(n, generator=g, dtype=torch.float64)
fold = torch.arange(n) % {FOLDS}
scores = []
for degree in range(1, {DEGREES[-1] + 1}):
    A = (2 * x - 1)[:, None] ** torch.arange(degree + 1)
    parts = []
    for k in range({FOLDS}):
        out = fold == k
        w = torch.linalg.pinv(A[~out]) @ y[~out]
        parts.append((A[out] @ w - y[out]).square().mean())
    parts = torch.stack(parts)
    scores.append((degree, parts.mean().item(), (parts.std() / {FOLDS}**0.5).item()))
lowest = min(scores, key=lambda s: s[1])
simplest = min(s[0] for s in scores if s[1] <= lowest[1] + lowest[2])
print("lowest score: degree", lowest[0], "  equal and simpler: degree", simplest)
"""


SECTION = Section(
    rows=("simpler",),
    controls=(
        Number("points", 20, 100, default=40, step=10),
        Number("sigma", 0.05, 0.5, default=0.2, step=0.05, symbol="σ"),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    code=code,
)
