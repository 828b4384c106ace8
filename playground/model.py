"""The network, as a student would write it, and the map from its parameters to one flat vector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import prod
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import skip_init

from playground.registry import Spec
from playground.techniques import ACTIVATIONS, INITIALIZERS, NORMALIZATIONS

if TYPE_CHECKING:
    from playground.experiment import Experiment


class BatchNorm(nn.BatchNorm1d):
    """Batch normalization that also takes a batch of one sample.

    A single sample is its own mean, so the normalized value is 0 and the layer gives β. Its
    variance cannot be estimated: the running variance stays, the running mean moves as usual.

    Source: Ioffe & Szegedy 2015, algorithm 1; nn.BatchNorm1d for all other batches.
    """

    running_mean: Tensor
    running_var: Tensor

    def __init__(self, n: int, momentum: float, eps: float) -> None:
        super().__init__(n, eps=eps, momentum=momentum)
        # Only counts batches, as the momentum is given; without it a call is an operation shorter.
        self.num_batches_tracked = None

    def forward(self, x: Tensor) -> Tensor:
        """Normalize ``x`` (B, n): by the batch in training, by the running statistics otherwise."""
        if self.training and len(x) == 1:
            with torch.no_grad():
                self.running_mean.lerp_(x[0], self.momentum or 0.0)
            return (x - x) * self.weight + self.bias
        return super().forward(x)


class Masks(NamedTuple):
    """What training drops in one step; an empty tuple, or None for a layer, drops nothing.

    Attributes:
        weights: for each hidden layer (n_out, n_in), 0 or 1 / (1 - rate) (DropConnect, inverted).
        units: for each hidden layer (B, n), 0 or 1 / (1 - rate) (dropout, inverted).
        blocks: for each hidden layer 0 or 1, without dimensions (stochastic depth, not inverted).
    """

    weights: Sequence[Tensor | None] = ()
    units: Sequence[Tensor | None] = ()
    blocks: Sequence[Tensor | None] = ()


class Pass(NamedTuple):
    """The values of one forward pass.

    Attributes:
        z: for each hidden layer what enters the activation, (B, n · pieces).
        h: for each hidden layer what leaves it, after dropout and the skip connection, (B, n).
        scores: (B, n_outputs).
        f: for each hidden layer what it gives by itself, (B, n): ``h`` less the skip connection.
    """

    z: list[Tensor]
    h: list[Tensor]
    scores: Tensor
    f: list[Tensor]


class Hidden(nn.Module):
    """One hidden layer: linear map, normalization, activation, dropout.

    Args:
        n_in, n_out: units before and in this layer.
        activation: maxout with k pieces has k · n_out rows in the linear map.
        normalization: applied before the activation.
    """

    def __init__(self, n_in: int, n_out: int, activation: Spec, normalization: Spec) -> None:
        super().__init__()
        self.activation = activation
        self.technique = ACTIVATIONS[activation.name]
        width = n_out * self.technique.pieces(activation)
        # The weights are drawn by ``build``; nn.Linear's own draw would use the global generator.
        self.linear = skip_init(nn.Linear, n_in, width)
        self.norm: BatchNorm | nn.LayerNorm | None = None
        if normalization.name == "batch_norm":
            self.norm = BatchNorm(width, normalization["momentum"], normalization["eps"])
        elif normalization.name == "layer_norm":
            self.norm = nn.LayerNorm(width, eps=normalization["eps"])
        self.prelu: nn.PReLU | None = None
        if self.technique.learned:
            self.prelu = nn.PReLU(init=activation["start"])

    @property
    def slope(self) -> Tensor | None:
        """PReLU's learned slope, (1,)."""
        return None if self.prelu is None else self.prelu.weight

    def forward(
        self, x: Tensor, weight_mask: Tensor | None = None, unit_mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Pre-activations (B, n · pieces) and activations (B, n) for inputs (B, n_in)."""
        weight = self.linear.weight
        if weight_mask is not None:
            weight = weight * weight_mask
        z = F.linear(x, weight, self.linear.bias)
        if self.norm is not None:
            z = self.norm(z)
        h = self.prelu(z) if self.prelu is not None else self.technique.forward(z, self.activation)
        if unit_mask is not None:
            h = h * unit_mask
        return z, h


class Network(nn.Module):
    """The multi-layer perceptron of an experiment; scores come out, without an output activation."""

    def __init__(self, experiment: Experiment) -> None:
        super().__init__()
        widths = (len(experiment.features), *experiment.hidden)
        self.hidden = nn.ModuleList(
            Hidden(n_in, n_out, activation, experiment.normalization)
            for n_in, n_out, activation in zip(widths[:-1], widths[1:], experiment.activations, strict=True)
        )
        self.output = skip_init(nn.Linear, widths[-1], experiment.n_outputs)
        self.norms = tuple(m for m in self.modules() if isinstance(m, BatchNorm))
        self.connect(experiment)

    def connect(self, experiment: Experiment) -> None:
        """Take over which layers add their inputs to their outputs, and the chance of each to be kept in a step."""
        self.skips = experiment.skips
        self.survivals = tuple(1 - rate if rate else None for rate in experiment.drop_rates)

    def forward(self, x: Tensor, masks: Masks | None = None) -> Tensor:
        """Scores (B, n_outputs) for inputs (B, d)."""
        return self.layers(x, masks).scores

    def layers(self, x: Tensor, masks: Masks | None = None) -> Pass:
        """Every layer's values for inputs (B, d).

        Without masks a residual layer counts for its chance to be kept (Huang et al. 2016, equation 5).
        """
        zs: list[Tensor] = []
        hs: list[Tensor] = []
        fs: list[Tensor] = []
        weights, units, blocks = masks or Masks()
        for i, layer in enumerate(self.hidden):
            z, f = layer(x, weights[i] if weights else None, units[i] if units else None)
            if not self.skips[i]:
                x = f
            else:
                kept = blocks[i] if blocks else self.survivals[i]
                x = x + (f if kept is None else kept * f)
            zs.append(z)
            hs.append(x)
            fs.append(f)
        return Pass(zs, hs, self.output(x), fs)


def build(experiment: Experiment, generator: torch.Generator | None = None) -> Network:
    """The experiment's network with freshly drawn weights, on the CPU.

    Weights are drawn layer by layer in forward order, biases are 0; PyTorch's own scheme also draws each
    bias, right after its weight.

    Args:
        generator: where the weights come from; by default a new one with the experiment's weight seed.
    """
    if generator is None:
        generator = torch.Generator().manual_seed(experiment.weights_seed)
    network = Network(experiment)
    initializer = INITIALIZERS[experiment.init.name]
    with torch.no_grad():
        for linear in (*(layer.linear for layer in network.hidden), network.output):
            initializer.fill(linear.weight, generator, experiment.init)
            initializer.fill_bias(linear.bias, linear.in_features, generator, experiment.init)
    return network


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
            len(experiment.features),
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
