"""Convolution of one channel, written out, with kernels that are known by name."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

KERNELS: dict[str, tuple[float, ...]] = {
    "edges": (-1, -1, -1, -1, 8, -1, -1, -1, -1),
    "vertical": (-1, 0, 1, -2, 0, 2, -1, 0, 1),
    "horizontal": (-1, -2, -1, 0, 0, 0, 1, 2, 1),
    "blur": (1 / 9,) * 9,
    "sharpen": (0, -1, 0, -1, 5, -1, 0, -1, 0),
    "emboss": (-2, -1, 0, -1, 1, 1, 0, 1, 2),
}
"""Rows of 3 × 3 weights: the Laplacian, the Sobel operators (1968), the mean of nine, the identity plus the Laplacian,
light from the upper left."""


def output_size(size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """Places at which a kernel fits: ⌊(n + 2p − d(k − 1) − 1) / s⌋ + 1; 0 where it does not fit at all."""
    return max(0, (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1)


def convolve(
    picture: NDArray[np.float64],
    kernel: NDArray[np.float64],
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
) -> NDArray[np.float64]:
    """The feature map of a picture: at each place, patch times weights, added up (no bias, the kernel not mirrored).

    Args:
        picture: ``(height, width)``.
        kernel: ``(k, l)``.
        stride: pixels from one place to the next.
        padding: rows and columns of zeros around the picture.
        dilation: pixels from one weight to the next.

    Returns:
        ``(height', width')`` by ``output_size``.
    """
    padded = np.pad(picture, padding)
    rows = output_size(picture.shape[0], kernel.shape[0], stride, padding, dilation)
    columns = output_size(picture.shape[1], kernel.shape[1], stride, padding, dilation)
    total = np.zeros((rows, columns))
    for i, j in np.ndindex(kernel.shape):
        # The pixels that weight (i, j) meets, one for each place of the kernel.
        down = slice(i * dilation, i * dilation + (rows - 1) * stride + 1, stride)
        across = slice(j * dilation, j * dilation + (columns - 1) * stride + 1, stride)
        total += kernel[i, j] * padded[down, across]
    return total
