"""Batch normalization that also takes a batch of one sample."""

from __future__ import annotations

import torch
from torch import Tensor, nn


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

    def forward(self, x: Tensor) -> Tensor:
        """Normalize ``x`` (B, n): by the batch in training, by the running statistics otherwise."""
        if self.training and len(x) == 1:
            with torch.no_grad():
                self.running_mean.add_(x[0] - self.running_mean, alpha=self.momentum or 0.0)
            return (x - x) * self.weight + self.bias
        return super().forward(x)
