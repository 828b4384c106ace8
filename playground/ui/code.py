"""The running experiment as code: to read, copy and download."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from playground.experiment import Experiment
from playground.live.session import LiveSession
from playground.registry import InvalidValue
from playground.text import text
from playground.text.refusals import describe
from playground.ui import data_entry, session
from playground.ui.data_entry import plain

if TYPE_CHECKING:
    from playground.export.file_code import FromFile

EPOCHS = "code.epochs"
FIRST_EPOCHS = 100
MAX_EPOCHS = 100_000


def draw(live: LiveSession, language: str) -> None:
    """Script and notebook of the running experiment."""
    from playground import export

    experiment = live.experiment
    st.caption(text("ui.code.intro", language))
    if EPOCHS not in st.session_state:
        st.session_state[EPOCHS] = min(live.trainer.epoch, MAX_EPOCHS) or FIRST_EPOCHS
    epochs = st.number_input(
        text("ui.code.epochs", language), min_value=1, max_value=MAX_EPOCHS, step=10, key=EPOCHS, width=160
    )
    try:
        file = data_entry.file_of(experiment)
        script = export.to_script(experiment, epochs, language, file)
    except InvalidValue as error:
        st.info(text("ui.code.unavailable", language, reason=describe(error, language)))
        return
    with st.container(horizontal=True):
        st.download_button(
            text("ui.code.download_script", language),
            script,
            file_name="experiment.py",
            mime="text/x-python",
            icon=":material/download:",
            on_click="ignore",
            key="download.script",
        )
        st.download_button(
            text("ui.code.download_notebook", language),
            lambda: export.to_notebook(experiment, epochs, language, file),
            file_name="experiment.ipynb",
            mime="application/x-ipynb+json",
            icon=":material/download:",
            on_click="ignore",
            key="download.notebook",
        )
        _keras(experiment, epochs, language, file)
        st.download_button(
            text("ui.code.download_numpy", language),
            lambda: export.to_numpy(*session.trained(live), language),
            file_name="network.py",
            mime="text/x-python",
            icon=":material/download:",
            on_click="ignore",
            key="download.numpy",
            help=text("ui.code.numpy_help", language),
        )
    if file is not None:
        st.caption(plain(text("ui.code.file", language, name=file.name)))
    st.code(script, language="python", height=480)


def _keras(experiment: Experiment, epochs: int, language: str, file: FromFile | None) -> None:
    """The button of the Keras script; one that says why where there is none."""
    from playground import export

    try:
        script = export.to_keras(experiment, epochs, language, file)
    except InvalidValue as error:
        script, told = "", describe(error, language)
    else:
        told = text("ui.code.keras_help", language)
    st.download_button(
        text("ui.code.download_keras", language),
        script,
        file_name="experiment_keras.py",
        mime="text/x-python",
        icon=":material/download:",
        on_click="ignore",
        key="download.keras",
        help=told,
        disabled=not script,
    )
