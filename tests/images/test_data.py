"""Sets of pictures: shapes, ranges, balance, the same for the same seed, read from the files that Debian brings."""

from __future__ import annotations

import gzip
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from playground.images import data, shapes
from playground.images.data import PICTURE_SETS, load, split
from playground.registry import InvalidValue
from playground.text import LANGUAGES, text
from playground.text.refusals import plain

HERE = [name for name in PICTURE_SETS if name != "fashion" or data.FASHION.is_dir()]


@pytest.mark.parametrize("name", HERE)
def test_a_set_gives_what_it_says(name: str) -> None:
    found = PICTURE_SETS[name]
    pictures = load(name, 63, seed=2)
    assert pictures.images.shape == (63, *found.shape)
    assert pictures.images.dtype == np.float32
    assert pictures.labels.dtype == np.int64
    assert pictures.classes == found.classes
    assert 0 <= pictures.images.min() < pictures.images.max() <= 1
    counts = np.bincount(pictures.labels, minlength=len(found.classes))
    assert counts.max() - counts.min() <= 1


@pytest.mark.parametrize("name", HERE)
def test_fewer_pictures_of_a_seed_are_the_first_of_more(name: str) -> None:
    few, many, other = load(name, 20, seed=1), load(name, 40, seed=1), load(name, 20, seed=2)
    np.testing.assert_array_equal(few.images, many.images[:20])
    np.testing.assert_array_equal(few.labels, many.labels[:20])
    assert not np.array_equal(few.images, other.images)


@pytest.mark.parametrize("name", PICTURE_SETS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_sets_and_classes_have_texts(name: str, language: str) -> None:
    assert text(f"images.sets.{name}.label", language)
    assert text(f"images.sets.{name}.tip", language)
    for key in PICTURE_SETS[name].classes:
        assert len(key) == 1 or text(f"images.classes.{key}", language)


def test_the_digits_are_scikit_learns() -> None:
    from sklearn.datasets import load_digits

    whole, table = load("digits"), load_digits()
    assert len(whole) == 1797
    np.testing.assert_array_equal(np.bincount(whole.labels), np.bincount(table.target))
    ours = np.sort(whole.images.reshape(1797, 64) @ np.arange(64))
    theirs = np.sort(table.data / 16 @ np.arange(64))
    np.testing.assert_allclose(ours, theirs, atol=1e-3)


def test_the_split_takes_the_same_share_of_each_class() -> None:
    pictures = load("shapes", 50)
    train, test = split(pictures, 0.3, seed=4)
    np.testing.assert_array_equal(np.bincount(train.labels), [3] * 5)
    np.testing.assert_array_equal(np.bincount(test.labels), [7] * 5)
    both = {image.tobytes() for image in train.images} | {image.tobytes() for image in test.images}
    assert len(both) == 50
    again, _ = split(pictures, 0.3, seed=4)
    np.testing.assert_array_equal(train.images, again.images)
    least, rest = split(pictures, 0.0, seed=4)
    assert (len(least), len(rest)) == (5, 45)
    most, left = split(pictures, 1.0, seed=4)
    assert (len(most), len(left)) == (45, 5)


@pytest.mark.parametrize("count", [4, 10_001, 7.5, "many"])
def test_a_count_out_of_range_is_refused(count: object) -> None:
    with pytest.raises(InvalidValue, match="n_samples: expected a whole number from 5 to 10,000"):
        load("shapes", count)  # type: ignore[arg-type]
    with pytest.raises(InvalidValue, match="1,797"):
        load("digits", 1798)
    with pytest.raises(InvalidValue, match="did you mean shapes"):
        load("shape")


def test_shapes_lie_where_their_formula_says() -> None:
    """By hand, radius 8: the square's side is 8 √2, so its edge is 5.657 away; a triangle's edge is 4 away, its corner
    8; the star's tip is 8 away, its notch 8 · 0.309 / cos 36° = 3.056; an arm of the cross is 7.6 long and 4.96 wide.
    """

    def at(shape: str, u: float, v: float) -> float:
        return float(shapes.distance(shape, np.full((1, 1), u), np.full((1, 1), v), 8.0)[0, 0])

    assert at("circle", 8, 0) == pytest.approx(0)
    assert at("square", 8 / 2**0.5, 3) == pytest.approx(0)
    assert at("triangle", 4, 0) == pytest.approx(0)
    assert at("triangle", -8, 0) == pytest.approx(0, abs=1e-9)
    assert at("star", 8, 0) == pytest.approx(0, abs=1e-9)
    assert at("star", -3.0557, 0) == pytest.approx(0, abs=1e-3)
    assert at("cross", 7.6, 1) == pytest.approx(0)
    assert at("cross", 1, 2.48) == pytest.approx(1 - 2.48)
    assert at("cross", 4, 2.48) == pytest.approx(0)


def test_the_colour_is_the_class_of_the_colours() -> None:
    pictures = load("colours", 30)
    for image, label in zip(pictures.images, pictures.labels, strict=True):
        paint = np.array(list(shapes.COLOURS.values()))
        strongest = image.reshape(3, -1)[:, np.argmax(np.ptp(image, axis=0))]
        assert np.argmin(np.abs(paint - strongest).sum(1)) == label


def test_fashion_mnist_is_read_where_it_is_and_else_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data, "FASHION", tmp_path)
    with pytest.raises(InvalidValue) as refused:
        load("fashion")
    for language in LANGUAGES:
        assert "dataset-fashion-mnist" in plain(refused.value, language)
    images = np.arange(20 * 28 * 28, dtype=np.uint32).reshape(20, 28, 28).astype(np.uint8)
    labels = (np.arange(20) % 10).astype(np.uint8)
    for part, array in (("images-idx3", images), ("labels-idx1", labels)):
        header = struct.pack(f">BBBB{array.ndim}i", 0, 0, 8, array.ndim, *array.shape)
        (tmp_path / f"train-{part}-ubyte.gz").write_bytes(gzip.compress(header + array.tobytes()))
    found = load("fashion", 20)
    row = int(np.flatnonzero((found.images[:, 0] * 255 == images[13]).all((1, 2)))[0])
    assert found.labels[row] == 3


def test_pictures_need_no_pytorch() -> None:
    code = (
        "import sys; from playground.images.data import load, split\n"
        "split(load('glyphs', 20), 0.5, 0); load('shapes', 9)\n"
        "assert not {'torch', 'pandas', 'sklearn', 'streamlit'} & set(sys.modules), sorted(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
