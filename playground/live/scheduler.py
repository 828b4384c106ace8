"""The threads that serve sessions and computations in slices; ``playground.live.shares`` says whose turn it is."""

from __future__ import annotations

import logging
import threading
import time

from playground.live.shares import SLICE, Queue, Shares, Work

__all__ = ["SLICE", "Scheduler"]

log = logging.getLogger(__name__)


class Scheduler:
    """Serves works on ``threads`` threads, and those of the background on as many of their own.

    Args:
        threads: number of threads, at least 1. They start with the first work of their kind.
    """

    def __init__(self, threads: int) -> None:
        self.n_threads = max(1, threads)
        self._lock = threading.Lock()
        self._stopped = False
        self._shares = Shares(self.n_threads)
        """Read and changed with the lock held."""
        self._changed = {
            queue: threading.Condition(self._lock) for queue in (self._shares.played, self._shares.background)
        }
        self._threads: dict[Queue, list[threading.Thread]] = {}

    def __len__(self) -> int:
        with self._lock:
            return len(self._shares.played) + len(self._shares.background)

    def add(self, work: Work, owner: object = None) -> None:
        """Serve ``work`` from now on.

        Args:
            work: what to serve; one that is served already is woken.
            owner: works of one owner share their time; None: it is its own.
        """
        with self._lock:
            queue = self._shares.of(work)
            queue.add(work, work if owner is None else owner)
            if queue not in self._threads and not self._stopped:
                self._threads[queue] = self._start(queue, "background" if work.background else "training")
            self._changed[queue].notify()

    def _start(self, queue: Queue, name: str) -> list[threading.Thread]:
        threads = [
            threading.Thread(target=self._serve, args=(queue,), name=f"{name}-{number}", daemon=True)
            for number in range(self.n_threads)
        ]
        for thread in threads:
            thread.start()
        return threads

    def wake(self, work: Work) -> None:
        """A change may have made ``work`` due. Nothing happens to what is not served."""
        with self._lock:
            queue = self._shares.of(work)
            queue.wake(work)
            self._changed[queue].notify()

    def remove(self, work: Work) -> None:
        """Serve ``work`` no more; a slice that is under way ends first."""
        with self._lock:
            self._shares.of(work).remove(work)

    def stop(self) -> None:
        """End the threads and wait for them."""
        with self._lock:
            self._stopped = True
            for changed in self._changed.values():
                changed.notify_all()
        for threads in self._threads.values():
            for thread in threads:
                thread.join(timeout=5.0)

    def load(self, now: float) -> float:
        """Share of the threads' time, 0 to 1, that those who play took lately."""
        return self._shares.load(now)

    @property
    def slice(self) -> float:
        """Seconds that a slice of those who play may take."""
        return self._shares.played.slice

    @slice.setter
    def slice(self, seconds: float) -> None:
        self._shares.played.slice = seconds

    def lateness(self) -> float:
        """How late (seconds) the slices of those who play began on average since this was last asked."""
        with self._lock:
            return self._shares.played.lateness()

    def _serve(self, queue: Queue) -> None:
        changed = self._changed[queue]
        with self._lock:
            while not self._stopped:
                now = time.monotonic()
                entry, wait = self._shares.begin(queue, now)
                if entry is None:
                    changed.wait(wait)
                    continue
                if not entry.light:
                    changed.notify()  # another thread serves the others meanwhile
                self._lock.release()
                worked = time.thread_time()
                try:
                    failed = not self._advance(entry.work, queue.slice)
                finally:
                    worked = time.thread_time() - worked
                    self._lock.acquire()
                ended = time.monotonic()
                self._shares.end(queue, entry, ended - now, ended, failed, worked)

    @staticmethod
    def _advance(work: Work, seconds: float) -> bool:
        """One slice. Returns whether it went well."""
        try:
            work.advance(seconds)
        except Exception:
            log.exception("a work failed and rests")
            return False
        return True
