"""Universal approximation: one hidden layer of n units fitted to any function on an interval.

Source: Cybenko 1989, theorem 2; Hornik, Stinchcombe & White 1989, theorem 2.4; Leshno et al. 1993 for activations
that are not polynomials.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from playground.data.points import Points
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.registry import InvalidValue, Spec
from playground.techniques import ACTIVATIONS

LOW, HIGH = -3.0, 3.0
"""The interval."""
TOP = 2.0
"""Drawn values lie within ±TOP."""
SAMPLES = 120
UNITS = (1, 2, 4, 8, 16, 32)
STEPS = 40
"""L-BFGS steps of a fit."""

PRESETS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "wave": lambda x: np.sin(2 * x),
    "step": lambda x: np.where(x < -1, -1.0, np.where(x < 1, 1.0, 0.0)),
    "hat": lambda x: np.maximum(0.0, 1.5 - np.abs(x)),
    "chirp": lambda x: np.sin(x**2),
    "bump": lambda x: 1.6 * np.exp(-4 * (x - 1) ** 2) - np.exp(-2 * (x + 1.2) ** 2),
}
"""Functions to start from, by name."""


@dataclass(frozen=True, eq=False)
class Fit:
    """A network of one hidden layer on a function.

    Args:
        curve: columns ``x``, ``target``, ``network``.
        units: columns ``x``, ``unit`` (from 1), ``contribution``: v_j·h_j(x); they and the output's bias add up
            to the network.
        rmse, largest: root mean squared and largest error over the interval.
        step: L-BFGS steps taken.
        parameters: 3n + 1.
        diverged: whether training was ended by a value that is not finite.
    """

    curve: pd.DataFrame
    units: pd.DataFrame
    rmse: float
    largest: float
    step: int
    parameters: int
    diverged: bool = False


def control_points(name: str, count: int = 13) -> np.ndarray:
    """A preset as ``count`` control points (count, 2), evenly spaced."""
    x = np.linspace(LOW, HIGH, count)
    return np.column_stack([x, PRESETS[name](x)])


def sampled(points: np.ndarray, count: int = SAMPLES) -> np.ndarray:
    """A drawn or typed curve, points (m, 2) in any order, as (count, 2) on an even grid.

    Between points lie straight lines, beyond the outer ones the curve goes on flat. Of points with one x the
    last counts.

    Raises:
        InvalidValue: fewer than two different x, or a value that is no finite number.
    """
    points = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    if not np.isfinite(points).all():
        raise InvalidValue("points", "labs.finite")
    latest = {float(np.clip(x, LOW, HIGH)): float(np.clip(y, -TOP, TOP)) for x, y in points}
    if len(latest) < 2:
        raise InvalidValue("points", "labs.curve", len(latest))
    xs = np.array(sorted(latest))
    grid = np.linspace(LOW, HIGH, count)
    return np.column_stack([grid, np.interp(grid, xs, [latest[x] for x in xs])])


def preset(name: str, count: int = SAMPLES) -> np.ndarray:
    """A preset itself on an even grid, (count, 2)."""
    x = np.linspace(LOW, HIGH, count)
    return np.column_stack([x, PRESETS[name](x)])


def pieces(activation: Spec) -> int:
    """Linear maps of a unit."""
    return ACTIVATIONS[activation.name].pieces(activation)


def module(activation: Spec) -> str:
    """The activation as PyTorch code."""
    return ACTIVATIONS[activation.name].export(activation)


def experiment(target: np.ndarray, n: int, activation: Spec, seed: int = 0) -> Experiment:
    """The regression behind a fit: one input, n hidden units, squared error, L-BFGS.

    Args:
        target: (m, 2), x and y.
        n: hidden units, 1 to 64.
        activation: not maxout, whose units have several weights.
    """
    rows = tuple((float(x), 0.0, float(y)) for x, y in target)
    # With biases of 0 every kink would start at x = 0; PyTorch's scheme spreads them.
    return Experiment(
        dataset="custom",
        points=Points(rows=rows, domain=((LOW, HIGH), (-1.0, 1.0))),
        features=("x1",),
        hidden=(n,),
        activation=activation,
        init="pytorch",
        optimizer="lbfgs",
        learning_rate=1.0,
        train_fraction=0.9,
        n_samples=len(rows),
        seed=seed,
    )


def fit(
    target: np.ndarray, n: int, activation: Spec, steps: int = STEPS, seed: int = 0
) -> Iterator[tuple[float, Fit]]:
    """Fit n units to a function; yields the share done and the network thus far, about eight times."""
    trainer = Trainer(experiment(target, n, activation, seed))
    while True:
        trainer.run(epochs=max(1, min(steps // 8, steps - trainer.epoch)))
        yield min(1.0, trainer.epoch / steps), look(trainer, target)
        if trainer.epoch >= steps or trainer.status != "running":
            return


def look(trainer: Trainer, target: np.ndarray) -> Fit:
    """The network of a trainer against the function, (m, 2)."""
    features = trainer.data.features(np.column_stack([target[:, 0], np.zeros(len(target))]))
    hidden, scores = trainer.engine.forward(np.ascontiguousarray(features, dtype=np.float32))
    outputs = scores[:, 0].astype(np.float64)
    weights = trainer.engine.layout.find("weight", 1).view(trainer.engine.state().params)[0]
    parts = hidden * weights
    units = pd.DataFrame(
        {
            "x": np.repeat(target[:, 0], len(weights)),
            "unit": np.tile(np.arange(1, len(weights) + 1), len(target)),
            "contribution": parts.ravel(),
        }
    )
    error = outputs - target[:, 1]
    return Fit(
        curve=pd.DataFrame({"x": target[:, 0], "target": target[:, 1], "network": outputs}),
        units=units,
        rmse=float(np.sqrt((error**2).mean())),
        largest=float(np.abs(error).max()),
        step=trainer.epoch,
        parameters=trainer.engine.layout.n_parameters,
        diverged=trainer.status == "diverged",
    )


def error_by_units(
    target: np.ndarray,
    activations: Sequence[Spec],
    units: Sequence[int] = UNITS,
    steps: int = 14,
    seeds: Sequence[int] = (0,),
) -> Iterator[tuple[float, pd.DataFrame]]:
    """The error against the number of hidden units.

    Yields:
        The share done and the table thus far: columns ``activation``, ``units``, ``seed``, ``rmse``.
    """
    rows: list[dict[str, object]] = []
    total = len(activations) * len(units) * len(seeds)
    for activation in activations:
        for n in units:
            for seed in seeds:
                for share, found in fit(target, n, activation, steps, seed):
                    yield (
                        (len(rows) + share) / total,
                        pd.DataFrame([*rows, _error_row(activation, n, seed, found.rmse)]),
                    )
                rows.append(_error_row(activation, n, seed, found.rmse))


def _error_row(activation: Spec, n: int, seed: int, rmse: float) -> dict[str, object]:
    return {"activation": activation.name, "units": n, "seed": seed, "rmse": rmse}
