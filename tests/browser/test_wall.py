"""A visitor of the wall: networks that learn at once, one's numbers, a finer search, one opened with its weights."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect
from stage_visit import rested

from playground.text import topic

pytestmark = pytest.mark.browser

SAYS = topic("wall", "en")
BLOCK = """
  const Real = window.WebSocket;
  window.WebSocket = class extends Real {
    constructor(url, ...more) { super(/wall|live/.test(url) ? "ws://127.0.0.1:9/" : url, ...more); }
  };
"""
"""No socket of ours can be opened."""
FRAMES = """(wall) => new Promise((done) => {
  const first = Number(wall.dataset.frame), until = performance.now() + 20000;
  const look = () => Number(wall.dataset.frame) > first + 3 || performance.now() > until
    ? done(Number(wall.dataset.frame) - first) : setTimeout(look, 50);
  look();
})"""
WATCH = """(wall) => new MutationObserver(() => (wall.seen ??= wall.dataset.epoch))
  .observe(wall, { attributeFilter: ["data-depth"] })"""
"""Keep the epoch that is shown when another search comes."""
SHADES = """(canvas) => {
  const { width, height } = canvas;
  const pixels = canvas.getContext('2d').getImageData(0, 0, width, height).data;
  return new Set(Array.from({ length: pixels.length / 4 }, (_, i) => pixels.slice(4 * i, 4 * i + 3).join())).size;
}"""


def hung(page: Any, app: Any, query: str = "") -> Any:
    """The wall of an address, once its networks hang there."""
    page.goto(f"{app.url}/tuning?section=wall&lang=en{query}")
    wall = page.get_by_test_id("wall")
    wall.wait_for(timeout=120_000)
    expect(wall).to_have_attribute("data-networks", re.compile(r"\d+"), timeout=120_000)
    rested(page)
    return wall


def finished(wall: Any, epoch: int) -> None:
    """Wait until it pauses after its epochs."""
    expect(wall).to_have_attribute("data-epoch", str(epoch), timeout=120_000)
    expect(wall).to_have_attribute("data-status", "paused", timeout=60_000)


def middle(page: Any, share_x: float, share_y: float) -> tuple[float, float]:
    """A place of the picture by its shares, from left and from top."""
    box = page.get_by_test_id("wall-canvas").bounding_box()
    return box["x"] + share_x * box["width"], box["y"] + share_y * box["height"]


def test_frames_come_and_the_verdict_counts_them(page: Any, app: Any) -> None:
    wall = hung(page, app, "&epochs=200")
    assert wall.evaluate(FRAMES) >= 3
    told = page.get_by_test_id("wall-told")
    expect(told).to_have_text(re.compile(r"Epoch \d+: \d+ of 100 networks within twice"))
    assert page.get_by_test_id("wall-canvas").evaluate(SHADES) > 100
    wall.get_by_test_id("play").click()
    expect(wall).to_have_attribute("data-status", "paused")
    before = wall.get_attribute("data-epoch")
    wall.get_by_test_id("epoch").click()
    expect(wall).to_have_attribute("data-epoch", str(int(before) + 1))
    wall.get_by_test_id("reset").click()
    expect(wall).to_have_attribute("data-epoch", "0")


def test_the_mouse_reads_refines_and_opens(page: Any, app: Any) -> None:
    wall = hung(page, app, "&epochs=5")
    finished(wall, 5)
    tip = page.get_by_test_id("wall-tip")
    page.mouse.move(*middle(page, 0.5, 0.5))
    expect(tip).to_have_text(re.compile(r"learning rate .* weight decay .* validation loss .* accuracy"))

    page.mouse.move(*middle(page, 0.5, 0.45))
    page.mouse.down()
    page.mouse.move(*middle(page, 0.7, 0.7), steps=4)
    page.mouse.move(*middle(page, 0.95, 0.88), steps=4)
    page.mouse.up()
    expect(wall).to_have_attribute("data-depth", "1", timeout=60_000)
    expect(page).to_have_url(re.compile(r"box=0\.\d"))
    finished(wall, 5)
    rested(page)
    wall.evaluate(WATCH)
    wall.get_by_test_id("zoom_out").click()
    expect(wall).to_have_attribute("data-depth", "0", timeout=60_000)
    assert wall.evaluate("(wall) => wall.seen") == "0"  # not the epoch at which the finer search stood
    expect(page).not_to_have_url(re.compile("box="))
    finished(wall, 5)
    rested(page)

    page.mouse.move(*middle(page, 0.85, 0.8))
    numbers = tip.text_content()
    rate = re.search(r"learning rate \S+ ([\d.]+)", numbers).group(1)
    loss = re.search(r"validation loss ([\d.]+)", numbers).group(1)
    page.mouse.click(*middle(page, 0.85, 0.8))
    stage = page.get_by_test_id("stage")
    expect(stage).to_have_attribute("data-epoch", "5", timeout=60_000)
    expect(page).to_have_url(re.compile(rf"learning_rate={re.escape(rate)}"))
    assert float(stage.get_attribute("data-loss-validation")) == pytest.approx(float(loss), rel=0.06)


def test_keys_do_the_same(page: Any, app: Any) -> None:
    wall = hung(page, app, "&epochs=2&networks=25&arrangement=random")
    finished(wall, 2)
    canvas, said = page.get_by_test_id("wall-canvas"), page.get_by_test_id("wall-said")
    canvas.focus()
    expect(said).to_have_text(re.compile("learning rate"))
    first = said.text_content()
    canvas.press("ArrowRight")
    expect(said).not_to_have_text(first)
    canvas.press("Shift+ArrowRight")
    canvas.press("Shift+ArrowUp")
    canvas.press("Enter")
    expect(wall).to_have_attribute("data-depth", "1", timeout=60_000)
    finished(wall, 2)
    rested(page)
    canvas.focus()
    canvas.press("Backspace")
    expect(wall).to_have_attribute("data-depth", "0", timeout=60_000)
    finished(wall, 2)
    rested(page)

    table = page.get_by_test_id("wall-table")
    table.locator("summary").click()
    rows = table.locator("tbody tr")
    expect(rows).to_have_count(25)
    rate = rows.first.locator("th").text_content()
    button = rows.first.get_by_role("button", name=SAYS["open_one"].split("{")[0])
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("stage")).to_have_attribute("data-epoch", "2", timeout=60_000)
    expect(page).to_have_url(re.compile(rf"learning_rate={re.escape(rate)}"))


def test_a_link_opens_the_finer_search(page: Any, app: Any) -> None:
    wall = hung(page, app, "&epochs=1&box=0.5%2B1%2B0%2B0.5&networks=49")
    expect(wall).to_have_attribute("data-depth", "1")
    expect(wall).to_have_attribute("data-networks", "49")


def test_without_a_socket_the_page_carries_it(page: Any, app: Any) -> None:
    page.add_init_script(BLOCK)
    wall = hung(page, app, "&epochs=2&networks=25")
    expect(wall).to_have_attribute("data-connection", "fallback", timeout=60_000)
    finished(wall, 2)
    rested(page)
    wall.get_by_test_id("zoom_in").click()
    expect(wall).to_have_attribute("data-depth", "1", timeout=60_000)
    finished(wall, 2)
    page.get_by_test_id("wall-table").locator("summary").click()
    page.get_by_test_id("wall-table").locator("tbody button").first.click()
    expect(page.get_by_test_id("stage")).to_have_attribute("data-epoch", "2", timeout=60_000)


def test_back_from_an_opened_network_comes_to_its_wall(page: Any, app: Any) -> None:
    wall = hung(page, app, "&dataset=xor&epochs=2&networks=25&box=0.5%2B1%2B0%2B0.5")
    finished(wall, 2)
    page.mouse.click(*middle(page, 0.3, 0.3))
    expect(page.get_by_test_id("stage")).to_have_attribute("data-epoch", "2", timeout=60_000)
    rested(page)
    page.go_back(wait_until="commit")
    wall.wait_for(timeout=60_000)
    expect(wall).to_have_attribute("data-networks", "25", timeout=60_000)
    expect(wall).to_have_attribute("data-depth", "1")
    expect(wall).to_have_attribute("data-epoch", "2")
    for asked in ("section=wall", "dataset=xor", "networks=25", "box=0.5"):
        expect(page).to_have_url(re.compile(asked))
