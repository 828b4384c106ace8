"""Reading the curves: rules that turn a run's real history into a sentence and a suggestion.

The signs are those of the lecture's last chapters: the initial loss against log C, the shape of the training curve
for the learning rate, the gap between training and test for over- and underfitting, and each layer's gradients
and units for what goes wrong inside.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from playground.engine.probe import SATURATED_SHARE, SATURATED_SLOPE, LayerValues
from playground.engine.trainer import Trainer
from playground.experiment import MAX_UNITS, Experiment
from playground.text import text

Level = Literal["good", "info", "warn"]

MIN_EPOCHS = 10
"""Epochs before the curve's shape is judged."""
WINDOW = 40
"""Epochs at the end of the run that tell how it is going now."""
WELL = 0.95
"""Accuracy from which a part counts as learned; in regression 1 − loss / variance of the targets."""


@dataclass(frozen=True)
class Finding:
    """One thing that the curves say.

    Args:
        key: of the rule, also of its texts.
        level: good news, worth knowing, or trouble.
        values: numbers for the sentence.
        changes: fields of the experiment that the suggestion sets; empty for none.
    """

    key: str
    level: Level
    values: dict[str, Any] = field(default_factory=dict)
    changes: dict[str, Any] = field(default_factory=dict)


class Reading:
    """What the rules look at, computed once.

    Args:
        trainer: the run.
        layers: the hidden layers on a sample of the training part.
        norms: gradient norm of each layer's weights, first to last.
    """

    def __init__(self, trainer: Trainer, layers: list[LayerValues], norms: list[float]) -> None:
        self.experiment: Experiment = trainer.experiment
        self.status = trainer.status
        self.epoch = trainer.epoch
        self.learning_rate = trainer.learning_rate
        history = trainer.history
        self.train = history["loss_train"]
        self.test = history["loss_test"]
        self.layers, self.norms = layers, norms
        last = history.last()
        if self.experiment.task == "regression":
            spread = float(np.var(trainer.data.y_train)) or 1.0
            self.fit_train = 1.0 - last["loss_train"] / spread
            self.fit_test = 1.0 - last["loss_test"] / spread
        else:
            self.fit_train, self.fit_test = last["accuracy_train"], last["accuracy_test"]
        self.dead = _mean([(np.abs(v.slope) == 0).all(axis=0).mean() for v in layers])
        self.saturated = (
            _mean(
                [((np.abs(v.slope) < SATURATED_SLOPE).mean(axis=0) >= SATURATED_SHARE).mean() for v in layers]
            )
            - self.dead
        )

    @property
    def recent(self) -> np.ndarray:
        """Training loss of the last WINDOW epochs."""
        return self.train[-WINDOW:]


def _mean(values: list[Any]) -> float:
    return float(np.mean(values)) if values else 0.0


Rule = Callable[[Reading], Finding | None]
RULES: list[Rule] = []


def _rule(rule: Rule) -> Rule:
    RULES.append(rule)
    return rule


@_rule
def _diverged(r: Reading) -> Finding | None:
    if r.status != "diverged":
        return None
    lower = max(r.experiment.learning_rate / 10, 1e-5)
    return Finding("diverged", "warn", {"rate": f"{lower:.2g}"}, {"learning_rate": lower})


@_rule
def _not_started(r: Reading) -> Finding | None:
    return Finding("not_started", "info") if r.epoch == 0 else None


@_rule
def _initial_loss(r: Reading) -> Finding | None:
    if r.experiment.loss.name != "cross_entropy" or not len(r.train):
        return None
    expected = math.log(r.experiment.n_classes)
    if r.train[0] < 1.5 * expected:
        return None
    values = {"loss": f"{r.train[0]:.2f}", "expected": f"{expected:.2f}", "classes": r.experiment.n_classes}
    return Finding("initial_loss", "info", values, {"init": "xavier_normal"})


@_rule
def _exploding(r: Reading) -> Finding | None:
    most = max(r.norms)
    if r.status == "diverged" or not (most > 50 or math.isnan(most)):
        return None
    return Finding(
        "exploding", "warn", {"norm": f"{most:.3g}"}, {"clipping": {"name": "norm", "max_norm": 1.0}}
    )


@_rule
def _symmetric(r: Reading) -> Finding | None:
    same = [v for v in r.layers if v.h.shape[1] > 1 and np.ptp(v.h, axis=1).max() < 1e-6]
    if not same or r.experiment.init.name not in ("zeros", "constant"):
        return None
    return Finding("symmetric", "warn", {}, {"init": "xavier_normal"})


@_rule
def _vanishing(r: Reading) -> Finding | None:
    if (
        len(r.norms) < 3
        or r.fit_train >= WELL
        or not r.epoch
        or r.experiment.init.name in ("zeros", "constant")
    ):
        return None
    first, last = r.norms[0], r.norms[-1]
    if not first < 1e-2 * last or last == 0:
        return None
    changes: dict[str, Any] = {"activation": "relu", "init": "he_normal"}
    if {a.name for a in r.experiment.activations} == {"relu"}:
        changes = {"normalization": "batch_norm"}
    return Finding("vanishing", "warn", {"ratio": f"{last / max(first, 1e-30):.0f}"}, changes)


@_rule
def _dead(r: Reading) -> Finding | None:
    if r.dead < 0.25:
        return None
    return Finding("dead", "warn", {"share": f"{100 * r.dead:.0f}"}, {"activation": "leaky_relu"})


@_rule
def _saturated(r: Reading) -> Finding | None:
    if r.saturated < 0.4 or r.fit_train >= WELL:
        return None
    return Finding(
        "saturated", "warn", {"share": f"{100 * r.saturated:.0f}"}, {"normalization": "batch_norm"}
    )


@_rule
def _rate_too_high(r: Reading) -> Finding | None:
    if r.epoch < MIN_EPOCHS or r.status == "diverged":
        return None
    recent = r.recent
    rises = float((np.diff(recent) > 0).mean())
    jumps = float(np.abs(np.diff(recent)).mean() / (recent.mean() + 1e-12))
    worse = recent[-1] > 1.5 * r.train[0]
    if not worse and not (rises > 0.35 and jumps > 0.25 and r.fit_train < 0.99):
        return None
    lower = max(r.experiment.learning_rate / 3, 1e-5)
    return Finding("rate_too_high", "warn", {"rate": f"{lower:.2g}"}, {"learning_rate": lower})


@_rule
def _rate_too_low(r: Reading) -> Finding | None:
    if r.epoch < MIN_EPOCHS or r.fit_train >= WELL or r.experiment.learning_rate >= 10:
        return None
    recent = r.recent
    falls = float((np.diff(recent) < 0).mean())
    fall = float((recent[0] - recent[-1]) / (recent[0] + 1e-12))
    if not (falls > 0.9 and 0.0 < fall < 0.08 and r.train[-1] > 0.6 * r.train[0]):
        return None
    higher = min(r.experiment.learning_rate * 3, 10.0)
    return Finding("rate_too_low", "info", {"rate": f"{higher:.2g}"}, {"learning_rate": higher})


@_rule
def _overfitting(r: Reading) -> Finding | None:
    if r.epoch < MIN_EPOCHS or not len(r.test):
        return None
    turn = int(r.test.argmin())
    rising = r.test[-1] > 1.15 * r.test[turn] and turn < 0.8 * len(r.test) and r.train[-1] < r.train[turn]
    gap = r.fit_train - r.fit_test
    if not (rising and gap > 0.02) and gap < 0.1:
        return None
    changes: dict[str, Any] = {"l2": 0.01}
    if r.experiment.l2:
        changes = {"l2": min(1.0, 3 * r.experiment.l2)}
    values = {"gap": f"{100 * gap:.0f}", "epoch": turn, "l2": f"{changes['l2']:.2g}"}
    return Finding("overfitting", "warn", values, changes)


@_rule
def _underfitting(r: Reading) -> Finding | None:
    if r.epoch < 2 * MIN_EPOCHS or r.fit_train >= 0.9 or r.status == "diverged":
        return None
    recent = r.recent
    if abs(recent[0] - recent[-1]) > 0.02 * recent[0] + 1e-12:
        return None
    fit = f"{100 * r.fit_train:.0f}"
    hidden = r.experiment.hidden
    if r.train[-1] > 0.95 * r.train[0] and hidden:
        return Finding("plateau", "info", {"fit": fit}, {"optimizer": "adam", "learning_rate": 0.01})
    wider = tuple(min(MAX_UNITS, max(8, 2 * n)) for n in hidden) or (8,)
    if wider == hidden:
        return Finding("underfitting", "warn", {"fit": fit})
    return Finding("underfitting", "warn", {"fit": fit}, {"hidden": wider})


@_rule
def _good(r: Reading) -> Finding | None:
    if r.epoch < 1 or r.fit_train < WELL or r.fit_train - r.fit_test > 0.05:
        return None
    return Finding("good", "good", {"train": f"{100 * r.fit_train:.0f}", "test": f"{100 * r.fit_test:.0f}"})


def diagnose(trainer: Trainer, layers: list[LayerValues], norms: list[float]) -> list[Finding]:
    """What the run's curves and layers say, trouble first.

    Args:
        trainer: the run.
        layers: hidden layers on a sample of the training part, first to last.
        norms: gradient norm of each layer's weights, first to last.
    """
    reading = Reading(trainer, layers, norms)
    found = [finding for finding in (rule(reading) for rule in RULES) if finding]
    if not found:
        found = [Finding("learning", "info", {"epoch": reading.epoch})]
    return sorted(found, key=lambda finding: ("warn", "info", "good").index(finding.level))


def describe(finding: Finding, language: str) -> dict[str, Any]:
    """A finding in words: id, level, title, text and the label of its button (None without one)."""
    action = text(f"diagnosis.{finding.key}.action", language, **finding.values) if finding.changes else None
    return {
        "id": finding.key,
        "level": finding.level,
        "title": text(f"diagnosis.{finding.key}.title", language),
        "text": text(f"diagnosis.{finding.key}.text", language, **finding.values),
        "action": action,
    }


def keys() -> Iterator[str]:
    """The keys of all rules' findings, for the text catalogs' tests."""
    for rule in RULES:
        yield rule.__name__.removeprefix("_")
    yield from ("plateau", "learning")
