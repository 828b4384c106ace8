"""The charts of the inputs that matter, down to their specification."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from playground.views.matter import MOST_BARS, dependence_chart, importance_chart, rug_frame


def test_bars_of_the_most_important_columns_with_their_spread() -> None:
    frame = pd.DataFrame({"column": [f"c{i}" for i in range(40)], "importance": 0.5, "std": 0.02})
    spec = importance_chart(
        frame, "lost", 100.0, {"column": "Column", "importance": "lost", "std": "spread"}
    ).to_dict()
    bars, spread = spec["layer"]
    (rows,) = spec["datasets"].values()
    assert len(rows) == MOST_BARS
    assert (rows[0]["low"], rows[0]["importance"], rows[0]["high"]) == (48, 50, 52)
    assert bars["encoding"]["y"]["sort"] == [f"c{i}" for i in range(MOST_BARS)]
    assert (spread["encoding"]["x"]["field"], spread["encoding"]["x2"]["field"]) == ("low", "high")


def test_lines_of_the_classes_stand_over_the_values_that_there_are() -> None:
    frame = pd.DataFrame({"value": [1, 1, 2, 2], "class": ["a", "b"] * 2, "answer": [0.2, 0.8, 0.4, 0.6]})
    chart = dependence_chart(frame, np.arange(1000.0), "age", "chance", ("a", "b"), "class", share=True)
    spec = chart.to_dict()
    drawn, rug = spec["layer"]
    assert drawn["encoding"]["y"]["scale"]["domain"] == [0, 1]
    assert drawn["encoding"]["x"]["scale"]["domain"] == [1, 2]
    assert len(spec["datasets"][rug["data"]["name"]]) == 200
    value = dependence_chart(
        frame[frame["class"] == "a"], np.zeros(3), "age", "price", (), "class", share=False
    )
    assert "legend" in str(value.to_dict())


def test_a_rug_keeps_the_shape_of_many_values() -> None:
    values = np.random.default_rng(0).exponential(size=5000)
    rug = rug_frame(values)["value"]
    assert len(rug) == 200
    assert np.median(rug) == pytest.approx(np.median(values), rel=0.05)
    assert list(rug_frame(np.array([3.0, 1.0]))["value"]) == [1.0, 3.0]
