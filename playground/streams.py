"""The named random streams of an experiment.

Everything random draws from its own NumPy generator, seeded with ``[seed, stream]``. Switching one
kind of noise on therefore leaves the others, the data and the batch order as they were. Weights are
drawn by a ``torch.Generator`` instead, seeded with the weights' own seed.
"""

from __future__ import annotations

from typing import Final

import numpy as np

DATA: Final = 0
"""Positions of the points, their noise, and the choice of rows from a real data set."""

SPLIT: Final = 1
"""Which points train and which test."""

LABEL_NOISE: Final = 2
"""Which training labels are wrong, and how."""

ORDER: Final = 4
"""Order of the training points in each epoch."""

DROPOUT: Final = 5
"""Masks of dropped units."""

DROPCONNECT: Final = 6
"""Masks of dropped weights."""

INPUT_NOISE: Final = 7
"""Noise added to the inputs in training."""

MIXUP: Final = 8
"""Mixing shares and partners."""

STOCHASTIC_DEPTH: Final = 9
"""Which residual blocks a step keeps."""

DROPOUT_2D: Final = 10
"""Masks of dropped channels."""

FRACTIONAL: Final = 11
"""Places of the regions of fractional pooling."""

AUGMENTATION: Final = 12
"""What is done to pictures in training."""


RESAMPLING: Final = 13
"""Which points of a rare class an epoch shows once more."""


def generator(seed: int, stream: int) -> np.random.Generator:
    """A fresh generator of one stream.

    Args:
        seed: the experiment's seed, 0 to 2³¹ - 1.
        stream: one of this module's constants.
    """
    return np.random.default_rng([seed, stream])
