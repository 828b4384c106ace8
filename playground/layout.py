"""The map from a network's parameters to one flat vector."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from playground.techniques import ACTIVATIONS, NORMALIZATIONS

if TYPE_CHECKING:
    from playground.experiment import Experiment


@dataclass(frozen=True)
class Block:
    """One parameter or buffer within its flat vector.

    Args:
        name: as in ``Network.state_dict()``, for example ``"hidden.0.linear.weight"``.
        kind: ``weight``, ``bias``, ``gamma``, ``beta``, ``slope``, ``running_mean`` or ``running_var``.
        layer: index of the layer; the output layer comes after the last hidden one.
        shape: weights are (n_out, n_in).
        start, stop: the place in the flat vector.
    """

    name: str
    kind: str
    layer: int
    shape: tuple[int, ...]
    start: int
    stop: int

    def view(self, flat: np.ndarray) -> np.ndarray:
        """The block's part of a flat vector, in its shape, without a copy."""
        return flat[self.start : self.stop].reshape(self.shape)


@dataclass(frozen=True)
class Layout:
    """Where every parameter lies in the flat vector.

    Args:
        n_inputs: features.
        hidden: units of each hidden layer.
        pieces: linear maps per unit of each hidden layer (1, or k for maxout).
        learned: whether the layer's activation has a learned slope.
        normalized: whether hidden layers are normalized, with a scale and a shift.
        running: whether they also keep running statistics.
        n_outputs: scores.
    """

    n_inputs: int
    hidden: tuple[int, ...]
    pieces: tuple[int, ...]
    learned: tuple[bool, ...]
    normalized: bool
    running: bool
    n_outputs: int

    @classmethod
    def of(cls, experiment: Experiment) -> Layout:
        """The layout of an experiment's network."""
        specs = experiment.activations
        normalization = NORMALIZATIONS[experiment.normalization.name]
        return _layout(
            experiment.n_inputs,
            experiment.hidden,
            tuple(ACTIVATIONS[spec.name].pieces(spec) for spec in specs),
            tuple(ACTIVATIONS[spec.name].learned for spec in specs),
            normalization.learned,
            normalization.running,
            experiment.n_outputs,
        )

    @cached_property
    def widths(self) -> tuple[int, ...]:
        """Rows of each hidden layer's linear map: units times pieces."""
        return tuple(n * k for n, k in zip(self.hidden, self.pieces, strict=True))

    @cached_property
    def hidden_weights(self) -> tuple[int, ...]:
        """Number of weights of each hidden layer."""
        return tuple(
            width * n_in for width, n_in in zip(self.widths, (self.n_inputs, *self.hidden), strict=False)
        )

    @cached_property
    def parameters(self) -> tuple[Block, ...]:
        """All parameters, in the order of ``Network.parameters()``."""
        entries: list[tuple[str, str, int, tuple[int, ...]]] = []
        n_in = self.n_inputs
        for i, (n, width) in enumerate(zip(self.hidden, self.widths, strict=True)):
            entries.append((f"hidden.{i}.linear.weight", "weight", i, (width, n_in)))
            entries.append((f"hidden.{i}.linear.bias", "bias", i, (width,)))
            if self.normalized:
                entries.append((f"hidden.{i}.norm.weight", "gamma", i, (width,)))
                entries.append((f"hidden.{i}.norm.bias", "beta", i, (width,)))
            if self.learned[i]:
                entries.append((f"hidden.{i}.prelu.weight", "slope", i, (1,)))
            n_in = n
        last = len(self.hidden)
        entries.append(("output.weight", "weight", last, (self.n_outputs, n_in)))
        entries.append(("output.bias", "bias", last, (self.n_outputs,)))
        return _placed(entries)

    @cached_property
    def buffers(self) -> tuple[Block, ...]:
        """Running mean and variance of each layer that keeps them."""
        entries: list[tuple[str, str, int, tuple[int, ...]]] = []
        if self.running:
            for i, width in enumerate(self.widths):
                for kind in ("running_mean", "running_var"):
                    entries.append((f"hidden.{i}.norm.{kind}", kind, i, (width,)))
        return _placed(entries)

    @property
    def n_parameters(self) -> int:
        """Length P of the flat parameter vector."""
        return self.parameters[-1].stop

    @property
    def n_buffers(self) -> int:
        """Length Q of the flat buffer vector."""
        return self.buffers[-1].stop if self.buffers else 0

    @cached_property
    def weight_mask(self) -> np.ndarray:
        """bool (P,), True where penalties and decay act: weights, not biases, γ, β or slopes."""
        mask = np.zeros(self.n_parameters, dtype=bool)
        for block in self.parameters:
            mask[block.start : block.stop] = block.kind == "weight"
        mask.setflags(write=False)
        return mask

    def find(self, kind: str, layer: int) -> Block:
        """The parameter or buffer of one kind in one layer. KeyError if there is none."""
        for block in (*self.parameters, *self.buffers):
            if block.kind == kind and block.layer == layer:
                return block
        raise KeyError(f"{kind} of layer {layer}")

    def named(self, params: np.ndarray) -> dict[str, np.ndarray]:
        """Each parameter by name, as views into the flat vector ``params`` (P,)."""
        return {block.name: block.view(params) for block in self.parameters}


@lru_cache(maxsize=256)
def _layout(
    n_inputs: int,
    hidden: tuple[int, ...],
    pieces: tuple[int, ...],
    learned: tuple[bool, ...],
    normalized: bool,
    running: bool,
    n_outputs: int,
) -> Layout:
    # Shared, so that the cached properties are computed once for all experiments of one shape.
    return Layout(n_inputs, hidden, pieces, learned, normalized, running, n_outputs)


def _placed(entries: list[tuple[str, str, int, tuple[int, ...]]]) -> tuple[Block, ...]:
    blocks = []
    start = 0
    for name, kind, layer, shape in entries:
        stop = start + prod(shape)
        blocks.append(Block(name, kind, layer, shape, start, stop))
        start = stop
    return tuple(blocks)
