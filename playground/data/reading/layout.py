"""How a text is laid out: separator, lines that are no rows, header, units; and its cells as columns of strings."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from playground.data.reading.notes import Note, note, visible
from playground.data.reading.numbers import MISSING_NUMBERS, looks_numeric
from playground.registry import InvalidValue

SEPARATORS = (",", ";", "\t", "|", " ")
MAX_COLUMNS = 200
MAX_LINE = 400_000
"""Characters of a line that are looked at for a separator."""
HEAD_LINES = 60

Record = tuple[int, list[str]]
"""Line from 0 in which a row starts, and its cells."""


@dataclass(frozen=True)
class Layout:
    """What was found out about a text.

    Args:
        separator: one of ``SEPARATORS``; the space stands for any run of spaces.
        width: cells in a row.
        header: line of the header, counted from 1; 0 where there is none.
        body: line of the first row, counted from 0.
        names: the header's cells, "" where there are none.
        comments: whether lines that start with # are no rows.
    """

    separator: str
    width: int
    header: int
    body: int
    names: tuple[str, ...]
    notes: tuple[Note, ...]
    comments: bool


def find_layout(text: str, separator: str | None, header: int | None, quotes: bool) -> Layout:
    """Look at the first lines.

    Args:
        text: with ``\\n`` at the ends of lines.
        separator, header: what was chosen; None finds it.
        quotes: whether quotation marks hold cells together.

    Raises:
        InvalidValue: for ``file``, ``separator`` or ``header``.
    """
    if separator is not None and separator not in SEPARATORS:
        raise InvalidValue("separator", "csv.separator", separator)
    lines = text.split("\n", HEAD_LINES)
    lines = lines[:HEAD_LINES]
    _check_lines(lines, separator)
    notes: list[Note] = []
    start = 0
    named = re.fullmatch(r'"?sep=(.)"?[,;\t]*\s*', lines[0], re.IGNORECASE)
    if named:
        notes.append(note("sep_line", separator=shown(named[1])))
        separator = separator or (named[1] if named[1] in SEPARATORS else None)
        start = 1
    comments = []
    while start < len(lines) and (lines[start].lstrip().startswith("#") or not lines[start].strip()):
        if lines[start].strip():
            comments.append(lines[start].strip().lstrip("# \t"))
        start += 1
    if separator is None:
        separator = _separator(lines, start, quotes)
    records = _records(lines, start, separator, quotes)
    if not records:  # everything was a comment
        raise InvalidValue("file", "csv.empty")
    width = _width(records)
    check_width(width)
    if header is not None:
        return _told(records, separator, width, header, notes, bool(comments))
    k = _titles(records, width)
    if k:
        notes.append(note("title_lines", n=k, line=records[0][0] + 1))
    names, has_header = _header(records[k:], width)
    first = k + has_header
    at = records[k][0] + 1 if has_header else 0
    if comments and len(comments) == 1 and has_header is False:
        told = next(csv.reader([_squeezed(comments[0], separator)], delimiter=separator))
        if len(told) == width and not any(map(looks_numeric, told)):
            names = tuple(told)  # a header that is marked as a comment
    elif comments:
        notes.append(note("comment_lines", n=len(comments)))
    if has_header and (units := _units(records[first:], width)):
        names = tuple(f"{name} ({unit})" if unit else name for name, unit in zip(names, units, strict=True))
        notes.append(note("units", line=records[first][0] + 1))
        first += 1
    body = records[first][0] if first < len(records) else len(lines)
    return Layout(separator, width, at, body, names, tuple(notes), bool(comments))


def shown(separator: str) -> str:
    """A separator as a word where it has no picture."""
    return {"\t": "tab", " ": "space"}.get(separator, separator)


def _check_lines(lines: list[str], separator: str | None) -> None:
    for k, line in enumerate(lines):
        if len(line) > MAX_LINE:
            n = max(line.count(mark) for mark in (separator or ",;\t|")) + 1
            check_width(n)
            most = f"{MAX_LINE:,}"
            raise InvalidValue("file", "csv.line", most=most, line=k + 1)


def check_width(width: int) -> None:
    """Refuse a table with too many columns. Raises InvalidValue for ``file``."""
    if width > MAX_COLUMNS:
        raise InvalidValue("file", "csv.wide", most=MAX_COLUMNS, n=width)


def _squeezed(line: str, separator: str) -> str:
    return re.sub(r"[ \t]+", " ", line.strip()) if separator == " " else line


def reader(lines: Any, separator: str, quotes: bool) -> Any:
    """Python's reader of separated values, for lines that end in ``\\n``."""
    options: Any = {"quoting": csv.QUOTE_MINIMAL if quotes else csv.QUOTE_NONE}
    return csv.reader(lines, delimiter=separator, skipinitialspace=separator != "\t", **options)


def _records(lines: list[str], start: int, separator: str, quotes: bool) -> list[Record]:
    """The rows that start in the first lines, blank ones left out."""
    found: list[Record] = []
    rows = reader((_squeezed(line, separator) + "\n" for line in lines[start:]), separator, quotes)
    at = start
    try:
        for cells in rows:
            if any(cell.strip() for cell in cells):
                found.append((at, [cell.strip() for cell in cells]))
            at = start + rows.line_num
    except csv.Error:
        raise cell_too_long(at + 1) from None
    return found or ([(start, [""])] if start < len(lines) else [])


def cell_too_long(line: int) -> InvalidValue:
    """The refusal of a cell beyond the reader's limit."""
    most = f"{csv.field_size_limit():,}"
    return InvalidValue("file", "csv.cell", most=most, line=line)


def _separator(lines: list[str], start: int, quotes: bool) -> str:
    """The separator that cuts most rows into equally many cells, most of them numbers."""
    scores: list[tuple[float, float, int, str]] = []
    for candidate in SEPARATORS:
        if not any(candidate in line for line in lines[start:]):
            continue
        try:
            records = _records(lines, start, candidate, quotes)
        except InvalidValue:
            continue
        width = _width(records)
        if width < 2 or (candidate == " " and scores and max(scores)[0] >= 0.6):
            continue
        alike = sum(len(cells) == width for _, cells in records) / len(records)
        cells = [cell for _, row in records if len(row) == width for cell in row if cell]
        numeric = sum(map(looks_numeric, cells)) / max(1, len(cells))
        scores.append((round(alike, 1), round(numeric, 2), width, candidate))
    return max(scores)[3] if scores else ","


def _width(records: list[Record]) -> int:
    """The most frequent number of cells, the earlier one of equals; last cells that are always empty don't count."""
    widths = Counter(len(cells) for _, cells in records)
    width = widths.most_common(1)[0][0]
    rows = [cells for _, cells in records if len(cells) == width]
    while width > 1 and not any(cells[width - 1] for cells in rows):
        width -= 1
    return width


def _titles(records: list[Record], width: int) -> int:
    """How many of the first rows are titles: narrower than the table, or with one cell filled of three or more."""
    for k, (_, cells) in enumerate(records):
        filled = sum(map(bool, cells))
        if len(cells) >= width and (filled > 1 or width < 3):
            return k
        nearly = len(cells) == filled == width - 1 > 1
        if nearly and k + 1 < len(records) and any(map(looks_numeric, records[k + 1][1])):
            return k  # row names without a name
    return 0


def _header(records: list[Record], width: int) -> tuple[tuple[str, ...], bool]:
    """Names of the columns and whether the first row holds them: not where numbers stand above numbers only."""
    first = records[0][1]
    if (
        len(first) == width - 1
        and all(first)
        and len(records) > 1
        and len(records[1][1]) >= width
        and width > 2
    ):
        first = ["", *first]
    first = (first + [""] * width)[:width]
    starts = []
    for column in range(width):
        below = [cells[column] for _, cells in records[1:] if column < len(cells) and cells[column]]
        below = [cell for cell in below if cell.lower() not in MISSING_NUMBERS]
        # a row of units or a total is no number in a column of numbers
        if below and sum(map(looks_numeric, below)) >= max(1, len(below) - 1 - (len(below) > 3)):
            starts.append(looks_numeric(first[column]) or first[column].lower() in MISSING_NUMBERS[1:])
    has_header = not (starts and all(starts))
    return (tuple(first) if has_header else ("",) * width), has_header


def _units(records: list[Record], width: int) -> list[str] | None:
    """The cells of a row of units, "" for columns that have none."""
    if len(records) < 2:
        return None
    cells = (records[0][1] + [""] * width)[:width]
    units = ["" if cell in ("-", "–") else cell.strip("[]()") for cell in cells]
    numeric = 0
    for column in range(width):
        below = [row[column] for _, row in records[1:] if column < len(row) and row[column]]
        if not below or not all(looks_numeric(c) or c.lower() in MISSING_NUMBERS for c in below):
            if units[column]:
                return None  # text above text: a row like the others
            continue
        if units[column] and (looks_numeric(cells[column]) or cells[column].lower() in MISSING_NUMBERS):
            return None
        numeric += bool(units[column])
    return units if numeric and len(units) else None


def _told(
    records: list[Record], separator: str, width: int, header: int, notes: list[Note], comments: bool
) -> Layout:
    """The layout with the header in a line that was chosen; 0 is none."""
    if header == 0:
        k = _titles(records, width)
        return Layout(separator, width, 0, records[k][0], ("",) * width, tuple(notes), comments)
    for k, (at, cells) in enumerate(records):
        if at + 1 == header:
            body = records[k + 1][0] if k + 1 < len(records) else HEAD_LINES
            names = tuple((cells + [""] * width)[:width])
            return Layout(separator, width, header, body, names, tuple(notes), comments)
    raise InvalidValue("header", "csv.header_line", header, most=HEAD_LINES)


def columns_of(text: str, layout: Layout, quotes: bool) -> tuple[list[Any], list[Note]]:
    """The body's cells as Arrow strings, one array a column, trimmed.

    Raises:
        InvalidValue: for ``file``, with the line of a row that is too wide or a quotation mark that stays open.
    """
    start = 0
    for _ in range(layout.body):
        start = text.find("\n", start) + 1
        if start == 0:
            return _arrow("", layout.width, ",", quotes) or [], []
    body = text[start:]
    if layout.separator == " ":
        body = re.sub(r"(?m)^[ \t]+|[ \t]+$", "", body)
        body = re.sub(r"[ \t]+", " ", body)
    irregular = layout.comments
    if quotes and '"' in body:
        mark = re.escape(layout.separator)
        spaced = ' "' in body and re.search(rf'(^|{mark}) +"', body, re.MULTILINE) is not None
        irregular |= body.count('"') % 2 == 1 or spaced
    if not irregular:
        found = _arrow(body, layout.width, layout.separator, quotes)
        if found is not None:
            return found, []
    even, notes = _even(body, layout, quotes)
    return _arrow(even, layout.width, ",", True) or [], notes


def _arrow(body: str, width: int, separator: str, quotes: bool) -> list[Any] | None:
    """Columns of a regular text, None where a row is wider or narrower than the others."""
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import csv as arrow

    names = [str(k) for k in range(width)]
    if not body.strip():
        return [pa.array([], pa.string()) for _ in names]
    data = body.encode()
    try:
        table = arrow.read_csv(
            pa.BufferReader(data),
            read_options=arrow.ReadOptions(
                use_threads=False, block_size=len(data) + 1024, column_names=names
            ),
            parse_options=arrow.ParseOptions(
                delimiter=separator, quote_char='"' if quotes else False, newlines_in_values=True
            ),
            convert_options=arrow.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:
        return None  # read row by row, which finds the line
    return [pc.utf8_trim_whitespace(table.column(name).combine_chunks()) for name in names]


def _even(body: str, layout: Layout, quotes: bool) -> tuple[str, list[Note]]:
    """The rows of an irregular text, all of one width, as plain comma-separated text."""
    result = io.StringIO()
    writer = csv.writer(result, lineterminator="\n")
    lines = body.split("\n")
    rows = reader((line + "\n" for line in lines), layout.separator, quotes)
    skipped: list[int] = []
    at = 0
    try:
        for cells in rows:
            line, at = at, rows.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if layout.comments and cells[0].lstrip().startswith("#"):
                continue
            while len(cells) > layout.width and not cells[-1].strip():
                cells.pop()
            if len(cells) > layout.width:
                width, number, n = layout.width, layout.body + line + 1, len(cells)
                raise InvalidValue("file", "csv.ragged", width=width, line=number, n=n)
            if len(cells) == 1 and layout.width > 2:
                if quotes and lines[line].count('"') % 2:
                    _check_closed(lines[line:at], layout, line)
                skipped.append(layout.body + line + 1)
                continue
            if at - line > 1 and at >= len(lines) - 1:
                _check_closed(lines[line:], layout, line)
            writer.writerow(cells + [""] * (layout.width - len(cells)))
    except csv.Error:
        _check_closed(lines[at:], layout, at)
        raise cell_too_long(layout.body + at + 1) from None
    _check_closed(lines[line:] if quotes and lines else [], layout, line)
    notes = [note("footnotes", n=len(skipped), line=skipped[0])] if skipped else []
    return result.getvalue(), notes


def _check_closed(lines: list[str], layout: Layout, at: int) -> None:
    """Refuse the last row where its quotation mark stays open."""
    try:
        list(
            csv.reader(
                (ln + "\n" for ln in lines), delimiter=layout.separator, strict=True, skipinitialspace=True
            )
        )
    except csv.Error as error:
        if "unexpected end" in str(error) or "field larger" in str(error):
            number = layout.body + at + 1
            raise InvalidValue("file", "csv.quotes", line=number, row=visible(lines[0])) from None
