"""The way from an experiment to arrays: split, label noise, caching, types."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playground.data import DATASETS, FEATURES, PREPROCESSINGS, Points, expand, prepare
from playground.data.prepare import PARTS, Data, draw, relabel, split
from playground.experiment import Experiment
from playground.registry import InvalidValue


def arrays(data: Data) -> dict[str, np.ndarray]:
    return {k: v for k, v in vars(data).items() if isinstance(v, np.ndarray)}


def test_the_default_is_half_and_half_in_the_promised_types() -> None:
    data = prepare(Experiment())
    assert data.X_train.shape == data.X_test.shape == (250, 2)
    assert data.X_train.dtype == np.float64
    assert data.F_train.dtype == data.F_test.dtype == data.y_train.dtype == np.float32
    assert data.F_train.flags.c_contiguous
    np.testing.assert_array_equal(data.F_train, data.X_train.astype(np.float32))
    assert set(data.y_train) == {0.0, 1.0}
    assert sorted([*data.train_index, *data.test_index]) == list(range(500))
    assert data.feature_names == ("x1", "x2")


def test_targets_have_the_type_of_their_task() -> None:
    assert prepare(Experiment(dataset="iris")).y_train.dtype == np.int64
    assert prepare(Experiment(dataset="plane")).y_test.dtype == np.float32


@pytest.mark.parametrize("name", [n for n in DATASETS if n != "custom"])
def test_the_same_experiment_gives_the_same_bits(name: str) -> None:
    e = Experiment(dataset=name, noise=0.2, label_noise=0.0, seed=5)
    first = prepare(e)
    from playground.data.prepare import _prepare

    _prepare.cache_clear()
    second = prepare(e)
    assert second is not first
    for key, value in arrays(first).items():
        np.testing.assert_array_equal(value, arrays(second)[key])
    other = prepare(e.replace(seed=6))
    assert not np.array_equal(other.X_train, first.X_train)


def test_only_fields_of_the_data_make_new_data() -> None:
    e = Experiment()
    data = prepare(e)
    assert prepare(e.replace(learning_rate=0.5, hidden=(3,), init_seed=9)) is data
    for change in (
        {"seed": 1},
        {"noise": 0.1},
        {"n_samples": 100},
        {"label_noise": 0.2},
        {"class_balance": 0.3},
        {"train_fraction": 0.6},
        {"features": ("x1",)},
        {"preprocessing": "pca"},
        {"dataset": "xor"},
    ):
        assert prepare(e.replace(**change)) is not data


def test_prepared_arrays_cannot_be_written() -> None:
    data = prepare(Experiment(preprocessing="standardize"))
    for array in (*arrays(data).values(), data.affine.matrix, data.affine.offset):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


@pytest.mark.parametrize("name", PREPROCESSINGS)
def test_features_of_new_positions_are_those_of_the_training_part(name: str) -> None:
    data = prepare(Experiment(preprocessing=name, features=tuple(FEATURES)))
    assert data.F_train.shape == (250, 10)
    np.testing.assert_allclose(data.features(data.X_train), data.F_train, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(data.features(data.X_test), data.F_test, rtol=1e-5, atol=1e-6)
    assert data.features(np.zeros((3, 2))).shape == (3, 10)


def test_statistics_come_from_the_training_part() -> None:
    data = prepare(Experiment(dataset="iris", preprocessing="standardize", train_fraction=0.3))
    np.testing.assert_allclose(data.affine.offset, data.X_train.mean(axis=0))
    np.testing.assert_allclose(data.F_train.std(axis=0), 1, rtol=1e-5)
    assert abs(float(data.F_test.std(axis=0)[0]) - 1) > 1e-4


def test_label_noise_hits_the_stated_share_of_the_training_labels_only() -> None:
    e = Experiment(dataset={"name": "blobs", "classes": 4}, n_samples=1000)
    clean, noisy = prepare(e), prepare(e.replace(label_noise=0.2))
    wrong = np.flatnonzero(clean.y_train != noisy.y_train)
    assert len(wrong) == 100
    np.testing.assert_array_equal(wrong, noisy.relabelled)
    np.testing.assert_array_equal(clean.y_test, noisy.y_test)
    np.testing.assert_array_equal(clean.F_train, noisy.F_train)
    more = prepare(e.replace(label_noise=0.4)).relabelled
    assert set(wrong) < set(more)


def test_relabelling_prefers_no_class() -> None:
    y, changed = relabel(np.zeros(4000, np.int64), 3, 0.5, seed=0)
    assert len(changed) == 2000
    assert np.bincount(y)[1:].tolist() == pytest.approx([1000, 1000], abs=120)


def test_label_noise_leaves_regression_alone() -> None:
    e = Experiment(dataset="plane")
    np.testing.assert_array_equal(prepare(e).y_train, prepare(e.replace(label_noise=0.5)).y_train)


@given(st.integers(2, 300), st.floats(0.1, 0.9), st.integers(0, 2**31 - 1))
def test_a_split_uses_every_row_once_and_leaves_no_part_empty(n: int, share: float, seed: int) -> None:
    train, validation, test = split(n, share, seed)
    assert sorted([*train, *test]) == list(range(n))
    assert len(validation) == 0
    assert len(train) >= 1
    assert len(test) >= 1
    assert abs(len(train) - n * share) <= 1


@given(st.integers(3, 300), st.floats(0.1, 0.9), st.floats(0.05, 0.5), st.integers(0, 2**31 - 1))
def test_a_validation_part_is_taken_from_the_training_points(
    n: int, share: float, held: float, seed: int
) -> None:
    train, validation, test = split(n, share, seed, held)
    assert sorted([*train, *validation, *test]) == list(range(n))
    assert min(len(train), len(validation), len(test)) >= 1
    if round(n * share) >= 2:
        known, _, tested = split(n, share, seed)
        assert test.tolist() == tested.tolist()
        assert [*train, *validation] == known.tolist()
        assert abs(len(validation) - held * len(known)) <= 1


def test_the_parts_hold_their_own_rows() -> None:
    experiment = Experiment(
        dataset="iris", validation_fraction=0.3, preprocessing="standardize", label_noise=0.2
    )
    data, sample = prepare(experiment), draw(experiment)
    assert data.sizes() == (53, 22, 75)
    for part in PARTS:
        rows = getattr(data, f"{part}_index")
        assert np.array_equal(getattr(data, f"X_{part}"), sample.X[rows])
        assert np.array_equal(getattr(data, f"F_{part}"), data.features(sample.X[rows]))
        assert len(getattr(data, f"F_{part}")) == len(rows)
        if part != "train":  # whose labels are wrong on purpose
            assert np.array_equal(getattr(data, f"y_{part}"), sample.y[rows])
    np.testing.assert_allclose(data.F_train.mean(axis=0), 0, atol=1e-6)  # fitted on the training part alone
    assert [data.part_of(point) for point in (0, 53, 74, 75)] == [
        ("train", 0),
        ("validation", 0),
        ("validation", 21),
        ("test", 0),
    ]
    assert np.array_equal(data.all("X")[53:75], data.X_validation)


def test_a_class_that_a_part_lacks_is_told() -> None:
    assert prepare(Experiment()).notices() == ()
    few = Experiment(dataset={"name": "blobs", "classes": 5}, n_samples=20, validation_fraction=0.1)
    assert prepare(few).sizes() == (9, 1, 10)
    assert "class_missing_validation" in prepare(few).notices()


def test_what_must_choose_holds_out_a_fifth_unless_it_chooses_on_the_test_part() -> None:
    plain = Experiment()
    assert prepare(plain).sizes() == (250, 0, 250)
    for change in ({"early_stopping": "patience"}, {"schedule": "reduce_on_plateau"}):
        choosing = plain.replace(**change)
        assert (choosing.watched, choosing.held_out) == ("validation", 0.2)
        assert prepare(choosing).sizes() == (200, 50, 250)
        assert "validation_held_out" in choosing.notices()
        on_test = choosing.replace(choose_on="test")
        assert prepare(on_test) is prepare(plain)
        assert on_test.watched == "test"
        assert "chooses_on_test" in on_test.notices()
        own = choosing.replace(validation_fraction=0.4)
        assert prepare(own).sizes() == (150, 100, 250)
        assert own.notices() == ()
    assert plain.replace(early_stopping="patience").for_choosing().validation_fraction == 0.2


def test_one_more_point_hardly_moves_the_split() -> None:
    before, after = set(split(200, 0.5, 0)[0].tolist()), set(split(201, 0.5, 0)[0].tolist())
    assert len(before - after) <= 1


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ((), "at least 2 points"),
        (((0, 0, 0),), "at least 2 points"),
        (((0, 0, 1), (1, 1, 1), (2, 1, 1)), "points of the class red only"),
    ],
)
def test_points_that_teach_nothing_are_refused(rows: tuple, message: str) -> None:
    e = Experiment(dataset="custom", points=Points(class_names=("blue", "red"), rows=rows))
    with pytest.raises(InvalidValue, match=message) as error:
        prepare(e)
    assert error.value.field == "points"


@pytest.mark.parametrize("preprocessing", PREPROCESSINGS)
@pytest.mark.parametrize("rows", [((1, 1, 0), (1, 1, 1)), ((0, 5, 0), (2, 5, 1), (9, 5, 1))])
def test_degenerate_points_are_prepared_safely(preprocessing: str, rows: tuple) -> None:
    points = Points(class_names=("a", "b"), rows=rows)
    e = Experiment(dataset="custom", points=points, preprocessing=preprocessing, features=tuple(FEATURES))
    data = prepare(e)
    assert data.sizes() == (len(rows), 0, 0)
    for array in arrays(data).values():
        assert np.isfinite(array).all()
    (a, b), (c, d) = data.domain
    assert b > a
    assert d > c


def test_a_fixed_domain_stays_and_grows_only_for_points_outside() -> None:
    square = ((-6.0, 6.0), (-6.0, 6.0))
    points = Points(class_names=("a", "b"), rows=((0, 0, 0), (1, 1, 1)), domain=square)
    assert prepare(Experiment(dataset="custom", points=points)).domain == square
    wider = points.append([(0, 7.5, 1)])
    assert prepare(Experiment(dataset="custom", points=wider)).domain == ((-6.0, 6.0), (-6.0, 7.5))


def test_huge_values_stay_finite_in_every_feature() -> None:
    points = Points(class_names=("a", "b"), rows=((1e9, -1e9, 0), (-1e9, 1e9, 1), (0, 0, 0), (1, 2, 1)))
    for preprocessing in PREPROCESSINGS:
        e = Experiment(dataset="custom", points=points, features=tuple(FEATURES), preprocessing=preprocessing)
        assert np.isfinite(prepare(e).F_train).all()
        assert np.isfinite(prepare(e).F_test).all()


@settings(max_examples=40, deadline=None)
@given(st.sampled_from([n for n in DATASETS if n != "custom"]), st.data())
def test_any_combination_of_fields_is_prepared(name: str, data: st.DataObject) -> None:
    e = Experiment(
        dataset=name,
        n_samples=data.draw(st.integers(10, 300)),
        noise=data.draw(st.floats(0, 0.5)),
        label_noise=data.draw(st.floats(0, 0.5)),
        class_balance=data.draw(st.floats(0.1, 0.9)),
        train_fraction=data.draw(st.floats(0.1, 0.9)),
        features=tuple(data.draw(st.lists(st.sampled_from(list(FEATURES)), min_size=1, unique=True))),
        preprocessing=data.draw(st.sampled_from(list(PREPROCESSINGS))),
        seed=data.draw(st.integers(0, 2**31 - 1)),
    )
    prepared = prepare(e)
    for array in arrays(prepared).values():
        assert np.isfinite(array).all()
    assert len(prepared.y_train) + len(prepared.y_test) <= e.n_samples


@pytest.mark.parametrize("name", FEATURES)
def test_the_shown_code_of_a_feature_is_what_it_computes(name: str) -> None:
    X = np.random.default_rng(0).uniform(-6, 6, (50, 2))
    shown = eval(FEATURES[name].code, {"np": np, "x1": X[:, 0], "x2": X[:, 1]})
    np.testing.assert_array_equal(expand((name,), X)[:, 0], shown)


def test_features_by_hand() -> None:
    # at (3, 4): 3, 4, 9, 16, 12, sines and cosines, 5
    expected = [3, 4, 9, 16, 12, np.sin(3), np.sin(4), np.cos(3), np.cos(4), 5]
    np.testing.assert_allclose(expand(tuple(FEATURES), np.array([[3.0, 4.0]]))[0], expected)


NO_TEST = {"no_test_part", "too_few_to_test", "only_validation_part"}


@pytest.mark.parametrize("held", [0.0, 0.3])
def test_all_points_are_trained_on_where_none_is_to_be_kept(held: float) -> None:
    e = Experiment(train_fraction=1.0, validation_fraction=held, n_samples=100)
    data = prepare(e)
    assert data.sizes() == (round(100 * (1 - held)), round(100 * held), 0)
    rows = np.concatenate([data.train_index, data.validation_index])
    assert np.array_equal(np.sort(rows), np.arange(100))
    assert e.watched == ("validation" if held else "train")
    assert set(e.notices()) & NO_TEST == {"only_validation_part" if held else "no_test_part"}


def test_a_handful_of_points_is_all_trained_on_and_said_so() -> None:
    ten = tuple((float(i), 0.0, i % 2) for i in range(10))
    for n in (4, 9, 10):
        e = Experiment(dataset="custom", points=Points(class_names=("a", "b"), rows=ten[:n]))
        assert e.tested == (n == 10)
        assert prepare(e).sizes()[2] == (5 if n == 10 else 0)
        assert ("too_few_to_test" in e.notices()) == (n < 10)


def test_what_must_choose_has_a_part_to_choose_on_where_all_points_are_trained_on() -> None:
    for choose_on in ("validation", "test"):
        e = Experiment(train_fraction=1.0, early_stopping="patience", choose_on=choose_on)
        assert (e.held_out, e.watched) == (0.2, "validation")
        assert "chooses_on_test" not in e.notices()
        assert Experiment(train_fraction=1.0, choose_on=choose_on).for_choosing().watched == "validation"
