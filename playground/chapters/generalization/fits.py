"""Models fitted to many samples of one noisy function, and what their errors are made of.

Source: Geman, Bienenstock & Doursat 1992, Neural networks and the bias/variance dilemma, section 2.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from playground.chapters.generalization.runs import fast
from playground.data.points import Points
from playground.engine.trainer import Trainer
from playground.experiment import Experiment

LOW, HIGH = 0.0, 1.0
"""The interval of the inputs."""
GRID = 121
DEGREES = tuple(range(16))
WIDTHS = (1, 2, 3, 4, 6, 8, 16, 32)


def target(x: np.ndarray) -> np.ndarray:
    """The function behind the noise, x·sin(2πx)."""
    return x * np.sin(2 * np.pi * x)


@dataclass(frozen=True, eq=False)
class Fits:
    """One model fitted to many samples.

    Args:
        x: (g,), an even grid over the interval.
        curves: (samples, g), each fit on the grid.
        train: (samples,), mean squared error of each fit on its own points.
        sigma: standard deviation of the noise.
    """

    x: np.ndarray
    curves: np.ndarray
    train: np.ndarray
    sigma: float

    @property
    def mean(self) -> np.ndarray:
        """The mean fit, (g,)."""
        return self.curves.mean(axis=0)

    @property
    def bias2(self) -> float:
        """Squared distance of the mean fit from the function, mean over the interval."""
        return float(np.mean((self.mean - target(self.x)) ** 2))

    @property
    def variance(self) -> float:
        """Squared distance of the fits from their mean, mean over interval and samples."""
        return float(np.mean((self.curves - self.mean) ** 2))

    @property
    def validation(self) -> float:
        """Expected squared error on new noisy points, straight from the fits: not from bias and variance."""
        return float(np.mean((self.curves - target(self.x)) ** 2)) + self.sigma**2


def samples(n: int, sigma: float, count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """``count`` samples of ``n`` points: x and y, both (count, n), with y = x·sin(2πx) + ε.

    One x falls into each n-th part of the interval, so that no sample leaves a gap at its ends, where a polynomial
    of high degree would go anywhere.
    """
    rng = np.random.default_rng([seed, n])
    x = LOW + (HIGH - LOW) * (np.arange(n) + rng.random((count, n))) / n
    return x, target(x) + sigma * rng.standard_normal((count, n))


def basis(x: np.ndarray, degree: int) -> np.ndarray:
    """Legendre polynomials up to ``degree`` at x: ``x.shape + (degree + 1,)``.

    They span the same polynomials as 1, x, x², … and keep the least-squares problem solvable for high degrees.
    """
    return np.polynomial.legendre.legvander(2 * (x - LOW) / (HIGH - LOW) - 1, degree)


def polynomial_fits(degree: int, n: int, sigma: float, count: int = 200, seed: int = 0) -> Fits:
    """Least-squares polynomials on ``count`` samples of ``n`` points (minimum norm where n ≤ degree)."""
    x, y = samples(n, sigma, count, seed)
    A = basis(x, degree)  # (count, n, degree + 1)
    coefficients = (np.linalg.pinv(A) @ y[..., None])[..., 0]  # (count, degree + 1)
    grid = np.linspace(LOW, HIGH, GRID)
    train = np.mean((np.einsum("snd,sd->sn", A, coefficients) - y) ** 2, axis=1)
    return Fits(grid, coefficients @ basis(grid, degree).T, train, sigma)


def nested_fits(
    degrees: Sequence[int], n: int, sigma: float, count: int = 200, seed: int = 0
) -> dict[int, Fits]:
    """The least-squares polynomials of ``polynomial_fits`` for many degrees below ``n`` from one QR decomposition.

    The first columns of Q and R belong to the lower degrees, so that each degree adds one term to the fits.
    """
    if not degrees:
        return {}
    x, y = samples(n, sigma, count, seed)
    most = max(degrees)
    Q, R = np.linalg.qr(basis(x, most))  # (count, n, p), (count, p, p)
    parts = np.einsum("snd,sn->sd", Q, y)  # what each further degree takes out of y
    grid = np.linspace(LOW, HIGH, GRID)
    on_grid = basis(grid, most) @ np.linalg.inv(R)  # (count, g, p)
    curves = np.cumsum(on_grid * parts[:, None, :], axis=2)
    left = (y**2).sum(axis=1, keepdims=True) - np.cumsum(parts**2, axis=1)
    return {d: Fits(grid, curves[:, :, d], left[:, d] / n, sigma) for d in degrees}


def network_experiment(width: int, x: np.ndarray, y: np.ndarray, seed: int) -> Experiment:
    """A regression on the points (n,), with one hidden layer of ``width`` tanh units."""
    # The test part is not looked at: what a fit is worth is known from the function itself.
    rows = [(float(a), 0.0, float(b)) for a, b in zip(x, y, strict=True)]
    return Experiment(
        dataset="custom",
        points=Points(rows=tuple(rows), domain=((LOW, HIGH), (-1.0, 1.0))),
        features=("x1",),
        preprocessing="standardize",
        hidden=(width,),
        activation="tanh",
        init="pytorch",
        optimizer="adam",
        learning_rate=0.03,
        batch_size=5000,
        n_samples=max(10, len(rows)),
        train_fraction=0.9,
        seed=seed,
    )


def network_fit(width: int, x: np.ndarray, y: np.ndarray, epochs: int, seed: int) -> tuple[np.ndarray, float]:
    """A trained network on the grid, (GRID,), and its squared error on the points it was trained on."""
    trainer = Trainer(fast(network_experiment(width, x, y, seed)))
    trainer.run(epochs=epochs)
    data = trainer.data
    grid = np.column_stack([np.linspace(LOW, HIGH, GRID), np.zeros(GRID)])
    values = trainer.engine.forward(data.features(grid))[-1][:, 0]
    errors = trainer.engine.forward(data.F_train)[-1][:, 0] - data.y_train
    return values.astype(np.float64), float(np.mean(errors.astype(np.float64) ** 2))


def network_fits(
    width: int, n: int, sigma: float, count: int = 20, epochs: int = 1500, seed: int = 0
) -> Iterator[tuple[float, Fits]]:
    """Networks of one width, each trained on nine tenths of its own sample of ``n`` points."""
    x, y = samples(n, sigma, count, seed)
    grid = np.linspace(LOW, HIGH, GRID)
    curves, errors = [], []
    for s in range(count):
        curve, error = network_fit(width, x[s], y[s], epochs, seed + s)
        curves.append(curve)
        errors.append(error)
        yield (s + 1) / count, Fits(grid, np.array(curves), np.array(errors), sigma)


def row(complexity: int, fits: Fits) -> dict[str, float]:
    """What a model's fits come to: the columns of ``by_degree``."""
    return {
        "complexity": complexity,
        "bias2": fits.bias2,
        "variance": fits.variance,
        "noise": fits.sigma**2,
        "train": float(fits.train.mean()),
        "validation": fits.validation,
    }


def by_degree(
    n: int, sigma: float, count: int = 200, degrees: Sequence[int] = DEGREES, seed: int = 0
) -> pd.DataFrame:
    """Bias and variance against a polynomial's degree.

    Returns:
        Columns ``complexity`` (the degree), ``bias2``, ``variance``, ``noise``, ``train``, ``validation``, all
        mean squared errors.
    """
    low = [d for d in degrees if d < n]
    found = nested_fits(low, n, sigma, count, seed)
    found |= {d: polynomial_fits(d, n, sigma, count, seed) for d in degrees if d >= n}
    return pd.DataFrame([row(d, found[d]) for d in degrees])


def curves_frame(fits: Fits, most: int = 30) -> pd.DataFrame:
    """Columns ``x``, ``y``, ``kind`` (``"fit"``, ``"mean"``, ``"target"``), ``fit``: at most ``most`` fits."""
    drawn = fits.curves[:most]
    curves = [*drawn, fits.mean, target(fits.x)]
    points = len(fits.x)
    return pd.DataFrame(
        {
            "x": np.tile(fits.x, len(curves)),
            "y": np.concatenate(curves),
            "kind": np.repeat([*["fit"] * len(drawn), "mean", "target"], points),
            "fit": np.repeat([*range(len(drawn)), -1, -2], points),
        }
    )
