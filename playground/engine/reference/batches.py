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
    share: float | Tensor
    masks: Masks | None


class StepNoise(NamedTuple):
    """The numbers that one step draws; None for kinds that are off.

    Attributes:
        share: mixup's λ, a number or a tensor without dimensions.
        partners: int64 (B,), mixup's partner of each sample.
        inputs: (B, d), added to the features.
        units: (B · U,), uniform in [0, 1), U being the units of the layers with dropout, layer by layer.
        weights: (W,), uniform in [0, 1), W being the weights of the hidden layers, layer by layer.
        blocks: (L,), uniform in [0, 1), L being the residual blocks that may be left out.
    """

    share: float | Tensor | None = None
    partners: Tensor | None = None
    inputs: Tensor | None = None
    units: Tensor | None = None
    weights: Tensor | None = None
    blocks: Tensor | None = None


class NoiseForm:
    """How an experiment applies a step's noise.

    Args:
        experiment: decides shapes and rates.

    Attributes:
        dropped_units: U, units of all hidden layers with a dropout rate above 0.
        dropped_weights: W, weights of all hidden layers.
        dropped_blocks: L, residual blocks with a rate above 0.
    """

    def __init__(self, experiment: Experiment) -> None:
        self._dropconnect_rate = experiment.dropconnect
        self._dropout_rates = list(zip(experiment.hidden, experiment.dropouts, strict=True))
        layout = Layout.of(experiment)
        n_ins = (layout.n_inputs, *layout.hidden[:-1])
        self._weight_shapes = list(zip(layout.widths, n_ins, strict=True)) if layout.hidden else []
        self.dropped_units = sum(n for n, rate in self._dropout_rates if rate > 0)
        self.dropped_weights = sum(layout.hidden_weights)
        self._drop_rates = experiment.drop_rates
        self.dropped_blocks = sum(rate > 0 for rate in self._drop_rates)

    def batch(self, x: Tensor, y: Tensor, noise: StepNoise) -> Batch:
        """The batch of inputs (B, d) and targets (B,) with this noise."""
        partner_y, share = None, noise.share
        if share is not None and noise.partners is not None:
            x = share * x + (1 - share) * x.index_select(0, noise.partners)
            partner_y = y.index_select(0, noise.partners)
        if noise.inputs is not None:
            x = x + noise.inputs
        weights = [] if noise.weights is None else self._weight_masks(noise.weights)
        units = [] if noise.units is None else self._unit_masks(noise.units, len(x))
        blocks = [] if noise.blocks is None else self._kept_blocks(noise.blocks)
        masks = Masks(weights, units, blocks) if weights or units or blocks else None
        return Batch(x, y, partner_y, 1.0 if share is None else share, masks)

    def _weight_masks(self, numbers: Tensor) -> list[Tensor | None]:
        masks: list[Tensor | None] = []
        at = 0
        for n_out, n_in in self._weight_shapes:
            part = numbers[at : at + n_out * n_in].view(n_out, n_in)
            masks.append(_inverted(part, self._dropconnect_rate))
            at += n_out * n_in
        return masks

    def _unit_masks(self, numbers: Tensor, size: int) -> list[Tensor | None]:
        masks: list[Tensor | None] = []
        at = 0
        for n, rate in self._dropout_rates:
            if rate == 0:
                masks.append(None)
                continue
            masks.append(_inverted(numbers[at : at + size * n].view(size, n), rate))
            at += size * n
        return masks

    def _kept_blocks(self, numbers: Tensor) -> list[Tensor | None]:
        kept: list[Tensor | None] = []
        at = 0
        for rate in self._drop_rates:
            kept.append((numbers[at] >= float(np.float32(rate))).to(numbers.dtype) if rate else None)
            at += rate > 0
        return kept


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
        def bring(array: np.ndarray) -> Tensor | None:
            if not len(array):
                return None
            tensor = torch.from_numpy(array)
            return tensor.to(device, dtype if tensor.is_floating_point() else None)

        self._dropout = bring(noise.dropout)
        self._dropconnect = bring(noise.dropconnect)
        self._inputs = bring(noise.inputs)
        self._shares = noise.shares.tolist()
        self._partners = bring(noise.partners)
        self._blocks = bring(noise.blocks)
        self._starts = [0, *np.cumsum(sizes).tolist()]
        self._form = NoiseForm(experiment)

    def apply(self, x: Tensor, y: Tensor, step: int) -> Batch:
        """The batch of inputs (B, d) and targets (B,) in step number ``step`` of these."""
        start, stop = self._starts[step], self._starts[step + 1]
        per_sample, per_step = self._form.dropped_units, self._form.dropped_weights
        blocks = self._form.dropped_blocks
        noise = StepNoise(
            self._shares[step] if self._shares else None,
            None if self._partners is None else self._partners[start:stop],
            None if self._inputs is None else self._inputs[start:stop],
            None if self._dropout is None else self._dropout[start * per_sample : stop * per_sample],
            None if self._dropconnect is None else self._dropconnect[step * per_step : (step + 1) * per_step],
            None if self._blocks is None else self._blocks[step * blocks : (step + 1) * blocks],
        )
        return self._form.batch(x, y, noise)


def _inverted(uniform: Tensor, rate: float) -> Tensor:
    """1 / (1 - rate) where kept, else 0: the expectation stays (Srivastava et al. 2014, section 10)."""
    return (uniform >= float(np.float32(rate))).to(uniform.dtype) / (1 - rate)
