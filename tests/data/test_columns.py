"""Any columns of a table as inputs: numbers, true and false, texts, missing cells."""

from __future__ import annotations

import numpy as np
import pytest

from playground import Experiment, InvalidValue, read_table
from playground.data import points_from_csv, points_from_table, prepare
from playground.data.from_columns import suggest_inputs, width

PASSENGERS = b"""PassengerId,Survived,Pclass,Name,Sex,Age,Fare,Member,Embarked
1,0,3,"A, Mr.",male,22,7.25,yes,S
2,1,1,"B, Mrs.",female,38,71.2833,no,C
3,1,3,"C, Miss",female,26,7.925,no,S
4,1,1,"D, Mrs.",female,35,53.1,yes,S
5,0,3,"E, Mr.",male,35,8.05,no,S
6,0,3,"F, Mr.",male,,8.4583,no,Q
7,0,1,"G, Mr.",male,54,51.8625,yes,
8,1,2,"H, Mrs.",female,14,30.0708,no,C
"""


def test_all_features_of_a_list_of_passengers() -> None:
    table = read_table(PASSENGERS)
    names = suggest_inputs(table, "Survived")
    assert names == ("Pclass", "Sex", "Age", "Fare", "Member", "Embarked")
    assert [width(table, name) for name in names] == [1, 1, 1, 1, 1, 3]
    points = points_from_table(table, inputs=names, target="Survived")
    assert points.x_names == (
        "Pclass",
        "Sex (0 female, 1 male)",
        "Age",
        "Fare",
        "Member (0 no, 1 yes)",
        "Embarked = C",
        "Embarked = Q",
        "Embarked = S",
    )
    assert points.rows[0] == (3.0, 1.0, 22.0, 7.25, 1.0, 0.0, 0.0, 1.0, 0)
    assert points.rows[5][2] is None
    assert points.rows[6][5:8] == (None, None, None)
    assert points.class_names == ("0", "1")
    experiment = Experiment(dataset="custom", points=points)
    assert experiment.n_inputs == 8
    data = prepare(experiment)
    assert data.n_filled == 4
    assert data.plane.names == ("Age", "Fare")  # the columns of many values spread the points


def test_two_columns_are_a_curve() -> None:
    points = points_from_csv(b"YearsExperience,Salary\n1.00,34706\n1.35,39704\n1.70,40475\n2.05,39385.5\n")
    assert points.x_names == ("YearsExperience",)
    assert points.target_name == "Salary"
    assert points.rows[1] == (1.35, 39704.0)
    experiment = Experiment(dataset="custom", points=points)
    assert (experiment.task, experiment.n_inputs) == ("regression", 1)


def test_two_columns_by_the_old_names_are_what_they_were() -> None:
    table = read_table(PASSENGERS)
    old = points_from_table(table, "Pclass", "Fare", "Survived")
    new = points_from_table(table, inputs=["Pclass", "Fare"], target="Survived")
    assert old == new


def test_no_more_are_suggested_than_there_is_room_for() -> None:
    header = ",".join([*(f"a{i}" for i in range(70)), "y"])
    rng = np.random.default_rng(0)
    rows = "\n".join(",".join([*map(str, rng.normal(size=70).round(3)), "ab"[k % 2]]) for k in range(20))
    table = read_table(f"{header}\n{rows}\n".encode())
    assert suggest_inputs(table, "y") == tuple(f"a{i}" for i in range(64))
    with pytest.raises(InvalidValue) as caught:
        points_from_table(table, inputs=[f"a{i}" for i in range(65)], target="y")
    assert str(caught.value).startswith("inputs: expected columns that make at most 64 inputs, got 65")


@pytest.mark.parametrize(
    ("inputs", "field"),
    [
        ([], "inputs"),
        (["Fare", "Fare"], "inputs"),
        (["Survived"], "inputs"),
        (["Weight"], "inputs"),
        (["Name"], "file.Name"),
    ],
)
def test_what_is_refused(inputs: list[str], field: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        points_from_table(read_table(PASSENGERS), inputs=inputs, target="Survived")
    assert caught.value.field == field


def test_a_missing_target_is_refused_or_left_out() -> None:
    data = b"a,b,c,y\n1,2,3,u\n2,3,,v\n3,1,2,\n4,4,1,u\n"
    with pytest.raises(InvalidValue) as caught:
        points_from_csv(data, inputs=["a", "b", "c"], target="y")
    assert caught.value.field == "file.y"
    points = points_from_csv(data, inputs=["a", "b", "c"], target="y", drop_missing=True)
    assert points.rows == ((1, 2, 3, 0), (2, 3, None, 1), (4, 4, 1, 0))
