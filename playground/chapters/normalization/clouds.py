"""Preprocessing: data pulled out of shape and put right, and what that does to a linear model's loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from playground.chapters.controls import Settings
from playground.chapters.normalization.parts import slider
from playground.data.preprocessing import PREPROCESSINGS

MOST_STEPS = 20_000
"""Gradient descent is given up after so many steps."""
GOAL = 1e-3
"""The share of the excess loss that may be left."""
PATH = 2000
"""Steps of the way that are kept for drawing."""
WEIGHTS = (1.0, -0.5)
"""The target is this much of the two undistorted inputs, plus noise."""


@dataclass(frozen=True, eq=False)
class Cloud:
    """A regression set of two inputs that was pulled out of shape.

    Args:
        X: float64 (n, 2), the inputs as measured.
        y: float64 (n,), targets; linear in the inputs up to noise.
    """

    X: np.ndarray
    y: np.ndarray


def cloud(
    scale: float = 4.0,
    offset: tuple[float, float] = (2.0, 1.0),
    correlation: float = 0.6,
    n: int = 120,
    seed: int = 0,
) -> Cloud:
    """Draw normal points and pull them out of shape.

    Args:
        scale: the first input is stretched by it.
        offset: added to the two inputs, in units of their own standard deviation.
        correlation: between the inputs, in (-1, 1).
        n: points.
        seed: of the draw; the same points are pulled for all arguments above.
    """
    rng = np.random.default_rng(seed)
    u = rng.standard_normal((n, 2))
    y = u @ WEIGHTS + 0.3 * rng.standard_normal(n)
    u[:, 1] = correlation * u[:, 0] + np.sqrt(1 - correlation**2) * u[:, 1]
    return Cloud((u + np.asarray(offset)) * (scale, 1.0), y)


@dataclass(frozen=True, eq=False)
class Bowl:
    """The loss of a linear model, mean (w·x + b − y)², over (w₁, w₂, b): a quadratic.

    Args:
        F: float64 (n, 2), preprocessed inputs.
        hessian: (3, 3), 2/n Σ (x, 1)(x, 1)ᵀ.
        best: (3,), weights and bias with the least loss.
        least: that loss.
        eigenvalues: (3,), of the Hessian, ascending.
    """

    F: np.ndarray
    hessian: np.ndarray
    best: np.ndarray
    least: float
    eigenvalues: np.ndarray

    @property
    def condition(self) -> float:
        """κ, the largest eigenvalue over the smallest."""
        low, high = self.eigenvalues[0], self.eigenvalues[-1]
        return float(high / low) if low > 1e-12 * high else float("inf")

    @property
    def rate(self) -> float:
        """The best constant η, 2/(λ_min + λ_max) (Polyak 1987, section 1.4.2)."""
        return float(2 / (self.eigenvalues[0] + self.eigenvalues[-1]))

    def excess(self, theta: np.ndarray) -> np.ndarray:
        """Loss above the least one at ``theta`` (…, 3)."""
        off = theta - self.best
        return np.asarray(0.5 * np.einsum("...i,ij,...j->...", off, self.hessian, off))


def bowl(data: Cloud, preprocessing: str) -> Bowl:
    """The loss after a preprocessing of the registry, fitted on all of ``data``."""
    F = PREPROCESSINGS[preprocessing].fit(data.X).apply(data.X)
    rows = np.column_stack([F, np.ones(len(F))])
    hessian = 2 * rows.T @ rows / len(F)
    best = np.linalg.lstsq(rows, data.y, rcond=None)[0]
    return Bowl(F, hessian, best, float(((rows @ best - data.y) ** 2).mean()), np.linalg.eigvalsh(hessian))


def descend(
    b: Bowl, rate: float, goal: float = GOAL, most: int = MOST_STEPS
) -> tuple[int | None, np.ndarray]:
    """Gradient descent from (0, 0, 0) at a constant η.

    Args:
        b: the loss.
        rate: η.
        goal: share of the first excess loss at which it ends.
        most: steps after which it is given up.

    Returns:
        Steps taken to the goal, None where it was not reached, and the first points of the way (≤ ``PATH`` + 1, 3).
    """
    theta = np.zeros(3)
    wanted = goal * float(b.excess(theta))
    way = [theta]
    for step in range(1, most + 1):
        theta = theta - rate * (b.hessian @ (theta - b.best))
        if step <= PATH:
            way.append(theta)
        off = theta - b.best
        left = 0.5 * off @ b.hessian @ off
        if left <= wanted:
            return step, np.array(way)
        if not left < 1e12:
            break
    return None, np.array(way)


def contours(b: Bowl, way: np.ndarray, cells: int = 61) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Excess loss over (w₁, w₂) with the bias at its best, on a square that holds the start and the minimum.

    Returns:
        w₁ (cells,), w₂ (cells,), excess (cells, cells) with a row for each w₂.
    """
    reach = 1.25 * max(float(np.abs(b.best[:2]).max()), 0.2)
    reach = max(reach, min(1.1 * float(np.abs(way[:, :2] - b.best[:2]).max()), 2 * reach))
    w1 = b.best[0] + np.linspace(-reach, reach, cells)
    w2 = b.best[1] + np.linspace(-reach, reach, cells)
    grid = np.stack([*np.meshgrid(w1, w2), np.full((cells, cells), b.best[2])], axis=-1)
    return w1, w2, b.excess(grid)


def compare(data: Cloud, names: Sequence[str] = ()) -> pd.DataFrame:
    """Every preprocessing on the same data.

    Returns:
        Columns ``preprocessing``, ``condition`` (κ), ``rate`` (the best constant η), ``steps`` (measured at that η
        to ``GOAL``; nan where ``MOST_STEPS`` did not do), ``theory``: steps that the contraction
        ((κ − 1)/(κ + 1))² of the excess loss needs at most.
    """
    rows = []
    for name in names or PREPROCESSINGS:
        b = bowl(data, name)
        steps, _ = descend(b, b.rate)
        kappa = b.condition
        contraction = (kappa - 1) / (kappa + 1) if np.isfinite(kappa) else 1.0
        with np.errstate(divide="ignore"):
            theory = float(np.ceil(np.log(GOAL) / (2 * np.log(contraction)))) if contraction > 0 else 1.0
        rows.append((name, kappa, b.rate, float("nan") if steps is None else steps, max(theory, 1.0)))
    return pd.DataFrame(rows, columns=["preprocessing", "condition", "rate", "steps", "theory"])


SHAPE = (
    slider("scale", 1.0, 8.0, 4.0, step=0.5),
    slider("offset1", -4.0, 4.0, 2.0, step=0.5),
    slider("offset2", -4.0, 4.0, 1.0, step=0.5),
    slider("correlation", -0.95, 0.95, 0.6, step=0.05),
)
"""The controls that pull the data out of shape."""


def of(settings: Settings) -> Cloud:
    """The data under these settings."""
    offset = (settings.offset1, settings.offset2)
    return cloud(settings.scale, offset, settings.correlation, seed=settings.seed)
