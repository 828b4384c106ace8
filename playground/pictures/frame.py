"""What a frame of a network on pictures holds: a picture, the first layer's filters, maps, and the class scores."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from playground.images.exciting import patches
from playground.images.trainer import ImageTrainer

MOST = 16
"""Filters of the first layer, and maps of each block, that are shown."""
LOOKED_THROUGH = 64
"""Test pictures among which the strongest answer is looked for: that takes about as long as a step."""
MIDDLE, REACH = 128, 127
"""The level of zero in filters, and how far from it the largest of their numbers is."""
Levels = NDArray[np.uint8]


@np.errstate(over="ignore", invalid="ignore")  # a run that diverges is shown up to its end
def arrays(trainer: ImageTrainer, picture: NDArray[np.float32]) -> dict[str, np.ndarray]:
    """All of it, in levels from 0 to 255. What is not finite any more is zero.

    Args:
        picture: (channels, height, width) from 0 to 1.

    Returns:
        ``seen``: the picture. ``filters``: (n, h, w), the mean over their channels, each with zero at ``MIDDLE``; a
        network without convolutions has the weights of its first units, as pictures. ``maps_<i>``: (n, h, w) of block
        i, zero is black, all on one scale. ``shares``: float32, the softmax of the scores.
    """
    found: dict[str, np.ndarray] = {"seen": _levels(picture, 1.0), "filters": filters(trainer)}
    maps, scores = trainer.look(picture)
    for block, values in enumerate(maps):
        shown = values[:MOST] if values.ndim == 3 else values[:MOST, None, None]
        found[f"maps_{block}"] = _levels(shown, float(shown.max()))
    shares = np.exp(np.nan_to_num(scores - scores.max()))
    return found | {"shares": (shares / shares.sum()).astype(np.float32)}


@np.errstate(over="ignore", invalid="ignore")
def excited(trainer: ImageTrainer) -> dict[str, Levels]:
    """What excites the units; nothing of a network without convolutions.

    Returns:
        ``patches_<i>``, (n, channels, size, size) of block i: for each unit shown the patch of some test pictures
        at which it answers most strongly.
    """
    if trainer.experiment.network != "conv":
        return {}
    found = patches(trainer, trainer.test.images[:LOOKED_THROUGH], MOST)
    return {f"patches_{block}": _levels(cut[:, 0], 1.0) for block, (cut, _) in enumerate(found)}


def filters(trainer: ImageTrainer) -> Levels:
    """The first layer's weights (n, h, w), blue end at 1, zero at ``MIDDLE``, orange end at 255."""
    first = next(p for p in trainer.network.parameters() if p.dim() > 1).detach().cpu().numpy()[:MOST]
    if first.ndim == 2:
        first = first.reshape(len(first), *trainer.train.images.shape[1:])
    mean = first.mean(1)
    most = np.maximum(np.abs(mean).max((1, 2), keepdims=True), 1e-12)
    return np.rint(MIDDLE + REACH * mean / most).astype(np.uint8)


def _levels(values: NDArray[np.float32], most: float) -> Levels:
    """0 and less to 0, ``most`` and more to 255."""
    scale = 255 / most if 0 < most < np.inf else 255.0
    # Of a number and one that is none both give the number: first 0, so that what is not finite is dark or bright.
    found = np.fmin(np.fmax(values, 0.0), np.float32(255 / scale)) * np.float32(scale)
    return np.rint(found).astype(np.uint8)
