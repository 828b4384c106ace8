"""Points of one's own: an uploaded table, an edited one, or an empty map to paint on."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache

import pandas as pd
import streamlit as st

from playground.data import (
    Points,
    Table,
    points_frame,
    points_from_experiment,
    points_from_frame,
    points_from_table,
    read_csv,
    standardise_target,
    suggest_roles,
)
from playground.data.datasets import TOY_DOMAIN, numbered
from playground.data.points import MAX_ROWS
from playground.data.prepare import DataSettings, data_settings
from playground.live.session import LiveSession
from playground.registry import InvalidValue
from playground.text import text
from playground.text.refusals import describe
from playground.ui import session
from playground.ui.sharing import MAX_UPLOAD

PREVIEW_ROWS = 5


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


@lru_cache(maxsize=8)
def _read(data: bytes) -> Table | InvalidValue:
    try:
        return read_csv(data)
    except InvalidValue as error:
        return error


def _upload(live: LiveSession, language: str) -> None:
    st.subheader(text("ui.data.upload", language))
    file = st.file_uploader(
        text("ui.data.upload", language),
        type=["csv", "tsv", "txt"],
        key="csv",
        help=text("ui.data.upload_help", language),
        label_visibility="collapsed",
        on_change=session.forget_refusal,
        max_upload_size=MAX_UPLOAD,
    )
    st.caption(text("ui.data.upload_help", language))
    if file is None:
        return
    data = file.getvalue()
    table = _read(data)
    if isinstance(table, InvalidValue):
        st.error(describe(table, language), icon=":material/error:")
        return
    _choose(live, language, table, hashlib.sha256(data).hexdigest()[:12])


def _choose(live: LiveSession, language: str, table: Table, mark: str) -> None:
    """Pick the columns' roles; ``mark`` tells one file from another."""
    guess = suggest_roles(table)
    columns = list(table.columns)
    st.caption(text("ui.data.upload_preview", language))
    st.dataframe(table.cells.head(PREVIEW_ROWS), hide_index=True)
    names: dict[str, str] = {}
    for cell, role in zip(st.columns(3), ("x1", "x2", "target"), strict=True):
        names[role] = cell.selectbox(
            text(f"ui.data.{role}", language),
            columns,
            index=columns.index(getattr(guess, role)),
            key=f"csv.{role}.{mark}",
        )
    kinds = ["classification", "regression"]
    task = st.segmented_control(
        text("ui.data.task", language),
        kinds,
        default=guess.task,
        required=True,
        format_func=lambda kind: text(f"ui.data.{kind}", language),
        key=f"csv.task.{mark}",
    )
    options: dict[str, bool] = {}
    if (table.cells == "").to_numpy().any():
        options["drop_missing"] = st.toggle(text("ui.data.drop_missing", language), key=f"csv.drop.{mark}")
    if table.n_rows > MAX_ROWS:
        options["subsample"] = st.toggle(text("ui.data.subsample", language), key=f"csv.subsample.{mark}")
    scale = st.toggle(
        text("ui.data.standardise", language),
        value=True,
        key=f"csv.scale.{mark}",
        help=text("ui.data.standardise_help", language),
    )

    def use() -> None:
        notes: list[str] = []

        def chosen() -> Points:
            points = points_from_table(table, names["x1"], names["x2"], names["target"], task, **options)
            if scale and not points.class_names:
                name = text("ui.data.standardised", language, name=points.target_name)
                points, mean, std = standardise_target(points, name)
                notes.append(text("ui.data.target_scaled", language, mean=readable(mean), std=readable(std)))
            return points

        if _take(live, "csv", chosen):
            if scale and live.experiment.preprocessing.name == "none":
                session.change(live, "csv", preprocessing="standardising")
                notes.append(text("ui.data.features_scaled", language))
            st.session_state["csv.used"] = (mark, notes)

    st.button(text("ui.data.use", language), type="primary", key="csv.use", on_click=use)
    _complaint("csv", language)
    used, notes = st.session_state.get("csv.used", ("", []))
    if used == mark and live.experiment.points is not None:
        said = text("ui.data.used", language, rows=len(live.experiment.points.rows))
        st.success(" ".join([said, *notes]), icon=":material/check:")


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


@lru_cache(maxsize=16)
def _points(settings: DataSettings) -> tuple[Points, pd.DataFrame]:
    """The current data as points and as the editor's table."""
    points = settings.points or points_from_experiment(settings)
    return points, points_frame(points)


def table_key(settings: DataSettings) -> str:
    """The editor's key: edits under way outlast changes that leave the data alone."""
    return f"table.{hash(settings) & 0xFFFFFFFF:x}"


def _table(live: LiveSession, language: str) -> None:
    st.subheader(text("ui.data.table", language))
    settings = data_settings(live.experiment)
    points, frame = _points(settings)
    st.caption(text("ui.data.table_help", language))
    target = (
        st.column_config.SelectboxColumn(points.target_name, options=list(points.class_names), required=True)
        if points.class_names
        else st.column_config.NumberColumn(points.target_name, required=True)
    )
    columns = {
        "x1": st.column_config.NumberColumn(points.x_names[0], required=True, format="%.3f"),
        "x2": st.column_config.NumberColumn(points.x_names[1], required=True, format="%.3f"),
        "y": target,
    }
    edited = st.data_editor(
        frame,
        key=table_key(settings),
        column_config=columns,
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
