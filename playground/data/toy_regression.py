"""Toy sets for regression, with inputs uniform over ±6.

Plane and multi-Gaussian have the TensorFlow Playground's geometry (Smilkov et al. 2017, arXiv:1708.03788),
their targets lie in about ±1. There, ``noise`` ν evaluates the target up to 6ν away from the point.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from playground.data.datasets import DATASETS, DataFields, Dataset, Sample
from playground.data.points import Points
from playground.registry import Spec, whole

HALF_WIDTH = 6.0
BUMPS = np.array(
    [[-4, 2.5, 1], [0, 2.5, -1], [4, 2.5, 1], [-4, -2.5, -1], [0, -2.5, 1], [4, -2.5, -1]], dtype=np.float64
)
"""Centre and sign of each bump of multi_gaussian, ``(6, 3)``."""

BUMP_RADIUS = 2.0


def _no_classes(_spec: Spec, _points: Points | None) -> tuple[str, ...]:
    return ()


def _uniform(n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    return rng.uniform(-HALF_WIDTH, HALF_WIDTH, (n, 2))


def _sample(X: NDArray[np.float64], y: NDArray[np.float64]) -> Sample:
    return Sample(X, y.astype(np.float32), ("x1", "x2"), ())


def _plane(e: DataFields, rng: np.random.Generator) -> Sample:
    X = _uniform(e.n_samples, rng)
    nearby = X + _uniform(e.n_samples, rng) * e.noise
    return _sample(X, nearby.sum(axis=1) / 10.0)


def bump_height(X: NDArray[np.float64]) -> NDArray[np.float64]:
    """Height ``(n,)`` at ``X`` ``(n, 2)``: of the six cones the one of largest absolute value there."""
    distance = np.hypot(X[:, None, 0] - BUMPS[:, 0], X[:, None, 1] - BUMPS[:, 1])  # (n, 6)
    height = BUMPS[:, 2] * np.clip(1.0 - distance / BUMP_RADIUS, 0.0, 1.0)
    largest = np.abs(height).argmax(axis=1)
    return height[np.arange(len(X)), largest]


def _multi_gaussian(e: DataFields, rng: np.random.Generator) -> Sample:
    X = _uniform(e.n_samples, rng)
    return _sample(X, bump_height(X + _uniform(e.n_samples, rng) * e.noise))


def _x_sin(e: DataFields, rng: np.random.Generator) -> Sample:
    X = _uniform(e.n_samples, rng)
    x = e.dataset["periods"] * X[:, 0] / HALF_WIDTH
    return _sample(X, x * np.sin(2 * np.pi * x) + rng.normal(0.0, 1.0, len(X)) * e.noise)


DATASETS.add(
    Dataset(
        name="plane",
        formula=r"y = \frac{x_1 + x_2}{10}",
        source="Smilkov et al. 2017, arXiv:1708.03788 (the TensorFlow Playground's geometry)",
        draw=_plane,
        names=_no_classes,
        noise_meaning="label",
        suggested={"hidden": (), "learning_rate": 0.03},
    )
)
DATASETS.add(
    Dataset(
        name="multi_gaussian",
        formula=r"y = s_j \max\left(0, 1 - \tfrac12\lVert x - c_j \rVert\right),\quad s_j = \pm 1"
        r" \text{, the nearest } c_j",
        source="Smilkov et al. 2017, arXiv:1708.03788 (the TensorFlow Playground's geometry)",
        draw=_multi_gaussian,
        names=_no_classes,
        noise_meaning="label",
        suggested={
            "n_samples": 2000,
            "hidden": (32, 32),
            "activation": "relu",
            "optimizer": "adam",
            "learning_rate": 0.01,
        },
    )
)
DATASETS.add(
    Dataset(
        name="x_sin",
        formula=r"y = x \sin(2\pi x) + \varepsilon,\quad x = \tfrac{p}{6} x_1,\ \varepsilon \sim"
        r" \mathcal{N}(0, \nu^2)",
        source="the usual example of bias and variance, as in polynomial fits of degree 1, 5 and 15",
        params=(whole("periods", 1, 1, 3),),
        draw=_x_sin,
        names=_no_classes,
        noise_meaning="target",
        suggested={
            "features": ("x1",),
            "hidden": (16, 16),
            "activation": "tanh",
            "optimizer": "adam",
            "learning_rate": 0.01,
        },
    )
)
