"""Bias and variance of networks by their width: what takes the place of the degree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from playground.chapters.controls import Number, Settings, seed
from playground.chapters.generalization import charts, fits
from playground.chapters.section import Figure, Section, Verdict
from playground.experiment import Experiment

NETWORKS = 10
"""Networks of each width, each on a sample of its own."""
DEGREE = 15
"""The polynomial that the widest network is held against."""


@dataclass(frozen=True, eq=False)
class Result:
    """What the widths come to.

    Args:
        table: of ``fits.by_width``, as far as it has come.
        fits: of the chosen width; None until its turn.
        polynomial: variance of a polynomial of degree ``DEGREE`` on samples of the same kind.
    """

    table: pd.DataFrame
    fits: fits.Fits | None
    polynomial: float


def run(settings: Settings) -> Iterator[tuple[float, Result]]:
    """Train the networks of every width, one after the other."""
    n, sigma = settings.points, settings.sigma
    polynomial = fits.polynomial_fits(DEGREE, n, sigma, 200, settings.seed).variance
    rows: list[dict[str, float]] = []
    chosen = None
    for i, width in enumerate(fits.WIDTHS):
        for share, found in fits.network_fits(width, n, sigma, NETWORKS, seed=settings.seed):
            if width == settings.width:
                chosen = found
            table = pd.DataFrame([*rows, fits.row(width, found)])
            yield (i + share) / len(fits.WIDTHS), Result(table, chosen, polynomial)
        rows.append(fits.row(width, found))


def picture(result: Result, settings: Settings, language: str) -> list[Figure]:
    """The parts of the error by width; below, the two errors and the fits of the chosen width."""
    width = charts.axis("width", language, log=True, format="d")
    found = [
        charts.parts_figure(result.table, settings.width, width, language),
        charts.errors_figure(result.table, settings.width, width, language),
    ]
    found[0] = Figure(found[0].chart, found[0].frame, columns=found[0].columns)
    if result.fits is not None:
        x, y = fits.samples(settings.points, settings.sigma, 1, settings.seed)
        curves = fits.curves_frame(result.fits)
        chart = charts.fits_chart(curves, pd.DataFrame({"x": x[0], "y": y[0]}), language)
        columns = {"kind": charts.say("axis.curve", language), "x": "x", "y": "y"}
        found.append(Figure(chart, curves, SECTION.say("fits", language, width=settings.width), columns))
    return found


def verdict(result: Result, settings: Settings) -> Verdict:
    """Whether bias falls with the width and the variance stays far below a polynomial's."""
    table = result.table.set_index("complexity")
    widest = int(table.index[-1])
    holds = table["bias2"].iloc[0] > 2 * table["bias2"].iloc[-1]
    holds = bool(holds and table["variance"].iloc[-1] < result.polynomial)
    values = {
        "best": fits.WIDTHS[int(table["validation"].to_numpy().argmin())],
        "bias": f"{table['bias2'].iloc[0]:.2g}",
        "bias_widest": f"{table['bias2'].iloc[-1]:.2g}",
        "widest": widest,
        "variance": f"{table['variance'].iloc[-1]:.2g}",
        "degree": DEGREE,
        "polynomial": f"{result.polynomial:.2g}",
    }
    return Verdict("tame" if holds else "wild", holds, values)


def experiment(settings: Settings) -> Experiment:
    """One network on the same function."""
    return Experiment(
        dataset="x_sin",
        features=("x1",),
        noise=settings.sigma,
        n_samples=2 * settings.points,
        preprocessing="standardize",
        hidden=(settings.width,),
        activation="tanh",
        init="pytorch",
        optimizer="adam",
        seed=settings.seed,
    )


SECTION = Section(
    rows=("width",),
    controls=(
        Number("width", 1, 32, default=4, values=fits.WIDTHS),
        Number("points", 10, 60, default=30),
        Number("sigma", 0.0, 0.5, default=0.2, step=0.05, symbol="σ"),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    experiment=experiment,
)
