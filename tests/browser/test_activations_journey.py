"""The activations page in a browser: a function drawn with mouse, finger and keys, a line dragged, sizes typed."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect
from stage_visit import box, until

pytestmark = pytest.mark.browser


def touch(context: Any, page: Any, pad: Any) -> None:
    """Draw with a finger; the curve changes under it."""
    before, found = pad.locator("path.target").get_attribute("d"), box(pad)
    finger = context.new_cdp_session(page)
    for k, kind in enumerate(["touchStart", "touchMove", "touchMove", "touchEnd"]):
        points = [
            {"x": found["x"] + (0.3 + 0.1 * k) * found["width"], "y": found["y"] + 0.2 * found["height"]}
        ]
        finger.send(
            "Input.dispatchTouchEvent", {"type": kind, "touchPoints": [] if kind == "touchEnd" else points}
        )
    expect(pad.locator("path.target")).not_to_have_attribute("d", before)


@pytest.fixture
def visit(browser: Any) -> Any:
    """A context with a touch screen and its page; nothing may go wrong in the page's scripts."""
    context = browser.new_context(viewport={"width": 1280, "height": 720}, has_touch=True)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield context, page
    context.close()
    assert not errors


def test_a_visitor_draws_a_function(app: Any, visit: Any) -> None:
    context, page = visit
    page.goto(f"{app.url}/activations?section=approximation&lang=en")
    pad = page.locator("svg[aria-label^='Drawing pad']")
    pad.wait_for(timeout=120_000)
    expect(pad.locator("path.network")).to_have_attribute("d", re.compile("^M"), timeout=120_000)
    before, found = pad.locator("path.target").get_attribute("d"), box(pad)
    page.mouse.move(found["x"] + 20, found["y"] + 40)
    page.mouse.down()
    page.mouse.move(found["x"] + found["width"] - 20, found["y"] + found["height"] - 40, steps=12)
    page.mouse.up()
    # The pad's function changes, stands in the address, and the network is fitted anew.
    expect(pad.locator("path.target")).not_to_have_attribute("d", before)
    expect(page).to_have_url(re.compile(r"curve="), timeout=60_000)
    expect(pad.locator("path.network")).to_have_attribute("d", re.compile("^M"), timeout=120_000)
    touch(context, page, pad)

    # By keys: the place moves, the curve moves there, and the pad keeps the keyboard.
    expect(pad.locator("path.network")).to_have_attribute("d", re.compile("^M"), timeout=120_000)
    pad.focus()
    page.keyboard.press("ArrowRight")
    said = pad.get_attribute("aria-valuetext")
    page.keyboard.press("ArrowDown")
    expect(pad).not_to_have_attribute("aria-valuetext", said)
    expect(pad).to_be_focused()

    page.get_by_role("button", name="hat", exact=True).click()
    expect(page).to_have_url(re.compile(r"curve=0(\.0)?(\+|%2B)0"), timeout=60_000)
    page.get_by_role("button", name="Reset").click()
    expect(page).not_to_have_url(re.compile(r"curve="), timeout=60_000)


def test_a_visitor_drags_a_neuron_and_goes_on(app: Any, visit: Any) -> None:
    _, page = visit
    page.goto(f"{app.url}/activations?lang=en")
    page.get_by_role("heading", name="One neuron").wait_for(timeout=120_000)
    neuron = page.locator("svg[aria-label^='Points of two classes']")
    neuron.wait_for(timeout=120_000)
    hint = page.get_by_text(re.compile("^Wrong: [1-9]"))
    hint.wait_for(timeout=120_000)
    wrong = re.search(r"Wrong: (\d+)", hint.inner_text())
    assert wrong is not None
    handle = box(neuron.locator(".move"))
    x, y = handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 90, y, steps=6)
    page.mouse.up()
    until(page, lambda: f"Wrong: {wrong.group(1)} /" not in hint.inner_text())
    expect(page).to_have_url(re.compile(r"line="), timeout=60_000)

    # The same by keyboard: the arrow's tip goes up, the address follows, and the handle keeps the keyboard.
    neuron.locator(".turn").focus()
    for _ in range(2):
        before = page.url
        page.keyboard.press("ArrowUp")
        until(page, lambda before=before: page.url != before)
        expect(neuron.locator(".turn")).to_be_focused()

    page.get_by_text("Show what gradient descent finds").first.click()
    expect(neuron.locator(".learned")).to_be_visible(timeout=60_000)

    page.get_by_role("link", name=re.compile("Next")).first.click()
    page.get_by_role("heading", name="One training step").wait_for(timeout=120_000)


def test_sizes_are_typed_and_bad_ones_refused(app: Any, visit: Any) -> None:
    _, page = visit
    page.goto(f"{app.url}/activations?section=count&lang=en")
    typed = page.get_by_role("textbox", name=re.compile("Sizes"))
    typed.wait_for(timeout=120_000)
    typed.fill("10-3")
    typed.press("Enter")
    page.get_by_text("3 units, 30 weights and 3 biases: 33 parameters.").wait_for(timeout=60_000)
    expect(page).to_have_url(re.compile(r"sizes=10(\.0)?(\+|%2B)3"))
    typed.fill("ten")
    typed.press("Enter")
    page.get_by_text("such as 3-4-2").last.wait_for(timeout=60_000)
    expect(page).to_have_url(re.compile(r"sizes=10(\.0)?(\+|%2B)3"))
