"""The page of initial weights opens in both languages and answers its controls."""

from __future__ import annotations

import pytest
from chapter_visit import check_opened, visit_chapter
from streamlit.testing.v1 import AppTest

from playground.text import LANGUAGES, text

pytestmark = pytest.mark.usefixtures("one_slice")

SECTIONS = ("layers", "symmetry", "race", "scale", "pretraining")


SMALL = {
    "init.layers.width": 30,
    "init.layers.depth": 4,
    "init.race.inits": ["zeros", "he_normal"],
    "init.race.epochs": 10,
    "init.scale.epochs": 5,
    "init.rbm.depth": 2,
    "init.rbm.epochs": 2,
    "init.tune.updates": 50,
}


def opened(section: str, language: str = "en") -> AppTest:
    return visit_chapter("initialization", section, language, **SMALL)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("section", SECTIONS)
def test_each_section_opens(section: str, language: str) -> None:
    page = opened(section, language)
    check_opened(page, "initialization", list(SECTIONS), language)
    assert page.subheader[0].value == text(f"lab_initialization.{section}.title", language)


def test_another_activation_gives_other_layers() -> None:
    page = opened("layers")
    before = page.markdown[-1].value, [m.value for m in page.markdown]
    page.selectbox(key="init.layers.init").select("he_normal").run()
    assert not page.exception
    assert [m.value for m in page.markdown] != before[1]


def test_training_shows_its_result() -> None:
    page = opened("layers")
    page.slider(key="init.layers.updates").set_value(10).run()
    page.button(key="init.layers.run.run").click().run()
    assert not page.exception
    assert any("10" in m.value and "1,000" in m.value for m in page.markdown)


def test_a_nudge_breaks_the_symmetry() -> None:
    page = opened("symmetry")
    assert page.metric[0].value == "1 of 4"
    page.select_slider(key="init.symmetry.nudge").set_value(0.01).run()
    assert not page.exception
    assert page.metric[0].value == "2 of 4"


def test_a_race_without_runners_asks_for_one() -> None:
    page = opened("race")
    assert len(page.dataframe[0].value) == 2
    page.multiselect(key="init.race.inits").set_value([]).run()
    assert not page.exception
    assert page.info[0].value == text("lab_initialization.race.none", "en")


def test_label_counts_are_compared_on_request() -> None:
    page = opened("pretraining")
    page.button(key="init.sweep.run").click().run()
    assert not page.exception
    assert "init.sweep.run" not in [button.key for button in page.button]


def test_unknown_sections_open_the_first() -> None:
    page = opened("nonsense")
    assert page.subheader[0].value == text("lab_initialization.layers.title", "en")
