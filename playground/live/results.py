"""The computations that visitors have asked for, with their results: within a bound of bytes, for all together."""

from __future__ import annotations

import hashlib
import re
import secrets
import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from typing import Any, NamedTuple

from playground.live.jobs import Job
from playground.live.memory import RESULTS_BYTES
from playground.live.tables import tables

KEY_BYTES = 24
KEY = re.compile("[A-Za-z0-9_-]{32}")
"""A visitor's key: so many bytes in letters."""
MOST = 1_000
"""Computations that are kept at most, however small they are."""


class Key(NamedTuple):
    """Which computation.

    Args:
        what: it computes, with its settings.
        owner: the visitor it belongs to; None for all who ask for the same.
    """

    what: Hashable
    owner: object = None


class Results:
    """Jobs by key; whoever asks for one that has been let go gets it computed anew.

    Args:
        most_bytes: that all results take; those that nobody has asked for longest make way, never the last one.
    """

    def __init__(self, most_bytes: int = RESULTS_BYTES) -> None:
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._jobs: OrderedDict[Key, Job] = OrderedDict()

    def __len__(self) -> int:
        return len(self._jobs)

    @property
    def nbytes(self) -> int:
        """What they take, about."""
        return sum(job.nbytes for job in tuple(self._jobs.values()))

    @property
    def running(self) -> int:
        """Computations under way that somebody asks for."""
        now = time.monotonic()
        return sum(job.due(now) is not None for job in tuple(self._jobs.values()))

    def job(self, key: Key, steps: Callable[[], Iterator[tuple[float, Any]]], visitor: object) -> Job:
        """The computation of a key, anew if there is none or it has failed by a fault of ours.

        Args:
            steps: begins it.
            visitor: whose time a new one takes.
        """
        with self._lock:
            job = self._jobs.get(key)
            if job is None or (job.failed and job.refused is None):
                job = self._jobs[key] = Job(steps(), visitor)
            self._jobs.move_to_end(key)
            self._make_room()
        return job

    def anew(self, key: Key, steps: Callable[[], Iterator[tuple[float, Any]]], visitor: object) -> Job:
        """The computation of a key from its beginning, in the place of an earlier one. Arguments as of ``job``."""
        with self._lock:
            before = self._jobs.pop(key, None)
            if before is not None:
                before.stop()
            job = self._jobs[key] = Job(steps(), visitor)
            self._make_room()
        return job

    def _make_room(self) -> None:
        sizes = {key: job.nbytes for key, job in self._jobs.items()}
        total = sum(sizes.values())
        for key in list(self._jobs)[:-1]:
            if total <= self._most_bytes and len(self._jobs) <= MOST:
                return
            total -= sizes[key]
            self._jobs.pop(key).stop()

    def rest(self, owner: object, but: Key) -> None:
        """What belongs to a visitor rests, but for one."""
        with self._lock:
            for key, job in self._jobs.items():
                if key.owner is owner and key != but:
                    job.stop()

    def forget(self, owner: object) -> None:
        """Let go what belongs to a visitor."""
        with self._lock:
            for key in [key for key in self._jobs if key.owner is owner]:
                self._jobs.pop(key).stop()

    def stop(self) -> None:
        """Let all computations rest."""
        with self._lock:
            for job in self._jobs.values():
                job.stop()


results = Results()
"""Those of this process."""


class Visitor:
    """Somebody for as long as their visit is remembered; with this, which only the visit holds, their results go.

    Args:
        key: of an earlier visit that this server no longer knows; None: a new one, which nobody can guess.

    Attributes:
        token: what their computations belong to.
        key: what the visitor's tab remembers the visit by; stands in no link and is told to nobody else.
    """

    def __init__(self, key: str | None = None) -> None:
        self.token = object()
        self.key = key or secrets.token_urlsafe(KEY_BYTES)
        _visitors[self.key] = self
        weakref.finalize(self, _gone, self.token).atexit = False

    @property
    def name(self) -> str:
        """What may be kept of theirs stands under this; the key cannot be told from it."""
        return hashlib.sha256(self.key.encode()).hexdigest()[:16]


_visitors: weakref.WeakValueDictionary[str, Visitor] = weakref.WeakValueDictionary()


def visitor_of(key: object) -> Visitor | None:
    """The visitor who was given a key: as they were while the server knows them; None for what is no key."""
    if not isinstance(key, str) or not KEY.fullmatch(key):
        return None
    return _visitors.get(key) or Visitor(key)


def _gone(token: object) -> None:
    """On a thread of its own: the visit may end in the middle of anything, also where results are locked."""
    threading.Thread(target=_forget, args=(token,), name="visit-ended", daemon=True).start()


def _forget(token: object) -> None:
    results.forget(token)
    tables.forget(token)
