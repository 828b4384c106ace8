"""Lines of equal height on a grid, by marching squares."""

from __future__ import annotations

import numpy as np
import pandas as pd


def isolines(x: np.ndarray, y: np.ndarray, heights: np.ndarray, levels: np.ndarray) -> pd.DataFrame:
    """The lines as short segments, one for each cell of the grid that a line crosses.

    Args:
        x: (n,), columns of the grid.
        y: (m,), its rows.
        heights: (m, n).
        levels: heights to draw.

    Returns:
        Columns ``level``, ``x``, ``y``, ``x2``, ``y2``. A cell with four crossings (a saddle) gets two segments.
    """
    parts = [_segments(x, y, heights, float(level)) for level in levels]
    names = ["level", "x", "y", "x2", "y2"]
    return pd.DataFrame(np.concatenate(parts) if parts else np.empty((0, 5)), columns=names)


def _segments(x: np.ndarray, y: np.ndarray, heights: np.ndarray, level: float) -> np.ndarray:
    left, right = np.meshgrid(x[:-1], y[:-1]), np.meshgrid(x[1:], y[1:])
    low, high = heights[:-1], heights[1:]
    corners = (
        (left[0], left[1], low[:, :-1]),
        (right[0], left[1], low[:, 1:]),
        (right[0], right[1], high[:, 1:]),
        (left[0], right[1], high[:, :-1]),
    )
    crossed, places = [], []
    for (xa, ya, a), (xb, yb, b) in zip(corners, (*corners[1:], corners[0]), strict=True):
        hit = (a < level) != (b < level)
        share = np.divide(level - a, b - a, out=np.zeros_like(a), where=hit)
        crossed.append(hit)
        places.append((xa + share * (xb - xa), ya + share * (yb - ya)))
    found = []
    edges = np.array(crossed)
    count = edges.sum(axis=0)
    for i in range(4):
        for j in range(i + 1, 4):
            # with four crossings only neighbouring edges (0, 1) and (2, 3) are joined
            joined = edges[i] & edges[j] & ((count == 2) | ((count == 4) & (j == i + 1) & (i % 2 == 0)))
            ends = [places[i][0], places[i][1], places[j][0], places[j][1]]
            columns = [values[joined] for values in ends]
            found.append(np.column_stack([np.full(int(joined.sum()), level), *columns]))
    return np.concatenate(found)
