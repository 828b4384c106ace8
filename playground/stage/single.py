"""The stage in a Streamlit page: one component that talks to its session over a socket."""

from __future__ import annotations

from typing import Any

import streamlit as st

from playground.live.commands import COMMANDS
from playground.live.session import LiveSession
from playground.stage import assets, mounting

TOPICS = ("stage", "network", "boundary", "runs")
_component = st.components.v2.component(
    "playground_stage", html="<div></div>", js=mounting.stub("stage"), isolate_styles=True
)


def stage(
    live: LiveSession,
    *,
    language: str,
    resume: mounting.Resume,
    changed: mounting.Changed,
    key: str = "stage",
    projector: bool = False,
) -> Any:
    """Mount the stage of a session.

    Args:
        live: the session to show.
        language: of the labels.
        resume: is handed the token of the session that the tab showed before it was reloaded.
        changed: called when the stage has changed the experiment.
        key: identity of the mount; a stage with the same key goes on over script runs.
        projector: larger letters and lines, for a room.

    Returns:
        The component's result: ``changed`` is set for one run after the stage changed the experiment,
        ``transport`` is ``"fallback"`` where no socket can be opened.
    """
    data = mounting.common(live, "live", assets.charts("stage", language), TOPICS, language, projector)
    return mounting.mount(_component, live, data, key, COMMANDS, resume, changed)
