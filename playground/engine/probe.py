"""Looking into a network: every layer's values, gradients and health.

A compiled engine is looked into where it is. Of any other, and of a checkpoint, a probe holds its own copy of the
network, loaded with the state, so that looking never disturbs a run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

import numpy as np

from playground.data.prepare import Data
from playground.engine.plan import Engine, State
from playground.experiment import Experiment
from playground.later import torch
from playground.layout import Layout
from playground.techniques import ACTIVATIONS, LOSSES

if TYPE_CHECKING:
    from torch import Tensor

    from playground.model import Network

BINS = 24
PROBE_ROWS = 256
"""Training rows that statistics are taken over."""
SATURATED_SLOPE = 0.01
"""A unit is saturated on a row where the activation's slope is below this."""
SATURATED_SHARE = 0.9
"""Share of rows on which a saturated unit is saturated."""
ZERO_WEIGHT = 0.01
"""Weights smaller than this in magnitude are counted as zero."""


@dataclass(frozen=True, eq=False)
class LayerValues:
    """One hidden layer in evaluation mode.

    Attributes:
        z: (n, rows) what enters the activation. h: (n, units) what leaves the layer, skip connection included.
        slope: (n, units) derivative of the activation (for maxout: 1).
        f: (n, units) what the layer gives by itself; None where it does not skip, so that this is ``h``.
    """

    z: np.ndarray
    h: np.ndarray
    slope: np.ndarray
    f: np.ndarray | None = None

    @property
    def own(self) -> np.ndarray:
        """What the activation gives, (n, units)."""
        return self.h if self.f is None else self.f


class Activations(NamedTuple):
    """What a network makes of some rows, in evaluation mode.

    Attributes:
        layers: every hidden layer's values. scores: (n, n_outputs).
        gradient: (P,) of the mean data loss over the rows, without penalties, noise and label smoothing.
    """

    layers: list[LayerValues]
    scores: np.ndarray
    gradient: np.ndarray


@runtime_checkable
class Transparent(Protocol):
    """An engine that says itself what its layers make of some rows, without a copy of the network."""

    def activations(self, F: np.ndarray, targets: np.ndarray) -> Activations:
        """What every layer makes of some rows, and the gradient."""
        ...

    def gradient(self, F: np.ndarray, targets: np.ndarray) -> tuple[float, np.ndarray]:
        """Mean data loss of some rows and its gradient."""
        ...

    def state(self) -> State:
        """A copy of the current state."""
        ...


class Probe:
    """Looks into an experiment's network.

    Args:
        experiment: decides the shape. Say first what to look at: ``look`` or ``look_at``.
    """

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.layout = Layout.of(experiment)
        self._engine: Engine | None = None
        self._network: Network | None = None
        self._state: State | None = None

    def look(self, engine: Engine) -> None:
        """Look into this engine from now on, each time as it is then."""
        self._engine, self._state = engine, None

    def look_at(self, state: State) -> None:
        """Look at this state from now on."""
        self._engine, self._state = None, state

    @property
    def _transparent(self) -> Transparent | None:
        return self._engine if isinstance(self._engine, Transparent) else None

    @property
    def network(self) -> Network:
        """A copy of the network, in evaluation mode."""
        if self._network is None:
            from playground.model import Network

            self._network = Network(self.experiment).eval()
        if self._engine is not None:
            self._state = self._engine.state()
        if self._state is not None:
            self._copy(self._network, self._state)
            self._state = None
        return self._network

    def _copy(self, network: Network, state: State) -> None:
        """Take over parameters and running statistics."""
        with torch.no_grad():
            for flat, blocks, tensors in (
                (state.params, self.layout.parameters, dict(network.named_parameters())),
                (state.buffers, self.layout.buffers, dict(network.named_buffers())),
            ):
                for block in blocks:
                    tensors[block.name].copy_(torch.from_numpy(block.view(flat).copy()))

    def activations(self, F: np.ndarray, targets: np.ndarray) -> Activations:
        """Every layer's values and the gradient of the mean data loss for prepared features (n, d), targets (n,)."""
        if (engine := self._transparent) is not None:
            return engine.activations(F, targets)
        return Activations(*self.layers(F), self.gradients(F, targets))

    def layers(self, F: np.ndarray) -> tuple[list[LayerValues], np.ndarray]:
        """Every hidden layer's values and the scores (n, n_outputs) for prepared features (n, d)."""
        if (engine := self._transparent) is not None:
            # With any targets: one pass forth and back costs less than forward passes of fewer rows.
            return engine.activations(F, np.zeros(len(F), np.float32))[:2]
        network = self.network
        with torch.no_grad():
            values = network.layers(torch.tensor(F, dtype=torch.float32))
        found = [
            LayerValues(z.numpy(), h.numpy(), self._slope(layer, z, h), f.numpy() if skips else None)
            for layer, z, h, f, skips in zip(
                network.hidden, values.z, values.h, values.f, network.skips, strict=True
            )
        ]
        return found, values.scores.numpy()

    def _slope(self, layer: Any, z: Tensor, h: Tensor) -> np.ndarray:
        if h.shape != z.shape:
            return np.ones(tuple(h.shape), dtype=np.float32)
        with torch.enable_grad():
            leaf = z.detach().requires_grad_()
            if layer.slope is None:
                out = ACTIVATIONS[layer.activation.name].forward(leaf, layer.activation)
            else:
                out = torch.nn.functional.prelu(leaf, layer.slope.detach())
            (slope,) = torch.autograd.grad(out.sum(), leaf)
        return slope.numpy()

    def loss(self, scores: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Loss of each row (n,), without penalties and label smoothing."""
        e = self.experiment
        values = LOSSES[e.loss.name].per_sample(
            torch.tensor(scores), torch.tensor(targets), e.loss, 0.0, e.task
        )
        return values.numpy().astype(np.float64)

    def probabilities(self, scores: np.ndarray) -> np.ndarray:
        """Probability of each class (n, C), or of the second class (n,) for two classes."""
        loss = LOSSES[self.experiment.loss.name]
        return loss.probability(torch.tensor(scores), self.experiment.loss).numpy()

    def gradients(self, F: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Gradient of the mean data loss over the rows, flat (P,), as in ``Activations``."""
        if (engine := self._transparent) is not None:
            return engine.gradient(F, targets)[1]
        network, spec = self.network, self.experiment.loss
        value = LOSSES[spec.name].forward(
            network(torch.tensor(F)), torch.tensor(targets), spec, 0.0, self.experiment.task
        )
        gradients = torch.autograd.grad(value, list(network.parameters()), allow_unused=True)
        pieces = [
            np.zeros(block.stop - block.start, np.float32) if g is None else g.numpy().ravel()
            for block, g in zip(self.layout.parameters, gradients, strict=True)
        ]
        return np.concatenate(pieces)


def sample_rows(data: Data, most: int = PROBE_ROWS) -> tuple[np.ndarray, np.ndarray]:
    """Up to ``most`` training rows, evenly spread: features (n, d) and targets (n,)."""
    step = max(1, -(-len(data.F_train) // most))
    return data.F_train[::step], data.y_train[::step]


def dead_units(layer: LayerValues) -> np.ndarray:
    """bool (units,), True where activation and slope are exactly 0 on every row: nothing comes or goes back."""
    return ((layer.slope == 0) & (layer.own == 0)).all(axis=0)


def saturated_units(layer: LayerValues) -> np.ndarray:
    """bool (units,), True where the slope is nearly 0 on most rows, but the unit is not dead."""
    flat = np.count_nonzero(np.abs(layer.slope) < SATURATED_SLOPE, axis=0)
    return (flat >= SATURATED_SHARE * len(layer.slope)) & ~dead_units(layer)


def health(layers: list[LayerValues]) -> np.ndarray:
    """int (n_hidden_units,), layer by layer: 0 alive, 1 dead, 2 saturated."""
    if not layers:
        return np.zeros(0, int)
    own, slope = (np.concatenate([getattr(v, kind).T for v in layers]).T for kind in ("own", "slope"))
    whole = LayerValues(own, own, slope)  # what enters plays no part
    return np.where(dead_units(whole), 1, np.where(saturated_units(whole), 2, 0))


def unit_statistics(layers: list[LayerValues], inputs: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Mean, smallest, largest value and health of every unit, float32 (n_units, 4).

    Rows: inputs, hidden units layer by layer, outputs. Health: 0 alive, 1 dead, 2 saturated.
    """
    values = np.concatenate([inputs.T, *(layer.h.T for layer in layers), scores.T])
    table = np.zeros((len(values), 4), dtype=np.float32)
    table[:, 0] = values.mean(axis=1)
    table[:, 1] = values.min(axis=1)
    table[:, 2] = values.max(axis=1)
    first = inputs.shape[1]
    table[first : len(values) - scores.shape[1], 3] = health(layers)
    return table


def histogram(values: np.ndarray) -> dict[str, list[float]]:
    """Counts over equal bins from the smallest to the largest finite value: ``edges`` and ``counts``."""
    values = values.ravel(order="K")
    if not np.isfinite(values).all():
        values = values[np.isfinite(values)]
    if not len(values):
        return {"edges": [0.0, 1.0], "counts": [0]}
    low, high = float(values.min()), float(values.max())
    if high - low < 1e-6:
        low, high = low - 0.5, high + 0.5
    width = (high - low) / BINS
    bins = ((values - low) * (1.0 / width)).astype(np.intp)
    counts = np.bincount(np.minimum(bins, BINS - 1), minlength=BINS)
    return {"edges": [low + i * width for i in range(BINS)] + [high], "counts": counts.tolist()}


def gradient_norms(layout: Layout, gradient: np.ndarray) -> list[float]:
    """Euclidean norm of each layer's weight gradient, from the first hidden layer to the output."""
    return [
        float(np.linalg.norm(block.view(gradient))) for block in layout.parameters if block.kind == "weight"
    ]


def layer_statistics(probe: Probe, state: State, layers: list[LayerValues]) -> list[dict[str, Any]]:
    """Histograms, shares and learned scales of every hidden layer (the output layer: weights only)."""
    layout = probe.layout
    result: list[dict[str, Any]] = []
    kinds = np.split(health(layers), np.cumsum(layout.hidden))
    for i in range(len(layout.hidden) + 1):
        weights = layout.find("weight", i).view(state.params)
        entry: dict[str, Any] = {
            "w_hist": histogram(weights),
            "share_zero": float((np.abs(weights) < ZERO_WEIGHT).mean()),
        }
        if i < len(layers):
            entry |= {
                "z_hist": histogram(layers[i].z),
                "h_hist": histogram(layers[i].h),
                "dead": float((kinds[i] == 1).mean()),
                "saturated": float((kinds[i] == 2).mean()),
            }
            for kind in ("gamma", "beta", "slope"):
                if any(block.kind == kind and block.layer == i for block in layout.parameters):
                    entry[kind] = layout.find(kind, i).view(state.params).tolist()
        result.append(entry)
    return result


def confusion(scores: np.ndarray, targets: np.ndarray, n_classes: int) -> list[list[int]]:
    """Counts (true class, predicted class) over rows."""
    predicted = (scores[:, 0] > 0).astype(int) if n_classes == 2 else scores.argmax(axis=1)
    table = np.zeros((n_classes, n_classes), dtype=int)
    np.add.at(table, (targets.astype(int), predicted), 1)
    return table.tolist()
