"""The running experiment as PyTorch code: to read, copy and download."""

from __future__ import annotations

import streamlit as st

from playground.live.session import LiveSession
from playground.registry import InvalidValue
from playground.text import text
from playground.text.refusals import describe


def draw(live: LiveSession, language: str) -> None:
    """Script and notebook of the running experiment."""
    from playground import export

    experiment = live.experiment
    st.caption(text("ui.code.intro", language))
    try:
        script = export.to_script(experiment)
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
            lambda: export.to_notebook(experiment),
            file_name="experiment.ipynb",
            mime="application/x-ipynb+json",
            icon=":material/download:",
            on_click="ignore",
            key="download.notebook",
        )
    st.code(script, language="python", height=480)
