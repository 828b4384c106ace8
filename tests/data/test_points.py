"""Points: checking, editing, text forms."""

from __future__ import annotations

import contextlib
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.data import Points, points_frame, points_from_frame
from playground.registry import InvalidValue

coordinate = st.floats(-1e9, 1e9)
names = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=20)


@st.composite
def any_points(draw: st.DrawFn) -> Points:
    classes = draw(st.lists(names, min_size=2, max_size=10, unique=True) | st.just([]))
    target = st.integers(0, len(classes) - 1) if classes else coordinate
    return Points(
        x_names=(draw(names), draw(names)),
        target_name=draw(names),
        class_names=tuple(classes),
        rows=tuple(draw(st.lists(st.tuples(coordinate, coordinate, target), max_size=30))),
        domain=draw(st.none() | st.just(((-6.0, 6.0), (0.0, 0.5)))),
    )


@given(any_points())
def test_json_reads_back_to_equal_points(points: Points) -> None:
    again = Points.from_dict(json.loads(json.dumps(points.to_dict())))
    assert again == points
    assert hash(again) == hash(points)


@given(any_points())
def test_the_editors_table_reads_back_to_equal_points(points: Points) -> None:
    frame = points_frame(points)
    assert list(frame.columns) == ["x1", "x2", "y"]
    assert points_from_frame(frame, points) == points


def test_arrays_have_the_types_of_a_sample() -> None:
    classes = Points(class_names=("a", "b"), rows=((1, 2, 0), (3, 4, 1.0)))
    assert classes.X.dtype == np.float64
    assert classes.y.dtype == np.int64
    assert type(classes.rows[1][2]) is int
    assert Points(rows=((1, 2, 3),)).y.dtype == np.float32
    assert Points().X.shape == (0, 2)


def test_appending_and_taking_away_make_new_points() -> None:
    empty = Points(class_names=("a", "b"))
    three = empty.append([(0, 0, 0), (1, 1, 1), (2, 2, 0)])
    assert len(empty.rows) == 0
    assert three.without([1, 7]).rows == ((0, 0, 0), (2, 2, 0))


GOOD = {"x_names": ["u", "v"], "target_name": "t", "class_names": ["a", "b"], "rows": [[0, 0, 1]]}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"rows": [[0, 0, 0], [0, 0]]}, "points.rows[1]"),
        ({"rows": [[0, 0, 2]]}, "points.rows[0]"),
        ({"rows": [[0, 0, 0.5]]}, "points.rows[0]"),
        ({"rows": [[0, 0, -1]]}, "points.rows[0]"),
        ({"rows": [["0", 0, 1]]}, "points.rows[0]"),
        ({"rows": [[True, 0, 1]]}, "points.rows[0]"),
        ({"rows": [[0, 0, float("nan")]]}, "points.rows[0]"),
        ({"rows": [[0, 0, None]]}, "points.rows[0]"),
        ({"rows": [[float("inf"), 0, 1]]}, "points.rows[0]"),
        ({"rows": [[10**400, 0, 1]]}, "points.rows[0]"),
        ({"rows": [[0, 0, 1]] * 5001}, "points.rows"),
        ({"rows": "abc"}, "points.rows"),
        ({"rows": {"0": 1}}, "points.rows"),
        ({"class_names": ["a"]}, "points.class_names"),
        ({"class_names": ["a", "a"]}, "points.class_names"),
        ({"class_names": [str(k) for k in range(11)]}, "points.class_names"),
        ({"class_names": ["a", ""]}, "points.class_names[1]"),
        ({"class_names": ["a", "b" * 61]}, "points.class_names[1]"),
        ({"class_names": ["a", "b\n"]}, "points.class_names[1]"),
        ({"class_names": None}, "points.class_names"),
        ({"x_names": []}, "points.x_names"),
        ({"x_names": ["u"] * 65}, "points.x_names"),
        ({"x_names": ["u"]}, "points.rows[0]"),
        ({"x_names": ["u"], "rows": [[0, 1]], "domain": [[0, 1], [0, 1]]}, "points.domain"),
        ({"x_names": ["u", 3]}, "points.x_names[1]"),
        ({"target_name": None}, "points.target_name"),
        ({"domain": [[0, 1]]}, "points.domain"),
        ({"domain": [[0, 1], [2, 2]]}, "points.domain"),
        ({"domain": [[0, 1], [2, float("inf")]]}, "points.domain"),
        ({"domain": "square"}, "points.domain"),
        ({"colour": "red"}, "points.colour"),
    ],
)
def test_what_is_refused_and_where(change: dict, field: str) -> None:
    Points.from_dict(GOOD)
    with pytest.raises(InvalidValue) as error:
        Points.from_dict({**GOOD, **change})
    assert error.value.field == field


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(st.sampled_from([*GOOD, "domain"]), json_values)
def test_any_json_is_read_or_refused(field: str, value: object) -> None:
    try:
        points = Points.from_dict({**GOOD, field: value})
    except InvalidValue:
        return
    assert Points.from_dict(points.to_dict()) == points


@given(json_values)
def test_any_json_instead_of_points_is_read_or_refused(value: object) -> None:
    with contextlib.suppress(InvalidValue):
        Points.from_dict(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("x1", None, "a number in row 2"),
        ("x2", float("nan"), "in row 2"),
        ("x2", float("inf"), "in row 2"),
        ("x1", "abc", "a number in row 2"),
        ("y", "c", "one of a, b in row 2"),
        ("y", None, "one of a, b in row 2"),
    ],
)
def test_an_edited_table_is_refused_by_row_and_column(column: str, value: object, message: str) -> None:
    points = Points(class_names=("a", "b"), rows=((0, 0, 0), (1, 1, 1)))
    frame = points_frame(points).astype(object)
    frame.loc[1, column] = value
    with pytest.raises(InvalidValue, match=message) as error:
        points_from_frame(frame, points)
    assert error.value.field == f"table.{column}"
