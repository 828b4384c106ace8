"""The page on generalization opens in both languages and answers its controls."""

from __future__ import annotations

import pytest
from chapter_visit import check_opened, races_of, visit_chapter
from streamlit.testing.v1 import AppTest

from playground.experiment import Experiment
from playground.live.session import LiveSession
from playground.text import LANGUAGES, text
from playground.ui import session

pytestmark = pytest.mark.usefixtures("one_slice")

SECTIONS = ("bias", "reading", "penalties", "dropout", "noise", "stopping", "ensembles", "size")
SMALL = {
    "gen.ensemble.epochs": 20,
    "gen.ensemble.m": 3,
    "gen.ensemble.seeds": 2,
    "gen.size.seeds": 2,
    "gen.stop.epochs": 40,
    "gen.drop.epochs": 20,
    "gen.drop.seeds": 2,
    "gen.depth.epochs": 20,
    "gen.depth.seeds": 2,
    "gen.stop.seeds": 2,
    "gen.noise.all.epochs": 20,
    "gen.noise.all.seeds": 2,
}


def opened(section: str, language: str = "en", **state: object) -> AppTest:
    return visit_chapter("generalization", section, language, **{**SMALL, **state})


RACES = {"penalties": 1, "dropout": 2, "noise": 1, "stopping": 1, "size": 1}
"""Links into the race by section."""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("section", SECTIONS)
def test_each_section_opens(section: str, language: str) -> None:
    page = opened(section, language)
    check_opened(page, "generalization", list(SECTIONS), language)
    races = races_of(page)
    assert len(races) == RACES.get(section, 0)
    assert all(len(race.lanes) >= 2 for race in races)
    assert page.subheader[0].value == text(f"lab_generalization.{section}.title", language)


def test_a_preset_sets_the_degree() -> None:
    page = opened("bias")
    before = page.metric[0].value
    page.button(key="gen.bias.preset.15").click().run()
    assert not page.exception
    assert page.slider(key="gen.bias.degree").value == 15
    assert page.metric[0].value != before


def test_double_descent_is_drawn() -> None:
    page = opened("bias", **{"gen.bias.model": "descent"})
    assert not page.exception
    assert any("at the peak, 40 features" in shown.value for shown in page.markdown)


def test_sliders_stand_in_for_a_run() -> None:
    page = opened("reading")
    assert "Overfitting" in page.info[0].value
    page.slider(key="gen.reading.train").set_value(0.4).run()
    page.slider(key="gen.reading.validation").set_value(0.41).run()
    assert "Underfitting" in page.info[0].value


def test_the_own_run_is_read() -> None:
    live = LiveSession(Experiment(dataset="xor", hidden=(), n_samples=200))
    live.trainer.run(epochs=20)
    page = opened("reading", **{session.STATE: live})
    assert not page.exception
    assert page.toggle(key="gen.reading.live").value
    error = 1 - live.trainer.history.last()["accuracy_train"]
    assert page.metric[0].value == f"{error:.1%}"


@pytest.mark.parametrize(
    ("section", "button"),
    [
        ("dropout", "gen.drop"),
        ("dropout", "gen.depth"),
        ("noise", "gen.noise.all"),
        ("stopping", "gen.stop.all"),
        ("ensembles", "gen.ensemble.all"),
    ],
)
def test_comparisons_start_on_request(section: str, button: str) -> None:
    page = opened(section)
    page.button(key=f"{button}.run").click().run()
    assert not page.exception
    assert f"{button}.run" not in [found.key for found in page.button]


def test_a_false_symmetry_is_named() -> None:
    page = opened("noise", **{"gen.noise.name": "rotate"})
    assert page.warning[0].value == text("lab_generalization.noise.breaks", "en")
    page.selectbox(key="gen.noise.dataset").select("circle").run()
    assert not page.exception
    assert page.success[0].value == text("lab_generalization.noise.holds", "en")


def test_another_penalty_gives_other_weights() -> None:
    zeros = {}
    for penalty in ("l1", "l2"):
        page = opened("penalties", **{"gen.penalty": penalty})
        assert not page.exception
        zeros[penalty] = float(page.metric[2].value.rstrip("%"))
    assert zeros["l1"] > zeros["l2"] + 30
