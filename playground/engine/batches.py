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
        share: mixup's λ, 1 without mixup.
        masks: what dropout and DropConnect drop; None for nothing.
    """

    x: Tensor
    y: Tensor
    partner_y: Tensor | None
    share: float
    masks: Masks | None


class BatchNoise:
    """The noise of some steps, on one device.

    Args:
        noise: drawn for batches of ``sizes``.
        sizes: int (S,).
        experiment: decides the rates.
        device, dtype: where, and as what, to compute.
    """

    def __init__(
        self, noise: Noise, sizes: np.ndarray, experiment: Experiment, device: str, dtype: torch.dtype
    ) -> None:
        def bring(array: np.ndarray) -> Tensor:
            tensor = torch.from_numpy(array)
            return tensor.to(device, dtype if tensor.is_floating_point() else None)

        self._dropout = bring(noise.dropout)
        self._dropconnect = bring(noise.dropconnect)
        self._inputs = bring(noise.inputs)
        self._shares = noise.shares.tolist()
        self._partners = bring(noise.partners)
        self._starts = [0, *np.cumsum(sizes).tolist()]
        self._dropconnect_rate = experiment.dropconnect
        self._dropout_rates = list(zip(experiment.hidden, experiment.dropouts, strict=True))
        layout = Layout.of(experiment)
        n_ins = (layout.n_inputs, *layout.hidden[:-1])
        self._weight_shapes = list(zip(layout.widths, n_ins, strict=True)) if layout.hidden else []
        self._dropped_units = sum(n for n, rate in self._dropout_rates if rate > 0)

    def apply(self, x: Tensor, y: Tensor, step: int) -> Batch:
        """The batch of inputs (B, d) and targets (B,) in step number ``step`` of these."""
        start, stop = self._starts[step], self._starts[step + 1]
        partner_y, share = None, 1.0
        if self._shares:
            share, partners = self._shares[step], self._partners[start:stop]
            x = share * x + (1 - share) * x.index_select(0, partners)
            partner_y = y.index_select(0, partners)
        if len(self._inputs):
            x = x + self._inputs[start:stop]
        weights = self._weight_masks(step) if len(self._dropconnect) else []
        units = self._unit_masks(start, stop - start) if len(self._dropout) else []
        return Batch(x, y, partner_y, share, Masks(weights, units) if weights or units else None)

    def _weight_masks(self, step: int) -> list[Tensor | None]:
        masks: list[Tensor | None] = []
        at = step * sum(n_out * n_in for n_out, n_in in self._weight_shapes)
        for n_out, n_in in self._weight_shapes:
            numbers = self._dropconnect[at : at + n_out * n_in].view(n_out, n_in)
            masks.append(_inverted(numbers, self._dropconnect_rate))
            at += n_out * n_in
        return masks

    def _unit_masks(self, start: int, size: int) -> list[Tensor | None]:
        masks: list[Tensor | None] = []
        at = start * self._dropped_units
        for n, rate in self._dropout_rates:
            if rate == 0:
                masks.append(None)
                continue
            masks.append(_inverted(self._dropout[at : at + size * n].view(size, n), rate))
            at += size * n
        return masks


def _inverted(uniform: Tensor, rate: float) -> Tensor:
    """1 / (1 - rate) where kept, else 0: the expectation stays (Srivastava et al. 2014, section 10)."""
    return (uniform >= float(np.float32(rate))).to(uniform.dtype) / (1 - rate)
