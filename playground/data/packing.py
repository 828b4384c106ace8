"""Points as a short text for a link: exact, as whole numbers of a column's last decimal, packed bit by bit.

The text is base64 (RFC 4648, section 5, without padding) of a raw Deflate stream (RFC 1951). In it stand the length of
the head (two bytes, the higher one first), the head, a JSON list ``[x_names, target_name, class_names, domain, n,
[[lowest, bits, decimals], …]]`` with one entry for each column, inputs first, then the target (and behind these
``[mean, sd]`` where the target is scaled, else null, and 1 where a last column holds the rows' parts), and the bits:
row after row, in each row column after column, the highest bit first. A number is ``(lowest + bits) / 10^decimals``. A
column with missing cells has a fourth entry, 1: there 0 is a missing cell, and a number is ``(lowest + bits - 1) /
10^decimals``.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import zlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from playground.data.points import MAX_INPUTS, MAX_ROWS, PARTS, Points
from playground.keeping import kept_with_the_first
from playground.registry import InvalidValue

MOST_CHARACTERS = 3000
"""Of packed points, some 700 of two classes: a link that browsers, proxies and messengers still take."""
MOST_DECIMALS = 6
MOST_BITS = 30
MOST_BYTES = 40_000
"""Of an unpacked text: more than ``MOST_CHARACTERS`` of honest points take."""
STEPS = 1000
"""A rounded coordinate is exact to this share of its range, or better."""


@kept_with_the_first
def packed(points: Points) -> str | None:
    """The points as text of letters, digits, ``-`` and ``_``; None where they don't fit.

    They do not fit when the text is longer than 3,000 characters, or a number has more than six decimals.
    """
    if 4 * len(points.rows) > 6 * MOST_CHARACTERS:  # four bits a point are too few
        return None
    heads, bits = [], []
    columns: list[list[float | None]] = [
        [row[i] for row in points.rows] for i in range(len(points.x_names) + 1)
    ]
    if points.parts:
        columns.append([PARTS.index(part) for part in points.parts])
    for column in columns:
        whole = _whole_numbers([value for value in column if value is not None])
        if whole is None:
            return None
        numbers, decimals = whole
        gaps = len(numbers) < len(column)
        lowest = min(numbers, default=0)
        width = (max(numbers, default=0) - lowest + gaps).bit_length()
        if width > MOST_BITS:
            return None
        heads.append([lowest, width, decimals, *([1] if gaps else [])])
        known = iter(numbers)
        shifted = np.array(
            [0 if value is None else next(known) - lowest + gaps for value in column], dtype=np.int64
        )
        bits.append((shifted[:, None] >> np.arange(width - 1, -1, -1)) & 1)
    domain = [list(span) for span in points.domain] if points.domain else None
    head: list[Any] = [
        list(points.x_names),
        points.target_name,
        list(points.class_names),
        domain,
        len(points.rows),
        heads,
    ]
    if points.target_scale is not None or points.parts:
        head.append(points.target_scale and list(points.target_scale))
    if points.parts:
        head.append(1)
    told = json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode()
    body = np.packbits(np.concatenate(bits, axis=1).astype(np.uint8)).tobytes()
    deflate = zlib.compressobj(9, wbits=-15)
    data = deflate.compress(len(told).to_bytes(2, "big") + told + body) + deflate.flush()
    text = base64.urlsafe_b64encode(data).decode().rstrip("=")
    return text if len(text) <= MOST_CHARACTERS else None


def unpacked(text: str) -> Points:
    """The points of a text that ``packed`` gave. Raises InvalidValue: it is damaged, or holds what Points refuses."""
    try:
        fields = _read(text)
    except (ValueError, TypeError, OverflowError, RecursionError, zlib.error, binascii.Error):
        raise InvalidValue("points", "points.packed", text[:40]) from None
    return Points(**fields)


def _read(text: str) -> dict[str, Any]:
    """The fields of Points, not yet checked."""
    data = base64.b64decode(text + "=" * (-len(text) % 4), altchars="-_", validate=True)
    inflate = zlib.decompressobj(wbits=-15)
    plain = inflate.decompress(data, MOST_BYTES)
    if not inflate.eof:
        raise ValueError("too long, or cut off")
    size = int.from_bytes(plain[:2], "big")
    x_names, target, classes, domain, n, heads, *more = json.loads(plain[2 : 2 + size])
    scale = more[0] if more else None
    with_parts = more[1] if len(more) > 1 else 0
    if with_parts not in (0, 1) or len(more) > 2:
        raise ValueError("more than points hold")
    if not _is_whole(n, MAX_ROWS) or not 2 <= len(heads) <= MAX_INPUTS + 1 + with_parts:
        raise ValueError("no such number of points")
    for lowest, width, decimals, *gaps in heads:
        if not (_is_whole(width, MOST_BITS) and _is_whole(decimals, MOST_DECIMALS) and type(lowest) is int):
            raise ValueError("no such column")
        if gaps not in ([], [1]):
            raise ValueError("no such mark of missing cells")
    widths = [width for _, width, *_ in heads]
    if n * sum(widths) > 8 * MOST_BYTES:
        raise ValueError("more bits than there can be")
    bits = np.unpackbits(np.frombuffer(plain[2 + size :], np.uint8), count=n * sum(widths)).reshape(
        n, sum(widths)
    )
    columns: list[list[float | None]] = []
    start = 0
    for lowest, width, decimals, *gaps in heads:
        weights = 1 << np.arange(width - 1, -1, -1, dtype=np.int64)
        numbers = (bits[:, start : start + width] @ weights).tolist() if width else [0] * n
        if gaps:
            columns.append([(lowest + k - 1) / 10**decimals if k else None for k in numbers])
        else:
            columns.append([(lowest + number) / 10**decimals for number in numbers])
        start += width
    parts = [PARTS[int(k or 0)] for k in columns.pop()] if with_parts else []
    rows = list(zip(*columns, strict=True))
    return {
        "x_names": x_names,
        "target_name": target,
        "class_names": classes,
        "rows": rows,
        "domain": domain,
        "target_scale": scale,
        "parts": parts,
    }


def _is_whole(value: object, most: int) -> bool:
    return type(value) is int and 0 <= value <= most


def _whole_numbers(values: Sequence[float]) -> tuple[list[int], int] | None:
    """The values times the smallest power of ten that makes them whole, and the power; None if it is too large."""
    for decimals in range(MOST_DECIMALS + 1):
        scale = 10**decimals
        numbers = [round(value * scale) for value in values]
        if all(number / scale == value for number, value in zip(numbers, values, strict=True)):
            return numbers, decimals
    return None


def decimals_for(low: float, high: float) -> int:
    """Decimals of numbers between ``low`` and ``high``, so that a thousand or more of them are told apart; 0 to 6."""
    span = high - low
    if not span > 0:
        return MOST_DECIMALS
    return min(max(math.ceil(math.log10(STEPS / span)), 0), MOST_DECIMALS)


def decimals_of(points: Points) -> tuple[int, ...]:
    """Decimals that tell a thousandth of each column's range apart: of the inputs, and of the value in regression."""
    d = len(points.x_names)
    columns = [[value for row in points.rows if (value := row[i]) is not None] for i in range(d + 1)]
    spans = [(min(column, default=0.0), max(column, default=0.0)) for column in columns]
    if points.domain:
        spans[:2] = points.domain
    return tuple(decimals_for(*span) for span in (spans[:d] if points.class_names else spans))


def rounded(points: Points, decimals: Sequence[int] | None = None) -> Points:
    """The points with their numbers rounded, by default to a thousandth of their range or finer; classes stay."""
    places = (*(decimals_of(points) if decimals is None else decimals), MOST_DECIMALS)[
        : len(points.x_names) + 1
    ]
    rows = tuple(
        tuple(value if value is None else round(value, n) for value, n in zip(row, places, strict=True))
        for row in points.rows
    )
    return replace(points, rows=rows)


def how_many_fit(points: Points) -> int:
    """How many of the points, from the first on, fit into a link when they are rounded."""
    few, many = 0, len(points.rows)
    whole = rounded(points)
    while few < many:
        middle = (few + many + 1) // 2
        if packed(whole.first(middle)) is None:
            many = middle - 1
        else:
            few = middle
    return few
