"""How many frames may be on their way to one viewer: as many as its round trip needs, and none that wait in a queue.

The window follows FAST TCP (Wei, Jin, Low & Hegde 2006, equation 4), once a round trip:
window ← window · base / rtt + slack, where ``base`` is the round trip of a frame that had the way to itself. It comes
to rest with ``slack`` frames waiting somewhere on the way: a slow link is kept busy without being filled.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

MOST_FRAMES = 8
MOST_BYTES = 262_144
"""On their way at once, beyond a single frame."""
SLACK_FRAMES = 2.0
SLACK_BYTES = 12_500
"""What may wait on the way: a tenth of a second at 1 Mbit/s."""
GAIN = 0.5
"""Share of a computed change of the window that is made at once."""
FORGET_SECONDS = 30.0
"""After which ``base`` is measured anew, by a frame that is sent alone."""


class Sent(NamedTuple):
    """A frame on its way."""

    number: int
    size: int
    time: float
    alone: bool
    """No other was on its way when it was sent."""
    last: bool
    """It took the last place of the window."""


class Flow:
    """Counts the frames on their way and measures what the way can carry. All times in seconds, of one clock.

    Args:
        most: frames on their way at once, at most.

    Attributes:
        window: frames that may be on their way at once, before rounding down.
        base: round trip of a frame that was alone; None before the first.
    """

    def __init__(self, most: int = MOST_FRAMES) -> None:
        self.most = most
        self.window = 1.0
        self.base: float | None = None
        self._base_time = 0.0
        self._under_way: deque[Sent] = deque()
        self._round = 0
        """Number of the frame whose acknowledgement ends the current round trip."""

    def __len__(self) -> int:
        return len(self._under_way)

    @property
    def size(self) -> int:
        """Bytes on their way."""
        return sum(frame.size for frame in self._under_way)

    def room(self, now: float) -> bool:
        """Whether a further frame may be sent."""
        if not self._under_way:
            return True
        old = now - self._base_time > FORGET_SECONDS
        return not old and len(self) < int(self.window) and self.size < MOST_BYTES

    def sent(self, number: int, size: int, now: float) -> None:
        """Frame ``number`` of ``size`` bytes was handed over."""
        n = len(self)
        self._under_way.append(Sent(number, size, now, n == 0, n + 1 >= int(self.window)))

    def acknowledged(self, number: int, now: float) -> None:
        """The viewer has drawn frame ``number``, and with it all before."""
        drawn = None
        while self._under_way and self._under_way[0].number <= number:
            drawn = self._under_way.popleft()
        if drawn is None:
            return
        rtt = max(now - drawn.time, 1e-6)
        if drawn.alone and (now - self._base_time > FORGET_SECONDS or self.base is None):
            self.base, self._base_time = rtt, now
        elif self.base is None:
            return
        elif rtt < self.base:
            self.base = rtt
        if drawn.number >= self._round:
            self._round = self._under_way[-1].number + 1 if self._under_way else drawn.number + 1
            self._adapt(drawn, rtt, self.base)

    def _adapt(self, drawn: Sent, rtt: float, base: float) -> None:
        slack = min(SLACK_FRAMES, SLACK_BYTES / max(drawn.size, 1))
        change = self.window * base / rtt + slack - self.window
        if change < 0 or drawn.last:  # a window that is not filled says nothing about a larger one
            self.window = min(max(self.window + GAIN * change, 1.0), float(self.most))

    def clear(self) -> None:
        """Nothing more is to be expected of the frames on their way."""
        self._under_way.clear()
