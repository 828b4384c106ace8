"""What happens inside the layers: frames worked by hand, and the charts' encodings."""

import pytest

from playground.engine.probe import ZERO_WEIGHT
from playground.text import LANGUAGES, text
from playground.views.layers import (
    HISTOGRAMS,
    gradient_chart,
    gradient_frame,
    health_chart,
    health_frame,
    histogram_chart,
    histogram_frame,
    layer_names,
    learned_chart,
    learned_frame,
)

LAYERS = [
    {
        "z_hist": {"edges": [-1.0, 0.0, 1.0], "counts": [1, 3]},
        "h_hist": {"edges": [0.0, 0.5, 1.0], "counts": [2, 2]},
        "w_hist": {"edges": [-2.0, 0.0, 2.0], "counts": [4, 1]},
        "share_zero": 0.25,
        "dead": 0.5,
        "saturated": 0.0,
        "gamma": [1.0, 1.5],
        "beta": [0.0, -0.5],
        "slope": [0.25],
    },
    {"w_hist": {"edges": [-1.0, 1.0], "counts": [2]}, "share_zero": 0.0},
]
NAMES = ["Layer 1", "Output"]


def test_names_end_with_the_output():
    assert layer_names("en", 3) == ["Layer 1", "Layer 2", "Output"]
    assert layer_names("ko", 1) == [text("stage.panels.output", "ko")]


def test_histogram_rows_are_bins_with_shares():
    frame = histogram_frame(LAYERS, NAMES, "pre_activation")
    assert frame.values.tolist() == [["Layer 1", -1.0, 0.0, 0.25], ["Layer 1", 0.0, 1.0, 0.75]]


def test_weights_name_the_share_of_zeros_where_there_are_any():
    assert histogram_frame(LAYERS, NAMES, "weight").layer.unique().tolist() == ["Layer 1 · 0: 25 %", "Output"]


def test_an_empty_histogram_has_shares_of_zero():
    layer = {"h_hist": {"edges": [0.0, 1.0], "counts": [0]}}
    assert histogram_frame([layer], ["a"], "activation").share.tolist() == [0.0]


def test_gradients_leave_out_what_a_logarithmic_axis_cannot_show():
    norms = {"epochs": [0, 1, 2], "layers": [[0.1, 0.0, 0.3], [1.0, None, 2.0]]}
    frame = gradient_frame(norms, NAMES)
    assert frame.values.tolist() == [
        [0, "Layer 1", 0.1],
        [2, "Layer 1", 0.3],
        [0, "Output", 1.0],
        [2, "Output", 2.0],
    ]


def test_health_has_shares_of_hidden_layers_only():
    assert health_frame(LAYERS, NAMES).values.tolist() == [
        ["Layer 1", "dead", 0.5],
        ["Layer 1", "saturated", 0.0],
    ]


def test_learned_scales_are_one_row_each():
    frame = learned_frame(LAYERS, NAMES)
    assert frame.parameter.tolist() == ["gamma", "gamma", "beta", "beta", "slope"]
    assert frame.unit.tolist() == [0, 1, 0, 1, 0]
    assert frame.value.tolist() == [1.0, 1.5, 0.0, -0.5, 0.25]


@pytest.mark.parametrize("kind", HISTOGRAMS)
def test_histograms_are_small_multiples_on_their_own_scales(kind):
    spec = histogram_chart("en", kind).to_dict()
    assert spec["facet"]["field"] == "layer"
    assert spec["facet"]["sort"] is None
    assert spec["resolve"]["scale"] == {"x": "independent", "y": "independent"}
    encoding = spec["spec"]["encoding"]
    assert (encoding["x"]["field"], encoding["x2"]["field"], encoding["y"]["field"]) == (
        "lower",
        "upper",
        "share",
    )


def test_gradient_norms_are_on_a_logarithmic_axis_by_layer():
    encoding = gradient_chart("en", gradient_frame({"epochs": [0], "layers": [[1.0]]}, ["Output"])).to_dict()[
        "encoding"
    ]
    assert encoding["y"]["scale"]["type"] == "log"
    assert encoding["color"]["field"] == "layer"
    assert encoding["x"]["field"] == "epoch"


def test_health_and_learned_charts_stand_by_layer():
    health = health_chart("en", health_frame(LAYERS, NAMES)).to_dict()["encoding"]
    assert health["y"]["scale"]["domain"] == [0, 1]
    assert health["xOffset"]["field"] == "measure"
    learned = learned_chart("en").to_dict()["encoding"]
    assert learned["y"]["field"] == "value"
    assert learned["color"]["field"] == "parameter"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_title_says_which_weights_count_as_zero(language):
    assert str(ZERO_WEIGHT) in text("stage.panels.weight", language)
