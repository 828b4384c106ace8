"""Digits brought to one size and place: what a network reads has to be prepared as what it learned from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from playground.images.data import Pictures
from playground.later import F, torch

SIZE = 28
"""Height and width of a digit's picture."""
INK = 20
"""The longer side of a centred digit, in pixels, as in MNIST (LeCun et al. 1998, section III A)."""
SEEN = 0.2
"""Pixels brighter than this share of the brightest belong to the digit."""
SIDE, MARGIN = 22, 3
"""Handwritten digits of 8 × 8 are enlarged to 22 × 22 and get a margin: then they are as large as printed ones."""


def enlarged(pictures: Pictures) -> Pictures:
    """Small digits as large as printed ones."""
    grown = F.interpolate(torch.from_numpy(pictures.images), size=(SIDE, SIDE), mode="bilinear")
    return Pictures(F.pad(grown, (MARGIN,) * 4).numpy(), pictures.labels, pictures.classes)


def centred(picture: NDArray[np.floating]) -> NDArray[np.float32]:
    """The digit of a picture (28, 28), its longer side 20 pixels, in the middle; an empty picture stays as it is."""
    seen = picture > SEEN * picture.max()
    rows, columns = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
    if not len(rows):
        return picture.astype(np.float32)
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    share = max(bottom - top, right - left) / INK
    return sampled(picture, ((top + bottom) / 2, (left + right) / 2), share)


def sampled(picture: NDArray[np.floating], middle: tuple[float, float], share: float) -> NDArray[np.float32]:
    """A picture (28, 28) of another one, bilinear between its pixels, black beyond it.

    Args:
        middle: row and column of the place that comes to the middle; 14, 14 is the picture's own.
        share: pixels of the picture that one pixel of the new one is wide.
    """
    steps = (np.arange(SIZE) + 0.5 - SIZE / 2) * share - 0.5
    padded = np.pad(np.asarray(picture, dtype=np.float64), 1)

    def weights(place: float) -> NDArray[np.float64]:
        """Of each pixel of the padded picture (30) in each line of the new one (28)."""
        at = np.clip(steps + place, -1, SIZE)[:, None] + 1
        return np.maximum(0.0, 1 - np.abs(at - np.arange(SIZE + 2)))

    return (weights(middle[0]) @ padded @ weights(middle[1]).T).astype(np.float32)
