"""The commands of a race: those of a session that act on all lanes alike, and a few of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from playground.live import commands as live
from playground.live.commands import Reply
from playground.live.viewer import Viewer
from playground.races.session import RaceSession
from playground.registry import InvalidValue, choice, whole

WHOLE = (
    "hello", "ack", "visible", "play", "pause", "step", "epoch", "reset", "speed", "stop_at", "grid",
)  # fmt: skip
"""Commands of the stage that a race carries out as a session does."""
PER_LANE = ("focus", "inspect", "panels")
"""Commands of the stage that need a ``lane``. Whatever would make a race unfair (editing weights, points, layers) is
missing."""

_MEASURE = choice("measure", "loss", ("loss", "accuracy"))


def _lane(session: RaceSession, message: Mapping[str, Any], name: str = "lane") -> int:
    return whole(name, 0, 0, len(session.lanes) - 1).check(message.get(name))


def _of_lane(name: str) -> Callable[..., Reply]:
    handler = live.COMMANDS[name]

    def carried(session: RaceSession, viewer: Viewer, message: Mapping[str, Any]) -> Reply:
        number = _lane(session, message)
        lane: Any = session.lanes[number]
        return handler(lane, session.sent(viewer).lanes[number], message)

    return carried


def predict(session: RaceSession, viewer: Viewer, message: Mapping[str, Any]) -> Reply:
    """Name the lane that will win."""
    session.predict(_lane(session, message))
    return {}


def plane(session: RaceSession, viewer: Viewer, message: Mapping[str, Any]) -> Reply:
    """Choose what all maps show of more than two inputs, see ``view_asked``; a ``point`` is one of ``lane``'s."""
    number = _lane(session, message) if message.get("point") is not None else 0
    session.see(live.view_asked(message, session.lanes[number].trainer.data))
    return {}


def compare(session: RaceSession, viewer: Viewer, message: Mapping[str, Any]) -> Reply:
    """Test two lanes against each other, repeat by repeat."""
    a, b = _lane(session, message, "a"), _lane(session, message, "b")
    measure = _MEASURE.check(message.get("measure", "loss"))
    if a == b:
        raise InvalidValue("b", "race.other_lane", b)
    if measure == "accuracy" and session.race.task == "regression":
        raise InvalidValue("measure", "race.measure", measure)
    return {"comparison": session.compare(a, b, measure)}


RACE_COMMANDS: dict[str, Callable[..., Reply]] = {
    **{name: live.COMMANDS[name] for name in WHOLE},
    **{name: _of_lane(name) for name in PER_LANE},
    "predict": predict,
    "plane": plane,
    "compare": compare,
}
"""Every command by name; call with a RaceSession, its viewer and the message."""
