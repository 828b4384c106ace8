"""Convolution, against PyTorch and by hand."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from playground.images.convolve import KERNELS, convolve, output_size


@pytest.mark.parametrize(
    ("stride", "padding", "dilation"), itertools.product((1, 2, 3), (0, 1, 3), (1, 2, 3))
)
def test_it_is_pytorchs_for_every_kernel(stride: int, padding: int, dilation: int) -> None:
    rng = np.random.default_rng(0)
    for shape, numbers in itertools.product([(8, 8), (28, 28), (9, 13)], KERNELS.values()):
        picture, kernel = rng.normal(size=shape), np.array(numbers, dtype=float).reshape(3, 3)
        ours = convolve(picture, kernel, stride, padding, dilation)
        theirs = F.conv2d(
            torch.from_numpy(picture)[None, None],
            torch.from_numpy(kernel)[None, None],
            stride=stride,
            padding=padding,
            dilation=dilation,
        )[0, 0]
        np.testing.assert_allclose(ours, theirs.numpy(), atol=1e-12)


def test_by_hand() -> None:
    """Rows (1 2 3), (4 5 6), (7 8 9) under (1 0; 0 -1): each number less the one below to the right, always -4."""
    picture, kernel = np.arange(1.0, 10.0).reshape(3, 3), np.array([[1.0, 0.0], [0.0, -1.0]])
    np.testing.assert_array_equal(convolve(picture, kernel), [[-4, -4], [-4, -4]])
    np.testing.assert_array_equal(convolve(picture, kernel, dilation=2), [[1 - 9]])


def test_sizes() -> None:
    """AlexNet's first layer: (227 - 11) / 4 + 1 = 55 (Krizhevsky et al. 2012); a kernel that is too wide."""
    assert output_size(227, 11, stride=4) == 55
    assert output_size(28, 3, padding=1) == 28
    assert output_size(32, 3, stride=2, padding=1) == 16
    assert output_size(4, 3, dilation=2) == 0
