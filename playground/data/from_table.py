"""From a table to points: an uploaded file's columns, or the rows of the editor on the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from playground.data.from_columns import check_inputs, input_columns, inputs_of, with_legend
from playground.data.points import MAX_CLASSES, MAX_MAGNITUDE, MAX_ROWS, PARTS, Part, Points, Row
from playground.data.reading.notes import visible
from playground.data.reading.roles import names_parts, part_of
from playground.data.reading.table import Table, clean_name, read_table, stratified
from playground.later import pd
from playground.registry import InvalidValue

MIN_COLUMNS = 3
"""Two features and a target."""

TargetKind = Literal["classification", "regression"]


@dataclass(frozen=True)
class Roles:
    """Which columns of a table to use, and how to read the target."""

    x1: str
    x2: str
    target: str
    task: TargetKind


def suggest_roles(table: Table, target: str | None = None) -> Roles:
    """A first guess: the table's target if none is given, and its first two features of numbers or of true and false.

    Where there are too few, counters and other columns stand in, to be refused by cell.

    Raises:
        InvalidValue: for ``file`` where the table has fewer than three columns.
    """
    if len(table.columns) < MIN_COLUMNS:
        n = len(table.columns)
        raise InvalidValue("file", "csv.two_features", least=MIN_COLUMNS, n=n)
    target = target if target in table.names else table.target or table.names[-1]
    rest = [column for column in table.columns if column.name != target]
    features = [c.name for c in rest if c.role == "feature" and c.kind in ("number", "boolean")]
    numeric = [c.name for c in rest if c.kind in ("number", "boolean") and c.name not in features]
    others = [c.name for c in rest if c.name not in features + numeric]
    x1, x2 = sorted((features + numeric + others)[:2], key=table.names.index)
    return Roles(x1, x2, target, guess_task(table, target))


def _present(table: Table, name: str) -> NDArray[np.float64]:
    numbers = table.numbers(name)
    return numbers[np.isfinite(numbers)]


def guess_task(table: Table, target: str) -> TargetKind:
    """Regression for numbers with fractions or of more than 10 different values, else classification."""
    if not table.is_numeric(target):
        return "classification"
    numbers = _present(table, target)
    whole = bool((numbers == np.floor(numbers)).all())
    return "classification" if whole and len(np.unique(numbers)) <= MAX_CLASSES else "regression"


def points_from_csv(
    data: bytes,
    x1: str | None = None,
    x2: str | None = None,
    target: str | None = None,
    task: str | None = None,
    **options: Any,
) -> Points:
    """Read a CSV file and take columns of it; see ``read_table`` and ``points_from_table``."""
    return points_from_table(read_table(data), x1, x2, target, task, **options)


def points_from_table(
    table: Table,
    x1: str | None = None,
    x2: str | None = None,
    target: str | None = None,
    task: str | None = None,
    *,
    inputs: Sequence[str] | None = None,
    part: str | None = None,
    drop_missing: bool = False,
    subsample: bool = False,
    scale_target: bool = False,
) -> Points:
    """Take feature columns and a target.

    Args:
        table: the file.
        x1, x2, target: names of columns; None takes the suggested ones.
        inputs: names of any number of columns, in place of ``x1`` and ``x2``, that make 1 to 64 inputs: numbers;
            true and false as 1 and 0; texts, one input of 0 and 1 for each of three or more different ones. Missing
            cells of them stay missing, see ``Points``. A table of two columns takes its one feature so.
        part: name of the column that says of each row whether it trains, validates or tests; None takes the table's
            own, "" none, so that an experiment deals the rows out.
        task: ``"classification"`` (``"binary"`` and ``"multiclass"`` mean the same) or ``"regression"``; None
            guesses from the target.
        drop_missing: leave out rows with a missing cell instead of refusing them; with ``inputs``, rows without a
            target.
        subsample: keep 5,000 rows of a longer table, each class in its share, instead of refusing it.
        scale_target: in regression, let the network learn the target scaled to mean 0 and standard deviation 1; the
            rows keep its own values, see ``Points.target_scale``.

    Raises:
        InvalidValue: for ``x1``, ``x2``, ``inputs``, ``target``, ``part``, ``task``, ``file`` or ``file.<column>``;
            rows count from 1 under the header, without blank lines.
    """
    part = table.part if part is None else part
    others = [name for name in table.names if name != part]
    if inputs is None and x1 is None and x2 is None:
        goal = target or table.target or others[-1]
        names = [name for name in others if name != goal and not _says_nothing(table, name)]
        if len(names) == 1:
            target, inputs = goal, names
    x_names: tuple[str, ...]
    if inputs is not None:
        target = _target(table, target)
        kind = _task(table, target, task)
        check_inputs(table, inputs, target)
        rows = _usable_rows(table, (target,), drop_missing, subsample)
        x_names, X = input_columns(table, inputs, rows)
    else:
        roles = _roles(table, x1, x2, target, task)
        target, kind = roles.target, roles.task
        rows = _usable_rows(table, (roles.x1, roles.x2, target), drop_missing, subsample)
        x_names = (with_legend(table, roles.x1), with_legend(table, roles.x2))
        X = np.column_stack([_finite_numbers(table, name, rows) for name in (roles.x1, roles.x2)])
    class_names: tuple[str, ...] = ()
    y: NDArray[Any]
    if kind == "classification":
        class_names, y = _classes(table, target, rows)
    else:
        y = _finite_numbers(table, target, rows)
    points = Points(
        x_names=x_names,
        target_name=target,
        class_names=class_names,
        rows=tuple((*x, value) for x, value in zip(X.tolist(), y.tolist(), strict=True)),
        parts=_parts(table, part, rows, {*(inputs or ()), target}) if part else (),
    )
    return with_scale(points) if scale_target and kind == "regression" and points.rows else points


def _says_nothing(table: Table, name: str) -> bool:
    """Whether a column holds one text in all rows."""
    return table[name].why.key == "why_constant" and not table.is_numeric(name)


def is_part_column(table: Table, name: str) -> bool:
    """Whether a column says of each row whether it trains, validates or tests."""
    return names_parts(list({text for text in table.texts(name) if text}))


def _parts(table: Table, name: str, rows: NDArray[np.int64], taken: set[str]) -> tuple[Part, ...]:
    """The part of each of these rows. Raises InvalidValue: a cell names none, or no row is to be trained on."""
    if name not in table.names:
        raise InvalidValue("part", "csv.column", name, choices=", ".join(table.names[:20]))
    if name in taken:
        raise InvalidValue("part", "csv.twice", name)
    found = []
    for row, text in zip(rows.tolist(), table.texts(name)[rows], strict=True):
        part = part_of(text)
        if part is None:
            raise InvalidValue(f"file.{name}", "csv.part", visible(text), row=row + 1)
        found.append(part)
    if "train" not in found:
        raise InvalidValue(f"file.{name}", "csv.part_train")
    return tuple(found)


def with_test_rows(
    points: Points, table: Table, *, drop_missing: bool = False, subsample: bool = False
) -> Points:
    """The points with the rows of a second table as their test part; a test part of their own makes way.

    Args:
        points: as ``points_from_table`` makes them.
        table: with the same columns, in any order; others in it count nothing.
        drop_missing: leave out its rows without a target instead of refusing them.
        subsample: where both have more than 5,000 rows together, keep as large a share of each.

    Raises:
        InvalidValue: for ``test`` or ``test.<column>``.
    """
    target = points.target_name
    try:
        if target not in table.names:
            raise InvalidValue(f"file.{target}", "csv.column", target, choices=", ".join(table.names[:20]))
        rows = _usable_rows(table, (target,), drop_missing, True)
        X = inputs_of(table, points.x_names)[rows]
        y = (
            _known_classes(table, points, rows)
            if points.class_names
            else _finite_numbers(table, target, rows)
        )
    except InvalidValue as refused:
        raise refused.of(refused.field.replace("file", "test", 1)) from None
    own = [(row, points.parts[i] if points.parts else PARTS[0]) for i, row in enumerate(points.rows)]
    known = [(row, part) for row, part in own if part != "test"]
    tested = [((*x, value), PARTS[2]) for x, value in zip(X.tolist(), y.tolist(), strict=True)]
    n = len(known) + len(tested)
    if n > MAX_ROWS:
        if not subsample:
            raise InvalidValue("test", "csv.many_rows", most=f"{MAX_ROWS:,}", n=f"{n:,}")
        known, tested = (_evenly(part, len(part) * MAX_ROWS // n) for part in (known, tested))
    both = known + tested
    return replace(points, rows=tuple(row for row, _ in both), parts=tuple(part for _, part in both))


def _evenly(rows: list[Any], most: int) -> list[Any]:
    return [rows[i * len(rows) // most] for i in range(most)]


def _known_classes(table: Table, points: Points, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    number = {label: k for k, label in enumerate(points.class_names)}
    found = []
    for row, label in zip(rows.tolist(), class_labels(table, points.target_name)[rows], strict=True):
        if label not in number:
            where, listed = f"file.{points.target_name}", ", ".join(points.class_names)
            raise InvalidValue(where, "table.class", visible(label), choices=listed, row=row + 1)
        found.append(number[label])
    return np.array(found, dtype=np.int64)


def with_scale(points: Points) -> Points:
    """Regression points of whose target the network learns the standardized values; a constant one is only centred."""
    y = np.array(points.targets, dtype=np.float64)
    return replace(points, target_scale=(float(y.mean()), float(y.std()) or 1.0))


def _roles(table: Table, x1: str | None, x2: str | None, target: str | None, task: str | None) -> Roles:
    if x1 is None or x2 is None or target is None:
        guess = suggest_roles(table, target)
        x1, x2, target = x1 or guess.x1, x2 or guess.x2, target or guess.target
    listed = ", ".join(table.names[:20])
    taken: list[str] = []
    for where, name in (("x1", x1), ("x2", x2), ("target", target)):
        if name not in table.names:
            raise InvalidValue(where, "csv.column", name, choices=listed)
        if name in taken:
            raise InvalidValue(where, "csv.twice", name)
        taken.append(name)
    return Roles(x1, x2, target, _task(table, target, task))


def _target(table: Table, name: str | None) -> str:
    """The column of that name, or the table's target. Raises InvalidValue: there is none of that name."""
    name = name or table.target or table.names[-1]
    if name not in table.names:
        raise InvalidValue("target", "csv.column", name, choices=", ".join(table.names[:20]))
    return name


def _task(table: Table, target: str, task: str | None) -> TargetKind:
    if task in ("classification", "binary", "multiclass"):
        return "classification"
    if task == "regression":
        return "regression"
    if task is not None:
        raise InvalidValue("task", "csv.task", task)
    return guess_task(table, target)


def _usable_rows(
    table: Table, names: tuple[str, ...], drop_missing: bool, subsample: bool
) -> NDArray[np.int64]:
    """Indices of the rows to use, at most 5,000; the target is the last of ``names``."""
    missing = np.column_stack([table.missing(name) for name in names])  # (n_rows, columns)
    if missing.any() and not drop_missing:
        row, column = np.argwhere(missing)[0]
        gaps = int(missing.any(axis=1).sum())
        where = f"file.{names[column]}"
        raise InvalidValue(where, "csv.missing", row=row + 1, n=gaps)
    rows = np.flatnonzero(~missing.any(axis=1))
    if len(rows) == 0:
        raise InvalidValue("file", "csv.no_rows")
    if len(rows) > MAX_ROWS:
        if not subsample:
            raise InvalidValue("file", "csv.many_rows", most=f"{MAX_ROWS:,}", n=f"{len(rows):,}")
        rows = stratified(table, names[-1], rows, MAX_ROWS)
    return rows


def _finite_numbers(table: Table, name: str, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    numbers = table.numbers(name)[rows]
    bad = np.flatnonzero(~(np.abs(numbers) <= MAX_MAGNITUDE))  # nan compares false: text is bad too
    if len(bad):
        first, row = bad[0], rows[bad[0]]
        text = table.texts(name)[row]
        if np.isnan(numbers[first]):
            raise InvalidValue(f"file.{name}", "csv.number", visible(text), row=row + 1)
        raise InvalidValue(f"file.{name}", "csv.large", text, row=row + 1)
    return numbers


def class_labels(table: Table, name: str) -> NDArray[Any]:
    """Class labels as text, ``(n_rows,)``; numbers in their shortest form, so that 1, 1.0 and 1e0 agree."""
    if table.is_numeric(name):
        return np.array(["" if np.isnan(v) else f"{v:.15g}" for v in table.numbers(name)], dtype=object)
    return np.array([clean_name(text) for text in table.texts(name)], dtype=object)


def _distinct_labels(table: Table, name: str) -> list[str]:
    labels = list(dict.fromkeys(label for label in class_labels(table, name) if label))
    return sorted(labels, key=float) if table.is_numeric(name) else sorted(labels)


def _classes(table: Table, name: str, rows: NDArray[np.int64]) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    labels = class_labels(table, name)[rows]
    found = set(labels)
    if not 2 <= len(found) <= MAX_CLASSES:
        raise InvalidValue(f"file.{name}", "csv.classes", most=MAX_CLASSES, n=len(found))
    names = [label for label in _distinct_labels(table, name) if label in found]
    if len(names) < len(found):
        raise InvalidValue(f"file.{name}", "csv.unprintable")
    number = {label: k for k, label in enumerate(names)}
    return tuple(names), np.array([number[label] for label in labels], dtype=np.int64)


def points_frame(points: Points) -> pd.DataFrame:
    """The points as an editable table with the columns x1, x2, … and y; classes by name, missing cells nan.

    Points that come with parts have a column ``part`` with their names.
    """
    target = [points.class_names[int(k)] for k in points.targets] if points.class_names else points.targets
    frame = pd.DataFrame({f"x{i + 1}": column for i, column in enumerate(points.X.T)})
    frame["y"] = pd.Series(target, dtype=object if points.class_names else np.float64)
    if points.parts:
        frame["part"] = pd.Series(points.parts, dtype=object)
    return frame


def points_from_frame(frame: pd.DataFrame, points: Points) -> Points:
    """Read an edited ``points_frame`` back; names, classes and map stay those of ``points``.

    A cell may be missing where its column has missing cells already.

    Raises:
        InvalidValue: for ``table.<column>``, with the row counted from 1: a missing or unusable number, or a
            class or part that ``points`` does not have.
    """
    number = {name: k for k, name in enumerate(points.class_names)}
    names = [f"x{i + 1}" for i in range(len(points.x_names))]
    gaps = {name for i, name in enumerate(names) if any(row[i] is None for row in points.rows)}
    rows: list[Row] = []
    cells = zip(*(frame[name] for name in (*names, "y")), strict=True)
    for i, row in enumerate(cells, start=1):
        values: list[float | None] = []
        for column, value in zip((*names, "y"), row, strict=True):
            if column == "y" and points.class_names:
                if not isinstance(value, str) or value not in number:
                    listed = ", ".join(points.class_names)
                    raise InvalidValue(f"table.{column}", "table.class", value, choices=listed, row=i)
                values.append(float(number[value]))
                continue
            if column in gaps and pd.isna(value):
                values.append(None)
                continue
            try:
                cell = float(value)
            except (TypeError, ValueError):
                raise InvalidValue(f"table.{column}", "csv.number", value, row=i) from None
            if not abs(cell) <= MAX_MAGNITUDE:
                raise InvalidValue(f"table.{column}", "csv.large", value, row=i)
            values.append(cell)
        rows.append(tuple(values))
    parts = tuple(frame["part"]) if points.parts else ()
    for i, part in enumerate(parts, start=1):
        if part not in PARTS:
            raise InvalidValue("table.part", "table.class", part, choices=", ".join(PARTS), row=i)
    return replace(points, rows=tuple(rows), parts=parts)
