"""The plane that maps show of many inputs: where points stand on it, what is held, and how near they are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from playground import Experiment, InvalidValue
from playground.data import prepare, view_text
from playground.data.plane import View, plane_of, ranges, telling
from playground.data.prepare import plane_seen

WINE = {"dataset": {"name": "wine", "inputs": "all"}}


def names(d: int) -> tuple[str, ...]:
    return tuple(f"c{i}" for i in range(d))


@st.composite
def planes(draw):
    """A plane of 3 to 64 inputs, and the points that it is of."""
    d = draw(st.integers(3, 64))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    X = rng.normal(size=(40, d)) * 10.0 ** rng.integers(-3, 4, d) + rng.normal(size=d)
    X[:, rng.random(d) < 0.1] = 1.5  # constant columns
    across, down = draw(st.lists(st.integers(0, d - 1), min_size=2, max_size=2, unique=True))
    held = tuple(rng.normal(size=d).tolist()) if draw(st.booleans()) else None
    view = View(draw(st.sampled_from(["columns", "components"])), across, down, held)
    return plane_of(view.check(d), names(d), X, X[:25]), X


@given(planes())
def test_a_place_is_found_again_in_its_inputs(drawn) -> None:
    plane, X = drawn
    (a, b), (c, d) = plane.domain
    places = np.column_stack([np.linspace(a, b, 9), np.linspace(d, c, 9)])
    inputs = plane.inputs(places)
    assert inputs.shape == (9, plane.n_inputs)
    span = max(b - a, d - c)
    np.testing.assert_allclose(plane.places(inputs), places, atol=1e-6 * span)
    np.testing.assert_allclose(plane.near(inputs), 1.0, atol=1e-6)
    points = plane.places(X)
    assert ((points >= (a, c)) & (points <= (b, d))).all()
    near = plane.near(X)
    assert ((near >= 0) & (near <= 1)).all()


@given(planes())
def test_what_is_held_does_not_move(drawn) -> None:
    plane, _X = drawn
    if plane.kind == "components":
        return
    places = np.random.default_rng(0).normal(size=(5, 2))
    inputs = plane.inputs(places)
    moving = [i for i in range(plane.n_inputs) if plane.across[i] or plane.down[i]]
    assert len(moving) == 2
    assert plane.n_held == plane.n_inputs - 2
    still = np.delete(inputs, moving, axis=1)
    assert (still == still[0]).all()
    assert {tuple(inputs[:, i]) for i in moving} == {tuple(places[:, 0]), tuple(places[:, 1])}


def test_the_others_stand_at_the_training_parts_median() -> None:
    data = prepare(Experiment(**WINE))
    median = np.median(data.X_train, axis=0)
    expected = median.copy()
    expected[[0, 6]] = 0.0
    np.testing.assert_allclose(data.plane.origin, expected)
    assert data.plane.names == ("alcohol", "flavanoids")
    assert data.plane.held == "median"


def test_the_components_are_those_of_scikit_learn() -> None:
    data = prepare(Experiment(**WINE))
    plane = plane_seen(data, View("components"))
    scaler = StandardScaler().fit(data.X_train)
    pca = PCA(2).fit(scaler.transform(data.X_train))
    expected = pca.transform(scaler.transform(data.all("X")))
    found = plane.places(data.all("X"))
    signs = np.sign((found * expected).sum(axis=0))
    np.testing.assert_allclose(found * signs, expected, atol=1e-8)
    np.testing.assert_allclose(plane.share, pca.explained_variance_ratio_)


def test_nearness_worked_by_hand() -> None:
    """Three inputs of standard deviation 1, 1 and 2; the third is held at its median, 0."""
    train = np.array([[-1.0, -1, -2], [1, 1, 2], [-1, 1, -2], [1, -1, 2]])
    plane = plane_of(View(), names(3), train, train)
    assert plane.origin == (0.0, 0.0, 0.0)
    np.testing.assert_allclose(
        plane.near(np.array([[9.0, 9, 0], [0, 0, 2], [0, 0, 4]])), np.exp([0, -0.5, -2])
    )


def test_one_input_has_a_line() -> None:
    X = np.array([[1.0], [2.0], [4.0]])
    plane = plane_of(View().check(1), ("age",), X, X)
    assert plane.names == ("age", "")
    np.testing.assert_array_equal(plane.inputs(np.array([[3.0, 0.7]])), [[3.0]])
    np.testing.assert_array_equal(plane.places(X), [[1, 0], [2, 0], [4, 0]])
    assert plane.held == "nothing"


@pytest.mark.parametrize(
    ("view", "d", "field"),
    [
        (View("columns", 0, 1), 2, "plane"),
        (View("sideways"), 5, "kind"),  # type: ignore[arg-type]
        (View("columns", 5, 1), 5, "across"),
        (View("columns", 0, -1), 5, "down"),
        (View("columns", 1, 1), 5, "down"),
        (View("components"), 1, "kind"),
        (View("columns", 0, 1, (1.0,)), 5, "held"),
        (View("columns", 0, 1, (1.0, 2.0, float("nan"))), 3, "held[2]"),
        (View("columns", 0, 1, (1.0, 2.0, 1e10)), 3, "held[2]"),
    ],
)
def test_what_is_refused(view: View, d: int, field: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        view.check(d)
    assert caught.value.field == field


# --- what is held elsewhere, sliders, and the address ----------------------------------------------------


def test_some_inputs_are_moved_and_the_others_stay_at_the_median() -> None:
    train = np.array([[0.0, 1, 10, 5], [2, 3, 20, 5], [4, 8, 60, 5]])
    view = View("columns", 1, 3, (9.0, 9.0, None, 9.0)).check(4)
    assert view.held == (9.0, None, None, None)  # what is shown is not held
    plane = plane_of(view, names(4), train, train)
    assert plane.origin == (9.0, 0.0, 20.0, 0.0)
    assert (plane.held, plane.chosen) == ("values", (9.0, None, None, None))
    nothing = View("columns", 1, 3, (None, 4.0, None, 2.0)).check(4)
    assert nothing == View("columns", 1, 3)
    assert plane_of(nothing, names(4), train, train).held == "median"
    assert View("components", 2, 3, (1.0,) * 4).check(4) == View("components")


def test_sliders_run_over_all_points_in_round_steps() -> None:
    X = np.array([[0.0, 0.13, 7, 0], [1, 4.9, 7, 2500], [0, 2.0, 7, 100]])
    assert ranges(X, X[:2]) == [(0, 1, 0.5, 1), (0.13, 4.9, 2.515, 0.01), (7, 7, 7, 1), (0, 2500, 1250, 10)]


def test_columns_that_are_the_same_everywhere_are_shown_last() -> None:
    X = np.column_stack([np.zeros(40), np.arange(40) % 2, np.arange(40), np.arange(40) % 20])
    assert telling(X) == (2, 3)
    assert telling(X[:, :1]) == (0, 1)


HARD = ("a,b", "plain", "plain", "c:d", "~", "#1", "components", " x", "한글 열")


@given(planes=st.data())
def test_a_view_is_told_by_its_address(planes) -> None:
    d = planes.draw(st.integers(3, len(HARD)))
    labels = planes.draw(st.permutations(HARD))[:d]
    across, down = planes.draw(st.permutations(range(d)))[:2]
    held = planes.draw(st.lists(st.none() | st.floats(-1e9, 1e9), min_size=d, max_size=d))
    for view in (View("columns", across, down, tuple(held)).check(d), View("components")):
        assert view_text.from_text(view_text.to_text(view, labels), labels) == view


def test_an_address_is_readable_and_never_long() -> None:
    view = View("columns", 2, 0, (None, 6.1, None, 1e-7)).check(4)
    assert view_text.to_text(view, ("a", "b", "c", "d")) == "c,a~b:6.1~d:1e-07"
    long = [f"열의 긴 이름 {i}" for i in range(64)]
    written = view_text.to_text(View("columns", 0, 1, tuple(range(64))).check(64), long)
    assert written.startswith("#1,#2~#3:2~#4:3")
    assert len(written) < 600


@pytest.mark.parametrize(
    ("written", "field", "says"),
    [
        ("a", "plane", "two columns"),
        ("a,e", "plane", "one of the columns a, b, c"),
        ("a,#4", "plane", "one of the columns"),
        ("a,a", "plane", "another input"),
        ("a,b~c", "plane", "column:value"),
        ("a,b~d:1", "plane", "one of the columns"),
        ("a,b" + "~c:1" * 2000, "plane", "column:value"),
        ("a,b~c:x", "plane.c", "number"),
        ("a,b~c:nan", "plane.c", "number"),
        ("a,b~c:1e12", "plane.c", "number"),
    ],
)
def test_a_bad_address_is_refused_by_name(written: str, field: str, says: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        view_text.from_text(written, ("a", "b", "c"))
    assert caught.value.field == field
    assert says in str(caught.value)


def test_one_or_two_inputs_have_no_plane_to_choose() -> None:
    for labels in (("a",), ("a", "b")):
        with pytest.raises(InvalidValue) as caught:
            view_text.from_text("components", labels)
        assert str(len(labels)) in str(caught.value)
