"""The race's chart: medians and bands of the table, encodings of the chart."""

import numpy as np
import pandas as pd
import pytest

from playground.text import LANGUAGES, text
from playground.views.curves import SMALLEST_LOG_LOSS
from playground.views.lanes import LANE_COLOURS, LANE_DASHES
from playground.views.race import (
    COLUMNS,
    race_chart,
    race_frame,
    race_specs,
)


def table(seeds: int = 5, epochs: int = 2, lanes: int = 2) -> pd.DataFrame:
    """Losses ``lane + seed`` in training, ten times that in test."""
    rows = [
        (lane, seed, epoch, split, (lane + seed) * (10.0 if split == "test" else 1.0), 0.5)
        for lane in range(lanes)
        for seed in range(seeds)
        for epoch in range(epochs + 1)
        for split in ("train", "test")
    ]
    return pd.DataFrame(rows, columns=["lane", "seed", "epoch", "split", "loss", "accuracy"])


def marks(spec: dict) -> dict[str, dict]:
    """The layers by mark."""
    return {layer["mark"]["type"]: layer for layer in spec["layer"]}


def test_the_frame_holds_medians_and_quantiles():
    frame = race_frame(table())
    assert list(frame.columns) == list(COLUMNS)
    assert len(frame) == 2 * 3
    first = frame[(frame.lane == 0) & (frame.x == 1)].iloc[0]
    # Seeds give 0, 10, 20, 30, 40: the nearest ranks of 10 % (0.4) and 90 % (3.6) are the ends.
    assert (first.low, first.value, first.high) == (0, 20, 40)
    assert race_frame(table(), split="train")[lambda f: f.lane == 1].value.unique().tolist() == [3]


def test_a_single_seed_has_no_band():
    frame = race_frame(table(seeds=1))
    assert np.isnan(frame.low).all()
    assert np.isnan(frame.high).all()


def test_lanes_differ_in_colour_and_dash():
    spec = race_chart("en").to_dict()
    line = marks(spec)["line"]["encoding"]
    assert line["color"]["field"] == line["strokeDash"]["field"] == "lane"
    assert line["color"]["scale"]["range"] == list(LANE_COLOURS)
    assert len(set(LANE_COLOURS)) == len({tuple(dash) for dash in LANE_DASHES}) == 6


def test_band_and_line_share_their_axes():
    spec = marks(race_chart("en").to_dict())
    band, line = spec["area"]["encoding"], spec["line"]["encoding"]
    assert (band["y"]["field"], band["y2"]["field"], line["y"]["field"]) == ("low", "high", "value")
    assert band["x"] == line["x"]
    assert band["y"]["axis"] == line["y"]["axis"]


def test_a_logarithmic_loss_keeps_zero_and_gaps():
    frame = pd.DataFrame(
        {"x": [0, 1, 2], "lane": 0, "value": [0.5, 0.0, np.nan], "low": np.nan, "high": np.nan}
    )
    spec = race_chart("en", frame, log=True).to_dict()
    layer = marks(spec)["line"]
    assert layer["encoding"]["y"]["scale"]["type"] == "log"
    assert layer["encoding"]["y"]["field"] == "shown"
    shown = [row["shown"] for row in next(iter(spec["datasets"].values()))]
    assert shown[:2] == [0.5, SMALLEST_LOG_LOSS]
    assert shown[2] is None


@pytest.mark.parametrize("name", sorted(race_specs("en")))
def test_nothing_is_computed_in_the_charts_of_the_stage(name):
    for layer in race_specs("en")[name]["layer"]:
        assert layer["data"]["format"] == {"parse": None}
        assert not any({"calculate", "stack", "window"} & set(each) for each in layer.get("transform", []))


def test_names_stand_where_the_browser_puts_them():
    names = marks(race_chart("en").to_dict())["text"]
    assert names["data"]["name"] == "ends"
    assert names["encoding"]["y"]["field"] == "place"
    assert names["encoding"]["y"]["scale"] is None
    assert names["encoding"]["text"]["field"] == "label"


def test_with_a_frame_the_data_are_in_the_chart():
    spec = race_chart("en", race_frame(table())).to_dict()
    assert set(marks(spec)) == {"area", "line"}
    assert [len(rows) for rows in spec["datasets"].values()] == [6]


@pytest.mark.parametrize("language", LANGUAGES)
def test_specs_are_complete_and_speak_the_language(language):
    specs = race_specs(language)
    assert set(specs) == {
        "loss_epoch", "loss_step", "accuracy_epoch", "accuracy_step", "loss_epoch_log", "loss_step_log",
    }  # fmt: skip
    axis = marks(specs["accuracy_step"])["line"]["encoding"]
    assert axis["y"]["axis"]["title"] == text("race.chart.accuracy", language)
    assert axis["x"]["axis"]["title"] == text("race.chart.axis.step", language)
