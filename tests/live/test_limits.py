"""What the stage is told of the commands' bounds: it offers all that they take, and nothing that they refuse."""

from __future__ import annotations

from typing import Any

import pytest

from playground.experiment import Experiment
from playground.live.commands import LIMITS, carry_out
from playground.live.polling import Poll
from playground.live.session import LiveSession
from playground.registry import InvalidValue


def ask(cmd: str, experiment: Experiment | None = None, **fields: Any) -> LiveSession:
    """A session after one command. Raises InvalidValue where it is refused."""
    session, viewer = LiveSession(experiment or Experiment()), Poll()
    session.join(viewer)
    carry_out(session, viewer, {"cmd": cmd, **fields})
    return session


@pytest.mark.parametrize("speed", LIMITS["speeds"])
def test_every_speed_of_the_slider_is_taken(speed: float | None) -> None:
    assert ask("speed", steps_per_second=speed).speed == speed


def test_the_last_epoch_is_taken_and_none_after_it() -> None:
    assert ask("stop_at", epoch=LIMITS["stop_at"]).stop_at == LIMITS["stop_at"]
    with pytest.raises(InvalidValue):
        ask("stop_at", epoch=LIMITS["stop_at"] + 1)


def test_the_largest_network_is_taken_and_none_beyond_it() -> None:
    layers, units = LIMITS["layers"], LIMITS["units"]
    almost = Experiment(hidden=(2,) * (layers - 1))
    assert ask("structure", almost, op="add_layer").experiment.hidden == (2,) * layers
    with pytest.raises(InvalidValue):
        ask("structure", Experiment(hidden=(2,) * layers), op="add_layer")
    assert ask("structure", Experiment(hidden=(units - 1,)), op="add_unit").experiment.hidden == (units,)
    with pytest.raises(InvalidValue):
        ask("structure", Experiment(hidden=(units,)), op="add_unit")


def test_a_stroke_as_long_as_told_is_taken_and_none_longer() -> None:
    rows = [[0.01 * k, 0.0, k % 2] for k in range(LIMITS["stroke"] + 1)]
    assert len(ask("points", op="add", rows=rows[:-1]).points().rows) >= LIMITS["stroke"]
    with pytest.raises(InvalidValue):
        ask("points", op="add", rows=rows)


def test_every_panel_is_fed() -> None:
    ask("panels", open=list(LIMITS["panels"]))
