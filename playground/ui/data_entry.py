"""Points of one's own: an uploaded table, an edited one, or an empty map to paint on."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import streamlit as st

from playground.data import (
    Points,
    Table,
    points_frame,
    points_from_experiment,
    points_from_frame,
    points_from_table,
    read_table,
    with_scale,
    with_test_rows,
)
from playground.data.datasets import TOY_DOMAIN, numbered
from playground.data.from_columns import suggest_inputs, width
from playground.data.from_table import guess_task, is_part_column
from playground.data.points import MAX_INPUTS, MAX_ROWS, PARTS
from playground.data.prepare import DataSettings, data_settings
from playground.data.reading.encodings import ENCODINGS
from playground.data.reading.layout import HEAD_LINES, SEPARATORS
from playground.experiment import Experiment
from playground.export.file_code import FromFile, from_file
from playground.keeping import kept_with_the_first
from playground.later import pd
from playground.live.session import LiveSession
from playground.live.tables import tables
from playground.registry import InvalidValue
from playground.text import text
from playground.text.refusals import describe
from playground.ui import session
from playground.ui.sharing import MAX_UPLOAD

PREVIEW_ROWS = 5
FILE = "csv.file"
"""Where the visit keeps how a script reads the file that is trained on."""


def draw(live: LiveSession, language: str) -> None:
    """Upload on the left, painting and the table of points on the right."""
    left, right = st.columns(2, gap="large")
    with left:
        _upload(live, language)
    with right:
        _paint(live, language)
        _table(live, language)


def _take(live: LiveSession, name: str, points: Callable[[], Points]) -> bool:
    """Train on ``points``, unless they are refused."""
    try:
        live.paint(points())
    except InvalidValue as error:
        session.refuse(name, error)
        return False
    session.forget_refusal()
    return True


def _complaint(name: str, language: str) -> None:
    error = session.refused(name)
    if error is not None:
        st.error(describe(error, language), icon=":material/error:")


# --- upload ----------------------------------------------------------------------------------------


TYPES = ["csv", "tsv", "txt", "data", "dat", "tab", "xlsx", "xls", "parquet"]
"""Endings in the picker; what a file is, its bytes tell."""
MAX_PASTED = 2_000_000
"""Characters of a pasted table."""


def _read(data: bytes, mark: str, choices: dict[str, Any]) -> Table | InvalidValue:
    """The table, or why the file is refused."""
    owner = session.visitor()
    key = (id(owner), mark, tuple(choices.items()))
    return tables.get(key, lambda: read_table(data, **choices), owner)


def _upload(live: LiveSession, language: str) -> None:
    st.subheader(text("ui.data.upload", language))
    file = st.file_uploader(
        text("ui.data.upload", language),
        type=TYPES,
        key="csv",
        help=text("ui.data.upload_help", language),
        label_visibility="collapsed",
        on_change=session.forget_refusal,
        max_upload_size=MAX_UPLOAD,
    )
    st.caption(text("ui.data.upload_help", language))
    pasted = st.text_area(
        text("ui.data.paste", language),
        key="csv.paste",
        height=100,
        max_chars=MAX_PASTED,
        help=text("ui.data.paste_help", language),
        on_change=session.forget_refusal,
    )
    if file is None and not pasted.strip():
        return
    data = pasted.encode("utf-8", "replace") if file is None else file.getvalue()
    mark = hashlib.sha256(data).hexdigest()
    choices = _choices(mark)
    table = _read(data, mark, choices)
    if isinstance(table, InvalidValue):
        st.error(describe(table, language), icon=":material/error:")
        _reading(language, mark, None)
        return
    _how_it_was_read(language, table)
    _reading(language, mark, table)
    _choose(live, language, table, mark, data, "table.csv" if file is None else file.name)


# --- how a table is read ------------------------------------------------------------------------------

AUTOMATIC = "auto"
DECIMALS = (".", ",")


def _choices(mark: str) -> dict[str, Any]:
    """What the visitor has chosen for this file, as ``read_table`` takes it."""
    state = st.session_state
    chosen = {
        name: state.get(f"csv.{name}.{mark}")
        for name in ("encoding", "separator", "decimal", "sheet", "header")
    }
    chosen = {name: value for name, value in chosen.items() if value not in (None, AUTOMATIC)}
    if state.get(f"csv.literal.{mark}"):
        chosen["quotes"] = False
    return chosen


def _how_it_was_read(language: str, table: Table) -> None:
    """Dialect, first rows, notes, and what each column is for."""
    header = text(
        "ui.data.read_header" if table.header else "ui.data.read_no_header", language, line=table.header
    )
    if table.sheet or not table.separator:
        key = "read_sheet" if table.sheet else "read_parquet"
        said = text(f"ui.data.{key}", language, rows=f"{table.rows_in_file:,}", columns=len(table.columns))
        header = header if table.sheet else ""
    else:
        said = text(
            "ui.data.read",
            language,
            rows=f"{table.rows_in_file:,}",
            columns=len(table.columns),
            encoding=table.encoding.upper(),
            separator=_separator(table.separator, language),
            decimal=_decimal(table.decimal, language),
        )
    st.caption(f"{said} {header} {text('ui.data.upload_preview', language)}:")
    st.dataframe(table.head(PREVIEW_ROWS), hide_index=True)
    for note in table.notes:
        st.caption(":material/info: " + plain(note.said(language)))
    with st.expander(text("ui.data.columns", language)):
        told = [
            (
                column.name,
                text(f"ui.data.kinds.{column.kind}", language),
                text(f"ui.data.roles.{column.role}", language),
                column.why.said(language),
            )
            for column in table.columns
        ]
        heads = [text(f"ui.data.column_{name}", language) for name in ("name", "kind", "role", "why")]
        st.dataframe(pd.DataFrame(told, columns=heads), hide_index=True)


def plain(said: str) -> str:
    """Text in which nothing that stood in a file is markup."""
    return re.sub(r"([\\`*_\[\]$<>~:#|!])", r"\\\1", said)


def _separator(mark: str, language: str) -> str:
    names = {"\t": "tab", " ": "space", ",": "comma", ";": "semicolon", "|": "bar"}
    return text(f"ui.data.separators.{names[mark]}", language)


def _decimal(mark: str, language: str) -> str:
    return text(f"ui.data.separators.{'point' if mark == '.' else 'comma'}", language)


def _reading(language: str, mark: str, table: Table | None) -> None:
    """The choices that change how the file is read."""
    if table is not None and not table.separator:  # a Parquet file says all of this itself
        return
    with st.expander(text("ui.data.reading", language), expanded=table is None):
        automatic = text("ui.data.automatic", language)
        left, right = st.columns(2)
        if table is not None and table.sheets:
            left.selectbox(text("ui.data.sheet", language), table.sheets, key=f"csv.sheet.{mark}")
        else:
            left.selectbox(
                text("ui.data.encoding", language),
                (AUTOMATIC, *ENCODINGS),
                key=f"csv.encoding.{mark}",
                format_func=lambda name: automatic if name == AUTOMATIC else name.upper(),
            )
            right.selectbox(
                text("ui.data.separator", language),
                (AUTOMATIC, *SEPARATORS),
                key=f"csv.separator.{mark}",
                format_func=lambda name: automatic if name == AUTOMATIC else _separator(name, language),
            )
        left.selectbox(
            text("ui.data.decimal", language),
            (AUTOMATIC, *DECIMALS),
            key=f"csv.decimal.{mark}",
            format_func=lambda name: automatic if name == AUTOMATIC else _decimal(name, language),
        )
        right.number_input(
            text("ui.data.header", language),
            min_value=0,
            max_value=HEAD_LINES,
            value=None,
            step=1,
            key=f"csv.header.{mark}",
            placeholder=automatic,
            help=text("ui.data.header_help", language),
        )
        st.toggle(text("ui.data.literal", language), key=f"csv.literal.{mark}")


def _choose(live: LiveSession, language: str, table: Table, mark: str, data: bytes, name: str) -> None:
    """Pick the columns' roles; ``mark`` tells one file from another."""
    columns = list(table.names)
    file = f"{mark}.{hash(table.names) & 0xFFFF:x}"
    target = st.selectbox(
        text("ui.data.target", language),
        columns,
        index=columns.index(table.target or columns[-1]),
        key=f"csv.target.{file}",
    )
    part = _part(language, table, target, file)
    inputs = st.multiselect(
        text("ui.data.inputs", language),
        [name for name in columns if name not in (target, part)],
        default=suggest_inputs(table, target),
        key=f"csv.inputs.{file}.{columns.index(target)}.{part}",
        placeholder=text("ui.data.inputs_none", language),
        help=text("ui.data.inputs_help", language, most=MAX_INPUTS),
    )
    _what_inputs_become(language, table, inputs)
    kinds = ["classification", "regression"]
    task = st.segmented_control(
        text("ui.data.task", language),
        kinds,
        default=guess_task(table, target),
        required=True,
        format_func=lambda kind: text(f"ui.data.{kind}", language),
        key=f"csv.task.{mark}.{columns.index(target)}",
    )
    options: dict[str, Any] = {"subsample": True}
    second = _second(language, mark)
    if table.missing(target).any():
        options["drop_missing"] = st.toggle(
            text("ui.data.drop_missing", language), value=True, key=f"csv.drop.{mark}"
        )
    if table.n_rows > MAX_ROWS:
        st.caption(text("ui.data.sampled", language, most=f"{MAX_ROWS:,}", rows=f"{table.rows_in_file:,}"))
    scale = st.toggle(
        text("ui.data.standardize", language),
        value=True,
        key=f"csv.scale.{mark}",
        help=text("ui.data.standardize_help", language),
    )

    def use() -> None:
        notes: list[str] = []
        rows = table.rows_in_file

        def chosen() -> Points:
            nonlocal rows
            points = points_from_table(table, target=target, task=task, inputs=inputs, part=part, **options)
            if second is not None:
                tested = _table_of(second)
                points = with_test_rows(points, tested, drop_missing=True, subsample=True)
                rows += tested.rows_in_file
            if scale and not points.class_names:
                points = with_scale(points)
                assert points.target_scale is not None
                mean, std = points.target_scale
                notes.append(text("ui.data.target_scaled", language, mean=readable(mean), std=readable(std)))
            return points

        if _take(live, "csv", chosen):
            if scale and live.experiment.preprocessing.name == "none":
                session.change(live, "csv", preprocessing="standardize")
                notes.append(text("ui.data.features_scaled", language))
            _deal_out(live, language, notes)
            st.session_state["csv.used"] = (mark, rows, notes)
            st.session_state[FILE] = None
            if second is None and (taken := live.experiment.points) is not None:
                quotes = not st.session_state.get(f"csv.literal.{mark}")
                st.session_state[FILE] = from_file(data, name, table, taken, inputs, part, quotes)

    st.button(text("ui.data.use", language), type="primary", key="csv.use", on_click=use)
    _complaint("csv", language)
    used, of, notes = st.session_state.get("csv.used", ("", 0, []))
    if used == mark and live.experiment.points is not None:
        rows = len(live.experiment.points.rows)
        said = text("ui.data.used", language, rows=f"{rows:,}", of=f"{of:,}")
        st.success(" ".join([said, *notes]), icon=":material/check:")


def file_of(experiment: Experiment) -> FromFile | None:
    """How a script reads the experiment's points from the file that was uploaded, where they came from one."""
    file: FromFile | None = st.session_state.get(FILE)
    return file if file is not None and file.points == experiment.points else None


def _part(language: str, table: Table, target: str, file: str) -> str:
    """The column that says which row trains and which tests; "" for none."""
    marked = [c.name for c in table.columns if c.kind == "category" and is_part_column(table, c.name)]
    marked = [name for name in marked if name != target]
    if not marked:
        return ""
    chosen = st.selectbox(
        text("ui.data.part", language),
        ["", *marked],
        index=1 + marked.index(table.part) if table.part in marked else 0,
        format_func=lambda name: name or text("ui.data.part_none", language),
        help=text("ui.data.part_help", language),
        key=f"csv.part.{file}",
    )
    return chosen or ""


def _second(language: str, mark: str) -> bytes | None:
    """A second file, which is tested on."""
    with st.expander(text("ui.data.test_file", language)):
        file = st.file_uploader(
            text("ui.data.test_file", language),
            type=TYPES,
            key=f"csv.test.{mark}",
            help=text("ui.data.test_file_help", language),
            label_visibility="collapsed",
            on_change=session.forget_refusal,
            max_upload_size=MAX_UPLOAD,
        )
        st.caption(text("ui.data.test_file_help", language))
    return None if file is None else file.getvalue()


def _table_of(data: bytes) -> Table:
    """The table of a second file. Raises InvalidValue."""
    found = _read(data, hashlib.sha256(data).hexdigest(), {})
    if isinstance(found, InvalidValue):
        raise found.of(found.field.replace("file", "test", 1))
    return found


def _deal_out(live: LiveSession, language: str, notes: list[str]) -> None:
    """Say which parts the table has; where it has none, each class comes into every part in its share."""
    points = live.experiment.points
    if points is None:
        return
    if points.parts:
        sizes = dict(zip(PARTS, points.part_sizes, strict=True))
        notes.append(
            text("ui.data.parts_used", language, **{part: f"{size:,}" for part, size in sizes.items()})
        )
    elif points.class_names and live.experiment.split.name == "random":
        session.change(live, "csv", split="stratified")
        notes.append(text("ui.data.stratified", language))


def _what_inputs_become(language: str, table: Table, names: list[str]) -> None:
    """How many inputs the columns make, which texts become several, and which cells are filled."""
    known = [name for name in names if width(table, name)]
    said = [text("ui.data.inputs_count", language, n=sum(width(table, name) for name in known))]
    texts = [f"{name} ({width(table, name)})" for name in known if width(table, name) > 1]
    if texts:
        said.append(text("ui.data.one_hot", language, names=", ".join(texts)))
    gaps = {name: int(table.missing(name).sum()) for name in known}
    filled = [f"{name} ({count:,})" for name, count in gaps.items() if count]
    if filled:
        said.append(text("ui.data.filled", language, names=", ".join(filled)))
    st.caption(plain(" ".join(said)))


def readable(value: float) -> str:
    """About four digits, thousands with separators instead of powers of ten."""
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e9 else f"{value:.4g}"


# --- painting --------------------------------------------------------------------------------------


def _paint(live: LiveSession, language: str) -> None:
    def empty() -> None:
        classes = live.experiment.class_names or numbered(2)
        _take(live, "paint", lambda: Points(class_names=classes, domain=TOY_DOMAIN))

    st.button(
        text("ui.data.paint", language),
        icon=":material/brush:",
        help=text("ui.data.paint_help", language),
        key="paint",
        on_click=empty,
    )
    _complaint("paint", language)
    if live.experiment.points is not None and not live.experiment.points.rows:
        st.info(text("ui.data.painting", language), icon=":material/brush:")


# --- table -----------------------------------------------------------------------------------------


def _points(settings: DataSettings) -> tuple[Points, pd.DataFrame]:
    """The current data as points and as the editor's table."""
    points = settings.points or _drawn(settings)
    return points, _frame(points)


_drawn = lru_cache(maxsize=16)(points_from_experiment)
_frame = kept_with_the_first(points_frame)


def table_key(settings: DataSettings) -> str:
    """The editor's key: edits under way outlast changes that leave the data alone."""
    return f"table.{hash(settings) & 0xFFFFFFFF:x}"


def _table(live: LiveSession, language: str) -> None:
    st.subheader(text("ui.data.table", language))
    settings = data_settings(live.experiment)
    points, frame = _points(settings)
    st.caption(text("ui.data.table_help", language))
    gaps = {name for i, name in enumerate(points.x_names) if any(row[i] is None for row in points.rows)}
    target = (
        st.column_config.SelectboxColumn(points.target_name, options=list(points.class_names), required=True)
        if points.class_names
        else st.column_config.NumberColumn(points.target_name, required=True)
    )
    columns = {
        f"x{i + 1}": st.column_config.NumberColumn(name, required=name not in gaps, format="%.3f")
        for i, name in enumerate(points.x_names)
    }
    if points.parts:
        columns["part"] = st.column_config.SelectboxColumn(
            text("ui.data.part", language), options=list(PARTS), required=True, default="train"
        )
    edited = st.data_editor(
        frame,
        key=table_key(settings),
        column_config={**columns, "y": target},
        num_rows="dynamic",
        hide_index=True,
        height=280,
    )
    st.caption(text("ui.data.rows", language, rows=f"{len(edited):,}", most=f"{MAX_ROWS:,}"))

    def apply() -> None:
        _take(live, "table", lambda: points_from_frame(edited.reset_index(drop=True), points))

    changed = not edited.equals(frame)
    st.button(text("ui.data.apply_table", language), key="table.apply", on_click=apply, disabled=not changed)
    _complaint("table", language)
