"""The first sheet of an Excel workbook as separated text, within bounds that hold whatever the file claims."""

from __future__ import annotations

import csv
import datetime
import io
import zipfile
from typing import Any

from playground.registry import InvalidValue, no_choice

MAX_UNPACKED_BYTES = 60_000_000
"""A cell takes some thirty bytes and ten microseconds."""
MAX_PARTS = 2_000
"""Files within a workbook, which is an archive."""

START = b"PK\x03\x04"


def workbook_text(
    data: bytes, sheet: str | None, rows: int, columns: int
) -> tuple[str, str, tuple[str, ...]]:
    """A sheet's cells as lines of comma-separated text.

    Args:
        data: a workbook of Excel 2007 or newer (.xlsx).
        sheet: the name of the sheet, None for the first one.
        rows, columns: how much is read at most.

    Returns:
        The text, the sheet's name, and all sheets' names.

    Raises:
        InvalidValue: for ``file`` where the archive is broken, too large or something else; for ``sheet``.
    """
    from openpyxl import load_workbook

    _check(data)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        names = tuple(page.title for page in book.worksheets)
        name = names[0] if sheet is None else sheet
        if name in names:
            page = book[name]
            page.reset_dimensions()
            lines = io.StringIO()
            writer = csv.writer(lines, lineterminator="\n")
            for cells in page.iter_rows(max_row=rows, max_col=columns, values_only=True):
                writer.writerow([_cell(value) for value in cells])
    except Exception as error:  # openpyxl raises what its parsers raise, from KeyError to BadZipFile
        raise InvalidValue("file", "csv.broken_workbook") from error
    if name not in names:
        raise no_choice("sheet", names, sheet)
    return lines.getvalue(), name, names


def _check(data: bytes) -> None:
    """Refuse archives that are no workbook or unpack to too much; zipfile never gives more than is declared."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError, OSError) as error:
        raise InvalidValue("file", "csv.broken_workbook") from error
    if "xl/workbook.xml" not in {part.filename for part in parts}:
        raise InvalidValue("file", "csv.compressed")
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
        most = f"{MAX_UNPACKED_BYTES // 10**6} MB"
        raise InvalidValue("file", "csv.large_workbook", size=most)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ") if value.time() != datetime.time() else value.date().isoformat()
    return " ".join(str(value).split())
