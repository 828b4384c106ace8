"""Which rows of a run's history a viewer lacks."""

from __future__ import annotations

from typing import Any

import numpy as np

from playground.engine.history import History
from playground.live.viewer import Viewer

MOST_ROWS = 320
"""Rows beyond which a viewer gets a thinned whole."""
LONG_INTERVAL = 0.3
"""Seconds between two of those while the run plays."""
NO_EPOCHS = np.empty(0)


def news(
    history: History, viewer: Viewer, run: int, now: float, playing: bool
) -> tuple[np.ndarray, dict[str, Any]] | None:
    """The rows that a viewer lacks, by their indices, and where they go; None for nothing. It counts as sent.

    Once there are many rows it is a thinned whole, less often, of which those go that are not where they were: nearly
    always the few behind the last whole stretch of the ``Outline``.

    Args:
        run: number of the run that the history is of.
        now: monotonic seconds.
    """
    last, sent = viewer.history_sent
    length = len(history)
    fresh = last != run or sent > length
    if not fresh and length == sent:
        return None
    if fresh:
        viewer.history_epochs = NO_EPOCHS
    if not fresh and length <= MOST_ROWS:
        viewer.history_sent = (run, length)
        return np.arange(sent, length), {"start": sent, "reset": False}
    if now - viewer.history_time < (0.0 if fresh or not playing else LONG_INTERVAL):
        return None
    viewer.history_time = now
    viewer.history_sent = (run, length)
    rows = history.representative(MOST_ROWS)
    epochs = history.taken(rows)[:, 0]
    known = _agreeing(viewer.history_epochs, epochs)
    viewer.history_epochs = epochs
    return rows[known:], {"start": known, "reset": not known}


def _agreeing(one: np.ndarray, other: np.ndarray) -> int:
    """How many numbers two arrays begin with alike."""
    n = min(len(one), len(other))
    different = np.flatnonzero(one[:n] != other[:n])
    return int(different[0]) if len(different) else n
