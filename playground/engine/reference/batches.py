"""Mini-batches as tensors, with their noise applied."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from playground.engine.noise import Noise
from playground.experiment import Experiment
from playground.model import Layout, Masks


class Batch(NamedTuple):
    """One mini-batch.

    Attributes:
        x: (B, d), inputs after mixup and input noise.
        y: (B,), targets.
        partner_y: (B,), targets of the mixup partners; None without mixup.
        lam: mixup's λ, 1 without mixup.
        rest: 1 - λ.
        masks: what dropout, DropConnect and stochastic depth drop; None for nothing.
    """

    x: Tensor
    y: Tensor
    partner_y: Tensor | None = None
    lam: float | Tensor = 1.0
    rest: float | Tensor = 0.0
    masks: Masks | None = None


class BatchNoise:
    """The noise of some steps, on one device: of one network, or of K side by side, each with noise of its own.

    Args:
        noise: drawn for batches of ``sizes``; of K networks with a first dimension K in every array.
        sizes: int (S,).
        experiment: decides the rates.
        device, dtype: where, and as what, to compute.
    """

    def __init__(
        self, noise: Noise, sizes: np.ndarray, experiment: Experiment, device: str, dtype: torch.dtype
    ) -> None:
        def bring(array: np.ndarray) -> Tensor | None:
            if not array.size:
                return None
            tensor = torch.from_numpy(array)
            return tensor.to(device, dtype if tensor.is_floating_point() else None)

        self._dropout = bring(noise.dropout)
        self._dropconnect = bring(noise.dropconnect)
        self._inputs = bring(noise.inputs)
        self._lams = noise.lams
        self._device, self._dtype = device, dtype
        self._partners = bring(noise.partners)
        self._blocks = bring(noise.blocks)
        self._starts = [0, *np.cumsum(sizes).tolist()]
        layout = Layout.of(experiment)
        n_ins = (layout.n_inputs, *layout.hidden)
        self._weight_shapes = list(zip(layout.widths, n_ins, strict=False))
        self._dropconnect_rate = experiment.dropconnect
        self._dropout_rates = list(zip(experiment.hidden, experiment.dropouts, strict=True))
        self._drop_rates = experiment.drop_rates

    def apply(self, x: Tensor, y: Tensor, step: int) -> Batch:
        """The batch of inputs (B, d) and targets (B,), or (K, B, d) and (K, B), in step number ``step`` of these."""
        start, stop = self._starts[step], self._starts[step + 1]
        partner_y = None
        lam: float | Tensor = 1.0
        rest: float | Tensor = 0.0
        if self._partners is not None and x.dim() == 2:
            lam = float(self._lams[step])
            rest, partners = 1 - lam, self._partners[start:stop]
            x = lam * x + rest * x.index_select(0, partners)
            partner_y = y.index_select(0, partners)
        elif self._partners is not None:
            lams = self._lams[:, step]
            lam, rest = (
                torch.tensor(each, device=self._device, dtype=self._dtype) for each in (lams, 1 - lams)
            )
            partners = self._partners[:, start:stop]
            other = x.gather(1, partners[:, :, None].expand_as(x))
            x = lam[:, None, None] * x + rest[:, None, None] * other
            partner_y = y.gather(1, partners)
        if self._inputs is not None:
            x = x + self._inputs[..., start:stop, :]
        weights, units, blocks = (
            self._weight_masks(step),
            self._unit_masks(start, stop),
            self._block_masks(step),
        )
        masks = Masks(weights, units, blocks) if weights or units or blocks else None
        return Batch(x, y, partner_y, lam, rest, masks)

    def _weight_masks(self, step: int) -> list[Tensor | None]:
        """For each hidden layer (n_out, n_in) of DropConnect; nothing when it is off."""
        if self._dropconnect is None:
            return []
        masks: list[Tensor | None] = []
        at = step * sum(n_out * n_in for n_out, n_in in self._weight_shapes)
        for n_out, n_in in self._weight_shapes:
            part = self._dropconnect[..., at : at + n_out * n_in].unflatten(-1, (n_out, n_in))
            masks.append(_inverted(part, self._dropconnect_rate))
            at += n_out * n_in
        return masks

    def _unit_masks(self, start: int, stop: int) -> list[Tensor | None]:
        """For each hidden layer (B, n) of dropout; nothing when it is off."""
        if self._dropout is None:
            return []
        masks: list[Tensor | None] = []
        at = start * sum(n for n, rate in self._dropout_rates if rate)
        size = stop - start
        for n, rate in self._dropout_rates:
            if rate == 0:
                masks.append(None)
                continue
            part = self._dropout[..., at : at + size * n].unflatten(-1, (size, n))
            masks.append(_inverted(part, rate))
            at += size * n
        return masks

    def _block_masks(self, step: int) -> list[Tensor | None]:
        """For each hidden layer 0 or 1 of stochastic depth; nothing when it is off."""
        if self._blocks is None:
            return []
        masks: list[Tensor | None] = []
        at = step * sum(rate > 0 for rate in self._drop_rates)
        for rate in self._drop_rates:
            masks.append(
                (self._blocks[..., at] >= float(np.float32(rate))).to(self._blocks.dtype) if rate else None
            )
            at += rate > 0
        return masks


def _inverted(uniform: Tensor, rate: float) -> Tensor:
    """1 / (1 - rate) where kept, else 0: the expectation stays (Srivastava et al. 2014, section 10)."""
    return (uniform >= float(np.float32(rate))).to(uniform.dtype) / (1 - rate)
