"""The pages of the app: one list for the menu, in the visitor's language."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import streamlit as st

from playground.place import HOME
from playground.text import text, topic
from playground.ui import follow, language, uploader, view

FOLDER = HOME / "pages"
ICON = Path(__file__).parent / "icon.svg"
"""The browser tab's icon."""

ICONS = {
    "playground": ":material/neurology:",
    "race": ":material/flag:",
    "gallery": ":material/photo_library:",
    "activations": ":material/show_chart:",
    "initialization": ":material/casino:",
    "optimization": ":material/speed:",
    "normalization": ":material/align_horizontal_center:",
    "generalization": ":material/scatter_plot:",
    "tuning": ":material/tune:",
    "images": ":material/image:",
    "transfer": ":material/swap_horiz:",
    "techniques": ":material/menu_book:",
}
"""The pages in the order of the menu; each is ``pages/<name>.py``, and the first one is the start."""
GROUPS = {"activations": "chapters", "techniques": "reference"}
"""The page that begins a group of the menu, and the group."""
SLOT = "navigation.slot"
SCRIPT = (Path(__file__).parent / "page.js").read_text("utf-8")
FOLLOWED = ("playground", "race")
"""Pages that write their address themselves."""
STYLE = """<style>
[data-testid="stMainBlockContainer"] { padding-top: 2.75rem; padding-bottom: 3rem; }
@media (width > 40rem) { [data-testid="stMainBlockContainer"] { padding-inline: clamp(1.5rem, 2.5vw, 3rem); } }
[data-testid="stHeader"] { height: 2.5rem; min-height: 2.5rem; }
[data-testid="stSidebarHeader"] { height: 2.5rem; }
.st-key-binding-seen, .st-key-page-script, :has(> .st-key-page-script), .st-key-visit-key, :has(> .st-key-visit-key)
  { display: none; }
.st-key-view_switch [data-testid="stPageLink-NavLink"]:not(:hover) { background: none; }
.st-key-view_switch [data-testid="stPageLink-NavLink"] * { font-weight: 400; }
.st-key-share-code img { cursor: zoom-in; max-width: 100%; }
.st-key-share-code img:fullscreen { cursor: zoom-out; object-fit: contain; background: #fff; padding: 2vmin; }
.st-key-share-code img.playground-full { position: fixed; inset: 0; width: 100vw; height: 100vh; z-index: 1000000;
  cursor: zoom-out; object-fit: contain; background: #fff; padding: 2vmin; }
.playground-note { position: fixed; inset: auto 1rem 1rem; z-index: 1000000; padding: 0.5rem 1rem 1rem;
  border-radius: 0.5rem; background: #262730; color: #fff; }
.playground-note a { color: #ffa64d; font-weight: 600; }
.playground-note textarea { width: 100%; font: 0.8rem monospace; }
[data-testid="stPageLink-NavLink"]:focus-visible { outline: 2px solid light-dark(#9e4f00, #ffa64d); }
[data-testid="stApp"] [data-testid="stMarkdownContainer"] :is(p, li) { word-break: keep-all; overflow-wrap: anywhere; }
[data-testid="stMain"] .st-key-view_switch { position: fixed; top: 0.15rem; right: 0.75rem; width: auto;
  z-index: 999991; border-radius: 0.5rem; backdrop-filter: blur(6px); }
[data-testid="stCaptionContainer"] { opacity: 0.78; }
[data-testid="stMultiSelect"] input { min-width: 24px; }
[data-testid^="stBase"][data-testid*="-primary"]:not(:disabled), [data-testid="stMultiSelect"] [data-tag],
  [data-testid="stMultiSelect"] [data-tag] button { color: light-dark(#fff, #1c1200); }
[data-testid="stApp"] [data-testid="stCode"] code {
  & .token { color: light-dark(#4a4f5c, #b9bec9); }
  & .token:is(.keyword, .function, .class-name, .builtin) { color: light-dark(#0b5cad, #6fb7ff); }
  & .token:is(.string, .triple-quoted-string) { color: light-dark(#0b6b2b, #5fd48a); }
  & .token:is(.number, .boolean, .operator, .decorator) { color: light-dark(#9a4600, #ffb066); }
  & .token.comment { color: light-dark(#5c606b, #a3a8b4); }
}
[data-testid="stVegaLiteChart"]
  :is(.role-axis-label, .role-axis-title, .role-legend-label, .role-legend-title) text
  { fill: light-dark(#5c606b, #e6eaf1); }
@media print {
  @page { margin: 12mm; }
  :root, [data-testid="stApp"] { color-scheme: light !important; background: #fff !important; color: #111 !important; }
  [data-testid="stSidebar"], [data-testid="stHeader"], [data-testid="stToolbar"], [data-testid="stButton"],
  [data-testid="stDownloadButton"], [data-testid="stLinkButton"], [data-testid="stPopover"],
  [data-testid="stFileUploader"], [data-testid="stElementToolbar"], [data-testid="stCodeCopyButton"],
  [data-testid="stMain"] [data-testid="stPageLink"], [class*="st-key-projector"] { display: none !important; }
  html, body, #root, #root > div, [data-testid="stApp"], [data-testid="stAppViewContainer"], [data-testid="stMain"] {
    position: static !important; display: block !important; inset: auto !important;
    width: auto !important; height: auto !important; overflow: visible !important; }
  [data-testid="stMainBlockContainer"] { width: var(--on-screen, auto) !important; max-width: none !important;
    padding: 0 !important; zoom: var(--to-paper, 0.7); }
  [data-testid="stVegaLiteChart"], [data-testid="stTable"] tr, [data-testid="stMetric"], canvas, svg, img
    { break-inside: avoid; }
  h1, h2, h3 { break-after: avoid; }
  [data-testid="stCode"], [data-testid="stCode"] :is(pre, code, div) { max-height: none !important;
    height: auto !important; overflow: visible !important; white-space: pre-wrap !important; overflow-wrap: anywhere;
    break-inside: auto !important; }
  :is([data-testid="stExpander"], details, [data-testid="stElementContainer"], [data-testid="stVerticalBlock"],
    [data-testid="stExpanderDetails"], [data-testid="stLayoutWrapper"]):has(pre) { height: auto !important;
    max-height: none !important; overflow: visible !important; flex: none !important; break-inside: auto !important; }
}
</style>"""
"""Less empty space around the page: on a projector the curves should be seen without scrolling. Streamlit's bar is no
higher than the space above the page, which it would cover while the sidebar is closed. Words of Korean stay whole at
the ends of lines. Small print, code and axes reach a contrast of 4.5 on light and on dark pages,
and what is typed into between chosen values is as wide as a finger needs. On paper the page
keeps the layout that its charts were drawn for, made smaller as a whole (page.js says how much)."""
LISTED = "pages_listed"
"""Set once the menu was made in this visit."""


def pages(code: str) -> list[Any]:
    """The pages for ``st.navigation``, titled in the language ``code``."""
    st.session_state[LISTED] = True
    return [
        st.Page(
            FOLDER / f"{name}.py",
            title=text(f"ui.navigation.{name}", code),
            url_path=name,
            default=name == next(iter(ICONS)),
        )
        for name in ICONS
    ]


def page(name: str, code: str) -> Any:
    """One of the pages, for links to it."""
    return pages(code)[list(ICONS).index(name)]


def link(name: str, label: str, code: str, **query: str) -> None:
    """A link to the page ``name`` with some parameters, in the visitor's language."""
    if language.chosen():
        query[language.PARAMETER] = code
    st.page_link(page(name, code), label=label, icon=ICONS[name], query_params=query)


def run() -> None:
    """Draw the menu and the page that was asked for."""
    code = language.current()
    listed = pages(code)
    # Links of our own: an icon given to st.Page would be fetched from another site for the browser's tab.
    chosen = st.navigation(listed, position="hidden")
    with st.sidebar:
        for entry, (name, icon) in zip(listed, ICONS.items(), strict=True):
            if name in GROUPS:
                st.caption(text(f"ui.menu.{GROUPS[name]}", code))
            query = {language.PARAMETER: code} if language.chosen() else None
            st.page_link(entry, icon=icon, width="stretch", query_params=query)
            if entry is chosen:
                st.session_state[SLOT] = st.container(key="menu_slot", gap=None)
    chosen.run()


def slot() -> Any:
    """The place under the open page's entry in the menu, for what the page consists of."""
    return st.session_state.get(SLOT) or st.sidebar


def _own_words(code: str) -> list[tuple[str, str]]:
    """What Streamlit says in English, each with what the language ``code`` says; nothing where that is English."""
    ours = topic("streamlit", code)
    return [(its, ours[key]) for key, its in topic("streamlit", "en").items() if its != ours[key]]


def _script(code: str) -> str:
    words = {
        "language": code,
        "selected": text("ui.selected", code),
        "outside": text("ui.outside", code),
        "openOutside": text("ui.open_outside", code),
        "own": _own_words(code),
    }
    script = SCRIPT
    for name, value in words.items():
        script = script.replace(f'"{{{name}}}"', json.dumps(value, ensure_ascii=False))
    return script


def begin(name: str) -> str:
    """Start the page ``name``: layout, place of the visitor, language picker. Returns the language."""
    code = language.current()
    if LISTED not in st.session_state:
        # The first visit of a process that opens a page directly: Streamlit has found the folder of pages by
        # itself and runs the page without app.py. A call of st.navigation ends that for good.
        st.navigation(pages(code), position="hidden")
        st.rerun()
    st.set_page_config(page_title=text(f"ui.navigation.{name}", code), page_icon=str(ICON), layout="wide")
    st.html(STYLE + uploader.style(code))
    with st.container(key="page-script"):
        st.html(f"<script>{_script(code)}</script>", unsafe_allow_javascript=True)
    view.switch(page(name, code), code)
    with st.sidebar:
        language.picker()
    follow.entered(name)
    if name not in FOLLOWED:
        language.keep_in_link()
    return code
