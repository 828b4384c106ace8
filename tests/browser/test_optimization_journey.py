"""A visitor's journey through the race: it plays smoothly, can be scrubbed, and starts where one clicks."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from stage_visit import box, rested

pytestmark = pytest.mark.browser


def test_the_race_in_the_browser(app, browser):
    page = browser.new_page(viewport={"width": 1400, "height": 1300})
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(app.url + "/optimization?lang=en")
    race = page.locator(".surface")
    canvas = page.locator(".surface-canvas")
    canvas.wait_for(timeout=120_000)

    # when the learning rates are found it plays by itself, to the end
    expect(page.locator(".surface-count")).to_have_text("step 150 / 150", timeout=120_000)
    page.get_by_text(re.compile("^After 150 steps momentum")).wait_for(timeout=120_000)

    # again from the start, frame by frame and not in a few leaps
    shown = int(race.get_attribute("data-frames"))
    page.get_by_role("button", name="From the start").click()
    page.wait_for_selector(".surface[data-playing='true']")
    page.wait_for_selector(".surface[data-playing='false']", timeout=120_000)
    assert int(race.get_attribute("data-frames")) - shown > 20

    # scrubbing stops it and shows what each rule remembers there
    page.locator(".surface-scrub").fill("10")
    page.wait_for_selector(".surface[data-playing='false']")
    row = page.locator(".surface-table tbody tr", has_text="momentum")
    assert re.search(r"m = \(", row.inner_text())
    first = row.inner_text()
    page.locator(".surface-scrub").fill("40")
    page.wait_for_function("([row, text]) => row.innerText !== text", arg=[row.element_handle(), first])

    # a click moves the start: every rule begins there, the address says where
    found = box(canvas)
    canvas.click(position={"x": found["width"] * 0.8, "y": found["height"] * 0.3})
    expect(page).to_have_url(re.compile(r"start=1\.[78]\d*(%2B|\+)0\.\d"), timeout=120_000)

    def all_begin_there():
        # the picture spans −3 … 3, so 0.8 of its width is 1.8
        expect(page.locator(".surface-scrub")).to_be_enabled(timeout=120_000)
        page.locator(".surface-scrub").fill("0")
        rows = page.locator(".surface-table tbody tr").all_inner_texts()
        return rows and all(re.search(r"1\.(8|7)", row) for row in rows)

    for _ in range(60):
        if all_begin_there():
            break
        page.wait_for_timeout(500)
    assert all_begin_there()

    # reset takes it back
    rested(page)
    page.get_by_role("button", name="Reset").click()
    expect(page).not_to_have_url(re.compile("start="), timeout=120_000)
    assert not problems
    page.close()
