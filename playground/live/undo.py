"""What an undo of painting goes back to: the points before each stroke, within a bound of bytes."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from playground.data.points import Part, Points
from playground.experiment import Experiment
from playground.live.memory import PAINTED_BYTES

MOST = 50
"""Strokes that can be undone."""


@dataclass(frozen=True, eq=False)
class _Before:
    """An experiment's data. The rows are kept as numbers: as objects they take six times the memory.

    Args:
        fields: of the experiment, but for the points. points: without their rows. rows: float64 (n, d + 1), nan where
            an input is missing. parts: of the points.
    """

    fields: dict[str, Any]
    points: Points | None
    rows: np.ndarray
    parts: tuple[Part, ...] = ()

    @classmethod
    def of(cls, experiment: Experiment) -> _Before:
        fields = {"dataset": experiment.dataset, "n_samples": experiment.n_samples}
        points = experiment.points
        if points is None:
            return cls(fields, None, np.empty((0, 3)))
        bare = replace(points, rows=(), parts=())
        return cls(fields, bare, np.column_stack([points.X, points.targets]), points.parts)

    def changes(self) -> dict[str, Any]:
        rows = tuple(map(tuple, self.rows.tolist()))
        points = self.points and replace(self.points, rows=rows, parts=self.parts)
        return {**self.fields, "points": points}


class Undo:
    """The last ``MOST`` states of the data, as far as they fit."""

    def __init__(self) -> None:
        self._before: deque[_Before] = deque(maxlen=MOST)

    def __len__(self) -> int:
        return len(self._before)

    @property
    def nbytes(self) -> int:
        """Memory that they take."""
        return sum(before.rows.nbytes for before in tuple(self._before))

    def keep(self, experiment: Experiment) -> None:
        """This is what the next undo goes back to; the oldest make way."""
        self._before.append(_Before.of(experiment))
        while len(self._before) > 1 and self.nbytes > PAINTED_BYTES:
            self._before.popleft()

    def take_back(self) -> dict[str, Any]:
        """The fields of the experiment before the last stroke. IndexError when there is none."""
        return self._before.pop().changes()
