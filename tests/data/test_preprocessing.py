"""Preprocessing against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.decomposition import PCA
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from playground.data import PREPROCESSINGS

REFERENCES = {
    "center": lambda: StandardScaler(with_std=False),
    "standardize": StandardScaler,
    "min_max": MinMaxScaler,
    "pca": lambda: PCA(svd_solver="full"),
    "whitening": lambda: PCA(whiten=True, svd_solver="full"),
}
"""By singular values: of tall tables scikit-learn would take the covariances' eigenvalues, which lose half the
digits of a direction with little extent."""


def skewed(n: int, d: int) -> np.ndarray:
    """Correlated columns of very different size."""
    rng = np.random.default_rng(d)
    return rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) * 10.0 ** np.arange(-2, d - 2) + 7


def test_every_preprocessing_but_none_has_a_reference() -> None:
    assert set(REFERENCES) == set(PREPROCESSINGS) - {"none"}


@pytest.mark.parametrize("name", REFERENCES)
@pytest.mark.parametrize("d", [1, 2, 5])
def test_train_and_test_parts_agree_with_scikit_learn(name: str, d: int) -> None:
    train, test = skewed(80, d), skewed(30, d) * 1.5
    reference = REFERENCES[name]().fit(train)
    affine = PREPROCESSINGS[name].fit(train)
    np.testing.assert_allclose(affine.apply(train), reference.transform(train), rtol=1e-7, atol=1e-8)
    np.testing.assert_allclose(affine.apply(test), reference.transform(test), rtol=1e-7, atol=1e-7)


def test_none_changes_no_bit() -> None:
    F = skewed(20, 3)
    np.testing.assert_array_equal(PREPROCESSINGS["none"].fit(F).apply(F), F)


def test_pca_decorrelates_and_whitening_gives_unit_variance() -> None:
    F = skewed(200, 4)
    decorrelated = np.cov(PREPROCESSINGS["pca"].fit(F).apply(F).T)
    np.testing.assert_allclose(decorrelated, np.diag(np.diag(decorrelated)), atol=1e-6 * decorrelated.max())
    assert (np.diff(np.diag(decorrelated)) <= 0).all()
    np.testing.assert_allclose(np.cov(PREPROCESSINGS["whitening"].fit(F).apply(F).T), np.eye(4), atol=1e-7)


@pytest.mark.parametrize("name", ["standardize", "min_max"])
@pytest.mark.parametrize("value", [0.0, 5.0, 0.1, 1e9])
def test_a_constant_column_becomes_zero_as_in_scikit_learn(name: str, value: float) -> None:
    F = np.column_stack((np.full(7, value), np.arange(7.0)))
    result = PREPROCESSINGS[name].fit(F).apply(F)
    np.testing.assert_allclose(result, REFERENCES[name]().fit_transform(F), atol=1e-6)
    np.testing.assert_allclose(result[:, 0], 0, atol=1e-6)


def test_whitening_drops_a_direction_without_extent() -> None:
    t = np.random.default_rng(0).normal(size=50)
    F = np.column_stack((t, 2 * t + 1))  # on a line
    affine = PREPROCESSINGS["whitening"].fit(F)
    result = affine.apply(F)
    assert result[:, 0].std(ddof=1) == pytest.approx(1)
    np.testing.assert_array_equal(result[:, 1], 0)
    assert np.isfinite(affine.apply(np.array([[100.0, -100.0]]))).all()


@pytest.mark.parametrize("name", PREPROCESSINGS)
@pytest.mark.parametrize("n", [1, 2, 3])
def test_fewer_rows_than_columns_are_no_trouble(name: str, n: int) -> None:
    F = skewed(n, 6)
    affine = PREPROCESSINGS[name].fit(F)
    assert affine.matrix.shape == (6, 6)
    assert np.isfinite(affine.apply(F)).all()


numbers = st.floats(-1e9, 1e9, allow_subnormal=False)


@given(
    st.sampled_from(list(PREPROCESSINGS)),
    arrays(np.float64, st.tuples(st.integers(1, 12), st.integers(1, 4)), elements=numbers),
)
def test_any_features_give_a_finite_map(name: str, F: np.ndarray) -> None:
    affine = PREPROCESSINGS[name].fit(F)
    assert np.isfinite(affine.matrix).all()
    assert np.isfinite(affine.apply(F)).all()
    if name == "pca":
        np.testing.assert_allclose(affine.matrix @ affine.matrix.T, np.eye(F.shape[1]), atol=1e-9)
