"""Modules of networks on pictures, which exported scripts contain as source.

They use ``np``, ``torch``, ``nn`` and ``F`` only.
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F


class Maxout(nn.Module):
    """The largest of each unit's linear maps, which lie side by side."""

    def __init__(self, pieces: int) -> None:
        super().__init__()
        self.pieces = pieces

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return z.unflatten(1, (-1, self.pieces)).max(dim=2).values


class Dropout(nn.Module):
    """Dropout of units (nn.Dropout), or of whole channels of maps (nn.Dropout2d), with masks from a NumPy generator."""

    def __init__(self, rate: float, rng: np.random.Generator) -> None:
        super().__init__()
        self.rate, self.rng = rate, rng

    def forward(self, h: torch.Tensor) -> torch.Tensor:
        if not self.training:
            return h
        shape = (*h.shape[:2], *[1] * (h.dim() - 2))
        keep = torch.from_numpy(self.rng.random(shape, dtype=np.float32) >= self.rate)
        return h * (keep.to(h.device) / (1 - self.rate))


class DropConnect(nn.Module):
    """A layer with some of its weights dropped: one mask for each mini-batch, from a NumPy generator."""

    def __init__(self, layer: nn.Linear | nn.Conv2d, rate: float, rng: np.random.Generator) -> None:
        super().__init__()
        self.layer, self.rate, self.rng = layer, rate, rng

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training:
            return self.layer(x)
        weight = self.layer.weight
        keep = torch.from_numpy(self.rng.random(weight.shape, dtype=np.float32) >= self.rate)
        kept = weight * (keep.to(weight.device) / (1 - self.rate))
        return torch.func.functional_call(self.layer, {"weight": kept}, (x,))


class FractionalPool(nn.Module):
    """Max pooling to a fraction of the size, with regions at random in training and even ones in evaluation."""

    def __init__(self, fraction: float, rng: np.random.Generator) -> None:
        super().__init__()
        self.fraction, self.rng = fraction, rng

    def forward(self, h: torch.Tensor) -> torch.Tensor:
        places = torch.full((*h.shape[:2], 2), 0.5)
        if self.training:
            places = torch.from_numpy(self.rng.random(places.shape, dtype=np.float32))
        size = [int(n * self.fraction) for n in h.shape[2:]]
        return F.fractional_max_pool2d(h, 2, size, _random_samples=places.to(h.device))


class BatchNorm2d(nn.BatchNorm2d):
    """Batch normalization that also takes a single value of each channel: it is its own mean, what is left is β."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.training and x.numel() == x.shape[1]:
            return (x - x) * self.weight.view(1, -1, 1, 1) + self.bias.view(1, -1, 1, 1)
        return super().forward(x)
