"""How a page is looked at: on a screen, or from the back row (``?view=projector``)."""

from __future__ import annotations

import streamlit as st

from playground.text import text

PARAMETER = "view"
PROJECTOR = "projector"

STYLE = """<style>
[data-testid="stSidebar"], [data-testid="stHeader"], [data-testid="stSidebarCollapsedControl"],
[data-testid="stExpandSidebarButton"] { display: none; }
[data-testid="stMain"] [data-testid="stMainBlockContainer"] { padding: 1.6rem 1.5rem 2rem; max-width: none; }
[data-testid="stMain"] :is(p, li, label, button, input, td, th, [role="radio"]) {
  font-size: 1.6rem; line-height: 1.35; }
[data-testid="stMain"] h1 { font-size: 2.2rem; }
[data-testid="stMain"] .st-key-view_switch p { font-size: 1rem; line-height: 1; }
</style>"""
"""Menu and bar are gone, type is 1.6 times as large."""


def projector() -> bool:
    """Whether the page is shown on a projector."""
    return st.query_params.get(PARAMETER) == PROJECTOR


def kept() -> dict[str, str]:
    """What an address keeps of the view."""
    return {PARAMETER: PROJECTOR} if projector() else {}


def switch(page: object, language: str) -> None:
    """The link to the projector view of what is shown, and back; the key P does the same."""
    on = projector()
    query = {name: value for name, value in st.query_params.items() if name != PARAMETER}
    if not on:
        query[PARAMETER] = PROJECTOR
    # The menu is gone on a projector.
    with st.container() if on else st.sidebar, st.container(key="view_switch"):
        label = text("ui.view.leave" if on else "ui.view.projector", language)
        st.page_link(page, label=label, icon=":material/present_to_all:", query_params=query)  # type: ignore[arg-type]
    if on:
        st.html(STYLE)
