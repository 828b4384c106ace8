"""What the browser tests of the stage share: opening it and reading its state."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

SECONDS = 30_000
"""Milliseconds that anything may take on a busy machine."""


def open_app(page: Page, app: Any, query: str = "") -> Any:
    """Open the playground and wait for the stage's first frame, and for the rest of the page, which comes after it."""
    page.goto(f"{app.url}/?{query}")
    stage = page.get_by_test_id("stage")
    expect(stage).to_have_attribute("data-status", "paused", timeout=2 * SECONDS)
    expect(stage).not_to_have_attribute("data-frame", "0", timeout=SECONDS)
    rested(page)
    return stage


def value(stage: Any, name: str) -> float:
    """A number among the stage's attributes."""
    return float(stage.get_attribute(f"data-{name}") or "nan")


ELEMENTS = """() => {
  const count = (root) => [...root.querySelectorAll('*')].reduce((n, e) => n + 1 + inside(e.shadowRoot), 0);
  const inside = (shadow) => (shadow ? count(shadow) : 0);
  return count(document);
}"""
RESTING = """() => document.querySelector('[data-testid="stApp"][data-test-script-state="notRunning"]')
  && !document.querySelector('[data-stale="true"], [data-testid="stSkeleton"]')"""


def rested(page: Page) -> None:
    """Wait until no script runs for the page: a click on a button during its run can be lost.

    While one runs, Streamlit fades what that one has not drawn again.
    """
    page.wait_for_function(RESTING, timeout=180_000)


def still(page: Page) -> None:
    """Wait until the page rests and nothing more comes into it, also not from the browser's own scripts."""
    found = -1
    for _ in range(SECONDS // 300):
        rested(page)
        before, found = found, page.evaluate(ELEMENTS)
        if before == found:
            return
        page.wait_for_timeout(300)
    pytest.fail("the page never stands still")


def box(locator: Any) -> dict[str, float]:
    """Where an element stands, in pixels of the window, once it stands still."""
    found = before = None
    for _ in range(SECONDS // 100):
        before, found = found, locator.bounding_box()
        if found is not None and found == before:
            return found
        locator.page.wait_for_timeout(100)
    pytest.fail(f"not to be seen, or never still: {locator}")


def until(page: Page, condition: Any, seconds: float = SECONDS / 1000) -> None:
    """Wait until the condition holds; fail after a while."""
    for _ in range(int(seconds * 20)):
        if condition():
            return
        page.wait_for_timeout(50)
    pytest.fail("waited in vain")
