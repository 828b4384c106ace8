"""A visitor on the page of generalization: overfits, compares, and goes on to another section."""

from __future__ import annotations

from typing import Any

import pytest
from stage_visit import rested


@pytest.mark.browser
def test_a_visit_to_the_page_of_generalization(app: Any, browser: Any) -> None:
    page = browser.new_page(viewport={"width": 1300, "height": 1000})
    try:
        page.set_default_timeout(120_000)
        page.goto(f"{app.url}/generalization?section=bias&lang=en")
        page.get_by_role("heading", name="Bias and variance").wait_for()
        page.locator(".vega-embed canvas, .vega-embed svg").first.wait_for()
        rested(page)
        page.get_by_role("button", name="Degree 15").click()
        page.get_by_text("Polynomials of degree 15").first.wait_for(state="attached")
        page.get_by_text("Noise & augmentation").click()
        page.get_by_role("heading", name="Noise and augmentation").wait_for()
        assert "section=noise" in page.url
        rested(page)
        page.get_by_text("rotate", exact=True).click()
        page.get_by_text("the copies have wrong labels").wait_for()
        rested(page)
        page.get_by_role("button", name="Compute").click()
        page.get_by_text("Means over 8 data sets").wait_for()
        link = page.get_by_role("link", name="Open in the playground").first.get_attribute("href")
        assert link.startswith("/?")
        assert "dataset=moons" in link
        page.get_by_text("한국어").click()
        page.get_by_role("heading", name="잡음과 증강").wait_for()
    finally:
        page.close()
