"""Many networks of one shape, side by side: one batched matrix product does the same layer of all of them.

For what an ``Experiment`` does not reach: more than 8 hidden layers, all four columns of Iris, or hundreds of
small networks at once. The techniques are the registries' own entries, with autograd for the gradients;
training is plain full-batch gradient descent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from playground.registry import Spec
from playground.techniques import ACTIVATIONS, INITIALIZERS, LOSSES, Task


@dataclass(frozen=True)
class Passed:
    """Values of one forward pass of S networks on B rows.

    Args:
        z: what enters each hidden layer's activation, (S, B, n · pieces).
        h: what leaves it, (S, B, n).
        scores: (S, B, n_outputs).
    """

    z: list[Tensor]
    h: list[Tensor]
    scores: Tensor


class Stack:
    """S multi-layer perceptrons of one shape.

    Args:
        sizes: units of input, hidden and output layers.
        activation: of every hidden layer (PReLU: one learned slope for each layer and network).
        draws: for each network its initialization and the seed of its weights.
        dtype: float32 or float64.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activation: Spec,
        draws: Sequence[tuple[Spec, int]],
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self.sizes = tuple(sizes)
        self.activation = activation
        technique = ACTIVATIONS[activation.name]
        self._forward = technique.forward
        pieces = technique.pieces(activation)
        shapes = [(n_out * pieces, n_in) for n_in, n_out in pairwise(sizes[:-1])]
        shapes.append((sizes[-1], sizes[-2]))
        self.weights = [torch.empty(len(draws), *shape, dtype=dtype) for shape in shapes]
        self.biases = [torch.empty(len(draws), 1, n_out, dtype=dtype) for n_out, _ in shapes]
        for s, (init, seed) in enumerate(draws):
            initializer, generator = INITIALIZERS[init.name], torch.Generator().manual_seed(seed)
            for weight, bias in zip(self.weights, self.biases, strict=True):
                # Drawn in float32, so that a network is the one that the playground draws.
                drawn, offset = torch.empty(weight.shape[1:]), torch.empty(bias.shape[2:])
                initializer.fill(drawn, generator, init)
                initializer.fill_bias(offset, drawn.shape[1], generator, init)
                weight[s], bias[s, 0] = drawn, offset
        self.slopes: list[Tensor] = []
        if technique.learned:
            start = float(activation["start"])
            self.slopes = [torch.full((len(draws), 1, 1), start, dtype=dtype) for _ in shapes[:-1]]
        for parameter in self.parameters:
            parameter.requires_grad_()

    @property
    def parameters(self) -> list[Tensor]:
        """All trained tensors: weights, biases, slopes."""
        return [*self.weights, *self.biases, *self.slopes]

    def forward(self, x: Tensor) -> Passed:
        """Every layer's values for inputs (B, d), shared, or (S, B, d), one table for each network."""
        h = x if x.dim() == 3 else x.expand(len(self.weights[0]), *x.shape)
        zs: list[Tensor] = []
        hs: list[Tensor] = []
        for i, (weight, bias) in enumerate(zip(self.weights[:-1], self.biases[:-1], strict=True)):
            z = torch.baddbmm(bias, h, weight.transpose(1, 2))
            h = self._bent(z, i)
            zs.append(z)
            hs.append(h)
        return Passed(zs, hs, torch.baddbmm(self.biases[-1], h, self.weights[-1].transpose(1, 2)))

    def _bent(self, z: Tensor, layer: int) -> Tensor:
        """The activation, with the layer's learned slopes where it has them."""
        if self.slopes:
            return z.clamp(min=0) + self.slopes[layer] * z.clamp(max=0)
        return self._forward(z, self.activation)

    def losses(self, scores: Tensor, targets: Tensor, loss: Spec, task: Task) -> Tensor:
        """Mean loss of each network, (S,), for scores (S, B, C) and targets (B,) or (S, B)."""
        n = len(scores)
        flat = targets.expand(n, -1).reshape(-1) if targets.dim() == 1 else targets.reshape(-1)
        per_sample = LOSSES[loss.name].per_sample(scores.flatten(0, 1), flat, loss, 0.0, task)
        return per_sample.reshape(n, -1).mean(dim=1)

    def gradients(self, x: Tensor, targets: Tensor, loss: Spec, task: Task) -> tuple[Tensor, list[Tensor]]:
        """Each network's loss (S,), detached, and the gradients of ``parameters``."""
        losses = self.losses(self.forward(x).scores, targets, loss, task)
        # The networks share no parameter, so the gradient of the sum holds each one's own.
        return losses.detach(), list(torch.autograd.grad(losses.sum(), self.parameters))

    def signals(
        self, x: Tensor, targets: Tensor, loss: Spec, task: Task
    ) -> tuple[Tensor, Tensor, list[Tensor]]:
        """How large the gradients are.

        Returns:
            Norms of dL/dW by layer (layers, S), of dL/dz by hidden layer (layers - 1, S) times √B, so that they
            do not depend on the batch's size, and the gradients of ``parameters``.
        """
        passed = self.forward(x)
        losses = self.losses(passed.scores, targets, loss, task)
        found = torch.autograd.grad(losses.sum(), [*self.parameters, *passed.z])
        gradients, inner = list(found[: len(self.parameters)]), found[len(self.parameters) :]
        weights = torch.stack([g.flatten(1).double().norm(dim=1) for g in gradients[: len(self.weights)]])
        rows = passed.scores.shape[1]
        if not inner:
            return weights, weights[:0], gradients
        return weights, torch.stack([g.flatten(1).double().norm(dim=1) * rows**0.5 for g in inner]), gradients

    def descend(self, gradients: Sequence[Tensor], learning_rate: float) -> None:
        """One step of gradient descent, w ← w − ηg, in all networks."""
        with torch.no_grad():
            torch._foreach_add_(self.parameters, list(gradients), alpha=-learning_rate)
