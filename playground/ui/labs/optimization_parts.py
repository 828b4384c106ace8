"""What the sections of the chapter on optimization share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from playground.data import DATASETS
from playground.text import text
from playground.ui import wording


def say(key: str, language: str, **values: object) -> str:
    """A text of this chapter."""
    return text(f"lab_optimization.{key}", language, **values)


def lesson(name: str, language: str) -> None:
    """The heading of an experiment, what the lecture claims, and what to do here."""
    st.subheader(say(f"{name}.title", language))
    st.markdown(say(f"{name}.lesson", language))


def chart(picture: Any, key: str) -> None:
    """Draw an Altair chart in the page's colours."""
    st.altair_chart(picture, width="stretch", key=key)


def dataset_picker(names: Sequence[str], key: str, language: str) -> str:
    """A selectbox of data sets; classification sets only are worth offering here."""
    return st.selectbox(
        say("dataset", language),
        [name for name in names if name in DATASETS],
        key=key,
        format_func=lambda name: wording.label("datasets", name, language),
    )
