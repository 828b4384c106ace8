"""The chapter on optimization opens in both languages, in every section, and follows its controls."""

from __future__ import annotations

import pytest
from chapter_visit import check_opened, visit_chapter
from streamlit.testing.v1 import AppTest

from playground.chapters.optimization.racing import RULES
from playground.chapters.optimization.surfaces import SURFACES
from playground.text import LANGUAGES, text
from playground.ui.labs import parts

pytestmark = pytest.mark.usefixtures("one_slice")

SECTIONS = ("race", "theory", "orders", "schedules", "landscape")


SMALL = {"orders.passes": 20, "schedules.epochs": 20, "plateau.epochs": 20}


def opened(section: str = "race", language: str = "en") -> AppTest:
    return visit_chapter("optimization", section, language, **SMALL)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("section", SECTIONS)
def test_each_section_opens(section: str, language: str) -> None:
    page = opened(section, language)
    check_opened(page, "optimization", list(SECTIONS), language)
    if section == "theory":
        shown = [heading.value for heading in page.subheader]
        assert text("lab_optimization.contraction.title", language) in shown


def test_a_race_is_fair_until_a_rate_is_set_by_hand():
    app = opened()
    fair = text("lab_optimization.race.fair", "en", steps=150)
    assert fair in [entry.value for entry in app.caption]
    app.select_slider(key="race.rate.quadratic.sgd").set_value(0.001).run()
    assert not app.exception
    assert text("lab_optimization.race.unfair", "en") in [entry.value for entry in app.caption]
    app.button(key="race.search").click().run()
    assert fair in [entry.value for entry in app.caption]


def test_a_search_is_not_undone_by_sliders_that_report_their_value():
    app = opened()
    app.button(key="race.search").click()
    app.select_slider(key="race.rate.quadratic.sgd").set_value(0.001)
    app.run()
    assert text("lab_optimization.race.fair", "en", steps=150) in [entry.value for entry in app.caption]


def test_the_start_can_be_given_by_number():
    app = opened()
    surface = SURFACES["quadratic"].spec()
    app.session_state["race.starts"] = {surface: (0.60475912, 0.79344356)}
    app.run()
    app.number_input(key="race.start.x").set_value(1.0).run()
    assert app.session_state["race.starts"][surface] == (1.0, 0.7934)


def test_the_condition_number_moves_the_metric():
    app = opened(section="theory")
    assert app.metric[0].value == "0.980"
    assert app.metric[1].value == "0.818"
    app.select_slider(key="theory.kappa").set_value(10.0).run()
    assert app.metric[0].value == f"{9 / 11:.3f}"


def test_a_stopped_search_leaves_the_usual_rates(monkeypatch):
    app = opened()
    monkeypatch.setattr(parts, "FIRST", 0.0)
    app.slider(key="race.steps").set_value(140).run()
    app.button(key="race.search").click().run()
    assert not app.exception
    assert app.session_state["race.searching.job"].share < 0.5
    app.session_state["race.searching.job"].stop()
    app.run()
    assert not app.exception
    assert text("lab_optimization.race.unfair", "en") in [entry.value for entry in app.caption]
    assert app.select_slider(key="race.rate.quadratic.adam").value == RULES["adam"].rate
