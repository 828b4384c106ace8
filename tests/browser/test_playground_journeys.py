"""The main journeys through the playground, in a real browser against the running app."""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import expect
from stage_visit import SECONDS, box, open_app, rested, until, value

from playground.experiment import Experiment

pytestmark = pytest.mark.browser

FOCUSED = """() => {
  let focused = document.activeElement;
  while (focused.shadowRoot?.activeElement) focused = focused.shadowRoot.activeElement;
  return focused.dataset.testid ?? focused.tagName;
}"""
"""What has the focus, inside the stage too."""


def test_playing_learns_and_pausing_rests(page, app):
    stage = open_app(page, app, "v=1&dataset=circle&hidden=6&learning_rate=0.1")
    before = value(stage, "loss-test")
    stage.get_by_test_id("play").click()
    expect(stage).to_have_attribute("data-status", "playing")
    until(page, lambda: value(stage, "loss-test") < 0.3 * before and value(stage, "accuracy-test") > 0.95)
    assert value(stage, "steps-per-second") > 0
    stage.get_by_test_id("play").click()
    expect(stage).to_have_attribute("data-status", "paused")
    page.wait_for_timeout(300)
    step = value(stage, "step")
    page.wait_for_timeout(600)
    assert value(stage, "step") == step


def test_step_epoch_reset_and_redraw(page, app):
    stage = open_app(page, app, "v=1")
    first = stage.get_attribute("data-loss-train")
    stage.get_by_test_id("step").click()
    expect(stage).to_have_attribute("data-step", "1")
    stage.get_by_test_id("epoch").click()
    expect(stage).to_have_attribute("data-epoch", "1")
    expect(stage).to_have_attribute("data-step", "25")
    stage.get_by_test_id("reset").click()
    expect(stage).to_have_attribute("data-step", "0")
    expect(stage).to_have_attribute("data-loss-train", first)
    stage.get_by_test_id("redraw").click()
    expect(stage).not_to_have_attribute("data-loss-train", first)


def test_the_keyboard_alone_drives_a_run(page, app):
    stage = open_app(page, app, "v=1")
    stage.get_by_test_id("step").focus()
    page.keyboard.press("ArrowRight")
    expect(stage).to_have_attribute("data-step", "1")
    page.keyboard.press("Shift+ArrowRight")
    expect(stage).to_have_attribute("data-epoch", "1")
    page.keyboard.press("r")
    expect(stage).to_have_attribute("data-step", "0")
    page.keyboard.press("?")
    expect(stage.get_by_test_id("help-dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(stage.get_by_test_id("help-dialog")).to_be_hidden()
    stage.get_by_test_id("speed").focus()
    before = page.evaluate(FOCUSED)
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED) not in (before, "BODY")


def test_a_weight_is_edited_on_the_stage(page, app):
    stage = open_app(page, app, "v=1&hidden=2")
    loss = stage.get_attribute("data-loss-train")
    unit = stage.get_by_test_id("unit-1-0")
    unit.focus()
    page.keyboard.press("e")
    editor = stage.get_by_test_id("parameter-editor")
    expect(editor).to_be_visible()
    number = editor.locator("input[type=number]").first
    number.fill("3.25")
    number.press("Enter")
    expect(stage).not_to_have_attribute("data-loss-train", loss)


def test_layers_and_units_are_added_on_the_stage_and_the_controls_follow(page, app):
    stage = open_app(page, app, "v=1")
    stage.get_by_test_id("add-unit-1").click()
    until(page, lambda: "hidden=5" in page.url)
    stage.get_by_test_id("add-layer").click()
    until(page, lambda: re.search(r"hidden=5(,|%2C)2(,|%2C)2", page.url) is not None)


def test_points_are_painted_with_the_mouse_linked_and_undone(page, app, visit):
    stage = open_app(page, app, "v=1")
    stage.get_by_test_id("boundary-paint").click()
    canvas = box(stage.get_by_test_id("boundary-canvas"))
    revision = value(stage, "revision")
    page.mouse.move(canvas["x"] + 0.8 * canvas["width"], canvas["y"] + 0.2 * canvas["height"])
    page.mouse.down()
    page.mouse.move(canvas["x"] + 0.7 * canvas["width"], canvas["y"] + 0.3 * canvas["height"], steps=8)
    page.mouse.up()
    until(page, lambda: value(stage, "revision") > revision)
    until(page, lambda: "points=" in page.url)
    rested(page)
    linked = Experiment.from_query(dict(parse_qsl(urlsplit(page.url).query)))
    assert linked.points is not None
    assert len(linked.points.rows) > Experiment().n_samples
    other = visit()
    other.goto(page.url)
    expect(other.get_by_test_id("stage")).not_to_have_attribute("data-frame", "0", timeout=2 * SECONDS)
    rested(other)
    assert "points=" in other.url
    expect(other.get_by_test_id("stAlert")).to_have_count(0)
    stage.get_by_test_id("play").click()
    expect(stage).to_have_attribute("data-status", "playing")
    stage.get_by_test_id("play").click()
    page.wait_for_timeout(1500)
    painted = value(stage, "revision")
    stage.get_by_test_id("boundary-undo").click()
    until(page, lambda: value(stage, "revision") > painted)


def test_a_hot_control_changes_a_run_under_way(page, app):
    stage = open_app(page, app, "v=1&dataset=spiral&hidden=8,8")
    stage.get_by_test_id("play").click()
    until(page, lambda: value(stage, "epoch") > 20)
    sliders = page.locator('[data-testid="stSidebar"] [data-testid="stSlider"]')
    sliders.filter(has_text="Learning rate").locator('input[type="range"]').first.focus()
    epoch = value(stage, "epoch")
    page.keyboard.press("ArrowRight")
    until(page, lambda: "learning_rate" in page.url)
    expect(stage).to_have_attribute("data-status", "playing")
    assert value(stage, "epoch") >= epoch


def test_a_link_opens_the_same_run(page, app, browser):
    query = "v=1&dataset=xor&hidden=3&optimizer=adam~beta1:0.8&seed=7"
    stage = open_app(page, app, query)
    stage.get_by_test_id("epoch").click()
    expect(stage).to_have_attribute("data-epoch", "1")
    other = browser.new_page()
    twin = open_app(other, app, page.url.split("?", 1)[1])
    twin.get_by_test_id("epoch").click()
    expect(twin).to_have_attribute("data-epoch", "1")
    assert twin.get_attribute("data-loss-train") == stage.get_attribute("data-loss-train")
    other.close()


def test_a_refused_link_opens_the_default_and_names_the_field(page, app):
    open_app(page, app, "v=1&learning_rate=fast")
    expect(page.locator('[data-testid="stAlert"]').first).to_contain_text("fast")


def test_a_csv_is_uploaded_and_trained_on(page, app, tmp_path):
    rows = ["width,height,kind"]
    rows += [f"{1 + i % 7 / 7:.2f},{2 + i % 5 / 5:.2f},oak" for i in range(30)]
    rows += [f"{3 + i % 7 / 7:.2f},{1 + i % 5 / 5:.2f},elm" for i in range(30)]
    table = tmp_path / "trees.csv"
    table.write_text("\n".join(rows), encoding="utf-8")
    stage = open_app(page, app, "v=1")
    page.locator("summary", has_text="Data").last.click()
    page.locator('[data-testid="stFileUploaderDropzoneInput"], input[type=file]').last.set_input_files(table)
    page.locator('[class*="st-key-csv-use"] button, [class*="st-key-csv_use"] button').first.click()
    until(page, lambda: "dataset=custom" in page.url)
    stage.get_by_test_id("epoch").click()
    expect(stage).to_have_attribute("data-epoch", "1")


def test_the_language_switches_and_stays_in_the_link(page, app):
    stage = open_app(page, app, "v=1")
    page.get_by_text("한국어").click()
    until(page, lambda: "lang=ko" in page.url)
    expect(stage.get_by_test_id("play")).to_contain_text(re.compile("[가-힣]"))


def test_dark_mode_and_reduced_motion_are_followed(browser, app):
    page = browser.new_page(color_scheme="dark", reduced_motion="reduce")
    stage = open_app(page, app, "v=1")
    expect(stage).to_have_attribute("data-theme", "dark")
    background = page.evaluate(
        "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
    )
    assert sum(int(part) for part in re.findall(r"\d+", background)[:3]) < 200
    page.close()


def test_a_narrow_screen_has_no_sideways_scroll(browser, app):
    page = browser.new_page(viewport={"width": 390, "height": 800}, has_touch=True)
    stage = open_app(page, app, "v=1")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1")
    canvas = box(stage.get_by_test_id("boundary-canvas"))
    assert canvas["width"] > 250
    stage.get_by_test_id("play").tap()
    expect(stage).to_have_attribute("data-status", "playing")
    page.close()


def test_a_diverged_run_says_why_and_can_be_reset(page, app):
    stage = open_app(page, app, "v=1&learning_rate=10&hidden=16,16&activation=relu&loss=squared_error")
    stage.get_by_test_id("play").click()
    expect(stage).to_have_attribute("data-status", "diverged", timeout=SECONDS)
    expect(stage.get_by_test_id("reason")).to_contain_text("finite")
    stage.get_by_test_id("reset").click()
    expect(stage).to_have_attribute("data-status", "paused")


def test_a_click_on_a_point_opens_its_numbers(page, app):
    stage = open_app(page, app, "v=1")
    canvas = box(stage.get_by_test_id("boundary-canvas"))
    page.mouse.click(canvas["x"] + 0.55 * canvas["width"], canvas["y"] + 0.5 * canvas["height"])
    expect(stage.get_by_test_id("inspection")).to_be_visible()


def test_one_step_slowly_walks_through_a_real_step(page, app):
    stage = open_app(page, app, "v=1&hidden=2")
    stage.locator('[data-testid="slow"]').click()
    panel = stage.get_by_test_id("slow-panel")
    expect(panel).to_be_visible()
    expect(stage).to_have_attribute("data-step", "1")
    words = set()
    for _ in range(4):
        words.add(panel.inner_text())
        stage.get_by_test_id("slow-next").click()
    assert len(words) == 4


def test_two_tabs_have_their_own_runs(page, app, browser):
    one = open_app(page, app, "v=1")
    other = browser.new_page()
    two = open_app(other, app, "v=1")
    one.get_by_test_id("epoch").click()
    expect(one).to_have_attribute("data-epoch", "1")
    assert two.get_attribute("data-epoch") == "0"
    other.close()


def test_a_lost_socket_is_regained_and_the_run_goes_on(page, app):
    stage = open_app(page, app, "v=1")
    stage.get_by_test_id("epoch").click()
    expect(stage).to_have_attribute("data-epoch", "1")
    page.context.set_offline(True)
    page.wait_for_timeout(1000)
    page.context.set_offline(False)
    until(page, lambda: stage.get_attribute("data-connection") == "open", 30)
    stage.get_by_test_id("epoch").click()
    expect(stage).to_have_attribute("data-epoch", "2", timeout=SECONDS)


def test_panels_show_layers_errors_and_a_diagnosis(page, app):
    stage = open_app(page, app, "v=1")
    stage.get_by_test_id("epoch").click()
    for name in ("layers", "errors"):
        stage.get_by_test_id(f"panel-{name}").click()
        drawn = stage.locator('[data-testid^="chart-"]:visible').locator("svg, canvas")
        expect(drawn.first).to_be_visible()
    stage.get_by_test_id("panel-diagnosis").click()
    expect(stage.get_by_test_id("diagnosis")).to_contain_text(re.compile(r"\w{5}"))


def test_the_experiment_downloads_as_json_and_is_restored(page, app, tmp_path):
    stage = open_app(page, app, "v=1&hidden=3&seed=5")
    page.locator("summary", has_text="Share").click()
    with page.expect_download() as download:
        page.locator('[data-testid="stDownloadButton"] button:visible').filter(has_text="JSON").first.click()
    told = json.loads(download.value.path().read_text("utf-8"))
    assert told["hidden"] == [3]
    told["hidden"] = [4, 4]
    changed = tmp_path / "experiment.json"
    changed.write_text(json.dumps(told), "utf-8")
    revision = value(stage, "revision")
    page.locator("input[type=file]").first.set_input_files(changed)
    until(page, lambda: value(stage, "revision") > revision)
    until(page, lambda: re.search(r"hidden=4(,|%2C)4", page.url) is not None)
