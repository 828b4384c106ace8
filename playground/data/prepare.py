"""From an experiment to the arrays that a network is trained and tested on."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground import streams
from playground.data.datasets import DATASETS, Sample
from playground.data.features import expand
from playground.data.packing import rounded
from playground.data.points import MAX_ROWS, Domain, Points
from playground.data.preprocessing import PREPROCESSINGS, Affine
from playground.data.settings import DataSettings
from playground.registry import InvalidValue

CACHED = 32
"""Prepared data sets that are kept; the largest takes about 0.5 MB."""


@dataclass(frozen=True, eq=False)
class Data:
    """Prepared data; all arrays are read-only and may be shared between threads.

    Args:
        X_train, X_test: positions, float64 ``(n, 2)``, in the data's own units.
        F_train, F_test: preprocessed features, float32 ``(n, d)``, C-contiguous.
        y_train, y_test: float32 ``(n,)`` for two classes (0 or 1) and regression, int64 ``(n,)`` for more
            classes. Label noise is in ``y_train`` only.
        affine: the preprocessing as fitted on the training part.
        feature_names: names of the d features.
        class_names: one per class, empty in regression.
        x_names: what the two inputs are.
        domain: ``((x1 low, x1 high), (x2 low, x2 high))`` that maps show.
        train_index, test_index: int64 rows of the sample in which the parts' points stood.
        relabelled: int64 positions in the training part whose label is wrong on purpose, sorted.
    """

    X_train: NDArray[np.float64]
    X_test: NDArray[np.float64]
    F_train: NDArray[np.float32]
    F_test: NDArray[np.float32]
    y_train: NDArray[Any]
    y_test: NDArray[Any]
    affine: Affine
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...]
    x_names: tuple[str, str]
    domain: Domain
    train_index: NDArray[np.int64]
    test_index: NDArray[np.int64]
    relabelled: NDArray[np.int64]

    def features(self, X: NDArray[Any]) -> NDArray[np.float32]:
        """What the network is shown at positions ``X`` ``(n, 2)``: float32 ``(n, d)``, C-contiguous."""
        F = self.affine.apply(expand(self.feature_names, X))
        return np.ascontiguousarray(F, dtype=np.float32)


def data_settings(experiment: DataSettings) -> DataSettings:
    """The part of an experiment that its data depends on."""
    return DataSettings(**{f.name: getattr(experiment, f.name) for f in fields(DataSettings)})


def prepare(experiment: DataSettings) -> Data:
    """Draw, split, add label noise, expand features and preprocess.

    Results are cached, so experiments that differ elsewhere share one object.

    Raises:
        InvalidValue: the points of a custom set do not suffice.
    """
    return _prepare(data_settings(experiment))


@lru_cache(maxsize=CACHED)
def _prepare(settings: DataSettings) -> Data:
    sample = draw(settings)
    train, test = split(len(sample.y), settings.train_fraction, settings.seed)
    y_train, relabelled = relabel(
        sample.y[train], len(sample.class_names), settings.label_noise, settings.seed
    )
    X_train, X_test = sample.X[train], sample.X[test]
    F_train = expand(settings.features, X_train)
    affine = PREPROCESSINGS[settings.preprocessing.name].fit(F_train)
    kind = np.int64 if len(sample.class_names) > 2 else np.float32
    data = Data(
        X_train=X_train,
        X_test=X_test,
        F_train=np.ascontiguousarray(affine.apply(F_train), dtype=np.float32),
        F_test=np.ascontiguousarray(affine.apply(expand(settings.features, X_test)), dtype=np.float32),
        y_train=y_train.astype(kind),
        y_test=sample.y[test].astype(kind),
        affine=affine,
        feature_names=settings.features,
        class_names=sample.class_names,
        x_names=sample.x_names,
        domain=sample.domain,
        train_index=train,
        test_index=test,
        relabelled=relabelled,
    )
    for array in (*vars(data).values(), affine.matrix, affine.offset):
        if isinstance(array, np.ndarray):
            array.flags.writeable = False
    return data


def draw(experiment: DataSettings) -> Sample:
    """The experiment's sample, before the split. Raises InvalidValue for unusable custom points."""
    rng = streams.generator(experiment.seed, streams.DATA)
    return DATASETS[experiment.dataset.name].generate(experiment, rng)


def split(n: int, train_fraction: float, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Row indices of the training and of the test part, in random order, neither of them empty.

    A row is placed by a random number of its own: a point painted later does not move the others.

    Raises:
        InvalidValue: fewer than two points.
    """
    if n < 2:
        raise InvalidValue("points", "own.few", least=2, n=n)
    order = np.argsort(streams.generator(seed, streams.SPLIT).random(n), kind="stable")
    n_train = min(max(round(n * train_fraction), 1), n - 1)
    return order[:n_train], order[n_train:]


def relabel(y: NDArray[Any], classes: int, share: float, seed: int) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Give a share of the labels another class, each other class being as likely.

    A larger share relabels the same points and more. Regression (``classes`` 0) is left as it is.

    Returns:
        The labels ``(n,)`` (a copy) and the sorted positions of the changed ones.
    """
    y = y.copy()
    n = len(y)
    if classes == 0 or share == 0.0:
        return y, np.empty(0, np.int64)
    rng = streams.generator(seed, streams.LABEL_NOISE)
    order = np.argsort(rng.random(n), kind="stable")
    shift = rng.integers(1, classes, n)  # 1 to classes - 1: never back to the same class
    changed = np.sort(order[: round(n * share)])
    y[changed] = (y[changed] + shift[changed]) % classes
    return y, changed


def points_from_experiment(experiment: DataSettings) -> Points:
    """The experiment's sample as editable points, to paint on or to change in a table.

    The map keeps its place. Positions are rounded to a thousandth of the map, so that a link can hold them. Raises
    InvalidValue for custom points that cannot be drawn.
    """
    sample = draw(experiment)
    rows = [(float(x1), float(x2), y.item()) for (x1, x2), y in zip(sample.X, sample.y, strict=True)]
    target = "class" if sample.class_names else "y"
    return rounded(Points(sample.x_names, target, sample.class_names, tuple(rows[:MAX_ROWS]), sample.domain))
