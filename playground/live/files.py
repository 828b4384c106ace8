"""How many files the process may hold open: sockets are files, and each visitor needs some."""

from __future__ import annotations

import logging

WANTED = 65_536
"""Open files that are asked for at start; the system's hard limit may allow fewer."""
RESERVED = 512
"""Files of the process itself, and those that Streamlit holds for visits that have ended (three each, of about 128)."""
FILES_PER_SESSION = 5
"""Files that an open visit takes."""

log = logging.getLogger(__name__)


def raise_limit() -> int | None:
    """Raise the limit on open files as far as the system allows; what it is now, None where there is none."""
    try:
        import resource
    except ModuleNotFoundError:  # Windows has no such limit
        return None
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = WANTED if hard == resource.RLIM_INFINITY else min(hard, WANTED)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        soft = most
    return None if soft == resource.RLIM_INFINITY else soft


def places(wanted: int) -> int:
    """How many visits the limit on open files has room for, ``wanted`` at most; says so when there are fewer."""
    limit = raise_limit()
    room = wanted if limit is None else max(1, (limit - RESERVED) // FILES_PER_SESSION)
    if room < wanted:
        log.warning("the limit of %s open files leaves room for %d visits, not %d", limit, room, wanted)
    return min(wanted, room)
