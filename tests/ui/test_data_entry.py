"""Own data: uploaded, painted, edited."""

import re
from typing import Any

import numpy as np
import pytest
from app_visit import live_of, opened
from streamlit.testing.v1 import AppTest

from playground.data.prepare import data_settings
from playground.ui.data_entry import table_key

CSV = "a,b,kind\n" + "\n".join(f"{i * 0.1:.1f},{-i * 0.2:.1f},{'yes' if i % 3 else 'no'}" for i in range(40))


def chosen(at: AppTest) -> list[str]:
    """Columns chosen as inputs, and as the target."""
    inputs = next(box.value for box in at.main.multiselect if (box.key or "").startswith("csv.inputs."))
    target = next(box.value for box in at.main.selectbox if (box.key or "").startswith("csv.target."))
    return [*inputs, target]


def widget(at: AppTest, kind: str, name: str) -> Any:
    """The widget whose key begins with ``csv.<name>.``"""
    return next(found for found in at.main.get(kind) if (found.key or "").startswith(f"csv.{name}."))


def test_a_table_is_uploaded_and_trained_on() -> None:
    at = opened("data", v="1")
    at.get_by_key("csv").upload("points.csv", CSV.encode(), "text/csv")
    at.run()
    assert chosen(at) == ["a", "b", "kind"]
    at.get_by_key("csv.use").click()
    at.run()
    assert not at.exception
    points = live_of(at).experiment.points
    assert points is not None
    assert len(points.rows) == 40
    assert points.class_names == ("no", "yes")
    assert points.x_names == ("a", "b")
    live_of(at).walk(epochs=1)
    live_of(at).settle()


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"a\n1\n", b"a,b,c\n"])
def test_a_bad_table_is_refused(content: bytes, language: str) -> None:
    at = opened("data", v="1", lang=language)
    at.get_by_key("csv").upload("points.csv", content, "text/csv")
    at.run()
    assert not at.exception
    assert len(at.error) == 1
    assert live_of(at).experiment.points is None


def test_a_table_of_one_class_is_refused() -> None:
    at = opened("data", v="1")
    at.get_by_key("csv").upload("points.csv", CSV.replace("yes", "no").encode(), "text/csv")
    at.run()
    assert chosen(at) == ["a", "b"]  # a column of one value is not suggested
    widget(at, "selectbox", "target").set_value("kind")
    at.run()
    at.get_by_key("csv.use").click()
    at.run()
    assert not at.exception
    assert len(at.error) == 1
    assert live_of(at).experiment.points is None


def test_what_was_refused_of_one_file_is_not_said_of_the_next() -> None:
    at = opened("data", v="1")
    at.get_by_key("csv").upload("points.csv", CSV.replace("yes", "no").encode(), "text/csv")
    at.run()
    assert chosen(at) == ["a", "b"]  # a column of one value is not suggested
    widget(at, "selectbox", "target").set_value("kind")
    at.run()
    at.get_by_key("csv.use").click()
    at.run()
    assert len(at.error) == 1
    at.get_by_key("csv").upload("others.csv", CSV.encode(), "text/csv")
    at.run()
    assert len(at.error) == 0


def test_an_empty_map_waits_to_be_painted() -> None:
    at = opened("data", v="1")
    at.get_by_key("paint").click()
    at.run()
    assert not at.exception
    live = live_of(at)
    assert live.experiment.points is not None
    assert live.experiment.points.rows == ()
    assert live.draft
    at.run()
    assert not at.exception


def test_the_table_of_points_can_be_edited() -> None:
    at = opened("data", v="1", n_samples="20")
    live = live_of(at)
    before = live.points()
    assert len(before.rows) == 20
    at.session_state[table_key(data_settings(live.experiment))] = {
        "edited_rows": {0: {"x1": 1.5}},
        "added_rows": [{"x1": -2.0, "x2": 3.0, "y": "1"}],
        "deleted_rows": [4],
    }
    at.run()
    at.get_by_key("table.apply").click()
    at.run()
    assert not at.exception
    points = live.points()
    assert live.experiment.dataset.name == "custom"
    assert points.rows[0] == (1.5, *before.rows[0][1:])
    assert points.rows[-1] == (-2.0, 3.0, 1)
    assert before.rows[4] not in points.rows
    assert len(points.rows) == 20
    # a cell left empty is refused, and what runs stays
    at.session_state[table_key(data_settings(live.experiment))] = {
        "edited_rows": {1: {"x2": None}},
        "added_rows": [],
        "deleted_rows": [],
    }
    at.run()
    at.get_by_key("table.apply").click()
    at.run()
    assert len(at.error) == 1
    assert live.points() == points


def test_large_targets_are_standardized_unless_told_otherwise() -> None:
    rows = "\n".join(f"{i * 37 % 100},{i * 53 % 90},{250_000 + 4000 * (i * 37 % 100):.1f}" for i in range(60))
    at = opened("data", v="1", hidden="8")
    at.get_by_key("csv").upload("prices.csv", f"rooms,area,price\n{rows}".encode(), "text/csv")
    at.run()
    at.get_by_key("csv.use").click()
    at.run()
    assert not at.exception
    live = live_of(at)
    points = live.experiment.points
    assert points is not None
    assert points.target_name == "price"
    assert points.y.min() == 250_000
    y = live.trainer.data.all("y")
    assert abs(y.mean()) < 1e-5
    assert abs(y.std() - 1) < 1e-5
    assert live.experiment.preprocessing.name == "standardize"
    assert re.search(r"mean \d{3},\d{3}", at.success[0].value)
    live.walk(epochs=20)
    live.settle()
    assert live.status == "paused"  # not diverged
    assert live.trainer.history.last()["loss_test"] < 0.3


def test_standardizing_can_be_left_off() -> None:
    at = opened("data", v="1")
    at.get_by_key("csv").upload("points.csv", CSV.encode(), "text/csv")
    at.run()
    scale = next(toggle for toggle in at.main.toggle if (toggle.key or "").startswith("csv.scale."))
    scale.set_value(False)
    at.run()
    at.get_by_key("csv.use").click()
    at.run()
    assert not at.exception
    assert live_of(at).experiment.preprocessing.name == "none"


def test_cells_are_pasted_from_a_spreadsheet() -> None:
    at = opened("data", v="1", lang="ko")
    at.get_by_key("csv.paste").set_value("길이\t너비\t종류\n" + "1,5\t2\t개\n2,5\t3\t고양이\n" * 10)
    at.run()
    assert chosen(at) == ["길이", "너비", "종류"]
    at.get_by_key("csv.use").click()
    at.run()
    assert not at.exception
    points = live_of(at).experiment.points
    assert points is not None
    assert points.rows[0][:2] == (1.5, 2)


def test_how_a_table_is_read_can_be_changed_where_it_is_shown() -> None:
    at = opened("data", v="1")
    at.get_by_key("csv").upload("points.csv", b'a,b,c\n1,2,pipe\n2,3,"\n3,4,rod\n5,6,pipe\n', "text/csv")
    at.run()
    assert "line 3" in at.error[0].value
    widget(at, "toggle", "literal").set_value(True)
    at.run()
    assert not at.error
    assert chosen(at) == ["a", "b", "c"]
    widget(at, "number_input", "header").set_value(0)
    at.run()
    assert not at.exception
    assert chosen(at)[0] == "column_1"


@pytest.mark.parametrize("language", ["en", "ko"])
def test_of_a_long_table_a_share_is_used_and_said(language: str) -> None:
    values = np.random.default_rng(0).normal(size=(20_640, 8))
    rows = "\n".join(",".join(f"{v:.2f}" for v in row) + f",{'ab'[int(row[0] > 1)]}" for row in values)
    at = opened("data", v="1", lang=language)
    at.get_by_key("csv").upload("long.csv", ("a,b,c,d,e,f,g,h,label\n" + rows).encode(), "text/csv")
    at.run()
    assert chosen(at) == [*"abcdefgh", "label"]
    assert any("20,640" in caption.value and "5,000" in caption.value for caption in at.main.caption)
    at.get_by_key("csv.use").click()
    at.run()
    assert not at.exception
    points = live_of(at).experiment.points
    assert points is not None
    assert len(points.rows) == 5000
    assert "20,640" in at.success[0].value


PASSENGERS = b"""Id,Survived,Class,Name,Sex,Age,Fare,Port
1,0,3,"A, Mr.",male,22,7.25,S
2,1,1,"B, Mrs.",female,38,71.2833,C
3,1,3,"C, Miss",female,26,7.925,S
4,1,1,"D, Mrs.",female,35,53.1,S
5,0,3,"E, Mr.",male,35,8.05,S
6,0,3,"F, Mr.",male,,8.4583,Q
7,0,1,"G, Mr.",male,54,51.8625,S
8,1,2,"H, Mrs.",female,14,30.0708,C
9,0,3,"I, Mr.",male,20,8.05,S
10,1,3,"J, Mrs.",female,27,11.1333,S
11,0,3,"K, Mr.",male,2,21.075,Q
12,1,2,"L, Mrs.",female,,30.0708,C
"""


def test_all_columns_of_a_table_become_inputs() -> None:
    at = opened("data", v="1", features="x1,x2,x1_squared")
    at.get_by_key("csv").upload("passengers.csv", PASSENGERS, "text/csv")
    at.run()
    assert chosen(at) == ["Class", "Sex", "Age", "Fare", "Port", "Survived"]
    said = " ".join(caption.value for caption in at.main.caption).replace("\\", "")
    assert "Inputs of the network: 7." in said
    assert "Port (3)" in said
    assert "Age (2)" in said
    at.get_by_key("csv.use").click()
    at.run()
    assert not at.exception
    live = live_of(at)
    assert live.experiment.n_inputs == 7
    assert live.experiment.preprocessing.name == "standardize"
    live.walk(epochs=1)
    live.settle()
    assert live.trainer.epoch == 1
    # the table of points has them all, and an empty cell may stay empty where one was missing
    at.session_state[table_key(data_settings(live.experiment))] = {
        "edited_rows": {0: {"x3": None}, 1: {"x4": 70.0}},
        "added_rows": [],
        "deleted_rows": [],
    }
    at.run()
    at.get_by_key("table.apply").click()
    at.run()
    assert not at.error
    assert live.points().rows[0][2] is None
    assert live.points().rows[1][3] == 70.0


def test_a_table_of_two_columns_is_a_curve() -> None:
    at = opened("data", v="1")
    rows = "\n".join(f"{1 + 0.35 * i:.2f},{34706 + 3100 * i + i % 3 * 900}" for i in range(30))
    at.get_by_key("csv").upload("salaries.csv", f"YearsExperience,Salary\n{rows}\n".encode(), "text/csv")
    at.run()
    assert chosen(at) == ["YearsExperience", "Salary"]
    at.get_by_key("csv.use").click()
    at.run()
    assert not at.exception
    experiment = live_of(at).experiment
    assert (experiment.task, experiment.n_inputs) == ("regression", 1)


def test_a_table_with_a_column_of_parts_and_a_second_file_to_test_on() -> None:
    head, *rows = CSV.split("\n")
    parts = [f"{row},{'test' if i % 4 == 0 else 'train'}" for i, row in enumerate(rows)]
    at = opened("data", v="1")
    at.get_by_key("csv").upload("points.csv", "\n".join([f"{head},set", *parts]).encode(), "text/csv")
    at.run()
    assert chosen(at) == ["a", "b", "kind"]
    assert widget(at, "selectbox", "part").value == "set"
    at.get_by_key("csv.use").click()
    at.run()
    assert not at.exception
    experiment = live_of(at).experiment
    assert experiment.points.part_sizes == (30, 0, 10)
    assert experiment.split.name == "random"
    assert any("30" in box.value and "10" in box.value for box in at.success)
    assert any("come with parts" in box.value for box in at.sidebar.info)
    # dealt out instead, each class in its share
    widget(at, "selectbox", "part").set_value("")
    at.run()
    at.get_by_key("csv.use").click()
    at.run()
    assert live_of(at).experiment.points.parts == ()
    assert live_of(at).experiment.split.name == "stratified"
    second = "a,b,kind\n9,9,yes\n8,8,no\n"
    widget(at, "file_uploader", "test").upload("test.csv", second.encode(), "text/csv")
    at.run()
    at.get_by_key("csv.use").click()
    at.run()
    assert not at.exception
    assert live_of(at).experiment.points.part_sizes == (40, 0, 2)
    assert any("42 of 42 rows" in box.value for box in at.success)
    for wrong, said in (
        (b"a,c,kind\n9,9,yes\n8,8,no\n", "b"),
        (b"\x00\x01", "Second file"),
        (b"", "Second file"),
    ):
        widget(at, "file_uploader", "test").upload("test.csv", wrong, "text/csv")
        at.run()
        at.get_by_key("csv.use").click()
        at.run()
        assert len(at.error) == 1
        assert said in at.error[0].value
        assert live_of(at).experiment.points.part_sizes == (40, 0, 2)
