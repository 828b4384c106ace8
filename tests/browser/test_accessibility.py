"""Every page opens by its own address, and so does every section of a chapter: axe-core finds nothing serious there
(WCAG 2.2, A and AA), and the browser has nothing to complain about."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import expect
from small_settings import smallest
from stage_visit import rested, still

from playground.chapters import CHAPTERS, sections
from playground.chapters.section import Section
from playground.text import LANGUAGES, text
from playground.ui.navigation import ICONS

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
EVERY = "en"
"""The language in which every section is looked at: its words are the longer ones."""
# A page that is not the first: Streamlit asks below the page's address before it asks at the server's root
# (streamlit/streamlit#7074), and goes on with the root's answer.
PROBE = re.compile(r"^/[a-z]+/_stcore/(health|host-config)$")
PAGES = [name for name in ICONS if name not in CHAPTERS]


@pytest.fixture(scope="session")
def axe() -> str:
    """axe-core's script, as ``npm ci`` installs it."""
    if not AXE.exists() and not os.environ.get("PLAYGROUND_REQUIRE_BROWSER"):
        pytest.skip("axe-core is not installed: npm ci")
    return AXE.read_text("utf-8")


@pytest.fixture
def page(app: Any, page: Any) -> Iterator[Any]:
    """A page that fails the test where the console tells of an error, an answer is one, or another host is asked."""
    found: list[str] = []

    def heard(kind: str, words: str, address: str = "") -> None:
        if not PROBE.match(urlsplit(address).path):
            found.append(f"{page.url}: {kind}: {words} {address}")

    def asked(request: Any) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.netloc != urlsplit(app.url).netloc:
            heard("foreign request", request.method, request.url)

    page.on(
        "console", lambda said: said.type == "error" and heard("console", said.text, said.location["url"])
    )
    page.on("pageerror", lambda error: heard("page error", str(error)))
    page.on("response", lambda got: got.status >= 400 and heard("answer", str(got.status), got.url))
    page.on("request", asked)
    yield page
    expect(page.get_by_test_id("stException")).to_have_count(0)
    assert not found


def serious(page: Any, axe: str, beside: tuple[str, ...] = ()) -> list[str]:
    """What axe-core finds on the page when that rests, in words; ``beside``: selectors of parts to leave out."""
    still(page)
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(axe)
    found = page.evaluate(
        """([exclude, values]) =>
        axe.run({ exclude }, { runOnly: { type: 'tag', values }, resultTypes: ['violations'] })""",
        [list(beside), RULES],
    )
    told = []
    for violation in found["violations"]:
        if violation["impact"] not in ("serious", "critical"):
            continue
        told += [f"{violation['id']}: {node['target']} {node['html'][:160]}" for node in violation["nodes"]]
    return told


def kinds(section: Section) -> set[object]:
    """What the section's page is made of: kinds of controls, what stands in the chart's place, what is below."""
    controls = {
        (type(one), getattr(one, "kind", ""), getattr(one, "many", False)) for one in section.controls
    }
    return controls | {
        ("handle", section.handle != ""),
        ("starts", section.starts),
        ("tables", bool(section.tables)),
    }


def walk(chapter: str, language: str) -> Iterator[Section]:
    """Sections of a chapter: all in one language; in others, which differ by their words alone, each kind of part."""
    seen: set[object] = set()
    for section in sections.of(chapter):
        if language == EVERY or kinds(section) - seen:
            yield section
        seen |= kinds(section)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_nothing_serious(app: Any, page: Any, axe: str, name: str, language: str) -> None:
    page.goto(f"{app.url}/{name}?lang={language}")
    expect(page.locator('[data-testid="stMain"] :is(h1, [data-testid="stage"])').first).to_be_visible(
        timeout=60_000
    )
    assert serious(page, axe) == []


@pytest.mark.parametrize(
    "chapter", [pytest.param(name, marks=pytest.mark.xdist_group(f"axe-{name}")) for name in CHAPTERS]
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_section_has_nothing_serious(app: Any, page: Any, axe: str, chapter: str, language: str) -> None:
    """One walk through a chapter, from each section to the next; the menu beside them stays the same."""
    found: dict[str, list[str]] = {}
    lecture = list(sections)
    shown = ""
    for section in walk(chapter, language):
        before, shown = shown, section.key
        if before and section.starts and before == lecture[lecture.index(section.key) - 1]:
            page.locator(".st-key-section_next a").click()
        else:  # the first one, a long run, or something has been left out since
            own = {} if section.starts else smallest(section)
            page.goto(f"{app.url}/{chapter}?{urlencode({'section': section.name, 'lang': language, **own})}")
        expect(page.locator("h1")).to_have_text(section.say("title", language), timeout=60_000)
        if not section.starts:
            found |= {f"{section.key}, not begun": told for told in [serious(page, axe)] if told}
            page.get_by_role("button", name=text("sections.start", language), exact=True).click()
        rested(page)  # the verdict of the section before has gone
        page.locator(".st-key-section_verdict").wait_for(timeout=180_000)
        problems = serious(page, axe, ('[data-testid="stSidebar"]',) if before else ())
        if problems:
            found[section.key] = problems
    assert not found
