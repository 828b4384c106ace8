"""Receptive fields and the patches that excite a unit most, against autograd and by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from playground import ImageExperiment
from playground.images.exciting import Field, fields, patches
from playground.images.trainer import ImageTrainer

SMALL = ImageExperiment(dataset="glyphs", n_samples=60, channels=(3, 4), activation="identity")


@pytest.mark.parametrize("pooling", ["max", "average", "strided", "none"])
@pytest.mark.parametrize("kernel", [1, 3, 5])
def test_only_the_pixels_of_its_field_move_a_number(pooling: str, kernel: int) -> None:
    trainer = ImageTrainer(SMALL.replace(pooling=pooling, kernel_size=kernel))
    trainer.network.eval()
    for block, field in enumerate(fields(trainer.experiment)):
        reached = np.zeros((28, 28), dtype=bool)
        for picture in torch.from_numpy(
            trainer.test.images
        ):  # of each window the largest number is another one
            x = picture[None].clone().requires_grad_()
            maps = trainer.network.maps(x)[block]
            row, column = maps.shape[2] // 2, maps.shape[3] // 2 - 1
            maps[0, :, row, column].sum().backward()
            assert x.grad is not None
            reached |= (x.grad[0, 0] != 0).numpy()
        rows, columns = np.flatnonzero(reached.any(1)), np.flatnonzero(reached.any(0))
        top, left = field.corner(row), field.corner(column)
        assert (rows.min(), columns.min()) == (top, left)
        assert (rows.max(), columns.max()) == (top + field.size - 1, left + field.size - 1)


def test_fields_by_hand() -> None:
    """A kernel of 5 sees 5 pixels, a window of 2 of them 6; then 5 of these, 2 apart: 6 + 8 = 14; a window 16."""
    first, second = fields(SMALL.replace(kernel_size=5))
    assert (first, second) == (Field(6, 2.0, 1.0), Field(16, 4.0, 2.0))
    assert (first.corner(0), first.corner(3), second.corner(0)) == (-2, 4, -6)
    fractional = fields(SMALL.replace(pooling="fractional"))
    assert fractional[0].jump == (28 - 2) / (19 - 1)


def test_the_patch_answers_as_it_did_in_its_picture() -> None:
    """Alone, the patch makes a unit of the first block answer in its middle as strongly as the whole picture did."""
    trainer = ImageTrainer(SMALL.replace(pooling="none"))
    images = trainer.test.images
    (cut, answers), _ = patches(trainer, images, units=3, count=4)
    assert cut.shape == (3, 4, 1, 3, 3)
    maps = trainer.maps(images)[0]
    np.testing.assert_allclose(answers, np.sort(maps.max((2, 3)), 0)[::-1][:4].T, rtol=1e-6)
    weights = trainer.weights()
    alone = np.einsum("unchw,uchw->un", cut, weights["0.weight"]) + weights["0.bias"][:, None]
    np.testing.assert_allclose(alone, answers, atol=1e-5)
    assert (np.diff(answers, axis=1) <= 0).all()


def test_a_field_larger_than_the_picture_is_cut_to_it() -> None:
    trainer = ImageTrainer(SMALL.replace(channels=(2, 2, 2), kernel_size=7, pooling="fractional"))
    found = patches(trainer, trainer.test.images, units=8, count=2)
    assert [cut.shape for cut, _ in found] == [(2, 2, 1, 8, 8), (2, 2, 1, 18, 18), (2, 2, 1, 28, 28)]
