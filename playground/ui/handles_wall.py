"""The wall of networks in a section: live in the main chart's place, its rectangles a setting of the section."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from playground.chapters.tuning import charts, wall
from playground.live import sessions
from playground.registry import InvalidValue
from playground.stage.wall import wall_stage
from playground.text import text
from playground.text.refusals import describe
from playground.ui import language as spoken_language
from playground.ui import navigation, session, view
from playground.ui.handles import Handled
from playground.ui.section_style import GROWING
from playground.walls.session import WallSession, open_wall

STATE = "wall"
"""The key under which a visit keeps its wall."""
OPENED = "wall.opened"
"""The network that the visitor has asked for."""


def draw(asked: Handled) -> None:
    """The wall of these settings; ``result``, the same wall trained at once, is shown below it."""
    st.html(GROWING)

    def told(name: str) -> Any:
        return getattr(st.session_state.get(asked.key), name, None)

    def refined() -> None:
        boxes = told("box")
        if isinstance(boxes, (list, tuple)):
            asked.put(tuple(boxes))

    def opened() -> None:
        st.session_state[OPENED] = told("open")

    try:
        live = _served(wall.wall(asked.settings), asked.language)
        place = st.session_state.pop(OPENED, None)
        if isinstance(place, (int, float)):
            _open(live, int(place), asked.language)
    except InvalidValue as error:
        st.error(
            text("wall.full", asked.language, problem=describe(error, asked.language)),
            icon=":material/error:",
        )
        return
    rate = charts.say("axes.learning_rate", asked.language)
    field = asked.section.say(f"controls.field.options.{asked.settings.field}", asked.language)
    wall_stage(
        live,
        language=asked.language,
        titles=(rate, field),
        key=asked.key,
        projector=view.projector(),
        on_box=refined,
        on_open=opened,
    )


def _served(asked: wall.Wall, language: str) -> WallSession:
    """The visit's wall, as it is asked for. Raises InvalidValue."""
    live: WallSession | None = st.session_state.get(STATE)
    if live is None:
        live = st.session_state[STATE] = open_wall(asked, language)
        return live
    sessions.server().ensure(live)
    live.language = language
    live.apply(asked)
    return live


def _open(live: WallSession, place: int, language: str) -> None:
    """Go on with one of the networks in the playground, with its weights; one that has diverged starts anew there.

    Raises InvalidValue: there is no such network, or the server is full.
    """
    experiment = live.experiment(place).replace(engine="auto")
    checkpoint = live.checkpoint(place)
    run = session.existing()
    if run is None:
        run = st.session_state[session.STATE] = session.opened(experiment, language)
    session.keep(run, language)
    if checkpoint is None:
        run.apply(experiment)
    else:
        log = checkpoint.log and replace(checkpoint.log, experiment=experiment)
        run.adopt(replace(checkpoint, experiment=experiment, log=log))
    query = {**experiment.to_query(), **view.kept()}
    if spoken_language.chosen():
        query[spoken_language.PARAMETER] = language
    st.switch_page(navigation.page("playground", language), query_params=query)
