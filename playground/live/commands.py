"""The commands of the stage: each is one entry of ``COMMANDS``, checked and bounded before it acts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from playground.data.packing import decimals_of, rounded
from playground.data.plane import View
from playground.data.points import MAX_ROWS, Points
from playground.data.prepare import Data, telling_columns
from playground.engine.run_log import RunLog
from playground.experiment import MAX_LAYERS, MAX_UNITS
from playground.live import sessions
from playground.live.runs import Choice
from playground.live.session import LiveSession
from playground.live.viewer import Viewer
from playground.registry import InvalidValue, Param, choice, no_choice, number, switch, whole

Reply = dict[str, Any] | None
Handler = Callable[[LiveSession, Viewer, Mapping[str, Any]], Reply]

MAX_STROKE = 200
"""Points that one message may paint."""
PANELS = ("layers", "diagnosis", "errors")
"""Panels that are fed while they are open."""
SPEEDS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000)
"""Steps a second that the stage offers, besides as many as go."""

_COUNT = whole("count", 1, 1, 10_000)
_EPOCHS = whole("count", 1, 1, 100)
_WEIGHTS = choice("weights", "same", ("same", "new"))
_SPEED = number("steps_per_second", 1.0, 0.1, 1e6)
_STOP = whole("epoch", 1, 1, 1_000_000)
_PAST = whole("epoch", 0, 0, 2**53)
_RUN = whole("run", 1, 1, 2**31)
_GRID = whole("size", 60, 16, 128)
_VALUE = number("value", 0.0, -1e6, 1e6)
_PLACE = number("x1", 0.0, -1e9, 1e9)
_RADIUS = number("radius", 0.0, 0.0, 1e9)
_CONTINUES = switch("continues", False)
_ON = switch("on", True)
_PAINTS = switch("paints", False)
_UNIT_OPS = choice("op", "add_unit", ("add_layer", "remove_layer", "add_unit", "remove_unit"))
_POINT_OPS = choice("op", "add", ("add", "erase", "undo", "clear"))

LIMITS: Mapping[str, Any] = {
    "layers": MAX_LAYERS,
    "units": MAX_UNITS,
    "points": MAX_ROWS,
    "stroke": MAX_STROKE,
    "stop_at": int(_STOP.high),
    "speeds": (*SPEEDS, None),
    "panels": PANELS,
}
"""What a stage has to know of the bounds of the commands, so that it offers nothing that is refused."""

COMMANDS: dict[str, Handler] = {}
"""Every command by name."""


def command(handler: Handler) -> Handler:
    """Register a command under the function's name."""
    COMMANDS[handler.__name__.strip("_")] = handler
    return handler


def carry_out(
    session: Any, viewer: Viewer, message: object, commands: Mapping[str, Callable[..., Reply]] = COMMANDS
) -> Reply:
    """Carry out one message of a viewer; the reply's fields, or None when none is due.

    The reply holds the session's ``revision`` if, and only if, the command has changed it: that is how the page learns
    that its controls and its address must follow.

    Args:
        session: what ``commands`` act on; a LiveSession for ``COMMANDS``.

    Raises:
        InvalidValue: the message is not a known command with fields in range; nothing was changed.
    """
    if not isinstance(message, Mapping):
        raise InvalidValue("message", "command.object", message)
    name = message.get("cmd")
    if not isinstance(name, str) or name not in commands:
        raise no_choice("cmd", commands, name)
    with session.lock:
        before = session.revision
        reply = commands[name](session, viewer, message)
        if reply is None or session.revision == before:
            return reply
        return {**reply, "revision": session.revision}


def _read(message: Mapping[str, Any], param: Param, name: str = "") -> Any:
    name = name or param.name
    return param.check(message.get(name, param.default), name)


@command
def hello(session: LiveSession, viewer: Viewer, message: Mapping[str, Any]) -> Reply:
    """Start from nothing: scene, whole history and a frame come again; the page says whether it paints the maps."""
    viewer.paints = _read(message, _PAINTS)
    viewer.restart()
    session.refresh(viewer)
    return {}


@command
def ack(session: LiveSession, viewer: Viewer, message: Mapping[str, Any]) -> Reply:
    """A frame was drawn."""
    if session.acknowledge(viewer, _read(message, whole("frame", 0, 0, 2**53))):
        session.refresh(viewer)
    return None


@command
def paints(session: LiveSession, viewer: Viewer, message: Mapping[str, Any]) -> Reply:
    """The page paints the maps itself from now on, or no longer."""
    viewer.paints = _read(message, _ON)
    viewer.units_time = 0.0
    viewer.last_sent.pop("past", None)
    session.refresh(viewer)
    return {}


@command
def visible(session: LiveSession, viewer: Viewer, message: Mapping[str, Any]) -> Reply:
    """The page was shown or hidden."""
    session.set_visible(viewer, _read(message, _ON))
    return None


@command
def play(session: LiveSession, viewer: Viewer, message: Mapping[str, Any]) -> Reply:
    """Train on until paused."""
    session.play()
    return {}


@command
def pause(session: LiveSession, viewer: Viewer, message: Mapping[str, Any]) -> Reply:
    """Stop training."""
    session.pause()
    return {}


@command
def step(session: LiveSession, viewer: Viewer, message: Mapping[str, Any]) -> Reply:
    """Pause, and take some steps."""
    viewer.past = None
    session.walk(steps=_read(message, _COUNT))
    return {}


@command
def epoch(session: LiveSession, viewer: Viewer, message: Mapping[str, Any]) -> Reply:
    """Pause, and train to the end of the epoch (or of some more)."""
    viewer.past = None
    session.walk(epochs=_read(message, _EPOCHS))
    return {}


@command
def reset(session: LiveSession, viewer: Viewer, message: Mapping[str, Any]) -> Reply:
    """Start again from the same weights or from new ones."""
    session.reset(new_weights=_read(message, _WEIGHTS) == "new")
    return {}


@command
def speed(session: LiveSession, viewer: Viewer, message: Mapping[str, Any]) -> Reply:
    """Limit the steps per second; null takes the limit away."""
    value = message.get("steps_per_second")
    session.set_speed(None if value is None else _SPEED.check(value))
    return {}


@command
def stop_at(session: LiveSession, viewer: Viewer, message: Mapping[str, Any]) -> Reply:
    """Pause at the end of an epoch; null takes the mark away."""
    value = message.get("epoch")
    session.stop_at = None if value is None else _STOP.check(value)
    return {}


@command
def replay(session: LiveSession, viewer: Viewer, message: Mapping[str, Any]) -> Reply:
    """Take a run again that the page has seen, on a server that began anew, in place of one that has not begun.

    Not while the server has the session ``instead_of`` that the page names: the page goes on with that one.
    """
    log = RunLog.from_dict(message.get("log"))
    token = message.get("instead_of")
    if isinstance(token, str) and sessions.server().find(token):
        return {"there": True}
    if session.begun:
        return {}
    session.take_again(log)
    return {"repeats": session.repeats}


@command
def focus(session: LiveSession, viewer: Viewer, message: Mapping[str, Any]) -> Reply:
    """Show one unit's map in the big plot; null shows the boundary again."""
    layer = message.get("layer")
    if layer is None:
        session.focus = None
    else:
        sizes = (session.experiment.n_inputs, *session.experiment.hidden, session.experiment.n_outputs)
        layer = whole("layer", 0, 0, len(sizes) - 1).check(layer)
        session.focus = (layer, whole("unit", 0, 0, sizes[layer] - 1).check(message.get("unit")))
    session.refresh()
    return {}


@command
def grid(session: LiveSession, viewer: Viewer, message: Mapping[str, Any]) -> Reply:
    """Set the resolution of the big plot."""
    session.grid_size = _read(message, _GRID)
    session.refresh()
    return {}


@command
def set_parameter(session: LiveSession, viewer: Viewer, message: Mapping[str, Any]) -> Reply:
    """Change one weight, bias or other parameter by hand."""
    viewer.past = None
    last = session.trainer.engine.layout.n_parameters - 1
    session.set_parameter(whole("index", 0, 0, last).check(message.get("index")), _read(message, _VALUE))
    return {}


@command
def structure(session: LiveSession, viewer: Viewer, message: Mapping[str, Any]) -> Reply:
    """Add or remove a layer or a unit."""
    op, hidden = _read(message, _UNIT_OPS), list(session.experiment.hidden)
    if op == "add_layer":
        if len(hidden) == MAX_LAYERS:
            raise InvalidValue("hidden", "command.layers", len(hidden) + 1, most=MAX_LAYERS)
        place = whole("layer", len(hidden), 0, len(hidden)).check(message.get("layer", len(hidden)))
        hidden.insert(place, hidden[place - 1] if hidden else 4)
    else:
        if not hidden:
            raise InvalidValue("layer", "command.no_layer", message.get("layer"))
        place = whole("layer", 0, 0, len(hidden) - 1).check(message.get("layer", len(hidden) - 1))
        if op == "remove_layer":
            del hidden[place]
        else:
            units = hidden[place] + (1 if op == "add_unit" else -1)
            if not 1 <= units <= MAX_UNITS:
                raise InvalidValue("hidden", "command.units", units, most=MAX_UNITS)
            hidden[place] = units
    session.change(hidden=tuple(hidden))
    return {}


def view_asked(message: Mapping[str, Any], data: Data) -> View | None:
    """The plane that a message asks for, see ``View``; None for the one that the data show first.

    Without sides it is spanned by columns that spread the points; ``point`` holds the others where that point has them.
    """
    if message.get("kind") is None:
        return None
    held, point = message.get("held"), message.get("point")
    if point is not None:
        held = data.all("X")[whole("point", 0, 0, sum(data.sizes()) - 1).check(point)].tolist()
    first = telling_columns(data)
    return View(message["kind"], message.get("across", first[0]), message.get("down", first[1]), held)


@command
def plane(session: LiveSession, viewer: Viewer, message: Mapping[str, Any]) -> Reply:
    """Choose what the map shows of more than two inputs, see ``view_asked``."""
    session.refuse_draft()
    session.see(view_asked(message, session.trainer.data))
    return {}


@command
def points(session: LiveSession, viewer: Viewer, message: Mapping[str, Any]) -> Reply:
    """Paint, erase, undo or clear points; the data set becomes a custom one."""
    op = _read(message, _POINT_OPS)
    if op == "undo":
        session.undo_points()
        return {}
    if len(session.experiment.columns) != 2:
        raise InvalidValue("points", "sentence.paint_two")
    current = session.points()
    if op == "clear":
        changed = current.without(range(len(current.rows)))
    elif op == "erase":
        changed = current.without(_within(current, _places(message)))
    else:
        rows = message.get("rows")
        if not isinstance(rows, list) or not 1 <= len(rows) <= MAX_STROKE:
            raise InvalidValue("rows", "expected.list", rows, low=1, high=MAX_STROKE)
        if len(rows) + len(current.rows) > MAX_ROWS:
            most, n = f"{MAX_ROWS:,}", len(rows) + len(current.rows)
            raise InvalidValue("points", "points.many", n, most=most)
        painted = replace(current, rows=tuple(tuple(row) if isinstance(row, list) else row for row in rows))
        if current.target_scale is not None:  # the brush's values are the network's
            mean, sd = current.target_scale
            painted = replace(
                painted,
                rows=tuple(
                    (*row[:-1], mean + sd * y) for row, y in zip(painted.rows, painted.targets, strict=True)
                ),
            )
        changed = current.append(rounded(painted, decimals_of(current)).rows)
    if changed != current:
        session.paint(changed, continues=_read(message, _CONTINUES))
    return {}


def _places(message: Mapping[str, Any]) -> list[tuple[float, ...]]:
    """The ellipses to erase in: ``places`` of (x1, x2, radius along x1, along x2), or one circle."""
    places = message.get("places")
    if places is None:
        places = [[message.get(name, 0.0) for name in ("x1", "x2", "radius", "radius")]]
    if not isinstance(places, list) or not 1 <= len(places) <= MAX_STROKE:
        raise InvalidValue("places", "expected.list", places, low=1, high=MAX_STROKE)
    result = []
    for place in places:
        if not isinstance(place, list) or len(place) != 4:
            raise InvalidValue("places", "command.place", place)
        center = [_PLACE.check(value, name) for value, name in zip(place[:2], ("x1", "x2"), strict=True)]
        result.append((*center, *(_RADIUS.check(value) for value in place[2:])))
    return result


def _within(points: Points, places: list[tuple[float, ...]]) -> list[int]:
    """Indices of the points that lie in one of the ellipses."""
    X = points.X
    inside = np.zeros(len(X), bool)
    for x1, x2, r1, r2 in places:
        tiny = 1e-12
        inside |= ((X[:, 0] - x1) / (r1 + tiny)) ** 2 + ((X[:, 1] - x2) / (r2 + tiny)) ** 2 <= 1.0
    return np.flatnonzero(inside).tolist()


@command
def inspect(session: LiveSession, viewer: Viewer, message: Mapping[str, Any]) -> Reply:
    """Every number of the network at a place or at a point."""
    session.refuse_draft()
    index = message.get("point")
    if index is not None:
        data = session.trainer.data
        most = sum(data.sizes()) - 1
        index = whole("point", 0, 0, most).check(index)
        return {"inspection": session.painter.inspection(session.shown(), 0.0, 0.0, index, viewer.past)}
    x1, x2 = _read(message, _PLACE, "x1"), _read(message, _PLACE, "x2")
    return {"inspection": session.painter.inspection(session.shown(), x1, x2, None, viewer.past)}


@command
def trace(session: LiveSession, viewer: Viewer, message: Mapping[str, Any]) -> Reply:
    """Take one real step and tell every number of it."""
    viewer.past = None
    return {"trace": session.trace()}


@command
def panels(session: LiveSession, viewer: Viewer, message: Mapping[str, Any]) -> Reply:
    """Say which panels are open, so that only they are fed."""
    names = message.get("open")
    if not isinstance(names, list) or any(name not in PANELS for name in names):
        listed = ", ".join(PANELS)
        raise InvalidValue("open", "command.panels", names, choices=listed)
    viewer.panels = frozenset(names)
    viewer.stats_time = 0.0
    session.refresh(viewer)
    return {}


@command
def apply(session: LiveSession, viewer: Viewer, message: Mapping[str, Any]) -> Reply:
    """Carry out a diagnosis's suggestion."""
    session.apply_suggestion(str(message.get("suggestion", message.get("finding", ""))))
    return {}


@command
def runs(session: LiveSession, viewer: Viewer, message: Mapping[str, Any]) -> Reply:
    """The list of the runs that were kept."""
    return session.runs.message(session.trainer, session.language)


@command
def reopen(session: LiveSession, viewer: Viewer, message: Mapping[str, Any]) -> Reply:
    """Go on with a run that was kept."""
    session.reopen(_RUN.check(message.get("run")))
    return {"epoch": session.trainer.epoch}


@command
def keep_run(session: LiveSession, viewer: Viewer, message: Mapping[str, Any]) -> Reply:
    """Hand out a run for the page to keep: a kept one, or null for the current one."""
    value = message.get("run")
    return {"kept": session.whole_run(None if value is None else _RUN.check(value))}


@command
def bring_run(session: LiveSession, viewer: Viewer, message: Mapping[str, Any]) -> Reply:
    """Take a run again that the page has kept, or that a file holds."""
    session.take_again(RunLog.from_dict(message.get("log")))
    return {"repeats": session.repeats}


@command
def delete_run(session: LiveSession, viewer: Viewer, message: Mapping[str, Any]) -> Reply:
    """Forget a run."""
    session.runs.delete(_RUN.check(message.get("run")))
    session.refresh()
    return {}


@command
def pin_run(session: LiveSession, viewer: Viewer, message: Mapping[str, Any]) -> Reply:
    """Keep a run when older ones make way, or no longer."""
    session.runs.pin(_RUN.check(message.get("run")), _read(message, _ON))
    session.refresh()
    return {}


@command
def ghost(session: LiveSession, viewer: Viewer, message: Mapping[str, Any]) -> Reply:
    """Draw a run behind the current curves: its number, "previous", or null for none."""
    value = message.get("run", "previous")
    choice: Choice = "none" if value is None else "previous" if value == "previous" else _RUN.check(value)
    session.runs.choose_ghost(choice)
    session.refresh()
    return {}


@command
def scrub(session: LiveSession, viewer: Viewer, message: Mapping[str, Any]) -> Reply:
    """Look back at the checkpoint nearest to an epoch; null returns to the present."""
    value = message.get("epoch")
    return {"epoch": session.look_back(viewer, None if value is None else _PAST.check(value))}
