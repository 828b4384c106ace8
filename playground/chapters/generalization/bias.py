"""Bias and variance: polynomials of one degree fitted to many samples of one noisy function."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from playground.chapters.controls import Number, Settings, seed
from playground.chapters.generalization import charts, fits
from playground.chapters.section import Figure, Section, Verdict

LECTURE = (1, 5, 15)
"""The degrees that the lecture compares: too simple, right, too flexible."""
SAMPLES = 200


@dataclass(frozen=True, eq=False)
class Result:
    """The fits of the chosen degree, and what every degree comes to.

    Args:
        fits: of the chosen degree.
        table: of ``fits.by_degree``.
    """

    fits: fits.Fits
    table: pd.DataFrame


def run(settings: Settings) -> Iterator[tuple[float, Result]]:
    """Fit every degree to the same samples."""
    n, sigma, seed_ = settings.points, settings.sigma, settings.seed
    table = fits.by_degree(n, sigma, SAMPLES, seed=seed_)
    yield 1.0, Result(fits.polynomial_fits(settings.degree, n, sigma, SAMPLES, seed_), table)


def picture(result: Result, settings: Settings, language: str) -> list[Figure]:
    """The fits; below, the parts of the error and the two errors by degree."""
    x, y = fits.samples(settings.points, settings.sigma, 1, settings.seed)
    curves = fits.curves_frame(result.fits)
    degree = charts.axis("degree", language, format="d")
    chart = charts.fits_chart(curves, pd.DataFrame({"x": x[0], "y": y[0]}), language)
    columns = {"kind": charts.say("axis.curve", language), "x": "x", "y": "y"}
    return [
        Figure(chart, curves, columns=columns),
        charts.parts_figure(result.table, settings.degree, degree, language),
        charts.errors_figure(result.table, settings.degree, degree, language),
    ]


def verdict(result: Result, settings: Settings) -> Verdict:
    """Which of the lecture's three degrees is best, and which of all."""
    errors = result.table.set_index("complexity")["validation"]
    bias, variance = (result.table.set_index("complexity")[name] for name in ("bias2", "variance"))
    three = errors.loc[list(LECTURE)]
    best, middle = int(errors.to_numpy().argmin()), LECTURE[int(three.to_numpy().argmin())]
    values = {
        "middle": middle,
        "best": best,
        **{f"error_{degree}": f"{errors[degree]:.3f}" for degree in LECTURE},
        "error_best": f"{errors[best]:.4f}",
        "error_middle": f"{errors[middle]:.4f}",
        "bias": f"{bias[best] - bias[middle]:.4f}",
        "variance": f"{variance[middle] - variance[best]:.4f}",
    }
    if middle != 5:
        return Verdict("other", False, values)
    return Verdict("five" if best == 5 else "four" if best < 5 else "more", True, values)


def code(settings: Settings) -> str:
    """The three degrees of the lecture."""
    return f"""import torch

g = torch.Generator().manual_seed({settings.seed})
f = lambda x: x * torch.sin(2 * torch.pi * x)
grid = torch.linspace(0, 1, 101, dtype=torch.float64)
n, sigma, samples = {settings.points}, {settings.sigma}, {SAMPLES}
for degree in {LECTURE}:
    def basis(x):  # 1, u, u², … with u in [-1, 1]
        return (2 * x - 1)[:, None] ** torch.arange(degree + 1)
    fits = []
    for _ in range(samples):
        x = (torch.arange(n) + torch.rand(n, generator=g, dtype=torch.float64)) / n
        y = f(x) + sigma * torch.randn(n, generator=g, dtype=torch.float64)
        w = torch.linalg.pinv(basis(x)) @ y
        fits.append(basis(grid) @ w)
    fits = torch.stack(fits)
    bias2 = (fits.mean(0) - f(grid)).square().mean()
    variance = fits.var(0, correction=0).mean()
    print(f"degree {{degree:2d}}   bias² {{bias2:.4f}}   variance {{variance:.4f}}   noise {{sigma**2:.4f}}")
"""


SECTION = Section(
    rows=("bias_variance", "capacity"),
    controls=(
        Number("degree", 0, 15, default=5),
        Number("points", 10, 60, default=30),
        Number("sigma", 0.0, 0.5, default=0.2, step=0.05, symbol="σ"),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    code=code,
    formula=lambda s: (
        r"\mathbb{E}\left[(y - \hat f(x))^2\right] = \left(\mathbb{E}\hat f(x) - f(x)\right)^2 + "
        r"\mathbb{E}\left[(\hat f(x) - \mathbb{E}\hat f(x))^2\right] + \sigma^2"
    ),
)
