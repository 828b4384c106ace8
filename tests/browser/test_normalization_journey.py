"""A visitor of the chapter on normalization: whitens data, sees a deep network learn, changes the language."""

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

    def choose(name: str) -> None:
        page.get_by_role("radio", name=name, exact=True).or_(
            page.get_by_role("button", name=name, exact=True)
        ).first.click()

    try:
        page.set_default_timeout(120_000)
        page.goto(f"{app.url}/normalization?lang=en")
        page.get_by_role("heading", name="From an ellipse to a circle").wait_for()
        condition = page.get_by_test_id("stMetricValue").first
        expect(condition).to_have_text(re.compile(r"^\d{3}"))  # a narrow valley
        choose("whitening")
        expect(condition).to_have_text(re.compile(r"^1(\.0\d*)?$"), timeout=30_000)
        link = page.get_by_role("link", name="Open in the playground").first.get_attribute("href")
        assert link.startswith("./?")
        assert "preprocessing=whitening" in link

        choose("Deep networks")
        page.get_by_text("test accuracy").first.wait_for()
        page.get_by_text("What enters the activations of each layer").wait_for()

        page.get_by_text("한국어").click()
        page.get_by_role("heading", name="정규화가 있어야만 배우는 깊은 시그모이드 신경망").wait_for()
        assert not errors
    finally:
        page.close()
