"""The custom set: points that the user uploaded, painted or edited."""

from __future__ import annotations

import numpy as np

from playground.data.datasets import DATASETS, Dataset, Sample, choose_rows
from playground.data.plane import View, padded_domain, telling
from playground.data.points import PARTS, Domain, Points
from playground.data.settings import DataSettings
from playground.registry import InvalidValue, Spec

MIN_ROWS = 2
"""One point to train on and one to test on."""


def _points(points: Points | None) -> Points:
    if points is None:
        raise InvalidValue("points", "own.needed")
    return points


def _names(_spec: Spec, points: Points | None) -> tuple[str, ...]:
    return _points(points).class_names


def _inputs(_spec: Spec, points: Points | None) -> tuple[str, ...]:
    return _points(points).x_names


def check_points(points: Points) -> None:
    """Refuse points that nothing can be learned from: fewer than two, all of one class, or an input that all lack.

    Raises:
        InvalidValue: for the field ``points``.
    """
    if len(points.rows) < MIN_ROWS:
        n = len(points.rows)
        raise InvalidValue("points", "own.few", least=MIN_ROWS, n=n)
    if points.class_names:
        found = sorted({int(y) for y in points.targets})
        if len(found) < 2:
            only = points.class_names[found[0]]
            raise InvalidValue("points", "own.one_class", name=only)
    for i, name in enumerate(points.x_names):
        if all(row[i] is None for row in points.rows):
            raise InvalidValue("points", "own.empty_input", name=name)


def _including(domain: Domain, X: np.ndarray) -> Domain:
    """The domain, widened to hold the points."""
    spans = [
        (min(low, float(column.min(initial=low))), max(high, float(column.max(initial=high))))
        for (low, high), column in zip(domain, (column[~np.isnan(column)] for column in X.T), strict=True)
    ]
    return (spans[0], spans[1])


def _draw(e: DataSettings, rng: np.random.Generator) -> Sample:
    points = _points(e.points)
    check_points(points)
    X, y = points.X, points.y
    if points.target_scale is not None:
        mean, sd = points.target_scale
        y = ((np.array(points.targets) - mean) / sd).astype(np.float32)
    rows = choose_rows(y, len(points.class_names), e.n_samples, e.class_balance, rng)
    spread = np.nanstd(X, axis=0) if np.isnan(X).any() else X.std(axis=0)
    X = X[rows] + rng.normal(0.0, 1.0, (len(rows), X.shape[1])) * spread * e.noise
    parts = np.array([PARTS.index(part) for part in points.parts])[rows] if points.parts else None
    if X.shape[1] != 2:
        view = View("columns", *telling(X))
        return Sample(X, y[rows], points.x_names, points.class_names, view=view, parts=parts)
    domain = padded_domain(X) if points.domain is None else _including(points.domain, X)
    return Sample(X, y[rows], points.x_names, points.class_names, domain, parts=parts)


DATASETS.add(
    Dataset(
        name="custom",
        formula=r"\{(x_1, x_2, y)_i\}_{i=1}^{n}",
        source="the user's own points",
        draw=_draw,
        names=_names,
        inputs=_inputs,
        kind="custom",
        suggested={"hidden": (8, 4), "preprocessing": "standardize", "learning_rate": 0.03},
    )
)
