"""Signals and gradients through deep networks: vanishing, exploding, and SELU's fixed point."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from playground.chapters.activations.curves import label
from playground.data.prepare import prepare
from playground.engine.population import Stack
from playground.experiment import Experiment
from playground.registry import Spec
from playground.techniques import ACTIVATIONS, INITIALIZERS, LOSSES

MAX_DEPTH = 20
MAX_WIDTH = 64
ROWS = 64
"""Training rows that gradients before training are taken over."""
CROSS_ENTROPY = LOSSES["cross_entropy"].spec()


def points(seed: int = 0) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Standardized circle data: training inputs (250, 2) and targets (250,), test inputs and targets."""
    data = prepare(Experiment(dataset="circle", preprocessing="standardize", seed=seed))
    arrays = (data.F_train, data.y_train, data.F_test, data.y_test)
    inputs, targets, test_inputs, test_targets = (torch.tensor(a) for a in arrays)
    return inputs, targets, test_inputs, test_targets


def _geometric_mean(values: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return np.exp(np.log(values).mean(axis=-1))


def gradients_at_start(
    activations: Sequence[Spec], init: Spec, depth: int, width: int = 16, seeds: int = 5, first_seed: int = 0
) -> pd.DataFrame:
    """Gradient norms by layer before training, on the circle, of networks 2 – width × depth – 1.

    Args:
        activations: to compare.
        init: weights.
        depth: hidden layers, 1 to 20.
        width: units of each.
        seeds: networks averaged over (geometric mean).
        first_seed: of their weights.

    Returns:
        Columns ``activation``, ``measure``, ``layer``, ``norm``. Measure ``"signal"``: dL/dz of hidden layers 1 …
        depth, what backpropagation hands down; ``"weights"``: dL/dW of layers 1 … depth + 1 (the last is the
        output layer), Euclidean norms.
    """
    x, y, _, _ = points()
    x, y = x[:ROWS], y[:ROWS]
    frames = []
    for activation in activations:
        stack = Stack((2, *(width,) * depth, 1), activation, [(init, first_seed + s) for s in range(seeds)])
        weights, signals, _ = stack.signals(x, y, CROSS_ENTROPY, "binary")
        frames.append(_norm_frame(weights, signals).assign(activation=label(activation)))
    return pd.concat(frames, ignore_index=True)


def _norm_frame(weights: Tensor, signals: Tensor) -> pd.DataFrame:
    """Columns ``measure``, ``layer``, ``norm``: geometric means over the networks."""
    frames = [
        pd.DataFrame(
            {"measure": name, "layer": range(1, len(norms) + 1), "norm": _geometric_mean(norms.numpy())}
        )
        for name, norms in (("signal", signals), ("weights", weights))
    ]
    return pd.concat(frames, ignore_index=True)


def survival_grid(
    depth: int, width: int = 16, seeds: int = 2, activations: Sequence[str] = (), first_seed: int = 0
) -> Iterator[tuple[float, pd.DataFrame]]:
    """How much of the gradient reaches the first layers, for every activation and initialization.

    Args:
        depth: hidden layers, 2 to 20.
        width: units of each.
        seeds: networks for each pair.
        activations: names; default all.
        first_seed: of their weights.

    Yields:
        The share done and the table thus far: columns ``activation``, ``init``, ``decades``: log₁₀ of (norm of
        dL/dz in the first hidden layer / in the last), 0 = kept, negative = vanishes, positive = explodes,
        -inf = exactly 0 at the bottom, nan = no gradient anywhere.
    """
    x, y, _, _ = points()
    x, y = x[:ROWS], y[:ROWS]
    inits = [entry.spec() for entry in INITIALIZERS.values()]
    draws = [(init, first_seed + s) for init in inits for s in range(seeds)]
    names = list(activations) or list(ACTIVATIONS)
    frames: list[pd.DataFrame] = []
    for done, name in enumerate(names, start=1):
        stack = Stack((2, *(width,) * depth, 1), ACTIVATIONS[name].spec(), draws)
        _, signals, _ = stack.signals(x, y, CROSS_ENTROPY, "binary")
        norms = signals.numpy().reshape(depth, len(inits), seeds)
        first, last = norms[0], norms[-1]
        with np.errstate(divide="ignore", invalid="ignore"):
            decades = np.log10(first / last).mean(axis=1)
        frames.append(pd.DataFrame({"activation": name, "init": [i.name for i in inits], "decades": decades}))
        yield done / len(names), pd.concat(frames, ignore_index=True)


def gradients_in_training(
    activation: Spec,
    init: Spec,
    depth: int,
    width: int = 8,
    learning_rate: float = 0.3,
    updates: int = 300,
    seeds: int = 3,
    looks: int = 7,
    first_seed: int = 0,
) -> Iterator[tuple[float, tuple[pd.DataFrame, pd.DataFrame]]]:
    """Full-batch gradient descent on the circle, with the gradients of each layer on the way.

    Args:
        activation, init: of all hidden layers.
        depth, width: hidden layers (1 to 20) and their units.
        learning_rate: η.
        updates: steps.
        seeds: networks trained side by side.
        first_seed: of their weights.
        looks: how many times the gradients are kept, the start included (0, 1, and a geometric series).

    Yields:
        The share done and two tables thus far. Gradients: ``update``, ``measure``, ``layer``, ``norm``, as in
        ``gradients_at_start``. Curve: ``update``, ``loss``, ``test`` (accuracy), means over the networks.
    """
    x, y, test_x, test_y = points()
    stack = Stack((2, *(width,) * depth, 1), activation, [(init, first_seed + s) for s in range(seeds)])
    marks = {0, 1, updates} | {round(v) for v in np.geomspace(1, max(updates, 2), looks - 1)}
    every = max(1, updates // 40)
    norms: list[pd.DataFrame] = []
    curve: list[dict[str, float]] = []
    for update in range(updates + 1):
        if update in marks:
            weights, signals, gradients = stack.signals(x, y, CROSS_ENTROPY, "binary")
            norms.append(_norm_frame(weights, signals).assign(update=update))
        else:
            _, gradients = stack.gradients(x, y, CROSS_ENTROPY, "binary")
        if update % every == 0 or update == updates:
            with torch.no_grad():
                losses = stack.losses(stack.forward(x).scores, y, CROSS_ENTROPY, "binary")
                hits = (stack.forward(test_x).scores[..., 0] > 0) == (test_y > 0.5)
            curve.append(
                {"update": update, "loss": float(losses.mean()), "test": float(hits.double().mean())}
            )
            yield update / updates, (pd.concat(norms, ignore_index=True), pd.DataFrame(curve))
            if not math.isfinite(float(losses.sum())):
                return
        stack.descend(gradients, learning_rate)


def moments_by_depth(
    activations: Sequence[Spec],
    init: Spec,
    depth: int = 20,
    width: int = 200,
    rows: int = 500,
    seed: int = 0,
    mean: float = 0.0,
    variance: float = 1.0,
) -> pd.DataFrame:
    """Mean and variance of the outputs of each layer when inputs come in as N(mean, variance).

    SELU with weights of variance 1/n_in draws them to the fixed point (0, 1).
    Source: Klambauer, Unterthiner, Mayr & Hochreiter 2017, theorem 1.

    Returns:
        Columns ``activation``, ``layer`` (0 = the input), ``mean``, ``variance``: averages over the units
        and rows.
    """
    generator = torch.Generator().manual_seed(seed)
    x = mean + math.sqrt(variance) * torch.randn(rows, width, generator=generator)
    table = []
    for activation in activations:
        stack = Stack((width,) * (depth + 1) + (1,), activation, [(init, seed)])
        with torch.no_grad():
            layers = [x, *(h[0] for h in stack.forward(x).h)]
        for layer, h in enumerate(layers):
            table.append(
                {
                    "activation": label(activation),
                    "layer": layer,
                    "mean": float(h.double().mean()),
                    "variance": float(h.double().var(correction=0)),
                }
            )
    return pd.DataFrame(table)


def selu_moments(mean: float, variance: float) -> tuple[float, float]:
    """Where SELU's map sends (mean, variance) of a normal pre-activation, by numerical integration.

    Source: Klambauer et al. 2017, equations 4 and 5.
    """
    normal = torch.special.ndtri((torch.arange(200_000, dtype=torch.float64) + 0.5) / 200_000)
    z = mean + math.sqrt(variance) * normal
    h = ACTIVATIONS["selu"].forward(z, ACTIVATIONS["selu"].spec()).numpy()
    return float(h.mean()), float(h.var())
