"""The page of preprocessing and normalization opens in both languages and answers its controls."""

from __future__ import annotations

import pytest
from chapter_visit import check_opened, races_of, visit_chapter
from streamlit.testing.v1 import AppTest

from playground.text import LANGUAGES, text

pytestmark = pytest.mark.usefixtures("one_slice")

SECTIONS = {
    "preprocessing": ("preprocessing", "leak"),
    "stages": ("stages",),
    "training": ("training",),
    "robust": ("scale", "rate"),
    "batches": ("batches", "modes"),
    "effect": ("regularizing", "cost"),
}


SMALL = {
    "norm.training.epochs": 20,
    "norm.training.seeds": 1,
    "norm.sweep.seeds": 1,
    "norm.rates.seeds": 1,
    "norm.batches.seeds": 1,
    "norm.batches.depth": 1,
    "norm.modes.seeds": 1,
    "norm.modes.epochs": 5,
    "norm.gap.seeds": 2,
    "norm.cost.width": 4,
}


def opened(section: str, language: str = "en", **state: object) -> AppTest:
    return visit_chapter("normalization", section, language, **{**SMALL, **state})


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("section", list(SECTIONS))
def test_each_section_opens(section: str, language: str) -> None:
    page = opened(section, language)
    check_opened(page, "normalization", list(SECTIONS), language)
    races = races_of(page)
    assert {len(race.lanes) for race in races} <= {3, 6}
    assert len(races) == (0 if section == "stages" else 2 if section in ("robust", "effect") else 1)
    expected = [text(f"lab_normalization.{name}.title", language) for name in SECTIONS[section]]
    assert [heading.value for heading in page.subheader] == expected


def test_whitening_makes_a_round_bowl_of_any_data() -> None:
    page = opened("preprocessing", **{"norm.step": "whitening"})
    page.slider(key="norm.scale").set_value(8.0).run()
    assert not page.exception
    assert float(page.metric[0].value) == pytest.approx(1.0, abs=0.02)


def test_the_switch_shows_the_leak() -> None:
    page = opened("preprocessing")
    assert page.metric[-1].value == "0.000"
    page.toggle(key="norm.leak.switch").set_value(True).run()
    assert not page.exception
    assert float(page.metric[-1].value) > 0.1
    assert len(page.warning) == 1


def test_gamma_and_beta_undo_the_normalization() -> None:
    page = opened("stages")
    page.slider(key="norm.stages.gamma").set_value(2.0).run()
    assert not page.exception
    shown = page.dataframe[0].value.astype(float).to_numpy()
    assert shown[:, 4] == pytest.approx(2 * shown[:, 3], abs=2e-3)


def test_a_batch_of_one_is_warned_of() -> None:
    page = opened("stages", **{"norm.stages.batch": 1})
    assert not page.exception
    assert len(page.warning) == 1
    assert set(page.dataframe[0].value.iloc[:, 3]) == {"0.000"}


def test_an_epoch_can_be_chosen() -> None:
    page = opened("training")
    page.select_slider(key="norm.training.at.20").set_value(0).run()
    assert not page.exception
