"""Input noise, mixup, label smoothing and augmentation: the points that training sees instead of the given ones."""

from __future__ import annotations

import numpy as np
import pandas as pd

from playground.data.prepare import prepare
from playground.engine.noise import NoiseSource
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.labs.contours import isolines
from playground.labs.generalization_augmentation import AUGMENTATIONS, augmented
from playground.labs.generalization_runs import (
    Grid,
    Treatment,
    accuracy_of,
    epochs_for,
    fresh,
    scores,
    sigmoid,
    trained,
    treated,
)
from playground.streams import generator

NOISES = ("input_noise", "mixup", "label_smoothing")
"""Treatments of the mini-batch that the playground has."""


def seen_points(base: Experiment, treatment: Treatment, draws: int = 4) -> pd.DataFrame:
    """What training is shown in ``draws`` epochs of full batches, or the augmented training part.

    Returns:
        Columns ``x1``, ``x2``, ``label`` (0 to 1: mixed and smoothed labels lie between), ``kind``
        (``"given"`` or ``"made"``). Mixed and noisy points are shown in the data's own units, so this is for
        experiments whose features are x₁ and x₂ without preprocessing.
    """
    data = prepare(base)
    X, y = data.X_train, data.y_train.astype(float)
    frames = [_frame(X, y, "given")]
    n = len(y)
    if treatment.name in AUGMENTATIONS:
        moved, labels = augmented(X, y, AUGMENTATIONS[treatment.name], treatment.strength, base.seed)
        frames.append(_frame(moved[n:], labels[n:], "made"))
    elif treatment.name == "label_smoothing":
        frames.append(_frame(X, smoothed(y, treatment.strength), "made"))
    elif treatment.name in NOISES and treatment.strength > 0:
        noise = NoiseSource(treated(base, treatment)).draw(np.full(draws, n))
        for k in range(draws):
            rows = slice(k * n, (k + 1) * n)
            if treatment.name == "input_noise":
                frames.append(_frame(X + noise.inputs[rows], y, "made"))
            else:
                share, partner = noise.lams[k], noise.partners[rows]
                mixed = share * X + (1 - share) * X[partner]
                frames.append(_frame(mixed, share * y + (1 - share) * y[partner], "made"))
    return pd.concat(frames, ignore_index=True)


def smoothed(y: np.ndarray, epsilon: float) -> np.ndarray:
    """Targets of two classes under label smoothing, y(1 − ε) + ε/2."""
    return y * (1 - epsilon) + epsilon / 2


def _frame(X: np.ndarray, labels: np.ndarray, kind: str) -> pd.DataFrame:
    return pd.DataFrame({"x1": X[:, 0], "x2": X[:, 1], "label": labels, "kind": kind})


def boundary(trainer: Trainer, kind: str, grid: Grid | None = None) -> pd.DataFrame:
    """The line where a network's two classes meet: columns ``kind``, ``x``, ``y``, ``x2``, ``y2``."""
    grid = grid or Grid.over(trainer.data.domain)
    found = isolines(grid.x, grid.y, grid.heights(scores(trainer, grid.X)), np.array([0.0]))
    return found.drop(columns="level").assign(kind=kind)


LOOKS = 32
"""Moved copies of a test point that are asked about."""
LOOK_STREAM = 32
"""Of the random numbers that move them."""


def at_test_time(base: Experiment, treatment: Treatment, epochs: int) -> dict[str, float]:
    """Accuracy on fresh points with and without an augmentation, in training and in evaluation.

    In evaluation a point and ``LOOKS`` moved copies of it are asked about, and the probabilities averaged.

    Returns:
        ``plain`` and ``trained`` (the network with augmented training), each asked once; ``plain_looks`` and
        ``trained_looks``, averaged over the copies.
    """
    X, y = fresh(base)
    entry, rng = AUGMENTATIONS[treatment.name], generator(base.seed, LOOK_STREAM)
    copies = [X, *(entry.move(X, treatment.strength, rng) for _ in range(LOOKS))]
    found = {}
    for name, experiment in (("plain", base), ("trained", treated(base, treatment))):
        network = trained(experiment, epochs_for(base, experiment, epochs))
        answers = np.array([sigmoid(scores(network, copy)) for copy in copies])
        found[name] = accuracy_of(answers[0] - 0.5, y)
        found[f"{name}_looks"] = accuracy_of(answers.mean(axis=0) - 0.5, y)
    return found


def holds(treatment: Treatment, dataset: str) -> bool | None:
    """Whether an augmentation keeps the classes of a data set; None for other treatments."""
    if treatment.name not in AUGMENTATIONS:
        return None
    return dataset in AUGMENTATIONS[treatment.name].holds
