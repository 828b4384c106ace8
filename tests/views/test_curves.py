"""The curves: the table's columns and the chart's encodings."""

import re

import numpy as np
import pandas as pd
import pytest
import vl_convert

from playground.engine.history import History
from playground.text import LANGUAGES
from playground.views.curves import COLUMNS, SMALLEST_LOG_LOSS, curve_chart, curve_frame
from playground.views.specs import stage_specs
from playground.views.theme import SPLIT_COLOURS, VALIDATION_COLOUR


def made(epochs: int, accuracy: bool = True, held: float = np.nan) -> History:
    """A history with loss 1/(1+epoch) in training, twice that in test and ``held`` times in validation."""
    history = History()
    epoch = np.arange(epochs + 1)
    loss = 1 / (1 + epoch)
    share = np.linspace(0.5, 1, epochs + 1) if accuracy else np.full(epochs + 1, np.nan)
    history.extend(
        epoch,
        25 * epoch,
        np.column_stack([loss, 2 * loss, share, share, held * loss, share * held, 0 * loss]),
        np.full(epochs + 1, 0.03),
    )
    return history


def layers(chart, row):
    """The layers of one row of the chart."""
    return chart.to_dict()["vconcat"][row]["layer"]


def test_frame_has_a_row_for_each_epoch_and_split():
    frame = curve_frame(made(3))
    assert list(frame.columns) == list(COLUMNS)
    assert len(frame) == 8
    test = frame[frame.split == "test"].sort_values("epoch")
    assert test.loss.tolist() == pytest.approx([2, 1, 2 / 3, 1 / 2])
    assert test.step.tolist() == [0, 25, 50, 75]


def test_a_validation_part_is_a_third_line():
    frame = curve_frame(made(3, held=1.5))
    assert sorted(set(frame.split)) == ["test", "train", "validation"]
    colour = layers(curve_chart("en", frame), 0)[0]["encoding"]["color"]
    assert colour["scale"]["domain"] == ["train", "validation", "test"]
    without = layers(curve_chart("en", curve_frame(made(3))), 0)[0]["encoding"]["color"]
    assert without["scale"]["domain"] == ["train", "test"]


def test_frame_can_be_thinned_and_keeps_the_ends():
    frame = curve_frame(made(1000), rows=50)
    assert len(frame) <= 100
    assert frame.epoch.min() == 0
    assert frame.epoch.max() == 1000


def test_rows_share_the_epoch_axis():
    spec = curve_chart("en").to_dict()
    assert spec["resolve"]["scale"]["x"] == "shared"
    assert len(spec["vconcat"]) == 3
    for row in spec["vconcat"]:
        drawn = [layer for layer in row["layer"] if layer["mark"]["type"] != "text"]
        assert all(layer["encoding"]["x"]["field"] == "epoch" for layer in drawn)


@pytest.mark.parametrize(("row", "field"), [(0, "loss"), (1, "accuracy"), (2, "learning_rate")])
def test_each_row_draws_its_column(row, field):
    lines = [layer for layer in layers(curve_chart("en"), row) if layer["mark"]["type"] == "line"]
    assert all(line["encoding"]["y"]["field"] == field for line in lines)


def test_regression_has_no_accuracies():
    spec = curve_chart("en", accuracy=False).to_dict()
    fields = {
        layer["encoding"].get("y", {}).get("field") for row in spec["vconcat"] for layer in row["layer"]
    }
    assert "accuracy" not in fields
    assert len(spec["vconcat"]) == 2


def test_the_loss_can_be_logarithmic_and_zero_then_has_a_place():
    line = layers(curve_chart("en", log=True), 0)[1]
    assert line["encoding"]["y"]["scale"]["type"] == "log"
    assert line["encoding"]["y"]["field"] == "shown"
    frame = pd.DataFrame({"epoch": [0, 1], "split": "train", "loss": [0.5, 0.0], "learning_rate": 0.1})
    shown = next(iter(curve_chart("en", frame, accuracy=False, log=True).to_dict()["datasets"].values()))
    assert [row["shown"] for row in shown] == [0.5, SMALLEST_LOG_LOSS]


@pytest.mark.parametrize("name", ["curves", "curves_log", "curves_regression", "curves_regression_log"])
def test_vega_computes_nothing_on_the_stage_that_would_keep_keys_of_its_rows(name):
    spec = stage_specs("en")[name]
    for layer in (layer for row in spec["vconcat"] for layer in row["layer"]):
        assert layer["data"]["format"] == {"parse": None}
        assert not any({"calculate", "stack", "window"} & set(each) for each in layer.get("transform", []))


def test_training_and_test_have_their_colours():
    colour = layers(curve_chart("en"), 0)[1]["encoding"]["color"]
    assert colour["field"] == "split"
    told = dict(zip(colour["scale"]["domain"], colour["scale"]["range"], strict=True))
    assert told == {**SPLIT_COLOURS, "validation": VALIDATION_COLOUR}


def test_the_stage_fills_history_ghost_cursor_and_marks():
    names = {layer["data"]["name"] for row in range(3) for layer in layers(curve_chart("en"), row)}
    assert names == {"history", "ghost", "cursor", "marks"}


def test_the_ghost_is_faint_and_behind():
    first, second, *_ = layers(curve_chart("en"), 0)
    assert first["data"]["name"] == "ghost"
    assert first["mark"]["opacity"] < second["mark"]["opacity"]


def test_the_ghost_is_named_in_the_chart():
    (name,) = [
        layer
        for layer in layers(curve_chart("en"), 0)
        if layer["mark"]["type"] == "text" and layer["data"]["name"] == "ghost"
    ]
    assert name["data"]["name"] == "ghost"
    assert name["encoding"]["text"]["field"] == "run"
    frame = curve_frame(made(3))
    nameless = layers(curve_chart("en", frame, ghost=frame), 0)
    named = layers(curve_chart("en", frame, ghost=frame.assign(run="first")), 0)
    assert len(named) == len(nameless) + 1


def test_with_a_frame_the_data_are_in_the_chart():
    frame = curve_frame(made(5))
    spec = curve_chart("en", frame, ghost=frame.head(4)).to_dict()
    assert sorted(len(rows) for rows in spec["datasets"].values()) == [4, 12]
    assert pd.DataFrame(max(spec["datasets"].values(), key=len)).epoch.max() == 5


@pytest.mark.parametrize("language", LANGUAGES)
def test_titles_are_in_the_language(language):
    from playground.text import text

    y = layers(curve_chart(language), 0)[0]["encoding"]["y"]
    assert y["axis"]["title"] == text("stage.curves.loss", language)


def test_a_short_run_has_no_ticks_between_epochs():
    """Two epochs: Vega puts ticks on halves, which must not be labelled as whole numbers."""
    rows = [
        {"epoch": e, "step": e, "split": s, "loss": 1.0, "accuracy": 0.5, "learning_rate": 0.1}
        for e in range(3)
        for s in ("train", "test")
    ]
    svg = vl_convert.vegalite_to_svg(curve_chart("en", pd.DataFrame(rows)).to_dict())
    groups = re.findall(r'role-axis-label".*?</g>', svg)
    labels = [list(re.findall(r">([^<>]+)</text>", group)) for group in groups]
    assert ["0", "1", "2"] in labels
