"""A visitor on the page of generalization: overfits, breaks the classes, and goes on to another language."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect
from stage_visit import rested


@pytest.mark.browser
def test_a_visit_to_the_page_of_generalization(app: Any, browser: Any) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    try:
        page.set_default_timeout(120_000)
        page.goto(f"{app.url}/generalization?section=bias&degree=15&lang=en")
        page.get_by_role("heading", name="Bias and variance").wait_for()
        verdict = page.locator(".st-key-section_verdict")
        expect(verdict).to_contain_text("Of the lecture's three degrees 5 is the best", timeout=120_000)
        chart = page.locator(".st-key-section_main [data-testid=stVegaLiteChart]").first.bounding_box()
        assert chart["y"] + chart["height"] <= 720, "the whole chart is in sight"
        page.goto(f"{app.url}/generalization?section=augmentation&dataset=moons&lang=en")
        page.get_by_role("heading", name="Augmentation: maps that keep the class").wait_for()
        expect(verdict).to_contain_text("does not keep the classes", timeout=120_000)
        rested(page)
        page.locator(".st-key-section_controls").get_by_text("reflect", exact=True).click()
        page.wait_for_url("**map=reflect**")
        expect(verdict).to_contain_text("does not keep the classes", timeout=120_000)
        link = page.get_by_role("link", name="Open in the playground").first.get_attribute("href")
        assert link.startswith("./?")
        assert "dataset=moons" in link
        page.goto(f"{app.url}/generalization?section=noise&lang=ko")
        page.get_by_role("heading", name="입력과 레이블의 잡음").wait_for()
        expect(verdict).to_contain_text("테스트 손실이", timeout=120_000)
    finally:
        page.close()
