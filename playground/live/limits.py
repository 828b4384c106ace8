"""What one server takes on, read once from the environment (the README lists the variables)."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

PREFIX = "PLAYGROUND_"


@dataclass(frozen=True)
class Limits:
    """Bounds of the live server. Each is set by ``PLAYGROUND_<NAME>``.

    Args:
        max_sessions: open experiments at once.
        max_playing: experiments that train at once, however little they cost.
        max_parameters: parameters of all open networks together.
        max_memory_mb: memory of all open experiments and races (MiB), beyond which no more are opened.
        workers: training threads; 0 means one for each core.
        frame_rate: most frames a second that a viewer is sent.
        min_frame_rate: frames a second that a full machine still aims at; who would leave the others with fewer does
            not play yet.
        grace_seconds: how long an experiment without a viewer is kept.
        commands_per_second: commands that a viewer may send, averaged over two seconds.
        message_bytes: size of the largest message that a viewer may send.
        viewers_per_session: sockets that one experiment serves.
        max_trials: trials that a visitor's search may have.
        max_search_seconds: seconds that a visitor's search may compute.
        allowed_origins: further origins (comma separated, as ``https://host``) whose pages may open a
            socket; the server's own always may, and those that Streamlit is set to trust.
    """

    max_sessions: int = 300
    max_playing: int = 300
    max_parameters: int = 3_000_000
    max_memory_mb: int = 4096
    workers: int = 0
    frame_rate: float = 60.0
    min_frame_rate: float = 5.0
    grace_seconds: float = 60.0
    commands_per_second: int = 60
    message_bytes: int = 65_536
    viewers_per_session: int = 3
    max_trials: int = 200
    max_search_seconds: float = 300.0
    allowed_origins: str = ""

    @property
    def threads(self) -> int:
        """Training threads: as asked for, or one for each core this process may use."""
        if self.workers:
            return self.workers
        if hasattr(os, "sched_getaffinity"):
            return len(os.sched_getaffinity(0))
        return os.cpu_count() or 1


@cache
def limits() -> Limits:
    """The bounds of this process.

    Raises:
        ValueError: a variable does not hold a non-negative number; the message names it.
    """
    given: dict[str, Any] = {}
    for field in fields(Limits):
        name = PREFIX + field.name.upper()
        text = os.environ.get(name, "")
        if not text:
            continue
        kind: Any = type(field.default)
        try:
            value = kind(text)
        except ValueError:
            raise ValueError(f"{name}: expected {kind.__name__}, got {text!r}") from None
        if kind is not str and value < 0:
            raise ValueError(f"{name}: expected a number that is not negative, got {text!r}")
        given[field.name] = value
    return Limits(**given)
