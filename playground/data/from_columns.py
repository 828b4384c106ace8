"""Any columns of a table as inputs: numbers as they are, true and false as 1 and 0, texts as one input a value."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from playground.data.points import MAX_INPUTS, MAX_MAGNITUDE
from playground.data.reading.notes import visible
from playground.data.reading.table import Table, clean_name
from playground.registry import InvalidValue


def width(table: Table, name: str) -> int:
    """Inputs that a column makes: one, or one a value for a column of three or more different texts; 0: it makes none
    (free text, dates)."""
    kind = table[name].kind
    if kind in ("number", "boolean"):
        return 1
    if kind != "category":
        return 0
    values = len(_values(table, name))
    return 1 if values == 2 else values


def suggest_inputs(table: Table, target: str) -> tuple[str, ...]:
    """The table's features, but for the target, from the left as far as they make at most 64 inputs."""
    found, total = [], 0
    for column in table.columns:
        size = width(table, column.name) if column.role == "feature" and column.name != target else 0
        if size and total + size <= MAX_INPUTS:
            found.append(column.name)
            total += size
    return tuple(found)


def check_inputs(table: Table, names: Sequence[str], target: str) -> None:
    """Refuse columns that make no inputs, or too many. Raises InvalidValue for ``inputs`` or ``file.<column>``."""
    if not names:
        raise InvalidValue("inputs", "csv.no_inputs")
    taken: set[str] = {target}
    for name in names:
        if name not in table.names:
            raise InvalidValue("inputs", "csv.column", name, choices=", ".join(table.names[:20]))
        if name in taken:
            raise InvalidValue("inputs", "csv.twice", name)
        if not width(table, name):
            raise InvalidValue(f"file.{name}", "csv.no_input")
        taken.add(name)
    total = sum(width(table, name) for name in names)
    if total > MAX_INPUTS:
        raise InvalidValue("inputs", "csv.many_inputs", most=MAX_INPUTS, n=total)


def input_columns(
    table: Table, names: Sequence[str], rows: NDArray[np.int64]
) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """The inputs that checked columns make: their names, and float64 ``(len(rows), d)``, nan where a cell is missing.

    Raises InvalidValue for ``file.<column>``: a number that is too large.
    """
    titles: list[str] = []
    found: list[NDArray[np.float64]] = []
    for name in names:
        if table[name].kind == "category":
            values, texts = _values(table, name), table.texts(name)[rows]
            gaps = table.missing(name)[rows]
            two = len(values) == 2  # they need one input alone, which says which is which
            for value in values[1:] if two else values:
                title = f"{name} (0 {values[0]}, 1 {value})" if two else f"{name} = {value}"
                titles.append(clean_name(title))
                found.append(np.where(gaps, np.nan, (texts == value).astype(np.float64)))
        else:
            titles.append(with_legend(table, name))
            found.append(_bearable(table, name, rows))
    return tuple(titles), np.column_stack(found)


def with_legend(table: Table, name: str) -> str:
    """An input's name; one of true and false says which is which."""
    if table[name].kind != "boolean":
        return name
    false, true = table.legend(name)
    return clean_name(f"{name} (0 {false}, 1 {true})")


def _values(table: Table, name: str) -> list[str]:
    return sorted({text for text in table.texts(name) if text})


def _bearable(table: Table, name: str, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    numbers = table.numbers(name)[rows]
    bad = np.flatnonzero(np.abs(numbers) > MAX_MAGNITUDE)
    if len(bad):
        row = rows[bad[0]]
        raise InvalidValue(f"file.{name}", "csv.large", visible(table.texts(name)[row]), row=row + 1)
    return numbers


def inputs_of(table: Table, x_names: Sequence[str]) -> NDArray[np.float64]:
    """The inputs that a table holds, float64 (n_rows, columns), nan where a cell is missing.

    Each is found by its name. An input that was made of a column of texts or of true and false, as ``name = value`` or
    ``name (0 no, 1 yes)``, is made of the column ``name`` again.

    Raises:
        InvalidValue: a column is not there, or holds no numbers; its field is the column.
    """
    return np.column_stack([_input(table, title) for title in x_names]).reshape(-1, len(x_names))


def _input(table: Table, title: str) -> NDArray[np.float64]:
    if title in table.names:
        numbers = table.numbers(title)
        if np.isinf(numbers).any() or (np.isnan(numbers) & ~table.missing(title)).any():
            bad = int(np.flatnonzero(~np.isfinite(numbers) & ~table.missing(title))[0])
            raise InvalidValue(f"file.{title}", "csv.number", table.texts(title)[bad], row=bad + 1)
        return numbers
    for name in table.names:
        texts = table.texts(name)
        if title.startswith(f"{name} = "):
            return np.where(table.missing(name), np.nan, texts == title.removeprefix(f"{name} = "))
        if title.startswith(f"{name} (0 ") and title.endswith(")"):
            zero, _, one = title.removeprefix(f"{name} (0 ")[:-1].partition(", 1 ")
            return np.where(texts == one, 1.0, np.where(texts == zero, 0.0, np.nan))
    raise InvalidValue(f"file.{title}", "csv.column", title, choices=", ".join(table.names[:20]))
