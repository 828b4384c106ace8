"""Modules that exported scripts contain as source: skip connections, and noise from the experiment's own streams.

They use ``np``, ``torch``, ``nn`` and ``F`` only.
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F


class Dropout(nn.Module):
    """Inverted dropout, as nn.Dropout, with masks from a NumPy generator."""

    def __init__(self, rate: float, rng: np.random.Generator) -> None:
        super().__init__()
        self.rate, self.rng = rate, rng

    def forward(self, h: torch.Tensor) -> torch.Tensor:
        if not self.training:
            return h
        keep = self.rng.random(h.shape, dtype=np.float32) >= self.rate
        return h * (torch.from_numpy(keep) / (1 - self.rate))


class DropConnect(nn.Linear):
    """A linear layer that drops weights: one mask for each mini-batch, from a NumPy generator."""

    def __init__(self, n_in: int, n_out: int, rate: float, rng: np.random.Generator) -> None:
        super().__init__(n_in, n_out)
        self.rate, self.rng = rate, rng

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training:
            return super().forward(x)
        keep = self.rng.random(self.weight.shape, dtype=np.float32) >= self.rate
        return F.linear(x, self.weight * (torch.from_numpy(keep) / (1 - self.rate)), self.bias)


class Residual(nn.Module):
    """Layers with a skip connection: their input is added to their output."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.block = nn.Sequential(*layers)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.block(x)


class StochasticDepth(nn.Module):
    """Residual layers that some steps skip; evaluation weighs them by their chance to be kept."""

    def __init__(self, rate: float, rng: np.random.Generator, *layers: nn.Module) -> None:
        super().__init__()
        self.rate, self.rng, self.block = rate, rng, nn.Sequential(*layers)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training:
            return x + (1 - self.rate) * self.block(x)
        keep = self.rng.random(dtype=np.float32) >= self.rate
        return x + float(keep) * self.block(x)
