"""Toy sets for regression, with inputs uniform over ±6.

Plane and multi-Gaussian have the TensorFlow Playground's geometry (Smilkov et al. 2017, arXiv:1708.03788),
their targets lie in about ±1. There, ``noise`` ν evaluates the target up to 6ν away from the point.
The drawing functions stand alone, as those of ``playground.data.toy`` do.
"""

from __future__ import annotations

import numpy as np

from playground.data.datasets import DATASETS, Dataset, toy_draw
from playground.data.points import Points
from playground.registry import Spec, whole


def plane(n: int, noise: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The target is a plane over the two inputs."""
    X = rng.uniform(-6.0, 6.0, (n, 2))
    nearby = X + rng.uniform(-6.0, 6.0, (n, 2)) * noise  # noise: the target of a place nearby
    return X, nearby.sum(axis=1) / 10.0


def bump_height(X: np.ndarray) -> np.ndarray:
    """Height (n,) at X (n, 2) of six cones, three up and three down: the largest of those there."""
    centres = np.array([[-4, 2.5], [0, 2.5], [4, 2.5], [-4, -2.5], [0, -2.5], [4, -2.5]])
    signs = np.array([1.0, -1.0, 1.0, -1.0, 1.0, -1.0])
    distance = np.hypot(X[:, None, 0] - centres[:, 0], X[:, None, 1] - centres[:, 1])  # (n, 6)
    height = signs * np.clip(1.0 - distance / 2.0, 0.0, 1.0)
    largest = np.abs(height).argmax(axis=1)
    return height[np.arange(len(X)), largest]


def multi_gaussian(n: int, noise: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The target is a landscape of hills and hollows."""
    X = rng.uniform(-6.0, 6.0, (n, 2))
    nearby = X + rng.uniform(-6.0, 6.0, (n, 2)) * noise  # noise: the target of a place nearby
    return X, bump_height(nearby)


def x_sin(n: int, noise: float, rng: np.random.Generator, periods: int) -> tuple[np.ndarray, np.ndarray]:
    """The target is a wave along x1 that grows away from 0; x2 plays no part."""
    X = rng.uniform(-6.0, 6.0, (n, 2))
    x = periods * X[:, 0] / 6.0
    return X, x * np.sin(2 * np.pi * x) + rng.normal(0.0, 1.0, n) * noise


def _no_classes(_spec: Spec, _points: Points | None) -> tuple[str, ...]:
    return ()


DATASETS.add(
    Dataset(
        name="plane",
        formula=r"y = \frac{x_1 + x_2}{10}",
        source="Smilkov et al. 2017, arXiv:1708.03788 (the TensorFlow Playground's geometry)",
        draw=toy_draw(plane, _no_classes),
        names=_no_classes,
        drawer=plane,
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
        draw=toy_draw(multi_gaussian, _no_classes),
        names=_no_classes,
        drawer=multi_gaussian,
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
        draw=toy_draw(x_sin, _no_classes, ("periods",)),
        names=_no_classes,
        drawer=x_sin,
        passed=("periods",),
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
