"""The index of the lecture points at pages and parts that exist, and its document is the index."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from playground import lecture
from playground.families import FAMILIES
from playground.presets import PRESETS as EXAMPLES
from playground.races.presets import PRESETS as COMPARISONS
from playground.text import LANGUAGES
from playground.ui.navigation import ICONS

PAGES = Path(__file__).parent.parent / "pages"


def sections(page: str) -> list[str]:
    """The sections that a chapter page draws, read from its file."""
    for node in ast.parse((PAGES / f"{page}.py").read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "SECTIONS":
            assert isinstance(node.value, ast.Dict)
            return [ast.literal_eval(key) for key in node.value.keys if key is not None]
    raise AssertionError(f"{page}: no SECTIONS")


def test_every_place_exists_and_has_a_title():
    parts = {
        **{page: sections(page) for page in lecture.CHAPTER_PAGES},
        "playground": list(EXAMPLES),
        "race": list(COMPARISONS),
        "techniques": list(FAMILIES),
    }
    for row in lecture.ROWS:
        assert row.places, row.claim
        for place in row.places:
            assert place.page in ICONS, place
            assert not place.part or place.part in parts[place.page], place
            for language in LANGUAGES:
                assert place.title(language)


@pytest.mark.parametrize("chapter", lecture.CHAPTERS)
def test_chapters_have_rows_and_no_row_stands_twice(chapter: int):
    claims = [row.claim for row in lecture.ROWS if row.chapter == chapter]
    assert len(claims) >= 4
    assert len(set(claims)) == len(claims)


def test_every_section_of_every_chapter_page_shows_some_row():
    shown = {(place.page, place.part) for row in lecture.ROWS for place in row.places}
    for page in lecture.CHAPTER_PAGES:
        assert {(page, section) for section in sections(page)} <= shown


def test_the_document_is_made_from_the_index():
    assert lecture.FILE.read_text("utf-8") == lecture.table(), "run: python -m playground.lecture"
