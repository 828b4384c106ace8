"""New rows, typed, pasted or uploaded, and what the network answers."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from playground.data.prepare import Data, data_settings, prepare
from playground.experiment import Experiment
from playground.live.jobs import Job
from playground.live.results import Key, results
from playground.live.session import LiveSession
from playground.registry import InvalidValue
from playground.text import text
from playground.text.refusals import describe
from playground.ui import session, sharing

MOST_ROWS = 5000
MEMBERS = 8
"""Networks beside that of the run."""
MEMBERS_EPOCHS = 2000
ASKED = "predict.asked"
FIRST = 0.15
"""Seconds that the area waits for the members before it says that they train."""
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
        _members(live, X, data.x_names, language)


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


def job_of(experiment: Experiment, epoch: int, live: LiveSession) -> Job:
    """The training of the members: one for all who ask for the same, of own points one for each visitor."""
    from playground.members import steps

    owner = None if experiment.points is None else session.visitor()
    epochs = min(epoch, MEMBERS_EPOCHS)
    key = Key(("members", experiment, epochs), owner)
    job = results.job(key, lambda: steps(experiment, epochs, MEMBERS), live)
    if job.look()[0] == "stopped":
        job.go_on()
    return job


def _members(live: LiveSession, X: NDArray[np.float64], x_names: tuple[str, ...], language: str) -> None:
    """Asks for more networks that differ by their initial weights alone, trained as far as the run is now."""

    def ask() -> None:
        with live.lock:
            st.session_state[ASKED] = live.trainer.experiment, live.trainer.epoch

    st.button(
        text("ui.predict.members", language, n=MEMBERS),
        key="predict.members",
        on_click=ask,
        help=text("ui.predict.members_help", language, most=f"{MEMBERS_EPOCHS:,}"),
        icon=":material/groups:",
    )
    asked = st.session_state.get(ASKED)
    if asked is not None and prepare(asked[0]).x_names == x_names:
        running = job_of(asked[0], asked[1], live).look()[0] == "running"
        st.fragment(_together, run_every=EVERY if running else None)(live, asked, X, language)


def _together(
    live: LiveSession, asked: tuple[Experiment, int], X: NDArray[np.float64], language: str
) -> None:
    """What the members answer together, or how far their training is."""
    from playground.members import answered_together

    job = job_of(asked[0], asked[1], live)
    job.wait(FIRST)
    status, share, members = job.look()
    if status == "failed":
        st.error(text("sections.failed", language), icon=":material/error:")
    elif members is None:
        st.progress(share, text("ui.predict.training", language, n=MEMBERS))
    else:
        st.caption(text("ui.predict.together", language, n=MEMBERS, epoch=f"{members.epochs:,}"))
        title = text("ui.predict.answer", language, target=target_name(asked[0], language))
        words = [text(f"ui.predict.{name}", language) for name in ("agree", "spread")]
        frame = answered_together(members, X, title, words)
        percent = st.column_config.NumberColumn(format="percent")
        told = [str(name) for name in frame]
        shares = {name: percent for name in told if name == words[0] or "P(" in name}
        st.dataframe(frame, hide_index=True, column_config=shares, width="stretch")


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
