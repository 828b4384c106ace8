"""Reloading, losing the socket, doing without it: what becomes of a run, in a real browser."""

from __future__ import annotations

import json
import re

import pytest
from conftest import App
from playwright.sync_api import Page, expect
from stage_visit import SECONDS, box, rested, until
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from playground.live.routes import UNKNOWN

pytestmark = pytest.mark.browser

# The page's own sockets, so that a test may cut them.
RECORD = """
window.sockets = [];
window.WebSocket = class extends WebSocket {
  constructor(...given) { super(...given); window.sockets.push(this); }
};
"""
# A host that passes Streamlit's socket on, but no other.
BLOCK = """
window.WebSocket = class extends WebSocket {
  constructor(url, ...rest) {
    super(window.unblocked ? url : url.replace(/\\/(live|race)\\//, "/nowhere/"), ...rest);
  }
};
"""

PRESSED_AT_ONCE = """(stage) => {
  stage.first = true;
  new MutationObserver((_, observer) => {
    if (stage.dataset.connection !== "fallback") return;
    observer.disconnect();
    stage.querySelector("[data-testid=epoch]").click();
  }).observe(stage, { attributeFilter: ["data-connection"] });
}"""
"""A press in the moment in which the page begins to carry the run."""


def stage_of(page: Page):
    stage = page.get_by_test_id("stage")
    expect(stage).not_to_have_attribute("data-frame", "0", timeout=2 * SECONDS)
    return stage


def epoch(stage) -> int:
    return int(stage.get_attribute("data-epoch") or -1)


def test_a_reload_goes_on_with_the_run_and_a_new_address_does_not(page, app, browser):
    page.goto(f"{app.url}/?v=1&hidden=3")
    stage = stage_of(page)
    stage.get_by_test_id("add-unit-1").click()
    until(page, lambda: "hidden=4" in page.url)
    stage.get_by_test_id("epoch").click()
    expect(stage).to_have_attribute("data-epoch", "1")
    loss = stage.get_attribute("data-loss-test")
    page.reload()
    expect(stage_of(page)).to_have_attribute("data-epoch", "1", timeout=SECONDS)
    expect(stage).to_have_attribute("data-loss-test", loss)
    # It is the same session, that goes on; another tab with the same address has a run of its own.
    stage.get_by_test_id("play").click()
    until(page, lambda: epoch(stage) > 5)
    page.reload()
    until(page, lambda: epoch(stage_of(page)) > 5)
    expect(stage).to_have_attribute("data-status", "playing")
    before = epoch(stage)
    until(page, lambda: epoch(stage) > before)
    other = browser.new_page()
    other.goto(page.url)
    assert epoch(stage_of(other)) == 0
    other.close()
    # The same address typed again is a wish for a fresh run.
    page.goto(page.url.replace("hidden=4", "hidden=5"))
    expect(stage_of(page)).to_have_attribute("data-epoch", "0")


def test_a_mount_that_gets_lost_is_asked_for_again(page, app):
    """A run of the script lets go what the one before it has not sent yet, on a busy server the mount of the session
    that goes on after a reload; then the stage learns that the session with which it was opened has gone."""
    page.goto(f"{app.url}/?v=1&hidden=3")
    stage = stage_of(page)
    stage.get_by_test_id("epoch").click()
    expect(stage).to_have_attribute("data-epoch", "1")
    rested(page)
    earlier = page.evaluate("sessionStorage.getItem('playground-session-stage')").encode()
    lost, held = [], []

    def finished(data: bytes) -> bool:
        message = ForwardMsg()
        message.ParseFromString(data)
        return message.WhichOneof("type") == "script_finished"

    def script(socket) -> None:
        def pass_on(data: bytes) -> None:
            losing = lost and not finished(lost[-1])
            if not losing and (lost or b"/live/" + earlier not in data):
                socket.send(data)
                return
            lost.append(data)
            if finished(data):
                held[0].close(code=UNKNOWN)

        socket.connect_to_server().on_message(pass_on)

    def live(socket) -> None:
        if lost:
            socket.connect_to_server()
        else:
            held.append(socket)

    page.route_web_socket(re.compile("/_stcore/stream$"), script)
    page.route_web_socket(re.compile("/live/[^/]+$"), live)
    page.reload()
    expect(stage).to_have_attribute("data-epoch", "1", timeout=2 * SECONDS)
    assert finished(lost[-1])


def test_a_race_goes_on_after_a_reload(page, app):
    page.goto(f"{app.url}/race")
    race = page.get_by_test_id("race")
    race.get_by_test_id("epoch").click(timeout=2 * SECONDS)
    expect(race).to_have_attribute("data-epoch", "1", timeout=SECONDS)
    until(page, lambda: "lane1" in page.url)
    page.reload()
    expect(race).to_have_attribute("data-epoch", "1", timeout=2 * SECONDS)


def test_a_cut_connection_is_made_again_and_the_run_goes_on(page, app):
    page.add_init_script(RECORD)
    page.goto(f"{app.url}/?v=1")
    stage = stage_of(page)
    stage.get_by_test_id("epoch").click()
    expect(stage).to_have_attribute("data-epoch", "1")
    loss = stage.get_attribute("data-loss-test")
    # The stage's socket alone, then Streamlit's as well.
    for which in ("/live/", "/"):
        count = page.evaluate("window.sockets.length")
        page.evaluate("(which) => window.sockets.forEach((s) => s.url.includes(which) && s.close())", which)
        until(page, lambda count=count: page.evaluate("window.sockets.length") > count)
        expect(stage).to_have_attribute("data-connection", "open", timeout=SECONDS)
        expect(stage).to_have_attribute("data-epoch", "1")
        expect(stage).to_have_attribute("data-loss-test", loss)
    slider = page.locator('[data-testid="stSidebar"] [data-testid="stSlider"]').filter(
        has_text="Learning rate"
    )
    handle = slider.locator('input[type="range"]').first

    def followed() -> bool:
        # The page's own socket may still be on its way: its controls are locked until then, or lose a key.
        expect(handle).to_be_enabled()
        handle.press("ArrowRight")
        page.wait_for_timeout(1500)
        return "learning_rate" in page.url

    until(page, followed)
    expect(stage).to_have_attribute("data-epoch", "1")
    stage.get_by_test_id("epoch").click()
    expect(stage).to_have_attribute("data-epoch", "2")


def test_after_a_restart_of_the_server_the_run_is_trained_up_to_where_it_was(page, kernel, tmp_path):
    app = App(tmp_path / "log")
    try:
        app.wait()
        page.goto(f"{app.url}/?v=1")
        stage = stage_of(page)
        stage.get_by_test_id("add-unit-1").click()
        until(page, lambda: "hidden=5" in page.url)
        for count in (1, 2, 3):
            stage.get_by_test_id("epoch").click()
            expect(stage).to_have_attribute("data-epoch", str(count))
        # What is changed on the way belongs to the run.
        sliders = page.locator('[data-testid="stSidebar"] [data-testid="stSlider"]')
        sliders.filter(has_text="Learning rate").locator('input[type="range"]').first.press("ArrowRight")
        until(page, lambda: "learning_rate=" in page.url)
        stage.get_by_test_id("boundary-paint").click()
        canvas = box(stage.get_by_test_id("boundary-canvas"))
        page.mouse.click(canvas["x"] + 0.2 * canvas["width"], canvas["y"] + 0.3 * canvas["height"])
        until(page, lambda: "points=" in page.url)
        stage.get_by_test_id("epoch").click()
        expect(stage).to_have_attribute("data-epoch", "4")
        loss = stage.get_attribute("data-loss-test")
        app.stop()
        expect(stage).not_to_have_attribute("data-connection", "open", timeout=SECONDS)
        app.start()
        app.wait()
        expect(stage).to_have_attribute("data-connection", "open", timeout=3 * SECONDS)
        expect(stage).to_have_attribute("data-epoch", "4", timeout=SECONDS)
        expect(stage).to_have_attribute("data-loss-test", loss)
        expect(stage.get_by_test_id("notice")).to_contain_text("trained again up to epoch 4")
        until(page, lambda: "learning_rate=" in page.url and "points=" in page.url)
        expect(stage).to_have_attribute("data-status", "paused")
        # The same where the page was loaded again meanwhile; a reload alone goes on with the session.
        page.reload()
        expect(stage).to_have_attribute("data-loss-test", loss, timeout=3 * SECONDS)
        expect(stage.get_by_test_id("notice")).to_have_count(0)
        app.stop()
        app.start()
        app.wait()
        page.reload()
        expect(stage).to_have_attribute("data-epoch", "4", timeout=3 * SECONDS)
        expect(stage).to_have_attribute("data-loss-test", loss)
        expect(stage.get_by_test_id("notice")).to_contain_text("trained again up to epoch 4")
    finally:
        app.stop()


def test_without_a_socket_the_page_itself_carries_the_run(page, app):
    page.add_init_script(BLOCK)
    page.goto(f"{app.url}/?v=1&hidden=2")
    stage = page.get_by_test_id("stage")
    stage.evaluate(PRESSED_AT_ONCE)
    expect(stage).to_have_attribute("data-connection", "fallback", timeout=2 * SECONDS)
    stage_of(page)
    # One stage all the time: what is pressed while the way changes is not lost with another.
    expect(stage).to_have_attribute("data-epoch", "1", timeout=SECONDS)
    assert stage.evaluate("stage => stage.first")
    stage.get_by_test_id("reset").click()
    expect(stage).to_have_attribute("data-epoch", "0", timeout=SECONDS)
    expect(stage).to_contain_text("No direct connection is possible here")
    expect(stage.get_by_test_id("unit-1-0")).to_be_visible()
    expect(stage.get_by_test_id("curves").locator("canvas").first).to_be_visible(timeout=SECONDS)
    # Quick commands are neither lost nor carried out twice.
    for _ in range(3):
        stage.get_by_test_id("step").click()
        page.wait_for_timeout(40)
    until(page, lambda: stage.get_attribute("data-step") == "3")
    stage.get_by_test_id("play").click()
    until(page, lambda: epoch(stage) > 20)
    stage.get_by_test_id("play").click()
    expect(stage).to_have_attribute("data-status", "paused", timeout=SECONDS)
    # Replies come back to who asked, refusals included, and the page follows what changes on the stage.
    canvas = box(stage.get_by_test_id("boundary-canvas"))
    page.mouse.click(canvas["x"] + 0.55 * canvas["width"], canvas["y"] + 0.5 * canvas["height"])
    expect(stage.get_by_test_id("inspection")).to_contain_text(re.compile(r"\d"), timeout=SECONDS)
    page.keyboard.press("Escape")
    stage.get_by_test_id("add-unit-1").click()
    until(page, lambda: "hidden=3" in page.url)
    expect(stage.get_by_test_id("unit-1-2")).to_be_visible(timeout=SECONDS)
    assert json.loads(page.request.get(app.url + "/live-health").text())["sessions"] >= 1
    stage.get_by_test_id("epoch").click()
    expect(stage).to_have_attribute("data-epoch", "1", timeout=SECONDS)
    page.reload()
    expect(stage).to_have_attribute("data-connection", "fallback", timeout=2 * SECONDS)
    expect(stage).to_have_attribute("data-epoch", "1", timeout=SECONDS)
    stage.evaluate("stage => (stage.first = true)")
    # A socket that can be opened after all takes over, with the same run.
    page.evaluate("window.unblocked = true")
    expect(stage).to_have_attribute("data-connection", "open", timeout=90_000)
    expect(stage).to_have_attribute("data-epoch", "1")
    expect(stage).not_to_contain_text("No direct connection is possible here")
    rested(page)
    assert stage.evaluate("stage => stage.first")
    stage.get_by_test_id("epoch").click()
    expect(stage).to_have_attribute("data-epoch", "2")
