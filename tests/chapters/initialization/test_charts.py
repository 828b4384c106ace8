"""The charts of initial weights: what is drawn, from which column, in every language."""

from __future__ import annotations

import pandas as pd
import pytest

from playground.chapters.initialization import charts as charts
from playground.chapters.initialization import signals as layers
from playground.techniques import ACTIVATIONS, INITIALIZERS
from playground.text import LANGUAGES, text


def look(scheme: str = "xavier_normal") -> layers.Look:
    setting = layers.Setting(ACTIVATIONS["tanh"].spec(), INITIALIZERS[scheme].spec(), 3, 10)
    return layers.look(setting)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("quantity", ["activation", "gradient"])
def test_histograms_have_one_panel_a_layer_in_order(language: str, quantity: str) -> None:
    found = look()
    spec = charts.histogram_chart(found.histograms, quantity, "own", language).to_dict()
    assert spec["facet"]["field"] == "layer"
    assert spec["facet"]["type"] == "ordinal"
    assert spec["resolve"]["scale"]["x"] == "independent"
    (rows,) = spec["datasets"].values()
    assert {row["layer"] for row in rows} == {1, 2, 3}
    assert {row["quantity"] for row in rows} == {quantity}


def test_one_scale_for_all_layers_is_shared() -> None:
    spec = charts.histogram_chart(look().histograms, "activation", "shared", "en").to_dict()
    assert spec["resolve"]["scale"]["x"] == "shared"


def test_layers_of_zeros_are_left_out_of_the_logarithmic_axis() -> None:
    spec = charts.spread_chart(look("zeros").layers, "activation", "en").to_dict()
    assert spec["encoding"]["y"]["scale"]["type"] == "log"
    assert [rows for rows in spec["datasets"].values() if rows] == []


def test_a_race_is_drawn_by_scheme_with_its_name() -> None:
    table = pd.DataFrame(
        {
            "init": ["zeros"] * 3,
            "network": 0,
            "epoch": [0, 1, 2],
            "loss_train": [0.7, float("inf"), 0.6],
            "status": "running",
        }
    )
    spec = charts.race_chart(table, {"zeros": "nothing"}, "loss_train", "en").to_dict()
    rows = max(spec["datasets"].values(), key=len)
    assert {row["_name"] for row in rows} == {"nothing"}
    assert [row["epoch"] for row in rows] == [0, 2]  # what is not finite is not drawn


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_heat_map_has_its_cells_and_the_two_rules(language: str) -> None:
    table = pd.DataFrame(
        {"std": [0.1, 1.0], "depth": 1, "loss": [0.1, 9.0], "accuracy": [1.0, 0.5], "diverged": 0}
    )
    theory = {"xavier_normal": 0.25, "he_normal": 0.35}
    spec = charts.scale_chart(table, (0.1, 1.0), (1, 2), theory, "accuracy", language).to_dict()
    cells = next(rows for rows in spec["datasets"].values() if "std" in rows[0])
    assert [(row["bottom"], row["top"]) for row in cells] == [(0.5, 1.5)] * 2
    assert cells[0]["right"] == pytest.approx(cells[1]["left"])
    rules = next(rows for rows in spec["datasets"].values() if "rule" in rows[0])
    assert [row["left"] for row in rules] == [0.25, 0.35]
    assert rules[1]["rule"] == text("chapters.initialization.words.rule.he_normal", language)
