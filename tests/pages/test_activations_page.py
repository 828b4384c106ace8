"""The page of activations opens in both languages and answers its controls."""

from __future__ import annotations

import pytest
from chapter_visit import check_opened, visit_chapter
from streamlit.testing.v1 import AppTest

from playground.text import LANGUAGES, text

SECTIONS = {
    "functions": ("functions", "tanh", "cost"),
    "gradients": ("gradients", "training", "selu"),
    "units": ("dead", "prelu"),
    "zigzag": ("zigzag",),
    "speed": ("iris", "race", "maxout"),
    "approximation": ("approximation", "errors"),
    "neuron": ("neuron", "linear"),
    "step": ("count", "step"),
}


SMALL = {
    "gradients.depth": 3,
    "gradients.width": 4,
    "iris.seeds": 2,
    "selu.depth": 4,
    "approximation.units": 2,
}


def opened(section: str, language: str = "en", **state: object) -> AppTest:
    return visit_chapter("activations", section, language, **SMALL, **state)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("section", list(SECTIONS))
def test_each_section_opens(section: str, language: str) -> None:
    page = opened(section, language)
    check_opened(page, "activations", list(SECTIONS), language)
    expected = [text(f"lab_activations.{name}.title", language) for name in SECTIONS[section]]
    assert [heading.value for heading in page.subheader] == expected


def test_sizes_are_counted_and_bad_ones_refused() -> None:
    page = opened("step")
    assert [metric.value for metric in page.metric] == ["6", "20", "6", "26"]
    page.text_input(key="count.sizes").set_value("10-3").run()
    assert [metric.value for metric in page.metric] == ["3", "30", "3", "33"]
    page.text_input(key="count.sizes").set_value("ten").run()
    assert not page.exception
    assert len(page.warning) == 1


def test_a_neuron_can_be_moved_and_taught() -> None:
    page = opened("neuron")
    before = page.metric[0].value
    page.slider(key="neuron.w2").set_value(3.0).run()
    assert not page.exception
    assert page.metric[0].value != before
    page.button(key="neuron.train").click().run()
    assert not page.exception
    assert float(page.metric[0].value.rstrip("%")) > 90


def test_an_activation_s_parameter_is_a_slider() -> None:
    page = opened("functions", **{"functions.which": ["leaky_relu"]})
    page.slider(key="functions.leaky_relu.slope").set_value(0.5).run()
    assert not page.exception
    assert page.dataframe[0].value.iloc[0, 0].endswith("(0.5)")


def test_long_runs_wait_for_a_click() -> None:
    page = opened("units", **{"dead.epochs": 10, "dead.width": 2, "dead.layers": 1})
    assert not page.dataframe
    page.button(key="dead.run").click().run()
    assert not page.exception
    assert len(page.dataframe) == 1


def test_the_goal_of_the_zigzag_can_be_turned() -> None:
    page = opened("zigzag")
    page.slider(key="zigzag.angle").set_value(45).run()
    assert not page.exception
