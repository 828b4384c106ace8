"""Input noise, mixup, label smoothing and augmentation: the points that training sees instead of the given ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from playground.chapters.generalization import charts
from playground.chapters.generalization.moves import AUGMENTATIONS, augmented
from playground.chapters.generalization.runs import (
    NONE,
    Treatment,
    boundary,
    epochs_for,
    measured,
    trained,
    treated,
)
from playground.chapters.section import Figure, Table
from playground.data.prepare import prepare
from playground.engine.noise import NoiseSource
from playground.experiment import Experiment

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


# --- one treatment looked at ----------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Seen:
    """One treatment beside nothing, on one data set.

    Args:
        points: of ``seen_points``.
        boundaries: columns ``kind`` (``"none"``, ``"chosen"``), ``x``, ``y``, ``x2``, ``y2``.
        numbers: of ``runs.measured``, by the same kinds.
    """

    points: pd.DataFrame
    boundaries: pd.DataFrame
    numbers: dict[str, dict[str, float]]


def looked_at(base: Experiment, treatment: Treatment, epochs: int) -> Iterator[tuple[float, Seen]]:
    """Train without and with a treatment, with as many updates."""
    points = seen_points(base, treatment)
    frames, numbers = [], {}
    for number, (kind, one) in enumerate((("none", NONE), ("chosen", treatment)), start=1):
        own = treated(base, one)
        trainer = trained(own, epochs_for(base, own, epochs))
        frames.append(boundary(trainer, kind))
        numbers[kind] = measured(trainer, base)
        yield number / 2, Seen(points, pd.concat(frames, ignore_index=True), dict(numbers))


def figure(found: Seen, base: Experiment, called: str, language: str) -> Figure:
    """What training sees, and the boundaries that come of it."""
    kinds = {
        "none": charts.Line(charts.say("treatments.none", language), charts.MEMBER, 2),
        "chosen": charts.Line(called, charts.AVERAGE, 3.5),
    }
    return charts.map_figure(found.boundaries, found.points, prepare(base).domain, kinds, language)


def table(found: Seen, called: str, language: str) -> Table:
    """Accuracies and losses without and with the treatment."""
    names = {"none": charts.say("treatments.none", language), "chosen": called}
    rows = [
        (
            names[kind],
            f"{numbers['accuracy_train']:.1%}",
            f"{numbers['accuracy_test']:.1%}",
            f"{numbers['loss_test']:.3f}",
        )
        for kind, numbers in found.numbers.items()
    ]
    frame = pd.DataFrame(rows, columns=["name", "accuracy_train", "accuracy_test", "loss_test"])
    return Table(frame, charts.titles(frame.columns.tolist(), language))


def values(found: Seen) -> dict[str, object]:
    """The numbers that a verdict says: test accuracies in percent, test losses, and the gain."""
    none, chosen = found.numbers["none"], found.numbers["chosen"]
    return {
        "test_none": f"{100 * none['accuracy_test']:.1f}",
        "test": f"{100 * chosen['accuracy_test']:.1f}",
        "loss_none": f"{none['loss_test']:.2f}",
        "loss": f"{chosen['loss_test']:.2f}",
    }
