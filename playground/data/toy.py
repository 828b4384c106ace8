"""Toy sets for classification: points drawn from simple shapes, within about ±6.

Circle, XOR, two blobs and the two-arm spiral have the geometry of the TensorFlow Playground
(Smilkov et al. 2017, "Direct-Manipulation Visualization of Deep Networks", arXiv:1708.03788), so that runs
can be compared. ``noise`` ν is 0 to 0.5 and never changes the shape at 0.

The drawing functions stand alone, as exported scripts contain their source: they use NumPy and this
module's functions and constants only, and say in their own words what a reader of a script needs to know.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from playground.data.datasets import DATASETS, TOY_DOMAIN, Dataset, Names, PointDrawer, numbered, toy_draw
from playground.data.points import Domain, Points
from playground.registry import Spec, whole

SQUARE = 5.0


def polar(radius: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """Positions (n, 2) from radius and angle (n,); the angle starts at the x2 axis, clockwise."""
    return np.column_stack((radius * np.sin(angle), radius * np.cos(angle)))


def near(X: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
    """The places whose labels the points get: noise moves them, the points stay put."""
    return X + rng.uniform(-SQUARE, SQUARE, X.shape) * noise


def circle(counts: list[int], noise: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Class 1 is a disc, class 0 a ring around it."""
    outer, inner = counts
    radius = np.concatenate((rng.uniform(3.5, 5.0, outer), rng.uniform(0.0, 2.5, inner)))
    X = polar(radius, rng.uniform(0.0, 2 * np.pi, len(radius)))
    return X, np.hypot(*near(X, noise, rng).T) < 2.5


def xor(counts: list[int], noise: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Class 1 lies where x1 and x2 have the same sign."""
    same_sign = np.repeat([-1.0, 1.0], counts)
    side = np.where(rng.random(sum(counts)) < 0.5, -1.0, 1.0)
    distance = rng.uniform(0.0, SQUARE, (sum(counts), 2)) + 0.3
    X = np.column_stack((side, side * same_sign)) * distance
    return X, near(X, noise, rng).prod(axis=1) >= 0


def blobs(counts: list[int], noise: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """One normal distribution a class: two on a diagonal, more of them on a circle."""
    classes = len(counts)
    y = np.repeat(np.arange(classes), counts)
    radius = 2 * np.sqrt(2.0) if classes == 2 else 3.8
    angle = np.pi * 1.25 + 2 * np.pi * np.arange(classes) / classes
    centres = polar(np.full(classes, radius), angle)
    variance = 0.5 + 7.0 * noise
    return centres[y] + rng.normal(0.0, np.sqrt(variance), (len(y), 2)), y


def spiral(counts: list[int], noise: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """One arm a class; the arms make 3.5 turns together."""
    arms = len(counts)
    y = np.repeat(np.arange(arms), counts)
    along = np.concatenate([np.arange(count) / count for count in counts])  # 0 at the centre, to 1
    turns = 3.5 / arms
    start = 2 * np.pi * ((y + 1) % arms) / arms  # the last class starts at the x2 axis
    X = polar(5.0 * along, 2 * np.pi * turns * along + start)
    return X + rng.uniform(-1.0, 1.0, X.shape) * noise, y


def unit_spiral(counts: list[int], noise: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """One arm a class within the unit circle, each through four radians, disturbed by noise."""
    y = np.repeat(np.arange(len(counts)), counts)
    along = np.concatenate([np.linspace(0.0, 1.0, count) for count in counts])
    return polar(along, 4 * (y + along) + rng.normal(0.0, 1.0, len(y)) * noise), y


def moons(counts: list[int], noise: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Two half circles that reach into each other."""
    y = np.repeat([0, 1], counts)
    t = rng.uniform(0.0, np.pi, len(y))
    upper = np.column_stack((np.cos(t) - 0.5, np.sin(t) - 0.25))
    X = 3.3 * np.where(y[:, None] == 0, upper, -upper)
    return X + rng.normal(0.0, 1.0, X.shape) * 3.3 * noise, y


def rings(counts: list[int], noise: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """One ring a class, around a common centre."""
    y = np.repeat(np.arange(len(counts)), counts)
    spacing = 5.0 / len(counts)
    radius = spacing * (y + 1 + rng.uniform(-0.15, 0.15, len(y)))
    X = polar(radius, rng.uniform(0.0, 2 * np.pi, len(y)))
    return X + rng.uniform(-1.0, 1.0, X.shape) * 2 * noise, y


def checkerboard(
    counts: list[int], noise: float, rng: np.random.Generator, cells: int
) -> tuple[np.ndarray, np.ndarray]:
    """Cells in two colours; with two cells a side it is XOR."""
    y = np.repeat([0, 1], counts)
    column, row = np.divmod(np.arange(cells * cells), cells)
    colour = 1 - (column + row) % 2
    cell = np.empty(len(y), np.int64)
    for k in (0, 1):
        cell[y == k] = rng.choice(np.flatnonzero(colour == k), (y == k).sum())
    side = 2 * SQUARE / cells
    within = rng.uniform(0.05, 0.95, (len(y), 2))
    X = side * (np.column_stack((column[cell], row[cell])) + within) - SQUARE
    at = np.clip(np.floor((near(X, noise, rng) + SQUARE) / side), 0, cells - 1)
    return X, 1 - at.sum(axis=1) % 2


def _two(_spec: Spec, _points: Points | None) -> tuple[str, ...]:
    return numbered(2)


def _as_many_as(param: str) -> Callable[[Spec, Points | None], tuple[str, ...]]:
    return lambda spec, _points: numbered(spec[param])


PLAYGROUND = "Smilkov et al. 2017, arXiv:1708.03788 (the TensorFlow Playground's geometry)"


def _add(
    name: str,
    formula: str,
    drawer: PointDrawer,
    source: str = PLAYGROUND,
    names: Names = _two,
    passed: tuple[str, ...] = (),
    domain: Domain = TOY_DOMAIN,
    **entry: Any,
) -> None:
    draw = toy_draw(drawer, names, passed, domain)
    DATASETS.add(
        Dataset(
            name=name,
            formula=formula,
            source=source,
            draw=draw,
            names=names,
            drawer=drawer,
            passed=passed,
            **entry,
        )
    )


_add(
    "circle",
    r"y = \mathbb{1}\left[\lVert x \rVert < 2.5\right],\quad"
    r" \lVert x \rVert \sim U(0, 2.5) \text{ or } U(3.5, 5)",
    circle,
    noise_meaning="label",
    suggested={"hidden": (6, 4), "activation": "tanh", "learning_rate": 0.1},
)
_add(
    "xor",
    r"y = \mathbb{1}\left[x_1 x_2 \ge 0\right],\quad 0.3 \le |x_i| \le 5.3",
    xor,
    noise_meaning="label",
    suggested={"hidden": (8, 4), "activation": "tanh", "learning_rate": 0.1},
)
_add(
    "blobs",
    r"x \mid y{=}k \sim \mathcal{N}\left(\mu_k, (0.5 + 7\nu) I\right)",
    blobs,
    params=(whole("classes", 2, 2, 6),),
    names=_as_many_as("classes"),
    noise_meaning="spread",
    suggested={"hidden": (4,), "activation": "tanh", "learning_rate": 0.03},
)
_add(
    "spiral",
    r"x = 5s\,(\sin\theta, \cos\theta),\quad \theta = 2\pi\left(1.75\,s + \tfrac{k}{2}\right),\ s \in [0, 1)",
    spiral,
    suggested={
        "features": ("x1", "x2", "sin_x1", "sin_x2"),
        "hidden": (8, 8),
        "activation": "tanh",
        "optimizer": "adam",
        "learning_rate": 0.01,
    },
)
_add(
    "spiral_arms",
    r"x = 5s\,(\sin\theta, \cos\theta),\quad \theta = 2\pi\,\frac{3.5\,s + k}{K},\ s \in [0, 1)",
    spiral,
    params=(whole("arms", 3, 3, 6),),
    names=_as_many_as("arms"),
    suggested={"hidden": (16, 16), "activation": "tanh", "optimizer": "adam", "learning_rate": 0.01},
)
_add(
    "unit_spiral",
    r"x = s\,(\sin\theta, \cos\theta),\quad \theta = 4(k + s) + \nu\,\mathcal N(0, 1),\ s \in [0, 1]",
    unit_spiral,
    "Karpathy, CS231n: Putting it together (minimal neural network case study)",
    names=lambda _spec, _points: numbered(3),
    domain=((-1.2, 1.2), (-1.2, 1.2)),
    suggested={"hidden": (16,), "activation": "relu", "optimizer": "adam", "learning_rate": 0.03},
)
_add(
    "moons",
    r"x = \pm 3.3\left(\cos t - \tfrac12,\ \sin t - \tfrac14\right),\quad t \sim U(0, \pi)",
    moons,
    "scikit-learn, sklearn.datasets.make_moons, centred and scaled",
    suggested={"hidden": (6, 4), "activation": "tanh", "learning_rate": 0.1},
)
_add(
    "rings",
    r"\lVert x \rVert = \tfrac{5}{R}(k + 1 + u),\quad u \sim U(-0.15, 0.15),\ k = 0 \ldots R{-}1",
    rings,
    "after scikit-learn, sklearn.datasets.make_circles, with a class per ring",
    params=(whole("rings", 3, 2, 4),),
    names=_as_many_as("rings"),
    suggested={"hidden": (8, 8), "activation": "tanh", "learning_rate": 0.1},
)
_add(
    "checkerboard",
    r"y = \left(1 + \left\lfloor \tfrac{x_1 + 5}{a} \right\rfloor"
    r" + \left\lfloor \tfrac{x_2 + 5}{a} \right\rfloor\right) \bmod 2,\quad a = 10/\text{cells}",
    checkerboard,
    "generalises XOR (Minsky & Papert 1969, Perceptrons) to more cells",
    params=(whole("cells", 4, 2, 6),),
    passed=("cells",),
    noise_meaning="label",
    suggested={
        "n_samples": 1000,
        "hidden": (32, 32),
        "activation": "relu",
        "optimizer": "adam",
        "learning_rate": 0.01,
    },
)
