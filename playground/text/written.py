"""How numbers are written, as the stage writes them: see ``playground/stage/static/shell/numbers.js``.

A true minus sign, a dash for none, powers of ten as such.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal

RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
LARGE, SMALL = 1e5, 1e-3
"""Absolute values from the first on, and those below the second but zero, are written as powers of ten."""

AS_PYTHON = re.compile(r"(-?)(\d[\d,]*(?:\.\d+)?)(?:e([+-]\d+))?")
"""A number as Python's formats write it: sign, digits, power of ten."""


def typeset(value: object) -> object:
    """A number that Python has written, as it is written here: ``"-3e-06"`` as −3×10⁻⁶; anything else as it is."""
    found = AS_PYTHON.fullmatch(str(value))
    if found is None or isinstance(value, bool):
        return value
    sign, digits, tens = found.groups()
    if not sign and not tens:
        return value
    return ("−" if sign else "") + digits + (f"×10{str(int(tens)).translate(RAISED)}" if tens else "")


def significant(value: float | None, digits: int = 3) -> str:
    """With about so many digits, one less below 1; for numbers that are compared."""

    def write(v: float) -> str:
        if v == 0:
            return "0"
        tens = math.floor(math.log10(abs(v)))
        return _fixed(v, max(0, digits - 1 - tens) if tens >= 0 else digits - 2 - tens)

    return _written(value, max(0, digits - 2), write)


def brief(value: float | None, digits: int = 3) -> str:
    """With so many significant digits at most and without trailing zeros; for places and axes."""

    def write(v: float) -> str:
        if v == 0:
            return "0"
        rounded = _fixed(v, digits - 1 - math.floor(math.log10(abs(v))))
        return rounded.rstrip("0").rstrip(".") if "." in rounded else rounded

    return _written(value, 1, write)


def percent(share: float | None) -> str:
    """A share from 0 to 1 as per cent; 100.0 only for all of it."""
    if share is None or math.isnan(share):
        return "–"
    tenths = math.floor(1000 * share + 0.5)
    return f"{(min(999, tenths) if share < 1 else tenths) / 10:.1f} %"


def amount(value: float | None) -> str:
    """``brief``, from a thousand on as a whole number, as prices are."""
    if value is not None and 1000 <= abs(value) < 1e9:
        return f"{math.floor(value + 0.5):,}"
    return brief(value)


def _fixed(value: float | Decimal, decimals: int) -> str:
    """Rounded half away from zero, as the browser does, and not half to even."""
    return f"{Decimal(value).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP):f}"


def _written(value: float | None, decimals: int, write: Callable[[float], str]) -> str:
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if abs(value) >= LARGE or 0 < abs(value) < SMALL:
        exact = Decimal(value)
        tens = exact.adjusted()
        head = _fixed(exact.scaleb(-tens), decimals)
        if abs(Decimal(head)) >= 10:
            tens, head = tens + 1, _fixed(exact.scaleb(-tens - 1), decimals)
        return f"{head}×10{str(tens).translate(RAISED)}".replace("-", "−")
    return write(value).replace("-", "−")
