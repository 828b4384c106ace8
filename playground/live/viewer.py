"""One socket's side of a session: what it has been sent and whether it can take more."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from playground.live.frames import finite

if TYPE_CHECKING:
    from playground.live.marks import Mark

MAX_QUEUED = 64


class Viewer:
    """A mailbox between the threads that train and the task that writes to one socket.

    Messages queue up; of frames only the newest is kept, and the next is made only after the last was
    acknowledged. ``wake`` is called (from any thread) when there is something to send.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._messages: deque[str] = deque(maxlen=MAX_QUEUED)
        self._frame: bytes | None = None
        self.visible = True
        self.dirty = True
        self.in_flight = False
        self.next_time = 0.0
        self.frames = 0
        self.scene_revision = -1
        self.history_sent: tuple[int, int] = (-1, 0)
        """Run number and rows of the history that the viewer has."""
        self.history_time = 0.0
        self.units_time = 0.0
        self.stats_time = 0.0
        self.panels: frozenset[str] = frozenset()
        self.past: Mark | None = None
        """The checkpoint that the viewer looks back at; None for the present."""
        self.told: dict[str, Any] = {}
        """What was sent last, by kind of message, for those that are sent only when they change."""

    def post(self, message: str) -> None:
        """Queue a text message."""
        self._messages.append(message)
        self._wake()

    def tell(self, message: Mapping[str, Any]) -> None:
        """Queue a message of JSON values; numbers that are not finite become null."""
        self.post(json.dumps(finite(message), ensure_ascii=False))

    def post_frame(self, frame: bytes) -> None:
        """Hand over a frame; it counts as in flight until it is acknowledged."""
        self._frame = frame
        self.in_flight = True
        self.frames += 1
        self._wake()

    def take(self) -> list[Any]:
        """Everything that waits, messages (str) first, then the newest frame (bytes)."""
        found: list[Any] = []
        while self._messages:
            found.append(self._messages.popleft())
        frame, self._frame = self._frame, None
        if frame is not None:
            found.append(frame)
        return found

    def gone(self, now: float) -> bool:
        """Whether nobody looks any more though it never left; a socket's end is told by itself."""
        return False

    def acknowledge(self, number: int) -> None:
        """The viewer has drawn frame ``number``."""
        if number >= self.frames:
            self.in_flight = False

    def ready(self, now: float | None = None) -> bool:
        """Whether a frame sent at ``now`` (monotonic seconds) would be taken at once."""
        if not self.visible or self.in_flight:
            return False
        return (time.monotonic() if now is None else now) >= self.next_time
