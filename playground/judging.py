"""How good answers are: the measures of a classifier and of a regression, from counts, scores and values.

Pure NumPy, in a few milliseconds for thousands of rows, so that a run can be judged while it trains. Where a measure is
not defined (the precision of a class that is never answered, a curve without positives), it is None.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

BINS = 10
"""Bins of equal width that confidences are sorted into."""


class ClassMeasures(NamedTuple):
    """One class against the rest.

    Attributes:
        points: rows of this class.
        precision: share of the answers "this class" that are right; None where it is never answered.
        recall: share of its rows that are found; None where it has none.
        f1: harmonic mean of both; None where neither rows nor answers are of this class.
    """

    points: int
    precision: float | None
    recall: float | None
    f1: float | None


class Majority(NamedTuple):
    """A class, and the share of right answers of whoever always says it."""

    class_index: int
    share: float


class Curve(NamedTuple):
    """A curve over all thresholds, from the strictest on, and one number for it.

    Attributes:
        x, y: float64 (k,). Of a ROC curve false and true positive rate; of a precision-recall curve recall and
            precision.
        area: the area under the ROC curve; the average precision.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    area: float


class Calibration(NamedTuple):
    """Confidence against accuracy.

    Attributes:
        confidence, accuracy: float64 (bins,), mean confidence and share of right answers; nan of an empty bin.
        counts: int64 (bins,).
        error: the expected calibration error, Σ n_b / n · |accuracy_b − confidence_b|.
    """

    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    counts: NDArray[np.int64]
    error: float


class Fit(NamedTuple):
    """Errors of a regression.

    Attributes:
        mae: mean absolute error. rmse: root of the mean squared error; both in the target's unit.
        r2: 1 − Σ (y − ŷ)² / Σ (y − ȳ)²; None where all targets are equal.
    """

    mae: float
    rmse: float
    r2: float | None


def class_measures(confusion: ArrayLike) -> list[ClassMeasures]:
    """Precision, recall and F1 of each class.

    Args:
        confusion: (C, C) counts, row = true class, column = answer.
    """
    table = np.asarray(confusion, dtype=np.float64)
    hits, rows, answers = np.diagonal(table), table.sum(axis=1), table.sum(axis=0)
    return [
        ClassMeasures(int(n), _ratio(hit, said), _ratio(hit, n), _ratio(2 * hit, n + said))
        for hit, n, said in zip(hits.tolist(), rows.tolist(), answers.tolist(), strict=True)
    ]


def accuracy(confusion: ArrayLike) -> float:
    """Share of right answers, nan without any."""
    table = np.asarray(confusion, dtype=np.float64)
    return float(np.trace(table) / table.sum()) if table.sum() else float("nan")


def balanced_accuracy(measures: Sequence[ClassMeasures]) -> float:
    """Mean recall of the classes that have rows (Brodersen et al. 2010), nan without any."""
    recalls = [each.recall for each in measures if each.recall is not None]
    return float(np.mean(recalls)) if recalls else float("nan")


def majority(confusion: ArrayLike, trained: NDArray[Any] | None = None) -> Majority:
    """The most frequent class, the first of several, and its share of these rows.

    Args:
        confusion: (C, C) counts, row = true class.
        trained: (n,) the classes of the training part, where the class is chosen there, as by one who does not know
            these rows.
    """
    rows = np.asarray(confusion, dtype=np.float64).sum(axis=1)
    known = rows if trained is None else np.bincount(np.asarray(trained, np.int64), minlength=len(rows))
    most = int(known.argmax())
    return Majority(most, float(rows[most] / max(1.0, rows.sum())))


def one_against_rest(scores: NDArray[Any], probabilities: bool) -> NDArray[np.float64]:
    """How much speaks for each class and against all others, float64 (n, C): what a ROC curve sorts by.

    Args:
        scores: (n, C), or (n, 1) for two classes.
        probabilities: whether softmax or sigmoid of the scores are the probabilities: then the log odds of each
            class, which do not saturate; else its lead before the best of the others.
    """
    s = np.asarray(scores, dtype=np.float64)
    if s.shape[1] == 1:
        return np.concatenate([-s, s], axis=1)
    if not probabilities:
        best = s.max(axis=1, keepdims=True)
        second = np.partition(s, -2, axis=1)[:, -2:-1]
        return s - np.where(s == best, second, best)
    return np.stack([s[:, k] - _log_sum_exp(np.delete(s, k, axis=1)) for k in range(s.shape[1])], axis=1)


def _log_sum_exp(s: NDArray[np.float64]) -> NDArray[np.float64]:
    top = s.max(axis=1)
    return top + np.log(np.exp(s - top[:, None]).sum(axis=1))


def _counts(
    positive: NDArray[Any], score: NDArray[Any]
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Right and wrong positives at each threshold, from the highest on: rows of equal score come at once.

    None where there are no positives, no others, or scores that are not finite.
    """
    positive = np.asarray(positive, dtype=bool)
    n = int(positive.sum())
    if n in (0, len(positive)) or not np.isfinite(score).all():
        return None
    order = np.argsort(-score, kind="stable")
    ordered = score[order]
    last = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True))
    right = np.cumsum(positive[order])[last].astype(np.float64)
    return right, last + 1 - right


def roc(positive: NDArray[Any], score: NDArray[Any]) -> Curve | None:
    """The receiver operating characteristic and the area under it (Fawcett 2006, algorithms 1 and 2).

    Args:
        positive: bool (n,). score: (n,), higher for what looks more positive.
    """
    counts = _counts(positive, score)
    if counts is None:
        return None
    right, wrong = (np.concatenate([[0.0], each]) for each in counts)
    x, y = wrong / wrong[-1], right / right[-1]
    return Curve(x, y, float(np.trapezoid(y, x)))


def precision_recall(positive: NDArray[Any], score: NDArray[Any]) -> Curve | None:
    """Precision over recall, and the average precision Σ (R_k − R_{k−1}) P_k.

    The curve begins at recall 0 with the precision of the strictest threshold. Arguments as of ``roc``.
    """
    counts = _counts(positive, score)
    if counts is None:
        return None
    right, wrong = counts
    precision, recall = right / (right + wrong), right / right[-1]
    area = float((np.diff(recall, prepend=0.0) * precision).sum())
    return Curve(np.concatenate([[0.0], recall]), np.concatenate([precision[:1], precision]), area)


def thinned(curve: Curve, most: int) -> Curve:
    """At most about ``most`` of a curve's places that draw the same line, with the same area."""
    if len(curve.x) <= most:
        return curve
    # Along the curve, not along x: a ROC curve rises where x stands still.
    way = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(curve.x)) + np.abs(np.diff(curve.y)))])
    kept = np.zeros(len(way), dtype=bool)
    kept[[0, -1]] = True
    kept[np.searchsorted(way, np.arange(1, most) * (way[-1] / most))] = True
    return Curve(curve.x[kept], curve.y[kept], curve.area)


def probabilities(scores: NDArray[Any]) -> NDArray[np.float64]:
    """Probability of each class (n, C) from cross-entropy's scores, (n, C) or (n, 1) for two classes."""
    s = np.asarray(scores, dtype=np.float64)
    if s.shape[1] == 1:
        s = np.concatenate([np.zeros_like(s), s], axis=1)
    e = np.exp(s - s.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True))


def calibration(confidence: NDArray[Any], right: NDArray[Any], bins: int = BINS) -> Calibration:
    """A reliability diagram and the expected calibration error (Guo et al. 2017, equations 1 to 3).

    Args:
        confidence: (n,), the probability of the class that is answered, in [0, 1].
        right: bool (n,), whether the answer is right.
        bins: of equal width over [0, 1]; a bin holds its upper end.
    """
    confidence, right = np.asarray(confidence, np.float64), np.asarray(right, np.float64)
    place = np.clip(np.ceil(confidence * bins).astype(np.int64) - 1, 0, bins - 1)
    counts = np.bincount(place, minlength=bins)
    with np.errstate(invalid="ignore"):
        mean = np.bincount(place, confidence, bins) / counts
        share = np.bincount(place, right, bins) / counts
    gaps = np.abs(share - mean)[counts > 0] * counts[counts > 0]
    return Calibration(mean, share, counts, float(gaps.sum() / max(1, len(confidence))))


def fit(predicted: NDArray[Any], target: NDArray[Any]) -> Fit:
    """Errors of a regression's predictions (n,) of the targets (n,), at least one."""
    predicted, target = np.asarray(predicted, np.float64), np.asarray(target, np.float64)
    errors = predicted - target
    squares, spread = float(np.square(errors).sum()), float(np.square(target - target.mean()).sum())
    return Fit(
        mae=float(np.abs(errors).mean()),
        rmse=float(np.sqrt(squares / len(target))),
        r2=1.0 - squares / spread if spread > 0 else None,
    )


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None
