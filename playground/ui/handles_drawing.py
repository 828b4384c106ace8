"""A pad to draw a digit on, with what each layer of the section's network makes of it. What is drawn stays there."""

from __future__ import annotations

import streamlit as st

from playground.stage.drawing import DrawnNetwork, drawing_pad
from playground.text import topic
from playground.ui.handles import Handled
from playground.ui.section_style import GROWING
from playground.ui.view import projector


def draw(asked: Handled) -> None:
    """The pad; it answers when the network has begun to learn, and gives nothing back."""
    st.html(GROWING)
    words = topic(f"chapters.{asked.section.chapter}.{asked.section.name}", asked.language)
    labels = {name.removeprefix("pad."): said for name, said in words.items() if name.startswith("pad.")}
    network = None
    if asked.result is not None:
        network = DrawnNetwork(
            asked.result.convolutions,
            asked.result.linear[0],
            asked.result.linear[1],
            average=asked.settings.pooling == "average",
            classes=asked.result.classes,
        )
    examples = [] if asked.result is None else list(asked.result.examples)
    drawing_pad(network, examples, labels, key=asked.key, projector=projector())
