"""A network on pictures in a Streamlit page, live: one component and one socket."""

from __future__ import annotations

from typing import Any

import streamlit as st

from playground.pictures.commands import PICTURE_COMMANDS
from playground.pictures.session import PictureSession
from playground.stage import assets, mounting

TOPICS = ("stage", "pictures")

_component = st.components.v2.component(
    "playground_pictures", html="<div></div>", js=mounting.stub("pictures"), isolate_styles=True
)


def picture_stage(live: PictureSession, *, language: str, key: str, projector: bool) -> Any:
    """Mount a network on pictures.

    Args:
        live: the run to show.
        language: of the labels.
        key: identity of the mount.
        projector: larger letters and lines, for a room.
    """
    charts = assets.charts("stage", language)
    data = mounting.common(live, "pictures", charts, TOPICS, language, projector)
    return mounting.mount(_component, live, data, key, PICTURE_COMMANDS, _nothing, _nothing)


def _nothing(_given: object = None) -> None:
    """A run on pictures follows the page's settings alone."""
