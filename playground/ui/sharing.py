"""What the playground and the race share when something is taken elsewhere: link and code, files, opening a file."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import segno
import streamlit as st

from playground.data.packing import how_many_fit, rounded
from playground.experiment import Experiment
from playground.registry import InvalidValue
from playground.text import text
from playground.text.refusals import describe
from playground.ui import follow, session

if TYPE_CHECKING:
    import pandas as pd

QR_LINK_CHARACTERS = 1200
"""Longer links make a code that telephones don't read."""
MAX_UPLOAD = 45
"""Megabytes that the browser sends at most. Far more than any field takes, so that a file that is too large is
refused here, in the visitor's language, and not by Streamlit in English."""

QUIET = 4
"""Squares of white around a code."""
QR_SMALLEST, QR_SQUARE = 200, 5
LOCAL = ("localhost", "127.0.0.1", "::1", "0.0.0.0")

T = TypeVar("T")


def qr_svg(link: str) -> str:
    """The QR code of a link as an SVG image, dark on white with its quiet zone; kept where no points are in it."""
    return (_svg.__wrapped__ if "points=" in link else _svg)(link)


@lru_cache(maxsize=64)
def _svg(link: str) -> str:
    return segno.make(link, error="l", micro=False).svg_inline(
        scale=4, dark="#000", light="#fff", border=QUIET, omitsize=True
    )


def qr_width(link: str) -> int:
    """Pixels of the code's width: each of its squares is as large as in a short link's code."""
    squares = segno.make(link, error="l", micro=False).symbol_size(border=QUIET)[0]
    return max(QR_SMALLEST, QR_SQUARE * int(squares))


def own_address(link: str) -> str | None:
    """The link under an address that other machines on the same network reach; None where the link has no need of it.

    A link that was made on the server's own screen may say ``localhost``, which is another machine everywhere else.
    """
    parts = urlsplit(link)
    if parts.hostname not in LOCAL:
        return None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing; only asks which of our addresses would be used
        except OSError:
            return ""
        host = probe.getsockname()[0]
    bound = st.get_option("server.address")
    if host in LOCAL or bound in LOCAL:
        return ""
    port = f":{parts.port}" if parts.port else ""
    return urlunsplit(parts._replace(netloc=f"{host}{port}"))


def fitting_link(experiment: Experiment) -> tuple[Mapping[str, str] | None, str, dict[str, object]]:
    """The parameters of a link that holds the experiment, and a remark: the key of its text, "" for none, and values.

    Points of many decimals are rounded to a thousandth of their range; None where there are too many of them even so.
    """
    points = experiment.points
    if points is None or experiment.fits_a_link:
        return experiment.to_query(), "", {}
    near = experiment.replace(points=rounded(points))
    if near.fits_a_link:
        return near.to_query(), "ui.share.link_rounded", {}
    facts: dict[str, object] = {"n": f"{len(points.rows):,}", "fit": f"{how_many_fit(points):,}"}
    return None, "ui.share.link_custom", facts


def link_and_code(
    query: Mapping[str, str] | None, help_key: str, language: str, remark: str = "", **facts: object
) -> None:
    """The link that opens ``query`` on this page, and its code; None where a link cannot hold everything.

    Args:
        remark: key of a text about the link, whose values are ``facts``.
    """
    st.subheader(text("ui.share.link", language))
    if remark:
        st.info(text(remark, language, **facts), icon=":material/info:")
    if query is None:
        return
    link = follow.link_to(query)
    st.caption(text(help_key, language))
    other = own_address(link)
    if other is not None:
        st.warning(
            text("ui.share.local" if other else "ui.share.local_only", language), icon=":material/lan:"
        )
        link = other or link
    st.code(link, language=None, wrap_lines=True)
    if len(link) <= QR_LINK_CHARACTERS:
        with st.container(key="share-code"):
            st.image(qr_svg(link), width=qr_width(link), alt=text("ui.share.qr_alt", language))
        st.caption(text("ui.share.qr_help", language))


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


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """A table as CSV that spreadsheets open as it is meant.

    Text that a spreadsheet would run as a formula is set off by an apostrophe; a byte order mark says that text beyond
    ASCII is UTF-8. Source: OWASP, "CSV Injection".
    """
    from pandas.api.types import is_numeric_dtype

    safe = frame.copy()
    for name in safe.columns:
        if not is_numeric_dtype(safe[name]):
            safe[name] = safe[name].map(_set_off)
    told = safe.rename(columns=_set_off).to_csv(index=False)
    return told.encode("ascii" if told.isascii() else "utf-8-sig")


def _set_off(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def restore(
    live: Any,
    language: str,
    key: str,
    read: Callable[[bytes], T],
    put: Callable[[T], None],
    topic: str,
    kind: str = "json",
) -> None:
    """A field that opens a file that was saved here.

    Args:
        live: what runs; its ``revision`` tells until when the success is told.
        key: of the field and its refusal.
        read: the file's content; may raise InvalidValue, as may ``put``, which takes it over.
        topic: of the texts ``restore``, ``restore_help`` and ``restored``.
        kind: how the file's name ends.
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
        type=kind,
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
