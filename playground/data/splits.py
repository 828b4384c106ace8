"""How the points are dealt out to the parts: at random, each class in its share, or fold by fold.

All come down to one order of the rows, which is cut: first the training part, then the validation part, the test part
last.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.registry import Registry, Spec, Technique, whole

Rows = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Splitting(Technique):
    """A way to deal out the points.

    Args:
        stratified: whether every part holds each class (each tenth of a target of values) in its share.
        tested: ``(n, spec) -> (start, stop)``, the piece of the order that is the test part; None where the field
            ``train_fraction`` says how large it is, at the end of the order.
        sklearn: the scikit-learn class that does the like, or "".
    """

    stratified: bool = False
    tested: Callable[[int, Spec], tuple[int, int]] | None = None
    sklearn: str = ""


SPLITS: Registry[Splitting] = Registry("splits")


def evenly(order: Rows, strata: NDArray[Any]) -> Rows:
    """The order with each class spread over it: any piece holds every class in its share."""
    place = np.empty(len(order))
    for k in np.unique(strata):
        rows = order[strata[order] == k]
        place[rows] = (np.arange(len(rows)) + 0.5) / len(rows)
    return order[np.argsort(place[order], kind="stable")]


def tenths(y: NDArray[Any]) -> Rows:
    """For each value the tenth of all values, by size, that it belongs to."""
    rank = np.argsort(np.argsort(y.astype(np.float32), kind="stable"), kind="stable")
    return rank * 10 // len(y)


def arranged(order: Rows, y: NDArray[Any], classes: int, spec: Spec) -> Rows:
    """A random order of all rows as the splitting has it, the test part of a fold at its end.

    Args:
        y: (n,), classes, or values where ``classes`` is 0.
    """
    splitting = SPLITS[spec.name]
    if splitting.stratified:
        order = evenly(order, y if classes else tenths(y))
    if splitting.tested is not None:
        order = np.roll(order, -splitting.tested(len(order), spec)[1])
    return order


def n_tested(n: int, train_fraction: float, spec: Spec) -> int:
    """How many of ``n`` points are tested on."""
    tested = SPLITS[spec.name].tested
    if tested is None:
        return n - round(n * train_fraction)
    start, stop = tested(n, spec)
    return stop - start


def _fold(n: int, spec: Spec) -> tuple[int, int]:
    folds = min(int(spec["folds"]), n)
    fold = (int(spec["fold"]) - 1) % folds
    return fold * n // folds, (fold + 1) * n // folds


SPLITS.add(
    Splitting(
        name="random",
        formula=r"T = \{\pi(i) : i > \lfloor f n \rceil\}",
        source="Stone 1974, Cross-validatory choice and assessment of statistical predictions",
        sklearn="sklearn.model_selection.train_test_split",
    )
)

SPLITS.add(
    Splitting(
        name="stratified",
        formula=r"\frac{|T \cap C_k|}{|T|} \approx \frac{|C_k|}{n}",
        source="Kohavi 1995, A study of cross-validation and bootstrap for accuracy estimation and model selection",
        sklearn="sklearn.model_selection.StratifiedShuffleSplit",
        stratified=True,
    )
)

SPLITS.add(
    Splitting(
        name="folds",
        formula=r"T_j = \{\pi(i) : \lfloor \tfrac{(j-1)n}{k} \rfloor < i \le \lfloor \tfrac{jn}{k} \rfloor\}",
        source="Kohavi 1995, A study of cross-validation and bootstrap for accuracy estimation and model selection",
        sklearn="sklearn.model_selection.StratifiedKFold",
        params=(whole("folds", 5, 2, 20), whole("fold", 1, 1, 20)),
        stratified=True,
        tested=_fold,
    )
)


def has_folds(spec: Spec) -> bool:
    """Whether the points are dealt out fold by fold."""
    return SPLITS[spec.name].tested is not None


def fold_of(spec: Spec, repeat: int) -> tuple[Spec, int]:
    """The fold of one repeat, counted on from that of ``spec``, and how often all folds have been gone through."""
    rounds, fold = divmod(int(spec["fold"]) - 1 + repeat, int(spec["folds"]))
    first = (int(spec["fold"]) - 1) // int(spec["folds"])
    return SPLITS[spec.name].spec(folds=spec["folds"], fold=fold + 1), rounds - first


__all__ = [
    "SPLITS",
    "Splitting",
    "arranged",
    "evenly",
    "fold_of",
    "has_folds",
    "n_tested",
    "tenths",
]
