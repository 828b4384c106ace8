"""A visitor of the chapter on normalization: an old link, whitening, a deep network that learns, the language."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect


@pytest.mark.browser
def test_a_visit_to_the_page_of_normalization(app: Any, browser: Any) -> None:
    page = browser.new_page(viewport={"width": 1300, "height": 1000})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    try:
        page.set_default_timeout(60_000)
        page.goto(f"{app.url}/normalization?section=preprocessing&lang=en")
        page.get_by_role("heading", name="Preprocessing, one by one").wait_for()
        page.get_by_text("Standardizing makes them 0 and 1").wait_for()

        page.get_by_role("link", name="Ellipse to circle").click()
        page.get_by_role("heading", name="From an ellipse to a circle").wait_for()
        page.get_by_text(re.compile(r"steps on the inputs as they are \(κ = \d{3}\)")).wait_for()
        playground = page.get_by_role("link", name="Playground").last
        expect(playground).to_have_attribute("href", re.compile("preprocessing=whitening"))

        page.get_by_role("link", name="Deep networks").first.click()
        page.get_by_text(re.compile(r"\d of 5 networks have learned with batch norm")).wait_for()
        page.get_by_text("What enters the activations of each layer").wait_for()
        expect(page).to_have_url(re.compile("section=training"))

        page.go_back()
        page.get_by_role("heading", name="From an ellipse to a circle").wait_for()
        expect(page).to_have_url(re.compile("section=contours"))

        page.goto(f"{app.url}/normalization?section=training&lang=ko")
        page.get_by_role("heading", name="배치 정규화로 배우는 깊은 시그모이드 신경망").wait_for()
        assert not errors
    finally:
        page.close()
