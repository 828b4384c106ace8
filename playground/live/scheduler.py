"""Fair slices of computing on a few threads.

Every work has a clock of the compute time that it has had. A free thread serves the due work whose clock is
furthest behind, for one slice; so a heavy session costs a light one no more than its share, and a session that
waited for its speed limit does not catch up at the others' expense.

Work in the background (the computations of the chapters) has threads of its own, so that a long slice of it never
stands in front of a frame. It gets the time that those who play leave, ``BACKGROUND_SHARE`` of a thread at least, and
all of it when nobody plays.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from typing import Protocol

SLICE = 0.008
"""Seconds of training before a thread turns to another session."""
IDLE = 0.5
"""Longest sleep of a thread that has nothing to do."""
BACKGROUND_SHARE = 0.12
"""Share of one thread that the background has at least, however many play."""
LOAD_SECONDS = 0.5
"""Over how long it is measured how busy those who play keep the threads."""
QUIET = 0.02
"""Share of the threads' time below which nobody is disturbed: the background may use every thread."""

log = logging.getLogger(__name__)


class Work(Protocol):
    """What the scheduler serves.

    Attributes:
        background: nobody watches a picture move meanwhile, so that it may wait for those who do.
    """

    background: bool

    def due(self, now: float) -> float | None:
        """When (monotonic seconds) the next slice may start; None while there is nothing to do."""
        ...

    def advance(self, seconds: float) -> None:
        """Work for about ``seconds``."""
        ...


class _Clock:
    """The compute time of one owner's works."""

    def __init__(self, time: float) -> None:
        self.time = time


class _Entry:
    def __init__(self, work: Work, owner: object, clock: _Clock) -> None:
        self.work = work
        self.owner = owner
        self.clock = clock
        self.busy = False
        self.failed = False
        """An exception came out of it: it is served again after the next ``wake``."""


class _Queue:
    """The works of one kind, and the threads that serve them. Call with the scheduler's lock held.

    Args:
        lock: the scheduler's.
    """

    def __init__(self, lock: threading.Lock) -> None:
        self.changed = threading.Condition(lock)
        self.entries: dict[int, _Entry] = {}
        self.threads: list[threading.Thread] = []
        self.virtual = 0.0
        """The clock of who was served last: time spent idle is not saved up."""
        self.busy = 0

    def add(self, work: Work, owner: object) -> None:
        shared = (entry.clock for entry in self.entries.values() if entry.owner is owner)
        self.entries[id(work)] = _Entry(work, owner, next(shared, None) or _Clock(self.virtual))

    def next(self, now: float) -> tuple[_Entry | None, float]:
        """The entry to serve now, or how long (seconds) there is none."""
        best: _Entry | None = None
        wait = IDLE
        for entry in self.entries.values():
            due = None if entry.busy or entry.failed else _due(entry, now)
            if due is None:
                continue
            if due > now:
                wait = min(wait, due - now)
            elif best is None or entry.clock.time < best.clock.time:
                best = entry
        return best, wait


def _due(entry: _Entry, now: float) -> float | None:
    try:
        return entry.work.due(now)
    except Exception:
        entry.failed = True
        log.exception("a work failed and rests")
        return None


class Scheduler:
    """Serves works on ``threads`` threads, and those of the background on as many of their own.

    Args:
        threads: number of threads, at least 1. They start with the first work of their kind.
    """

    def __init__(self, threads: int) -> None:
        self.n_threads = max(1, threads)
        self._lock = threading.Lock()
        self._stopped = False
        self._played = _Queue(self._lock)
        self._background = _Queue(self._lock)
        self._load = (0.0, 0.0)
        """Share of the threads' time that players took lately, and when that was (monotonic seconds)."""
        self._rest_until = 0.0
        """When the background may go on."""

    def __len__(self) -> int:
        return len(self._played.entries) + len(self._background.entries)

    def add(self, work: Work, owner: object = None) -> None:
        """Serve ``work`` from now on.

        Args:
            work: what to serve; one that is served already is woken.
            owner: works of one owner share their time; None: it is its own.
        """
        with self._lock:
            queue = self._queue(work)
            if id(work) not in queue.entries:
                queue.add(work, work if owner is None else owner)
            if not queue.threads and not self._stopped:
                name = "background" if work.background else "training"
                for number in range(self.n_threads):
                    thread = threading.Thread(
                        target=self._serve, args=(queue,), name=f"{name}-{number}", daemon=True
                    )
                    queue.threads.append(thread)
                    thread.start()
        self.wake(work)

    def wake(self, work: Work) -> None:
        """A change may have made ``work`` due. Nothing happens to what is not served."""
        with self._lock:
            queue = self._queue(work)
            entry = queue.entries.get(id(work))
            if entry is not None:
                entry.failed = False
                queue.changed.notify()

    def remove(self, work: Work) -> None:
        """Serve ``work`` no more; a slice that is under way ends first."""
        with self._lock:
            self._queue(work).entries.pop(id(work), None)

    def stop(self) -> None:
        """End the threads and wait for them."""
        with self._lock:
            self._stopped = True
            for queue in (self._played, self._background):
                queue.changed.notify_all()
        for thread in self._played.threads + self._background.threads:
            thread.join(timeout=5.0)

    def load(self, now: float) -> float:
        """Share of the threads' time, 0 to 1, that those who play took lately."""
        load, since = self._load
        return min(1.0, load * math.exp((since - now) / LOAD_SECONDS))

    def _queue(self, work: Work) -> _Queue:
        return self._background if work.background else self._played

    def _serve(self, queue: _Queue) -> None:
        while True:
            with self._lock:
                if self._stopped:
                    return
                entry, wait = self._next(queue, time.monotonic())
                if entry is None:
                    queue.changed.wait(wait)
                    continue
                entry.busy = True
                queue.busy += 1
                # Who comes back from a rest starts level with who is served now.
                queue.virtual = entry.clock.time = max(entry.clock.time, queue.virtual)
            started = time.perf_counter()
            failed = False
            try:
                entry.work.advance(SLICE)
            except Exception:
                failed = True
                log.exception("a work failed and rests")
            with self._lock:
                taken = time.perf_counter() - started
                entry.clock.time += taken
                entry.busy, entry.failed = False, failed
                queue.busy -= 1
                self._account(queue, taken, time.monotonic())
                queue.changed.notify()

    def _next(self, queue: _Queue, now: float) -> tuple[_Entry | None, float]:
        """The entry that a thread of ``queue`` serves now, or how long (seconds) it waits at most."""
        if queue is self._background:
            if now < self._rest_until:
                return None, self._rest_until - now
            if queue.busy and self.load(now) > QUIET:
                return None, IDLE
        return queue.next(now)

    def _account(self, queue: _Queue, taken: float, now: float) -> None:
        """A slice of ``taken`` seconds has ended."""
        load = self.load(now)
        if queue is self._played:
            self._load = (load + taken / (LOAD_SECONDS * self.n_threads), now)
        else:
            share = max(BACKGROUND_SHARE, 1.0 - load)
            self._rest_until = now + taken * (1.0 - share) / share if load > QUIET else 0.0
