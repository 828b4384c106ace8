"""The chapter on optimization opens in both languages, in every section, and follows its controls."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from playground.labs.optimization_race import RULES
from playground.text import text
from playground.ui.labs import parts

PAGE = str(Path(__file__).parents[2] / "pages" / "optimization.py")
SECTIONS = ("race", "theory", "orders", "schedules", "landscape")


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """No browser asks for the next slice of a computation here, so that the first one must suffice."""
    monkeypatch.setattr(parts, "FIRST", 60.0)


def opened(language: str = "en", section: str = "race") -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=60)
    app.session_state["language"] = language
    app.session_state["optimization.section"] = section
    app.session_state["orders.passes"] = 20
    app.session_state["schedules.epochs"] = 20
    app.session_state["plateau.epochs"] = 20
    return app.run()


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_opens(section):
    app = opened(section=section)
    assert not app.exception
    assert not app.error
    assert app.title[0].value == text("lab_optimization.title", "en")


def test_the_page_speaks_korean():
    app = opened("ko", "theory")
    assert not app.exception
    assert text("lab_optimization.contraction.title", "ko") in [entry.value for entry in app.subheader]


def test_a_race_is_fair_until_a_rate_is_set_by_hand():
    app = opened()
    fair = text("lab_optimization.race.fair", "en", steps=150)
    assert fair in [entry.value for entry in app.caption]
    app.select_slider(key="race.rate.quadratic.sgd").set_value(0.001).run()
    assert not app.exception
    assert text("lab_optimization.race.unfair", "en") in [entry.value for entry in app.caption]
    app.button(key="race.search").click().run()
    assert fair in [entry.value for entry in app.caption]


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
