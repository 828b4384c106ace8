"""What the chapter's sections share: the base experiment, runs at points of the plane, fresh points to test on.

Runs hold out a validation part, and it chooses; the visitor's own experiment does if it says no other thing. What is
called a test below are points that were drawn anew and that chose nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from playground.chapters.controls import Own, Settings, Technique
from playground.chapters.running import fast as fast
from playground.chapters.running import trained as trained
from playground.chapters.section import Found, Lanes
from playground.data import DATASETS
from playground.engine.trainer import Trainer
from playground.experiment import FIELDS, Experiment
from playground.tuning.space import Field

BASE = Experiment(
    dataset="moons", n_samples=300, noise=0.2, hidden=(8, 8), train_fraction=0.9, validation_fraction=0.444
)
"""A small network on two moons that overlap a little: 150 points to train on, 120 to choose by, 30 to test on."""
RATES = (1e-4, 1.0)
"""Learning rates that a search covers, logarithmically."""
DECAYS = (1e-5, 0.1)
"""Weight decays that a search covers, logarithmically."""
SPACE: Mapping[str, Field] = {
    "learning_rate": (*RATES, "log"),
    "weight_decay": (*DECAYS, "log"),
    "l2": (*DECAYS, "log"),
    "batch_size": (4, 64, "log"),
    "dropout": (0.0, 0.5),
    "hidden": [(4,), (8,), (16,), (8, 8), (16, 16), (8, 8, 8)],
    "activation": ["sigmoid", "tanh", "relu", "gelu"],
    "optimizer": ["sgd", "momentum", "rmsprop", "adam"],
    "init": ["xavier_normal", "he_normal", "lecun_normal", "zeros"],
}
"""Where a search over several fields looks for each."""
MEASURES = ("loss", "class_weighting", "early_stopping")
"""Fields that decide what is measured, or when: losses under different ones cannot be compared."""


def _searchable() -> dict[str, Field]:
    """Every field that is searched, with where: as above, else all that its declaration takes."""
    found: dict[str, Field] = dict(SPACE)
    for name, field in FIELDS.items():
        how = (
            field.group in ("network", "activation", "optimizer", "regularization") or name == "preprocessing"
        )
        if not how or name in MEASURES or name in found:
            continue
        if field.param is not None and field.control == "number":
            low = field.param.low or (DECAYS[0] if field.param.log else 0.0)
            found[name] = (low, field.param.high, "log") if field.param.log else (low, field.param.high)
        elif field.registry is not None:
            found[name] = list(field.registry)
    return found


SEARCHABLE: Mapping[str, Field] = _searchable()
NAMES = ("moons", "circle", "spiral", "xor")
FRESH_SEED = 900_000
"""Added to the seed for fresh points: far from any seed that trains."""
FINALISTS = 5
"""The best of a search that a race compares, and over how many seeds."""
RACED_SEEDS = 16
WORST = 10.0
"""Loss that a diverged run is given, so that it has a place in a picture."""


class Outcome(NamedTuple):
    """How a run ended.

    Args:
        loss, accuracy: on the part that chooses; ``WORST`` and the share of guessing where it diverged.
        diverged: whether it did.
    """

    loss: float
    accuracy: float
    diverged: bool


def dataset(default: str = "moons", shown: Callable[[Settings], bool] | None = None) -> Technique:
    """The control of the data set; ``shown``: whether it matters under these settings."""
    return Technique("dataset", DATASETS, default=default, names=NAMES, params=False, shown=shown)


def own() -> Own:
    """The control of what is searched: the section's example, or what the visitor has in the playground."""
    return Own("own", default=BASE)


def is_example(settings: Settings) -> bool:
    """Whether the visitor has not brought an experiment of their own."""
    return bool(settings.own == BASE)


def finals(
    own: Experiment, changes: Sequence[Mapping[str, Any]], epochs: int, numbers: pd.DataFrame
) -> Found | None:
    """What a search leads to: its best, and the best few over many seeds.

    Args:
        own: what all its networks have in common.
        changes: of the best ones, the best first; empty before the end.
        numbers: all that it tried.
    """
    if not changes:
        return None
    metric = "loss" if own.task == "regression" else "accuracy"
    lanes = Lanes(own, changes, epochs, metric, RACED_SEEDS) if len(changes) > 1 else None
    return Found(own.replace(**changes[0]), lanes, numbers)


def outcome(trainer: Trainer) -> Outcome:
    """How its run stands on the part that chooses."""
    return outcome_of(trainer.experiment, trainer.history.last(), trainer.status)


def outcome_of(experiment: Experiment, last: Mapping[str, float], status: str) -> Outcome:
    """How a run stands by the last row of its history and its status."""
    part = experiment.watched
    loss, accuracy = float(last[f"loss_{part}"]), float(last[f"accuracy_{part}"])
    if status == "diverged" or not math.isfinite(loss):
        return Outcome(WORST, 0.5, True)
    return Outcome(min(loss, WORST), accuracy, False)


def at(base: Experiment, rate: float, decay: float) -> Experiment:
    """The experiment with a learning rate and a weight decay, both rounded to three digits."""
    return base.replace(learning_rate=float(f"{rate:.3g}"), weight_decay=float(f"{decay:.3g}"))
