"""A view as the parameter of an address: ``components``, or ``petal_length,petal_width~sepal_length:6.1``.

A column goes by its name, or by ``#`` and its number, counted from 1, where the name would be misread or is not the
only one of its kind, and throughout where the names would make the address long.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import quote

from playground.data.plane import View
from playground.data.points import MAX_MAGNITUDE
from playground.registry import InvalidValue, number

COMPONENTS = "components"
FIELD = "plane"
LONG = 600
"""Characters of a parameter, as an address holds them, from which on columns go by their numbers."""
MOST = 6_000
"""Characters of a parameter that are read."""
READABLE = 20
"""Names that a refusal lists."""

_MISREAD = re.compile(r"[,:~]|^#|^components$|^\s|\s$")


def to_text(view: View, names: Sequence[str]) -> str:
    """The parameter of a checked view of columns of these names."""
    if view.kind == "components":
        return COMPONENTS
    written = _written(view, [_name(names, i) for i in range(len(names))])
    if len(quote(written)) > LONG:
        return _written(view, [_number(i) for i in range(len(names))])
    return written


def _written(view: View, names: Sequence[str]) -> str:
    held = [f"{names[i]}:{value:.10g}" for i, value in enumerate(view.held or ()) if value is not None]
    return "~".join([f"{names[view.across]},{names[view.down]}", *held])


def _name(names: Sequence[str], i: int) -> str:
    misread = _MISREAD.search(names[i]) or list(names).count(names[i]) > 1
    return _number(i) if misread else names[i]


def _number(i: int) -> str:
    return f"#{i + 1}"


def from_text(written: str, names: Sequence[str]) -> View:
    """The view that a parameter asks for, checked. Raises InvalidValue for ``plane`` or ``plane.<column>``."""
    d = len(names)
    if d < 3:
        raise InvalidValue(FIELD, "plane.no_choice", written[:80], n=d)
    if len(written) > MOST:
        raise InvalidValue(FIELD, "plane.written", written[:80])
    if written == COMPONENTS:
        return View("components").check(d)
    sides, *rest = written.split("~")
    pair = sides.split(",")
    if len(pair) != 2:
        raise InvalidValue(FIELD, "plane.written", written[:80])
    across, down = (_column(name, names) for name in pair)
    if across == down:
        raise InvalidValue(FIELD, "plane.same", sides[:80])
    held: list[float | None] = [None] * d
    for entry in rest:
        name, colon, value = entry.rpartition(":")
        if not colon:
            raise InvalidValue(FIELD, "plane.written", entry[:80])
        i = _column(name, names)
        where = f"{FIELD}.{names[i]}"
        try:
            held[i] = number(where, 0.0, -MAX_MAGNITUDE, MAX_MAGNITUDE).check(float(value))
        except ValueError as error:
            if isinstance(error, InvalidValue):
                raise
            raise InvalidValue(where, "plane.value", value[:80]) from None
    return View("columns", across, down, tuple(held)).check(d)


def _column(name: str, names: Sequence[str]) -> int:
    numbered = re.fullmatch(r"#(\d{1,3})", name)
    if numbered and 1 <= int(numbered[1]) <= len(names):
        return int(numbered[1]) - 1
    if name not in names:
        raise InvalidValue(FIELD, "plane.column", name[:80], choices=", ".join(names[:READABLE]))
    return list(names).index(name)
