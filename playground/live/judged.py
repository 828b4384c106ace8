"""What the panel of errors is sent: how a network is judged on a part of its data."""

from __future__ import annotations

from typing import Any

import numpy as np

from playground import judging
from playground.data.prepare import PARTS, Data, Part
from playground.engine.plan import Engine
from playground.engine.probe import confusion
from playground.experiment import Experiment
from playground.techniques import LOSSES

MOST_ROWS = 5000
"""Rows of a part that curves are drawn from; of more, evenly spaced ones."""
PLACES = 120
"""Places of all curves of one kind together, of two at least."""
LEAST_PLACES = 24
MAX_RESIDUALS = 400


def classes(experiment: Experiment, engine: Engine) -> dict[str, Any]:
    """``judged``: the parts that a classifier is judged on, first the one that the run is watched on."""
    parts = dict.fromkeys((experiment.watched, "test", "validation"))
    data = engine.data
    return {
        "judged": [_of_classes(experiment, engine, part) for part in parts if len(getattr(data, f"y_{part}"))]
    }


def _of_classes(experiment: Experiment, engine: Engine, part: str) -> dict[str, Any]:
    F, y = getattr(engine.data, f"F_{part}"), getattr(engine.data, f"y_{part}")
    scores = engine.forward(F)[-1]
    table = confusion(scores, y, experiment.n_classes)
    measures = judging.class_measures(table)
    step = max(1, -(-len(y) // MOST_ROWS))
    drawn, targets = scores[::step], y[::step].astype(np.int64)
    probable = LOSSES[experiment.loss.name].probabilistic
    return {
        "part": part,
        "points": len(y),
        "drawn": len(targets),
        "confusion": table,
        "accuracy": judging.accuracy(table),
        "balanced_accuracy": judging.balanced_accuracy(measures),
        "majority": judging.majority(table, engine.data.y_train)._asdict(),
        "classes": [each._asdict() for each in measures],
        **_curves(drawn, targets, probable),
        "calibration": _calibration(drawn, targets) if probable else None,
    }


def _curves(scores: np.ndarray, targets: np.ndarray, probable: bool) -> dict[str, Any]:
    """``roc`` and ``precision_recall``: for each class x, y and area, or None."""
    ranks = judging.one_against_rest(scores, probable)
    places = max(LEAST_PLACES, PLACES // ranks.shape[1])
    found: dict[str, list[Any]] = {"roc": [], "precision_recall": []}
    for k, rank in enumerate(ranks.T):
        for name, curve in (
            ("roc", judging.roc(targets == k, rank)),
            ("precision_recall", judging.precision_recall(targets == k, rank)),
        ):
            found[name].append(None if curve is None else _told(judging.thinned(curve, places)))
    return found


def _told(curve: judging.Curve) -> dict[str, Any]:
    return {
        "x": np.round(curve.x, 4).tolist(),
        "y": np.round(curve.y, 4).tolist(),
        "area": curve.area,
    }


def _calibration(scores: np.ndarray, targets: np.ndarray) -> dict[str, Any] | None:
    if not np.isfinite(scores).all():
        return None
    probability = judging.probabilities(scores)
    found = judging.calibration(probability.max(axis=1), probability.argmax(axis=1) == targets)
    return {
        "confidence": np.round(found.confidence, 4).tolist(),
        "accuracy": np.round(found.accuracy, 4).tolist(),
        "counts": found.counts.tolist(),
        "error": found.error,
    }


def values(engine: Engine) -> dict[str, Any]:
    """``fits``: a regression's errors on each part that has points, in the target's unit; ``residuals`` of some."""
    data, fits = engine.data, []
    mean, sd = engine.experiment.target_scale
    residuals: dict[str, list[Any]] = {"predicted": [], "target": [], "part": []}
    for part, size in zip(PARTS, data.sizes(), strict=True):
        if not size:
            continue
        predicted, y = (mean + sd * values for values in _predicted(engine, data, part))
        fits.append({"part": part, "points": size, **judging.fit(predicted, y)._asdict()})
        step = max(1, -(-size // MAX_RESIDUALS))
        residuals["predicted"] += predicted[::step].tolist()
        residuals["target"] += y[::step].tolist()
        residuals["part"] += [part] * len(y[::step])
    return {"fits": fits, "residuals": residuals}


def _predicted(engine: Engine, data: Data, part: Part) -> tuple[np.ndarray, np.ndarray]:
    return engine.forward(getattr(data, f"F_{part}"))[-1][:, 0], getattr(data, f"y_{part}")
