"""Bytes that visitors' things take: how much each kind may, and an estimate of what a value does.

A session's kinds: curves of the run (``history``), kept runs (``runs``), checkpoints (``marks``), what was done to the
run (``log``), what undo goes back to (``painted``), messages that wait for a page (``waiting``), the curves of a race
(``race``) or of a wall (``wall``), the pictures that a network learns from (``pictures``). Each is bounded by itself,
so that a full server is bounded too (``full``). Networks are bounded by ``Limits.max_parameters``.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterable, Mapping
from types import FunctionType, GeneratorType, MethodType, ModuleType
from typing import Any

import numpy as np

from playground.engine.history import COLUMNS, MAX_ROWS
from playground.live.limits import Limits

ROW_BYTES = 8 * len(COLUMNS)
HISTORY_BYTES = ROW_BYTES * MAX_ROWS
"""The curves of the current run: 7.2 MB."""
RUNS_BYTES = 8 << 20
"""All runs that a session keeps; the oldest make way."""
MARKS_BYTES = 2 << 20
"""The checkpoints of the current run; the least telling make way."""
LOG_BYTES = 2 << 20
"""What was done to the current run: 48 kB in its file, and for each number there an object here."""
PAINTED_BYTES = 3 << 20
"""What undo goes back to, the oldest makes way: 26 times 5,000 points."""
WAITING_BYTES = 1 << 20
"""Messages that wait for one viewer; beyond, nothing more is read from it."""
RACE_BYTES = 32 << 20
"""The curves of all networks of a race, and of its lanes: it ends before they take more."""
WALL_BYTES = 16 << 20
"""The curves of a wall's networks, likewise."""
PICTURES_BYTES = 24 << 20
"""The pictures that a network learns from and is tested on, as they are read and as they are computed with."""
RESULTS_BYTES = 256 << 20
"""Results of the chapters' computations, of all visitors; those that nobody has asked for longest make way."""
TABLES_BYTES = 256 << 20
"""Tables read from files, of all visitors, likewise."""

KINDS = ("history", "runs", "marks", "log", "painted", "waiting", "race", "wall", "pictures")
"""Of a session's memory."""
NETWORK_BYTES = 200
"""Bytes for a parameter of an open network: itself, its gradient, the optimizer's vectors (of L-BFGS twenty pairs), the
best ones so far, in float32."""

MOST_OBJECTS = 100_000
"""Objects that an estimate looks at."""


def session_bytes(bounds: Limits) -> int:
    """The most that an experiment, a race, a wall or a run on pictures takes besides its networks."""
    run = HISTORY_BYTES + RUNS_BYTES + MARKS_BYTES + LOG_BYTES + PAINTED_BYTES
    return (
        max(run, RACE_BYTES, WALL_BYTES, HISTORY_BYTES + PICTURES_BYTES)
        + bounds.viewers_per_session * WAITING_BYTES
    )


def full(bounds: Limits) -> int:
    """The most that all visitors of a full server take together, besides Streamlit's own."""
    sessions = bounds.max_sessions * session_bytes(bounds)
    return sessions + bounds.max_parameters * NETWORK_BYTES + RESULTS_BYTES + TABLES_BYTES


def size_of(*values: object) -> int:
    """Bytes that values take with everything they hold, about: arrays, tables and tensors by their data, generators by
    what they have under way. What belongs to the program (modules, classes, functions) counts nothing."""
    waiting: deque[object] = deque(values)
    seen: set[int] = set()
    total = 0
    while waiting and len(seen) < MOST_OBJECTS:
        value = waiting.popleft()
        if id(value) in seen or isinstance(value, (type, ModuleType, FunctionType, MethodType)):
            continue
        seen.add(id(value))
        data = _data(value)
        if data is not None:
            total += data
            continue
        total += sys.getsizeof(value, 64)
        waiting.extend(_held(value))
    return total


def _data(value: Any) -> int | None:
    """Bytes of a block of numbers or texts; None for what holds other objects."""
    if isinstance(value, np.ndarray):
        return int(value.nbytes) if value.dtype != object else None
    if isinstance(value, (str, bytes, int, float, bool, type(None))):
        return sys.getsizeof(value)
    if hasattr(value, "memory_usage") and hasattr(value, "to_numpy"):  # pandas
        usage = value.memory_usage(deep=True)
        return int(usage if isinstance(usage, (int, np.integer)) else usage.sum())
    if hasattr(value, "element_size") and hasattr(value, "nelement"):  # torch
        return int(value.element_size() * value.nelement())
    nbytes = getattr(value, "nbytes", None)  # pyarrow, and values of ours that know it
    return int(nbytes) if isinstance(nbytes, (int, np.integer)) else None


def _held(value: Any) -> Iterable[object]:
    if isinstance(value, np.ndarray):
        return value.ravel().tolist()
    if isinstance(value, Mapping):
        return [*value.keys(), *value.values()]
    if isinstance(value, (list, tuple, set, frozenset, deque)):
        return list(value)
    if isinstance(value, GeneratorType):
        frame = None if value.gi_running else value.gi_frame
        inner = value.gi_yieldfrom
        return [inner] if frame is None else [*frame.f_locals.values(), inner]
    slots = [getattr(value, name, None) for kind in type(value).__mro__ for name in _slots(kind)]
    return [*slots, *getattr(value, "__dict__", {}).values()]


def _slots(kind: type) -> Iterable[str]:
    slots = kind.__dict__.get("__slots__", ())
    return [slots] if isinstance(slots, str) else slots
