"""A visitor of the chapter on hyper-parameters: through the steps, a broken network, the wall, their own experiment."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect
from stage_visit import rested

from playground.chapters import sections


def searched(page: Any, browser: Any, address: str) -> None:
    """A search, which a reload of the page finds again and nobody else does."""
    page.goto(address)
    rested(page)
    page.get_by_role("button", name="Run", exact=True).click()
    verdict = page.locator(".st-key-section_verdict")
    verdict.wait_for()
    rested(page)  # where the page is drawn anew, there are two of them for a moment
    told = verdict.locator("p").inner_text()
    best = page.get_by_role("link", name="Open the best in the playground").get_attribute("href")
    with page.expect_download() as taken:
        page.get_by_role("button", name="All numbers (CSV)").click()
    assert len(taken.value.path().read_text("utf-8").splitlines()) == 1 + 10
    page.wait_for_function("globalThis.__playgroundVisit")  # the tab has noted the visit
    page.reload()
    expect(verdict).to_contain_text(told, timeout=60_000)
    expect(page.get_by_role("link", name="Open the best in the playground")).to_have_attribute("href", best)
    other = browser.new_page()
    try:
        other.goto(address)
        other.locator(".st-key-section_waits").wait_for(timeout=60_000)
        rested(other)
        assert other.locator(".st-key-section_verdict").count() == 0
    finally:
        other.close()


@pytest.mark.browser
def test_a_visit_to_the_page_of_hyper_parameters(app: Any, browser: Any) -> None:
    page = browser.new_page(viewport={"width": 1300, "height": 1000})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    try:
        page.set_default_timeout(60_000)
        page.goto(f"{app.url}/tuning?lang=en&factor=30&data=digits")
        page.get_by_text(re.compile(r"begin at [\d.]+, [\d.]+ times log 10 = 2\.303")).wait_for()

        for section in sections.of("tuning")[1:]:
            rested(page)
            page.locator(".st-key-section_next a").click()
            expect(page.locator("h1")).to_have_text(section.say("title", "en"))
            if section.starts:
                page.locator(".st-key-section_verdict").wait_for()

        page.get_by_role("link", name="Wall").click()
        page.get_by_text(re.compile(r"\d+ of 100 networks come within twice the lowest loss")).wait_for()
        rested(page)
        page.get_by_role("radio", name="dropout").click()
        expect(page).to_have_url(re.compile("field=dropout"))

        searched(page, browser, f"{app.url}/tuning?section=search&lang=en&trials=10&epochs=10&sampler=random")

        page.goto(f"{app.url}/?v=1&dataset=xor&hidden=5&lang=en")
        page.locator('[data-testid="stage"][data-status="paused"]').wait_for()
        rested(page)
        page.get_by_role("link", name="Hyper-parameters").click()
        page.get_by_role("link", name="3 · Range test").click()
        expect(page.locator("h1")).to_have_text(sections["tuning/learning_rate"].say("title", "en"))
        rested(page)
        page.get_by_text("Yours", exact=True).click()
        expect(page).to_have_url(re.compile(r"own=.*xor"))
        expect(page.get_by_role("link", name="Open in the playground")).to_have_attribute(
            "href", re.compile("dataset=xor")
        )
        assert not errors
    finally:
        page.close()
