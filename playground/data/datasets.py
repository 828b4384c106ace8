"""What a data set is: the family's technique, its sample, and how samples share out over the classes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from playground.data.plane import View
from playground.data.points import Domain, Points
from playground.data.settings import SETS, DataSettings
from playground.registry import Registry, Spec, Technique

Task = Literal["binary", "multiclass", "regression"]

TOY_DOMAIN: Domain = ((-6.0, 6.0), (-6.0, 6.0))
"""The part of the plane that maps of the toy sets show."""


FIRST_VIEW = View()
"""The first two inputs, where there are more."""


@dataclass(frozen=True, eq=False)
class Sample:
    """Points of a data set before the split.

    Args:
        X: inputs, float64 ``(n, d)``; nan where one is missing.
        y: classes as int64 ``(n,)`` from 0, or values as float32 ``(n,)`` in regression.
        x_names: what the columns hold.
        class_names: one name per class; empty in regression.
        domain: of two inputs, ``((x1 low, x1 high), (x2 low, x2 high))``, the part of the plane to show.
        view: of other than two inputs, what is shown of them first.
        parts: the part of each row, int64 ``(n,)`` into ``PARTS``, where the points come with parts of their own.
    """

    X: NDArray[np.float64]
    y: NDArray[Any]
    x_names: tuple[str, ...]
    class_names: tuple[str, ...]
    domain: Domain = TOY_DOMAIN
    view: View = FIRST_VIEW
    parts: NDArray[np.int64] | None = None


Draw = Callable[[DataSettings, np.random.Generator], Sample]
Names = Callable[[Spec, Points | None], tuple[str, ...]]
PointDrawer = Callable[..., tuple[np.ndarray, np.ndarray]]
"""``(counts per class, or n in regression; noise; rng; parameters) -> X (n, 2), y (n,)``."""


def two_inputs(_spec: Spec, _points: Points | None) -> tuple[str, ...]:
    """The input columns of a set that has two of no name."""
    return ("x1", "x2")


@dataclass(frozen=True, kw_only=True)
class Dataset(Technique):
    """A data set: input columns, mostly two, and a target.

    Args:
        draw: makes the sample from the experiment and a generator.
        names: class names for given parameters (and points); empty for regression.
        inputs: names of the input columns for given parameters (and points).
        kind: ``"toy"`` is drawn from a formula, ``"real"`` comes with scikit-learn, ``"custom"`` from a user.
        noise_meaning: what the field ``noise`` does here: ``"position"`` moves the points, ``"label"`` takes
            the label of a place near the point, ``"spread"`` widens the clusters, ``"target"`` is added to
            the target.
        suggested: fields of an experiment that learn this set well and fast.
        drawer: of a toy set, the stand-alone function behind ``draw``; scripts contain its source.
        passed: names of the parameters that ``drawer`` takes by keyword.
        table: of a real set, scikit-learn's function that loads it, as the scripts call it.
        columns: of a real set, the columns' names.
        scaled: of a real set, whether columns are standardized before principal components are taken.
    """

    draw: Draw
    names: Names
    inputs: Names = two_inputs
    kind: Literal["toy", "real", "custom"] = "toy"
    noise_meaning: Literal["position", "label", "spread", "target"] = "position"
    suggested: Mapping[str, Any] = field(default_factory=dict, compare=False)
    drawer: PointDrawer | None = None
    passed: tuple[str, ...] = ()
    table: str = ""
    columns: tuple[str, ...] = ()
    scaled: bool = False

    def class_names(self, spec: Spec, points: Points | None = None) -> tuple[str, ...]:
        """Names of the classes, in the order of their numbers; empty for regression."""
        return self.names(spec, points)

    def task(self, spec: Spec, points: Points | None = None) -> Task:
        """``"binary"``, ``"multiclass"`` or ``"regression"``."""
        count = len(self.names(spec, points))
        if count == 0:
            return "regression"
        return "binary" if count == 2 else "multiclass"

    def generate(self, experiment: DataSettings, rng: np.random.Generator) -> Sample:
        """Draw the sample. Raises InvalidValue when the points of a custom set do not suffice."""
        return self.draw(experiment, rng)


DATASETS: Registry[Dataset] = SETS


def numbered(count: int) -> tuple[str, ...]:
    """Class names of the toy sets: the classes' numbers, which need no translation."""
    return tuple(str(k) for k in range(count))


def class_weights(count: int, balance: float) -> NDArray[np.float64]:
    """Relative weight of each class, float64 ``(count,)`` with sum 1.

    ``balance`` b in (0, 1) is the weight of the first class against 1 - b of each other one.
    """
    weights = np.full(count, 1.0 - balance)
    weights[0] = balance
    return weights / weights.sum()


def class_counts(n: int, count: int, balance: float) -> NDArray[np.int64]:
    """How many of ``n`` points each class gets, int64 ``(count,)`` with sum ``n``, none of them 0."""
    return _whole_shares(class_weights(count, balance) * n, np.ones(count, np.int64))


def toy_draw(
    drawer: PointDrawer, names: Names, passed: tuple[str, ...] = (), domain: Domain = TOY_DOMAIN
) -> Draw:
    """The drawing of a toy set's sample, from its stand-alone function."""

    def draw(e: DataSettings, rng: np.random.Generator) -> Sample:
        classes = names(e.dataset, e.points)
        size: Any = e.n_samples
        if classes:
            size = class_counts(e.n_samples, len(classes), e.class_balance).tolist()
        X, y = drawer(size, e.noise, rng, **{name: e.dataset[name] for name in passed})
        return Sample(X, y.astype(np.int64 if classes else np.float32), ("x1", "x2"), classes, domain)

    return draw


def _whole_shares(shares: NDArray[np.float64], least: NDArray[np.int64]) -> NDArray[np.int64]:
    """Round to whole numbers of the same sum (rounded down), by largest remainder, none below ``least``."""
    total = int(np.floor(shares.sum() + 1e-6))
    counts = np.floor(shares + 1e-9).astype(np.int64)
    counts[np.argsort(counts - shares, kind="stable")[: max(0, total - int(counts.sum()))]] += 1
    while (counts < least).any() and (counts > least).any():
        counts[(counts - least).argmin()] += 1
        counts[(counts - least).argmax()] -= 1
    return np.maximum(counts, least)


def choose_rows(
    y: NDArray[Any], classes: int, limit: int, balance: float, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Rows of a given table that make at most ``limit`` points of the wanted balance.

    The classes' weights multiply the frequencies found in the table, so a balance of 0.5 keeps those, and
    the largest possible subset is taken. Regression (``classes`` 0) only honours the limit. A row's fate
    hangs on its own random number: a row appended to the table leaves nearly all others as they were.

    Returns:
        Sorted row indices, int64. Every class that the table holds keeps at least one row.
    """
    rank = np.argsort(rng.random(len(y)), kind="stable")
    if classes == 0:
        return np.sort(rank[:limit])
    found = np.bincount(y, minlength=classes)
    wanted = found * class_weights(classes, balance)
    present = found > 0
    scale = min(float((found[present] / wanted[present]).min()), limit / float(wanted.sum()))
    keep = _whole_shares(wanted * scale, present.astype(np.int64))
    rows = [rank[y[rank] == k][: keep[k]] for k in range(classes)]
    return np.sort(np.concatenate(rows))
