"""A visitor on the page of initial weights: sees layers, trains, stops, and goes on to another section."""

from __future__ import annotations

from typing import Any

import pytest
from stage_visit import rested


@pytest.mark.browser
def test_a_visit_to_the_page_of_initial_weights(app: Any, browser: Any) -> None:
    page = browser.new_page(viewport={"width": 1300, "height": 1000})
    try:
        page.set_default_timeout(120_000)
        page.goto(f"{app.url}/initialization?section=layers&lang=en")
        page.get_by_role("heading", name="Signals and gradients through a deep network").wait_for()
        page.locator("canvas, .vega-embed svg").first.wait_for()
        rested(page)
        page.get_by_role("link", name="Fine-tuning").first.click()
        page.get_by_role("heading", name="Fine-tuning: the breakthrough of 2006, and today").wait_for()
        page.get_by_text("Test accuracy at the end").first.wait_for()
        page.get_by_role("link", name="Symmetry").first.click()
        page.get_by_role("heading", name="Units that start alike stay alike").wait_for()
        page.get_by_text("1 unit in 4 copies").first.wait_for()
        assert "section=symmetry" in page.url
        link = page.get_by_role("link", name="Open in the playground").get_attribute("href")
        assert link.startswith("./?")
        assert "dataset=xor" in link
        page.get_by_text("한국어").click()
        page.get_by_role("heading", name="똑같이 시작한 유닛은 끝까지 똑같다").wait_for()
    finally:
        page.close()
