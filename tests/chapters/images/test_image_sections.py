"""What the sections on pictures compute, against something independent."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
from torch.nn import functional as F

from playground.chapters import sections
from playground.chapters.images import (
    augmentation,
    dropout2d,
    lecture_snippet,
    picture_preprocessing,
    test_time,
    which_help,
    worth,
)
from playground.chapters.images.training import Learner, parts
from playground.images.augment import AUGMENTATIONS
from playground.images.data import load, split


def test_the_chosen_number_of_the_map_is_the_sum_of_its_patch() -> None:
    section = sections["images/convolution"]
    given = {
        "stride": 2,
        "padding": 1,
        "dilation": 2,
        "kernel": "emboss",
        "place": (3, 5),
        "pictures": "shapes",
    }
    result = section.run(**given)
    theirs = F.conv2d(
        torch.from_numpy(result.picture)[None, None],
        torch.from_numpy(result.kernel)[None, None],
        stride=2,
        padding=1,
        dilation=2,
    )[0, 0]
    assert result.place == (3, 5)
    np.testing.assert_allclose((result.patch * result.kernel).sum(), theirs[3, 5], atol=1e-12)
    (table,) = section.tables(result, section.settings(**given), "en")
    np.testing.assert_allclose(table.frame["product"].sum(), theirs[3, 5], atol=1e-12)


def test_a_place_beyond_the_map_is_its_last_one_and_own_weights_are_used() -> None:
    section = sections["images/convolution"]
    given = {
        "pictures": "digits",
        "stride": 3,
        "place": (40, 40),
        "kernel": "own",
        "weights": "0+0+0+0+1+0+0+0+0",
    }
    result = section.run(**given)
    assert result.place == (1, 1)
    np.testing.assert_array_equal(result.map, result.picture[1:7:3, 1:7:3])
    verdict = section.verdict(result, section.settings(**given))
    assert verdict.holds


def test_mixed_pictures_have_mixed_labels_and_the_others_keep_theirs() -> None:
    section = sections["images/augmentation"]
    frame = section.run(names=("rotate", "mixup"), pictures="glyphs", number=3).variants
    turned, mixed = frame[frame["name"] == "rotate"], frame[frame["name"] == "mixup"]
    assert set(turned["shares"]) == {(("3", 1.0),)}
    for shares in mixed[mixed["column"] > 0]["shares"]:
        assert dict(shares)["3"] in (0.6, 1.0)
        assert sum(dict(shares).values()) == 1
    assert frame[frame["column"] == 0]["picture"].nunique() == 1
    assert (frame[frame["column"] == 0]["changed"] == 0).all()


def test_a_rotation_by_any_angle_and_a_mirror_image_harm_digits_and_not_colours() -> None:
    section = sections["images/which_help"]
    given = {"names": ("mirror", "hue", which_help.ANY_ANGLE), "count": 100, "seeds": 2, "epochs": 20}
    gain = {
        name: which_help.summary(section.run(pictures=name, **given)).set_index("name")["gain"]
        for name in ("glyphs", "colours")
    }
    assert gain["glyphs"]["hue"] == 0, "grey pictures have no hue: the same run to the last bit"
    assert gain["glyphs"][which_help.ANY_ANGLE] < -0.15
    assert gain["colours"]["hue"] < -0.3
    assert abs(gain["colours"][which_help.ANY_ANGLE]) < 0.1
    assert abs(gain["colours"]["mirror"]) < 0.1


def test_effects_are_told_apart_by_every_seed() -> None:
    """By hand: a gains with both seeds, b loses with both, c does either."""
    rows = [("none", 0, 0.5), ("a", 0, 0.6), ("b", 0, 0.4), ("c", 0, 0.6)]
    rows += [("none", 1, 0.7), ("a", 1, 0.8), ("b", 1, 0.6), ("c", 1, 0.6)]
    found = which_help.summary(pd.DataFrame(rows, columns=["name", "seed", "accuracy"])).set_index("name")
    assert found["effect"].to_dict() == {"none": "unclear", "a": "helps", "b": "hurts", "c": "unclear"}
    assert found["gain"]["a"] == pytest.approx(0.1)
    assert found["gain"]["c"] == pytest.approx(0.0)


def test_what_augmented_pictures_are_worth_is_read_between_the_plain_ones() -> None:
    """By hand: 0.7 lies half-way between the plain 0.6 (100) and 0.8 (400): √(100 · 400) = 200."""
    rows = [(100, "plain", 0.6), (100, "augmented", 0.7), (400, "plain", 0.8), (400, "augmented", 0.9)]
    frame = pd.DataFrame(rows, columns=["count", "way", "accuracy"])
    found = worth.worth(frame).set_index("count")
    assert found["worth"][100] == pytest.approx(200)
    assert np.isinf(found["worth"][400])
    assert found["gain"].to_numpy() == pytest.approx([0.1, 0.1])


def test_a_learner_is_the_same_for_the_same_seed_and_leaves_torchs_own_numbers_alone() -> None:
    *_, (train, test) = parts("glyphs", 40, 3)  # type: ignore[misc]
    spec = AUGMENTATIONS["rotate"].spec()
    losses = []
    for _ in range(2):
        torch.rand(5)
        learner = Learner(train, test, [spec], 3)
        losses.append([learner.steps(2) for _ in range(3)])
    assert losses[0] == losses[1]
    assert losses[0] != [Learner(train, test, [], 3).steps(2) for _ in range(3)]
    seen = sorted(row for _ in range(2) for row in learner._batch())
    assert seen == list(range(40)), "each picture once before one comes again"


def test_the_average_of_one_variant_is_that_variant() -> None:
    section = sections["images/test_time"]
    frame = section.run(seeds=2, steps=50, count=50, kinds=("mirror",), trained="mirror")
    one = frame[(frame["kind"] == "mirror") & (frame["views"] == 1)]
    assert len(one) == 2
    assert set(frame["views"]) == set(test_time.VIEWS)
    assert frame["accuracy"].between(0, 1).all()


def test_ten_crops_are_the_centre_and_the_corners_and_their_mirror_images() -> None:
    """A ramp from -1 to 1 across the picture shows where a window lies: its middle is the ramp's number there."""
    ramp = ((torch.arange(200) + 0.5) / 100 - 1).expand(1, 1, 200, 200).contiguous()
    edge = 1 - test_time.WINDOW
    generator = torch.Generator()
    found = [test_time.variant(ramp, "ten", number, generator) for number in range(10)]
    middles = [float(one.mean()) for one in found]
    assert middles == pytest.approx([0, -edge, edge, -edge, edge] * 2, abs=1e-3)
    for one, mirrored in zip(found[:5], found[5:], strict=True):
        torch.testing.assert_close(mirrored, one.flip(3))
    tall = test_time.variant(ramp.transpose(2, 3).contiguous(), "ten", 3, generator)
    assert float(tall.mean()) == pytest.approx(edge, abs=1e-3)
    torch.testing.assert_close(test_time.variant(ramp, "scales", 0, generator), ramp, atol=1e-5, rtol=1e-5)


def test_one_picture_becomes_hundreds_and_each_line_says_what_it_does_to_the_label() -> None:
    section = sections["images/augmentation"]
    given = {"names": ("mirror", "hue", "mixup", "rotate"), "pictures": "colours", "strength": 0.5}
    result, settings = section.run(**given), section.settings(**given)
    assert result.sheet.shape == (300, 3, 32, 32)
    assert len({one.tobytes() for one in result.sheet}) > 290
    (table,) = section.tables(result, settings, "en")
    said = dict(zip(table.frame["name"], table.frame["label"], strict=True))
    assert said == {
        "mirror": "stays",
        "hue": "can become another",
        "mixup": "mixed in the same shares",
        "rotate": "stays",
    }
    strengths = dict(zip(table.frame["name"], table.frame["strength"], strict=True))
    assert strengths == {
        "mirror": "p = 0.25",
        "hue": "turn = 0.25",
        "mixup": "share = 0.2",
        "rotate": "degrees = 10",
    }
    assert augmentation.tiled(result.sheet).shape == (3, 10 * 34 - 2, 30 * 34 - 2)


def test_dropout2d_draws_once_a_map_and_keeps_the_mean() -> None:
    rng = np.random.default_rng(0)
    maps = dropout2d.mask((4000, 2, 3), 0.3, True, rng)
    assert (maps == maps[:, :1, :1]).all()
    assert set(np.unique(maps)) == {0, 1 / 0.7}
    assert maps.mean() == pytest.approx(1, abs=0.04)
    single = dropout2d.mask((40, 20, 30), 0.3, False, rng)
    assert (single == 0).mean() == pytest.approx(0.3, abs=0.01)
    assert single.mean() == pytest.approx(1, abs=0.02)


def test_neighbours_tell_a_smooth_map_and_not_noise() -> None:
    rng = np.random.default_rng(0)
    ramp, noise = np.add.outer(np.arange(30.0), np.arange(30.0)), rng.normal(size=(30, 30))
    factors = dropout2d.mask((1, 30, 30), 0.3, False, rng)[0]
    assert dropout2d.told(ramp, factors) > 0.99
    assert abs(dropout2d.told(noise, factors)) < 0.2
    assert dropout2d.told(ramp, np.zeros((30, 30))) == 0


def test_whitening_makes_the_patches_white_and_is_scikit_learns_up_to_a_rotation() -> None:
    from sklearn.decomposition import PCA

    rng = np.random.default_rng(0)
    rows = rng.normal(size=(3000, 12)) @ rng.normal(size=(12, 12))
    variances, vectors = picture_preprocessing.components(rows)
    pca = PCA().fit(rows)
    np.testing.assert_allclose(variances, pca.explained_variance_, rtol=1e-8)
    np.testing.assert_allclose(np.abs(vectors @ pca.components_.T), np.eye(12), atol=1e-6)
    white = (rows - rows.mean(0)) @ picture_preprocessing.whitening(variances, vectors)
    np.testing.assert_allclose(np.cov(white, rowvar=False), np.eye(12), atol=0.05)


def test_normalize_takes_the_training_parts_numbers() -> None:
    section = sections["images/picture_preprocessing"]
    result = section.run(pictures="digits", seed=3)
    train, test = split(load("digits", picture_preprocessing.COUNT, 3), 0.5, 3)
    np.testing.assert_allclose(result.mean, train.images.mean((0, 2, 3)), rtol=1e-5)
    np.testing.assert_allclose(result.std, train.images.std((0, 2, 3)), rtol=1e-5)
    ours = (test.images[0].astype(float) - result.mean[:, None, None]) / result.std[:, None, None]
    np.testing.assert_allclose(result.images["normalized"][0], ours, rtol=1e-6)
    np.testing.assert_allclose(
        result.images["mean_image"][0], test.images[0] - train.images.mean(0), atol=1e-6
    )


def test_a_whitened_pixel_is_the_middle_of_its_whitened_patch() -> None:
    rng = np.random.default_rng(0)
    images, matrix = rng.normal(size=(1, 2, 9, 9)), rng.normal(size=(72, 72))
    size = picture_preprocessing.PATCH
    patch = images[0, :, 1 : 1 + size, 2 : 2 + size].ravel()
    found = picture_preprocessing.whitened(images, matrix)
    middle = size // 2
    np.testing.assert_allclose(
        found[0, :, 1 + middle, 2 + middle], (matrix @ patch).reshape(2, size, size)[:, middle, middle]
    )


def test_each_line_of_the_snippet() -> None:
    images = torch.rand(40, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    generator = torch.Generator().manual_seed(1)
    larger = lecture_snippet.line(images, "resize", generator)
    assert larger.shape[-2:] == (34, 34)
    crop = lecture_snippet.line(larger, "crop", generator)
    torch.testing.assert_close(crop, larger[..., 3:31, 3:31])
    flipped = lecture_snippet.line(crop, "flip", generator)
    turned = (flipped != crop).flatten(1).any(1)
    assert 10 < int(turned.sum()) < 30
    torch.testing.assert_close(flipped[turned], crop[turned].flip(3))
