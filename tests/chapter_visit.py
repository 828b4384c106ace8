"""A visit of a chapter page without a browser."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from playground.races.race import Race
from playground.text import text
from playground.ui.chapter import PARAMETER
from playground.ui.labs import parts

PAGES = Path(__file__).parents[1] / "pages"


@pytest.fixture
def one_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    """No browser asks for the next slice of a computation here, so that the first one must suffice."""
    monkeypatch.setattr(parts, "FIRST", 60.0)


def visit_chapter(name: str, section: str, language: str = "en", **state: object) -> AppTest:
    """The page of the chapter ``name`` with one section open; ``state`` holds the values of controls."""
    page = AppTest.from_file(PAGES / f"{name}.py", default_timeout=120)
    page.query_params["lang"] = language
    page.query_params[PARAMETER] = section
    for key, value in state.items():
        page.session_state[key] = value
    return page.run()


def check_opened(page: AppTest, name: str, sections: list[str], language: str) -> None:
    """The page shows its title, and offers just these sections."""
    assert not page.exception
    assert not page.error
    assert page.title[0].value == text(f"lab_{name}.title", language)
    assert page.segmented_control(key=f"{name}.section").options == [
        text(f"lab_{name}.sections.{section}", language) for section in sections
    ]


def races_of(page: AppTest) -> list[Race]:
    """The races that the page links to."""
    links = [button.proto.url for button in page.get("link_button")]
    queries = [
        dict(parse_qsl(urlsplit(link).query, keep_blank_values=True))
        for link in links
        if link.startswith("./race?")
    ]
    return [
        Race.from_query({key: value for key, value in query.items() if key != "lang"}) for query in queries
    ]
