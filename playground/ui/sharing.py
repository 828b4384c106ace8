"""What the playground and the race share when something is taken elsewhere: link and code, files, opening a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, TypeVar

import segno
import streamlit as st

from playground.registry import InvalidValue
from playground.text import text
from playground.text.refusals import describe
from playground.ui import follow, session

QR_LINK_CHARACTERS = 1200
"""Longer links make a code that telephones don't read."""
MAX_UPLOAD = 20
"""Megabytes that the browser sends at most. Far more than any field takes, so that a file that is too large is
refused here, in the visitor's language, and not by Streamlit in English."""

T = TypeVar("T")


@lru_cache(maxsize=64)
def qr_svg(link: str) -> str:
    """The QR code of a link as an SVG image, dark on white with its quiet zone."""
    return segno.make(link, error="l", micro=False).svg_inline(
        scale=4, dark="#000", light="#fff", border=4, omitsize=True
    )


def link_and_code(query: Mapping[str, str] | None, help_key: str, language: str) -> None:
    """The link that opens ``query`` on this page, and its code; None where a link cannot hold everything."""
    st.subheader(text("ui.share.link", language))
    if query is None:
        st.info(text("ui.share.link_custom", language))
        return
    link = follow.link_to(query)
    st.caption(text(help_key, language))
    st.code(link, language=None, wrap_lines=True)
    if len(link) <= QR_LINK_CHARACTERS:
        st.image(qr_svg(link), width=200, alt=text("ui.share.qr_alt", language))


def downloads(files: Iterable[tuple[str, str, str, str, Callable[[], Any]]]) -> None:
    """A row of download buttons: each with its widget's key, label, file name, media type and what makes it."""
    with st.container(horizontal=True):
        for key, label, file_name, mime, make in files:
            st.download_button(
                label,
                make,
                file_name=file_name,
                mime=mime,
                icon=":material/download:",
                on_click="ignore",
                key=key,
            )


def restore(
    live: Any, language: str, key: str, read: Callable[[bytes], T], put: Callable[[T], None], topic: str
) -> None:
    """A field that opens a file that was saved here.

    Args:
        live: what runs; its ``revision`` tells until when the success is told.
        key: of the field and its refusal.
        read: the file's content; may raise InvalidValue, as may ``put``, which takes it over.
        topic: of the texts ``restore``, ``restore_help`` and ``restored``.
    """

    def opened() -> None:
        session.forget_refusal()
        file = st.session_state[key]
        if file is None:
            return
        try:
            put(read(file.getvalue()))
        except InvalidValue as error:
            session.refuse(key, error)
        else:
            st.session_state[f"{key}.done"] = live.revision

    st.file_uploader(
        text(f"{topic}.restore", language),
        type="json",
        key=key,
        help=text(f"{topic}.restore_help", language),
        on_change=opened,
        max_upload_size=MAX_UPLOAD,
    )
    error = session.refused(key)
    if error is not None:
        st.error(describe(error, language), icon=":material/error:")
    elif st.session_state.get(f"{key}.done") == live.revision:
        st.success(text(f"{topic}.restored", language), icon=":material/check:")
