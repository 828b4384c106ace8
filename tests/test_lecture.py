"""The index of the lecture points at pages and parts that exist, and its document is the index."""

from __future__ import annotations

import pytest

from playground.chapters import lecture, sections
from playground.families import FAMILIES
from playground.presets import PRESETS as EXAMPLES
from playground.races.presets import PRESETS as COMPARISONS
from playground.text import LANGUAGES
from playground.ui.navigation import ICONS
from tools import lecture as document

ROWS = lecture()["rows"]


def test_every_row_is_shown_somewhere_and_every_place_exists():
    parts = {"playground": EXAMPLES, "race": COMPARISONS, "techniques": FAMILIES}
    for row in ROWS:
        assert document.places(row), row["key"]
        for place in document.places(row):
            assert place.page in ICONS, place
            assert not place.part or place.part in parts.get(place.page, [place.part]), place
            for language in LANGUAGES:
                assert place.title(language)


@pytest.mark.parametrize("chapter", lecture()["chapters"])
def test_chapters_have_rows_and_no_row_stands_twice(chapter: str):
    rows = [row for row in ROWS if row["chapter"] == int(chapter)]
    assert len(rows) >= 4
    assert len({row["claim"] for row in rows}) == len({row["key"] for row in rows}) == len(rows)


def test_sections_name_rows_that_there_are():
    keys = {row["key"] for row in ROWS}
    for section in sections.values():
        assert section.rows, section.key
        assert set(section.rows) <= keys, section.key


def test_the_document_is_made_from_the_index():
    assert document.FILE.read_text("utf-8") == document.table(), "run: python -m tools.lecture"
