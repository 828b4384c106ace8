"""The C library's heap: memory that visitors leave goes to those who come, or back to the system."""

from __future__ import annotations

import ctypes
import sys

ARENA_MAX = -8
"""``M_ARENA_MAX`` of glibc's ``mallopt``."""
ARENAS = 2
"""Of its own accord glibc makes eight for each core, one a thread, and what is left in one serves no other thread: a
soak of twenty learners had 94 MB lying about after five minutes, and 4 with two. Memory is asked for with Python's lock
held, so nobody waits for the few."""


def few_arenas() -> None:
    """Let all threads that start from now on share two heaps. Nothing where the C library has no such choice."""
    _call("mallopt", ARENA_MAX, ARENAS)


def trim() -> None:
    """Give back to the system what lies free. Nothing where the C library cannot."""
    _call("malloc_trim", 0)


def _call(name: str, *arguments: int) -> None:
    function = getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
    if function is not None:
        function(*arguments)
