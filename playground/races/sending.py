"""What a race's viewers are sent: texts when they change, and all lanes of a step in one frame."""

from __future__ import annotations

import struct
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from playground.live import painter
from playground.live.frames import encode
from playground.live.viewer import Viewer
from playground.races import messages

if TYPE_CHECKING:
    from playground.races.session import RaceSession

STANDINGS_INTERVAL = 0.25
HEAD = struct.Struct("<II")
"""Number of lanes and 0 at the start of a frame; length and number before each lane. Eight bytes, so that every lane's
arrays keep their alignment."""


@dataclass
class View:
    """What one viewer has: of each lane, and of the standings."""

    lanes: list[Viewer]
    standings_version: int = -1
    standings_time: float = 0.0


class Sender:
    """Makes messages and frames for a race's viewers. Call with the session's lock held, between rounds."""

    def __init__(self, session: RaceSession) -> None:
        self.session = session
        self._views: WeakKeyDictionary[Viewer, View] = WeakKeyDictionary()

    def view(self, viewer: Viewer) -> View:
        """What the viewer has of each lane."""
        if viewer not in self._views:
            self._views[viewer] = View([Viewer(lambda: None) for _ in self.session.lanes])
        return self._views[viewer]

    def send(self, viewer: Viewer, now: float) -> None:
        """Send the viewer what it lacks and a frame."""
        session = self.session
        if viewer.scene_revision != session.revision:
            self._send_scenes(viewer)
        view = self.view(viewer)
        viewer.dirty = False
        viewer.next_time = now + session.frame_interval
        started = time.perf_counter()
        viewer.post_frame(self._frame(viewer, view, now))
        session.frame_cost += 0.1 * (time.perf_counter() - started - session.frame_cost)
        if session.failed:
            return
        for i, (lane, seen) in enumerate(zip(session.lanes, view.lanes, strict=True)):
            if seen.panels and now - seen.stats_time >= painter.STATS_INTERVAL:
                seen.stats_time = now
                viewer.send({**lane.painter.statistics(lane.shown(), seen.panels, lane.diagnosis), "lane": i})
        due = not session.playing or now - view.standings_time >= STANDINGS_INTERVAL
        if view.standings_version != session.version and due:
            view.standings_version, view.standings_time = session.version, now
            viewer.send(messages.standings_message(session, session.places()))

    def _send_scenes(self, viewer: Viewer) -> None:
        session = self.session
        panels = [seen.panels for seen in self._views[viewer].lanes] if viewer in self._views else []
        self._views.pop(viewer, None)
        for seen, names in zip(self.view(viewer).lanes, panels, strict=False):
            seen.panels = names
        viewer.scene_revision = session.revision
        viewer.send(messages.race_message(session))
        for i, lane in enumerate(session.lanes):
            viewer.send({**lane.painter.scene(lane.shown()), "lane": i})

    def _frame(self, viewer: Viewer, view: View, now: float) -> bytes:
        lanes = self.session.lanes
        parts = [HEAD.pack(len(lanes), 0)]
        for i, (lane, seen) in enumerate(zip(lanes, view.lanes, strict=True)):
            seen.frames = viewer.frames
            lane_frame = encode(*lane.painter.parts(lane.shown(), seen, now))
            parts += [HEAD.pack(len(lane_frame), i), lane_frame]
        return b"".join(parts)
