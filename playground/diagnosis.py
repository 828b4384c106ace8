"""Reading the curves: rules that turn a run's real history into a sentence and a suggestion.

The signs are those of the lecture's last chapters: the initial loss against log C, the shape of the training curve
for the learning rate, the gap between training and validation (or test) for over- and underfitting, and each layer's
gradients and units for what goes wrong inside.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from playground import judging
from playground.engine.probe import LayerValues, confusion, dead_units, sample_rows, saturated_units
from playground.engine.trainer import Trainer
from playground.experiment import MAX_UNITS, Experiment
from playground.later import torch
from playground.techniques import LOSSES, REGULARIZERS
from playground.text import text

Level = Literal["good", "info", "warn"]

MIN_EPOCHS = 10
"""Epochs before the curve's shape is judged."""
WINDOW = 40
"""Epochs at the end of the run that tell how it is going now."""
WELL = 0.95
"""Share learned from which a part counts as learned: accuracy, or in regression 1 − loss over the loss of
always answering with the mean."""
WELL_ELSEWHERE = 0.9
"""Share learned on the watched part from which overfitting is worth knowing, but no trouble yet."""
SMOOTH = 10
"""Epochs over which a noisy curve is averaged before its last value is compared with its lowest."""
FLAT = 0.02
"""Relative change of the training loss below which it no longer falls."""
VANISHED = 1e-4
"""Gradient norm of the first layer below which it does not learn, whatever the others do."""
LARGE = 10.0
"""Standard deviation from which a feature is large: tanh is flat beyond 3."""
PENALTIES = tuple(
    entry.field for entry in REGULARIZERS.values() if entry.acts_on not in ("inputs", "targets")
)
"""Strengths that keep a network from fitting."""
JUDGED_ROWS = 5000
"""Training rows that the recall of each class is taken over."""
NEGLECTED = 0.5
"""Recall below which a class is neglected."""
UNEQUAL = 1.5
"""A class that has so many times its equal share of the points is a majority."""
UNBROKEN = ("zeros", "constant")
"""Initializers that leave the units of a layer equal."""
WIDE = ("large_normal", "normal", "uniform")
"""Initializers whose spread does not follow the size of the layer."""


@dataclass(frozen=True)
class Finding:
    """One thing that the curves say.

    Args:
        key: of the rule, also of its texts.
        level: good news, worth knowing, or trouble.
        values: numbers for the sentence, and ``part``: the one that is compared with the training part.
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
        self.epochs = history["epoch"]
        self.train = history["loss_train"]
        self.watched = self.experiment.watched
        self.other = history[f"loss_{self.watched}"]
        self.layers, self.norms = layers, norms
        last = history.last()
        if self.experiment.task == "regression":
            worst = _loss_of_the_mean(trainer)
            self.fit_train = 1.0 - last["loss_train"] / worst
            self.fit_other = 1.0 - last[f"loss_{self.watched}"] / worst
        else:
            self.fit_train, self.fit_other = last["accuracy_train"], last[f"accuracy_{self.watched}"]
            self._judge(trainer)
        # labels that are wrong on purpose cannot be learned, only learned by heart
        self.well = WELL * (1 - self.experiment.label_noise)
        self.largest = float(np.std(trainer.data.F_train, axis=0).max())
        self.dead = _mean([dead_units(layer).mean() for layer in layers])
        self.saturated = _mean([saturated_units(layer).mean() for layer in layers])

    def _judge(self, trainer: Trainer) -> None:
        """Take the share of the largest class in the training part, and the class that is found least."""
        F, y = sample_rows(trainer.data, JUDGED_ROWS)
        names = self.experiment.class_names
        table = confusion(trainer.engine.forward(F)[-1], y, len(names))
        found = {
            name: each.recall
            for name, each in zip(names, judging.class_measures(table), strict=True)
            if each.recall is not None
        }
        most = judging.majority(table)
        self.majority, self.share = names[most.class_index], most.share
        self.worst, self.recall = min(found.items(), key=lambda one: one[1])
        self.right = judging.accuracy(table)

    @property
    def neglects(self) -> bool:
        """Whether a class is hardly found."""
        classes = self.experiment.n_classes
        return classes > 0 and self.recall < NEGLECTED * (1 - self.experiment.label_noise)

    @property
    def recent(self) -> np.ndarray:
        """Training loss of the last WINDOW epochs."""
        return self.train[-WINDOW:]

    @property
    def flat(self) -> bool:
        """Whether the training loss has stopped falling: the means of two half windows hardly differ."""
        length = min(WINDOW, self.epoch) // 2
        if length < MIN_EPOCHS:
            return False
        before, now = self.train[-2 * length : -length].mean(), self.train[-length:].mean()
        return bool(abs(before - now) <= FLAT * before + 1e-12)

    @property
    def penalties(self) -> dict[str, float]:
        """The penalties and noises that are on, as changes that switch them off."""
        values = {name: getattr(self.experiment, name) for name in PENALTIES}
        return {name: 0.0 for name, v in values.items() if (any(v) if isinstance(v, tuple) else v)}


def _loss_of_the_mean(trainer: Trainer) -> float:
    """Training loss of a network that always answers with the mean target."""
    y = torch.tensor(trainer.data.y_train)
    scores = y.mean().expand(len(y), 1)
    spec = trainer.experiment.loss
    return float(LOSSES[spec.name].forward(scores, y, spec, 0.0, "regression")) or 1.0


def _smooth(curve: np.ndarray) -> np.ndarray:
    """Means of SMOOTH epochs in a row."""
    return np.convolve(curve, np.full(SMOOTH, 1 / SMOOTH), "valid")


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
    lower = max(float(f"{r.experiment.learning_rate / 10:.2g}"), 1e-5)
    return Finding("diverged", "warn", {"rate": f"{lower:g}"}, {"learning_rate": lower})


@_rule
def _not_started(r: Reading) -> Finding | None:
    return Finding("not_started", "info") if r.epoch == 0 else None


@_rule
def _initial_loss(r: Reading) -> Finding | None:
    e = r.experiment
    if e.loss.name != "cross_entropy" or e.init.name not in WIDE or (r.epoch and r.fit_train >= r.well):
        return None
    expected = math.log(e.n_classes)
    if r.train[0] < 1.5 * expected:
        return None
    values = {"loss": f"{r.train[0]:.2f}", "expected": f"{expected:.2f}", "classes": e.n_classes}
    return Finding("initial_loss", "info", values, {"init": "xavier_normal"})


@_rule
def _large_inputs(r: Reading) -> Finding | None:
    if r.largest < LARGE or (r.epoch and r.fit_train >= r.well):
        return None
    return Finding("large_inputs", "warn", {"size": f"{r.largest:.3g}"}, {"preprocessing": "standardize"})


@_rule
def _rate_too_high(r: Reading) -> Finding | None:
    if r.epoch < MIN_EPOCHS or r.status == "diverged":
        return None
    recent = r.recent
    rises = float((np.diff(recent) > 0).mean())
    jumps = float(np.abs(np.diff(recent)).mean() / (recent.mean() + 1e-12))
    half = len(recent) // 2
    stalls = recent[half:].mean() > 0.9 * recent[:half].mean()
    worse = recent[-1] > 1.5 * r.train[0]
    if not worse and not (stalls and rises > 0.35 and jumps > 0.25 and r.fit_train < r.well):
        return None
    lower = max(float(f"{r.experiment.learning_rate / 10:.2g}"), 1e-5)
    return Finding("rate_too_high", "warn", {"rate": f"{lower:g}"}, {"learning_rate": lower})


@_rule
def _exploding(r: Reading) -> Finding | None:
    most = max(r.norms)
    if r.status == "diverged" or r.experiment.clipping.name != "none" or not (most > 50 or math.isnan(most)):
        return None
    clipping = {"name": "norm", "max_norm": 1.0}
    return Finding("exploding", "warn", {"norm": f"{most:.3g}"}, {"clipping": clipping})


@_rule
def _symmetric(r: Reading) -> Finding | None:
    if r.experiment.init.name not in UNBROKEN:
        return None
    spread = [np.ptp(v.h, axis=1).max() / (1 + np.abs(v.h).max()) for v in r.layers if v.h.shape[1] > 1]
    if not spread or min(spread) > 1e-5:
        return None
    return Finding("symmetric", "warn", {}, {"init": "xavier_normal"})


@_rule
def _over_regularized(r: Reading) -> Finding | None:
    if not r.penalties or not r.flat or r.fit_train >= 0.9 * r.well:
        return None
    return Finding("over_regularized", "warn", {"fit": f"{100 * r.fit_train:.0f}"}, r.penalties)


@_rule
def _vanishing(r: Reading) -> Finding | None:
    e = r.experiment
    if len(r.norms) < 3 or not r.epoch or r.fit_train >= r.well or e.init.name in UNBROKEN or r.penalties:
        return None
    first = r.norms[0]
    if first >= max(1e-2 * max(r.norms), VANISHED):
        return None
    changes: dict[str, Any] = {"activation": "relu", "init": "he_normal"}
    if {a.name for a in e.activations} == {"relu"}:
        changes = {"normalization": "batch_norm"}
    return Finding("vanishing", "warn", {"norm": f"{first:.1g}"}, changes)


@_rule
def _dead(r: Reading) -> Finding | None:
    if r.dead < 0.25:
        return None
    return Finding("dead", "warn", {"share": f"{100 * r.dead:.0f}"}, {"activation": "leaky_relu"})


@_rule
def _saturated(r: Reading) -> Finding | None:
    if r.saturated < 0.4 or r.fit_train >= r.well:
        return None
    normalized = r.experiment.normalization.name != "none"
    changes = {} if normalized else {"normalization": "batch_norm"}
    return Finding("saturated", "warn", {"share": f"{100 * r.saturated:.0f}"}, changes)


@_rule
def _rate_too_low(r: Reading) -> Finding | None:
    e = r.experiment
    if r.epoch < 2 * MIN_EPOCHS or r.fit_train >= r.well or e.learning_rate > 3 or e.init.name in UNBROKEN:
        return None
    recent = r.recent
    falls = float((np.diff(recent) < 0).mean())
    fall = float((recent[0] - recent[-1]) / (recent[0] + 1e-12))
    creeps = fall > 0.002 or r.train[-1] > 0.6 * r.train[0]  # or else it has arrived
    if not (falls > 0.9 and 0.0 < fall < 0.03 and creeps):
        return None
    higher = float(f"{3 * e.learning_rate:.2g}")
    return Finding("rate_too_low", "info", {"rate": f"{higher:g}"}, {"learning_rate": higher})


@_rule
def _overfitting(r: Reading) -> Finding | None:
    if r.watched == "train" or r.epoch < MIN_EPOCHS or r.status == "diverged" or r.fit_train < 0.8:
        return None
    turn = int(r.other.argmin())
    other = _smooth(r.other)
    rising = other[-1] > 1.15 * other.min() and turn < 0.8 * len(r.other) and r.train[-1] < r.train[turn]
    gap = r.fit_train - r.fit_other
    if not (rising and gap > 0.02) and gap < 0.1:
        return None
    l2 = min(1.0, float(f"{3 * r.experiment.l2:.2g}") or 0.03)
    values = {"gap": f"{100 * gap:.0f}", "epoch": int(r.epochs[turn]), "l2": f"{l2:g}", "part": r.watched}
    level: Level = (
        "warn" if r.fit_other < WELL_ELSEWHERE else "info"
    )  # it may begin where hardly an answer is wrong
    return Finding("overfitting", level, values, {"l2": l2})


@_rule
def _underfitting(r: Reading) -> Finding | None:
    e = r.experiment
    stuck = r.epoch >= 2 * MIN_EPOCHS and r.flat and r.fit_train < 0.9 * r.well and r.status != "diverged"
    if not stuck or r.penalties or e.init.name in UNBROKEN or _rate_too_low(r) or _vanishing(r):
        return None
    values = {"fit": f"{100 * r.fit_train:.0f}"}
    if e.hidden and {a.name for a in e.activations} == {"identity"}:
        return Finding("linear", "warn", values, {"activation": "tanh"})
    if e.hidden and r.train[-1] > 0.95 * r.train[0]:
        return Finding("plateau", "info", values, {"optimizer": "adam", "learning_rate": 0.01})
    wider = tuple(min(MAX_UNITS, max(8, 2 * n)) for n in e.hidden) or (8,)
    return Finding("underfitting", "warn", values, {"hidden": wider} if wider != e.hidden else {})


@_rule
def _majority(r: Reading) -> Finding | None:
    if r.epoch < MIN_EPOCHS or not r.neglects or r.status == "diverged":
        return None
    # Equal classes tell as much by their accuracy, and a rare one is learned last.
    unequal = r.share >= UNEQUAL / r.experiment.n_classes
    if r.fit_train < r.well and not (unequal and r.flat):
        return None
    values = {
        "fit": f"{100 * r.right:.1f}",
        "majority": r.majority,
        "share": f"{100 * r.share:.1f}",
        "worst": r.worst,
        "recall": f"{100 * r.recall:.0f}",
    }
    changes = {} if r.experiment.weighs_classes else {"class_weighting": "balanced"}
    return Finding("majority" if r.right <= r.share else "neglected", "warn", values, changes)


@_rule
def _good(r: Reading) -> Finding | None:
    if r.epoch < 1 or r.neglects or r.fit_train < r.well or r.fit_train - r.fit_other > 0.05:
        return None
    values = {"train": f"{100 * r.fit_train:.0f}", "other": f"{100 * r.fit_other:.0f}", "part": r.watched}
    return Finding("fitted", "good", values) if r.watched == "train" else Finding("good", "good", values)


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
        key = "learning_all" if reading.watched == "train" else "learning"
        found = [Finding(key, "info", {"epoch": reading.epoch, "part": reading.watched})]
    return sorted(found, key=lambda finding: ("warn", "info", "good").index(finding.level))


def describe(finding: Finding, language: str) -> dict[str, Any]:
    """A finding in words: id, level, title, text and the label of its button (None without one)."""
    values = dict(finding.values)
    if "part" in values:
        values["part"] = text(f"live.part.{values['part']}", language)
    action = text(f"diagnosis.{finding.key}.action", language, **values) if finding.changes else None
    return {
        "id": finding.key,
        "level": finding.level,
        "title": text(f"diagnosis.{finding.key}.title", language),
        "text": text(f"diagnosis.{finding.key}.text", language, **values),
        "action": action,
    }


def keys() -> Iterator[str]:
    """The keys of all rules' findings, for the text catalogs' tests."""
    for rule in RULES:
        yield rule.__name__.removeprefix("_")
    yield from ("neglected", "linear", "plateau", "fitted", "learning", "learning_all")
