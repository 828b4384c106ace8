"""More than two inputs, in a real browser: all columns of a set, another plane, a table with everything in it."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from playwright.sync_api import expect
from stage_visit import open_app, until, value

pytestmark = pytest.mark.browser

IRIS = "v=2&dataset=iris~inputs:all&preprocessing=standardize&hidden=6&learning_rate=0.1&optimizer=adam"


def picture(stage):
    """The map, as it is drawn now."""
    return stage.locator(".boundary-canvas").evaluate("(canvas) => canvas.toDataURL()")


def test_all_columns_are_trained_on_and_seen_on_several_planes(page, app):
    stage = open_app(page, app, IRIS)
    note = stage.get_by_test_id("slice-note")
    expect(note).to_contain_text("Other inputs (2) are held at the median")
    expect(stage.get_by_test_id("boundary-paint")).to_be_hidden()
    stage.get_by_test_id("play").click()
    until(page, lambda: value(stage, "accuracy-train") > 0.9)
    stage.get_by_test_id("play").click()
    expect(stage).to_have_attribute("data-status", "paused")
    step = stage.get_attribute("data-step")
    stage.get_by_test_id("slice-across").select_option(label="sepal_length")
    summary = stage.get_by_test_id("boundary-summary")
    expect(summary).to_contain_text("over sepal_length and petal_width")
    # the other side's input: the two change places
    stage.get_by_test_id("slice-down").select_option(label="sepal_length")
    expect(summary).to_contain_text("over petal_width and sepal_length")
    stage.get_by_test_id("slice-components").click()
    expect(note).to_contain_text("principal components of 4 standardized inputs")
    expect(summary).to_contain_text("over PC 1 and PC 2")
    stage.get_by_test_id("slice-components").click()
    expect(note).to_contain_text("median")
    stage.get_by_test_id("boundary-canvas").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(stage.get_by_test_id("inspection")).to_be_visible()
    # the held inputs move by sliders, by the keyboard too; the address follows, and going back undoes it
    stage.get_by_test_id("held").click()
    slider = stage.get_by_label("sepal_width", exact=True)
    slider.focus()
    until(page, lambda: page.url.endswith("plane=petal_width%2Csepal_length"))
    page.wait_for_timeout(1100)  # what follows within a second belongs to the same movement
    before, map_before = page.url, picture(stage)
    page.keyboard.press("End")
    expect(note).to_contain_text("Held at chosen values: sepal_width = 4.")
    assert picture(stage) != map_before
    until(page, lambda: "~sepal_width" in page.url)
    moved = page.url
    page.go_back()
    expect(note).to_contain_text("Other inputs (2) are held at the median")
    assert page.url == before
    page.go_forward()
    expect(note).to_contain_text("sepal_width = 4.")
    page.reload()
    expect(note).to_contain_text("sepal_width = 4.")
    assert page.url == moved
    stage.get_by_test_id("slice-median").click()
    expect(note).to_contain_text("median")
    # which inputs matter, of the run as it is
    page.locator("summary", has_text="Which inputs matter").click()
    expect(page.get_by_text("of 4 columns, petal_")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("if all training points had the same sepal_length")).to_be_visible()
    expect(stage).to_have_attribute("data-step", step)  # looking trains nothing


def test_all_lanes_of_a_race_show_the_plane_that_is_chosen_for_them(page, app):
    page.goto(f"{app.url}/race?{IRIS}&lane1=&lane2=activation:relu&plane=sepal_length,petal_width")
    race = page.get_by_test_id("race")
    notes = race.get_by_test_id("slice-note").locator("visible=true")
    expect(notes).to_have_count(2, timeout=60_000)
    expect(notes.first).to_contain_text("held at the median of the training part: sepal_width")
    race.get_by_test_id("slice-across").locator("visible=true").select_option(label="petal_length")
    race.get_by_test_id("held").locator("visible=true").click()
    race.get_by_label("sepal_width", exact=True).focus()
    page.keyboard.press("Home")
    for number in range(2):
        expect(notes.nth(number)).to_contain_text("Held at chosen values: sepal_width = 2")
    until(page, lambda: "plane=petal_length%2Cpetal_width~sepal_width" in page.url)


def test_a_table_with_text_and_gaps_is_trained_on_whole(page, app, tmp_path):
    rows = ["Id,Survived,Class,Sex,Age,Fare,Port"]
    for i in range(60):
        sex, survived = ("female", 1) if i % 3 else ("male", 0)
        age = "" if i % 7 == 0 else str(20 + i)
        rows.append(f"{i + 1},{survived},{1 + i % 3},{sex},{age},{7 + i / 4:.2f},{'SCQ'[i % 3]}")
    table = tmp_path / "passengers.csv"
    table.write_text("\n".join(rows), encoding="utf-8")
    stage = open_app(page, app, "v=1")
    page.locator("summary", has_text="Data").last.click()
    page.locator('[data-testid="stFileUploaderDropzoneInput"], input[type=file]').last.set_input_files(table)
    expect(page.get_by_text("Inputs of the network: 7.")).to_be_visible(timeout=60_000)
    # a role is corrected: the last of the inputs goes
    page.get_by_role("combobox", name="Inputs").focus()
    page.keyboard.press("Backspace")
    expect(page.get_by_text("Inputs of the network: 4.")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator('[class*="st-key-csv-use"] button, [class*="st-key-csv_use"] button').first.click()
    until(page, lambda: "dataset=custom" in page.url)
    assert "n_samples" not in page.url
    stage.get_by_test_id("epoch").click()
    expect(stage).to_have_attribute("data-epoch", "1")
    expect(stage.get_by_test_id("slice-note")).to_contain_text("Other inputs (2)")
    expect(stage.get_by_test_id("boundary-summary")).to_contain_text("over Age and Fare")
    page.locator("summary", has_text="Ask the network").last.click()
    expect(page.get_by_text("Answers of the network after epoch 1:")).to_be_visible()
    page.get_by_role("button", name="Ask 8 more networks").click()
    expect(page.get_by_text("8 networks from other initial weights after epoch 1 together")).to_be_visible()
    page.locator("summary", has_text="Code").last.click()
    expect(page.get_by_text("The script reads passengers.csv with pandas")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download script", exact=True).click()
    script = tmp_path / "experiment.py"
    download.value.save_as(script)
    assert 'pd.read_csv("passengers.csv"' in script.read_text("utf-8")
    done = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    loss = float(re.search(r"loss train (\S+)", done.stdout.splitlines()[-1])[1])
    assert loss == pytest.approx(value(stage, "loss-train"), abs=0.002)


def test_a_telephone_says_all_that_is_to_be_said_of_the_settings(visit, app):
    page = visit(viewport={"width": 390, "height": 844}, locale="ko-KR")
    stage = open_app(page, app, IRIS + "&train_fraction=1&early_stopping=patience")
    reason = stage.get_by_test_id("reason")
    expect(reason).to_contain_text("고른 결과를 평가할 점이 없습니다")
    assert reason.evaluate("(e) => e.scrollWidth <= e.clientWidth && e.scrollHeight <= e.clientHeight + 1")
