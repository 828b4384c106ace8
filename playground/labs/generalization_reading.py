"""Reading errors: from training and validation error to a diagnosis.

The 2×2 table of the lecture: is the training error low, and is the validation error near it?
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.labs.generalization_runs import SMALL, trained

Cell = Literal["good", "overfit", "underfit", "both", "odd"]
CELLS: tuple[Cell, ...] = ("good", "overfit", "underfit", "both", "odd")

GOAL = 0.1
"""Error that counts as low: what the task allows, with label noise and overlap."""
GAP = 0.05
"""Distance of the two errors that counts as small."""


@dataclass(frozen=True)
class Reading:
    """A diagnosis.

    Args:
        cell: of the table: ``good`` (low, near), ``overfit`` (low, far above), ``underfit`` (high, near), ``both``
            (high, far above), ``odd`` (validation far below training: noise in training, an easy or leaked part).
        train, validation: the errors.
        excess: training error above the goal, from 0: what is left to fit (bias).
        gap: validation minus training error (variance).
    """

    cell: Cell
    train: float
    validation: float
    excess: float
    gap: float


def read(train: float, validation: float, goal: float = GOAL, tolerance: float = GAP) -> Reading:
    """The diagnosis for two errors in [0, 1].

    Args:
        goal: largest training error that counts as low.
        tolerance: largest distance of the two that counts as small.

    Raises:
        ValueError: an error that is no number from 0 to 1.
    """
    for value in (train, validation):
        if not (math.isfinite(value) and 0 <= value <= 1):
            raise ValueError(f"an error is a share from 0 to 1, got {value}")
    high, gap = train > goal, validation - train
    cell: Cell
    if gap < -tolerance:
        cell = "odd"
    elif gap > tolerance:
        cell = "both" if high else "overfit"
    else:
        cell = "underfit" if high else "good"
    return Reading(cell, train, validation, max(0.0, train - goal), gap)


def errors(trainer: Trainer) -> tuple[float, float] | None:
    """Training and test error of a run as shares: of wrong answers, or in regression of the target's variance.

    None where there is no such number (a diverged or constant target).
    """
    last = trainer.history.last()
    if trainer.experiment.task != "regression":
        found = 1 - last["accuracy_train"], 1 - last["accuracy_test"]
    else:
        data, parts = trainer.data, []
        for F, y in ((data.F_train, data.y_train), (data.F_test, data.y_test)):
            values = trainer.engine.forward(F)[-1][:, 0]
            spread = float(np.var(y))
            parts.append(float(np.mean((values - y) ** 2)) / spread if spread > 0 else math.nan)
        found = parts[0], parts[1]
    if not all(math.isfinite(v) for v in found):
        return None
    return min(1.0, max(0.0, found[0])), min(1.0, max(0.0, found[1]))


EXAMPLES: dict[str, Experiment] = {
    "linear": SMALL.replace(
        dataset="circle", hidden=(), noise=0.0, label_noise=0.0, n_samples=200, train_fraction=0.5
    ),
    "large": SMALL.replace(label_noise=0.2),
    "regularized": SMALL.replace(label_noise=0.0, noise=0.1, l2=1.0),
    "both": SMALL.replace(dataset="spiral", noise=0.1, label_noise=0.0, hidden=(4,), seed=6),
    "right": SMALL.replace(
        dataset="circle", noise=0.0, label_noise=0.0, n_samples=600, train_fraction=0.5, l2=0.003
    ),
}
"""Runs of which one at least lands in each of the four cells of low and high, near and far."""


def examples(epochs: int = 200) -> pd.DataFrame:
    """The examples trained: columns ``name``, ``train``, ``validation``, ``cell``."""
    rows = []
    for name, experiment in EXAMPLES.items():
        found = errors(trained(experiment, epochs))
        if found is not None:
            rows.append((name, *found, read(*found).cell))
    return pd.DataFrame(rows, columns=["name", "train", "validation", "cell"])
