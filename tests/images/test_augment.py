"""Augmentations of pictures, against numbers worked by hand and torch's own functions."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from playground.images.augment import (
    AUGMENTATIONS,
    affine,
    augment,
    grey,
    lens,
    mixed,
    recoloured,
    rotated,
    scaled,
)
from playground.text import LANGUAGES, text


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def batch(n: int = 6, channels: int = 3, size: int = 8) -> torch.Tensor:
    return torch.rand((n, channels, size, size), generator=generator(9))


def only(name: str, images: torch.Tensor, seed: int = 0, **values: float) -> torch.Tensor:
    spec = AUGMENTATIONS[name].spec(**values)
    return augment(images, torch.zeros(len(images), 2), [spec], generator(seed))[0]


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_contract(name: str, channels: int) -> None:
    images = batch(channels=channels)
    targets = torch.eye(6)
    before = images.clone()
    spec = AUGMENTATIONS[name].at(1)
    new, shares = augment(images, targets, [spec], generator())
    again, _ = augment(images, targets, [spec], generator())
    torch.testing.assert_close(images, before, msg="the batch itself stays")
    torch.testing.assert_close(new, again, rtol=0, atol=0)
    assert new.shape == images.shape
    assert new.dtype == torch.float32
    assert new.min() >= -1e-6
    assert new.max() <= 1 + 1e-6
    assert shares.sum(1) == pytest.approx(torch.ones(6))
    assert bool(AUGMENTATIONS[name].mixes(spec)) != torch.equal(shares, targets)
    changes = name != "hue" or channels == 3
    assert torch.allclose(new, images) != changes
    nothing, same = augment(images, targets, [AUGMENTATIONS[name].at(0)], generator())
    torch.testing.assert_close(nothing, images, rtol=0, atol=2e-6)
    torch.testing.assert_close(same, targets)
    assert AUGMENTATIONS[name].at(1) == AUGMENTATIONS[name].spec()
    for language in LANGUAGES:
        assert text(f"images.augmentations.{name}.label", language)
        assert text(f"images.augmentations.{name}.tip", language)


def test_each_picture_is_changed_in_its_own_way() -> None:
    same = batch(1).repeat(6, 1, 1, 1)
    for name in AUGMENTATIONS:
        if name not in ("mirror", "flip", "mixup"):
            new = only(name, same)
            assert len({image.numpy().tobytes() for image in new}) == 6, name


def test_reading_elsewhere_shifts_and_repeats_the_border() -> None:
    images = batch()
    # Two of eight pixels are half a half-width.
    moved = affine(images, scaled(torch.ones(6), torch.full((6,), 0.5), torch.zeros(6)))
    expected = torch.cat([images[..., 2:], images[..., -1:].expand(-1, -1, -1, 2)], 3)
    torch.testing.assert_close(moved, expected, atol=1e-6, rtol=1e-5)


def test_a_quarter_turn_and_a_half_turn_are_torchs() -> None:
    images = batch()
    quarter = rotated(images, torch.full((6,), math.pi / 2))
    torch.testing.assert_close(quarter, images.rot90(1, (2, 3)), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(
        rotated(images, torch.full((6,), math.pi)), images.flip(2, 3), atol=1e-5, rtol=1e-5
    )


def test_mirror_images_are_torchs_flips() -> None:
    images = batch()
    torch.testing.assert_close(only("mirror", images, p=1.0), images.flip(3))
    torch.testing.assert_close(only("flip", images, p=1.0), images.flip(2))
    new = only("mirror", batch(400), p=0.3)
    turned = (new != batch(400)).flatten(1).any(1).float().mean()
    assert turned == pytest.approx(0.3, abs=0.07)


def test_a_zoom_of_two_shows_the_middle_with_torchs_interpolation() -> None:
    images = batch()
    middle = torch.nn.functional.interpolate(images, scale_factor=2, mode="bilinear", align_corners=False)[
        ..., 4:12, 4:12
    ]
    zero = torch.zeros(6)
    torch.testing.assert_close(affine(images, scaled(torch.full((6,), 0.5), zero, zero)), middle)


def test_crops_are_windows_of_224_in_256_to_480() -> None:
    """A ramp from 0 to 1 shows where the window lies: its width is the difference of the ends."""
    ramp = ((torch.arange(256) + 0.5) / 256).expand(500, 1, 256, 256).contiguous()
    row = only("crop", ramp)[:, 0, 128]
    width = (row[:, -2] - row[:, 1]) * 256 / 253
    assert width.min() == pytest.approx(224 / 480, abs=0.01)
    assert width.max() == pytest.approx(224 / 256, abs=0.01)
    assert (224 / width).mean() == pytest.approx(
        (256 + 480) / 2, rel=0.02
    )  # the side is even, not the window
    assert row.min() >= 0.5 / 256 - 1e-6


def test_the_lens_bends_by_the_formula() -> None:
    """The ramp read at radius 0.5 of the middle row: 0.5 (1 + 0.4 · 0.25) = 0.55."""
    ramp = (((torch.arange(64) + 0.5) / 64) * 2 - 1).expand(1, 1, 64, 64).contiguous()
    read = lens(ramp, torch.tensor([0.4]))[0, 0, 32]
    x = ((torch.arange(64) + 0.5) / 64) * 2 - 1
    y = (32 + 0.5) / 64 * 2 - 1
    torch.testing.assert_close(read[16:48], (x * (1 + 0.4 * (x**2 + y**2)))[16:48], atol=1e-5, rtol=1e-4)


def test_turning_the_hue_is_matplotlib_like_in_python_colorsys() -> None:
    import colorsys

    images = batch(2, 3, 4)
    turned = recoloured(images, torch.tensor([0.3, -0.2]))
    for image, new, by in zip(images, turned, (0.3, -0.2), strict=True):
        for pixel, result in zip(image.flatten(1).T.tolist(), new.flatten(1).T.tolist(), strict=True):
            h, s, v = colorsys.rgb_to_hsv(*pixel)
            assert result == pytest.approx(colorsys.hsv_to_rgb((h + by) % 1, s, v), abs=1e-5)


def test_grey_levels_have_no_colour_to_lose() -> None:
    images = batch()
    level = grey(images)
    np.testing.assert_allclose(
        level[0, 0, 0, 0], images[0, :, 0, 0].numpy() @ [0.299, 0.587, 0.114], rtol=1e-6
    )
    torch.testing.assert_close(only("hue", images[:, :1]), images[:, :1])


def test_noise_has_its_size() -> None:
    flat = torch.full((200, 1, 16, 16), 0.5)
    assert (only("normal_noise", flat, sigma=0.1) - 0.5).std() == pytest.approx(0.1, rel=0.02)
    assert (only("binomial_noise", flat, p=0.2) == 0).float().mean() == pytest.approx(0.2, abs=0.01)
    three = only("binomial_noise", torch.full((10, 3, 16, 16), 0.5), p=0.2)
    torch.testing.assert_close(three[:, 0], three[:, 1], msg="a pixel goes dark in all channels")


def test_cutout_darkens_a_square() -> None:
    new = only("cutout", torch.ones(300, 1, 20, 20), share=0.25)
    dark = (new == 0).flatten(1).sum(1)
    assert dark.max() == 25
    assert set(dark.tolist()) <= {a * b for a in range(1, 6) for b in range(1, 6)}


def test_mixing_by_hand() -> None:
    """0.6 · 1 + 0.4 · 0 = 0.6, and the labels alike."""
    images = torch.tensor([1.0, 0.0]).reshape(2, 1, 1, 1)
    new, shares = mixed(images, torch.eye(2), 0.4, torch.tensor([1, 0]))
    assert new.flatten().tolist() == pytest.approx([0.6, 0.4])
    assert shares[0].tolist() == pytest.approx([0.6, 0.4])
