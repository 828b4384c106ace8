"""axe-core finds nothing serious on the pages beside the chapters (WCAG 2.2, A and AA)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from stage_visit import rested

from playground.chapters import CHAPTERS
from playground.text import LANGUAGES
from playground.ui.navigation import ICONS

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
STREAMLITS = (
    ".stTooltipIcon",
    '[data-testid="stTooltipHoverTarget"]',
    '[data-testid="stElementToolbar"]',
    ".gdg-",
)
"""What Streamlit draws by itself, and we cannot change."""
OPEN = ("stage-curves-chart", "race-plot")
"""Charts that are a control themselves and hold their own menu (nested-interactive): still to be mended."""
PAGES = [name for name in ICONS if name not in CHAPTERS]


@pytest.fixture(scope="module")
def axe() -> str:
    """axe-core's script, as ``npm ci`` installs it."""
    if not AXE.exists() and not os.environ.get("PLAYGROUND_REQUIRE_BROWSER"):
        pytest.skip("axe-core is not installed: npm ci")
    return AXE.read_text("utf-8")


def serious(page: Any, axe: str) -> list[str]:
    """What axe-core finds on the page as it is, in words."""
    page.evaluate(axe)
    found = page.evaluate(
        "rules => axe.run(document, { runOnly: { type: 'tag', values: rules }, resultTypes: ['violations'] })",
        RULES,
    )
    told = []
    for violation in found["violations"]:
        if violation["impact"] not in ("serious", "critical"):
            continue
        for node in violation["nodes"]:
            html, target = node["html"], str(node["target"])
            if not any(mark in html or mark in target for mark in STREAMLITS + OPEN):
                told.append(f"{violation['id']}: {target} {html[:160]}")
    return told


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_nothing_serious(app: Any, page: Any, axe: str, name: str, language: str) -> None:
    page.goto(f"{app.url}/{name}?lang={language}")
    expect(page.locator('[data-testid="stMain"] :is(h1, [data-testid="stage"])').first).to_be_visible(
        timeout=60_000
    )
    rested(page)
    assert serious(page, axe) == []
