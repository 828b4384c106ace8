"""Preprocessing: affine maps of the features, fitted on the training part only.

Every one has the form F' = (F - offset) @ matrix, so that a fitted one can be shown, exported and applied to
test points and to the map's grid in the same way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.registry import Registry, Technique

Matrix = NDArray[np.float64]
EPSILON = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, eq=False)
class Affine:
    """The map F' = (F - offset) @ matrix; ``matrix`` is float64 ``(d, d)``, ``offset`` float64 ``(d,)``."""

    matrix: Matrix
    offset: Matrix

    def apply(self, F: NDArray[Any]) -> Matrix:
        """Transform features ``(n, d)`` to float64 ``(n, d)``."""
        return np.asarray((np.asarray(F, dtype=np.float64) - self.offset) @ self.matrix)


@dataclass(frozen=True, kw_only=True)
class Preprocessing(Technique):
    """A way to fit an affine map to training features.

    Args:
        fitting: takes training features ``(n, d)``, n ≥ 1, and returns the map.
        sklearn: the scikit-learn class that does the same, or "".
        code: the same as Python statements that change ``features`` (n, d), fitted on its rows ``train``; for
            training features of full rank, where nothing has to be divided by zero.
    """

    fitting: Callable[[Matrix], Affine]
    sklearn: str = ""
    code: str = ""

    def fit(self, F: NDArray[Any]) -> Affine:
        """Fit to training features ``(n, d)``, n ≥ 1. Never divides by zero."""
        return self.fitting(np.asarray(F, dtype=np.float64))


PREPROCESSINGS: Registry[Preprocessing] = Registry("preprocessings")


def _divided_by(scale: Matrix, F: Matrix, offset: Matrix) -> Affine:
    """Shift, then divide each column; a column that is constant up to rounding is divided by 1."""
    constant = scale <= 10 * EPSILON * np.abs(F).max(axis=0)
    return Affine(np.diag(1.0 / np.where(constant, 1.0, scale)), offset)


def _none(F: Matrix) -> Affine:
    d = F.shape[1]
    return Affine(np.eye(d), np.zeros(d))


def _center(F: Matrix) -> Affine:
    return Affine(np.eye(F.shape[1]), F.mean(axis=0))


def _standardize(F: Matrix) -> Affine:
    return _divided_by(F.std(axis=0), F, F.mean(axis=0))


def _min_max(F: Matrix) -> Affine:
    low = F.min(axis=0)
    return _divided_by(F.max(axis=0) - low, F, low)


def principal_axes(F: Matrix) -> tuple[Matrix, Matrix, Matrix]:
    """Mean ``(d,)``, axes as columns ``(d, d)``, and standard deviation along each ``(d,)``, falling.

    Each axis points to where its largest component is positive, as in scikit-learn. Deviations divide by
    n - 1, and are exactly 0 where the data has no extent beyond rounding.
    """
    n, d = F.shape
    mean = F.mean(axis=0)
    triangle = np.zeros((d, d))
    triangle[: min(n, d)] = np.linalg.qr(F - mean, mode="r")  # same axes as F - mean, whatever n is
    _, extent, rows = np.linalg.svd(triangle)
    rows *= np.sign(rows[np.arange(d), np.abs(rows).argmax(axis=1)])[:, None]
    rounding = EPSILON * max(n, d) * max(float(extent.max()), float(np.abs(F).max()))
    deviation = np.where(extent > rounding, extent, 0.0) / np.sqrt(max(n - 1, 1))
    return mean, rows.T, deviation


def _pca(F: Matrix) -> Affine:
    mean, axes, _ = principal_axes(F)
    return Affine(axes, mean)


def _whitening(F: Matrix) -> Affine:
    mean, axes, deviation = principal_axes(F)
    if not deviation.any():
        return Affine(axes, mean)
    flat = deviation == 0.0
    # an axis along which the training part has no extent carries nothing to learn: it becomes 0
    return Affine(axes * np.where(flat, 0.0, 1.0 / np.where(flat, 1.0, deviation)), mean)


def _add(
    name: str,
    formula: str,
    source: str,
    fitting: Callable[[Matrix], Affine],
    sklearn: str = "",
    code: str = "",
) -> None:
    PREPROCESSINGS.add(
        Preprocessing(name=name, formula=formula, source=source, fitting=fitting, sklearn=sklearn, code=code)
    )


AXES_CODE = """\
mean = features[train].mean(axis=0)
_, {extent}, axes = np.linalg.svd(features[train] - mean, full_matrices=False)
axes *= np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])[:, None]  # fix the signs
"""


_add("none", "x' = x", "the features as they are", _none)
_add(
    "center",
    r"x' = x - \mu",
    "LeCun et al. 1998, Efficient BackProp, section 4.3",
    _center,
    "sklearn.preprocessing.StandardScaler(with_std=False)",
    "features = features - features[train].mean(axis=0)\n",
)
_add(
    "standardize",
    r"x' = \frac{x - \mu}{\sigma}",
    "LeCun et al. 1998, Efficient BackProp, section 4.3",
    _standardize,
    "sklearn.preprocessing.StandardScaler",
    "mean, std = features[train].mean(axis=0), features[train].std(axis=0)\n"
    "features = (features - mean) / std\n",
)
_add(
    "min_max",
    r"x' = \frac{x - \min x}{\max x - \min x}",
    "scikit-learn, sklearn.preprocessing.MinMaxScaler",
    _min_max,
    "sklearn.preprocessing.MinMaxScaler",
    "low, high = features[train].min(axis=0), features[train].max(axis=0)\n"
    "features = (features - low) / (high - low)\n",
)
_add(
    "pca",
    r"x' = U^\top (x - \mu),\quad \Sigma = U \Lambda U^\top",
    "Pearson 1901; Hotelling 1933, Analysis of a complex of statistical variables into principal components",
    _pca,
    "sklearn.decomposition.PCA",
    AXES_CODE.replace("{extent}", "_") + "features = (features - mean) @ axes.T\n",
)
_add(
    "whitening",
    r"x' = \Lambda^{-1/2} U^\top (x - \mu),\quad \Sigma = U \Lambda U^\top",
    "LeCun et al. 1998, Efficient BackProp, section 4.3",
    _whitening,
    "sklearn.decomposition.PCA(whiten=True)",
    AXES_CODE.replace("{extent}", "extent")
    + "std = extent / np.sqrt(len(train) - 1)\nfeatures = (features - mean) @ axes.T / std\n",
)
