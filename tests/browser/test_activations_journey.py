"""The activations page in a browser: draw a function with the mouse, drag a neuron's line, change the language."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect
from stage_visit import box, until

pytestmark = pytest.mark.browser


def choose(page: Any, section: str) -> None:
    page.get_by_role("radio", name=section, exact=True).or_(
        page.get_by_role("button", name=section, exact=True)
    ).first.click()


def touch(context: Any, page: Any, pad: Any) -> None:
    """Draw with a finger; the curve changes under it."""
    expect(page.get_by_role("button", name="Stop")).to_have_count(0, timeout=120_000)
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


def test_a_visitor_draws_a_function_and_drags_a_neuron(app: Any, browser: Any) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 1000}, has_touch=True)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{app.url}/activations?lang=en")
    page.get_by_role("heading", name="Every activation and its derivative").wait_for(timeout=120_000)

    choose(page, "Draw a function")
    pad = page.locator("svg[aria-label^='Drawing pad']")
    pad.wait_for(timeout=120_000)
    before = pad.locator("path.target").get_attribute("d")
    found = box(pad)
    page.mouse.move(found["x"] + 20, found["y"] + 40)
    page.mouse.down()
    page.mouse.move(found["x"] + found["width"] - 20, found["y"] + found["height"] - 40, steps=12)
    page.mouse.up()
    # The pad's function changes, the picker says that it is the visitor's own, and the network is fitted anew.
    expect(pad.locator("path.target")).not_to_have_attribute("d", before)
    page.get_by_text("root mean squared error").first.wait_for(timeout=120_000)
    touch(context, page, pad)

    choose(page, "One neuron")
    neuron = page.locator("svg[aria-label^='Points of two classes']")
    neuron.wait_for(timeout=120_000)
    hint = page.get_by_text(re.compile("^Wrong:"))
    wrong = re.search(r"Wrong: (\d+)", hint.inner_text())
    assert wrong is not None
    handle = box(neuron.locator(".move"))
    x, y = handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 150, y, steps=6)
    page.mouse.up()
    until(page, lambda: f"Wrong: {wrong.group(1)} /" not in hint.inner_text())

    # The same by keyboard: the arrow's tip goes up, the slider follows, and the handle keeps the keyboard.
    weight = page.get_by_role("slider", name="w₂")
    before = float(weight.input_value())
    neuron.locator(".turn").focus()
    for press in (1, 2):
        page.keyboard.press("ArrowUp")
        expect(weight).not_to_have_value(f"{before:g}", timeout=30_000)
        expect(neuron.locator(".turn")).to_be_focused()
        assert float(weight.input_value()) > before, press
        before = float(weight.input_value())

    page.get_by_role("radio", name="한국어").or_(page.get_by_role("button", name="한국어")).first.click()
    page.get_by_role("heading", name="뉴런 하나와 그 직선").wait_for(timeout=120_000)
    assert not errors
    context.close()
