"""A run on pictures to take away: settings, curves, weights, and the program that trains the same."""

from __future__ import annotations

import streamlit as st

from playground.images import script
from playground.pictures.session import PictureSession
from playground.races.events import event_file
from playground.registry import InvalidValue
from playground.text import text
from playground.text.refusals import describe
from playground.ui import sharing

FIRST_EPOCHS = 10
"""Of a program, while the run has not begun."""


def draw(live: PictureSession, language: str) -> None:
    """The files behind one button; a program only of pictures that it can make."""
    with st.popover(text("ui.share.files", language), icon=":material/download:", type="tertiary"):
        files = [
            ("share.json", "experiment.json", "application/json", lambda: live.experiment.to_json()),
            ("share.history", "history.csv", "text/csv", lambda: sharing.csv_bytes(live.history().frame())),
            (
                "share.tensorboard",
                "events.out.tfevents.0.playground",
                "application/octet-stream",
                lambda: event_file(live.history()),
            ),
            ("share.weights", "weights.safetensors", "application/octet-stream", live.weights),
        ]
        try:
            script.check(live.experiment)
        except InvalidValue as error:
            st.caption(describe(error, language))
        else:
            files += [
                ("code.download_script", "experiment.py", "text/x-python", lambda: _made(live, language)),
                (
                    "code.download_notebook",
                    "experiment.ipynb",
                    "application/x-ipynb+json",
                    lambda: script.to_notebook(live.experiment, _epochs(live), language),
                ),
            ]
        sharing.downloads(
            (f"pictures.{key}", text(f"ui.{key}", language), *rest)  # type: ignore[misc]
            for key, *rest in files
        )


def _made(live: PictureSession, language: str) -> str:
    return script.to_script(live.experiment, _epochs(live), language)


def _epochs(live: PictureSession) -> int:
    return live.trainer.epoch or FIRST_EPOCHS
