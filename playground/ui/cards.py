"""The gallery's cards: one a preset, with a picture from a real run."""

from __future__ import annotations

from typing import Any

import streamlit as st

from playground.presets import PRESETS, THEMES, Preset
from playground.text import text
from playground.ui import language as spoken_language
from playground.ui.navigation import page
from playground.views.thumbnail import picture, trained

COLUMNS = 3
SECONDS = 8.0
"""The longest that one picture may train; plenty for every preset once the compiled engine is ready."""


@st.cache_resource(show_spinner=False)
def _pictures() -> dict[str, bytes]:
    """The pictures made so far, for all visitors."""
    return {}


def _picture(preset: Preset) -> bytes:
    """The picture of a preset's run, made once; made again next time if the run had to be cut short."""
    made = _pictures()
    if preset.name in made:
        return made[preset.name]
    trainer = trained(preset.experiment, preset.epochs, SECONDS)
    result = picture(trainer)
    if trainer.epoch >= preset.epochs or trainer.status != "running":
        made[preset.name] = result
    return result


def draw(language: str) -> None:
    """All cards by theme; the texts first, then the pictures as they are made."""
    places = []
    for theme in THEMES:
        st.subheader(text(f"pages.gallery.themes.{theme}", language))
        presets = [preset for preset in PRESETS.values() if preset.theme == theme]
        for start in range(0, len(presets), COLUMNS):
            row = presets[start : start + COLUMNS]
            for column, preset in zip(st.columns(COLUMNS), row, strict=False):
                with column, st.container(border=True, height="stretch"):
                    places.append((preset, _card(preset, language)))
    for preset, place in places:
        alt = text(
            "pages.gallery.picture",
            language,
            epochs=preset.epochs,
            title=text(f"presets.{preset.name}.title", language),
        )
        place.image(_picture(preset), width="stretch", alt=alt)


def _card(preset: Preset, language: str) -> Any:
    """One card; returns the place for its picture."""
    place = st.empty()
    st.markdown(f"**{text(f'presets.{preset.name}.title', language)}**")
    st.write(text(f"presets.{preset.name}.purpose", language))
    expect = text("pages.gallery.outcome", language)
    st.caption(f"**{expect}**: {text(f'presets.{preset.name}.outcome', language)}")
    query = {"preset": preset.name}
    if spoken_language.chosen():
        query["lang"] = spoken_language.chosen() or ""
    st.page_link(
        page("playground", language),
        label=text("pages.gallery.open", language),
        icon=":material/play_circle:",
        query_params=query,
    )
    return place
