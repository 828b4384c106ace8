"""Who paints the maps, page or server: what is sent to either, and when that changes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from session_watch import Watched

from playground.live.viewer import Viewer
from playground.techniques import ACTIVATIONS

MAPS = {"map", "units", "wrong"}

pytestmark = pytest.mark.usefixtures("auto")


def test_a_page_that_paints_is_sent_weights_and_figures_and_the_points_inputs_once():
    seen = Watched(normalization="batch_norm")
    assert set(seen.arrays) >= MAPS
    seen.do("hello", paints=True)
    assert MAPS.isdisjoint(seen.arrays)
    data = seen.session.trainer.data
    np.testing.assert_array_equal(seen.arrays["inputs"], data.all("F"))
    seen.do("epoch")
    state = seen.session.trainer.engine.state()
    np.testing.assert_array_equal(seen.arrays["parameters"], state.params)
    np.testing.assert_array_equal(seen.arrays["buffers"], state.buffers)
    assert MAPS.isdisjoint(seen.arrays)
    assert "inputs" not in seen.arrays
    seen.session.change(seed=5)
    seen.settle()
    np.testing.assert_array_equal(seen.arrays["inputs"], seen.session.trainer.data.all("F"))


def test_a_page_that_can_no_longer_paint_is_sent_the_maps_at_once():
    seen = Watched()
    seen.do("hello", paints=True)
    seen.do("paints", on=False)
    assert set(seen.arrays) >= MAPS
    seen.do("paints", on=True)
    assert MAPS.isdisjoint(seen.arrays)


def test_each_viewer_is_served_as_it_asks():
    seen = Watched()
    seen.do("hello", paints=True)
    other = Viewer(lambda: None)
    seen.session.join(other)
    seen.session.refresh(other)
    _, arrays = seen.session.painter.parts(seen.session.shown(), other, 0.0)
    assert set(arrays) >= MAPS


def test_the_server_paints_what_has_no_form_for_the_browser(monkeypatch):
    monkeypatch.setitem(ACTIVATIONS._entries, "tanh", replace(ACTIVATIONS["tanh"], js=""))
    seen = Watched()
    seen.do("hello", paints=True)
    assert seen.scenes[-1]["painting"] is None
    assert set(seen.arrays) >= MAPS
    seen.session.change(activation="relu")
    seen.settle()
    assert seen.scenes[-1]["painting"]["activations"][0] == {"name": "relu", "params": {}}
    assert MAPS.isdisjoint(seen.arrays)


def test_looking_back_brings_the_checkpoints_weights_and_no_maps():
    seen = Watched(normalization="batch_norm")
    seen.do("hello", paints=True)
    seen.do("epoch", count=20)
    seen.do("scrub", epoch=3)
    mark = seen.session.runs.timeline.nearest(3)
    np.testing.assert_array_equal(seen.arrays["parameters"], mark.state.params)
    np.testing.assert_array_equal(seen.arrays["buffers"], mark.state.buffers)
    assert MAPS.isdisjoint(seen.arrays)
    assert "unit_stats" in seen.arrays
    seen.do("paints", on=False)
    assert set(seen.arrays) >= MAPS
    assert seen.header["scrubbed"] == mark.epoch


def test_what_changes_while_it_runs_reaches_the_page():
    seen = Watched(hidden=(4, 4), skip="residual")
    seen.do("hello", paints=True)
    assert seen.scenes[-1]["painting"]["kept"] == [1.0, 1.0]
    seen.session.change(stochastic_depth=0.5)
    seen.settle()
    assert seen.scenes[-1]["painting"]["skips"] == [False, True]
    assert seen.scenes[-1]["painting"]["kept"] == [1.0, 0.5]
