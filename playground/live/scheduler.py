"""Fair slices of training on a few threads.

Every playing session has a clock of the compute time that it has had. A free thread serves the runnable
session whose clock is furthest behind, for one slice; so a heavy session costs a light one no more than its
share, and a session that waited for its speed limit does not catch up at the others' expense.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import Protocol

SLICE = 0.008
"""Seconds of training before a thread turns to another session."""
IDLE = 0.5
"""Longest sleep of a thread that has nothing to do."""

log = logging.getLogger(__name__)


class Work(Protocol):
    """What the scheduler serves."""

    def due(self, now: float) -> float | None:
        """When (monotonic seconds) the next slice may start; None while there is nothing to do."""
        ...

    def advance(self, seconds: float) -> None:
        """Train for about ``seconds`` and hand out a frame if one is due."""
        ...


class _Entry:
    def __init__(self, work: Work, clock: float) -> None:
        self.work = work
        self.clock = clock
        self.busy = False


class Scheduler:
    """Serves playing sessions on ``threads`` threads; starts them with the first session.

    Args:
        threads: number of threads, at least 1.
    """

    def __init__(self, threads: int) -> None:
        self.n_threads = max(1, threads)
        self._entries: dict[int, _Entry] = {}
        self._changed = threading.Condition()
        self._threads: list[threading.Thread] = []
        self._stopped = False
        self._virtual = 0.0

    def add(self, work: Work) -> None:
        """Serve ``work`` from now on; again after a change that may have made it due."""
        with self._changed:
            if id(work) not in self._entries:
                self._entries[id(work)] = _Entry(work, self._virtual)
            if not self._threads and not self._stopped:
                for number in range(self.n_threads):
                    thread = threading.Thread(target=self._serve, name=f"training-{number}", daemon=True)
                    self._threads.append(thread)
                    thread.start()
            self._changed.notify()

    def remove(self, work: Work) -> None:
        """Serve ``work`` no more; a slice that is under way ends first."""
        with self._changed:
            self._entries.pop(id(work), None)

    def stop(self) -> None:
        """End the threads and wait for them."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(timeout=5.0)

    def _next(self) -> tuple[_Entry | None, float]:
        """The entry to serve now, or how long (seconds) there is none. Call with the lock held."""
        now = time.monotonic()
        best: _Entry | None = None
        wait = IDLE
        for entry in self._entries.values():
            if entry.busy:
                continue
            due = entry.work.due(now)
            if due is None:
                continue
            if due > now:
                wait = min(wait, due - now)
            elif best is None or entry.clock < best.clock:
                best = entry
        return best, wait

    def _serve(self) -> None:
        while True:
            with self._changed:
                entry, wait = self._next()
                if self._stopped:
                    return
                if entry is None:
                    self._changed.wait(wait)
                    continue
                entry.busy = True
                # Time spent idle is not saved up: who comes back starts level with who is served now.
                self._virtual = entry.clock = max(entry.clock, self._virtual)
            started = time.perf_counter()
            try:
                entry.work.advance(SLICE)
            except Exception:
                log.exception("a session failed and is no longer served")
                self.remove(entry.work)
            finally:
                with self._changed:
                    entry.clock += time.perf_counter() - started
                    entry.busy = False
                    self._changed.notify()
