"""One socket's side of a session: what it has been sent and whether it can take more."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Mapping
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np

from playground.live.flow import MOST_FRAMES, Flow
from playground.live.frames import to_json
from playground.live.memory import WAITING_BYTES

if TYPE_CHECKING:
    from playground.live.timeline import WeightSnapshot

MAX_WAITING = 256
"""Messages that wait for a socket beyond which nothing more is read from it: each kind of news waits once, so most of
them are answers that the page does not fetch."""

CATCH_UP = 0.5
"""Share of the time between two frames that a late frame may be behind without making the next one late too."""


class Viewer:
    """A mailbox between the threads that train and the task that writes to one socket.

    Of news only the newest of each kind waits. Of frames only one waits, and the next is made once it is on its way
    and ``flow`` has room for another: each is as new as can be. ``wake`` is called (from any thread) when there is
    something to send.

    Args:
        most_frames: on their way at once, at most.
    """

    def __init__(self, wake: Callable[[], None], most_frames: int = MOST_FRAMES) -> None:
        self._wake = wake
        self._lock = threading.Lock()
        self._messages: dict[Hashable, str] = {}
        self._numbers = count()
        self.waiting = 0
        """Bytes of the messages that wait, about."""
        self._frame: bytes | None = None
        self.visible = True
        self.paints = False
        """Whether the page computes the maps itself from the weights, where it can."""
        self.dirty = True
        self.flow = Flow(most_frames)
        self.next_time = 0.0
        self.frames = 0
        self.scene_revision = -1
        self.history_sent: tuple[int, int] = (-1, 0)
        """Run number and rows of the history that the viewer has."""
        self.history_epochs = np.empty(0)
        """Of the rows of a thinned history that the viewer has; none before the first."""
        self.history_time = 0.0
        self.units_time = 0.0
        self.stats_time = 0.0
        self.panels: frozenset[str] = frozenset()
        self.past: WeightSnapshot | None = None
        """The checkpoint that the viewer looks back at; None for the present."""
        self.last_sent: dict[str, Any] = {}
        """What was sent last, by kind of message, for those that are sent only when they change."""

    def post(self, message: str) -> None:
        """Queue an answer."""
        with self._lock:
            self._messages[next(self._numbers)] = message
            self.waiting += len(message)
        self._wake()

    def send(self, message: Mapping[str, Any]) -> None:
        """Queue news of JSON values; numbers that are not finite become null.

        It takes the place of what waits of its ``type`` (and ``lane``), and goes behind everything that waits.
        """
        kind = (message["type"], message.get("lane"))
        told = to_json(message)
        with self._lock:
            self.waiting += len(told) - len(self._messages.pop(kind, ""))
            self._messages[kind] = told
        self._wake()

    def next_after(self, now: float, interval: float) -> None:
        """A frame is made ``now``; the next one is due ``interval`` seconds after this one was, late or not."""
        late = now - self.next_time
        self.next_time = now + interval - (late if 0.0 <= late < CATCH_UP * interval else 0.0)

    def post_frame(self, frame: bytes) -> None:
        """Hand over a frame; it counts as on its way until it is acknowledged."""
        with self._lock:
            self._frame = frame
            self.frames += 1
            self.flow.sent(self.frames, len(frame), time.monotonic())
        self._wake()

    def take(self) -> list[str | bytes]:
        """Everything that waits, messages (str) first, then the newest frame (bytes)."""
        with self._lock:
            found: list[str | bytes] = [*self._messages.values()]
            self._messages.clear()
            self.waiting = 0
            frame, self._frame = self._frame, None
        return found if frame is None else [*found, frame]

    @property
    def full(self) -> bool:
        """Whether more waits than a page that reads ever leaves."""
        return len(self._messages) >= MAX_WAITING or self.waiting >= WAITING_BYTES

    def gone(self, now: float) -> bool:
        """Whether nobody looks any more though it never left; a socket's end is told by itself."""
        return False

    def acknowledge(self, number: int) -> None:
        """The viewer has drawn frame ``number``."""
        with self._lock:
            self.flow.acknowledged(number, time.monotonic())

    @property
    def in_flight(self) -> int:
        """Frames that were handed over and not yet acknowledged."""
        return len(self.flow)

    def expect_nothing(self) -> None:
        """Whatever is on its way may never be acknowledged."""
        with self._lock:
            self.flow.clear()

    def restart(self) -> None:
        """It has nothing yet: everything is sent anew."""
        with self._lock:
            self._frame = None
            self.flow.clear()
        self.scene_revision = -1
        self.history_sent = (-1, 0)
        self.last_sent.clear()

    def has_room(self, now: float) -> bool:
        """Whether a frame may be made at ``now`` (monotonic seconds): at once if none is under way, else in turn."""
        with self._lock:
            if not self.visible or self._frame is not None:
                return False
            return not self.flow or (now >= self.next_time and self.flow.room(now))

    def ready(self, now: float | None = None) -> bool:
        """Whether the next frame of a run that plays is due at ``now`` (monotonic seconds)."""
        now = time.monotonic() if now is None else now
        return now >= self.next_time and self.has_room(now)
