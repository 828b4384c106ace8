"""Page and stage: what changes on one is seen on the other, in the address, and after a reload."""

import re

import pytest
from playwright.sync_api import expect
from stage_visit import open_app, rested, until, value

pytestmark = pytest.mark.browser

# Each direction of each socket is late by this many milliseconds.
DELAY = """
window.WebSocket = class extends WebSocket {
  constructor(...given) {
    super(...given);
    this.addEventListener("message", (event) => {
      if (event.late) return;
      event.stopImmediatePropagation();
      const again = new MessageEvent("message", { data: event.data });
      again.late = true;
      setTimeout(() => this.dispatchEvent(again), %d);
    });
  }
  send(data) { setTimeout(() => this.readyState === 1 && super.send(data), %d); }
};
"""


def test_new_weights_reach_the_address_and_a_reload_keeps_their_run(page, app):
    stage = open_app(page, app, "v=1&dataset=xor")
    page.get_by_test_id("redraw").click()
    until(page, lambda: "init_seed=1" in page.url)
    page.get_by_test_id("epoch").click()
    until(page, lambda: value(stage, "epoch") == 1)
    page.reload()
    expect(stage).to_have_attribute("data-epoch", "1")
    rested(page)
    assert "init_seed=1" in page.url


def test_new_weights_of_a_race_reach_the_address(page, app):
    page.goto(f"{app.url}/race?preset=activations")
    stage = page.get_by_test_id("race")
    expect(stage).to_have_attribute("data-status", "paused")
    until(page, lambda: "lane1" in page.url)
    page.get_by_test_id("redraw").click()
    until(page, lambda: "init_seed=" in page.url)


@pytest.mark.parametrize("delay", [0, 50])
def test_a_unit_added_on_the_stage_and_a_slider_moved_at_once_both_stand(page, app, delay):
    if delay:
        page.add_init_script(DELAY % (delay, delay))
    open_app(page, app, "v=1&hidden=10,2")
    rested(page)
    slider = page.locator("[data-testid=stSidebar] input[type=range]").first
    for units, pause in enumerate((60, 100, 200, 400, 700), 11):
        before = page.url
        page.get_by_test_id("add-unit-1").first.click()
        page.wait_for_timeout(pause)
        slider.focus()
        page.keyboard.press("ArrowRight")
        until(page, lambda: f"hidden={units}" in page.url)  # noqa: B023
        page.wait_for_timeout(1000)
        rested(page)
        assert f"hidden={units}" in page.url
        assert page.url.partition("n_samples")[2] != before.partition("n_samples")[2]


def test_back_undoes_one_change_of_a_setting_and_forward_redoes_it(page, app):
    stage = open_app(page, app, "fbclid=abc&v=1&dataset=xor")
    rested(page)
    entries = page.evaluate("history.length")
    page.get_by_test_id("add-unit-1").first.click()
    until(page, lambda: "hidden=5" in page.url)
    slider = page.locator("[data-testid=stSidebar] input[type=range]").first
    for _ in range(4):  # one movement
        slider.press("ArrowRight")
        page.wait_for_timeout(50)
    until(page, lambda: "n_samples=504" in page.url)
    rested(page)
    assert page.evaluate("history.length") == entries + 2
    page.go_back()
    until(page, lambda: "n_samples" not in page.url)
    expect(slider).to_have_value("500")
    page.go_back()
    until(page, lambda: "hidden" not in page.url)
    page.go_forward()
    until(page, lambda: "hidden=5" in page.url)
    rested(page)
    page.go_forward()
    until(page, lambda: "n_samples=504" in page.url)
    expect(slider).to_have_value("504")
    expect(stage).to_have_attribute("data-status", "paused")
    rested(page)
    assert page.evaluate("history.length") == entries + 2


def test_a_movement_is_one_entry_however_slow_the_server_and_the_next_one_another(page, app):
    open_app(page, app, "v=2&dataset=xor")
    rested(page)
    entries = page.evaluate("history.length")
    slider = page.locator("[data-testid=stSidebar] input[type=range]").first
    for samples in (501, 502):
        slider.press("ArrowRight")
        for _ in range(6):  # the hand stays at it for longer than a movement's pause
            page.keyboard.press("Shift")
            page.wait_for_timeout(300)
        until(page, lambda: f"n_samples={samples}" in page.url)  # noqa: B023
        page.keyboard.press("Shift")
    assert page.evaluate("history.length") == entries + 1
    page.wait_for_timeout(1500)
    slider.press("ArrowRight")
    until(page, lambda: "n_samples=503" in page.url)
    assert page.evaluate("history.length") == entries + 2


def test_the_page_says_its_language_and_copies_without_a_clipboard(visit, app):
    page = visit(viewport={"width": 1440, "height": 1000}, locale="ko-KR")
    page.add_init_script("Object.defineProperty(Navigator.prototype, 'clipboard', { value: undefined });")
    open_app(page, app)
    expect(page.locator("html")).to_have_attribute("lang", "ko")
    page.evaluate("navigator.clipboard.writeText('copied words')")
    expect(page.get_by_role("status").filter(has_text="Ctrl+C")).to_be_visible()
    assert page.evaluate("getSelection().toString()") == "copied words"


def test_a_messengers_browser_that_saves_no_files_is_led_outside(visit, app):
    """Whether KakaoTalk opens the address is its own affair; the page offers it, and says why."""
    agent = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36 KAKAOTALK 10.8.0"
    page = visit(viewport={"width": 390, "height": 844}, user_agent=agent)
    stage = open_app(page, app, "v=2&hidden=3&lang=ko")
    menu = stage.locator(".network-bar .stage-menu")
    menu.locator("summary").click()
    menu.get_by_role("button", name="SVG").click()
    note = page.locator(".playground-note")
    expect(note.get_by_role("status")).to_contain_text("카카오톡")
    way = note.get_by_role("link", name="브라우저에서 열기")
    expect(way).to_have_attribute(
        "href", re.compile(r"^kakaotalk://web/openExternal\?url=http%3A%2F%2F.*hidden%3D3")
    )
    place = note.bounding_box()
    assert place["x"] >= 0
    assert place["x"] + place["width"] <= 390
