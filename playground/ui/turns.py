"""Pages that draw themselves again and again while something is computed: one at a time, a bounded share of a core.

Thirty threads that draw at once would leave those who train, and the server's loop, a thirtieth of Python's lock.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

LEAST, MOST = 0.3, 4.0
"""Seconds between two drawings of a page."""
SHARE = 0.3
"""Of a core, that all pages together may draw."""
SMOOTHING = 0.1


class Turns:
    """Whose turn it is to draw, and how often it comes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.cost = 0.05
        """Processor seconds that a drawing takes, smoothed."""

    def interval(self, pages: int) -> float:
        """Seconds between two drawings of a page while so many draw themselves again."""
        return min(max(LEAST, pages * self.cost / SHARE), MOST)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Draw within this."""
        with self._lock:
            started = time.thread_time()
            try:
                yield
            finally:
                self.cost += SMOOTHING * (time.thread_time() - started - self.cost)


def outdated(interval: float | None, wanted: float | None) -> bool:
    """Whether a page that draws itself every ``interval`` seconds (None: no more) should ask for another rhythm."""
    if interval is None or wanted is None:
        return interval is not wanted
    return not 0.5 <= interval / wanted <= 2.0
