"""Columns of text as numbers: decimal commas, groups of thousands, signs, percent, currencies, missing marks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MISSING_TEXTS = ("", "nan", "null", "?", "n/a", "#n/a", "<na>")
"""What stands for a missing cell in any column, in lower case."""

MISSING_NUMBERS = (
    *MISSING_TEXTS,
    "na",
    "none",
    "-",
    "--",
    "–",
    "—",
    ".",
    "#div/0!",
    "#value!",
    "#ref!",
    "결측",
    "없음",
)
"""What stands for a missing cell in a column of numbers. In one of text NA and None may be names."""

CURRENCIES = "€$£¥₩￦"
_SIGNS = r"^[\s+]+|[\s]+$"
_POINT = r"^-?(\d+|[1-9]\d{0,2}(,\d{3})+)?(\.\d*)?([eE][+-]?\d+)?$"
_COMMA = r"^-?(\d+|[1-9]\d{0,2}(\.\d{3})+)?(,\d*)?([eE][+-]?\d+)?$"
_DECORATED = re.compile(
    rf"[+\-\u2212\u2013\ufe63\uff0d]?\s*[{CURRENCIES}]?\s*[+\-\u2212]?[\d.,\s'’]*\d[\d.,]*([eE][+-]?\d+)?\s*[{CURRENCIES}%％원円]?"
)

_FIRM_COMMA = re.compile(r"-?\d+,(\d{1,2}|\d{4,})")
"""A comma that parts no thousands."""

LIKELY = 0.5
"""Share of the first cells that must look like numbers before a whole column is tried."""


@dataclass(frozen=True)
class Numbers:
    """A column read as numbers.

    Args:
        values: float64 ``(n_rows,)``, nan where a cell is missing.
        mark: the decimal mark that the cells need, ``"."`` or ``","``; "" where both would do.
        grouped: whether every comma could be a decimal or a group's, and groups of thousands were read.
        percent, currency: whether cells had such a sign.
        odd: rows that hold something else and were left out.
    """

    values: NDArray[np.float64]
    mark: str = ""
    grouped: bool = False
    percent: bool = False
    currency: bool = False
    odd: tuple[int, ...] = ()


def looks_numeric(cell: str) -> bool:
    """Whether a single cell could stand in a column of numbers."""
    cell = cell.strip()
    return bool(_DECORATED.fullmatch(cell)) or cell.lower() in ("inf", "-inf")


def number_of(cell: str) -> float:
    """A single cell in a column that holds other things too; nan where it is no plain number."""
    try:
        return float(cell) if looks_numeric(cell) else float("nan")
    except ValueError:
        return float("nan")


def missing(strings: Any, marks: tuple[str, ...]) -> Any:
    """Arrow strings with null where a cell is one of ``marks``."""
    import pyarrow as pa
    import pyarrow.compute as pc

    absent = pc.is_in(pc.utf8_lower(strings), value_set=pa.array(marks))
    return pc.if_else(absent, pa.scalar(None, pa.string()), strings)


def numbers(strings: Any, decimal: str | None = None) -> Numbers | None:
    """Read trimmed Arrow strings as numbers; None where they are none.

    Args:
        strings: the column.
        decimal: the table's decimal mark; None lets the column decide, in doubt for the point.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if decimal != ",":
        try:
            return Numbers(_floats(pc.cast(missing(strings, ("",)), pa.float64())))
        except pa.ArrowInvalid:
            pass  # marks, signs or commas, or no numbers: looked at below
    present = missing(strings, MISSING_NUMBERS)
    some = present.drop_null()[:200].to_pylist()
    if not some or sum(map(looks_numeric, some)) < LIKELY * len(some):
        return None
    if (
        decimal != "."
        and any(map(_FIRM_COMMA.fullmatch, some))
        and not pc.any(pc.match_substring(present, ".")).as_py()
    ):
        try:
            return Numbers(_floats(pc.cast(pc.replace_substring(present, ",", "."), pa.float64())), ",")
        except pa.ArrowInvalid:
            pass  # signs or groups: looked at below
    bare, percent, currency = _bare(present)
    styles = {".": _POINT, ",": _COMMA}
    fits = {mark: _fits(bare, rule) for mark, rule in styles.items()}
    wrong = {mark: int(pc.sum(pc.invert(fit)).as_py() or 0) for mark, fit in fits.items()}
    mark = (
        decimal
        if decimal in styles and wrong[decimal] == min(wrong.values())
        else min(wrong, key=wrong.__getitem__)
    )
    odd: tuple[int, ...] = ()
    if wrong[mark]:
        count = len(bare) - bare.null_count
        if count < 20 or wrong[mark] > 0.02 * count:
            return None
        odd = tuple(np.flatnonzero(~fits[mark].fill_null(True).to_numpy(zero_copy_only=False)).tolist())
        bare = pc.if_else(fits[mark], bare, pa.scalar(None, pa.string()))
    commas = bool(pc.any(pc.match_substring(bare, ",")).as_py())
    points = bool(pc.any(pc.match_substring(bare, ".")).as_py())
    both = wrong["."] == wrong[","]
    group, point = (",", ".") if mark == "." else (".", ",")
    plain = pc.replace_substring(pc.replace_substring(bare, group, ""), point, ".")
    needs = "" if both or not (commas or points) else mark
    grouped = both and decimal is None and commas
    return Numbers(_floats(pc.cast(plain, pa.float64())), needs, grouped, percent, currency, odd)


def _floats(column: Any) -> NDArray[np.float64]:
    return np.array(column.to_numpy(zero_copy_only=False), dtype=np.float64)


def _fits(bare: Any, rule: str) -> Any:
    """Whether each cell is a number under a rule; a rule alone also takes signs without a digit."""
    import pyarrow.compute as pc

    return pc.and_(
        pc.match_substring_regex(bare, rule), pc.match_substring_regex(bare, r"^-?[.,]?\d|^-?inf$")
    )


def _bare(present: Any) -> tuple[Any, bool, bool]:
    """Cells without signs of currency and percent, spaces and apostrophes between digits, plus signs."""
    import pyarrow.compute as pc

    def has(pattern: str) -> bool:
        return bool(pc.any(pc.match_substring_regex(present, pattern)).as_py())

    percent, currency = has("[%％]$"), has(f"[{CURRENCIES}원円]")
    bare = pc.replace_substring_regex(present, "[\u2212\u2013\ufe63\uff0d]", "-")
    bare = pc.replace_substring_regex(bare, rf"^([+-]?)\s*[{CURRENCIES}]\s*|\s*[{CURRENCIES}%％원円]$", r"\1")
    bare = pc.replace_substring_regex(bare, r"^\+|\s+$", "")
    # twice, as neighbouring groups share a digit
    for _ in range(2):
        bare = pc.replace_substring_regex(bare, r"(\d)[\x{a0}\x{202f}\x{2009} '’](\d{3})", r"\1\2")
    return bare, percent, currency
