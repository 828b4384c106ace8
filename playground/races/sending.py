"""What a race's viewers are sent: texts when they change, and all lanes of a step in one frame."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from playground.live import painter
from playground.live.frames import encode
from playground.live.viewer import Viewer
from playground.races import messages
from playground.races.messages import Told
from playground.races.standings import Standings

STANDINGS_INTERVAL = 0.25
HEAD = struct.Struct("<II")
"""Number of lanes and 0 at the start of a frame; length and number before each lane. Eight bytes, so that every lane's
arrays keep their alignment."""


@dataclass
class Sent:
    """What one viewer has: of each lane, and of the standings."""

    lanes: list[Viewer]
    standings_version: int = -1
    standings_time: float = 0.0


class Sender:
    """Makes messages and frames for a race's viewers. Call with the session's lock held, between rounds."""

    def __init__(self) -> None:
        self._views: WeakKeyDictionary[Viewer, Sent] = WeakKeyDictionary()

    def sent(self, viewer: Viewer, n_lanes: int) -> Sent:
        """What the viewer has of each lane."""
        if viewer not in self._views:
            self._views[viewer] = Sent([Viewer(lambda: None) for _ in range(n_lanes)])
        return self._views[viewer]

    def send_scenes(self, told: Told, viewer: Viewer) -> None:
        """Send what is to be known before a frame, unless the viewer has it."""
        if viewer.scene_revision == told.revision:
            return
        panels = [seen.panels for seen in self._views[viewer].lanes] if viewer in self._views else []
        self._views.pop(viewer, None)
        for seen, names in zip(self.sent(viewer, len(told.lanes)).lanes, panels, strict=False):
            seen.panels = names
        viewer.scene_revision = told.revision
        viewer.send(messages.race_message(told))
        for i, lane in enumerate(told.lanes):
            viewer.send({**lane.painter.scene(lane.shown()), "lane": i})

    def send_frame(self, told: Told, viewer: Viewer, now: float) -> None:
        """Send all lanes of a step."""
        parts = [HEAD.pack(len(told.lanes), 0)]
        for i, (lane, seen) in enumerate(
            zip(told.lanes, self.sent(viewer, len(told.lanes)).lanes, strict=True)
        ):
            seen.frames = viewer.frames
            lane_frame = encode(*lane.painter.parts(lane.shown(), seen, now))
            parts += [HEAD.pack(len(lane_frame), i), lane_frame]
        viewer.post_frame(b"".join(parts))

    def send_news(self, told: Told, viewer: Viewer, now: float, places: Callable[[], Standings]) -> None:
        """Send the open panels and the standings, as far as they are due.

        Args:
            places: who is where as of now.
        """
        sent = self.sent(viewer, len(told.lanes))
        for i, (lane, seen) in enumerate(zip(told.lanes, sent.lanes, strict=True)):
            if seen.panels and now - seen.stats_time >= painter.STATS_INTERVAL:
                seen.stats_time = now
                viewer.send({**lane.painter.statistics(lane.shown(), seen.panels, lane.diagnosis), "lane": i})
        due = not told.playing or now - sent.standings_time >= STANDINGS_INTERVAL
        if sent.standings_version != told.version and due:
            sent.standings_version, sent.standings_time = told.version, now
            viewer.send(messages.standings_message(told, places()))
