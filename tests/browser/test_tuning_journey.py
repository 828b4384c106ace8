"""A visitor of the chapter on hyper-parameters: through the steps, a broken network, the wall, their own experiment."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect
from small_settings import smallest
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


TRIALS = 10
VIEWS = 7
"""Charts of a search: history, intermediate values, importance, parallel coordinates, slices, contour, timeline."""
MARKED = """(chart) => {
  const marks = [...chart.querySelectorAll('svg .role-mark path, svg .role-mark text')];
  return marks.some((mark) => mark.tagName === 'text' || mark.getAttribute('stroke-width') >= 4);
}"""
"""Whether a chart has a mark with a ring, a strong line, or a word at a bar."""


@pytest.mark.browser
def test_a_trial_is_chosen_with_the_mouse_in_a_table_and_with_keys(app: Any, browser: Any) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    try:
        page.set_default_timeout(60_000)
        page.goto(
            f"{app.url}/tuning?section=search&lang=en&trials={TRIALS}&epochs=10&sampler=random&pruner=none"
        )
        rested(page)
        page.get_by_role("button", name="Run", exact=True).click()
        page.locator(".st-key-section_verdict").wait_for()
        rested(page)
        charts, told = page.get_by_test_id("stVegaLiteChart"), page.locator(".st-key-section_marked")
        expect(charts).to_have_count(VIEWS)

        def all_marked(trial: int) -> None:
            expect(told).to_contain_text(f"trial {trial} · validation loss")
            rested(page)
            expect(charts).to_have_count(VIEWS)
            for number in range(VIEWS):
                chart = charts.nth(number)
                chart.locator("svg .role-mark").first.wait_for(state="attached")
                assert chart.evaluate(MARKED), number

        # A point of the history, and a bar of the timeline.
        charts.first.locator("svg .mark-symbol.role-mark path").nth(2).click(force=True)
        all_marked(3)
        charts.last.locator("svg .mark-rect.role-mark path").nth(6).click(force=True)
        all_marked(7)
        # The one clicked before, in the chart that it was clicked in.
        charts.first.locator("svg .mark-symbol.role-mark path").nth(2).click(force=True)
        all_marked(3)

        box = told.get_by_role("combobox")
        box.focus()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(told).not_to_contain_text("trial 3 · validation loss")
        trial = int(re.search(r"trial (\d+) ·", told.inner_text()).group(1))
        all_marked(trial)

        table = page.get_by_test_id("stDataFrame").last
        table.scroll_into_view_if_needed()
        place = table.bounding_box()
        page.mouse.click(place["x"] + 18, place["y"] + 35 * 1.5)  # the box of the first row, the best
        expect(told).not_to_contain_text(f"trial {trial} · validation loss")

        page.get_by_role("button", name="Open the test part").click()
        expect(page.locator(".st-key-section_opened")).to_contain_text(f"opened after {TRIALS} trials")
        expect(told).to_contain_text("test loss")
    finally:
        page.close()


@pytest.mark.browser
@pytest.mark.parametrize(
    ("size", "scheme", "language", "view"),
    [
        ((1280, 720), "dark", "en", ""),
        ((390, 844), "light", "ko", ""),
        ((1920, 1080), "dark", "ko", "&view=projector"),
    ],
)
def test_every_section_has_its_place_on_the_screen(
    app: Any, browser: Any, size: tuple[int, int], scheme: str, language: str, view: str
) -> None:
    width, height = size
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    try:
        page.set_default_timeout(60_000)
        for section in sections.of("tuning"):
            query = "".join(f"&{name}={value}" for name, value in smallest(section).items())
            page.goto(f"{app.url}/tuning?section={section.name}&lang={language}{view}{query}")
            expect(page.locator("h1")).to_have_text(section.say("title", language))
            rested(page)
            if section.starts:
                page.locator(".st-key-section_verdict").wait_for()
            rested(page)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, section.key
            main = page.locator(".st-key-section_main")
            if width > height:
                place = main.bounding_box()
                assert place["y"] + place["height"] <= height, f"{section.key}: all of it is in sight"
            letters = main.locator("svg .role-axis-label text, svg .role-axis-title text")
            if section.handle:
                continue
            letters.first.wait_for(state="attached")
            sizes = letters.evaluate_all(
                "(all) => all.map((one) => parseFloat(getComputedStyle(one).fontSize))"
            )
            assert min(sizes) >= (20 if view else 12), f"{section.key}: {min(sizes)}"
    finally:
        page.close()


@pytest.mark.browser
def test_a_search_survives_a_reload_within_its_first_second(app: Any, browser: Any) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    try:
        page.set_default_timeout(60_000)
        for number, after in enumerate((0, 300, 700)):
            page.goto(
                f"{app.url}/tuning?section=search&lang=en&trials=200&epochs=100&pruner=none&sampler=random&seed={number}"
            )
            rested(page)
            page.get_by_role("button", name="Run", exact=True).click()
            page.wait_for_timeout(after)
            page.reload()
            under_way = page.get_by_role("button", name="Stop")
            under_way.or_(page.locator(".st-key-section_verdict")).first.wait_for()
    finally:
        page.close()


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
