"""What a trained network makes of each column: how much it goes by one, and how its answer moves with one."""

from __future__ import annotations

import numpy as np

from playground.data.prepare import Part
from playground.engine.trainer import Trainer
from playground.later import pd, torch
from playground.registry import InvalidValue, whole
from playground.techniques import LOSSES

REPEATS = whole("repeats", 10, 1, 1000)
PLACES = whole("places", 30, 2, 1000)
MOST_ROWS = 500
"""Points that a partial dependence is averaged over; of more, evenly spaced ones."""


def importance(trainer: Trainer, part: Part = "test", repeats: int = 10, seed: int = 0) -> pd.DataFrame:
    """How much worse the network gets where one column is shuffled (Breiman 2001, section 10; permutation importance).

    Of columns that tell the same, each may seem to matter little: what one loses the other still has.

    Args:
        trainer: the run, as it stands.
        part: whose points are shuffled; the training part shows what the network goes by, the test part what helps.
        repeats: shuffles of each column, 1 to 1,000.
        seed: of the shuffles.

    Returns:
        One row a column, the most important first: ``column``; ``importance``, the mean drop of accuracy, or of R² in
        regression; ``std`` over the repeats.

    Raises:
        InvalidValue: ``repeats`` out of range, or a part without points.
    """
    repeats = REPEATS.check(repeats)
    X, y = _points(trainer, part)
    whole_score = _score(trainer, X, y)
    rng = np.random.default_rng(seed)
    rows = []
    for i, name in enumerate(trainer.data.x_names):
        drops = []
        for _ in range(repeats):
            shuffled = X.copy()
            shuffled[:, i] = X[rng.permutation(len(X)), i]
            drops.append(whole_score - _score(trainer, shuffled, y))
        rows.append((name, float(np.mean(drops)), float(np.std(drops))))
    frame = pd.DataFrame(rows, columns=["column", "importance", "std"])
    return frame.sort_values("importance", ascending=False, kind="stable", ignore_index=True)


def partial_dependence(trainer: Trainer, column: str, part: Part = "train", places: int = 30) -> pd.DataFrame:
    """The network's mean answer where all points are given the same value of one column (Friedman 2001, section 8.2).

    Args:
        trainer: the run, as it stands.
        column: name of the column.
        part: whose points the mean is over.
        places: values from the smallest to the largest of the part, 2 to 1,000.

    Returns:
        One row a value, and of classes one a value and class: ``value``, ``class`` ("" in regression) and ``answer``,
        the mean probability of the class or the mean predicted value.

    Raises:
        InvalidValue: an unknown column, ``places`` out of range, or a part without points.
    """
    names = trainer.data.x_names
    if column not in names:
        raise InvalidValue("column", "csv.column", column, choices=", ".join(names[:20]))
    i, places = names.index(column), PLACES.check(places)
    X, _y = _points(trainer, part)
    values = np.linspace(X[:, i].min(), X[:, i].max(), places)
    X = X[:: -(-len(X) // MOST_ROWS)].copy()
    experiment, rows = trainer.experiment, []
    for value in values.tolist():
        X[:, i] = value
        scores = trainer.engine.forward(trainer.data.features(X))[-1]
        if experiment.task == "regression":
            rows.append((value, "", float(scores[:, 0].mean())))
            continue
        loss = LOSSES[experiment.loss.name]
        chance = loss.probability(torch.from_numpy(np.ascontiguousarray(scores)), experiment.loss).numpy()
        if experiment.task == "binary":
            chance = np.column_stack([1.0 - chance.reshape(-1), chance.reshape(-1)])
        rows += [
            (value, name, float(p))
            for name, p in zip(experiment.class_names, chance.mean(axis=0), strict=True)
        ]
    return pd.DataFrame(rows, columns=["value", "class", "answer"])


def _points(trainer: Trainer, part: Part) -> tuple[np.ndarray, np.ndarray]:
    X, y = getattr(trainer.data, f"X_{part}"), getattr(trainer.data, f"y_{part}")
    if not len(X):
        raise InvalidValue("part", "own.empty_part", part)
    return X, y


def _score(trainer: Trainer, X: np.ndarray, y: np.ndarray) -> float:
    """Accuracy, or R² in regression: 0 for targets that are all the same."""
    scores = trainer.engine.forward(trainer.data.features(X))[-1]
    if trainer.experiment.task == "regression":
        rest = float(((y - scores[:, 0]) ** 2).sum())
        spread = float(((y - y.mean()) ** 2).sum())
        return 1.0 - rest / spread if spread else 0.0
    found = scores[:, 0] > 0 if trainer.experiment.task == "binary" else scores.argmax(axis=1)
    return float((found == y).mean())
