"""Keeps to a speed limit and measures the speed."""

from __future__ import annotations

import time
from collections.abc import Callable

MAX_LAG = 0.25
"""Seconds that a run may fall behind its speed limit before the lost steps are given up."""
RATE_WINDOW = 0.5
"""Seconds over which steps per second are measured."""
EARLY = 0.05
"""Seconds after which a first rate is told, before a whole window has passed."""


class Pace:
    """The speed of something that takes steps.

    Args:
        count: how many steps it has taken.
    """

    def __init__(self, count: Callable[[], int]) -> None:
        self._count = count
        self._rate = 0.0
        self.resume()

    def resume(self) -> None:
        """Time has passed in which nothing was to be trained."""
        self._since = self._rate_since = time.monotonic()
        self._step = self._rate_step = self._count()

    def restart(self) -> None:
        """Another run begins."""
        self._rate = 0.0
        self.resume()

    def due(self, speed: float, steps: float) -> float:
        """When (monotonic seconds) so many more steps are allowed."""
        return self._since + (self._count() - self._step + max(1.0, steps)) / speed

    def allowed(self, speed: float) -> int:
        """Steps that the limit (steps a second) allows by now, at least one."""
        now = time.monotonic()
        allowed = int((now - self._since) * speed) - (self._count() - self._step)
        if allowed > speed * MAX_LAG:
            # The machine cannot keep this speed; don't run after it in bursts.
            self._since, self._step = now, self._count()
        return max(1, allowed)

    def measure(self) -> None:
        """Take down the rate, twice a second."""
        now = time.monotonic()
        if now - self._rate_since >= RATE_WINDOW:
            self._rate = (self._count() - self._rate_step) / (now - self._rate_since)
            self._rate_since, self._rate_step = now, self._count()

    @property
    def rate(self) -> float:
        """Steps per second of playing, over the last measured half second."""
        elapsed = time.monotonic() - self._rate_since
        if not self._rate and elapsed > EARLY:
            return (self._count() - self._rate_step) / elapsed
        return self._rate
