"""Runs, ghost and time slider in a real browser: play, reset, look back, return, reopen."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, expect
from stage_visit import SECONDS, until

pytestmark = pytest.mark.browser

# A run on few points: its checkpoints come within a second on either engine.
SMALL = "v=1&n_samples=60&hidden=3"


def open_app(page: Page, app, query: str = SMALL):
    """Open the playground and wait for the stage's first frame."""
    page.goto(f"{app.url}/?lang=en&{query}")
    stage = page.get_by_test_id("stage")
    expect(stage).to_have_attribute("data-status", "paused", timeout=2 * SECONDS)
    return stage


def play_to(page: Page, stage, epoch: int) -> None:
    """Play until an epoch has passed; the run goes on playing."""
    stage.get_by_test_id("play").click()
    further(page, stage, epoch)


def further(page: Page, stage, epoch: int) -> None:
    for _ in range(400):
        if int(stage.get_attribute("data-epoch") or 0) >= epoch:
            return
        page.wait_for_timeout(50)
    pytest.fail(f"epoch {epoch} did not come")


def picture(stage) -> str:
    return stage.locator(".stage-boundary canvas").first.evaluate("canvas => canvas.toDataURL()")


def test_play_reset_ghost_scrub_and_reopen(page, app):
    stage = open_app(page, app)
    slider, live = stage.get_by_test_id("timeline"), stage.get_by_test_id("live")
    expect(slider).to_be_disabled()
    play_to(page, stage, 40)
    stage.get_by_test_id("play").click()
    expect(stage).to_have_attribute("data-status", "paused")
    first_end = stage.get_attribute("data-epoch")
    expect(stage.get_by_test_id("curves")).not_to_have_attribute("data-ghost", "")

    # A reset: the first run is kept, and is the ghost behind the second.
    stage.get_by_test_id("redraw").click()
    expect(stage).to_have_attribute("data-epoch", "0")
    expect(stage.get_by_test_id("curves")).to_have_attribute("data-ghost", "", timeout=SECONDS)
    expect(stage.get_by_test_id("curves")).to_have_attribute("data-ghost-name", "- - - 1: weights 0")
    stage.get_by_test_id("panel-runs").click()
    entries = stage.get_by_test_id("run")
    expect(entries).to_have_count(1)
    expect(entries.first).to_contain_text("Run 1: weights 0")
    expect(entries.first).to_contain_text(f"epoch {int(first_end):,}")

    # Looking back does not stop the second run, and its picture stands still meanwhile.
    play_to(page, stage, 30)
    slider.focus()
    slider.press("Home")
    expect(stage).to_have_attribute("data-scrubbed", "0", timeout=SECONDS)
    slider.press("ArrowRight")
    slider.press("ArrowRight")
    expect(stage).to_have_attribute("data-scrubbed", "2", timeout=SECONDS)
    expect(live).to_have_attribute("aria-pressed", "false")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("^epoch 2 of "))
    page.wait_for_timeout(300)
    before, epoch = picture(stage), int(stage.get_attribute("data-epoch"))
    further(page, stage, epoch + 20)
    assert picture(stage) == before
    expect(stage).to_have_attribute("data-status", "playing")
    live.click()
    expect(stage).not_to_have_attribute("data-scrubbed", re.compile("."), timeout=SECONDS)
    expect(live).to_have_attribute("aria-pressed", "true")

    # Reopening brings the first run back, where it was, and keeps the second.
    entries.first.get_by_test_id("run-reopen").click()
    expect(stage).to_have_attribute("data-epoch", first_end, timeout=SECONDS)
    expect(stage).to_have_attribute("data-status", "paused")
    expect(entries).to_have_count(2)
    expect(entries.nth(0)).to_contain_text("Run 2: weights 1")
    expect(entries.nth(1).get_by_test_id("run-reopen")).to_be_disabled()
    stage.get_by_test_id("epoch").click()
    expect(stage).to_have_attribute("data-epoch", str(int(first_end) + 1))


def test_the_list_is_worked_by_keyboard(page, app):
    stage = open_app(page, app)
    for _ in range(3):
        stage.get_by_test_id("epoch").click()
        expect(stage).to_have_attribute("data-epoch", "1")
        stage.get_by_test_id("redraw").click()
        expect(stage).to_have_attribute("data-epoch", "0")
    stage.get_by_test_id("panel-runs").press("Enter")
    entries = stage.get_by_test_id("run")
    expect(entries).to_have_count(3)
    pin = entries.nth(1).get_by_test_id("run-pin")
    pin.press("Enter")
    expect(pin).to_have_attribute("aria-pressed", "true")
    ghost = entries.nth(2).get_by_test_id("run-ghost")
    ghost.press(" ")
    expect(ghost).to_have_attribute("aria-pressed", "true")
    expect(stage.get_by_test_id("ghost")).to_have_value("1")
    stage.get_by_test_id("ghost").select_option("none")
    expect(stage.get_by_test_id("curves")).not_to_have_attribute("data-ghost", "")
    entries.nth(0).get_by_test_id("run-delete").press("Enter")
    expect(entries).to_have_count(2)
    expect(entries.nth(0).get_by_role("button").first).to_be_focused()
    for button in entries.nth(0).get_by_role("button").all():
        assert button.get_attribute("aria-label")


def test_a_changed_setting_names_the_runs_and_the_controls_follow_a_reopened_one(page, app):
    stage = open_app(page, app, f"{SMALL}&learning_rate=0.1")
    stage.get_by_test_id("epoch").click()
    expect(stage).to_have_attribute("data-epoch", "1")
    stage.get_by_test_id("panel-runs").click()
    stage.locator(".stage-network").get_by_role("button", name="Add a hidden layer").first.click()
    entries = stage.get_by_test_id("run")
    expect(entries).to_have_count(1, timeout=SECONDS)
    expect(entries.first).to_contain_text("Run 1: 3")
    expect(page).to_have_url(re.compile("hidden=3(,|%2C)"), timeout=SECONDS)
    entries.first.get_by_test_id("run-reopen").click()
    expect(stage).to_have_attribute("data-epoch", "1", timeout=SECONDS)
    expect(page).not_to_have_url(re.compile("hidden=3(,|%2C)"), timeout=SECONDS)


def test_enter_and_space_on_a_button_act_once(page, app):
    stage = open_app(page, app)
    sent: list[str] = []
    page.on(
        "websocket",
        lambda socket: socket.on(
            "framesent", lambda data: sent.append(json.loads(data)["cmd"]) if "cmd" in str(data) else None
        ),
    )
    page.reload()
    expect(stage).to_have_attribute("data-status", "paused", timeout=2 * SECONDS)
    acts = {"play", "pause", "step", "epoch", "reset"}
    for button, key, expected in (
        ("step", " ", ["step"]),
        ("step", "Enter", ["step"]),
        ("epoch", " ", ["epoch"]),
        ("reset", "Enter", ["reset"]),
        ("play", " ", ["play"]),
        ("play", "Enter", ["pause"]),
    ):
        sent.clear()
        stage.get_by_test_id(button).focus()
        page.keyboard.press(key)
        until(page, lambda: acts.intersection(sent))
        page.wait_for_timeout(400)  # a second command would have come by now
        assert [cmd for cmd in sent if cmd in acts] == expected, (button, key)
    # A key that is held down presses once.
    sent.clear()
    stage.get_by_test_id("step").focus()
    for _ in range(4):
        page.keyboard.down("Enter")
    page.keyboard.up("Enter")
    until(page, lambda: acts.intersection(sent))
    page.wait_for_timeout(400)
    assert [cmd for cmd in sent if cmd in acts] == ["step"]


def test_a_click_before_the_connection_is_open_is_kept(page, app):
    # The socket of the stage only answers after two seconds.
    page.add_init_script(
        """
        const Real = window.WebSocket;
        window.WebSocket = class extends Real {
          set onmessage(listener) {
            if (!this.url.includes("/live/")) { super.onmessage = listener; return; }
            const late = performance.now() + 2000;
            super.onmessage = (event) => setTimeout(() => listener(event), Math.max(0, late - performance.now()));
          }
        };
        """
    )
    page.goto(f"{app.url}/?lang=en&{SMALL}")
    stage = page.get_by_test_id("stage")
    stage.get_by_test_id("play").click(timeout=2 * SECONDS)
    assert stage.get_attribute("data-connection") == "connecting"
    expect(stage).to_have_attribute("data-status", "playing", timeout=SECONDS)
    expect(stage.get_by_test_id("notice")).to_have_count(0)


def test_runs_are_kept_in_the_browser_brought_back_compared_saved_opened_and_deleted(page, app, tmp_path):
    stage = open_app(page, app)
    for count in (1, 2):
        stage.get_by_test_id("epoch").click()
        expect(stage).to_have_attribute("data-epoch", str(count))
    slider = page.locator('[data-testid="stSidebar"] [data-testid="stSlider"]').filter(
        has_text="Learning rate"
    )
    slider.locator('input[type="range"]').first.press("ArrowRight")
    until(page, lambda: "learning_rate=" in page.url)
    stage.get_by_test_id("epoch").click()
    expect(stage).to_have_attribute("data-epoch", "3")
    loss = stage.get_attribute("data-loss-test")
    stage.get_by_test_id("panel-runs").click()
    stage.get_by_test_id("keep-run").click()
    items = stage.get_by_test_id("kept-run")
    expect(items).to_have_count(1, timeout=SECONDS)
    expect(items.first).to_contain_text("epoch 3")

    # Another visit finds it, compares with it and brings it back.
    page.goto(f"{app.url}/?lang=en&{SMALL}&hidden=5")
    expect(stage).to_have_attribute("data-status", "paused", timeout=2 * SECONDS)
    stage.get_by_test_id("panel-runs").click()
    expect(items).to_have_count(1, timeout=SECONDS)
    items.first.get_by_test_id("kept-compare").click()
    expect(stage.get_by_test_id("curves")).to_have_attribute("data-ghost-name", re.compile("kept: "))
    expect(items.first.get_by_test_id("kept-compare")).to_have_attribute("aria-pressed", "true")
    stage.get_by_test_id("ghost").select_option("none")
    expect(stage.get_by_test_id("curves")).not_to_have_attribute("data-ghost", "")
    items.first.get_by_test_id("kept-bring").click()
    expect(stage).to_have_attribute("data-epoch", "3", timeout=SECONDS)
    expect(stage).to_have_attribute("data-loss-test", loss)
    expect(stage.get_by_test_id("notice").filter(has_text="Brought back")).to_be_visible()
    until(page, lambda: "learning_rate=" in page.url and "hidden=3" in page.url)

    # As a file it is opened again; another file is refused.
    with page.expect_download() as download:
        items.first.get_by_test_id("kept-save").click()
    saved = tmp_path / "run.json"
    download.value.save_as(saved)
    items.first.get_by_test_id("kept-delete").click()
    expect(items).to_have_count(0)
    expect(stage.get_by_test_id("keep-run")).to_be_focused()
    wrong = tmp_path / "wrong.json"
    wrong.write_text('{"hidden": [3]}')
    stage.get_by_test_id("open-run").set_input_files(wrong)
    expect(stage.get_by_test_id("notice").last).to_contain_text("wrong.json is no file of a run")
    stage.get_by_test_id("open-run").set_input_files(saved)
    expect(items).to_have_count(1)
    forged = json.loads(saved.read_text()) | {"did": [[1, "exec", "alert(1)"]]}
    wrong.write_text(json.dumps(forged | {"kept": {"name": "<img src=x onerror=alert(1)>"}}))
    stage.get_by_test_id("open-run").set_input_files(wrong)
    expect(items).to_have_count(2)
    expect(items.first).to_contain_text("<img src=x")
    edges = [words.bounding_box()["x"] for words in items.locator(".stage-run-words").all()]
    assert edges[0] == edges[1]  # also without a picture
    items.first.get_by_test_id("kept-bring").click()
    expect(stage.get_by_test_id("notice").last).to_contain_text("Changes of the run 1")
    expect(stage).to_have_attribute("data-epoch", "3")
    for item in items.all():
        for button in item.get_by_role("button").all():
            assert button.get_attribute("aria-label")
    # Shown to a room, all of it is larger, once.
    stage.evaluate("(stage) => { stage.dataset.projector = ''; }")
    told = [stage.get_by_test_id(name) for name in ("panel-runs", "current-run", "ghost", "runs", "keep-run")]
    for part in (*told, items.first):
        assert part.evaluate("(element) => element.currentCSSZoom") == 1.5
