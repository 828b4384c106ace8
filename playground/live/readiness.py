"""Whether the server wants visitors, how it goes down, and how late its loop is."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
import time
from collections import deque
from types import FrameType

DRAIN = "PLAYGROUND_DRAIN_SECONDS"
"""Environment variable: seconds from SIGTERM to the end, in which ``/live-ready`` already says no."""
BEAT = 0.25
"""Seconds between looks at the loop."""

log = logging.getLogger(__name__)

_loaded = threading.Event()
_draining = threading.Event()
_late: deque[float] = deque([0.0], maxlen=int(10 / BEAT))


def loaded() -> None:
    """All that visitors need has been loaded."""
    _loaded.set()


def ready() -> bool:
    """Whether new visitors are served at once, and for longer than a moment."""
    return _loaded.is_set() and not _draining.is_set()


def draining() -> bool:
    """Whether the server is about to end."""
    return _draining.is_set()


def lag() -> float:
    """How late (seconds) the loop was at most in the last ten seconds."""
    return max(_late)


async def watch() -> None:
    """Look how late the loop comes to its work, until cancelled."""
    while True:
        due = time.monotonic() + BEAT
        await asyncio.sleep(BEAT)
        _late.append(max(0.0, time.monotonic() - due))


def drain_first(loop: asyncio.AbstractEventLoop) -> None:
    """Let SIGTERM end the server only after a while in which it serves on but says that it is not ready.

    A second signal ends it at once. Nothing changes where no such while is set, or signals belong to another thread.

    Raises:
        ValueError: the variable does not hold a non-negative number.
    """
    given = os.environ.get(DRAIN, "") or "0"
    try:
        seconds = float(given)
    except ValueError:
        seconds = -1.0
    if not 0.0 <= seconds < float("inf"):
        raise ValueError(f"{DRAIN}: expected a number of seconds that is not negative, got {given!r}")
    end = signal.getsignal(signal.SIGTERM)
    if threading.current_thread() is not threading.main_thread() or not callable(end):
        return

    def stop(number: int, frame: FrameType | None) -> None:
        if _draining.is_set() or not seconds:
            _draining.set()
            end(number, frame)
            return
        _draining.set()
        log.warning("asked to end: going on for %g s, and not ready for new visitors", seconds)
        loop.call_soon_threadsafe(loop.call_later, seconds, end, number, None)

    signal.signal(signal.SIGTERM, stop)
