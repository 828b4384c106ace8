"""Page and stage: what changes on one is seen on the other, in the address, and after a reload."""

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
    open_app(page, app, "v=1&hidden=1,2")
    rested(page)
    slider = page.locator("[data-testid=stSidebar] input[type=range]").first
    for units, pause in enumerate((60, 100, 200, 400, 700), 2):
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
