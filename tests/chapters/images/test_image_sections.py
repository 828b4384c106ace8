"""What the sections on pictures compute, against something independent."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional as F

from playground.chapters import sections


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
    frame = section.run(names=("rotate", "mixup"), pictures="glyphs", number=3)
    turned, mixed = frame[frame["name"] == "rotate"], frame[frame["name"] == "mixup"]
    assert set(turned["shares"]) == {(("3", 1.0),)}
    for shares in mixed[mixed["column"] > 0]["shares"]:
        assert dict(shares)["3"] in (0.6, 1.0)
        assert sum(dict(shares).values()) == 1
    assert frame[frame["column"] == 0]["picture"].nunique() == 1
    assert (frame[frame["column"] == 0]["changed"] == 0).all()
