"""Page and stage: what changes on one is seen on the other, in the address, and after a reload."""

import pytest
from playwright.sync_api import expect
from stage_visit import open_app, rested, until, value

pytestmark = pytest.mark.browser


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
