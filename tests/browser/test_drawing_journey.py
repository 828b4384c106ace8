"""The pad to draw a digit on: mouse, finger and keys; the scores answer, and what is drawn stays in the browser."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from stage_visit import rested

LIT = """(board) => {
  const { data } = board.getContext("2d").getImageData(0, 0, 28, 28);
  return data.filter((v, i) => i % 4 === 0 && v > 0).length;
}"""
ONE = ((0.5, 0.2), (0.5, 0.8))


def opened(page: Page, app: Any) -> Any:
    page.set_default_timeout(90_000)
    page.goto(f"{app.url}/images?section=draw&lang=en&epochs=6")
    page.locator(".st-key-section_verdict").wait_for()
    rested(page)
    page.locator(".drawing-board").scroll_into_view_if_needed()
    return page.get_by_test_id("drawing")


def places(page: Page) -> list[tuple[float, float]]:
    box = page.locator(".drawing-board").bounding_box()
    assert box is not None
    return [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in ONE]


@pytest.mark.browser
def test_a_digit_drawn_with_the_mouse_is_read_and_not_sent(app: Any, visit: Any) -> None:
    page = visit(viewport={"width": 1300, "height": 900})
    pad = opened(page, app)
    sent: list[Any] = []
    page.on("websocket", lambda socket: socket.on("framesent", sent.append))
    expect(page.locator(".drawing-said")).to_have_text("Nothing is drawn yet.")
    start, end = places(page)
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=12)
    page.mouse.up()
    expect(pad).to_have_attribute("data-best", "1")
    expect(page.locator(".drawing-said")).to_contain_text("It reads 1")
    lit = page.locator(".drawing-board").evaluate(LIT)
    assert lit > 30
    assert page.url.endswith("epochs=6"), "nothing of the drawing stands in the address"
    assert not sent

    # Other weights come: what is drawn stays, and is read again.
    page.get_by_role("radio", name="average").click()
    expect(page).to_have_url(re.compile("pooling=average"))
    page.locator(".st-key-section_verdict").wait_for()
    rested(page)
    assert page.locator(".drawing-board").evaluate(LIT) == lit
    page.get_by_role("button", name="Clear").click()
    expect(page.locator(".drawing-said")).to_have_text("Nothing is drawn yet.")
    assert page.locator(".drawing-board").evaluate(LIT) == 0
    page.get_by_role("button", name="Example").click()
    expect(pad).to_have_attribute("data-best", "0")


@pytest.mark.browser
def test_a_digit_is_drawn_with_keys_alone(app: Any, visit: Any) -> None:
    page = visit(viewport={"width": 1300, "height": 900})
    pad = opened(page, app)
    board = page.get_by_role("application", name="Place to draw a digit")
    board.focus()
    page.keyboard.press("Space")
    lit = page.locator(".drawing-board").evaluate(LIT)
    for _ in range(8):
        page.keyboard.press("ArrowUp")
    for _ in range(16):
        page.keyboard.press("Shift+ArrowDown")
    expect(pad).to_have_attribute("data-best", "1")
    assert page.locator(".drawing-board").evaluate(LIT) > lit > 0
    page.keyboard.press("Delete")
    expect(page.locator(".drawing-said")).to_have_text("Nothing is drawn yet.")


@pytest.mark.browser
def test_a_finger_draws_on_a_phone(app: Any, visit: Any) -> None:
    page = visit(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    pad = opened(page, app)
    before = page.evaluate("scrollY")
    (x, top), (_, bottom) = places(page)
    finger = page.context.new_cdp_session(page)
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": top}]})
    for part in range(1, 11):
        point = {"x": x, "y": top + part / 10 * (bottom - top)}
        finger.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(pad).to_have_attribute("data-best", "1")
    assert page.evaluate("scrollY") == before, "the page does not move under the finger"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
