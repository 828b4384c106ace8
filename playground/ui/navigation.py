"""The pages of the app: one list for the menu, in the visitor's language."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from playground.text import text
from playground.ui import address, language

FOLDER = Path(__file__).resolve().parents[2] / "pages"

ICONS = {
    "playground": ":material/neurology:",
    "gallery": ":material/photo_library:",
    "techniques": ":material/menu_book:",
}
"""The pages in the menu's order; each is ``pages/<name>.py``, and the first one is the start."""


def pages(code: str) -> list[Any]:
    """The pages for ``st.navigation``, titled in the language ``code``."""
    return [
        st.Page(
            FOLDER / f"{name}.py",
            title=text(f"ui.navigation.{name}", code),
            icon=icon,
            url_path=name,
            default=name == next(iter(ICONS)),
        )
        for name, icon in ICONS.items()
    ]


def page(name: str, code: str) -> Any:
    """One of the pages, for links to it."""
    return pages(code)[list(ICONS).index(name)]


def run() -> None:
    """Draw the menu and the page that was asked for."""
    code = language.current()
    chosen = st.navigation(pages(code), position="sidebar")
    st.set_page_config(
        page_title=chosen.title, page_icon=":material/neurology:", layout="wide", initial_sidebar_state="auto"
    )
    chosen.run()


def entered(name: str) -> bool:
    """Whether the visitor comes to the page ``name`` from another one; remembers where they are."""
    before = st.session_state.get(address.PAGE)
    st.session_state[address.PAGE] = name
    return before != name
