"""The data part of a script that reads a person's own file with pandas.

pandas does not read every file as ``read_table`` does. So a file is read both ways, with what makes pandas find the
same numbers, before a script says so; where they still differ, the script holds the points themselves.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import numpy as np

from playground.data.from_table import class_labels
from playground.data.points import MAX_ROWS, Points
from playground.data.reading.roles import part_of
from playground.data.reading.table import Table, drawn
from playground.export.code import fitted, source_of
from playground.later import pd
from playground.text.characters import is_seen

MAX_NAME = 120
"""Characters of a file's name."""


def numbers(column: Any) -> Any:
    """A column of numbers (n,); a cell that holds none is missing."""
    return pd.to_numeric(column, errors="coerce").to_numpy(float)


def plain(column: Any, mark: str) -> Any:
    """Numbers (n,) of cells with signs of currency or percent, or groups of thousands."""
    bare = column.str.replace("[\u2212\u2013\ufe63\uff0d]", "-", regex=True)
    bare = bare.str.replace(rf"[^-\d{mark}eE]", "", regex=True)
    return numbers(bare.str.replace(mark, "."))


def indicator(column: Any, value: Any, missing: Any) -> Any:
    """1 where a column holds the value, 0 where another one, nan where a cell is missing (n,)."""
    return np.where(column.isin(missing), np.nan, column == value)


@dataclass(frozen=True)
class Expression:
    """An array (n,) made of one column: as code, and the same computed."""

    code: str
    column: str
    function: str
    arguments: tuple[Any, ...] = ()

    def values(self, frame: Any) -> Any:
        """The array for a table."""
        column = frame.get(self.column)
        if self.function == "comma":
            return numbers(column.str.replace(",", "."))
        if self.function == "plain":
            return plain(column, *self.arguments)
        if self.function == "one_hot":
            return frame[list(self.arguments[0])].astype(float).to_numpy().argmax(axis=1).astype(float)
        if self.function == "map":
            return column.map(self.arguments[0]).to_numpy(float)
        if self.function == "numbers_map":
            found, values = self.arguments
            return pd.Series(values.values(frame)).map(found).to_numpy(float)
        if self.function == "indicator":
            return indicator(column, *self.arguments)
        return numbers(column)


@dataclass(frozen=True, eq=False)
class FromFile:
    """How a script makes points of a file.

    Args:
        points: that it makes.
        name: of the file.
        reader: pandas' function, and its ``options``.
        inputs, target: what the columns become.
        part: the column that says which row trains and which tests, and what its texts stand for; None without one.
        by: what rows are drawn by, in the order of which; "" where all are kept.
        summed: last rows that sum up the others.
    """

    points: Points
    name: str
    reader: str
    options: Mapping[str, Any]
    inputs: tuple[Expression, ...]
    target: Expression
    part: tuple[str, dict[str, str]] | None
    by: str
    summed: int = 0

    def code(self) -> str:
        """Statements that make ``X``, ``y`` and, where there is one, ``part``."""
        call = "".join(f", {key}={_literal(value)}" for key, value in self.options.items())
        read = fitted(f"table = pd.{self.reader}({_literal(self.name)}{call})")
        expressions = (*self.inputs, self.target)
        uses = "\n".join(expression.code for expression in expressions)
        definitions = [source_of(plain)] if "plain(" in uses else []
        if "numbers(" in uses and not definitions:  # which comes with ``plain``
            definitions.append(source_of(numbers))
        if "indicator(" in uses:
            definitions.append(source_of(indicator))
        lines = [fitted(f"y = {self.target.code}"), "rows = np.flatnonzero(~np.isnan(y))"]
        if self.by:
            definitions.append(source_of(drawn))
            codes = "y" if self.by == "y" else f"pd.factorize(table[{_literal(self.target.column)}])[0]"
            lines.append(f"rows = rows[drawn({codes}[rows], {MAX_ROWS})]")
        lines += ["columns = [", *(f"    {expression.code}," for expression in self.inputs), "]"]
        kind = ".astype(int)" if self.points.class_names else ""
        lines.append(f"X, y = np.column_stack(columns)[rows], y[rows]{kind}")
        if self.part:
            column, words = self.part
            said = ", ".join(f"{_literal(text)}: {_literal(part)}" for text, part in words.items())
            lines.append(fitted(f"part = table[{_literal(column)}].map({{{said}}}).to_numpy()[rows]"))
        if self.summed:
            read += f"\ntable = table[:-{self.summed}]  # without what sums up the other rows"
        return "\n\n".join([*definitions, ""]) + "\n".join([read, *lines])

    def frame(self, data: bytes) -> Any:
        """The table as pandas reads it."""
        frame = getattr(pd, self.reader)(io.BytesIO(data), **self.options)
        return frame[: -self.summed] if self.summed else frame

    def agrees(self, data: bytes) -> bool:
        """Whether a file becomes the points."""
        frame = self.frame(data)
        y = self.target.values(frame)
        rows = np.flatnonzero(~np.isnan(y))
        if self.by:
            codes = y if self.by == "y" else pd.factorize(frame[self.target.column])[0]
            rows = rows[drawn(codes[rows], MAX_ROWS)]
        X = np.column_stack([expression.values(frame) for expression in self.inputs])[rows]
        known = np.array(self.points.targets, dtype=np.float64)
        same = X.shape == self.points.X.shape and np.allclose(y[rows], known, rtol=1e-12, atol=0)
        if self.part is not None:
            column, words = self.part
            same = same and tuple(frame[column].map(words).to_numpy()[rows]) == self.points.parts
        return bool(same and np.allclose(X, self.points.X, rtol=1e-12, atol=0, equal_nan=True))


def from_file(
    data: bytes,
    name: str,
    table: Table,
    points: Points,
    inputs: Sequence[str],
    part: str = "",
    quotes: bool = True,
) -> FromFile | None:
    """How a script makes these points of the file that they came from; None where pandas reads it otherwise.

    Args:
        data: the file. name: of it.
        table: as it was read. points: as ``points_from_table`` made them, without a second file.
        inputs, part: columns as there.
        quotes: whether quotation marks hold cells together.
    """
    for reader, options in _readers(table, quotes):
        try:
            found = _found(data, name, table, points, inputs, part, reader, options)
            if found is not None and found.agrees(data):
                return found
        except (ValueError, KeyError, TypeError, AttributeError):  # what pandas says where it reads otherwise
            continue
    return None


def _found(
    data: bytes,
    name: str,
    table: Table,
    points: Points,
    inputs: Sequence[str],
    part: str,
    reader: str,
    options: Mapping[str, Any],
) -> FromFile | None:
    """What a script would do if pandas read the file so; None where a column is not there."""
    summed = sum(note.key == "total_row" for note in table.notes)
    frame = getattr(pd, reader)(io.BytesIO(data), **options)
    frame = frame[:-summed] if summed else frame
    if bool(points.parts) != bool(part) or not set(inputs) <= set(frame.columns):
        return None
    return FromFile(
        points,
        _file_name(name),
        reader,
        options,
        tuple(each for column in inputs for each in _inputs(table, frame, column)),
        _target(table, frame, points),
        (part, {text: str(part_of(text)) for text in frame[part].unique()}) if part else None,
        _drawn_by(table, points),
        summed,
    )


def _readers(table: Table, quotes: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    """Ways to have pandas read the file, the plainest first."""
    reader, options = _reader(table, quotes)
    yield reader, options
    if reader == "read_parquet":
        return
    # names that are not the header's own: of units, repeated or empty ones
    units = next((dict(note.values)["line"] for note in table.notes if note.key == "units"), 0)
    names = [column.name for column in table.columns if " | " not in column.name]
    named = {**options, "header": None, "names": names}
    if table.header:
        named["skiprows"] = units or table.header
        yield reader, named
    yield reader, {**named, "names": [*names, "rest"]}  # rows that end in a separator


def _reader(table: Table, quotes: bool) -> tuple[str, dict[str, Any]]:
    if table.encoding == "parquet":
        return "read_parquet", {}
    options: dict[str, Any] = {"dtype": "object", "keep_default_na": False}
    if table.header > 1:
        options["skiprows"] = table.header - 1
    if table.header == 0:
        options |= {"header": None, "names": list(table.names)}
    if table.sheet:
        return "read_excel", {"sheet_name": table.sheet, **options}
    if table.separator != ",":
        options["sep"] = r"\s+" if table.separator == " " else table.separator
    if table.encoding != "utf-8":
        options["encoding"] = table.encoding
    if not quotes:
        options["quoting"] = 3
    return "read_csv", {**options, "skipinitialspace": True}


def _file_name(name: str) -> str:
    plain = "".join(c for c in PurePath(name.replace("\\", "/")).name if is_seen(c))[-MAX_NAME:]
    return plain or "table.csv"


def _literal(text: Any) -> str:
    """A text as code, in the quotation marks that scripts use."""
    if isinstance(text, list):
        return f"[{', '.join(map(_literal, text))}]"
    shown = repr(text)
    return f'"{shown[1:-1]}"' if isinstance(text, str) and not re.search(r"[\"'\\]", text) else shown


def _numbers(table: Table, frame: Any, name: str) -> Expression:
    """A column of numbers: as pandas reads them, or by what makes it read the same."""
    own = f"table[{_literal(name)}]"
    ways = [Expression(f"numbers({own})", name, "numbers")]
    if table.decimal == ",":
        ways.insert(0, Expression(f'numbers({own}.str.replace(",", "."))', name, "comma"))
    ways += [Expression(f"plain({own}, {_literal(mark)})", name, "plain", (mark,)) for mark in ".,"]
    known = table.numbers(name)
    known = known[~np.isnan(known)]
    for way in ways:
        if way.function == "numbers" or pd.api.types.is_object_dtype(frame[name]):
            values = way.values(frame)
            values = values[~np.isnan(values)][: len(known)]
            if len(values) == len(known) and np.allclose(values, known, rtol=1e-12, atol=0):
                return way
    return ways[0]


def _inputs(table: Table, frame: Any, name: str) -> list[Expression]:
    """What a column becomes; see ``from_columns.input_columns``."""
    if table[name].kind == "number":
        return [_numbers(table, frame, name)]
    own = f"table[{_literal(name)}]"
    texts = list(frame[name].unique())
    if table[name].kind == "boolean":
        zero, one = (text.lower() for text in table.legend(name))
        words = {text: float(str(text).lower() == one) for text in texts if str(text).lower() in (zero, one)}
        said = ", ".join(f"{_literal(text)}: {value:g}" for text, value in words.items())
        return [Expression(f"{own}.map({{{said}}}).to_numpy(float)", name, "map", (words,))]
    values = sorted({text for text in table.texts(name) if text})
    missing = [text for text in texts if text not in values]
    return [
        Expression(
            f"indicator({own}, {_literal(value)}, {_literal(missing)})", name, "indicator", (value, missing)
        )
        for value in (values[1:] if len(values) == 2 else values)
    ]


def _target(table: Table, frame: Any, points: Points) -> Expression:
    name = points.target_name
    if not points.class_names:
        return _numbers(table, frame, name)
    number = {label: k for k, label in enumerate(points.class_names)}
    own = f"table[{_literal(name)}]"
    if " | " in name and name not in frame:
        hot = f"table[{_literal(list(points.class_names))}].astype(float)"
        return Expression(
            f"{hot}.to_numpy().argmax(axis=1).astype(float)", name, "one_hot", (points.class_names,)
        )
    if table.is_numeric(name):
        found = {float(label): k for label, k in number.items()}
        said = ", ".join(f"{value!r}: {k}" for value, k in found.items())
        values = _numbers(table, frame, name)
        return Expression(
            f"pd.Series({values.code}).map({{{said}}}).to_numpy(float)", name, "numbers_map", (found, values)
        )
    labels = dict(zip(table.texts(name), class_labels(table, name), strict=True))
    words = {text: number[labels[text]] for text in frame[name].unique() if labels.get(text) in number}
    said = ", ".join(f"{_literal(text)}: {k}" for text, k in words.items())
    return Expression(f"{own}.map({{{said}}}).to_numpy(float)", name, "map", (words,))


def _drawn_by(table: Table, points: Points) -> str:
    usable = int((~table.missing(points.target_name)).sum())
    if usable <= MAX_ROWS:
        return ""
    return "y" if table[points.target_name].kind in ("number", "boolean") else "texts"
