"""Convolution, against PyTorch and by hand."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from playground.images.convolve import KERNELS, convolve, output_size
from playground.images.pooling import halvings, pool, starts


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


@pytest.mark.parametrize("size", [8, 28, 32])
@pytest.mark.parametrize("us", [(0.0, 0.0), (0.3, 0.9), (0.99, 0.5)])
def test_pooling_is_pytorchs(size: int, us: tuple[float, float]) -> None:
    values = np.random.default_rng(1).normal(size=(size, size))
    tensor = torch.from_numpy(values)[None, None]
    np.testing.assert_array_equal(pool(values, "max"), F.max_pool2d(tensor, 2)[0, 0].numpy())
    np.testing.assert_allclose(pool(values, "average"), F.avg_pool2d(tensor, 2)[0, 0].numpy())
    np.testing.assert_array_equal(pool(values, "strided"), values[::2, ::2])
    # PyTorch's random numbers are those of the width, then of the height.
    samples = torch.tensor([[[us[1], us[0]]]], dtype=torch.float64)
    theirs = F.fractional_max_pool2d(tensor, 2, output_ratio=(2**-0.5, 2**-0.5), _random_samples=samples)
    np.testing.assert_array_equal(pool(values, "fractional", us), theirs[0, 0].numpy())


def test_windows_begin_one_or_two_apart_and_cover_the_map() -> None:
    for u in np.linspace(0, 0.99, 12):
        found = starts(28, 19, u)
        assert found[0] == 0
        assert found[-1] == 26
        assert set(np.diff(found)) <= {1, 2}
    assert halvings(28, 2) == [28, 14, 7, 3]
    assert halvings(8, 2**0.5) == [8, 5, 3, 2]
