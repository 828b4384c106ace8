"""The stage, a race, a section and a link in the Firefox that people have."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from firefox import Firefox, executable

from playground.text import text

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        executable() is None and not os.environ.get("PLAYGROUND_REQUIRE_BROWSER"), reason="no Firefox here"
    ),
]
STAGE = '[data-testid="stage"]'
RACE = '[data-testid="race"]'


@pytest.fixture(scope="module")
def firefox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    browser = Firefox(tmp_path_factory.mktemp("firefox"))
    yield browser
    browser.close()


def button(name: str) -> str:
    return f'[data-testid="{name}"]'


def epoch(firefox: Firefox, root: str = STAGE) -> int:
    return int(firefox.attribute(root, "data-epoch") or 0)


def complaints(firefox: Firefox) -> list[str]:
    return [error for error in firefox.errors if "stage:" in error or "Error" in error]


def test_the_stage_plays_and_a_link_opens_the_same_run(firefox: Firefox, app: Any) -> None:
    firefox.open(f"{app.url}/?v=2&dataset=xor&hidden=4&lang=ko")
    firefox.until(lambda: firefox.attribute(STAGE, "data-status") == "paused", "for the stage")
    assert firefox.evaluate("() => document.documentElement.lang") == "ko"
    firefox.click(button("epoch"))
    firefox.until(lambda: epoch(firefox) == 1, "for an epoch")
    # The page paints the map itself, and Vega draws the curves.
    coloured = """(canvas) => {
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      const found = new Set();
      for (let k = 0; k < data.length; k += 400) found.add(data.slice(k, k + 3).join());
      return found.size;
    }"""
    assert firefox.find(".boundary-canvas", coloured) > 20
    assert firefox.until(lambda: firefox.find(f"{button('curves')} canvas", "(e) => e.width"), "curves") > 100
    last = epoch(firefox)
    loss = firefox.attribute(STAGE, "data-loss-test")
    firefox.open(f"{app.url}/?v=2&dataset=xor&hidden=4&epoch={last}")
    firefox.until(lambda: firefox.attribute(STAGE, "data-epoch") == str(last), "for the link's epoch")
    firefox.until(lambda: firefox.attribute(STAGE, "data-loss-test") == loss, "for the same loss")
    firefox.click(button("play"))
    firefox.until(lambda: epoch(firefox) > 20, "for the run to play")
    firefox.click(button("play"))
    firefox.until(lambda: firefox.attribute(STAGE, "data-status") == "paused", "for the pause")
    assert not complaints(firefox)


def test_a_race_runs_in_lockstep(firefox: Firefox, app: Any) -> None:
    firefox.open(f"{app.url}/race")
    firefox.until(lambda: firefox.attribute(RACE, "data-status") == "paused", "for the race")
    firefox.click(button("play"))
    firefox.until(lambda: epoch(firefox, RACE) > 5, "for the race to play")
    assert not complaints(firefox)


def test_a_section_shows_its_chart_and_its_verdict(firefox: Firefox, app: Any) -> None:
    firefox.open(f"{app.url}/optimization?section=schedules")
    chart = '[data-testid="stVegaLiteChart"] canvas, [data-testid="stVegaLiteChart"] svg'
    firefox.until(
        lambda: firefox.find(chart, "(e) => e.getBoundingClientRect().width > 100"), "for the chart"
    )
    shown = "() => document.querySelector('[data-testid=\"stMain\"]').innerText"
    title = text("chapters.optimization.schedules.title", "en")
    firefox.until(lambda: title in firefox.evaluate(shown), "for the title")
    assert not complaints(firefox)
