"""Looking into a network: every layer's values, gradients and health, computed beside the running engine.

A probe holds its own copy of the network and is loaded with an engine's state, so that looking never
disturbs a run and works the same for every engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from playground.data.prepare import Data
from playground.engine.base import State
from playground.experiment import Experiment
from playground.model import Layout, Network
from playground.techniques import ACTIVATIONS, LOSSES

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
        z: (n, rows) what enters the activation. h: (n, units) what leaves it.
        slope: (n, units) derivative of the activation (for maxout: 1).
    """

    z: np.ndarray
    h: np.ndarray
    slope: np.ndarray


class Probe:
    """A second copy of an experiment's network to look into.

    Args:
        experiment: decides the shape. Load a state before looking.
    """

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.layout = Layout.of(experiment)
        self.network = Network(experiment).eval()

    def load(self, state: State) -> None:
        """Take over parameters and running statistics."""
        with torch.no_grad():
            for flat, blocks, tensors in (
                (state.params, self.layout.parameters, dict(self.network.named_parameters())),
                (state.buffers, self.layout.buffers, dict(self.network.named_buffers())),
            ):
                for block in blocks:
                    tensors[block.name].copy_(torch.from_numpy(block.view(flat).copy()))

    def layers(self, F: np.ndarray) -> tuple[list[LayerValues], np.ndarray]:
        """Every hidden layer's values and the scores (n, n_outputs) for prepared features (n, d)."""
        found: list[LayerValues] = []
        x = torch.tensor(F, dtype=torch.float32)
        with torch.no_grad():
            for layer in self.network.hidden:
                z, h = layer(x)
                found.append(LayerValues(z.numpy(), h.numpy(), self._slope(layer, z, h)))
                x = h
            scores = self.network.output(x)
        return found, scores.numpy()

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
        """Gradient of the mean data loss over the rows, flat (P,), in evaluation mode."""
        loss = LOSSES[self.experiment.loss.name]
        self.network.zero_grad(set_to_none=True)
        value = loss.forward(
            self.network(torch.tensor(F)),
            torch.tensor(targets),
            self.experiment.loss,
            0.0,
            self.experiment.task,
        )
        gradients = torch.autograd.grad(value, list(self.network.parameters()), allow_unused=True)
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
    """bool (units,), True where output and slope are exactly 0 on every row: nothing comes or goes back."""
    return ((layer.slope == 0) & (layer.h == 0)).all(axis=0)


def saturated_units(layer: LayerValues) -> np.ndarray:
    """bool (units,), True where the slope is nearly 0 on most rows, but the unit is not dead."""
    flat = (np.abs(layer.slope) < SATURATED_SLOPE).mean(axis=0) >= SATURATED_SHARE
    return flat & ~dead_units(layer)


def unit_statistics(layers: list[LayerValues], inputs: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Mean, smallest, largest value and health of every unit, float32 (n_units, 4).

    Rows: inputs, hidden units layer by layer, outputs. Health: 0 alive, 1 dead, 2 saturated.
    """
    blocks = [_summary(inputs)]
    for layer in layers:
        block = _summary(layer.h)
        block[:, 3] = np.where(dead_units(layer), 1, np.where(saturated_units(layer), 2, 0))
        blocks.append(block)
    blocks.append(_summary(scores))
    return np.concatenate(blocks)


def _summary(values: np.ndarray) -> np.ndarray:
    block = np.zeros((values.shape[1], 4), dtype=np.float32)
    block[:, 0] = values.mean(axis=0)
    block[:, 1] = values.min(axis=0)
    block[:, 2] = values.max(axis=0)
    return block


def histogram(values: np.ndarray) -> dict[str, list[float]]:
    """Counts over equal bins from the smallest to the largest finite value: ``edges`` and ``counts``."""
    values = values[np.isfinite(values)]
    if not len(values):
        return {"edges": [0.0, 1.0], "counts": [0]}
    low, high = float(values.min()), float(values.max())
    if high - low < 1e-6:
        low, high = low - 0.5, high + 0.5
    counts, edges = np.histogram(values, bins=BINS, range=(low, high))
    return {"edges": edges.tolist(), "counts": counts.tolist()}


def gradient_norms(layout: Layout, gradient: np.ndarray) -> list[float]:
    """Euclidean norm of each layer's weight gradient, from the first hidden layer to the output."""
    return [
        float(np.linalg.norm(block.view(gradient))) for block in layout.parameters if block.kind == "weight"
    ]


def layer_statistics(probe: Probe, state: State, layers: list[LayerValues]) -> list[dict[str, Any]]:
    """Histograms, shares and learned scales of every hidden layer (the output layer: weights only)."""
    layout = probe.layout
    result: list[dict[str, Any]] = []
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
                "dead": float(dead_units(layers[i]).mean()),
                "saturated": float(saturated_units(layers[i]).mean()),
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
