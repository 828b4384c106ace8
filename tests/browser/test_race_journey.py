"""Through a race in a real browser: lockstep, seeds, prediction, sorting, divergence, saving."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from stage_visit import SECONDS

pytestmark = pytest.mark.browser
TWO = "v=1&lane1=activation:relu&lane2=&criterion=best_loss~30"


def open_race(page: Page, app, query: str):
    """Open the race's page and wait for the first frame of all lanes."""
    page.goto(f"{app.url}/race?{query}&lang=en")
    race = page.get_by_test_id("race")
    expect(race).to_have_attribute("data-status", "paused", timeout=2 * SECONDS)
    for stage in race.get_by_test_id("stage").all():
        expect(stage).not_to_have_attribute("data-frame", "0", timeout=SECONDS)
    return race


def watch_steps(race) -> None:
    """Note the lanes' steps whenever one of them changes, as the page shows them at that moment."""
    race.evaluate(
        """(race) => {
          const stages = [...race.querySelectorAll("[data-testid=stage]")];
          race.seen = [];
          const note = () => race.seen.push(stages.map((s) => [Number(s.dataset.frame), Number(s.dataset.step)]));
          new MutationObserver(note).observe(race, { attributes: true, subtree: true, attributeFilter: ["data-step"] });
        }"""
    )


def test_lanes_stay_in_lockstep_and_a_winner_is_named(page, app):
    race = open_race(page, app, TWO)
    watch_steps(race)
    race.get_by_test_id("play").click()
    expect(race).to_have_attribute("data-decided", "true", timeout=SECONDS)
    expect(race).to_have_attribute("data-status", "paused")
    seen = race.evaluate("(race) => race.seen")
    assert len(seen) > 3
    for lanes in seen:
        frames, steps = zip(*lanes, strict=True)
        assert len(set(frames)) == 1
        assert max(steps) - min(steps) <= 1
    winner = race.get_attribute("data-winner")
    expect(race.locator(f"[data-testid=stage][data-lane='{winner}']")).to_have_attribute(
        "data-winner", "true"
    )
    expect(race.get_by_test_id("race-verdict")).to_contain_text("wins with a test loss")
    expect(race.get_by_test_id("race-chart").locator("canvas")).to_be_visible()


def test_the_keyboard_drives_all_lanes_at_once(page, app):
    race = open_race(page, app, TWO)
    stages = race.get_by_test_id("stage").all()
    race.get_by_test_id("step").focus()
    page.keyboard.press("ArrowRight")
    for stage in stages:
        expect(stage).to_have_attribute("data-step", "1")
    page.keyboard.press("Shift+ArrowRight")
    for stage in stages:
        expect(stage).to_have_attribute("data-epoch", "1")
    page.keyboard.press("r")
    for stage in stages:
        expect(stage).to_have_attribute("data-step", "0")
    page.keyboard.press("?")
    expect(race.get_by_test_id("help-dialog")).to_contain_text("Disagreement")


def test_seeds_bring_bands_disagreement_and_a_test(page, app):
    race = open_race(page, app, f"{TWO}&seeds=6")
    race.get_by_test_id("show-disagreement").check()
    race.get_by_test_id("play").click()
    expect(race.get_by_test_id("race-comparison")).to_contain_text("repeats", timeout=2 * SECONDS)
    race.get_by_test_id("compare").click()
    expect(race.get_by_test_id("compare-result")).to_contain_text("repeats")
    expect(race.get_by_text("10 to 90 %").first).to_be_visible()


def test_lanes_stay_hidden_until_a_winner_is_predicted(page, app):
    race = open_race(page, app, f"{TWO}&predict=true")
    expect(race).to_have_attribute("data-hides", "true")
    expect(race.get_by_test_id("boundary").first).to_be_hidden()
    race.get_by_test_id("play").click()
    expect(race.get_by_test_id("notice")).to_contain_text("Predict first")
    race.get_by_test_id("predict-1").click()
    expect(race).to_have_attribute("data-hides", "false")
    expect(race.get_by_test_id("boundary").first).to_be_visible()
    race.get_by_test_id("play").click()
    expect(race).to_have_attribute("data-decided", "true", timeout=SECONDS)
    expect(race.get_by_test_id("race-guess")).to_contain_text("tanh")
    right = "true" if race.get_attribute("data-winner") == "1" else "false"
    expect(race.get_by_test_id("race-guess")).to_have_attribute("data-right", right)


def test_a_diverged_lane_is_greyed_alone_and_sorted_last(page, app):
    query = "v=1&dataset=plane&lane1=learning_rate:10&lane2=learning_rate:0.01&criterion=best_loss~20"
    race = open_race(page, app, query)
    race.get_by_test_id("play").click()
    expect(race).to_have_attribute("data-decided", "true", timeout=SECONDS)
    bad = race.locator("[data-testid=stage][data-lane='0']")
    expect(bad).to_have_attribute("data-status", "diverged")
    expect(bad.get_by_test_id("lane-reason")).to_be_visible()
    expect(race.locator("[data-testid=stage][data-lane='1']")).to_have_attribute("data-status", "paused")
    expect(race).to_have_attribute("data-winner", "1")
    race.get_by_test_id("sort-rank").click()
    expect(race.get_by_test_id("stage").first).to_have_attribute("data-lane", "1")
    expect(race.get_by_test_id("standings").locator("tbody tr").first).to_have_attribute("data-lane", "1")


def test_networks_open_and_a_change_on_the_page_reaches_the_lanes(page, app):
    race = open_race(page, app, TWO)
    expect(race.locator(".network")).to_have_count(0)
    race.get_by_test_id("show-network").check()
    expect(race.locator(".network")).to_have_count(2)
    expect(race.get_by_test_id("add-layer").first).to_be_hidden()
    page.get_by_text("Each lane", exact=True).click()
    page.get_by_role("button", name="Add a lane").click()
    expect(race.get_by_test_id("stage")).to_have_count(3, timeout=SECONDS)
    expect(race.locator(".network")).to_have_count(3)


def test_a_phone_shows_lanes_one_below_the_other(page, app):
    page.set_viewport_size({"width": 390, "height": 800})
    race = open_race(page, app, TWO)
    first, second = (stage.bounding_box() for stage in race.get_by_test_id("stage").all())
    assert first
    assert second
    assert second["y"] >= first["y"] + first["height"]
    assert race.evaluate("(race) => race.scrollWidth <= race.clientWidth + 1")
