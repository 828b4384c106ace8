"""A visitor of the chapter on pictures: the patch under pointer and keys, own weights, every section, a long run."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect
from stage_visit import rested

from playground.chapters import sections


@pytest.mark.browser
def test_a_visit_to_the_page_of_pictures(app: Any, browser: Any) -> None:
    page = browser.new_page(viewport={"width": 1300, "height": 1000})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    try:
        page.set_default_timeout(60_000)
        page.goto(f"{app.url}/images?section=convolution&lang=en")
        pad = page.get_by_role("slider", name="A picture with the kernel's patch")
        said = page.locator(".pad .hint")
        expect(said).to_contain_text("Row 10, column 13 of the map: 1.55")

        rested(page)
        box = pad.locator("image").nth(1).bounding_box()
        inside = (box["x"] + 0.3 * box["width"], box["y"] + 0.7 * box["height"])
        page.mouse.move(*inside)
        expect(said).to_contain_text("Row 19, column 8 of the map")
        page.mouse.move(box["x"], box["y"] - 40)
        expect(said).to_contain_text("Row 10, column 13")
        page.mouse.click(*inside)
        expect(page).to_have_url(re.compile(r"place=18\+7|place=18%2B7"))
        rested(page)
        pad.focus()
        page.keyboard.press("ArrowRight")
        expect(page).to_have_url(re.compile(r"place=18(\+|%2B)8"))
        page.get_by_text(re.compile(r"At row 19, column 9 the nine products add up to")).wait_for()

        page.goto(
            f"{app.url}/images?section=convolution&lang=en&kernel=own&weights=0+0+0+0+2+0+0+0+0&place=9+12"
        )
        expect(said).to_contain_text("Row 10, column 13 of the map: 1.72")  # twice the pixel of 0.86
        rested(page)
        page.get_by_label("Your weights (2, 2)").fill("4")
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(r"weights=0(\+|%2B)0(\+|%2B)0(\+|%2B)0(\+|%2B)4"))
        expect(said).to_contain_text("Row 10, column 13 of the map: 3.45")

        chapter = sections.of("images")
        for section in chapter[chapter.index(sections["images/convolution"]) + 1 :]:
            rested(page)
            page.locator(".st-key-section_next a").click()
            expect(page.locator("h1")).to_have_text(section.say("title", "en"))
            if section.starts:
                page.locator(".st-key-section_verdict").wait_for()

        page.goto(f"{app.url}/images?section=which_help&lang=en&names=any_angle&seeds=2&epochs=10&count=60")
        page.get_by_role("button", name="Run", exact=True).click()
        page.get_by_text(re.compile(r"Of 1 augmentations 0 helped with every one of 2 seeds")).wait_for()
        assert not errors
    finally:
        page.close()
