"""Real sets that come with scikit-learn: two of their columns or principal components, or all columns; in raw units.

The files are read on first use. A principal component is a column like any other here: it is computed once
from the whole table, and what the playground fits on the training part is fitted after it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from playground.data.datasets import DATASETS, Dataset, Sample, choose_rows
from playground.data.plane import View, padded_domain
from playground.data.points import Points
from playground.data.preprocessing import PREPROCESSINGS
from playground.data.settings import DataSettings
from playground.registry import Spec, choice

IRIS = ("sepal_length", "sepal_width", "petal_length", "petal_width")

WINE = (
    "alcohol",
    "malic_acid",
    "ash",
    "alcalinity_of_ash",
    "magnesium",
    "total_phenols",
    "flavanoids",
    "nonflavanoid_phenols",
    "proanthocyanins",
    "color_intensity",
    "hue",
    "od280_od315_of_diluted_wines",
    "proline",
)

CELL_MEASURES = (
    "radius",
    "texture",
    "perimeter",
    "area",
    "smoothness",
    "compactness",
    "concavity",
    "concave_points",
    "symmetry",
    "fractal_dimension",
)

BREAST_CANCER = (
    *(f"mean_{measure}" for measure in CELL_MEASURES),
    *(f"{measure}_error" for measure in CELL_MEASURES),
    *(f"worst_{measure}" for measure in CELL_MEASURES),
)

PIXELS = tuple(f"pixel_{row}_{column}" for row in range(8) for column in range(8))

Scaling = Literal["center", "standardize"]


def components(count: int) -> tuple[str, ...]:
    """Names of the first principal components."""
    return tuple(f"pc{k + 1}" for k in range(count))


@lru_cache(maxsize=8)
def table(name: str) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Read a set's file: all columns float64 ``(n, columns)`` and classes int64 ``(n,)``, read-only."""
    from sklearn import datasets  # slow to import, and needed only for the real sets

    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    X, y = np.array(X, dtype=np.float64), np.array(y, dtype=np.int64)
    X.flags.writeable = y.flags.writeable = False
    return X, y


@lru_cache(maxsize=8)
def scores(name: str, scaling: Scaling) -> NDArray[np.float64]:
    """All principal components of a set ``(n, columns)``, largest variance first, read-only.

    ``scaling`` says what happens to the columns before: only centred where they share a unit.
    """
    X, _ = table(name)
    X = PREPROCESSINGS[scaling].fit(X).apply(X)
    result = PREPROCESSINGS["pca"].fit(X).apply(X)
    result.flags.writeable = False
    return result


def _column(name: str, column: str, columns: tuple[str, ...], scaling: Scaling) -> NDArray[np.float64]:
    if column in columns:
        return table(name)[0][:, columns.index(column)]
    return scores(name, scaling)[:, int(column.removeprefix("pc")) - 1]


def _add(
    name: str,
    columns: tuple[str, ...],
    pcs: int,
    default: tuple[str, str],
    classes: tuple[str, ...],
    scaling: Scaling,
    source: str,
    suggested: Mapping[str, Any],
) -> None:
    choices = components(pcs) + (() if name == "digits" else columns)

    def inputs(spec: Spec, _points: Points | None) -> tuple[str, ...]:
        return columns if spec["inputs"] == "all" else (spec["x1"], spec["x2"])

    def view(spec: Spec) -> View:
        """The two columns that are chosen; the principal components where one of them is none or they are one."""
        if spec["x1"] == spec["x2"] or not {spec["x1"], spec["x2"]} <= set(columns):
            return View("components")
        return View("columns", columns.index(spec["x1"]), columns.index(spec["x2"]))

    def draw(e: DataSettings, rng: np.random.Generator) -> Sample:
        x_names = inputs(e.dataset, None)
        y = table(name)[1]
        rows = choose_rows(y, len(classes), e.n_samples, e.class_balance, rng)
        X = np.column_stack([_column(name, column, columns, scaling) for column in x_names])
        X = X[rows] + rng.normal(0.0, 1.0, (len(rows), X.shape[1])) * X.std(axis=0) * e.noise
        if len(x_names) == 2:
            return Sample(X, y[rows], x_names, classes, padded_domain(X))
        return Sample(X, y[rows], x_names, classes, view=view(e.dataset))

    def names(_spec: Spec, _points: Points | None) -> tuple[str, ...]:
        return classes

    DATASETS.add(
        Dataset(
            name=name,
            formula=r"(x_1, x_2) = \text{two columns or principal components},\quad y = \text{class}",
            source=source,
            params=(
                choice("x1", default[0], choices),
                choice("x2", default[1], choices),
                choice("inputs", "two", ("two", "all")),
            ),
            draw=draw,
            names=names,
            inputs=inputs,
            kind="real",
            suggested=suggested,
            table=f"load_{name}",
            columns=columns,
            scaled=scaling == "standardize",
        )
    )


_add(
    "iris",
    IRIS,
    4,
    ("petal_length", "petal_width"),
    ("setosa", "versicolor", "virginica"),
    "center",
    "Fisher 1936, doi:10.1111/j.1469-1809.1936.tb02137.x; sklearn.datasets.load_iris",
    {"hidden": (6,), "preprocessing": "standardize", "learning_rate": 0.03, "train_fraction": 0.7},
)
_add(
    "wine",
    WINE,
    5,
    ("alcohol", "flavanoids"),
    ("class_0", "class_1", "class_2"),
    "standardize",
    "Aeberhard & Forina 1991, Wine, UCI, doi:10.24432/C5PC7J; sklearn.datasets.load_wine",
    {"hidden": (6,), "preprocessing": "standardize", "learning_rate": 0.03, "train_fraction": 0.7},
)
_add(
    "breast_cancer",
    BREAST_CANCER,
    5,
    ("mean_radius", "mean_concave_points"),
    ("malignant", "benign"),
    "standardize",
    "Wolberg et al. 1995, Breast Cancer Wisconsin (Diagnostic), UCI, doi:10.24432/C5DW2B; "
    "sklearn.datasets.load_breast_cancer",
    {"hidden": (4,), "preprocessing": "standardize", "learning_rate": 0.03},
)
_add(
    "digits",
    PIXELS,
    10,
    ("pc1", "pc2"),
    tuple("0123456789"),
    "center",
    "Alpaydin & Kaynak 1998, Optical Recognition of Handwritten Digits, UCI, doi:10.24432/C50P49; "
    "sklearn.datasets.load_digits",
    {
        "n_samples": 1797,
        "hidden": (32, 32),
        "activation": "relu",
        "preprocessing": "standardize",
        "optimizer": "adam",
        "learning_rate": 0.01,
    },
)
