"""A visitor watches a network learn from pictures: play, keys, another picture, another rate, files, no socket."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import expect
from stage_visit import rested, value

LEVELS = """(root) => [...root.querySelectorAll('.pictures-layer canvas')].map((canvas) => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return data.reduce((sum, level) => sum + level, 0);
})"""

LAYERS = "filters:16,block:16,exciting:16,block:16,exciting:16"
WITHOUT = {
    "a host that passes no other socket on": """
      window.WebSocket = class extends WebSocket {
        constructor(url, ...rest) { super(url.replace("/pictures/", "/nowhere/"), ...rest); }
      };
    """,
    "a policy under which none is made": """
      window.WebSocket = class extends WebSocket {
        constructor(url, ...rest) {
          if (url.includes("/pictures/")) throw new DOMException("refused by policy", "SecurityError");
          super(url, ...rest);
        }
      };
    """,
}


@pytest.mark.browser
@pytest.mark.parametrize("why", WITHOUT)
def test_without_a_socket_the_page_carries_the_run(app: Any, visit: Any, why: str) -> None:
    page = visit(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(90_000)
    page.add_init_script(WITHOUT[why])
    page.goto(f"{app.url}/images?section=learned_filters&lang=en&epochs=1")
    live = page.get_by_test_id("pictures").first
    expect(live).to_have_attribute("data-connection", "fallback", timeout=60_000)
    expect(live).to_contain_text("No direct connection is possible here")
    expect(live).to_have_attribute("data-layers", LAYERS)
    live.get_by_test_id("step").click()
    expect(live).to_have_attribute("data-step", "1")
    before = live.evaluate(LEVELS)
    live.get_by_test_id("play").click()
    expect(live).to_have_attribute("data-epoch", re.compile(r"^([2-9]|\d\d+)$"))
    live.get_by_test_id("play").click()
    expect(live).to_have_attribute("data-status", "paused")
    assert sum(a != b for a, b in zip(before, live.evaluate(LEVELS), strict=True)) > 24
    page.get_by_role("slider", name="Test picture").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text(re.compile(r"Test picture 1: \d"))).to_be_visible()


@pytest.mark.browser
def test_filters_maps_and_curves_move_while_it_learns(app: Any, visit: Any) -> None:
    page = visit(viewport={"width": 1280, "height": 720})
    page.set_default_timeout(90_000)
    page.goto(f"{app.url}/images?section=learned_filters&lang=en&epochs=1")
    live = page.get_by_test_id("pictures").first
    expect(live).to_have_attribute("data-status", "paused", timeout=120_000)
    expect(live).to_have_attribute("data-layers", LAYERS)
    rested(page)
    before = live.evaluate(LEVELS)
    live.get_by_test_id("play").click()
    expect(live).to_have_attribute("data-epoch", re.compile(r"^([3-9]|\d\d+)$"))
    live.get_by_test_id("play").click()
    expect(live).to_have_attribute("data-status", "paused")
    after = live.evaluate(LEVELS)
    assert sum(a != b for a, b in zip(before, after, strict=True)) > 24
    expect(page.get_by_test_id("pictures-batches")).to_have_text(
        re.compile(r"Latest mini-batches: loss .*, accuracy .* %")
    )
    assert value(live, "accuracy-test") > 0.3

    # Keys: a step, an epoch.
    step = value(live, "step")
    live.get_by_test_id("curves").focus()
    live.get_by_test_id("step").focus()
    page.keyboard.press("Enter")
    expect(live).to_have_attribute("data-step", str(int(step) + 1))

    # Another learning rate goes on, another picture is looked at, another pooling starts anew.
    rested(page)
    page.get_by_role("slider", name="Test picture").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text(re.compile(r"Test picture 1: \d"))).to_be_visible()
    assert value(live, "step") == step + 1
    rested(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Files").click()
        page.get_by_role("button", name="Experiment (JSON)").click()
    assert json.loads(download.value.path().read_text("utf-8"))["channels"] == [16, 32]
    page.keyboard.press("Escape")
    page.get_by_role("combobox", name="Pooling").focus()
    page.keyboard.type("average")
    page.keyboard.press("Enter")
    expect(live).to_have_attribute("data-step", "0")
