"""What the stage shows of more than two inputs, and what it is asked to show."""

from __future__ import annotations

import numpy as np
import pytest
from session_watch import Watched

from playground import InvalidValue
from playground.data import Points, prepare

pytestmark = pytest.mark.usefixtures("auto")

IRIS = {"dataset": {"name": "iris", "inputs": "all"}, "preprocessing": "standardize"}


def test_the_scene_says_what_is_held_and_how_near_the_points_are() -> None:
    watched = Watched(**IRIS)
    scene = watched.scenes[-1]
    assert (
        scene["columns"] == scene["inputs"] == ["sepal_length", "sepal_width", "petal_length", "petal_width"]
    )
    assert scene["x_names"] == ["petal_length", "petal_width"]
    plane, data = scene["plane"], watched.session.trainer.data
    np.testing.assert_allclose(plane["origin"][:2], np.median(data.X_train, axis=0)[:2])
    assert (plane["across"], plane["down"]) == ([0, 0, 1, 0], [0, 0, 0, 1])
    assert plane["n_held"] == 2
    assert "median" in scene["plane_note"]
    np.testing.assert_allclose(scene["points"]["x1"], data.all("X")[:, 2], atol=1e-4)
    assert len(scene["points"]["near"]) == 60
    assert watched.frames[-1][1]["map"].shape == (60, 60)


def test_two_inputs_are_their_own_plane() -> None:
    scene = Watched().scenes[-1]
    assert scene["plane"]["origin"] == [0, 0]
    assert (scene["plane"]["across"], scene["plane"]["down"]) == ([1, 0], [0, 1])
    assert scene["plane_note"] == ""
    assert "near" not in scene["points"]


def test_another_plane_is_shown_and_stays() -> None:
    watched = Watched(**IRIS)
    before = watched.frames[-1][1]["map"]
    watched.do("plane", kind="columns", across=0, down=3)
    assert watched.scenes[-1]["x_names"] == ["sepal_length", "petal_width"]
    assert not np.array_equal(watched.frames[-1][1]["map"], before)
    watched.do("step", count=3)
    watched.session.change(hidden=(3,))
    watched.do("hello")
    assert watched.scenes[-1]["x_names"] == ["sepal_length", "petal_width"]
    watched.do("plane", kind="components")
    assert watched.scenes[-1]["x_names"] == ["PC 1", "PC 2"]
    assert "%" in watched.scenes[-1]["plane_note"]
    watched.do("plane", kind=None)
    assert watched.scenes[-1]["x_names"] == ["petal_length", "petal_width"]


def test_looking_elsewhere_leaves_the_run_as_it_is() -> None:
    watched = Watched(**IRIS)
    watched.do("epoch")
    session = watched.session
    before = (session.trainer.step, session.touched_step, session.trainer.log, session.run_number)
    watched.do("plane", kind="components")
    assert (session.trainer.step, session.touched_step, session.trainer.log, session.run_number) == before


def test_the_others_are_held_at_a_point() -> None:
    watched = Watched(**IRIS)
    watched.do("plane", kind="columns", across=0, down=1, point=7)
    scene = watched.scenes[-1]
    assert scene["plane"]["held"] == "values"
    assert scene["points"]["near"][7] == 1.0
    X = watched.session.trainer.data.all("X")[7]
    assert scene["plane"]["origin"] == [0, 0, X[2], X[3]]


def test_a_line_says_what_is_held_where_and_the_rest_stays_at_the_median() -> None:
    watched = Watched(dataset={"name": "wine", "inputs": "all"})
    data = watched.session.trainer.data
    median = np.median(data.X_train, axis=0)
    scene = watched.scenes[-1]
    assert " and 5 more. " in scene["plane_note"]
    assert f"malic_acid = {median[1]:.5g}" in scene["plane_note"]
    low, high, middle, step = scene["ranges"][12]
    proline = data.all("X")[:, 12]
    assert (low, middle, high, step) == (proline.min(), median[12], proline.max(), 10)
    held = [None] * 13
    held[12] = 1000.5
    reply = watched.do("plane", kind="columns", across=0, down=6, held=held)
    assert reply["revision"] == watched.session.revision
    scene = watched.scenes[-1]
    assert scene["plane_note"].startswith(
        "Held at chosen values: proline = 1000.5. Other inputs (10) are held at the"
    )
    assert scene["plane"]["chosen"] == held
    assert scene["plane"]["origin"][1] == median[1]
    assert "revision" not in watched.do(
        "plane", kind="columns", across=0, down=6, held=held
    )  # nothing is new


def test_off_the_components_a_plane_of_columns_that_differ_is_shown() -> None:
    watched = Watched(dataset={"name": "digits", "inputs": "all"}, n_samples=300)
    assert watched.scenes[-1]["plane"]["kind"] == "components"
    watched.do("plane", kind="columns")
    plane = watched.scenes[-1]["plane"]
    X = watched.session.trainer.data.all("X")
    for axis in ("across", "down"):
        assert len(np.unique(X[:, plane[axis].index(1)])) >= 12
    assert watched.scenes[-1]["telling"] == [plane["across"].index(1), plane["down"].index(1)]


def test_a_view_of_other_columns_is_forgotten() -> None:
    watched = Watched(**IRIS)
    watched.do("plane", kind="columns", across=0, down=1)
    watched.session.change(dataset={"name": "wine", "inputs": "all"})
    watched.do("hello")
    assert watched.scenes[-1]["x_names"] == ["alcohol", "flavanoids"]
    watched.session.change(dataset="circle")
    watched.do("hello")
    assert watched.scenes[-1]["x_names"] == ["x₁", "x₂"]


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "rows"},
        {"kind": 3},
        {"kind": "columns", "across": 4},
        {"kind": "columns", "across": 1, "down": 1},
        {"kind": "columns", "across": True},
        {"kind": "columns", "point": 60},
        {"kind": "columns", "held": [1, 2]},
        {"kind": "columns", "held": [1, 2, 3, "x"]},
        {"kind": "columns", "held": {"a": 1}},
    ],
)
def test_a_bad_plane_is_refused(fields: dict) -> None:
    watched = Watched(**IRIS)
    with pytest.raises(InvalidValue):
        watched.do("plane", **fields)
    assert watched.session.view is None


def test_only_two_inputs_can_be_painted_or_have_one_plane() -> None:
    watched = Watched(**IRIS)
    for fields in ({"op": "add", "rows": [[0, 0, 1]]}, {"op": "clear"}, {"op": "erase"}):
        with pytest.raises(InvalidValue) as caught:
            watched.do("points", **fields)
        assert caught.value.key == "sentence.paint_two"
    with pytest.raises(InvalidValue):
        Watched().do("plane", kind="components")


def test_a_place_of_the_map_is_inspected_in_all_inputs() -> None:
    watched = Watched(**IRIS)
    found = watched.do("inspect", x1=4.0, x2=1.0)["inspection"]
    median = np.median(watched.session.trainer.data.X_train, axis=0)
    np.testing.assert_allclose(found["inputs"], [median[0], median[1], 4.0, 1.0])
    assert [feature["name"] for feature in found["features"]] == list(watched.scenes[-1]["columns"])
    at_point = watched.do("inspect", point=3)["inspection"]
    np.testing.assert_allclose(at_point["inputs"], watched.session.trainer.data.all("X")[3])
    np.testing.assert_allclose([at_point["x1"], at_point["x2"]], at_point["inputs"][2:])


def test_points_of_many_inputs_that_cannot_be_learned_from_leave_the_run_alone() -> None:
    watched = Watched(**IRIS)
    rows = tuple((float(i), 1.0, 2.0, 0) for i in range(5))
    with pytest.raises(InvalidValue) as caught:
        watched.session.paint(Points(("a", "b", "c"), "y", ("u", "v"), rows))
    assert caught.value.key == "own.one_class"
    assert watched.session.experiment.dataset.name == "iris"
    assert not watched.session.draft
    watched.do("step")
    assert watched.session.trainer.step == 1


def test_one_input_is_a_curve() -> None:
    points = Points(("age",), "price", (), tuple((i / 10, i * i / 100) for i in range(40)))
    watched = Watched(dataset="custom", points=points, hidden=(4,))
    scene = watched.scenes[-1]
    assert (scene["x_names"], scene["columns"]) == (["age", ""], ["age"])
    assert scene["plane"]["origin"] == [0]
    assert prepare(watched.session.experiment).domain[0] == tuple(scene["domain"][0])
    image = watched.frames[-1][1]["map"]
    assert (image == image[0]).all()


def test_the_classes_of_one_input_stand_in_rows() -> None:
    rows = tuple((float(i % 20), i % 3) for i in range(60))
    watched = Watched(dataset="custom", points=Points(("age",), "kind", ("a", "b", "c"), rows), hidden=(4,))
    scene = watched.scenes[-1]
    points, (low, high) = scene["points"], scene["domain"][1]
    share = (np.array(points["x2"]) - low) / (high - low)
    np.testing.assert_array_equal(np.floor(3 * share), points["y"])
    assert len(set(points["x2"])) == 60
    image = watched.frames[-1][1]["map"]
    assert (image == image[0]).all()
