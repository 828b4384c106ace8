"""Reading an uploaded CSV file: bounded, tolerant about encoding and separator, strict about the rest."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.data.points import MAX_NAME_LENGTH
from playground.later import pd
from playground.registry import InvalidValue

MAX_BYTES = 5_000_000
MAX_TABLE_ROWS = 10_000
MAX_COLUMNS = 100
MIN_COLUMNS = 3
"""Two features and a target."""

SEPARATORS = (",", ";", "\t")
MISSING = frozenset(("", "na", "n/a", "nan", "null", "?"))
"""Cells that count as missing, in lower case."""

BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
SNIFFED_CHARACTERS = 65_536
SNIFFED_ROWS = 20


@dataclass(frozen=True, eq=False)
class Table:
    """A file's cells as text.

    Args:
        cells: one text column per name in ``columns``; "" where a cell is missing; rows from 0.
        encoding, separator: how the file was read.
        has_header: whether the first row held the names; if not they are ``column_1`` and so on.
    """

    cells: pd.DataFrame
    encoding: str
    separator: str
    has_header: bool
    _parsed: dict[str, NDArray[np.float64]] = field(default_factory=dict, repr=False)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, distinct."""
        return tuple(self.cells.columns)

    @property
    def n_rows(self) -> int:
        """Number of rows, the header not counted."""
        return len(self.cells)

    def texts(self, column: str) -> NDArray[Any]:
        """A column's cells, object array ``(n_rows,)`` of str; "" is missing."""
        return self.cells[column].to_numpy(dtype=object)

    def numbers(self, column: str) -> NDArray[np.float64]:
        """A column as float64 ``(n_rows,)``: nan where a cell is missing or no number, ±inf as written.

        Where the separator leaves it free, a decimal comma is read too.
        """
        if column not in self._parsed:
            self._parsed[column] = _numbers(self.texts(column), self.separator != ",")
        return self._parsed[column]

    def is_numeric(self, column: str) -> bool:
        """Whether every cell that is not missing holds a number, and there is one."""
        present = self.texts(column) != ""
        return bool(present.any()) and not bool(np.isnan(self.numbers(column)[present]).any())

    @property
    def numeric_columns(self) -> tuple[str, ...]:
        """The columns that can be features."""
        return tuple(column for column in self.columns if self.is_numeric(column))


def read_csv(data: bytes) -> Table:
    """Read a file of comma-, semicolon- or tab-separated values.

    At most 5 MB, 10,000 rows and 3 to 100 columns. Encodings: UTF-8, UTF-16 and UTF-32, CP949 (Korean
    Windows) and CP1252 (western Windows, holds Latin-1's letters).

    Raises:
        InvalidValue: for the field ``file``, whatever the bytes are.
    """
    if len(data) > MAX_BYTES:
        size = f"{len(data) / 10**6:.1f} MB"
        raise InvalidValue("file", f"at most {MAX_BYTES // 10**6} MB", size, "csv.size", size=size)
    text, encoding = decode(bytes(data))
    if not text.strip():
        raise InvalidValue("file", "a table with a header row", "an empty file", "csv.empty")
    separator, width = _separator(text)
    if width > MAX_COLUMNS:
        raise InvalidValue(
            "file",
            f"at most {MAX_COLUMNS} columns",
            f"{width} columns or more",
            "csv.wide",
            most=MAX_COLUMNS,
            n=width,
        )
    cells = _cells(text, separator)
    if cells.shape[1] < MIN_COLUMNS:
        raise InvalidValue(
            "file",
            f"at least {MIN_COLUMNS} columns (two features and a target), separated by , or ; or tab",
            f"{cells.shape[1]} {'column' if cells.shape[1] == 1 else 'columns'}",
            "csv.narrow",
            least=MIN_COLUMNS,
            n=cells.shape[1],
        )
    has_header = _has_header(cells, separator)
    names = list(cells.iloc[0]) if has_header else [""] * cells.shape[1]
    body = cells.iloc[1:] if has_header else cells
    if len(body) > MAX_TABLE_ROWS:
        more = f"more than {MAX_TABLE_ROWS} rows"
        raise InvalidValue(
            "file", f"at most {MAX_TABLE_ROWS} rows", more, "csv.long", most=f"{MAX_TABLE_ROWS:,}"
        )
    if body.empty:
        raise InvalidValue("file", "at least one row under the header", "a header only", "csv.header_only")
    body = body.reset_index(drop=True)
    body.columns = pd.Index(_distinct(names))
    return Table(body, encoding, separator, has_header)


def decode(data: bytes) -> tuple[str, str]:
    """Text and encoding of a file's bytes. Raises InvalidValue for binary or undecodable data."""
    for mark, encoding in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            candidates: tuple[str, ...] = (encoding,)
            break
    else:
        # ASCII in UTF-16 has a zero in every second byte
        if b"\0" in data:
            candidates = ("utf-16-le",) if data[1:2] == b"\0" else ("utf-16-be",)
        else:
            candidates = ("utf-8", "cp949", "cp1252")
    for encoding in candidates:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "cp949" and not _is_korean(text):
            continue
        if re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", text):
            found = "control characters, as in a binary file"
            raise InvalidValue("file", "a text file", found, "csv.binary")
        return text, encoding
    encodings = "text in UTF-8, UTF-16, CP949 or CP1252"
    raise InvalidValue("file", encodings, "bytes in no such encoding", "csv.encoding")


def _is_korean(text: str) -> bool:
    """Whether everything beyond ASCII is Hangul or CJK punctuation; western text read as CP949 is not."""
    return all(c < "\x80" or "가" <= c <= "힣" or "ㄱ" <= c <= "ㆎ" or "　" <= c <= "〿" for c in text)


def _separator(text: str) -> tuple[str, int]:
    """The separator that cuts the first rows into equally many, and most, cells; and how many."""
    best = (False, 0)
    found = SEPARATORS[0]
    for separator in SEPARATORS:
        reader = csv.reader(io.StringIO(text[:SNIFFED_CHARACTERS], newline=""), delimiter=separator)
        try:
            widths = [len(row) for row in islice(reader, SNIFFED_ROWS) if row]
        except csv.Error:  # a cell beyond the reader's limit
            continue
        if len(text) > SNIFFED_CHARACTERS and len(widths) > 1 and len(widths) < SNIFFED_ROWS:
            widths.pop()  # cut off in the middle
        if not widths:
            continue
        score = (len(set(widths)) == 1 and widths[0] > 1, widths[0])
        if score > best:
            best, found = score, separator
    return found, best[1]


def _cells(text: str, separator: str) -> pd.DataFrame:
    """All cells, header included, as stripped text with "" for missing ones."""
    try:
        frame = pd.read_csv(
            io.StringIO(text),
            sep=separator,
            header=None,
            dtype=object,
            na_filter=False,
            nrows=MAX_TABLE_ROWS + 2,
            engine="c",
            low_memory=False,
        )
    except ValueError as error:  # pandas' ParserError and EmptyDataError are ValueErrors
        raise _refused(error) from None
    frame = frame.fillna("").apply(lambda column: column.astype(str).str.strip())
    frame = frame.mask(frame.apply(lambda column: column.str.lower().isin(MISSING)), "")
    frame = frame.loc[(frame != "").any(axis=1), (frame != "").any(axis=0)]
    return frame.reset_index(drop=True)


def _refused(error: ValueError) -> InvalidValue:
    """The parser's complaint in this project's words."""
    ragged = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", str(error))
    if ragged:
        width, line, found = ragged.groups()
        expected, got = f"{width} cells in each row", f"{found} cells in line {line}"
        return InvalidValue("file", expected, got, "csv.ragged", width=width, line=line, n=found)
    if "EOF inside string" in str(error):
        return InvalidValue("file", "closed quotation marks", "an open one", "csv.quotes")
    return InvalidValue("file", "a table of separated values", " ".join(str(error).split()), "csv.table")


def _has_header(cells: pd.DataFrame, separator: str) -> bool:
    """False when every column of numbers starts with a number, and there is such a column."""
    decimal_comma = separator != ","
    starts = []
    for _, column in cells.items():
        texts = column.to_numpy(dtype=object)
        below = texts[1:][texts[1:] != ""]
        if len(below) and not np.isnan(_numbers(below, decimal_comma)).any():
            starts.append(not np.isnan(_numbers(texts[:1], decimal_comma)[0]))
    return not (starts and all(starts))


def _numbers(texts: NDArray[Any], decimal_comma: bool) -> NDArray[np.float64]:
    numbers = _parsed(texts)
    if decimal_comma and bool((np.isnan(numbers) & (texts != "")).any()):
        with_point = _parsed(np.array([t.replace(",", ".") for t in texts], dtype=object))
        if np.isnan(with_point).sum() < np.isnan(numbers).sum():
            return with_point
    return numbers


def _parsed(texts: NDArray[Any]) -> NDArray[np.float64]:
    series = pd.to_numeric(pd.Series(texts, dtype=object), errors="coerce")
    return series.to_numpy(dtype=np.float64, na_value=np.nan)


def clean_name(text: str) -> str:
    """A name fit for display: printable, single-spaced, at most 60 characters."""
    name = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return name if len(name) <= MAX_NAME_LENGTH else name[: MAX_NAME_LENGTH - 1] + "…"


def _distinct(names: list[str]) -> list[str]:
    """Clean names; empty ones are numbered, repeated ones get a suffix."""
    result: list[str] = []
    taken: set[str] = set()
    for k, raw in enumerate(names):
        name = base = clean_name(raw) or f"column_{k + 1}"
        suffix = 2
        while name in taken:
            name = f"{base[: MAX_NAME_LENGTH - 5]}_{suffix}"
            suffix += 1
        taken.add(name)
        result.append(name)
    return result
