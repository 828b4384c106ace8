"""A wall in a Streamlit page: one component and one socket for all of its networks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from playground.stage import assets, mounting
from playground.walls.commands import WALL_COMMANDS
from playground.walls.session import WallSession
from playground.walls.wall import DEPTH

TOPICS = ("stage", "wall")

_component = st.components.v2.component(
    "playground_wall", html="<div></div>", js=mounting.stub("wall"), isolate_styles=True
)


def wall_stage(
    live: WallSession,
    *,
    language: str,
    titles: tuple[str, str],
    key: str,
    projector: bool,
    on_box: Callable[[], None],
    on_open: Callable[[], None],
) -> Any:
    """Mount a wall.

    Args:
        live: the wall to show.
        language: of the labels.
        titles: of the settings from left to right and from bottom to top.
        key: identity of the mount.
        projector: larger letters and lines, for a room.
        on_box: called when the search is to be refined; ``st.session_state[key]["box"]`` then holds all rectangles,
            four numbers each.
        on_open: called when a network is to be opened; ``st.session_state[key]["open"]`` is its number.
    """
    charts = assets.charts("stage", language)
    data = {
        **mounting.common(live, "wall", charts, TOPICS, language, projector),
        "titles": titles,
        "depth": DEPTH,
    }
    asks = {"box": on_box, "open": on_open}
    return mounting.mount(_component, live, data, key, WALL_COMMANDS, _nothing, _nothing, asks)


def _nothing(_given: object = None) -> None:
    """A wall takes little time to train again, and follows the page's settings alone."""
