"""The network, as a student would write it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from playground.layout import Block, Layout
from playground.registry import Spec
from playground.techniques import ACTIVATIONS, INITIALIZERS, NORMALIZATIONS
from playground.techniques.batch_norm import BatchNorm

if TYPE_CHECKING:
    from playground.experiment import Experiment

__all__ = ["BatchNorm", "Block", "Hidden", "Layout", "Masks", "Network", "Pass", "build", "draw"]


class Linear(nn.Linear):
    """A linear map whose weights are drawn by ``build``; nn.Linear's own draw would use the global generator."""

    def reset_parameters(self) -> None:
        """Draws nothing."""


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
        self.linear = Linear(n_in, width)
        self.norm = NORMALIZATIONS[normalization.name].make(width, normalization)
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
        widths = (experiment.n_inputs, *experiment.hidden)
        self.hidden = nn.ModuleList(
            Hidden(n_in, n_out, activation, experiment.normalization)
            for n_in, n_out, activation in zip(widths[:-1], widths[1:], experiment.activations, strict=True)
        )
        self.output = Linear(widths[-1], experiment.n_outputs)
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
    network = Network(experiment)
    draw(network, experiment, generator)
    return network


def draw(network: Network, experiment: Experiment, generator: torch.Generator | None = None) -> None:
    """Fresh weights and biases for an experiment's network, in place; see ``build``."""
    if generator is None:
        generator = torch.Generator().manual_seed(experiment.weights_seed)
    initializer = INITIALIZERS[experiment.init.name]
    with torch.no_grad():
        for linear in (module for module in network.modules() if isinstance(module, Linear)):
            initializer.fill(linear.weight, generator, experiment.init)
            initializer.fill_bias(linear.bias, linear.in_features, generator, experiment.init)
