"""From an experiment to the arrays that a network is trained and tested on."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache
from threading import Lock
from typing import Any, Literal
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from playground import streams
from playground.data.datasets import DATASETS, Sample
from playground.data.features import expand
from playground.data.packing import rounded
from playground.data.plane import Plane, View, identity, plane_of, ranges, telling
from playground.data.points import MAX_ROWS, PARTS, Domain, Part, Points
from playground.data.preprocessing import PREPROCESSINGS, Affine
from playground.data.settings import DataSettings
from playground.data.splits import SPLITS, arranged, n_tested
from playground.keeping import kept_with_the_first
from playground.registry import InvalidValue, Spec

CACHED = 32
"""Prepared data sets that are kept; the largest takes about 4 MB."""


@dataclass(frozen=True, eq=False)
class Data:
    """Prepared data; all arrays are read-only and may be shared between threads.

    Args:
        X_train, X_validation, X_test: inputs, float64 ``(n, columns)``, in the data's own units; missing ones are
            filled. The validation part is empty where none is held out, the test part where all points are trained on.
        F_train, F_validation, F_test: preprocessed features, float32 ``(n, d)``, C-contiguous; of two columns their
            ``features``, else the columns.
        y_train, y_validation, y_test: float32 ``(n,)`` for two classes (0 or 1) and regression, int64 ``(n,)`` for more
            classes. Label noise is in ``y_train`` only.
        affine: the preprocessing as fitted on the training part.
        feature_names: names of the d features.
        class_names: one per class, empty in regression.
        x_names: what the columns are.
        plane: the plane that maps show first.
        fill: what a missing cell of each column is filled with: the median of the training part's cells that are there.
        n_filled: cells that were missing, in all parts.
        train_index, validation_index, test_index: int64 rows of the sample in which the parts' points stood.
        relabelled: int64 positions in the training part whose label is wrong on purpose, sorted.
    """

    X_train: NDArray[np.float64]
    X_validation: NDArray[np.float64]
    X_test: NDArray[np.float64]
    F_train: NDArray[np.float32]
    F_validation: NDArray[np.float32]
    F_test: NDArray[np.float32]
    y_train: NDArray[Any]
    y_validation: NDArray[Any]
    y_test: NDArray[Any]
    affine: Affine
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...]
    x_names: tuple[str, ...]
    plane: Plane
    fill: NDArray[np.float64]
    n_filled: int
    train_index: NDArray[np.int64]
    validation_index: NDArray[np.int64]
    test_index: NDArray[np.int64]
    relabelled: NDArray[np.int64]

    @property
    def domain(self) -> Domain:
        """What the map shows first: ``((x1 low, x1 high), (x2 low, x2 high))`` of two inputs."""
        return self.plane.domain

    def all(self, kind: Literal["X", "F", "y"]) -> NDArray[Any]:
        """The positions, features or targets of all parts, part by part in the order of ``PARTS``."""
        return np.concatenate([getattr(self, f"{kind}_{part}") for part in PARTS])

    def sizes(self) -> tuple[int, int, int]:
        """The number of points in each of ``PARTS``."""
        return len(self.X_train), len(self.X_validation), len(self.X_test)

    def part_of(self, point: int) -> tuple[Part, int]:
        """The part in which point ``point`` of ``all`` stands, and its row there."""
        for part, size in zip(PARTS, self.sizes(), strict=True):
            if point < size:
                return part, point
            point -= size
        raise IndexError(point)

    def notices(self) -> tuple[str, ...]:
        """Keys of what the reader should know of these parts: those in which a class has no point."""
        n_classes = len(self.class_names)
        return tuple(
            f"class_missing_{part}"
            for part, size in zip(PARTS, self.sizes(), strict=True)
            if size and len(np.unique(getattr(self, f"y_{part}"))) < n_classes
        )

    def features(self, X: NDArray[Any]) -> NDArray[np.float32]:
        """What the network is shown of inputs ``X`` ``(n, columns)``: float32 ``(n, d)``, C-contiguous.

        A missing input (nan) is filled.
        """
        X = np.asarray(X, dtype=np.float64)
        if np.isnan(X).any():
            X = np.where(np.isnan(X), self.fill, X)
        F = self.affine.apply(expand(self.feature_names, X))
        return np.ascontiguousarray(F, dtype=np.float32)


Split = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


def data_settings(experiment: DataSettings) -> DataSettings:
    """The part of an experiment that its data depends on."""
    found = {f.name: getattr(experiment, f.name) for f in fields(DataSettings)}
    shares = {"validation_fraction": experiment.held_out}
    if not experiment.tested:
        shares["train_fraction"] = 1.0
    return DataSettings(**found | shares)


def prepare(experiment: DataSettings) -> Data:
    """Draw, split, add label noise, expand features and preprocess.

    Results are cached, so experiments that differ elsewhere share one object; those of own points only as long as
    somebody uses them.

    Raises:
        InvalidValue: the points of a custom set do not suffice.
    """
    settings = data_settings(experiment)
    if settings.points is None:
        return _prepare(settings)
    with _own_lock:
        found = _own.get(settings)
    if found is None:
        found = _made(settings)
        with _own_lock:
            found = _own.setdefault(settings, found)
    return found


_own: WeakValueDictionary[DataSettings, Data] = WeakValueDictionary()
_own_lock = Lock()


def _made(settings: DataSettings) -> Data:
    sample = draw(settings)
    n, share = len(sample.y), settings.validation_fraction
    if sample.parts is None:
        by = (settings.split, sample.y, len(sample.class_names))
        train, validation, test = split(n, settings.train_fraction, settings.seed, share, by)
    else:
        train, validation, test = _given(sample, settings)
    y_train, relabelled = relabel(
        sample.y[train], len(sample.class_names), settings.label_noise, settings.seed
    )
    missing = np.isnan(sample.X)
    fill = _medians(sample.X[train])
    X = np.where(missing, fill, sample.X)
    X_train, X_validation, X_test = (X[rows] for rows in (train, validation, test))
    F_train = expand(settings.inputs, X_train)
    affine = PREPROCESSINGS[settings.preprocessing.name].fit(F_train)
    kind = np.int64 if len(sample.class_names) > 2 else np.float32

    def shown(X: NDArray[np.float64]) -> NDArray[np.float32]:
        return np.ascontiguousarray(affine.apply(expand(settings.inputs, X)), dtype=np.float32)

    data = Data(
        X_train=X_train,
        X_validation=X_validation,
        X_test=X_test,
        F_train=np.ascontiguousarray(affine.apply(F_train), dtype=np.float32),
        F_validation=shown(X_validation),
        F_test=shown(X_test),
        y_train=y_train.astype(kind),
        y_validation=sample.y[validation].astype(kind),
        y_test=sample.y[test].astype(kind),
        affine=affine,
        feature_names=settings.inputs,
        class_names=sample.class_names,
        x_names=sample.x_names,
        plane=_first_plane(sample, X, X_train),
        fill=fill,
        n_filled=int(missing.sum()),
        train_index=train,
        validation_index=validation,
        test_index=test,
        relabelled=relabelled,
    )
    for array in (*vars(data).values(), affine.matrix, affine.offset):
        if isinstance(array, np.ndarray):
            array.flags.writeable = False
    return data


def _medians(X: NDArray[np.float64]) -> NDArray[np.float64]:
    """The median of each column's cells that are there (d,), 0 where there are none."""
    columns = [column[~np.isnan(column)] for column in X.T]
    return np.array([float(np.median(column)) if len(column) else 0.0 for column in columns])


def _first_plane(sample: Sample, X: NDArray[np.float64], train: NDArray[np.float64]) -> Plane:
    if len(sample.x_names) == 2:
        return identity((sample.x_names[0], sample.x_names[1]), sample.domain)
    return plane_of(sample.view, sample.x_names, X, train)


_prepare = lru_cache(maxsize=CACHED)(_made)


@kept_with_the_first
def plane_seen(data: Data, view: View) -> Plane:
    """The plane of a checked view of these data, which have other than two inputs."""
    return plane_of(view, data.x_names, data.all("X"), data.X_train)


@lru_cache(maxsize=CACHED)
def column_ranges(data: Data) -> list[tuple[float, float, float, float]]:
    """See ``plane.ranges``: of all points."""
    return ranges(data.all("X"), data.X_train)


@lru_cache(maxsize=CACHED)
def telling_columns(data: Data) -> tuple[int, int]:
    """Two columns that spread the points over a map."""
    return telling(data.all("X"))


def draw(experiment: DataSettings) -> Sample:
    """The experiment's sample, before the split. Raises InvalidValue for unusable custom points."""
    rng = streams.generator(experiment.seed, streams.DATA)
    return DATASETS[experiment.dataset.name].generate(experiment, rng)


SplitBy = tuple[Spec, NDArray[Any], int]
"""How rows are dealt out, and what that can depend on: their classes or values (n,), and how many classes there are."""


def split(
    n: int, train_fraction: float, seed: int, validation_fraction: float = 0.0, by: SplitBy | None = None
) -> Split:
    """Row indices of the training, validation and test part, in random order, none of those asked for empty.

    A row is placed by a random number of its own: a point painted later does not move the others.

    Args:
        train_fraction: the share of all points that is not tested on; with 1 the test part is empty.
        validation_fraction: the share of these that is held out; the test part does not depend on it.
        by: how they are dealt out; None for at random.

    Raises:
        InvalidValue: fewer points than parts.
    """
    tested = train_fraction < 1.0
    least = 1 + bool(validation_fraction) + tested
    if n < least:
        raise InvalidValue("points", "own.few", least=least, n=n)
    order = _shuffled(n, seed)
    spec, y, classes = by or (SPLITS["random"].spec(), order, 0)
    order = arranged(order, y, classes, spec)
    n_known = min(max(n - n_tested(n, train_fraction, spec), least - 1), n - 1) if tested else n
    n_held = max(round(n_known * validation_fraction), 1) if validation_fraction else 0
    return order[: n_known - n_held], order[n_known - n_held : n_known], order[n_known:]


def _shuffled(n: int, seed: int) -> NDArray[np.int64]:
    return np.argsort(streams.generator(seed, streams.SPLIT).random(n), kind="stable")


def _given(sample: Sample, settings: DataSettings) -> Split:
    """The parts that the points come with; where they have no validation part, it is taken from the training part."""
    assert sample.parts is not None
    order = _shuffled(len(sample.y), settings.seed)
    if SPLITS[settings.split.name].stratified:
        order = arranged(order, sample.y, len(sample.class_names), SPLITS["stratified"].spec())
    train, validation, test = (order[sample.parts[order] == k] for k in range(len(PARTS)))
    if settings.validation_fraction and not settings.given_share:
        n_held = min(max(round(len(train) * settings.validation_fraction), 1), len(train) - 1)
        train, validation = train[: len(train) - n_held], train[len(train) - n_held :]
    for part, promised in (
        (train, True),
        (validation, settings.validation_fraction),
        (test, settings.tested),
    ):
        if promised and not len(part):
            raise InvalidValue("points", "own.empty_part")
    return train, validation, test


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

    The map keeps its place. Inputs are rounded to a thousandth of their range, so that a link can hold them. Raises
    InvalidValue for custom points that cannot be drawn.
    """
    sample = draw(experiment)
    scale = experiment.points.target_scale if experiment.points else None
    values = sample.y
    if scale:
        values = scale[0] + scale[1] * values.astype(np.float64)
    rows = [(*map(float, x), y.item()) for x, y in zip(sample.X, values, strict=True)]
    target = "class" if sample.class_names else "y"
    domain = sample.domain if len(sample.x_names) == 2 else None
    parts = () if sample.parts is None else tuple(PARTS[k] for k in sample.parts[:MAX_ROWS])
    points = Points(sample.x_names, target, sample.class_names, tuple(rows[:MAX_ROWS]), domain, scale, parts)
    return rounded(points)
