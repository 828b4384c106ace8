"""Data augmentation on points: copies of the training points under maps that should keep their class.

Whether a map keeps the class is known from how the data set is drawn: a turned circle is the same circle, a turned
pair of moons is not. Augmenting with a symmetry adds what is true of the data; with any other map, errors.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from playground.streams import generator

STREAM = 31
"""Of the random numbers that move copies."""
COPIES = 4
"""Copies of each training point, besides itself."""

Move = Callable[[np.ndarray, float, np.random.Generator], np.ndarray]


@dataclass(frozen=True)
class Augmentation:
    """A random map of the plane.

    Args:
        name: identifier.
        formula: the map in LaTeX.
        move: (X (n, 2), strength, generator) → (n, 2).
        low, high, default: range of the strength; 0 and 0 for a map without one.
        holds: data sets whose classes it keeps (jitter: nearly, as long as it is small).
    """

    name: str
    formula: str
    move: Move
    low: float
    high: float
    default: float
    holds: frozenset[str]


def rotate(X: np.ndarray, degrees: float, rng: np.random.Generator) -> np.ndarray:
    """Turn each point by its own angle, uniform within ± ``degrees``."""
    angle = np.radians(rng.uniform(-degrees, degrees, len(X)))
    cos, sin = np.cos(angle), np.sin(angle)
    return np.column_stack([cos * X[:, 0] - sin * X[:, 1], sin * X[:, 0] + cos * X[:, 1]])


def reflect(X: np.ndarray, _strength: float, rng: np.random.Generator) -> np.ndarray:
    """Mirror each point in the diagonal, in the other diagonal, in both, or not at all."""
    choice = rng.integers(0, 4, len(X))[:, None]
    mirrored = [X, X[:, ::-1], -X[:, ::-1], -X]
    return np.select([choice == k for k in range(4)], mirrored)


def jitter(X: np.ndarray, std: float, rng: np.random.Generator) -> np.ndarray:
    """Move each point a little, by normal noise."""
    return X + std * rng.standard_normal(X.shape)


AUGMENTATIONS: dict[str, Augmentation] = {
    entry.name: entry
    for entry in (
        Augmentation(
            "rotate",
            r"x' = \begin{pmatrix}\cos\theta & -\sin\theta\\ \sin\theta & \cos\theta\end{pmatrix} x,"
            r"\quad \theta \sim U(-s, s)",
            rotate,
            5.0,
            180.0,
            180.0,
            frozenset({"circle"}),
        ),
        Augmentation(
            "reflect",
            r"x' \in \{(x_1, x_2),\ (x_2, x_1),\ (-x_2, -x_1),\ (-x_1, -x_2)\}",
            reflect,
            0.0,
            0.0,
            0.0,
            frozenset({"circle", "xor"}),
        ),
        Augmentation(
            "jitter",
            r"x' = x + s\,\varepsilon,\quad \varepsilon \sim \mathcal{N}(0, I)",
            jitter,
            0.05,
            2.0,
            0.6,
            frozenset({"circle", "xor", "moons", "spiral"}),
        ),
    )
}
"""The augmentations by name."""


def augmented(
    X: np.ndarray, y: np.ndarray, augmentation: Augmentation, strength: float, seed: int, copies: int = COPIES
) -> tuple[np.ndarray, np.ndarray]:
    """The points and ``copies`` moved copies of each, with their labels: ((1 + copies)·n, 2) and as many labels."""
    rng = generator(seed, STREAM)
    moved = [augmentation.move(X, strength, rng) for _ in range(copies)]
    return np.concatenate([X, *moved]), np.tile(y, copies + 1)
