"""Time in tests: waiting for another thread, a clock that the test holds, a coroutine where a loop may already run."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def until(condition: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait until ``condition()`` holds; fails after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.005)


def alone(coroutine: Coroutine[None, None, T]) -> T:
    """What the coroutine returns, run in a thread: browser tests of the same process keep a loop in this one."""
    with ThreadPoolExecutor(1) as own:
        return own.submit(asyncio.run, coroutine).result()


class Clock:
    """Stands in for ``time`` in one module: it goes on when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        """The time that the test has set, in seconds."""
        return self.now

    def thread_time(self) -> float:
        """The processor's time of a thread, as if it was busy all the time."""
        return self.now

    @staticmethod
    def time() -> float:
        """The time of day."""
        return time.time()
