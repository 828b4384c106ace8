"""What only a printed page shows: the settings as a table, as the sidebar stays off the paper, and the link to them."""

from __future__ import annotations

import base64
from html import escape

import streamlit as st

from playground.experiment import FIELDS, Experiment
from playground.live.session import LiveSession
from playground.naming import UNNAMED, value_text
from playground.registry import Spec
from playground.text import text
from playground.ui import follow, sharing

STYLE = """<style>
.playground-handout { display: none; }
@media print {
  .playground-handout { display: flex; gap: 2rem; align-items: start; break-inside: avoid;
    font-size: 0.9rem; color: #111; }
  .playground-handout dl { flex: 1; columns: 2; column-gap: 2rem; margin: 0; }
  .playground-handout dl div { display: flex; justify-content: space-between; gap: 1rem; break-inside: avoid;
    border-bottom: 1px solid #ccc; padding: 0.1rem 0; }
  .playground-handout dt { color: #444; }
  .playground-handout dd { margin: 0; font-weight: 600; text-align: right; }
  .playground-handout figure { width: 14rem; margin: 0; }
  .playground-handout img { width: 100%; }
  .playground-handout figcaption { word-break: break-all; font-size: 0.75rem; }
}
</style>"""


def settings(experiment: Experiment, language: str) -> list[tuple[str, str]]:
    """Label and value of each setting that has an effect: of those that are off only what is off by choice."""
    found = []
    for name, field in FIELDS.items():
        value = getattr(experiment, name)
        off = not value or (isinstance(value, Spec) and value.name == "none")
        off = off or (isinstance(value, tuple) and not any(value))
        if name in UNNAMED or (off and value == field.default):
            continue
        found.append((text(f"fields.{name}.label", language), value_text(name, value, language)))
    return found


def draw(live: LiveSession, language: str) -> None:
    """Settings, link and code of what runs."""
    experiment = live.experiment
    rows = "".join(
        f"<div><dt>{escape(label)}</dt><dd>{escape(value)}</dd></div>"
        for label, value in settings(experiment, language)
    )
    query, _, _ = sharing.fitting_link(experiment)
    figure = ""
    if query is not None:
        link = follow.link_to(query)
        link = sharing.own_address(link) or link
        code = _picture(link, language) if len(link) <= sharing.QR_LINK_CHARACTERS else ""
        figure = f"<figure>{code}<figcaption>{escape(link)}</figcaption></figure>"
    st.html(f'{STYLE}<div class="playground-handout"><dl>{rows}</dl>{figure}</div>')


def _picture(link: str, language: str) -> str:
    """The link's code; Streamlit lets no drawing through, and pictures of this form only."""
    drawing = sharing.qr_svg(link).replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    data = base64.b64encode(drawing.encode()).decode()
    alt = escape(text("ui.share.qr_alt", language))
    return f'<img src="data:image/svg+xml;base64,{data}" alt="{alt}">'
