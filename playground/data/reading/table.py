"""Reading a table: bytes in, columns with kinds and roles out, and a note on whatever was skipped or changed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.data.points import MAX_NAME_LENGTH
from playground.data.reading.encodings import decode
from playground.data.reading.layout import MAX_COLUMNS, Layout, columns_of, find_layout
from playground.data.reading.notes import Note, listed, note, visible
from playground.data.reading.numbers import MISSING_TEXTS, Numbers, missing, number_of, numbers
from playground.data.reading.parquet import MARK, parquet_columns
from playground.data.reading.roles import (
    KINDS,
    ROLES,
    TRUE_WORDS,
    Column,
    Facts,
    Kind,
    Role,
    assign,
    counts_rows,
    kind_of_texts,
    names_parts,
    one_hot_groups,
)
from playground.data.reading.workbook import START, workbook_text
from playground.later import pd
from playground.registry import InvalidValue, no_choice
from playground.text.characters import UNSEEN, is_seen

MAX_BYTES = 20_000_000
MAX_TABLE_ROWS = 200_000
MIN_COLUMNS = 2
"""A feature and a target."""
TOTALS = frozenset(
    ("total", "totals", "grand total", "sum", "average", "mean", "합계", "총계", "소계", "평균", "계", "전체")
)
"""First words of a last row that sums up the others, in lower case."""


@dataclass(frozen=True, eq=False)
class Table:
    """A file's columns.

    Args:
        columns: name, kind, role and reason of each.
        n_rows: rows that are held, at most 200,000.
        rows_in_file: rows that the file has.
        encoding, separator, decimal, header: how the file was read; ``header`` is the header's line counted from 1,
            0 where there is none. A workbook's encoding is ``"xlsx"``, that of a Parquet file ``"parquet"``.
        sheets: names of a workbook's sheets, the one that was read first in ``sheet``.
        notes: what was skipped or changed.
    """

    columns: tuple[Column, ...]
    n_rows: int
    rows_in_file: int
    encoding: str
    separator: str
    decimal: str
    header: int
    sheet: str
    sheets: tuple[str, ...]
    notes: tuple[Note, ...]
    _numbers: dict[str, NDArray[np.float64]] = field(repr=False)
    _strings: dict[str, Any] = field(repr=False)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, distinct."""
        return tuple(column.name for column in self.columns)

    @property
    def target(self) -> str | None:
        """Name of the target's column."""
        return self._first("target")

    @property
    def part(self) -> str | None:
        """Name of the column that says of each row whether it trains or tests, where there is one."""
        return self._first("part")

    def _first(self, role: Role) -> str | None:
        return next((column.name for column in self.columns if column.role == role), None)

    def __getitem__(self, name: str) -> Column:
        """The column of a name. Raises KeyError."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def numbers(self, name: str) -> NDArray[np.float64]:
        """A column as float64 ``(n_rows,)``: nan where a cell is missing or no number, ±inf as written."""
        found = self._numbers.get(name)
        if found is None:  # asked for to find the cell that is none
            found = np.array([number_of(cell) for cell in self.texts(name)], dtype=np.float64)
        return found

    def texts(self, name: str) -> NDArray[Any]:
        """A column's cells, object array ``(n_rows,)`` of str; "" is missing. Numbers in their shortest form."""
        if name in self._strings:
            return np.array(self._strings[name].fill_null("").to_pylist(), dtype=object)
        if self[name].kind == "boolean":
            legend = self.legend(name)
            return np.array(
                ["" if np.isnan(v) else legend[int(v)] for v in self._numbers[name]], dtype=object
            )
        return np.array(["" if np.isnan(v) else f"{v:.15g}" for v in self._numbers[name]], dtype=object)

    def missing(self, name: str) -> NDArray[np.bool_]:
        """Where a column's cells are missing, ``(n_rows,)``."""
        if name in self._numbers:
            return np.isnan(self._numbers[name])
        return np.asarray(self._strings[name].is_null().to_numpy(zero_copy_only=False))

    def is_numeric(self, name: str) -> bool:
        """Whether a column holds numbers."""
        return self[name].kind == "number"

    def legend(self, name: str) -> tuple[str, str]:
        """What 0 and 1 stand for in a boolean column, as the file writes it."""
        told = next(dict(n.values) for n in self.notes if n.key == "boolean" and ("name", name) in n.values)
        return str(told["false"]), str(told["true"])

    @property
    def numeric_columns(self) -> tuple[str, ...]:
        """Names of the columns of numbers."""
        return tuple(column.name for column in self.columns if column.kind == "number")

    def frame(self) -> pd.DataFrame:
        """All columns as a DataFrame: numbers as float64, booleans as pandas' boolean, others as str.

        Missing cells are NaN (NA in booleans).
        """
        data: dict[str, Any] = {}
        for column in self.columns:
            if column.kind == "boolean":
                values = self._numbers[column.name]
                data[column.name] = pd.arrays.BooleanArray(values == 1, np.isnan(values))
            elif column.name in self._numbers:
                data[column.name] = self._numbers[column.name]
            else:
                data[column.name] = self._strings[column.name].to_pandas()
        return pd.DataFrame(data)

    def head(self, rows: int = 5) -> pd.DataFrame:
        """The first rows of ``frame``."""
        return self._taken(np.arange(min(rows, self.n_rows))).frame()

    def _taken(self, rows: NDArray[np.int64]) -> Table:
        """The table with some of its rows."""
        import pyarrow as pa

        at = pa.array(rows)
        return replace(
            self,
            n_rows=len(rows),
            _numbers={name: values[rows] for name, values in self._numbers.items()},
            _strings={name: values.take(at) for name, values in self._strings.items()},
        )


def read_table(
    source: str | os.PathLike[str] | bytes,
    *,
    encoding: str | None = None,
    separator: str | None = None,
    decimal: str | None = None,
    header: int | None = None,
    quotes: bool = True,
    sheet: str | None = None,
    kinds: Mapping[str, str] | None = None,
    roles: Mapping[str, str] | None = None,
) -> Table:
    """Read a table as people have it: separated text of any common dialect, an Excel workbook, or a Parquet file.

    What is not said is found out, and ``notes`` and the columns' ``why`` tell what was found.

    Args:
        source: a path, or a file's bytes; at most 20 MB and 2 to 200 columns. Of more than 200,000 rows as many are
            drawn, each class of the target in its share, always the same ones.
        encoding: ``"utf-8"``, ``"utf-16"``, ``"cp949"``, ``"cp932"`` (Shift-JIS), ``"cp1252"``, ``"euc-jp"``,
            ``"gb18030"``, ``"big5"``, ``"cp1250"`` or ``"cp1251"``.
        separator: ``","``, ``";"``, ``"\\t"``, ``"|"`` or ``" "`` (any run of spaces).
        decimal: ``"."`` or ``","``.
        header: line of the header, counted from 1; 0 for none.
        quotes: False takes quotation marks literally, as for inches.
        sheet: name of a workbook's sheet; the first one else.
        kinds: kinds of columns by name, for example ``{"zip": "category"}``.
        roles: roles of columns by name, for example ``{"price": "target"}``.

    Raises:
        InvalidValue: for ``file``, or for the choice that does not fit; whatever the bytes are.
        OSError: where a path cannot be read.

    Example:
        >>> table = read_table(b"length,width,kind\\n1,2.5,cat\\n3,4,dog\\n")
        >>> [(column.name, column.kind, column.role) for column in table.columns]
        [('length', 'number', 'feature'), ('width', 'number', 'feature'), ('kind', 'category', 'target')]
    """
    data = _bytes(source)
    if decimal not in (None, ".", ","):
        raise InvalidValue("decimal", "csv.decimal", decimal)
    sheets: tuple[str, ...] = ()
    notes: list[Note] = []
    if data.startswith(MARK) and encoding is None:
        strings, found, notes = parquet_columns(data)
        layout = Layout("", len(found), 1, 0, found, (), False)
        encoding, quotes = "parquet", True
        return _read(strings, layout, encoding, notes, decimal, kinds, roles)
    if data.startswith(START):
        text, sheet, sheets = workbook_text(data, sheet, MAX_TABLE_ROWS + 100, MAX_COLUMNS + 1)
        encoding, separator, quotes = "xlsx", ",", True
        notes.append(note("sheet", name=visible(sheet), n=len(sheets)))
    else:
        text, encoding = decode(data, encoding)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.isascii() and UNSEEN.search(text):
        text, n = UNSEEN.subn("", text)
        notes.append(note("unseen", n=f"{n:,}"))
    if not text.strip("\n \ufeff"):
        raise InvalidValue("file", "csv.empty")
    layout = find_layout(text, separator, header, quotes)
    strings, more = columns_of(text, layout, quotes)
    notes += [*layout.notes, *more]
    table = _read(strings, layout, encoding, notes, decimal, kinds, roles)
    return replace(table, sheet=sheet or "", sheets=sheets)


def _read(
    strings: list[Any],
    layout: Layout,
    encoding: str,
    notes: list[Note],
    decimal: str | None,
    kinds: Mapping[str, str] | None,
    roles: Mapping[str, str] | None,
) -> Table:
    """The table of columns of strings, with kinds and roles."""
    strings, names = _filled(strings, layout.names, notes)
    if not strings and any(layout.names) and layout.width >= MIN_COLUMNS:
        raise InvalidValue("file", "csv.header_only")
    if len(strings) < MIN_COLUMNS:
        n = len(strings) or sum(map(bool, layout.names))
        raise InvalidValue("file", "csv.narrow", least=MIN_COLUMNS, n=n)
    strings = _without_totals(strings, notes)
    wanted = _known(kinds, names, KINDS, "kinds")
    table = _parsed(dict(zip(names, strings, strict=True)), decimal, wanted, notes)
    table = replace(table, encoding=encoding, separator=layout.separator, header=layout.header)
    return _with_roles(table, roles)


def _bytes(source: str | os.PathLike[str] | bytes) -> bytes:
    if isinstance(source, (bytes, bytearray, memoryview)):
        size, data = len(source), bytes(source) if len(source) <= MAX_BYTES else b""
    else:
        size = Path(source).stat().st_size
        data = Path(source).read_bytes() if size <= MAX_BYTES else b""
    if size > MAX_BYTES:
        shown = f"{size / 10**6:.1f} MB"
        raise InvalidValue("file", "csv.size", size=shown)
    return data


def _filled(strings: list[Any], names: tuple[str, ...], notes: list[Note]) -> tuple[list[Any], list[str]]:
    """Columns and rows that hold something, and the columns' distinct names."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kept = [k for k, column in enumerate(strings) if pc.any(pc.not_equal(column, "")).as_py()]
    clean = distinct(list(names))
    empty = [clean[k] for k in range(len(strings)) if k not in kept and names[k]]
    if empty and kept:
        notes.append(note("empty_columns", names=listed(empty)))
    columns = [strings[k] for k in kept]
    if columns:
        full = np.zeros(len(columns[0]), dtype=bool)
        for column in columns:
            full |= pc.not_equal(column, "").to_numpy(zero_copy_only=False)
            if full.all():
                break
        if not full.all():
            columns = [column.filter(pa.array(full)) for column in columns]
    return columns, [clean[k] for k in kept]


def _without_totals(strings: list[Any], notes: list[Note]) -> list[Any]:
    """Leave out last rows that sum up the others."""
    import pyarrow.compute as pc

    n = len(strings[0])
    while n > 2:
        words = [
            column
            for column in strings
            if column[n - 1].as_py().lower().rstrip(":") in TOTALS
            and pc.sum(pc.equal(column[:n], column[n - 1])).as_py() == 1
        ]
        if not words:
            break
        notes.append(note("total_row", row=n, word=visible(words[0][n - 1].as_py())))
        n -= 1
    return [column[:n] for column in strings] if n < len(strings[0]) else strings


def _known(
    told: Mapping[str, str] | None, names: list[str], choices: tuple[str, ...], where: str
) -> dict[str, Any]:
    for name, choice in (told or {}).items():
        if name not in names:
            shown = listed(names, 20)
            raise InvalidValue(where, "csv.column", name, choices=shown)
        if choice not in choices:
            raise no_choice(where, choices, choice)
    return dict(told or {})


def _parsed(strings: dict[str, Any], decimal: str | None, kinds: dict[str, Kind], notes: list[Note]) -> Table:
    """Kinds and values of all columns; roles are not yet known."""
    rows = len(next(iter(strings.values())))
    read: dict[str, Numbers] = {}
    for name, column in strings.items():
        found = numbers(column, decimal) if kinds.get(name, "number") == "number" else None
        if found is not None:
            read[name] = found
        elif kinds.get(name) == "number":
            raise InvalidValue("kinds", "csv.kind", name)
    marks = {found.mark for found in read.values()}
    mark = decimal or ("," if "," in marks and "." not in marks else ".")
    if mark == "," and decimal is None:  # columns that had left it open
        notes.append(note("decimal_comma"))
        pointed = _with_commas(read, strings)
        if pointed:
            notes.append(note("grouped_points", names=listed(pointed)))
    _tell(read, notes)
    values = {name: found.values for name, found in read.items()}
    columns, texts = [], {}
    for name, column in strings.items():
        kind: Kind = "number"
        if name not in values:
            texts[name] = missing(column, MISSING_TEXTS)
            different = texts[name].drop_null().unique().to_pylist()
            kind = kinds.get(name) or kind_of_texts(different, len(column) - texts[name].null_count, rows)
            if kind == "boolean":
                values[name] = _as_booleans(texts.pop(name), different, name, notes)
            elif {"NA", "None"} & set(different):
                notes.append(note("na_is_a_value", name=name))
        columns.append(Column(name, kind, "feature", note("why_number")))
    for group in one_hot_groups({c.name: values[c.name] for c in columns if c.kind == "number"}):
        joined, together = _joined(group, values)
        columns.append(Column(joined, "category", "feature", note("why_category")))
        texts[joined] = together
    return Table(tuple(columns), rows, rows, "", "", mark, 0, "", (), tuple(notes), values, texts)


def _with_commas(read: dict[str, Numbers], strings: dict[str, Any]) -> list[str]:
    """Read columns that would do with either mark once more, in a table whose decimal mark is the comma.

    Returns:
        Names of those in which a point turned out to part thousands.
    """
    import pyarrow.compute as pc

    pointed = []
    for name, found in read.items():
        points = not found.mark and pc.any(pc.match_substring(strings[name], ".")).as_py()
        if found.grouped or points:
            again = numbers(strings[name], ",") or found
            if (
                points
                and again.mark != "."
                and not np.array_equal(again.values, found.values, equal_nan=True)
            ):
                pointed.append(name)
            read[name] = again
    return pointed


def _tell(read: dict[str, Numbers], notes: list[Note]) -> None:
    for key in ("grouped", "percent", "currency"):
        names = [name for name, found in read.items() if getattr(found, key)]
        if names:
            notes.append(note(key, names=listed(names)))
    for name, found in read.items():
        if found.odd:
            notes.append(note("odd_cells", name=name, n=len(found.odd), row=found.odd[0] + 1))


def _as_booleans(column: Any, different: list[str], name: str, notes: list[Note]) -> NDArray[np.float64]:
    if not {value.lower() for value in different} & TRUE_WORDS or len({v.lower() for v in different}) > 2:
        raise InvalidValue("kinds", "csv.kind", name)
    number = {value: float(value.lower() in TRUE_WORDS) for value in different}
    false = next((value for value, k in number.items() if not k), "")
    true = next((value for value, k in number.items() if k), "")
    notes.append(note("boolean", name=name, false=visible(false), true=visible(true)))
    import pyarrow as pa
    import pyarrow.compute as pc

    place = pc.index_in(column, value_set=pa.array(list(number))).fill_null(len(number))
    return np.array([*number.values(), np.nan])[place.to_numpy()]


def _joined(group: tuple[str, ...], values: dict[str, NDArray[np.float64]]) -> tuple[str, Any]:
    """A one-hot group as one column of its columns' names."""
    import pyarrow as pa

    hot = np.argmax(np.column_stack([values[name] for name in group]), axis=1)
    return clean_name(" | ".join(group)), pa.array(group).take(pa.array(hot))


def _with_roles(table: Table, roles: Mapping[str, str] | None) -> Table:
    chosen: dict[str, Role] = _known(roles, list(table.names), ROLES, "roles")
    if sum(role == "target" for role in chosen.values()) > 1:
        raise InvalidValue("roles", "csv.one_target", dict(chosen))
    if sum(role == "part" for role in chosen.values()) > 1:
        raise InvalidValue("roles", "csv.one_part", dict(chosen))
    facts = []
    for column in table.columns:
        if column.name in table._numbers:
            numbers_of = table._numbers[column.name]
            present = numbers_of[np.isfinite(numbers_of)]
            whole = bool((present == np.floor(present)).all()) and len(present) == table.n_rows
            n, counted = len(np.unique(present)), whole and counts_rows(present)
            integers = bool((present == np.floor(present)).all())
            facts.append(Facts(column.name, column.kind, n, whole, counted, integers and n < len(present)))
        else:
            different = table._strings[column.name].drop_null().unique().to_pylist()
            facts.append(Facts(column.name, column.kind, len(different), parts=names_parts(different)))
    columns = assign(facts, table.n_rows, chosen)
    joined = {name for c in columns if " | " in c.name for name in c.name.split(" | ")}
    columns = tuple(
        replace(c, role="ignored", why=note("why_part")) if c.name in joined and c.name not in chosen else c
        for c in columns
    )
    table = replace(table, columns=columns)
    if table.n_rows <= MAX_TABLE_ROWS:
        return table
    sampled = table._taken(stratified(table, table.target, np.arange(table.n_rows), MAX_TABLE_ROWS))
    told = note("sampled", n=f"{MAX_TABLE_ROWS:,}", of=f"{table.n_rows:,}")
    return replace(sampled, rows_in_file=table.n_rows, notes=(*table.notes, told))


def stratified(table: Table, target: str | None, rows: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """At most ``most`` of ``rows``, in order: evenly spaced within each class, at least one of each.

    A target of numbers, or of many classes, is taken in its order of size (of name), so that all of its range is there.
    """
    if len(rows) <= most:
        return rows
    if target is None:
        return rows[np.arange(most) * len(rows) // most]
    if target in table._numbers:
        codes = table._numbers[target][rows]
    else:
        codes = table._strings[target].take(rows).dictionary_encode().indices.fill_null(-1).to_numpy()
    return rows[drawn(codes, most)]


def drawn(codes: NDArray[Any], most: int) -> NDArray[np.int64]:
    """So many places, evenly spaced in the order of the codes; of few codes at least one each."""
    order = np.argsort(codes, kind="stable")
    even = order[np.arange(most) * len(codes) // most]
    classes, first = np.unique(codes, return_index=True)
    if len(classes) <= 50:
        absent = first[~np.isin(classes, codes[even])]
        even = np.concatenate([even[: most - len(absent)], absent])
    return np.sort(even)


def clean_name(text: str) -> str:
    """A name fit for display: printable, single-spaced, at most 60 characters."""
    name = " ".join("".join(c if is_seen(c) else " " for c in text).split())
    return name if len(name) <= MAX_NAME_LENGTH else name[: MAX_NAME_LENGTH - 1] + "…"


def distinct(names: list[str]) -> list[str]:
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
