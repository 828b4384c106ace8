"""The page paints: in Chromium as under Node, and on the stage what the weights of the last frame say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from painted import CASES, Painted, script
from playwright.sync_api import expect
from stage_visit import open_app, until, value

from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.live.frames import decode

pytestmark = pytest.mark.browser

MAPS = {"map", "confidence", "units", "wrong"}
FIELDS = {"dataset": "circle", "n_samples": 60}
FREE = 0.5
"""Distance from the nearest point, in units of the data, at which the map can be seen."""
# Colours of the plot at places (u, v) of its square, 0 to 1 from the top left; the margins are scale.js's.
COLOURS = """
(overlay, places) => {
  const canvas = overlay.parentElement.querySelector("canvas");
  const scale = canvas.width / canvas.clientWidth;
  const size = canvas.clientWidth - 48;
  const context = canvas.getContext("2d");
  const at = (margin, share) => Math.round((margin + share * size) * scale);
  return places.map(([u, v]) => [...context.getImageData(at(40, u), at(8, v), 1, 1).data]);
}
"""


# Counts the maps that are painted: square pictures as fine as a map.
COUNTING = """
window.maps = 0;
const put = CanvasRenderingContext2D.prototype.putImageData;
CanvasRenderingContext2D.prototype.putImageData = function (image, ...place) {
  if (image.width >= 60 && image.width === image.height) window.maps += 1;
  return put.call(this, image, ...place);
};
"""


def test_a_map_out_of_sight_is_not_painted_while_the_run_goes_on(app: Any, visit: Any) -> None:
    page = visit(viewport={"width": 390, "height": 700})
    page.add_init_script(COUNTING)
    stage = open_app(page, app, "v=1")
    stage.get_by_test_id("play").click()
    until(page, lambda: page.evaluate("window.maps") > 5)
    stage.locator(".stage-timeline").scroll_into_view_if_needed()
    stage.locator(".stage-curves").evaluate("(curves) => curves.scrollIntoView({ block: 'start' })")
    page.wait_for_timeout(500)
    painted, frame = page.evaluate("window.maps"), value(stage, "frame")
    until(page, lambda: value(stage, "frame") > frame + 10)
    assert page.evaluate("window.maps") == painted
    stage.get_by_test_id("boundary-canvas").scroll_into_view_if_needed()
    until(page, lambda: page.evaluate("window.maps") > painted + 3)


def test_chromium_paints_what_the_server_does(browser: Any) -> None:
    page = browser.new_page()
    page.goto("about:blank")
    page.add_script_tag(content=f"{script()}\nglobalThis.paint = paint;", type="module")
    page.wait_for_function("() => globalThis.paint")
    for experiment in CASES.values():
        case = Painted(experiment)
        case.answer = page.evaluate("(given) => globalThis.paint(given)", case.given())
        case.check_maps()
    page.close()


def test_the_stage_shows_what_the_weights_say_and_is_sent_no_maps(app: Any, page: Any) -> None:
    frames: list[tuple[dict[str, Any], dict[str, np.ndarray]]] = []

    def listen(payload: bytes | str) -> None:
        if isinstance(payload, bytes):
            frames.append(decode(payload))

    page.on("websocket", lambda socket: "/live/" in socket.url and socket.on("framereceived", listen))
    stage = open_app(page, app, "v=1&dataset=circle&n_samples=60")
    stage.get_by_test_id("play").click()
    until(page, lambda: value(stage, "epoch") > 100)
    stage.get_by_test_id("play").click()
    expect(stage).to_have_attribute("data-status", "paused")
    page.wait_for_timeout(300)
    header, arrays = frames[-1]
    assert header["epoch"] == value(stage, "epoch")
    assert not [set(sent) & MAPS for told, sent in frames if told["epoch"] > 0 and set(sent) & MAPS]
    trainer = Trainer(Experiment(**FIELDS))
    trainer.engine.load(trainer.engine.state().with_params(arrays["parameters"]))
    ((left, right), (bottom, top)), points = trainer.data.domain, trainer.data.all("X")
    shares = (np.arange(20) + 0.5) / 20
    places = np.array([(u, v) for u in shares for v in shares])
    X = np.column_stack([left + places[:, 0] * (right - left), top - places[:, 1] * (top - bottom)])
    free = np.linalg.norm(X[:, None] - points[None], axis=2).min(axis=1) > FREE
    scores = trainer.engine.forward(trainer.data.features(X))[-1][:, 0]
    seen = free & (np.abs(scores) > 1)
    assert (scores[seen] > 0).any()
    assert (scores[seen] < 0).any()
    colours = np.array(stage.get_by_test_id("boundary-canvas").evaluate(COLOURS, places[seen].tolist()))
    redder = colours[:, 0] > colours[:, 2]  # orange stands for class 1, blue for class 0
    np.testing.assert_array_equal(redder, scores[seen] > 0)
