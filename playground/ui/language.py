"""The visitor's language: the browser's, unless the link or the picker says otherwise."""

from __future__ import annotations

import streamlit as st

from playground.text import LANGUAGES, text

STATE = "language"
PICKER = "language_picker"
PARAMETER = "lang"


def current() -> str:
    """The language code of this visit: picked, else in the link, else the browser's, else English."""
    picked = st.session_state.get(STATE)
    if picked in LANGUAGES:
        return picked
    linked = st.query_params.get(PARAMETER)
    if linked in LANGUAGES:
        st.session_state[STATE] = linked
        return linked
    browser = (st.context.locale or "").split("-")[0].lower()
    return browser if browser in LANGUAGES else "en"


def chosen() -> str | None:
    """The language that was picked or linked, None while the browser decides."""
    return st.session_state.get(STATE)


def picker() -> None:
    """The language picker; the choice stays for the visit and in the link."""
    language = current()
    if st.session_state.get(PICKER) != language:
        st.session_state[PICKER] = language
    st.segmented_control(
        text("ui.language", language),
        list(LANGUAGES),
        required=True,
        format_func=lambda code: LANGUAGES[code],
        key=PICKER,
        on_change=_picked,
        label_visibility="collapsed",
    )


def keep_in_link() -> None:
    """Write the chosen language into the page's address."""
    language = chosen()
    if language and st.query_params.get(PARAMETER) != language:
        st.query_params[PARAMETER] = language


def _picked() -> None:
    language = st.session_state[PICKER]
    if language in LANGUAGES:
        st.session_state[STATE] = language
        st.query_params[PARAMETER] = language
