"""Pooling of a feature map: windows side by side, every second number, and windows of random sizes."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

POOLINGS = ("max", "average", "strided", "fractional")
WINDOW = 2
"""Rows and columns of a window."""
RATIO = math.sqrt(2)
"""How much smaller a fractionally pooled map is (Graham 2014, Fractional max-pooling)."""


def starts(size: int, count: int, u: float) -> NDArray[np.int64]:
    """Where ``count`` windows of two begin among ``size`` pixels: steps of one or two, in an order that ``u`` chooses.

    As PyTorch does it: aᵢ = ⌊α (i + u)⌋ − ⌊α u⌋ with α = (size − 2) / (count − 1); the last window ends at the border.

    Args:
        u: from 0 to below 1.
    """
    if count == 1:
        return np.array([size - WINDOW])
    alpha = (size - WINDOW) / (count - 1)
    found = np.floor((np.arange(count) + u) * alpha).astype(np.int64) - math.floor(u * alpha)
    found[-1] = size - WINDOW
    return found


def pool(values: NDArray[np.float64], kind: str, us: tuple[float, float] = (0.0, 0.0)) -> NDArray[np.float64]:
    """A map ``(height, width)`` made smaller.

    Args:
        kind: of ``POOLINGS``: the largest or the mean of each window of 2 × 2, its upper left number (what a stride of
            two keeps), or the largest of overlapping windows, the map made smaller by √2.
        us: two numbers from 0 to below 1 that choose the windows of fractional pooling.
    """
    height, width = values.shape
    if kind == "fractional":
        down = starts(height, max(1, int(height / RATIO)), us[0])
        across = starts(width, max(1, int(width / RATIO)), us[1])
        corners = [values[np.ix_(down + i, across + j)] for i in range(WINDOW) for j in range(WINDOW)]
        return np.asarray(np.max(corners, axis=0))
    rows, columns = height // WINDOW, width // WINDOW
    windows = values[: rows * WINDOW, : columns * WINDOW].reshape(rows, WINDOW, columns, WINDOW)
    if kind == "max":
        return np.asarray(windows.max(axis=(1, 3)))
    return np.asarray(windows.mean(axis=(1, 3)) if kind == "average" else windows[:, 0, :, 0])


def halvings(size: int, ratio: float) -> list[int]:
    """Sizes from ``size`` on while pooling still leaves two rows."""
    found = [size]
    while int(found[-1] / ratio) >= WINDOW:
        found.append(int(found[-1] / ratio))
    return found
