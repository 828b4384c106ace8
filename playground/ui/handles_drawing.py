"""A pad to draw a digit on, with what each layer of the section's network makes of it. What is drawn stays there."""

from __future__ import annotations

from typing import Any

import streamlit as st

from playground.chapters.controls import Handle, Settings
from playground.chapters.section import Section
from playground.stage.drawing import DrawnNetwork, drawing_pad
from playground.text import topic
from playground.ui.handles import Put
from playground.ui.section_style import GROWING
from playground.ui.view import projector


def draw(
    section: Section,
    control: Handle,
    settings: Settings,
    result: Any,
    language: str,
    key: str,
    put: Put,
) -> None:
    """The pad; it answers when the network has begun to learn, and gives nothing back."""
    st.html(GROWING)
    words = topic(f"chapters.{section.chapter}.{section.name}", language)
    labels = {name.removeprefix("pad."): said for name, said in words.items() if name.startswith("pad.")}
    network = None
    if result is not None:
        network = DrawnNetwork(
            result.convolutions,
            result.linear[0],
            result.linear[1],
            average=settings.pooling == "average",
            classes=result.classes,
        )
    examples = [] if result is None else list(result.examples)
    drawing_pad(network, examples, labels, key=key, projector=projector())
