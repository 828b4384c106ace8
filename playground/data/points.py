"""Points that a user uploaded, painted or edited: an immutable table of inputs and a target."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from playground.registry import InvalidValue, no_choice
from playground.text.characters import all_seen

MAX_ROWS = 5000
MAX_INPUTS = 64
MAX_CLASSES = 10
MAX_NAME_LENGTH = 60
MAX_MAGNITUDE = 1e9
"""Larger numbers are refused: their squares would crowd float32."""

Part = Literal["train", "validation", "test"]
PARTS: tuple[Part, ...] = get_args(Part)
"""To learn from, to choose by, to judge by; in this order they stand where all points stand together."""

Row = tuple[float | None, ...]
"""The inputs, None where one is missing, then the target."""
Domain = tuple[tuple[float, float], tuple[float, float]]


@dataclass(frozen=True)
class Points:
    """At most 5,000 rows of 1 to 64 inputs and a target.

    Args:
        x_names: names of the inputs.
        target_name: name of the target.
        class_names: 2 to 10 names; empty for regression.
        rows: ``(x1, …, xd, y)`` each; y is the class's index from 0, or the value in regression. An input may be
            missing (None or nan, kept as None). May be empty (a painter's blank sheet); training then refuses them.
        domain: of two inputs, ``((x1 low, x1 high), (x2 low, x2 high))`` of the map, None to follow the points. A
            painter fixes it, or the map would move under the brush.
        target_scale: of a regression, ``(mean, sd)``: the network learns (y − mean) / sd instead of the value y, and
            what is said of it is in the unit of y; None for the value itself.
        parts: of each row the part that it belongs to, ``"train"``, ``"validation"`` or ``"test"``, where the points
            come with parts of their own; empty where an experiment deals them out.

    Raises:
        InvalidValue: names the refused entry, as in ``points.rows[3]``.
    """

    x_names: tuple[str, ...] = ("x1", "x2")
    target_name: str = "y"
    class_names: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    domain: Domain | None = None
    target_scale: tuple[float, float] | None = None
    parts: tuple[Part, ...] = ()

    def __post_init__(self) -> None:
        x_names = _names("points.x_names", self.x_names, 1, MAX_INPUTS)
        classes = self.class_names
        if len(_listed("points.class_names", classes, 0, MAX_CLASSES)) != 0:
            classes = _names("points.class_names", classes, 2, MAX_CLASSES)
            if len(set(classes)) < len(classes):
                raise InvalidValue("points.class_names", "points.distinct", list(classes))
        object.__setattr__(self, "x_names", x_names)
        object.__setattr__(self, "target_name", _name("points.target_name", self.target_name))
        object.__setattr__(self, "class_names", tuple(classes))
        object.__setattr__(self, "rows", _rows(self.rows, len(x_names), len(classes)))
        object.__setattr__(self, "domain", _domain(self.domain, len(x_names)))
        object.__setattr__(self, "target_scale", _target_scale(self.target_scale, classes))
        object.__setattr__(self, "parts", _parts(self.parts, len(self.rows)))

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:  # kept: every look-up of prepared data asks for it
        return hash(tuple(getattr(self, name) for name in FIELDS))

    @property
    def X(self) -> NDArray[np.float64]:
        """The inputs, float64 ``(n, d)``, nan where one is missing."""
        d = len(self.x_names)
        return np.array([row[:d] for row in self.rows], dtype=np.float64).reshape(-1, d)

    @property
    def y(self) -> NDArray[Any]:
        """Classes as int64 ``(n,)``, or values as float32 ``(n,)`` in regression."""
        dtype = np.int64 if self.class_names else np.float32
        return np.array(self.targets, dtype=dtype)

    @property
    def targets(self) -> list[float]:
        """The targets as they stand in the rows."""
        return [row[-1] for row in self.rows]  # type: ignore[misc]  # a target is never missing

    @cached_property
    def part_sizes(self) -> tuple[int, int, int]:
        """How many rows belong to each of ``PARTS``; all 0 where an experiment deals them out."""
        counts = Counter(self.parts)
        return counts["train"], counts["validation"], counts["test"]

    def append(self, rows: Iterable[Row]) -> Points:
        """The points with more of them at the end, to train on. Raises InvalidValue beyond 5,000."""
        more = tuple(rows)
        added: Part = "train"
        parts = (*self.parts, *((added,) * len(more))) if self.parts else ()
        return replace(self, rows=(*self.rows, *more), parts=parts)

    def first(self, n: int) -> Points:
        """The first ``n`` of the points."""
        return replace(self, rows=self.rows[:n], parts=self.parts[:n])

    def without(self, indices: Iterable[int]) -> Points:
        """The points without the rows of these indices; indices that do not exist are ignored."""
        gone = set(indices)
        kept = [i for i in range(len(self.rows)) if i not in gone]
        parts = tuple(self.parts[i] for i in kept) if self.parts else ()
        return replace(self, rows=tuple(self.rows[i] for i in kept), parts=parts)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; ``domain``, ``target_scale`` and ``parts`` only where there are some."""
        result: dict[str, Any] = {
            "x_names": list(self.x_names),
            "target_name": self.target_name,
            "class_names": list(self.class_names),
            "rows": [list(row) for row in self.rows],
        }
        if self.domain is not None:
            result["domain"] = [list(span) for span in self.domain]
        if self.target_scale is not None:
            result["target_scale"] = list(self.target_scale)
        if self.parts:
            result["parts"] = list(self.parts)
        return result

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Points:
        """Read ``to_dict``'s result. Raises InvalidValue."""
        if not isinstance(fields, Mapping):
            raise InvalidValue("points", "points.object", fields)
        for name in fields:
            if name not in FIELDS:
                raise no_choice(f"points.{name}"[:80], FIELDS, name)
        return cls(**fields)


FIELDS = tuple(Points.__dataclass_fields__)


def _parts(value: Any, rows: int) -> tuple[Part, ...]:
    if not isinstance(value, (list, tuple)) or len(value) not in (0, rows):
        raise _not_listed("points.parts", value, rows, rows)
    for i, part in enumerate(value):
        if part not in PARTS:
            raise no_choice(f"points.parts[{i}]", PARTS, part)
    return tuple(value)


def _target_scale(value: Any, classes: Any) -> tuple[float, float] | None:
    if value is None:
        return None
    good = (
        isinstance(value, (list, tuple)) and len(value) == 2 and all(map(_is_number, value)) and value[1] > 0
    )
    if not good or classes:
        raise InvalidValue("points.target_scale", "points.target_scale", value)
    return (float(value[0]), float(value[1]))


def _listed(where: str, value: Any, fewest: int, most: int) -> list[Any] | tuple[Any, ...]:
    if not isinstance(value, (list, tuple)):
        raise _not_listed(where, value, fewest, most)
    return value


def _not_listed(where: str, got: object, fewest: int, most: int) -> InvalidValue:
    return InvalidValue(where, "expected.list", got, low=fewest, high=f"{most:,}")


def _name(where: str, value: Any) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_NAME_LENGTH or not all_seen(value):
        raise InvalidValue(where, "points.name", value, most=MAX_NAME_LENGTH)
    return value


def _names(where: str, value: Any, fewest: int, most: int) -> tuple[Any, ...]:
    names = _listed(where, value, fewest, most)
    if not fewest <= len(names) <= most:
        raise _not_listed(where, value, fewest, most)
    return tuple(_name(f"{where}[{i}]", name) for i, name in enumerate(names))


def _rows(value: Any, inputs: int, classes: int) -> tuple[Row, ...]:
    rows = _listed("points.rows", value, 0, MAX_ROWS)
    if len(rows) > MAX_ROWS:
        raise InvalidValue("points.rows", "csv.many_rows", most=f"{MAX_ROWS:,}", n=f"{len(rows):,}")
    result: list[Row] = []
    for i, row in enumerate(rows):
        if not isinstance(row, (list, tuple)) or len(row) != inputs + 1 or not _is_number(row[-1]):
            raise _row_refused(i, row, inputs, classes)
        x, y = row[:-1], row[-1]
        if not all(_is_missing(value) or _is_number(value) for value in x):
            raise _row_refused(i, row, inputs, classes)
        if classes:
            if y != int(y) or not 0 <= y < classes:
                raise _row_refused(i, row, inputs, classes)
            y = int(y)
        else:
            y = float(y)
        result.append((*(None if _is_missing(value) else float(value) for value in x), y))
    return tuple(result)


def _row_refused(index: int, row: object, inputs: int, classes: int) -> InvalidValue:
    where, last = f"points.rows[{index}]", max(0, classes - 1)
    names = "x1, x2, y" if inputs == 2 else "x1, y" if inputs == 1 else f"x1, …, x{inputs}, y"
    if classes:
        return InvalidValue(where, "points.row_of_class", row, last=last, names=names)
    return InvalidValue(where, "points.row_of_value", row, names=names)


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, (float, np.floating)) and math.isnan(value))


def _is_number(value: Any) -> bool:
    """Whether ``value`` is a finite real number of bearable size (NumPy's scalars included)."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.integer, np.floating)):
        return False
    return bool(-MAX_MAGNITUDE <= value <= MAX_MAGNITUDE) and math.isfinite(value)


def _domain(value: Any, inputs: int) -> Domain | None:
    if value is None:
        return None
    if inputs != 2:
        raise InvalidValue("points.domain", "points.domain_of_two", inputs)
    spans = (
        [_span(span) for span in value] if isinstance(value, (list, tuple)) and len(value) == 2 else [None]
    )
    if None in spans:
        raise InvalidValue("points.domain", "points.domain", value)
    return (spans[0], spans[1])  # type: ignore[return-value]


def _span(value: Any) -> tuple[float, float] | None:
    """A low and a higher end; None for anything else."""
    if not isinstance(value, (list, tuple)) or len(value) != 2 or not all(map(_is_number, value)):
        return None
    low, high = float(value[0]), float(value[1])
    return (low, high) if high - low > 1e-9 * max(abs(low), abs(high)) else None
