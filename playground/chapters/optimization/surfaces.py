"""Functions of two weights to race optimizers on: value, gradient, Hessian, minima and domain of each."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from scipy.special import expit

from playground.chapters.optimization.landscapes import LossOf, Plane, principal_plane, record
from playground.data.prepare import Data, prepare
from playground.experiment import Experiment
from playground.registry import Registry, Spec, Technique, number, whole

Pair = tuple[float, float]
Array = Any
"""A float or a NumPy array: the surfaces work on both."""


@dataclass(frozen=True, kw_only=True)
class Surface(Technique):
    """A function f(x, y) of two weights.

    A parameter called ``noise`` is the standard deviation of what a mini-batch adds to each entry of the gradient.

    Args:
        value: ``(x, y, spec)``, of floats or arrays of one shape.
        gradient: ``(x, y, spec) -> (∂f/∂x, ∂f/∂y)`` at a point.
        hessian: ``(x, y, spec) -> (∂²f/∂x², ∂²f/∂x∂y, ∂²f/∂y²)`` at a point.
        minima: ``(spec)``, the known minima; none for a network's loss.
        lowest: ``(spec)``, the value at the lowest minimum.
        domain: ``(spec) -> ((x low, x high), (y low, y high))``, what is shown.
        start: ``(spec)``, where the race begins by default.
        expression: ``(spec) -> str``, the value as Python code in ``x`` and ``y``; "" if that takes more than a line.
    """

    value: Callable[[Array, Array, Spec], Array]
    gradient: Callable[[float, float, Spec], Pair]
    hessian: Callable[[float, float, Spec], tuple[float, float, float]]
    minima: Callable[[Spec], tuple[Pair, ...]]
    lowest: Callable[[Spec], float]
    domain: Callable[[Spec], tuple[Pair, Pair]]
    start: Callable[[Spec], Pair]
    expression: Callable[[Spec], str]


SURFACES: Registry[Surface] = Registry("surfaces")


def noise_of(spec: Spec) -> float:
    """The standard deviation of the gradient's noise; 0 where the surface has none."""
    return float(spec.params.get("noise", 0.0))


# --- quadratic: ½ (u² + κ v²) in coordinates turned by an angle ------------------------------------------


def _turned(spec: Spec) -> tuple[float, float, float]:
    """Entries a, b, c of the constant Hessian [[a, b], [b, c]]."""
    kappa, angle = spec["kappa"], math.radians(spec["angle"])
    cos, sin = math.cos(angle), math.sin(angle)
    return cos**2 + kappa * sin**2, (1 - kappa) * cos * sin, sin**2 + kappa * cos**2


def _quadratic(x: Array, y: Array, spec: Spec) -> Array:
    a, b, c = _turned(spec)
    return (a * x**2 + 2 * b * x * y + c * y**2) / 2


def _quadratic_gradient(x: float, y: float, spec: Spec) -> Pair:
    a, b, c = _turned(spec)
    return a * x + b * y, b * x + c * y


def _quadratic_expression(spec: Spec) -> str:
    a, b, c = _turned(spec)
    return f"({a:.9g} * x**2 + {2 * b:.9g} * x * y + {c:.9g} * y**2) / 2"


SURFACES.add(
    Surface(
        name="quadratic",
        formula=r"f = \tfrac12\,(u^2 + \kappa v^2), \quad (u, v) = R_{-\varphi}(x, y)",
        source="Goh 2017, Why momentum really works; Boyd & Vandenberghe 2004, section 9.3.2",
        params=(number("kappa", 100.0, 1.0, 1000.0, log=True), number("angle", 0.0, 0.0, 90.0, 5.0)),
        value=_quadratic,
        gradient=_quadratic_gradient,
        hessian=lambda x, y, spec: _turned(spec),
        minima=lambda spec: ((0.0, 0.0),),
        lowest=lambda spec: 0.0,
        domain=lambda spec: ((-3.0, 3.0), (-2.0, 2.0)),
        start=lambda spec: (-2.5, 1.2),
        expression=_quadratic_expression,
    )
)

# --- saddle: bounded below, so that going down has an end ------------------------------------------------

SURFACES.add(
    Surface(
        name="saddle",
        formula=r"f = \tfrac12 x^2 - \tfrac12 y^2 + \tfrac18 y^4",
        source="Dauphin et al. 2014, Identifying and attacking the saddle point problem",
        value=lambda x, y, spec: x**2 / 2 - y**2 / 2 + y**4 / 8,
        gradient=lambda x, y, spec: (x, y**3 / 2 - y),
        hessian=lambda x, y, spec: (1.0, 0.0, 1.5 * y**2 - 1.0),
        minima=lambda spec: ((0.0, -math.sqrt(2)), (0.0, math.sqrt(2))),
        lowest=lambda spec: -0.5,
        domain=lambda spec: ((-3.0, 3.0), (-2.2, 2.2)),
        start=lambda spec: (-2.5, 0.02),
        expression=lambda spec: "x**2 / 2 - y**2 / 2 + y**4 / 8",
    )
)

# --- the classics ----------------------------------------------------------------------------------------


def _rosenbrock_gradient(x: float, y: float, spec: Spec) -> Pair:
    b = spec["b"]
    return -2 * (1 - x) - 4 * b * x * (y - x * x), 2 * b * (y - x * x)


def _rosenbrock_hessian(x: float, y: float, spec: Spec) -> tuple[float, float, float]:
    b = spec["b"]
    return 2 - 4 * b * y + 12 * b * x * x, -4 * b * x, 2 * b


SURFACES.add(
    Surface(
        name="rosenbrock",
        formula=r"f = (1 - x)^2 + b\,(y - x^2)^2",
        source="Rosenbrock 1960, An automatic method for finding the greatest or least value of a function",
        params=(number("b", 100.0, 1.0, 100.0, log=True),),
        value=lambda x, y, spec: (1 - x) ** 2 + spec["b"] * (y - x**2) ** 2,
        gradient=_rosenbrock_gradient,
        hessian=_rosenbrock_hessian,
        minima=lambda spec: ((1.0, 1.0),),
        lowest=lambda spec: 0.0,
        domain=lambda spec: ((-2.0, 2.0), (-1.0, 3.0)),
        start=lambda spec: (-1.2, 1.0),
        expression=lambda spec: f"(1 - x) ** 2 + {spec['b']!r} * (y - x**2) ** 2",
    )
)

_BEALE = ((1.5, 1), (2.25, 2), (2.625, 3))
"""Constants and powers of the three residuals c − x + x yᵏ."""


def _beale_gradient(x: float, y: float, spec: Spec) -> Pair:
    terms = [(c - x + x * y**k, y**k - 1, k * x * y ** (k - 1)) for c, k in _BEALE]
    return sum(2 * r * rx for r, rx, _ in terms), sum(2 * r * ry for r, _, ry in terms)


def _beale_hessian(x: float, y: float, spec: Spec) -> tuple[float, float, float]:
    xx = xy = yy = 0.0
    for c, k in _BEALE:
        r, rx, ry = c - x + x * y**k, y**k - 1, k * x * y ** (k - 1)
        rxy = k * y ** (k - 1)
        ryy = k * (k - 1) * x * y ** (k - 2) if k > 1 else 0.0
        xx += 2 * rx * rx
        xy += 2 * (rx * ry + r * rxy)
        yy += 2 * (ry * ry + r * ryy)
    return xx, xy, yy


SURFACES.add(
    Surface(
        name="beale",
        formula=r"f = (1.5 - x + xy)^2 + (2.25 - x + xy^2)^2 + (2.625 - x + xy^3)^2",
        source="Beale 1958, On an iterative method for finding a local minimum",
        value=lambda x, y, spec: sum((c - x + x * y**k) ** 2 for c, k in _BEALE),
        gradient=_beale_gradient,
        hessian=_beale_hessian,
        minima=lambda spec: ((3.0, 0.5),),
        lowest=lambda spec: 0.0,
        domain=lambda spec: ((-1.0, 4.5), (-2.0, 2.0)),
        start=lambda spec: (1.0, 1.5),
        expression=lambda spec: (
            "(1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2"
        ),
    )
)


def _himmelblau_gradient(x: float, y: float, spec: Spec) -> Pair:
    p, q = x * x + y - 11, x + y * y - 7
    return 4 * x * p + 2 * q, 2 * p + 4 * y * q


SURFACES.add(
    Surface(
        name="himmelblau",
        formula=r"f = (x^2 + y - 11)^2 + (x + y^2 - 7)^2",
        source="Himmelblau 1972, Applied nonlinear programming",
        value=lambda x, y, spec: (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2,
        gradient=_himmelblau_gradient,
        hessian=lambda x, y, spec: (12 * x * x + 4 * y - 42, 4 * x + 4 * y, 4 * x + 12 * y * y - 26),
        minima=lambda spec: (
            (3.0, 2.0),
            (-2.805118086952745, 3.131312518250573),
            (-3.779310253377747, -3.283185991286170),
            (3.584428340330492, -1.848126526964404),
        ),
        lowest=lambda spec: 0.0,
        domain=lambda spec: ((-5.5, 5.5), (-5.0, 5.0)),
        start=lambda spec: (-0.5, -0.5),
        expression=lambda spec: "(x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2",
    )
)

# --- noisy ravine: a narrow valley with a bend, and mini-batch noise -------------------------------------


def _ravine_gradient(x: float, y: float, spec: Spec) -> Pair:
    pull = spec["steepness"] * (y - math.sin(x))
    return 0.1 * x - pull * math.cos(x), pull


def _ravine_hessian(x: float, y: float, spec: Spec) -> tuple[float, float, float]:
    steep, away = spec["steepness"], y - math.sin(x)
    return 0.1 + steep * (math.cos(x) ** 2 + away * math.sin(x)), -steep * math.cos(x), steep


SURFACES.add(
    Surface(
        name="ravine",
        formula=r"f = \tfrac{1}{20} x^2 + \tfrac{s}{2}\,(y - \sin x)^2, \quad "
        r"g = \nabla f + \varepsilon, \ \varepsilon \sim \mathcal N(0, \sigma^2 I)",
        source="Sutton 1986, Two problems with back propagation (ravines)",
        params=(number("steepness", 10.0, 1.0, 100.0, log=True), number("noise", 1.0, 0.0, 5.0, 0.1)),
        value=lambda x, y, spec: x**2 / 20 + spec["steepness"] / 2 * (y - np.sin(x)) ** 2,
        gradient=_ravine_gradient,
        hessian=_ravine_hessian,
        minima=lambda spec: ((0.0, 0.0),),
        lowest=lambda spec: 0.0,
        domain=lambda spec: ((-6.0, 3.0), (-2.5, 2.5)),
        start=lambda spec: (-5.0, 2.0),
        expression=lambda spec: f"x**2 / 20 + {spec['steepness'] / 2!r} * (y - torch.sin(x)) ** 2",
    )
)

# --- a real network's loss, on the plane that holds most of a run's path ---------------------------------

NETWORK_EPOCHS = 40


def network_experiment(spec: Spec) -> Experiment:
    """The run whose solution is the center of the network's surface."""
    return Experiment(
        dataset="moons",
        n_samples=200,
        noise=0.2,
        hidden=(spec["units"],),
        learning_rate=0.1,
        batch_size=20,
        seed=spec["seed"],
        device="cpu",
    )


@dataclass(frozen=True, eq=False)
class _NetworkLoss:
    """A network's loss on a plane, in float64.

    Args:
        loss_of: of flat parameters.
        plane: with directions scaled so that the path fits the domain.
        start: of the run that was trained, in the plane.
        data: of the run.
    """

    loss_of: LossOf
    plane: Plane
    start: Pair
    data: Data

    def gradient(self, where: np.ndarray) -> np.ndarray:
        """(2,) at (2,): the chain rule by hand, as autograd would take twenty times as long for so small a network."""
        flat = self.plane.center + where @ self.plane.directions
        (W, b, v, c) = (block.view(flat) for block in self.loss_of.layout.parameters)
        h = np.tanh(self.data.F_train @ W.T + b)
        d = (expit(h @ v.T + c) - self.data.y_train[:, None]) / len(h)
        dz = d * v * (1 - h * h)
        parts = (dz.T @ self.data.F_train, dz.sum(axis=0), d.T @ h, d.sum(axis=0))
        return self.plane.directions @ np.concatenate([part.ravel() for part in parts])


@lru_cache(maxsize=8)
def _network(spec: Spec) -> _NetworkLoss:
    run = record(network_experiment(spec), NETWORK_EPOCHS, points=NETWORK_EPOCHS + 1)
    plane = principal_plane(run)
    # one unit along each direction is a fifth of the way from start to solution in weight space
    length = float(np.linalg.norm(plane.coordinates(run.params[:1])[0])) / 5
    plane = Plane(plane.center, plane.directions * length)
    x, y = plane.coordinates(run.params[:1])[0]
    loss_of = LossOf(run.experiment, run.buffers, dtype=torch.float64)
    return _NetworkLoss(loss_of, plane, (float(x), float(y)), prepare(run.experiment))


def _network_value(x: Array, y: Array, spec: Spec) -> Array:
    loss = _network(spec)
    where = np.stack([np.ravel(x), np.ravel(y)], axis=1).astype(float)
    values = loss.loss_of(loss.plane.center + where @ loss.plane.directions)
    return values.reshape(np.shape(x)) if np.ndim(x) else float(values[0])


def _network_gradient(x: float, y: float, spec: Spec) -> Pair:
    gx, gy = _network(spec).gradient(np.array([x, y])).tolist()
    return gx, gy


def _network_hessian(x: float, y: float, spec: Spec) -> tuple[float, float, float]:
    """Central differences of the gradient: a hundred times as fast as autograd, and right to about eight digits."""
    loss, h = _network(spec), 1e-4
    along = [
        (loss.gradient(np.array([x + h * i, y + h * j])) - loss.gradient(np.array([x - h * i, y - h * j])))
        / (2 * h)
        for i, j in ((1, 0), (0, 1))
    ]
    return float(along[0][0]), float(along[0][1] + along[1][0]) / 2, float(along[1][1])


SURFACES.add(
    Surface(
        name="network",
        formula=r"f(x, y) = L(\theta^* + x\, d_1 + y\, d_2)",
        source="Li et al. 2018, Visualizing the loss landscape of neural nets, section 7",
        params=(whole("units", 6, 2, 16), whole("seed", 0, 0, 99)),
        value=_network_value,
        gradient=_network_gradient,
        hessian=_network_hessian,
        minima=lambda spec: (),
        lowest=lambda spec: 0.0,
        domain=lambda spec: ((-7.5, 5.0), (-5.0, 4.0)),
        start=lambda spec: _network(spec).start,
        expression=lambda spec: "",
    )
)
