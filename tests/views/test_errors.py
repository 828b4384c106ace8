"""Confusion matrix and residuals."""

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from playground.views.errors import confusion_chart, confusion_frame, residual_chart, residual_frame


def test_the_frame_is_the_matrix_with_shares_of_the_true_class():
    rng = np.random.default_rng(0)
    true, predicted = rng.integers(0, 3, 50), rng.integers(0, 3, 50)
    expected = confusion_matrix(true, predicted)
    frame = confusion_frame(expected.tolist(), ["a", "b", "c"])
    table = frame.pivot(index="true", columns="predicted", values="count")
    assert (table.to_numpy() == expected).all()
    normalised = confusion_matrix(true, predicted, normalize="true")
    shares = frame.pivot(index="true", columns="predicted", values="share")
    assert shares.to_numpy() == pytest.approx(normalised)


def test_a_class_without_points_has_shares_of_zero():
    assert confusion_frame([[0, 0], [1, 1]], ["a", "b"]).share.tolist() == [0, 0, 0.5, 0.5]


def test_names_and_matrix_must_fit():
    with pytest.raises(ValueError, match="3×3"):
        confusion_frame([[1, 2], [3, 4]], ["a", "b", "c"])


def test_the_matrix_has_a_square_and_a_count_for_each_cell():
    spec = confusion_chart("en", confusion_frame([[3, 1], [0, 2]], ["a", "b"])).to_dict()
    squares, counts = spec["layer"]
    assert squares["mark"]["type"] == "rect"
    assert squares["encoding"]["color"]["field"] == "share"
    assert squares["encoding"]["y"]["field"] == "true"
    assert squares["encoding"]["x"]["field"] == "predicted"
    assert counts["encoding"]["text"]["field"] == "count"


def test_residuals_are_target_minus_prediction():
    frame = residual_frame(
        {"predicted": [1.0, 2.0, None], "target": [1.5, 1.0, 0.0], "part": ["train", "test", "test"]}
    )
    assert frame.values.tolist() == [["train", 1.0, 0.5], ["test", 2.0, -1.0]]


def test_residuals_without_a_split_are_of_the_test_points():
    assert residual_frame({"predicted": [0.0], "target": [1.0]}).split.tolist() == ["test"]


def test_residuals_stand_around_the_line_of_a_perfect_fit():
    spec = residual_chart("en").to_dict()
    zero, points = spec["layer"]
    assert zero["mark"]["type"] == "rule"
    assert spec["datasets"][zero["data"]["name"]] == [{"zero": 0}]
    assert points["encoding"]["x"]["field"] == "predicted"
    assert points["encoding"]["y"]["field"] == "residual"
    assert points["encoding"]["color"]["field"] == "split"
