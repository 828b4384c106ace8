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


def news(
    history: History, viewer: Viewer, run: int, now: float, playing: bool
) -> tuple[np.ndarray, dict[str, Any]] | None:
    """The rows that a viewer lacks, by their indices, and where they go; None for nothing. It counts as sent.

    Once there are many rows it is a thinned whole, less often.

    Args:
        run: number of the run that the history is of.
        now: monotonic seconds.
    """
    last, sent = viewer.history_sent
    length = len(history)
    fresh = last != run or sent > length
    if not fresh and length == sent:
        return None
    whole = fresh or length > MOST_ROWS
    if whole:
        if now - viewer.history_time < (0.0 if fresh or not playing else LONG_INTERVAL):
            return None
        viewer.history_time = now
    viewer.history_sent = (run, length)
    if whole:
        return history.representative(MOST_ROWS), {"start": 0, "reset": True}
    return np.arange(sent, length), {"start": sent, "reset": False}
