"""What excites the units of a convolutional network most: the patches that their largest answers come from."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from playground.images.experiment import ImageExperiment

if TYPE_CHECKING:
    from playground.images.trainer import ImageTrainer


@dataclass(frozen=True)
class Field:
    """The receptive fields of a block: what each number of its maps is made from (Dumoulin & Visin 2016, chapter 5).

    Args:
        size: height and width in pixels.
        jump: pixels from the field of one number to that of the next.
        middle: where the middle of the first one lies, in pixels from the picture's border.
    """

    size: int
    jump: float
    middle: float

    def corner(self, place: int) -> int:
        """Where the field of the map's ``place`` begins; below 0 where it reaches beyond the picture."""
        return math.floor(self.middle + place * self.jump - self.size / 2 + 0.5)


def fields(experiment: ImageExperiment) -> tuple[Field, ...]:
    """The receptive fields of each block of a convolutional network.

    With fractional pooling, whose windows begin one or two pixels apart, they are those of even windows.
    """
    size, jump, middle, found = 1, 1.0, 0.5, []
    for before, after in zip(experiment.map_sizes, experiment.map_sizes[1:], strict=False):
        size += round((experiment.kernel_size - 1) * jump)  # as much is padded as the kernel reaches
        if experiment.pooling == "strided":
            jump *= 2
        elif experiment.pooling != "none":  # windows of 2 × 2
            size += round(jump)
            middle += jump / 2
            jump *= (before[0] - 2) / max(1, after[0] - 1) if experiment.pooling == "fractional" else 2
        found.append(Field(size, jump, middle))
    return tuple(found)


def patches(
    trainer: ImageTrainer, images: NDArray[np.float32], units: int, count: int = 1
) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """The patches that excite the first units of each block most, at most one of each picture.

    Args:
        trainer: of a convolutional network.
        images: (n, channels, height, width) to choose from.
        units: how many of a block; fewer where it has fewer.
        count: patches of each unit.

    Returns:
        For each block the patches (units, count, channels, size, size), the strongest first, black where they reach
        beyond the picture and no larger than it, and the answers (units, count).
    """
    found = []
    for maps, field in zip(trainer.maps(images), fields(trainer.experiment), strict=True):
        shown = maps[:, :units]
        flat = shown.reshape(*shown.shape[:2], -1)
        best = flat.argmax(2)  # (n, units): of each picture one place
        answers = np.take_along_axis(flat, best[..., None], 2)[..., 0]
        order = np.argsort(-answers, axis=0, kind="stable")[:count].T  # (units, count)
        size = min(field.size, images.shape[2])
        side = field.size - size
        padded = np.pad(images, ((0, 0), (0, 0), (field.size, field.size), (field.size, field.size)))
        cut = np.empty((*order.shape, images.shape[1], size, size), dtype=np.float32)
        for unit, number in np.ndindex(*order.shape):
            picture = order[unit, number]
            places = np.unravel_index(best[picture, unit], shown.shape[2:])
            top, left = (field.corner(int(place)) + field.size + side // 2 for place in places)
            cut[unit, number] = padded[picture, :, top : top + size, left : left + size]
        found.append((cut, np.take_along_axis(answers.T, order, 1)))
    return found
