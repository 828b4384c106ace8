"""A Parquet file as columns of strings, within bounds that hold whatever the file claims."""

from __future__ import annotations

import io
from typing import Any

from playground.data.reading.layout import check_width
from playground.data.reading.notes import Note, listed, note
from playground.registry import InvalidValue

MARK = b"PAR1"
"""Begins and ends a file."""
MAX_CELLS = 10_000_000
"""Rows times columns: a text of 20 MB has no more."""
MAX_UNPACKED_BYTES = 60_000_000
"""Of all columns, as the file declares them and as they turn out; of strings, as text."""
BATCH_ROWS = 8_192
INDEX = "__index_level_"
"""Begins the names of columns that pandas adds for its row labels."""


def parquet_columns(data: bytes) -> tuple[list[Any], tuple[str, ...], list[Note]]:
    """The columns as Arrow strings, "" where a cell is missing, their names, and notes on those left out.

    Numbers, booleans, texts, dates and times are read; lists, structures and bytes are left out.

    Raises:
        InvalidValue: for ``file`` where it is broken, too wide or too large.
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(io.BytesIO(data))
        schema, facts = file.schema_arrow, file.metadata
        names = [name for name in schema.names if not name.startswith(INDEX)]
        plain = [
            name for name in names if _is_plain(schema.field(name).type) and schema.names.count(name) == 1
        ]
        check_width(len(plain))
        if facts.num_rows * max(1, len(plain)) > MAX_CELLS:
            most = f"{MAX_CELLS // 10**6}"
            raise InvalidValue("file", "csv.cells", most=most, n=f"{facts.num_rows:,}", columns=len(plain))
        _check_size(sum(facts.row_group(k).total_byte_size for k in range(facts.num_row_groups)))
        file = parquet.ParquetFile(io.BytesIO(data), read_dictionary=_texts(schema, plain))
        columns = _columns(file, plain, facts.num_rows)
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        if isinstance(error, InvalidValue):
            raise
        raise InvalidValue("file", "csv.broken_parquet") from error
    left_out = [name for name in names if name not in plain]
    notes = [note("nested_columns", names=listed(left_out))] if left_out else []
    return columns, tuple(plain), notes


def _columns(file: Any, names: list[str], rows: int) -> list[Any]:
    """Batch by batch, so that what a file unpacks to is known before all of it is here."""
    import pyarrow as pa

    pieces: list[list[Any]] = [[] for _ in names]
    size = taken = 0
    for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=names, use_threads=False):
        taken += batch.num_rows
        if taken > rows:
            raise ValueError("more rows than declared")
        for piece, name in zip(pieces, names, strict=True):
            column = batch.column(name)
            size += _text_bytes(column)
            _check_size(size)
            piece.append(_as_text(column))
    return [pa.concat_arrays(piece) if piece else pa.array([], pa.string()) for piece in pieces]


def _check_size(size: int) -> None:
    if size > MAX_UNPACKED_BYTES:
        raise InvalidValue("file", "csv.large_parquet", size=f"{MAX_UNPACKED_BYTES // 10**6} MB")


def _is_plain(kind: Any) -> bool:
    from pyarrow import types

    if types.is_dictionary(kind):
        kind = kind.value_type
    tests = (types.is_boolean, types.is_integer, types.is_floating, types.is_decimal, types.is_temporal)
    return types.is_string(kind) or types.is_large_string(kind) or any(test(kind) for test in tests)


def _texts(schema: Any, names: list[str]) -> list[str]:
    """Columns that are read as numbered texts: each text once, however often it stands in the file."""
    from pyarrow import types

    return [name for name in names if types.is_string(schema.field(name).type)]


def _text_bytes(column: Any) -> int:
    """Bytes that a column takes as text; of numbers, some twenty each."""
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import types

    if isinstance(column, pa.DictionaryArray) and types.is_string(column.dictionary.type):
        lengths = pc.binary_length(column.dictionary).take(column.indices)
        return int(pc.sum(lengths).as_py() or 0)
    return int(column.nbytes) if types.is_string(column.type) else 0


def _as_text(column: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(column, pa.DictionaryArray):
        column = column.dictionary_decode()
    return pc.utf8_trim_whitespace(pc.cast(column, pa.string()).fill_null(""))
