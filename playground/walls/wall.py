"""A wall as a value: what its networks have in common, and where each stands in the plane of two settings."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from playground.experiment import Experiment
from playground.tuning.samples import log_range, points

COUNTS = (25, 49, 100, 225, 400)
"""How many networks a wall may have."""
ARRANGEMENTS = ("grid", "random")
DEPTH = 4
"""Rectangles that lie inside each other at most."""
LEAST = 0.02
"""A side of a rectangle, as a share of what it lies in, at least."""
GOOD = 2.0
"""Losses up to this many times the smallest count as good."""

Box = tuple[float, float, float, float]
"""A rectangle of the plane: left, right, bottom, top, as shares of the whole range."""
WHOLE: Box = (0.0, 1.0, 0.0, 1.0)


@dataclass(frozen=True)
class Side:
    """A setting that differs along one side of the wall.

    Args:
        field: of an experiment.
        low, high: its values at the ends.
    """

    field: str
    low: float
    high: float

    @property
    def log(self) -> bool:
        """Whether equal distances are equal factors: where it begins above zero."""
        return self.low > 0

    def values(self, shares: Sequence[float] | np.ndarray) -> list[float]:
        """What stands at these shares of the whole side: to three digits, or two decimals where it is not logarithmic,
        as networks on the same data learn together."""
        if self.log:
            return [float(f"{value:.3g}") for value in log_range(np.asarray(shares), self.low, self.high)]
        return [
            round(float(value), 2)
            for value in self.low + (self.high - self.low) * np.asarray(shares, dtype=float)
        ]


@dataclass(frozen=True)
class Wall:
    """Networks that differ in two settings.

    Args:
        base: what they have in common.
        x, y: the settings, from left to right and from bottom to top.
        count: how many networks, one of ``COUNTS``.
        arrangement: ``"grid"``, or ``"random"``: scattered over the plane.
        boxes: where the search has been refined, each inside the one before; the networks stand in the last.
        epochs: after how many it pauses.
    """

    base: Experiment
    x: Side
    y: Side
    count: int = 100
    arrangement: str = "grid"
    boxes: tuple[Box, ...] = ()
    epochs: int = 20

    @property
    def box(self) -> Box:
        """The part of the plane that is searched."""
        return self.boxes[-1] if self.boxes else WHOLE

    @property
    def places(self) -> np.ndarray:
        """Where each network stands within ``box``, as shares (n, 2); a grid row by row from the bottom."""
        if self.arrangement == "random":
            return points("random", self.count, self.base.seed + len(self.boxes))
        return points("grid", self.count)[:, ::-1]

    @property
    def experiments(self) -> list[Experiment]:
        """One a place."""
        left, right, bottom, top = self.box
        shares = np.array([left, bottom]) + self.places * np.array([right - left, top - bottom])
        return [
            self.base.replace(**{self.x.field: x, self.y.field: y})
            for x, y in zip(self.x.values(shares[:, 0]), self.y.values(shares[:, 1]), strict=True)
        ]


def nested(numbers: Sequence[float]) -> tuple[Box, ...]:
    """Rectangles from a list of numbers, as an address holds them; what is not inside the one before is left out."""
    found: list[Box] = []
    for start in range(0, 4 * (len(numbers) // 4), 4):
        left, right, bottom, top = (float(number) for number in numbers[start : start + 4])
        outer = found[-1] if found else WHOLE
        inside = outer[0] <= left < right <= outer[1] and outer[2] <= bottom < top <= outer[3]
        wide = right - left >= LEAST * (outer[1] - outer[0]) and top - bottom >= LEAST * (outer[3] - outer[2])
        if inside and wide and len(found) < DEPTH:
            found.append((left, right, bottom, top))
    return tuple(found)


class Standing(NamedTuple):
    """How a wall's networks stand.

    Attributes:
        best: the number of the network with the lowest loss, None while there is none.
        good: how many have at most ``GOOD`` times that loss.
    """

    best: int | None
    good: int


def standing(losses: Sequence[float] | np.ndarray) -> Standing:
    """How many are nearly as good as the best; those without a finite loss are not."""
    found = np.asarray(losses, dtype=float)
    known = np.where(np.isfinite(found), found, math.inf)
    if not np.isfinite(known).any():
        return Standing(None, 0)
    best = int(known.argmin())
    return Standing(best, int((known <= GOOD * known[best]).sum()))
