"""Computations of the chapters as work for the scheduler: in slices, in the background, for the visitor who asked."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from typing import Any, Literal

from playground.live import sessions
from playground.live.memory import size_of
from playground.registry import InvalidValue

Status = Literal["running", "stopped", "finished", "failed"]
MEASURE_SECONDS = 1.0
"""How often the memory of a computation that is under way is measured."""
UNWATCHED_SECONDS = 15.0
"""A job that nobody asks for that long rests until somebody does."""

log = logging.getLogger(__name__)


class Job:
    """A computation on its way.

    Args:
        steps: (share done from 0 to 1, the result so far) slice by slice; the last result is the complete one.
        owner: the visitor; jobs of one visitor share their time.
    """

    background = waits = True

    def __init__(self, steps: Iterator[tuple[float, Any]], owner: object = None) -> None:
        self._steps = steps
        self._owner = owner
        self._changed = threading.Condition()
        self._asked = time.monotonic()
        self._share = 0.0
        self._result: Any = None
        self._status: Status = "stopped"
        self._measured_at = self._asked
        self.nbytes = 0
        """Memory that result and computation take, about, when last measured."""
        self.error: Exception | None = None
        """What ended a job that failed."""
        self.opened = False
        """Whether its visitor has opened the test part of its result."""

    def look(self) -> tuple[Status, float, Any]:
        """Status, share done and the result so far; who looks keeps the job going."""
        with self._changed:
            rested = self._status == "running" and self.due(time.monotonic()) is None
            self._asked = time.monotonic()
            told = self._status, self._share, self._result
        if rested:
            sessions.server().scheduler.wake(self)
        return told

    @property
    def failed(self) -> bool:
        """Whether an error has ended it."""
        return self._status == "failed"

    @property
    def refused(self) -> InvalidValue | None:
        """Why what was asked for cannot be computed; the same again would be refused again."""
        return self.error if isinstance(self.error, InvalidValue) else None

    def go_on(self) -> None:
        """Start, or go on where it was stopped."""
        with self._changed:
            if self._status != "stopped":
                return
            self._status = "running"
            self._asked = time.monotonic()
        sessions.server().scheduler.add(self, self._owner)

    def stop(self) -> None:
        """Rest with what there is; a slice that is under way ends first."""
        with self._changed:
            if self._status == "running":
                self._status = "stopped"
        sessions.server().scheduler.remove(self)

    def open(self) -> None:
        """The visitor looks at the test part; that cannot be undone."""
        self.opened = True

    def wait(self, seconds: float) -> bool:
        """Until it is no longer running, at most so long. Returns whether that is so."""
        with self._changed:
            return self._changed.wait_for(lambda: self._status != "running", seconds)

    # --- what the scheduler does ----------------------------------------------------------------

    def due(self, now: float) -> float | None:
        """Now, while it runs and somebody asks for it."""
        return now if self._status == "running" and now - self._asked < UNWATCHED_SECONDS else None

    def advance(self, seconds: float) -> None:
        """Compute for about ``seconds``, at least one slice."""
        deadline = time.monotonic() + seconds
        while self._status == "running":
            try:
                share, result = next(self._steps)
            except StopIteration:
                self._end("finished")
                return
            except InvalidValue as error:
                self.error = error
                self._end("failed")
                return
            except Exception as error:
                log.exception("a computation of a chapter failed")
                self.error = error
                self._end("failed")
                return
            with self._changed:
                self._share, self._result = share, result
            if time.monotonic() >= self._measured_at + MEASURE_SECONDS:
                self._measure()
            if time.monotonic() >= deadline:
                return

    def _measure(self) -> None:
        self.nbytes = size_of(self._result, self._steps)
        self._measured_at = time.monotonic()

    def _end(self, status: Status) -> None:
        self._steps = iter(())
        self._measure()
        with self._changed:
            self._status = status
            self._changed.notify_all()
        sessions.server().scheduler.remove(self)
