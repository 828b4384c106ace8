"""Activations and gradients layer by layer through a deep network, before training and after some."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from playground import streams
from playground.engine.population import Stack
from playground.registry import Param, Spec, format_spec, no_choice, number, whole
from playground.techniques import ACTIVATIONS, INITIALIZERS, LOSSES

ROWS = 1000
"""Inputs that are passed through the network."""
CLASSES = 10
BATCH = 100
BINS = 41
FLAT_SLOPE = 1 - 0.99**2
"""A unit whose activation has a smaller slope is flat; for tanh that is an output beyond ±0.99."""
CROSS_ENTROPY = LOSSES["cross_entropy"].spec()

PARAMS: dict[str, Param] = {
    param.name: param
    for param in (
        whole("depth", 10, 2, 20),
        whole("width", 500, 10, 500),
        number("learning_rate", 0.1, 1e-4, 10.0, log=True),
        whole("updates", 100, 1, 500),
        whole("seed", 0, 0, 2**31 - 1),
    )
}
"""What can be set, with ranges."""

Ends = tuple[float, float]
"""The smallest and the largest of some values."""

LAYER_COLUMNS = ("layer", "quantity", "mean", "std", "flat", "slope", "back", "finite")
HISTOGRAM_COLUMNS = ("layer", "quantity", "scale", "lower", "upper", "share")


@dataclass(frozen=True)
class Setting:
    """A deep network: ``width`` inputs, ``depth`` hidden layers of ``width`` units, ten scores.

    Args:
        activation: of every hidden layer.
        init: how the weights of all layers are drawn.
        depth: hidden layers, 2 to 20.
        width: inputs, and units of each hidden layer, 10 to 500.
        seed: of inputs, task and weights.

    Raises:
        InvalidValue: a number out of range or an unknown technique.
    """

    activation: Spec
    init: Spec
    depth: int = PARAMS["depth"].default
    width: int = PARAMS["width"].default
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("depth", "width", "seed"):
            PARAMS[name].check(getattr(self, name), name)
        if self.activation.name not in ACTIVATIONS:
            raise no_choice("activation", ACTIVATIONS, self.activation.name)
        if self.init.name not in INITIALIZERS:
            raise no_choice("init", INITIALIZERS, self.init.name)


@dataclass(frozen=True)
class Look:
    """What 1,000 inputs make of a network.

    Args:
        loss: mean cross-entropy; nan when it overflowed.
        layers: one row for each hidden layer (1 …) and quantity: ``"activation"``, h; ``"gradient"``, dL/dz of a
            single sample's loss. ``mean`` and ``std`` over rows and units; ``flat``: share of units where the
            activation's slope is below ``FLAT_SLOPE``; ``slope``: root mean square of the slopes; ``back``: what a
            gradient's spread is multiplied by on its way back through the layer, √n · rms(w) · rms(h′) with the next
            layer's weights, for independent entries (these three for activations only; nan for maxout, which has no
            slope). ``finite``: whether all are.
        histograms: one row for each bin of a layer and quantity, with edges and share of the values; ``scale``:
            ``"own"`` from the layer's smallest to its largest value, ``"shared"`` over the values of all layers.
            Layers that have overflowed have none.
    """

    loss: float
    layers: pd.DataFrame
    histograms: pd.DataFrame


@dataclass(frozen=True)
class Course:
    """A network before and after some updates.

    Args:
        before, after: looks at it.
        curve: columns ``update``, ``loss``: of the mini-batch that the update was made with.
    """

    before: Look
    after: Look
    curve: pd.DataFrame


@lru_cache(maxsize=4)
def task(width: int, seed: int) -> tuple[Tensor, Tensor]:
    """Standard-normal inputs (1000, width) and classes (1000,): the largest of ten random projections."""
    rng = streams.generator(seed, streams.DATA)
    x = rng.standard_normal((ROWS, width), dtype=np.float32)
    teacher = rng.standard_normal((width, CLASSES), dtype=np.float32)
    return torch.from_numpy(x), torch.from_numpy((x @ teacher).argmax(axis=1))


def network(setting: Setting) -> Stack:
    """The setting's network with fresh weights."""
    sizes = (setting.width,) * (setting.depth + 1) + (CLASSES,)
    return Stack(sizes, setting.activation, [(setting.init, setting.seed)])


def look(setting: Setting) -> Look:
    """The network before training."""
    return _look(network(setting), setting)


def looking(setting: Setting) -> Iterator[tuple[float, Look | None]]:
    """``look`` bit by bit.

    Yields:
        The share done and what there is of the look: nothing while signals and gradients pass, then all numbers of
        the layers, then histograms layer by layer.
    """
    return _looking(network(setting), setting)


def train(
    setting: Setting, learning_rate: float = PARAMS["learning_rate"].default, updates: int = 100
) -> Iterator[tuple[float, Course]]:
    """Mini-batch gradient descent (100 rows, η constant) on the ten classes.

    Args:
        setting: the network.
        learning_rate: η.
        updates: how many.

    Yields:
        The share done and what there is to see: first after no update, then about every twentieth of the way; the
        last look is at the end. It ends early when the loss is no longer finite.
    """
    PARAMS["learning_rate"].check(learning_rate, "learning_rate")
    PARAMS["updates"].check(updates, "updates")
    x, y = task(setting.width, setting.seed)
    stack = network(setting)
    before = after = _look(stack, setting)
    curve: list[tuple[int, float]] = []
    yield 0.0, Course(before, after, _curve(curve))
    order = streams.generator(setting.seed, streams.ORDER)
    every = max(1, updates // 20)
    rows = order.permutation(ROWS)
    for update in range(1, updates + 1):
        place = (update - 1) * BATCH % ROWS
        if place == 0 and update > 1:
            rows = order.permutation(ROWS)
        batch = torch.from_numpy(rows[place : place + BATCH])
        losses, gradients = stack.gradients(x[batch], y[batch], CROSS_ENTROPY, "multiclass")
        loss = float(losses[0])
        curve.append((update, loss))
        if not np.isfinite(loss):
            break
        stack.descend(gradients, learning_rate)
        if update % every == 0 and update < updates:
            yield update / updates, Course(before, after, _curve(curve))
    yield 1.0, Course(before, _look(stack, setting), _curve(curve))


def _curve(points: list[tuple[int, float]]) -> pd.DataFrame:
    return pd.DataFrame(points, columns=["update", "loss"])


def _look(stack: Stack, setting: Setting) -> Look:
    *_, (_, found) = _looking(stack, setting)
    assert found is not None
    return found


def _looking(stack: Stack, setting: Setting) -> Iterator[tuple[float, Look | None]]:
    x, y = task(setting.width, setting.seed)
    passed = stack.forward(x)
    yield 0.1, None
    loss = stack.losses(passed.scores, y, CROSS_ENTROPY, "multiclass")
    # Of the sum over the rows, so that each row's gradient is that of its own loss.
    gradients = torch.autograd.grad(loss.sum() * ROWS, passed.z)
    yield 0.2, None
    value = float(loss[0].detach())
    rows: list[tuple[object, ...]] = []
    todo: list[tuple[Tensor, int, str, Ends, Ends]] = []
    # Detached, and not within ``no_grad``: that is of a thread, and the next slice may come to another one.
    heights, sums = ([values.detach() for values in tensors] for tensors in (passed.h, passed.z))
    for quantity, tensors in (("activation", heights), ("gradient", gradients)):
        ends = [_ends(values) for values in tensors]
        shared = _widest(ends)
        for layer, (values, own) in enumerate(zip(tensors, ends, strict=True), start=1):
            flat = slope = back = None
            if quantity == "activation":
                flat, slope = _slopes(sums[layer - 1], setting.activation)
                weight = stack.weights[layer].detach()
                back = slope * math.sqrt(weight.shape[1]) * float(weight.square().mean().sqrt())
            finite = bool(np.isfinite(own).all())
            rows.append((layer, quantity, *_moments(values), flat, slope, back, finite))
            if finite:
                todo.append((values, layer, quantity, own, shared))
        if quantity == "activation":
            yield 0.3, None
    layers = pd.DataFrame(rows, columns=list(LAYER_COLUMNS))
    bins: list[pd.DataFrame] = []
    yield 0.4, Look(value, layers, _stacked(bins))
    for done, (values, layer, quantity, own, shared) in enumerate(todo, start=1):
        for scale, (low, high) in (("own", own), ("shared", shared)):
            lower, upper, share = _histogram(values, low, high)
            labels = {"layer": layer, "quantity": quantity, "scale": scale}
            bins.append(pd.DataFrame({**labels, "lower": lower, "upper": upper, "share": share}))
        if done < len(todo):
            yield 0.4 + 0.6 * done / len(todo), Look(value, layers, _stacked([]))
    yield 1.0, Look(value, layers, _stacked(bins))


def _stacked(bins: list[pd.DataFrame]) -> pd.DataFrame:
    columns = list(HISTOGRAM_COLUMNS)
    return pd.concat(bins, ignore_index=True)[columns] if bins else pd.DataFrame(columns=columns)


def _moments(values: Tensor) -> tuple[float, float]:
    """Mean and standard deviation; nan where a value has overflowed."""
    # Scaled first: in float32 the square of a large value would overflow.
    scale = float(values.abs().max())
    if not np.isfinite(scale) or scale == 0:
        return (0.0, 0.0) if scale == 0 else (float("nan"), float("nan"))
    scaled = values / scale
    return float(scaled.mean()) * scale, float(scaled.std(correction=0)) * scale


def _slopes(z: Tensor, activation: Spec) -> tuple[float, float]:
    """Share of entries where the activation's slope is below ``FLAT_SLOPE`` in magnitude, and the slopes' root mean
    square; 0 and nan for maxout."""
    technique = ACTIVATIONS[activation.name]
    if technique.pieces(activation) > 1:
        return 0.0, math.nan
    with torch.enable_grad():
        leaf = z.detach().requires_grad_()
        (slope,) = torch.autograd.grad(technique.forward(leaf, activation).sum(), leaf)
    return float((slope.abs() < FLAT_SLOPE).float().mean()), float(slope.square().mean().sqrt())


def _ends(values: Tensor) -> Ends:
    low, high = values.aminmax()
    return float(low), float(high)


def _widest(ends: Sequence[Ends]) -> Ends:
    """The range of all layers that have not overflowed."""
    finite = [pair for pair in ends if np.isfinite(pair).all()]
    return min((low for low, _ in finite), default=0.0), max((high for _, high in finite), default=0.0)


def _histogram(values: Tensor, low: float, high: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Even bins from ``low`` to ``high``: lower edges, upper edges, shares."""
    if high - low <= 1e-6 * max(abs(low), abs(high)):
        middle = (low + high) / 2
        room = (abs(middle) or 1.0) / BINS
        return np.array([middle - room / 2]), np.array([middle + room / 2]), np.ones(1)
    edges = np.linspace(low, high, BINS + 1)
    # Scaled to 0 … 1 first: in float32 tiny or huge ranges would lose their edges.
    places = ((values - low) / (high - low) * BINS).to(torch.uint8).numpy().ravel()
    counts = np.bincount(places, minlength=BINS + 1).astype(np.float64)
    counts[BINS - 1] += counts[BINS]  # the last bin holds its upper edge
    return edges[:-1], edges[1:], counts[:BINS] / places.size


def spreads(
    activation: Spec, inits: Sequence[Spec], depth: int = 10, width: int = 500, seeds: Sequence[int] = (0,)
) -> pd.DataFrame:
    """How wide each layer's activations are before training, scheme by scheme: the lecture's figures.

    Returns:
        Columns ``init`` (label), ``seed``, ``layer``, ``std``, ``beyond``: share of outputs beyond ±0.99.
    """
    *_, (_, frame) = spreading(activation, tuple(inits), depth, width, tuple(seeds))
    return frame


def spreading(
    activation: Spec, inits: tuple[Spec, ...], depth: int, width: int, seeds: tuple[int, ...]
) -> Iterator[tuple[float, pd.DataFrame]]:
    """``spreads``, one network after the other; yields the share done and the frame so far."""
    rows: list[tuple[object, ...]] = []
    for done, (init, seed) in enumerate(product(inits, seeds), start=1):
        with torch.no_grad():
            passed = network(Setting(activation, init, depth, width, seed)).forward(task(width, seed)[0])
        for layer, h in enumerate(passed.h, start=1):
            beyond = float((h.abs() > 0.99).float().mean())
            rows.append((init_label(init), seed, layer, _moments(h)[1], beyond))
        yield (
            done / (len(inits) * len(seeds)),
            pd.DataFrame(rows, columns=["init", "seed", "layer", "std", "beyond"]),
        )


def init_label(init: Spec) -> str:
    """The short text form of a scheme, with the parameters that differ from their defaults."""
    return format_spec(INITIALIZERS[init.name], init)
