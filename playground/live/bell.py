"""Wakes the server's loop for the tasks that write to sockets: for many of them at once while many have news."""

from __future__ import annotations

import asyncio
import logging
import threading

from anyio.lowlevel import RunVar

REST = 0.004
"""Seconds between two deliveries to a crowd: news that come sooner after the last one wait for each other. Waking the
loop from another thread costs about as much as sending a message."""
CROWD = 8
"""Sockets beyond which there is a crowd."""

log = logging.getLogger(__name__)


class Bell:
    """Sets events of one loop from any thread.

    Args:
        loop: whose events are set.

    Attributes:
        listeners: how many wait for news.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.listeners = 0
        self._loop = loop
        self._thread = threading.get_ident()
        self._lock = threading.Lock()
        self._waiting: list[asyncio.Event] = []
        self._next = 0.0

    def ring(self, news: asyncio.Event) -> None:
        """Set ``news``: at once on the loop's own thread, else with the next delivery."""
        if news.is_set():
            return
        if threading.get_ident() == self._thread:
            news.set()
            return
        with self._lock:
            self._waiting.append(news)
            if len(self._waiting) > 1:
                return
        try:
            self._loop.call_soon_threadsafe(self._come)
        except RuntimeError:
            log.debug("no loop to wake")

    def _come(self) -> None:
        wait = self._next - self._loop.time()
        if wait > 0:
            self._loop.call_later(wait, self._deliver)
        else:
            self._deliver()

    def _deliver(self) -> None:
        self._next = self._loop.time() + REST if self.listeners > CROWD else 0.0
        with self._lock:
            waiting, self._waiting = self._waiting, []
        for news in waiting:
            news.set()


_bell: RunVar[Bell] = RunVar("bell")


def bell() -> Bell:
    """The bell of the running loop. Call on its thread."""
    try:
        return _bell.get()
    except LookupError:
        made = Bell(asyncio.get_running_loop())
        _bell.set(made)
        return made
