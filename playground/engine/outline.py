"""Which rows of a growing history draw the same curve as all of them, found anew only where rows were added."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


class Outline:
    """At most ``n`` rows of a table that grows: first, last, and the lowest and highest of each stretch between them.

    All stretches but the last have one width, which grows with the table in steps of a third or a half. So nearly
    always only the rows of the last stretch are looked at.

    Args:
        n: largest number of rows, at least 8.
        columns: whose lowest and highest rows are kept. The first always counts, the others from the first finite
            value on: the losses of parts that have no points take no rows.
    """

    def __init__(self, n: int, columns: Sequence[int]) -> None:
        if n < 8:
            raise ValueError(f"a thinned history needs room for 8 rows, got {n}")
        self.n = n
        self.columns = tuple(columns)
        self.told = self.columns[:1]
        """Those of the columns that any row tells of."""
        self._seen = 0
        self._begin(1)

    def _begin(self, width: int) -> None:
        self._width = width
        self._whole = 0
        self._found = np.empty(0, np.int64)
        """Of so many whole stretches."""

    def rows(self, table: np.ndarray) -> np.ndarray:
        """Indices, int64 and rising.

        Args:
            table: (length, n columns). The same rows as before, and perhaps more.
        """
        length = len(table)
        if length <= self.n:
            return np.arange(length)
        told = tuple(c for c in self.columns if c in self.told or np.isfinite(table[self._seen :, c]).any())
        if told != self.told:
            self.told = told
            self._begin(self._width)
        self._seen = length
        columns = self.told
        stretches = (self.n - 2) // (2 * len(columns))
        between = length - 2
        if between > stretches * self._width:
            self._begin(_wider(-(-between // stretches)))
        width = self._width
        whole = between // width
        if whole > self._whole:
            fresh = table[1 + self._whole * width : 1 + whole * width]
            found = 1 + self._whole * width + _ends(fresh, width, columns)
            self._found = np.concatenate([self._found, found])
            self._whole = whole
        begun = 1 + whole * width
        parts = [np.array([0, length - 1]), self._found]
        if begun < length - 1:
            parts.append(begun + _ends(table[begun : length - 1], length - 1 - begun, columns))
        return np.unique(np.concatenate(parts))


def _wider(width: int) -> int:
    """The smallest of 1, 2, 3, 4, 6, 8, 12, 16 … that is not less."""
    power = 1 << (width - 1).bit_length()
    return 3 * power // 4 if width <= 3 * power // 4 and power >= 4 else power


def _ends(table: np.ndarray, width: int, columns: tuple[int, ...]) -> np.ndarray:
    """In each stretch of ``width`` rows those where a column is lowest and highest; nan counts for nothing."""
    starts = np.arange(0, len(table), width)
    keep = []
    for column in columns:
        values = np.ascontiguousarray(table[:, column]).reshape(-1, width)
        unknown = np.isnan(values)
        if unknown.any():
            keep.append(starts + np.where(unknown, np.inf, values).argmin(axis=1))
            keep.append(starts + np.where(unknown, -np.inf, values).argmax(axis=1))
        else:
            keep += [starts + values.argmin(axis=1), starts + values.argmax(axis=1)]
    return np.concatenate(keep)
