"""Toy sets for classification: points drawn from simple shapes, within about ±6.

Circle, XOR, two blobs and the two-arm spiral have the geometry of the TensorFlow Playground
(Smilkov et al. 2017, "Direct-Manipulation Visualization of Deep Networks", arXiv:1708.03788), so that runs
can be compared. ``noise`` ν is 0 to 0.5 and never changes the shape at 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.data.datasets import DATASETS, DataFields, Dataset, Draw, Sample, class_counts, numbered
from playground.data.points import Points
from playground.registry import Spec, whole

Positions = NDArray[np.float64]

CIRCLE_RADIUS = 5.0
SQUARE = 5.0
"""Half the side of XOR's and the checkerboard's square."""

XOR_GAP = 0.3
MOON_SIZE = 3.3
SPIRAL_RADIUS = 5.0
SPIRAL_TURNS = 3.5
"""Turns that all arms make together: 1.75 each for two, and the same gap between more of them."""


def _two(_spec: Spec, _points: Points | None) -> tuple[str, ...]:
    return numbered(2)


def _as_many_as(param: str) -> Callable[[Spec, Points | None], tuple[str, ...]]:
    return lambda spec, _points: numbered(spec[param])


def _sample(X: Positions, y: NDArray[Any], classes: int) -> Sample:
    return Sample(X, y.astype(np.int64), ("x1", "x2"), numbered(classes))


def _polar(radius: Positions, angle: Positions) -> Positions:
    """Positions ``(n, 2)`` from radius and angle ``(n,)``; the angle starts at the x2 axis, clockwise."""
    return np.column_stack((radius * np.sin(angle), radius * np.cos(angle)))


def _near(X: Positions, reach: float, noise: float, rng: np.random.Generator) -> Positions:
    """The places whose labels the points get: within ν·reach of each point, which itself stays put."""
    return X + rng.uniform(-reach, reach, X.shape) * noise


def _circle(e: DataFields, rng: np.random.Generator) -> Sample:
    outer, inner = class_counts(e.n_samples, 2, e.class_balance)
    r = CIRCLE_RADIUS
    radius = np.concatenate((rng.uniform(0.7 * r, r, outer), rng.uniform(0.0, 0.5 * r, inner)))
    X = _polar(radius, rng.uniform(0.0, 2 * np.pi, len(radius)))
    nearby = _near(X, r, e.noise, rng)
    return _sample(X, np.hypot(nearby[:, 0], nearby[:, 1]) < 0.5 * r, 2)


def _xor(e: DataFields, rng: np.random.Generator) -> Sample:
    counts = class_counts(e.n_samples, 2, e.class_balance)
    same_sign = np.repeat([-1.0, 1.0], counts)  # class 1 where x1·x2 ≥ 0
    side = np.where(rng.random(e.n_samples) < 0.5, -1.0, 1.0)
    distance = rng.uniform(0.0, SQUARE, (e.n_samples, 2)) + XOR_GAP
    X = np.column_stack((side, side * same_sign)) * distance
    nearby = _near(X, SQUARE, e.noise, rng)
    return _sample(X, nearby[:, 0] * nearby[:, 1] >= 0, 2)


def _blobs(e: DataFields, rng: np.random.Generator) -> Sample:
    classes = e.dataset["classes"]
    y = np.repeat(np.arange(classes), class_counts(e.n_samples, classes, e.class_balance))
    radius = 2 * np.sqrt(2.0) if classes == 2 else 3.8
    # two classes: class 0 at (-2, -2), class 1 at (2, 2); more: on a circle, from there clockwise
    angle = np.pi * 1.25 + 2 * np.pi * np.arange(classes) / classes
    centres = _polar(np.full(classes, radius), angle)
    variance = 0.5 + 7.0 * e.noise  # 0.5 to 4
    return _sample(centres[y] + rng.normal(0.0, np.sqrt(variance), (len(y), 2)), y, classes)


def _arms(arms: int, e: DataFields, rng: np.random.Generator) -> Sample:
    counts = class_counts(e.n_samples, arms, e.class_balance)
    y = np.repeat(np.arange(arms), counts)
    along = np.concatenate([np.arange(count) / count for count in counts])  # 0 at the centre, to 1
    turns = SPIRAL_TURNS / arms
    start = 2 * np.pi * ((y + 1) % arms) / arms  # the last class starts at the x2 axis
    X = _polar(SPIRAL_RADIUS * along, 2 * np.pi * turns * along + start)
    return _sample(X + rng.uniform(-1.0, 1.0, X.shape) * e.noise, y, arms)


def _spiral(e: DataFields, rng: np.random.Generator) -> Sample:
    return _arms(2, e, rng)


def _spiral_arms(e: DataFields, rng: np.random.Generator) -> Sample:
    return _arms(e.dataset["arms"], e, rng)


def _moons(e: DataFields, rng: np.random.Generator) -> Sample:
    y = np.repeat([0, 1], class_counts(e.n_samples, 2, e.class_balance))
    t = rng.uniform(0.0, np.pi, len(y))
    upper = np.column_stack((np.cos(t) - 0.5, np.sin(t) - 0.25))
    X = MOON_SIZE * np.where(y[:, None] == 0, upper, -upper)
    return _sample(X + rng.normal(0.0, 1.0, X.shape) * MOON_SIZE * e.noise, y, 2)


def _rings(e: DataFields, rng: np.random.Generator) -> Sample:
    rings = e.dataset["rings"]
    y = np.repeat(np.arange(rings), class_counts(e.n_samples, rings, e.class_balance))
    spacing = 5.0 / rings
    radius = spacing * (y + 1 + rng.uniform(-0.15, 0.15, len(y)))
    X = _polar(radius, rng.uniform(0.0, 2 * np.pi, len(y)))
    return _sample(X + rng.uniform(-1.0, 1.0, X.shape) * 2 * e.noise, y, rings)


def _checkerboard(e: DataFields, rng: np.random.Generator) -> Sample:
    cells = e.dataset["cells"]
    y = np.repeat([0, 1], class_counts(e.n_samples, 2, e.class_balance))
    column, row = np.divmod(np.arange(cells * cells), cells)
    colour = 1 - (column + row) % 2  # with 2 cells: XOR
    cell = np.empty(len(y), np.int64)
    for k in (0, 1):
        cell[y == k] = rng.choice(np.flatnonzero(colour == k), int((y == k).sum()))
    side = 2 * SQUARE / cells
    within = rng.uniform(0.05, 0.95, (len(y), 2))
    X = side * (np.column_stack((column[cell], row[cell])) + within) - SQUARE
    nearby = _near(X, SQUARE, e.noise, rng)
    at = np.clip(np.floor((nearby + SQUARE) / side), 0, cells - 1)
    return _sample(X, 1 - at.sum(axis=1) % 2, 2)


PLAYGROUND = "Smilkov et al. 2017, arXiv:1708.03788 (the TensorFlow Playground's geometry)"


def _add(name: str, formula: str, draw: Draw, source: str = PLAYGROUND, **entry: Any) -> None:
    DATASETS.add(Dataset(name=name, formula=formula, source=source, draw=draw, **{"names": _two, **entry}))


_add(
    "circle",
    r"y = \mathbb{1}\left[\lVert x \rVert < 2.5\right],\quad"
    r" \lVert x \rVert \sim U(0, 2.5) \text{ or } U(3.5, 5)",
    _circle,
    noise_meaning="label",
    suggested={"hidden": (6, 4), "activation": "tanh", "learning_rate": 0.1},
)
_add(
    "xor",
    r"y = \mathbb{1}\left[x_1 x_2 \ge 0\right],\quad 0.3 \le |x_i| \le 5.3",
    _xor,
    noise_meaning="label",
    suggested={"hidden": (8, 4), "activation": "tanh", "learning_rate": 0.1},
)
_add(
    "blobs",
    r"x \mid y{=}k \sim \mathcal{N}\left(\mu_k, (0.5 + 7\nu) I\right)",
    _blobs,
    params=(whole("classes", 2, 2, 6),),
    names=_as_many_as("classes"),
    noise_meaning="spread",
    suggested={"hidden": (4,), "activation": "tanh", "learning_rate": 0.03},
)
_add(
    "spiral",
    r"x = 5s\,(\sin\theta, \cos\theta),\quad \theta = 2\pi\left(1.75\,s + \tfrac{k}{2}\right),\ s \in [0, 1)",
    _spiral,
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
    _spiral_arms,
    params=(whole("arms", 3, 3, 6),),
    names=_as_many_as("arms"),
    suggested={"hidden": (16, 16), "activation": "tanh", "optimizer": "adam", "learning_rate": 0.01},
)
_add(
    "moons",
    r"x = \pm 3.3\left(\cos t - \tfrac12,\ \sin t - \tfrac14\right),\quad t \sim U(0, \pi)",
    _moons,
    "scikit-learn, sklearn.datasets.make_moons, centred and scaled",
    suggested={"hidden": (6, 4), "activation": "tanh", "learning_rate": 0.1},
)
_add(
    "rings",
    r"\lVert x \rVert = \tfrac{5}{R}(k + 1 + u),\quad u \sim U(-0.15, 0.15),\ k = 0 \ldots R{-}1",
    _rings,
    "after scikit-learn, sklearn.datasets.make_circles, with a class per ring",
    params=(whole("rings", 3, 2, 4),),
    names=_as_many_as("rings"),
    suggested={"hidden": (8, 8), "activation": "tanh", "learning_rate": 0.1},
)
_add(
    "checkerboard",
    r"y = \left(1 + \left\lfloor \tfrac{x_1 + 5}{a} \right\rfloor"
    r" + \left\lfloor \tfrac{x_2 + 5}{a} \right\rfloor\right) \bmod 2,\quad a = 10/\text{cells}",
    _checkerboard,
    "generalises XOR (Minsky & Papert 1969, Perceptrons) to more cells",
    params=(whole("cells", 4, 2, 6),),
    noise_meaning="label",
    suggested={
        "n_samples": 1000,
        "hidden": (32, 32),
        "activation": "relu",
        "optimizer": "adam",
        "learning_rate": 0.01,
    },
)
