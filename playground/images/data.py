"""Sets of pictures by name, with their classes: read or drawn, the same for the same seed. No PyTorch is needed."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from playground import streams
from playground.images import glyphs, shapes
from playground.registry import InvalidValue, Registry, Technique, whole
from playground.text import text

MOST = 10_000
"""Pictures that one set gives at most."""
FASHION = Path("/usr/share/datasets/fashion-mnist")
"""Where Debian's package ``dataset-fashion-mnist`` puts Fashion-MNIST."""
DRAWN = 100
"""Pictures that are drawn in a slice of work, some 0.05 s."""
PREVIEW = 2_000
"""Pictures of a drawn set where nobody says how many."""


@dataclass(frozen=True, eq=False)
class Pictures:
    """Pictures with their classes.

    Args:
        images: float32 ``(n, channels, height, width)`` in [0, 1].
        labels: int64 ``(n,)`` from 0.
        classes: the classes' keys; texts ``images.classes.<key>`` name those of more than one sign.
    """

    images: NDArray[np.float32]
    labels: NDArray[np.int64]
    classes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)

    def of(self, rows: NDArray[np.int64] | slice) -> Pictures:
        """Some of them."""
        return Pictures(self.images[rows], self.labels[rows], self.classes)


Drawn = tuple[NDArray[np.float32], NDArray[np.int64]]


@dataclass(frozen=True, kw_only=True)
class PictureSet(Technique):
    """A set of pictures.

    Args:
        classes: the classes' keys.
        shape: channels, height, width.
        altered: augmentations that can make another class of a picture, or none: symmetries that are not true of it.
        most: pictures that it gives at most.
        usual: pictures where nobody says how many.
        drawn: one after the other, which takes time; the others are read at once.
        take: ``(numbers, seed)`` -> the pictures of these numbers and their labels. The classes of the first n are as
            even as can be.
    """

    classes: tuple[str, ...]
    shape: tuple[int, int, int]
    altered: tuple[str, ...] = ()
    most: int
    usual: int
    drawn: bool = False
    take: Callable[[range, int], Drawn]


PICTURE_SETS: Registry[PictureSet] = Registry("picture_sets")


def load(name: str, count: int | None = None, seed: int = 0) -> Pictures:
    """Pictures of a set, the classes as even as can be.

    Args:
        name: of ``PICTURE_SETS``.
        count: how many; None: ``usual`` ones. At least one of each class, at most ``most`` (10,000 in every set).
        seed: chooses or draws them; with the same seed fewer pictures are the first of more.

    Raises:
        InvalidValue: an unknown name, a count out of range, or a set that is not on this computer.
    """
    *_, last = loading(name, count, seed)
    assert last is not None
    return last


def loading(name: str, count: int | None = None, seed: int = 0) -> Iterator[Pictures | None]:
    """``load`` in slices of ``DRAWN`` pictures: None after each, in the end all of them."""
    found = PICTURE_SETS[PICTURE_SETS.spec(name, "dataset").name]
    number = whole("n_samples", found.usual, len(found.classes), found.most)
    wanted = range(number.default if count is None else number.check(count))
    slices = [wanted[first : first + DRAWN] for first in wanted[::DRAWN]] if found.drawn else [wanted]
    parts = []
    for some in slices:
        yield None
        parts.append(found.take(some, seed))
    images, labels = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    yield Pictures(images, labels, found.classes)


def class_name(key: str, language: str) -> str:
    """What a class is called; digits and letters are their own names."""
    return key if len(key) == 1 else text(f"images.classes.{key}", language)


def split(pictures: Pictures, train_fraction: float, seed: int) -> tuple[Pictures, Pictures]:
    """Training and test part, in random order; of every class that has two pictures some stand in both.

    Args:
        train_fraction: share of each class that trains, 0 to 1.
    """
    order = np.argsort(streams.generator(seed, streams.SPLIT).random(len(pictures)), kind="stable")
    trains = np.zeros(len(pictures), dtype=bool)
    for label in np.unique(pictures.labels):
        rows = order[pictures.labels[order] == label]
        least = min(1, len(rows) - 1)
        trains[rows[: min(max(round(len(rows) * train_fraction), least), len(rows) - least)]] = True
    return pictures.of(order[trains[order]]), pictures.of(order[~trains[order]])


def evenly(labels: NDArray[np.int64], order: NDArray[np.int64]) -> NDArray[np.int64]:
    """All rows, the first of each class in turn, those of a class in the given order."""
    turn = np.empty(len(labels), dtype=np.int64)
    for label in np.unique(labels):
        rows = order[labels[order] == label]
        turn[rows] = np.arange(len(rows))
    return np.lexsort((labels, turn))


def _chosen(
    images: NDArray[np.uint8], labels: NDArray[np.int64], full: float, numbers: range, seed: int
) -> Drawn:
    """Of stored pictures ``(n, height, width)`` the first of each class in turn, shuffled before."""
    rows = evenly(labels, streams.generator(seed, streams.DATA).permutation(len(labels)))[numbers]
    return (images[rows, None] / full).astype(np.float32), labels[rows]


def _digits(numbers: range, seed: int) -> Drawn:
    from sklearn.datasets import load_digits  # slow to import

    table = load_digits()
    return _chosen(table.images, table.target.astype(np.int64), 16, numbers, seed)


def _shapes(numbers: range, seed: int) -> Drawn:
    labels = np.array(numbers) % len(shapes.SHAPES)
    drawn = [
        shapes.picture(seed, number, shapes.SHAPES[label], None)
        for number, label in zip(numbers, labels, strict=True)
    ]
    return np.stack(drawn), labels


def _colours(numbers: range, seed: int) -> Drawn:
    names = tuple(shapes.COLOURS)
    kinds = streams.generator(seed, streams.DATA).integers(len(shapes.SHAPES), size=MOST)
    labels = np.array(numbers) % len(names)
    drawn = [
        shapes.picture(seed, number, shapes.SHAPES[kinds[number]], names[label])
        for number, label in zip(numbers, labels, strict=True)
    ]
    return np.stack(drawn), labels


def _written(numbers: range, seed: int, signs: str) -> Drawn:
    """Printed signs, each in turn."""
    labels = np.array(numbers) % len(signs)
    drawn = [
        glyphs.picture(seed, number, signs[label]) for number, label in zip(numbers, labels, strict=True)
    ]
    return np.stack(drawn), labels


def _fashion(numbers: range, seed: int) -> Drawn:
    images, labels = (FASHION / f"train-{part}-ubyte.gz" for part in ("images-idx3", "labels-idx1"))
    if not (images.is_file() and labels.is_file()):
        raise InvalidValue("dataset", "sentence.no_fashion", package="dataset-fashion-mnist")
    return _chosen(read_idx(images), read_idx(labels).astype(np.int64), 255, numbers, seed)


def read_idx(path: Path) -> NDArray[np.uint8]:
    """The bytes of a packed IDX file as an array (LeCun's format: two zeros, type 8, dimensions, their sizes)."""
    data = gzip.decompress(path.read_bytes())
    sizes = np.frombuffer(data, ">i4", data[3], 4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(tuple(sizes))


_TEN = tuple(str(digit) for digit in range(10))
LETTERS = tuple("ABCDEFGHIJ")

PICTURE_SETS.add(
    PictureSet(
        name="digits",
        formula=r"x \in \{0, \tfrac{1}{16}, \dots, 1\}^{1 \times 8 \times 8}",
        source="Alpaydin & Kaynak 1998, Optical Recognition of Handwritten Digits, UCI; its test part, in scikit-learn",
        classes=_TEN,
        shape=(1, 8, 8),
        altered=("mirror", "flip", "rotate"),
        most=1_797,
        usual=1_797,
        take=_digits,
    )
)
PICTURE_SETS.add(
    PictureSet(
        name="shapes",
        formula=r"x \in [0, 1]^{3 \times 32 \times 32}, \quad y = \text{shape}",
        source="drawn here (2026): shape × colour × size × place × angle on noisy ground",
        classes=shapes.SHAPES,
        shape=(3, shapes.SIZE, shapes.SIZE),
        most=MOST,
        usual=PREVIEW,
        drawn=True,
        take=_shapes,
    )
)
PICTURE_SETS.add(
    PictureSet(
        name="colours",
        formula=r"x \in [0, 1]^{3 \times 32 \times 32}, \quad y = \text{colour}",
        source="drawn here (2026): the shapes again, told apart by their colour",
        classes=tuple(shapes.COLOURS),
        shape=(3, shapes.SIZE, shapes.SIZE),
        altered=("hue",),
        most=MOST,
        usual=PREVIEW,
        drawn=True,
        take=_colours,
    )
)
PICTURE_SETS.add(
    PictureSet(
        name="glyphs",
        formula=r"x \in [0, 1]^{1 \times 28 \times 28}",
        source="drawn here (2026): digits of Source Sans, Code, Serif and Aileron, turned, sheared and shifted",
        classes=_TEN,
        shape=(1, glyphs.SIZE, glyphs.SIZE),
        altered=("mirror", "flip", "rotate"),
        most=MOST,
        usual=PREVIEW,
        drawn=True,
        take=partial(_written, signs="0123456789"),
    )
)
PICTURE_SETS.add(
    PictureSet(
        name="letters",
        formula=r"x \in [0, 1]^{1 \times 28 \times 28}",
        source="drawn here (2026): letters of the same fonts, A to J as in notMNIST (Bulatov 2011)",
        classes=LETTERS,
        shape=(1, glyphs.SIZE, glyphs.SIZE),
        altered=("mirror", "flip", "rotate"),
        most=MOST,
        usual=PREVIEW,
        drawn=True,
        take=partial(_written, signs="".join(LETTERS)),
    )
)
PICTURE_SETS.add(
    PictureSet(
        name="fashion",
        proper_name=True,
        formula=r"x \in \{0, \tfrac{1}{255}, \dots, 1\}^{1 \times 28 \times 28}",
        source="Xiao, Rasul & Vollgraf 2017, Fashion-MNIST: a novel image dataset; its training part",
        classes=(
            "shirt_t",
            "trousers",
            "pullover",
            "dress",
            "coat",
            "sandal",
            "shirt",
            "sneaker",
            "bag",
            "boot",
        ),
        shape=(1, 28, 28),
        altered=("flip",),
        most=MOST,
        usual=PREVIEW,
        take=_fashion,
    )
)
