"""The stage's specifications: complete, small, without data, and accepted by Vega-Lite."""

import json
import zlib

import pytest
import vl_convert

from playground.text import LANGUAGES, topic
from playground.views.specs import stage_specs
from playground.views.theme import CLASS_COLOURS, SPLIT_COLOURS, label_expression, quoted

CURVES = {"curves", "curves_log", "curves_regression", "curves_regression_log"}
PANELS = {
    "pre_activation",
    "activation",
    "weight",
    "gradients",
    "health",
    "learned",
    "confusion",
    "confusion_validation",
    "confusion_train",
    "roc",
    "precision_recall",
    "calibration",
    "residuals",
    "residuals_validated",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_is_a_specification_for_every_chart(language):
    specs = stage_specs(language)
    assert set(specs) == CURVES | PANELS
    assert len(json.dumps(specs)) < 95_000
    assert len(zlib.compress(json.dumps(specs).encode())) < 6_000  # as it is sent


@pytest.mark.parametrize("name", sorted(CURVES | PANELS))
def test_vega_lite_compiles_it_and_the_named_data_are_there(name):
    vega = vl_convert.vegalite_to_vega(stage_specs("en")[name])
    names = {data["name"] for data in vega["data"]}
    assert names >= ({"history", "ghost", "cursor"} if name in CURVES else {"rows"})


@pytest.mark.parametrize("name", sorted(CURVES))
def test_the_shared_epoch_scale_is_called_x(name):
    # The stage reads the epoch under the pointer from this scale.
    vega = vl_convert.vegalite_to_vega(stage_specs("en")[name])
    assert "x" in {scale["name"] for scale in vega["scales"]}


def test_no_colour_of_the_page_is_fixed():
    assert all("config" not in spec for spec in stage_specs("en").values())


def test_the_curves_use_no_colour_of_a_class():
    assert set(SPLIT_COLOURS.values()).isdisjoint(CLASS_COLOURS[:2])


def test_text_with_quotes_stays_text():
    assert quoted("it's \\ so") == "'it\\'s \\\\ so'"
    assert label_expression({"a": "it's"}) == "({'a': 'it\\'s'})[datum.value] || datum.label"


def test_both_languages_have_the_same_texts_with_the_same_placeholders():
    import re

    english, korean = topic("stage", "en"), topic("stage", "ko")
    assert english.keys() == korean.keys()
    for key, written in english.items():
        assert set(re.findall(r"\{\w+\}", written)) == set(re.findall(r"\{\w+\}", korean[key])), key
