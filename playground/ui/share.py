"""Taking an experiment elsewhere: link, QR code and files, and opening a file again."""

from __future__ import annotations

from functools import lru_cache

import segno
import streamlit as st

from playground.experiment import Experiment
from playground.live.session import LiveSession
from playground.registry import InvalidValue
from playground.text import text
from playground.text.refusals import describe
from playground.ui import address, session

QR_LINK_CHARACTERS = 1200
"""Longer links make a code that telephones don't read."""


@lru_cache(maxsize=64)
def qr_svg(link: str) -> str:
    """The QR code of a link as an SVG image, dark on white with its quiet zone."""
    return segno.make(link, error="l", micro=False).svg_inline(
        scale=4, dark="#000", light="#fff", border=4, omitsize=True
    )


def draw(live: LiveSession, language: str) -> None:
    """Link and code on the left, files on the right."""
    left, right = st.columns(2, gap="large")
    with left:
        _link(live, language)
    with right:
        _files(live, language)
        _restore(live, language)


def _link(live: LiveSession, language: str) -> None:
    st.subheader(text("ui.share.link", language))
    if live.experiment.points is not None:
        st.info(text("ui.share.link_custom", language))
        return
    link = address.link(live.experiment)
    st.caption(text("ui.share.link_help", language))
    st.code(link, language=None, wrap_lines=True)
    if len(link) <= QR_LINK_CHARACTERS:
        st.image(qr_svg(link), width=200, alt=text("ui.share.qr_alt", language))


def _files(live: LiveSession, language: str) -> None:
    st.subheader(text("ui.share.files", language))
    files = (
        ("json", "experiment.json", "application/json", lambda: live.experiment.to_json()),
        ("history", "history.csv", "text/csv", lambda: session.history_csv(live)),
        ("weights", "weights.safetensors", "application/octet-stream", lambda: session.weights(live)),
        ("runs", "runs.csv", "text/csv", lambda: session.runs_csv(live)),
    )
    with st.container(horizontal=True):
        for name, file_name, mime, make in files:
            st.download_button(
                text("runs.export.csv" if name == "runs" else f"ui.share.{name}", language),
                make,
                file_name=file_name,
                mime=mime,
                icon=":material/download:",
                on_click="ignore",
                key=f"download.{name}",
            )


def _restore(live: LiveSession, language: str) -> None:
    def opened() -> None:
        file = st.session_state["restore"]
        if file is None:
            return
        try:
            live.apply(Experiment.from_json(file.getvalue()))
        except InvalidValue as error:
            session.refuse("restore", error)
        else:
            st.session_state.pop(session.ERRORS, None)
            st.session_state["restored"] = live.revision

    st.file_uploader(
        text("ui.share.restore", language),
        type="json",
        key="restore",
        help=text("ui.share.restore_help", language),
        on_change=opened,
        max_upload_size=1,
    )
    error = session.refused("restore")
    if error is not None:
        st.error(describe(error, language), icon=":material/error:")
    elif st.session_state.get("restored") == live.revision:
        st.success(text("ui.share.restored", language), icon=":material/check:")
