"""A visitor of the chapter on transfer: through its sections, a comparison started, another task chosen."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect
from stage_visit import rested

from playground.chapters import sections


@pytest.mark.browser
def test_a_visit_to_the_page_of_transfer(app: Any, browser: Any) -> None:
    page = browser.new_page(viewport={"width": 1300, "height": 1000})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    try:
        page.set_default_timeout(60_000)
        page.goto(f"{app.url}/transfer?lang=en&starts=scratch+frozen&each=1&steps=20")
        expect(page.locator("h1")).to_have_text(sections["transfer/little_data"].say("title", "en"))
        rested(page)
        page.get_by_role("button", name="Run", exact=True).click()
        page.get_by_text(re.compile(r"With 1 of each class")).first.wait_for()

        for section in sections.of("transfer")[1:]:
            rested(page)
            page.locator(".st-key-section_next a").click()
            expect(page.locator("h1")).to_have_text(section.say("title", "en"))

        page.get_by_role("link", name="Filters", exact=True).click()
        page.get_by_text(re.compile(r"the first layer moves by \d+ %")).first.wait_for()
        assert not errors
    finally:
        page.close()
