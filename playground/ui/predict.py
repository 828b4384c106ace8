"""New rows, typed, pasted or uploaded, and what the network answers."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from playground.data.prepare import Data, data_settings, prepare
from playground.live.session import LiveSession
from playground.registry import InvalidValue
from playground.text import text
from playground.text.refusals import describe
from playground.ui import sharing

MOST_ROWS = 5000
EVERY = 2.0
"""Seconds between two looks at the network while the area is open."""
TYPES = ["csv", "tsv", "txt", "data", "xlsx", "parquet"]


def draw(live: LiveSession, language: str) -> None:
    """The rows on top, the answers below; these follow the run."""
    if live.draft or live.failed:
        st.info(live.draft or live.failure)
        return
    st.caption(text("ui.predict.intro", language))
    data = prepare(live.experiment)
    file = st.file_uploader(
        text("ui.predict.upload", language),
        type=TYPES,
        key="predict.file",
        help=text("ui.predict.upload_help", language),
        max_upload_size=sharing.MAX_UPLOAD,
    )
    try:
        X = _typed(live, data, language) if file is None else _uploaded(file.getvalue(), data, language)
    except InvalidValue as error:
        st.error(describe(error, language), icon=":material/error:")
        return
    if len(X):
        st.fragment(_answers, run_every=EVERY)(live, X, data.x_names, language)


def _typed(live: LiveSession, data: Data, language: str) -> NDArray[np.float64]:
    """The rows of the editor; it begins with one of the training part's medians."""
    import pandas as pd

    names = [f"x{k + 1}" for k in range(len(data.x_names))]
    first = [float(f"{value:.4g}") for value in np.median(data.X_train, axis=0)]
    edited = st.data_editor(
        pd.DataFrame([first], columns=names),
        key=f"predict.rows.{hash(data_settings(live.experiment)) & 0xFFFFFFFF:x}",
        column_config={
            name: st.column_config.NumberColumn(shown)
            for name, shown in zip(names, data.x_names, strict=True)
        },
        num_rows="dynamic",
        hide_index=True,
        width="stretch",
    )
    X = edited.to_numpy(dtype=np.float64)[:MOST_ROWS]
    return X[~np.isnan(X).all(axis=1)]


def _uploaded(content: bytes, data: Data, language: str) -> NDArray[np.float64]:
    from playground.data.from_columns import inputs_of
    from playground.data.reading import read_table

    table = read_table(content)
    X = inputs_of(table, data.x_names)
    if len(X) > MOST_ROWS:
        st.caption(text("ui.predict.first", language, most=f"{MOST_ROWS:,}", rows=f"{len(X):,}"))
    return X[:MOST_ROWS]


def _answers(live: LiveSession, X: NDArray[np.float64], x_names: tuple[str, ...], language: str) -> None:
    """The answers of the network as it is now, and the file with them."""
    told = answers(live, X, x_names, language)
    if told is None:
        st.caption(text("ui.predict.changed", language))
        return
    frame, epoch = told
    shares = {
        name: st.column_config.NumberColumn(name, format="percent") for name in frame if name.startswith("P(")
    }
    st.caption(text("ui.predict.epoch", language, epoch=f"{epoch:,}"))
    st.dataframe(frame, hide_index=True, column_config=shares, width="stretch")
    st.download_button(
        text("ui.predict.download", language),
        lambda: sharing.csv_bytes(frame),
        file_name="predictions.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="download.predictions",
    )


def answers(
    live: LiveSession, X: NDArray[np.float64], x_names: tuple[str, ...], language: str
) -> tuple[Any, int] | None:
    """The table of answers and the network's epoch; None where the network now takes other inputs."""
    from playground.answering import answered

    with live.lock:
        trainer = live.trainer
        if live.draft or live.failed or trainer.data.x_names != x_names:
            return None
        experiment = trainer.experiment
        title = text("ui.predict.answer", language, target=target_name(experiment, language))
        return answered(experiment, trainer.data, trainer.engine, X, title), trainer.epoch


def target_name(experiment: Any, language: str) -> str:
    """What is answered: the target's own name where there is one."""
    if experiment.points is not None:
        return str(experiment.points.target_name)
    return text(f"ui.predict.{'class' if experiment.n_classes else 'value'}", language)
