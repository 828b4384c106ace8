"""Shapes and statistics of the data sets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import datasets as sklearn_datasets
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from playground.data import DATASETS, draw, points_from_experiment, prepare
from playground.data.datasets import choose_rows, class_counts
from playground.data.plane import padded_domain
from playground.data.real import BREAST_CANCER, IRIS, WINE
from playground.data.toy_regression import bump_height
from playground.experiment import Experiment

GENERATED = [name for name in DATASETS if name != "custom"]
TOYS = [name for name in DATASETS if DATASETS[name].kind == "toy"]


def radius(X: np.ndarray) -> np.ndarray:
    return np.hypot(X[:, 0], X[:, 1])


def variants(name: str) -> list[dict[str, object]]:
    """The data set with each end of each parameter's range, or each choice."""
    result: list[dict[str, object]] = [{"name": name}]
    for param in DATASETS[name].params:
        values = param.choices if param.kind == "choice" else (param.low, param.high)
        result += [{"name": name, param.name: value} for value in values]
    return result


@pytest.mark.parametrize("name", GENERATED)
def test_every_variant_gives_finite_points_of_the_promised_kind(name: str) -> None:
    for dataset in variants(name):
        e = Experiment(dataset=dataset, n_samples=200)
        sample = draw(e)
        n = len(sample.y)
        assert sample.X.shape == (n, len(e.columns))
        assert sample.X.dtype == np.float64
        assert np.isfinite(sample.X).all()
        assert np.isfinite(sample.y).all()
        assert 100 <= n <= 200
        assert sample.class_names == e.class_names
        assert sample.x_names == e.columns or e.columns == ("x1", "x2")
        (a, b), (c, d) = prepare(e).domain
        places = prepare(e).plane.places(sample.X)
        assert (((a, c) <= places) & ((b, d) >= places)).all()
        if e.task == "regression":
            assert sample.y.dtype == np.float32
            assert sample.class_names == ()
        else:
            assert sample.y.dtype == np.int64
            assert set(sample.y) == set(range(len(sample.class_names)))


@pytest.mark.parametrize("name", GENERATED)
def test_the_smallest_sample_with_the_most_uneven_classes_holds_every_class(name: str) -> None:
    for dataset in variants(name):
        for balance in (0.1, 0.9):
            sample = draw(Experiment(dataset=dataset, n_samples=10, class_balance=balance))
            assert len(sample.y) <= 10
            if sample.class_names:
                assert set(sample.y) == set(range(len(sample.class_names)))


@pytest.mark.parametrize("name", GENERATED)
@pytest.mark.parametrize("noise", [0.1, 0.5])
def test_noise_changes_the_sample_but_not_its_size(name: str, noise: float) -> None:
    clean = draw(Experiment(dataset=name))
    noisy = draw(Experiment(dataset=name, noise=noise))
    assert noisy.X.shape == clean.X.shape
    assert not (np.array_equal(noisy.X, clean.X) and np.array_equal(noisy.y, clean.y))
    meaning = DATASETS[name].noise_meaning
    if meaning in ("label", "target"):
        np.testing.assert_array_equal(noisy.X, clean.X)
    else:
        np.testing.assert_array_equal(noisy.y, clean.y)


@pytest.mark.parametrize("name", GENERATED)
def test_suggested_fields_make_an_experiment(name: str) -> None:
    assert Experiment(dataset=name, **DATASETS[name].suggested).dataset.name == name


def test_circle_has_the_well_known_radii() -> None:
    sample = draw(Experiment(n_samples=2000))
    r = radius(sample.X)
    assert r[sample.y == 1].max() < 2.5
    assert r[sample.y == 0].min() >= 3.5
    assert r[sample.y == 0].max() <= 5.0
    assert np.bincount(sample.y).tolist() == [1000, 1000]
    assert r[sample.y == 1].mean() == pytest.approx(1.25, abs=0.08)  # radius, not area, is uniform


def test_xor_leaves_the_axes_free() -> None:
    sample = draw(Experiment(dataset="xor", n_samples=2000))
    assert np.abs(sample.X).min() >= 0.3
    assert np.abs(sample.X).max() <= 5.3
    np.testing.assert_array_equal(sample.y, sample.X[:, 0] * sample.X[:, 1] > 0)
    quadrants = np.unique(np.sign(sample.X), axis=0, return_counts=True)[1]
    assert quadrants.min() > 400


@pytest.mark.parametrize(("noise", "variance"), [(0.0, 0.5), (0.5, 4.0)])
def test_two_blobs_have_the_well_known_centres_and_spread(noise: float, variance: float) -> None:
    sample = draw(Experiment(dataset="blobs", n_samples=5000, noise=noise))
    for k, center in enumerate((-2.0, 2.0)):
        X = sample.X[sample.y == k]
        np.testing.assert_allclose(X.mean(axis=0), center, atol=0.15)
        np.testing.assert_allclose(X.var(axis=0), variance, rtol=0.1)


@pytest.mark.parametrize("classes", [3, 6])
def test_more_blobs_stand_apart(classes: int) -> None:
    sample = draw(Experiment(dataset={"name": "blobs", "classes": classes}, n_samples=3000))
    means = np.array([sample.X[sample.y == k].mean(axis=0) for k in range(classes)])
    apart = np.linalg.norm(means[:, None] - means[None], axis=2) + 99 * np.eye(classes)
    assert apart.min() > 3.5


def test_spiral_matches_the_formula_point_by_point() -> None:
    sample = draw(Experiment(dataset="spiral", n_samples=100))
    for k, start in ((1, 0.0), (0, np.pi)):
        s = np.arange(50) / 50
        angle = 2 * np.pi * 1.75 * s + start
        expected = 5 * s[:, None] * np.column_stack((np.sin(angle), np.cos(angle)))
        np.testing.assert_allclose(sample.X[sample.y == k], expected, atol=1e-12)


@pytest.mark.parametrize("arms", [3, 6])
def test_arms_are_turned_copies_of_each_other(arms: int) -> None:
    sample = draw(Experiment(dataset={"name": "spiral_arms", "arms": arms}, n_samples=60 * arms))
    turn = 2 * np.pi / arms
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])  # row @ R: clockwise
    first, second = sample.X[sample.y == 0], sample.X[sample.y == 1]
    np.testing.assert_allclose(first @ rotation, second, atol=1e-12)


def test_moons_are_scikit_learns_up_to_shift_and_scale() -> None:
    sample = draw(Experiment(dataset="moons", n_samples=400))
    unit = sample.X / 3.3 + (0.5, 0.25)  # back to make_moons' coordinates
    X, y = sklearn_datasets.make_moons(4001, noise=None)
    for k in (0, 1):
        nearest = np.linalg.norm(unit[sample.y == k][:, None] - X[y == k][None], axis=2).min(axis=1)
        assert nearest.max() < 2e-3


@pytest.mark.parametrize("rings", [2, 3, 4])
def test_rings_lie_in_separate_bands(rings: int) -> None:
    sample = draw(Experiment(dataset={"name": "rings", "rings": rings}))
    r = radius(sample.X) / (5 / rings)
    assert (np.abs(r - 1 - sample.y) <= 0.15 + 1e-12).all()


@pytest.mark.parametrize("cells", [2, 3, 6])
def test_checkerboard_alternates(cells: int) -> None:
    e = Experiment(dataset={"name": "checkerboard", "cells": cells}, n_samples=1000)
    sample = draw(e)
    column, row = np.floor((sample.X + 5) / (10 / cells)).astype(int).T
    np.testing.assert_array_equal(sample.y, (column + row + 1) % 2)
    assert len(set(zip(column, row, strict=True))) == cells**2


def test_label_noise_of_the_shapes_is_symmetric_around_the_edge() -> None:
    noisy = draw(Experiment(dataset="xor", n_samples=5000, noise=0.5))
    wrong = noisy.y != (noisy.X[:, 0] * noisy.X[:, 1] > 0)
    near = np.abs(noisy.X).min(axis=1) < 1.0
    assert 0.05 < wrong.mean() < 0.4
    assert wrong[near].mean() > wrong[~near].mean()


def test_plane_is_the_scaled_sum() -> None:
    sample = draw(Experiment(dataset="plane"))
    np.testing.assert_allclose(sample.y, sample.X.sum(axis=1) / 10, rtol=1e-6)
    assert np.abs(sample.X).max() <= 6


def test_bumps_have_their_heights_at_centre_and_edge() -> None:
    # by hand: +1 at (-4, 2.5); half a radius away 0.5; between the bumps 0; -1 at (4, -2.5)
    X = np.array([[-4.0, 2.5], [-3.0, 2.5], [0.0, 0.0], [4.0, -2.5], [0.0, 1.5]])
    np.testing.assert_allclose(bump_height(X), [1.0, 0.5, 0.0, -1.0, -0.5], atol=1e-12)


def test_x_sin_follows_its_formula_and_its_noise() -> None:
    e = Experiment(dataset={"name": "x_sin", "periods": 2}, n_samples=5000)
    clean, noisy = draw(e), draw(e.replace(noise=0.3))
    x = clean.X[:, 0] / 3
    np.testing.assert_allclose(clean.y, x * np.sin(2 * np.pi * x), atol=1e-6)
    assert (noisy.y - clean.y).std() == pytest.approx(0.3, rel=0.05)


@pytest.mark.parametrize(
    ("name", "columns"), [("iris", IRIS), ("wine", WINE), ("breast_cancer", BREAST_CANCER)]
)
def test_real_columns_are_scikit_learns_in_raw_units(name: str, columns: tuple[str, ...]) -> None:
    bunch = getattr(sklearn_datasets, f"load_{name}")()
    given_names = [n.replace(" (cm)", "").replace(" ", "_").replace("/", "_") for n in bunch.feature_names]
    assert list(columns) == given_names
    assert list(DATASETS[name].class_names(DATASETS[name].spec())) == [str(t) for t in bunch.target_names]
    spec = {"name": name, "x1": columns[0], "x2": columns[-1]}
    sample = draw(Experiment(dataset=spec, n_samples=5000))
    np.testing.assert_array_equal(sample.X, bunch.data[:, [0, -1]])
    np.testing.assert_array_equal(sample.y, bunch.target)


@pytest.mark.parametrize(
    ("name", "scaled"), [("iris", False), ("wine", True), ("breast_cancer", True), ("digits", False)]
)
def test_components_are_scikit_learns(name: str, scaled: bool) -> None:
    X, y = getattr(sklearn_datasets, f"load_{name}")(return_X_y=True)
    expected = PCA(2).fit_transform(StandardScaler().fit_transform(X) if scaled else X)
    sample = draw(Experiment(dataset={"name": name, "x1": "pc1", "x2": "pc2"}, n_samples=5000))
    np.testing.assert_allclose(sample.X, expected, atol=1e-8)
    np.testing.assert_array_equal(sample.y, y)


def test_a_limit_on_real_data_keeps_the_proportions() -> None:
    sample = draw(Experiment(dataset="breast_cancer", n_samples=100))
    assert np.bincount(sample.y).tolist() == [37, 63]  # of 212 and 357


@pytest.mark.parametrize(
    ("balance", "expected"), [(0.5, [50, 50, 50]), (0.9, [50, 6, 5]), (0.1, [5, 50, 50])]
)
def test_balance_of_real_data_drops_as_few_rows_as_it_can(balance: float, expected: list[int]) -> None:
    sample = draw(Experiment(dataset="iris", class_balance=balance))
    assert np.bincount(sample.y).tolist() == expected


@given(st.integers(10, 5000), st.integers(2, 10), st.floats(0.1, 0.9))
def test_class_counts_add_up_and_follow_the_weights(n: int, classes: int, balance: float) -> None:
    counts = class_counts(n, classes, balance)
    assert counts.sum() == n
    assert counts.min() >= 1
    weight = balance / (balance + (classes - 1) * (1 - balance))
    assert abs(counts[0] - n * weight) <= 1 or counts.min() == 1


@given(
    st.lists(st.integers(0, 3), min_size=1, max_size=60),
    st.integers(10, 50),
    st.floats(0.1, 0.9),
)
def test_chosen_rows_are_distinct_within_the_limit_and_of_every_class(
    y: list[int], limit: int, balance: float
) -> None:
    labels = np.array(y)
    rows = choose_rows(labels, 4, limit, balance, np.random.default_rng(0))
    assert len(set(rows.tolist())) == len(rows) <= limit
    assert set(labels[rows]) == set(y)


def test_a_constant_column_still_gets_a_domain() -> None:
    (a, b), (c, d) = padded_domain(np.array([[3.0, 0.0], [3.0, 10.0]]))
    assert (a, b) == (2.0, 4.0)
    assert (c, d) == pytest.approx((-0.8, 10.8))


@pytest.mark.parametrize("name", ["circle", "x_sin", "iris"])
def test_any_sample_can_become_editable_points(name: str) -> None:
    e = Experiment(dataset=name, noise=0.1)
    points = points_from_experiment(e)
    sample, again = draw(e), draw(Experiment(dataset="custom", points=points))
    spans = np.ptp(np.array(sample.domain), axis=1)
    assert (np.abs(again.X - sample.X) <= spans / 2000).all(), (
        "a thousandth of the map, so that a link can hold them"
    )
    np.testing.assert_allclose(again.y, sample.y, atol=np.ptp(sample.y) / 2000)
    assert again.domain == sample.domain
    assert again.x_names == sample.x_names
    assert prepare(Experiment(dataset="custom", points=points)).class_names == sample.class_names


def test_the_unit_spiral_is_the_courses_formula() -> None:
    sample = draw(Experiment(dataset="unit_spiral", n_samples=300))
    along = np.linspace(0.0, 1.0, 100)
    for k in range(3):
        angle = np.linspace(4 * k, 4 * (k + 1), 100)
        expected = np.column_stack([along * np.sin(angle), along * np.cos(angle)])
        np.testing.assert_allclose(sample.X[sample.y == k], expected, atol=1e-12)
    noisy = draw(Experiment(dataset="unit_spiral", n_samples=300, noise=0.2))
    np.testing.assert_allclose(radius(noisy.X), radius(sample.X), atol=1e-12)
