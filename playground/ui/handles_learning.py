"""A network on pictures in a section: live in the main chart's place, with the run to take away."""

from __future__ import annotations

from typing import Any

import streamlit as st

from playground.chapters.controls import Handle, Settings
from playground.chapters.images import learned_filters
from playground.chapters.section import Section
from playground.live import sessions
from playground.pictures.session import PictureSession, open_pictures
from playground.registry import InvalidValue
from playground.stage.pictures import picture_stage
from playground.text import text
from playground.text.refusals import describe
from playground.ui import picture_files, view
from playground.ui.handles import Put
from playground.ui.section_style import GROWING

STATE = "pictures"
"""The key under which a visit keeps its network."""


def draw(
    section: Section,
    control: Handle,
    settings: Settings,
    result: Any,
    language: str,
    key: str,
    put: Put,
) -> None:
    """The network of these settings; ``result``, the same one trained at once, is shown below it."""
    st.html(GROWING)
    try:
        live = _served(settings, language)
    except InvalidValue as error:
        st.error(text("pictures.full", language, problem=describe(error, language)), icon=":material/error:")
        return
    picture_stage(live, language=language, key=key, projector=view.projector())
    picture_files.draw(live, language)


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
