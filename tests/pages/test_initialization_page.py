"""The page of initial weights opens in both languages and answers its controls."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from playground.text import LANGUAGES, text

PAGE = Path(__file__).parents[2] / "pages" / "initialization.py"
SECTIONS = ("layers", "symmetry", "race", "scale", "pretraining")


def opened(section: str, language: str = "en") -> AppTest:
    page = AppTest.from_file(PAGE, default_timeout=120)
    page.query_params["lang"] = language
    page.query_params["section"] = section
    small = {
        "init.layers.width": 30,
        "init.layers.depth": 4,
        "init.race.inits": ["zeros", "he_normal"],
        "init.race.epochs": 10,
        "init.scale.epochs": 5,
        "init.rbm.depth": 2,
        "init.rbm.epochs": 2,
        "init.tune.updates": 50,
    }
    for key, value in small.items():
        page.session_state[key] = value
    return page.run()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("section", SECTIONS)
def test_each_section_opens(section: str, language: str) -> None:
    page = opened(section, language)
    assert not page.exception
    assert page.title[0].value == text("lab_initialization.title", language)
    assert page.subheader[0].value == text(f"lab_initialization.{section}.title", language)
