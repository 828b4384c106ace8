"""What the stage promises to the eye and the hand: room, full size, reading the curves, saving, touch, slow steps."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image
from playwright.sync_api import expect
from stage_visit import SECONDS, box, open_app, until, value

pytestmark = pytest.mark.browser


def bottom(locator) -> float:
    found = box(locator)
    return found["y"] + found["height"]


def test_network_boundary_and_curves_are_seen_together(visit, app):
    page = visit(viewport={"width": 1400, "height": 900})
    stage = open_app(page, app, "v=1&hidden=8,8")
    stage.get_by_test_id("epoch").click()
    expect(stage.get_by_test_id("curves").locator("canvas")).to_be_visible(timeout=SECONDS)
    for part in ("network", "boundary", "curves"):
        until(page, lambda part=part: bottom(stage.get_by_test_id(part)) <= 900)
    assert box(stage.get_by_test_id("boundary-canvas"))["width"] > 400
    # A projector: everything but the lower curves; their height follows the window at once.
    page.set_viewport_size({"width": 1280, "height": 720})
    until(page, lambda: bottom(stage.get_by_test_id("boundary")) <= 720)
    until(page, lambda: box(stage.get_by_test_id("curves"))["y"] + 80 <= 720)
    # The bar that a closed sidebar leaves covers no button.
    page.get_by_test_id("stSidebarCollapseButton").locator("button").evaluate("button => button.click()")
    bar = page.get_by_test_id("stHeader")
    until(page, lambda: box(stage.get_by_test_id("play"))["y"] >= bottom(bar))


def test_a_deep_network_fits_or_leads_on(visit, app):
    page = visit(viewport={"width": 1440, "height": 900})
    stage = open_app(page, app, "v=1&hidden=128,128,128,128,128,128,128,128&activation=relu&init=he_normal")
    first, last = stage.get_by_test_id("network-left"), stage.get_by_test_id("network-right")
    expect(stage.get_by_test_id("fold-8")).to_be_visible()
    expect(last).to_be_hidden()
    page.set_viewport_size({"width": 1200, "height": 800})
    expect(last).to_be_visible()
    expect(first).to_be_hidden()
    last.focus()
    page.keyboard.press("Enter")
    expect(first).to_be_visible()
    expect(last).to_be_hidden()
    expect(first).to_be_focused()  # the button that has done its work hands the focus on
    stage.get_by_test_id("fold-1").click()
    expect(stage.get_by_test_id("unit-grid").locator("button.network-unit")).to_have_count(128)


def test_full_size_full_screen_and_unbounded_speed(visit, app):
    page = visit(viewport={"width": 1400, "height": 900})
    stage = open_app(page, app, "v=1")
    usual = box(stage.get_by_test_id("boundary-canvas"))["width"]
    stage.get_by_test_id("boundary-zoom").click()
    until(page, lambda: box(stage.get_by_test_id("boundary-canvas"))["width"] > 1.15 * usual)
    assert bottom(stage.get_by_test_id("boundary")) <= 900
    assert box(stage.get_by_test_id("play"))["y"] >= 0  # it can be played while it is large
    page.keyboard.press("Escape")
    until(page, lambda: box(stage.get_by_test_id("boundary-canvas"))["width"] == usual)
    page.keyboard.press("f")
    until(page, lambda: page.evaluate("Boolean(document.fullscreenElement)"))
    until(page, lambda: box(stage)["width"] == page.evaluate("window.innerWidth"))
    page.keyboard.press("f")
    until(page, lambda: not page.evaluate("Boolean(document.fullscreenElement)"))
    speed = stage.get_by_test_id("speed")
    speed.focus()
    page.keyboard.press("End")
    expect(speed).to_have_attribute("aria-valuetext", "no limit")
    stage.get_by_test_id("stop-at").fill("40")
    page.keyboard.press("Enter")
    stage.get_by_test_id("play").click()
    expect(stage).to_have_attribute("data-epoch", "40")
    expect(stage).to_have_attribute("data-status", "paused")


def test_curves_are_read_and_everything_drawn_is_saved(visit, app, tmp_path):
    page = visit(viewport={"width": 1400, "height": 900})
    stage = open_app(page, app, "v=1")
    for _ in range(3):
        stage.get_by_test_id("epoch").click()
    expect(stage).to_have_attribute("data-epoch", "3")
    curves = stage.get_by_test_id("curves")
    for turn in range(40):  # the chart may draw the last row after the stage has told of it
        canvas = box(curves.locator("canvas").first)
        page.mouse.move(canvas["x"] + (0.98 - 0.005 * (turn % 2)) * canvas["width"], canvas["y"] + 60)
        page.wait_for_timeout(250)
        if "Epoch 3" in stage.locator(".stage-reading").inner_text():
            break
    expect(stage.locator(".stage-reading")).to_contain_text("Epoch 3")
    expect(stage.locator(".stage-reading")).to_contain_text(f"{value(stage, 'loss-train'):.3f}")
    curves.focus()
    page.keyboard.press("Home")
    expect(curves).to_have_attribute("aria-valuetext", re.compile(r"^Epoch 0 "))
    stage.get_by_test_id("log-loss").check()
    page.wait_for_timeout(800)

    def saved(click) -> bytes:
        with page.expect_download() as download:
            click()
        return Path(download.value.path()).read_bytes()

    def figure(menu, kind: str, look: str) -> bytes:
        menu.locator("summary").click()
        menu.get_by_test_id("look").select_option(look)
        return saved(lambda: menu.get_by_role("button", name=kind).click())

    menus = [
        stage.locator(f"{place} .stage-menu")
        for place in (".stage-curves", ".network-bar", ".boundary-controls")
    ]
    for menu, kinds in zip(menus, (("PNG", "SVG"), ("PNG", "SVG"), ("PNG",)), strict=True):
        for look, corner in (
            ("dark", (14, 17, 23, 255)),
            ("light", (255, 255, 255, 255)),
            ("transparent", 0),
        ):
            made = figure(menu, "PNG", look)
            pixel = Image.open(BytesIO(made)).convert("RGBA").getpixel((1, 1))
            assert pixel == corner or pixel[3] == corner == 0, look
        if "SVG" in kinds:
            svg = figure(menu, "SVG", "light").decode()
            assert ElementTree.fromstring(svg).tag.endswith("svg")
            assert "Loss" in svg or "x₁" in svg


def test_a_slow_step_shows_its_gradients_and_its_update(visit, app):
    page = visit(viewport={"width": 1400, "height": 900})
    stage = open_app(page, app, "v=1&hidden=2&optimizer=sgd&learning_rate=0.1")
    stage.locator('[data-testid="slow"]').click()
    panel = stage.get_by_test_id("slow-panel")
    panel.get_by_role("button", name="Backward").click()
    expect(panel).to_contain_text("∂L/∂")
    expect(panel.locator("ul li").first).to_be_attached()  # the numbers on the picture, as text
    panel.get_by_role("button", name="Update").click()
    shown = panel.inner_text()
    rate, gradient, change = re.search(r"Δw = .*= −([\d.]+) · \(?(−?[\d.]+)\)? = (−?[\d.]+)", shown).groups()
    number = lambda words: float(words.replace("−", "-"))  # noqa: E731
    assert number(change) == pytest.approx(-number(rate) * number(gradient), rel=0.06)
    before, after = re.search(r"w: (−?[\d.]+) → (−?[\d.]+)", shown).groups()
    assert number(after) - number(before) == pytest.approx(number(change), abs=2e-3)


def test_fingers_paint_points_and_edit_a_weight(visit, app):
    page = visit(viewport={"width": 390, "height": 844}, has_touch=True)
    stage = open_app(page, app, "v=1&hidden=2")
    stage.get_by_test_id("boundary-paint").tap()
    revision = value(stage, "revision")
    canvas = box(stage.get_by_test_id("boundary-canvas"))
    page.touchscreen.tap(canvas["x"] + 0.7 * canvas["width"], canvas["y"] + 0.3 * canvas["height"])
    until(page, lambda: value(stage, "revision") > revision)
    loss = stage.get_by_test_id("values").inner_text()
    unit = stage.get_by_test_id("unit-1-0")
    unit.scroll_into_view_if_needed()
    node = box(unit)
    for _ in range(2):  # its bias, the small square at the corner: the first tap tells, the second one edits
        page.touchscreen.tap(node["x"] - 2, node["y"] + node["height"] - 2)
        page.wait_for_timeout(400)
    editor = stage.get_by_test_id("parameter-editor")
    expect(editor).to_be_visible()
    editor.locator("input[type=number]").first.fill("4")
    page.keyboard.press("Enter")
    until(page, lambda: stage.get_by_test_id("values").inner_text() != loss)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1")


def test_korean_reaches_the_fields_for_files(visit, app):
    page = visit(viewport={"width": 1400, "height": 900})
    open_app(page, app, "v=1&lang=ko")
    page.locator("summary", has_text="공유").click()
    buttons = page.locator('[data-testid="stFileUploaderDropzone"] button')
    expect(buttons).to_have_count(2, timeout=SECONDS)  # an experiment, and weights
    for button in buttons.all():
        shown = button.evaluate(
            "b => getComputedStyle(b.querySelector('[data-testid=stMarkdownContainer]'), '::after').content"
        )
        assert shown.strip('"') == "파일 선택"
        own = button.locator("p")  # Streamlit's own word stays the button's name for those who do not see it
        assert own.evaluate("p => getComputedStyle(p).clipPath") == "inset(50%)"


FILM = """async (bytes) => {
  const video = document.createElement("video");
  video.muted = true;
  video.src = URL.createObjectURL(new Blob([new Uint8Array(bytes)], { type: "video/webm" }));
  await new Promise((done, fail) => { video.onloadeddata = done; video.onerror = () => fail(video.error.message); });
  await video.play();
  await new Promise((done) => { video.onended = done; });
  const sheet = document.createElement("canvas");
  [sheet.width, sheet.height] = [video.videoWidth, video.videoHeight];
  const context = sheet.getContext("2d");
  context.drawImage(video, 0, 0);
  const { data } = context.getImageData(0, 0, sheet.width, sheet.height);
  const shades = new Set();
  for (let k = 0; k < data.length; k += 4) shades.add([data[k] >> 5, data[k + 1] >> 5, data[k + 2] >> 5].join());
  return [video.videoWidth, video.videoHeight, shades.size];
}"""
"""Width, height and number of coarse shades of a film's last picture."""


def test_a_run_is_recorded_as_a_film_that_plays(page, app):
    stage = open_app(page, app, "dataset=circle")
    film = page.get_by_test_id("boundary-film")
    expect(film).to_have_attribute("aria-pressed", "false")
    film.click()
    expect(film).to_have_attribute("aria-pressed", "true")
    page.get_by_test_id("play").click()
    until(page, lambda: value(stage, "epoch") > 5)
    page.wait_for_timeout(1500)
    with page.expect_download() as saved:
        film.click()
    expect(film).to_have_attribute("aria-pressed", "false")
    assert saved.value.suggested_filename.endswith(".webm")
    made = Path(saved.value.path()).read_bytes()
    assert made[:4] == b"\x1a\x45\xdf\xa3", "the mark of Matroska's files, WebM's among them"
    width, height, shades = page.evaluate(FILM, list(made))
    assert width > 200
    assert height > width
    assert shades > 4, "a picture, not an empty sheet"
