"""A race in a Streamlit page: one component, one socket, a lane for each runner."""

from __future__ import annotations

from typing import Any

import streamlit as st

from playground.races.commands import RACE_COMMANDS
from playground.races.session import RaceSession
from playground.stage import assets, mounting
from playground.views.lanes import HEIGHT, LANE_COLOURS

TOPICS = ("stage", "network", "boundary", "race")

_component = st.components.v2.component(
    "playground_lanes", html="<div></div>", js=mounting.stub("lanes"), isolate_styles=True
)


def race_stage(
    live: RaceSession,
    *,
    language: str,
    resume: mounting.Resume,
    changed: mounting.Changed,
    key: str = "race_stage",
    projector: bool = False,
) -> Any:
    """Mount the stage of a race.

    Args:
        live: the race to show.
        language: of the labels.
        resume: is handed the token of the session that the tab showed before it was reloaded.
        changed: called when the stage has changed the race.
        key: identity of the mount; a stage with the same key goes on over script runs.
        projector: larger letters and lines, for a room.

    Returns:
        The component's result; see ``playground.stage.stage``.
    """
    data = {
        **mounting.common(live, "race", assets.charts("lanes", language), TOPICS, language, projector),
        "looks": [{"colour": colour} for colour in LANE_COLOURS],
        "height": HEIGHT,
    }
    return mounting.mount(_component, live, data, key, RACE_COMMANDS, resume, changed)
