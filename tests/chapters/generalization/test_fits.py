"""Bias, variance and double descent against closed formulas and scikit-learn, and the lecture's claims."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.polynomial import Polynomial
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.model_selection import PredefinedSplit, cross_val_score

from playground.chapters import sections
from playground.chapters.generalization import descent, simpler
from playground.chapters.generalization import fits as lab


@pytest.mark.parametrize("degree", [0, 1, 5, 9])
def test_fits_are_least_squares_polynomials(degree: int) -> None:
    x, y = lab.samples(30, 0.2, 3)
    fits = lab.polynomial_fits(degree, 30, 0.2, 3)
    for s in range(3):
        expected = Polynomial.fit(x[s], y[s], degree)(fits.x)
        np.testing.assert_allclose(fits.curves[s], expected, atol=1e-8)


@pytest.mark.parametrize("n", [10, 17, 30])
def test_all_degrees_at_once_are_the_fits_one_by_one(n: int) -> None:
    table = lab.by_degree(n, 0.2, 40)
    one_by_one = [lab.row(degree, lab.polynomial_fits(degree, n, 0.2, 40)) for degree in lab.DEGREES]
    for name in ("train", "bias2", "variance", "validation"):
        np.testing.assert_allclose(table[name], [row[name] for row in one_by_one], rtol=1e-6, atol=1e-12)


def test_bias_variance_and_noise_are_the_expected_error() -> None:
    fits = lab.polynomial_fits(3, 20, 0.3, 400)
    assert fits.bias2 + fits.variance + 0.09 == pytest.approx(fits.validation, rel=1e-9)
    # The noisy points themselves, in place of the algebra.
    rng = np.random.default_rng(5)
    noisy = lab.target(fits.x) + 0.3 * rng.standard_normal((400, len(fits.x)))
    assert np.mean((fits.curves - noisy) ** 2) == pytest.approx(fits.validation, rel=0.05)


@pytest.mark.parametrize("seed", range(3))
def test_degree_1_underfits_5_is_right_and_15_overfits(seed: int) -> None:
    table = lab.by_degree(30, 0.2, 200, (1, 5, 15), seed).set_index("complexity")
    assert table.loc[1, "bias2"] > 10 * table.loc[5, "bias2"]
    assert table.loc[15, "variance"] > 10 * table.loc[5, "variance"]
    assert table["validation"].idxmin() == 5
    assert table["train"].is_monotonic_decreasing
    assert table.loc[1, "train"] > 0.04  # more than the noise: it misses its own points


def test_the_training_error_of_a_right_model_is_what_degrees_of_freedom_say() -> None:
    # E[train] = σ²(1 − p/n) with p = 8 parameters, which can bend as the function does.
    fits = lab.polynomial_fits(7, 30, 0.2, 2000)
    assert fits.train.mean() == pytest.approx(0.04 * (1 - 8 / 30), rel=0.03)


def test_a_wider_network_has_less_bias() -> None:
    found = {}
    for width in (1, 6):
        *_, (share, fits) = lab.network_fits(width, 30, 0.2, 6, 1000)
        assert share == 1
        found[width] = lab.row(width, fits)
    assert found[1]["bias2"] > 2 * found[6]["bias2"]
    assert found[1]["train"] > found[6]["train"]


def test_the_fifth_coefficient_costs_more_than_it_brings_on_thirty_points() -> None:
    section = sections["generalization/bias"]
    found = section.verdict(section.run(), section.settings())
    assert found.key == "four"
    assert float(str(found.values["variance"])) > float(str(found.values["bias"])) > 0
    many = section.settings(points=60)
    assert section.verdict(section.run(points=60), many).key == "five"


def test_the_least_norm_read_out_is_the_limit_of_ridge() -> None:
    X, y, *_ = descent.problem(0)
    for count in (10, 80):
        A = descent.features(X, count, 0)
        ridge = Ridge(alpha=0.5, fit_intercept=False, tol=1e-12).fit(A, y).coef_
        np.testing.assert_allclose(descent.read_out(A, y, 0.5), ridge, atol=1e-8)
        np.testing.assert_allclose(descent.read_out(A, y), descent.read_out(A, y, 1e-9), atol=1e-4)
    A = descent.features(X, 80, 0)
    np.testing.assert_allclose(A @ descent.read_out(A, y), y, atol=1e-8)  # passes every point


@pytest.mark.parametrize("n", [25, 40])
def test_the_error_peaks_where_features_are_as_many_as_points(n: int) -> None:
    counts = (5, 12, n // 2, n - 8, n, n + 10, 3 * n, 10 * n)
    *_, (_, table) = descent.double_descent(n=n, counts=counts)
    medians = descent.medians(table).set_index("features")
    assert medians["test"].idxmax() == n
    assert medians["norm"].idxmax() == n
    assert medians.loc[10 * n, "test"] < medians.loc[n + 10, "test"] / 2
    assert (medians.loc[n:, "train"] < 1e-6).all()


def test_a_ridge_takes_the_peak_away() -> None:
    *_, (_, table) = descent.double_descent(ridge=1.0, counts=(12, 40, 120), seeds=10)
    medians = descent.medians(table).set_index("features")["test"]
    assert medians[40] < 1.5 * medians[12]


def test_double_descent_begins_again_with_each_seed_alike() -> None:
    *_, (_, one) = descent.double_descent(seeds=1, counts=(5, 40))
    *_, (_, two) = descent.double_descent(seeds=2, counts=(5, 40))
    np.testing.assert_array_equal(one["test"], two["test"][:2])
    X, *_ = descent.problem(0)
    np.testing.assert_array_equal(descent.features(X, 9, 0)[:, :4], descent.features(X, 4, 0))


def test_equal_scores_by_hand() -> None:
    # Lowest at 3 with 0.10; what lies below 0.10 + 0.02 is equal, and 2 is the simplest of those.
    table = pd.DataFrame(
        {"degree": [1, 2, 3, 4], "score": [0.30, 0.115, 0.10, 0.11], "error": [0.05, 0.01, 0.02, 0.02]}
    )
    assert simpler.chosen(table) == (3, 2)


def test_cross_validation_is_that_of_scikit_learn() -> None:
    x, y = (part[0] for part in lab.samples(40, 0.2, 1))
    table = simpler.scores(x, y).set_index("degree")
    split = PredefinedSplit(np.arange(40) % simpler.FOLDS)
    for degree in (1, 5):
        powers = (2 * x - 1)[:, None] ** np.arange(1, degree + 1)
        errors = -cross_val_score(LinearRegression(), powers, y, cv=split, scoring="neg_mean_squared_error")
        assert table.loc[degree, "score"] == pytest.approx(errors.mean(), rel=1e-6)
        assert table.loc[degree, "error"] == pytest.approx(errors.std(ddof=1) / 10**0.5, rel=1e-6)


def test_the_ridge_takes_the_peak_away_in_the_section_too() -> None:
    section = sections["generalization/descent"]
    assert section.verdict(section.run(seeds=5), section.settings(seeds=5)).key == "peak"
    smooth = section.settings(seeds=5, ridge=1.0)
    assert section.verdict(section.run(seeds=5, ridge=1.0), smooth).key == "flat"
