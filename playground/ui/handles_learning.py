"""A network on pictures in a section: live in the main chart's place, with the run to take away."""

from __future__ import annotations

import streamlit as st

from playground.chapters.controls import Settings
from playground.chapters.images import learned_filters
from playground.live import sessions
from playground.pictures.session import PictureSession, open_pictures
from playground.registry import InvalidValue
from playground.stage.pictures import picture_stage
from playground.text import text
from playground.text.refusals import describe
from playground.ui import picture_files, view
from playground.ui.handles import Handled
from playground.ui.section_style import GROWING

STATE = "pictures"
"""The key under which a visit keeps its network."""


def draw(asked: Handled) -> None:
    """The network of these settings; ``result``, the same one trained at once, is shown below it."""
    st.html(GROWING)
    try:
        live = _served(asked.settings, asked.language)
    except InvalidValue as error:
        st.error(
            text("pictures.full", asked.language, problem=describe(error, asked.language)),
            icon=":material/error:",
        )
        return
    picture_stage(live, language=asked.language, key=asked.key, projector=view.projector())
    picture_files.draw(live, asked.language)


def _served(settings: Settings, language: str) -> PictureSession:
    """The visit's network, as it is asked for. Raises InvalidValue."""
    experiment = learned_filters.experiment(settings)
    live: PictureSession | None = st.session_state.get(STATE)
    if live is None:
        live = st.session_state[STATE] = open_pictures(experiment, settings.number, language)
        return live
    sessions.server().ensure(live)
    live.language = language
    live.apply(experiment)
    live.look_at(settings.number)
    return live
