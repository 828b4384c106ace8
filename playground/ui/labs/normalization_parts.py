"""What the sections of the chapter on normalization share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from playground.experiment import Experiment
from playground.labs.normalization_runs import KINDS
from playground.text import text
from playground.ui import wording
from playground.ui.labs import parts, racing
from playground.views.normalization_charts import renamed

TOPIC = "lab_normalization"


def say(key: str, language: str, **values: object) -> str:
    """A text of this chapter."""
    return text(f"{TOPIC}.{key}", language, **values)


def lesson(name: str, language: str) -> None:
    """A section's heading, the lecture's claim, and what to do."""
    parts.lesson(f"{TOPIC}.{name}", language)


def row(*widths: int) -> list[Any]:
    """Places for controls side by side, of these widths in pixels; they wrap where the page is narrow."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        return [st.container(width=width) for width in widths]


def table(frame: pd.DataFrame, language: str, **cells: Callable[[Any], Any]) -> None:
    """A table with the chapter's titles; ``cells`` say how each column is written."""
    shown = renamed(frame, lambda key: say(key, language), **cells)
    st.dataframe(shown, hide_index=True, width="stretch")


def activation(key: str, language: str, names: tuple[str, ...], default: str) -> str:
    """A selectbox of some activations."""
    return st.selectbox(
        say("activation", language),
        names,
        names.index(default),
        key=key,
        format_func=lambda name: wording.label("activations", name, language),
    )


def open_both(
    base: Experiment, epochs: int, language: str, measure: str = "accuracy", shown: str = "batch_norm"
) -> None:
    """Links: the network with one normalization in the playground, and with each of them in the race."""
    with st.container(horizontal=True):
        parts.open_in_playground(base.replace(normalization=shown), language)
        racing.open_in_race(base, [{"normalization": name} for name in KINDS], epochs, language, measure)


def spread(values: pd.Series) -> str:
    """Median of shares and, over several runs, their range."""
    middle = f"**{values.median():.0%}**"
    return f"{middle} ({values.min():.0%}–{values.max():.0%})" if len(values) > 1 else middle


def kind(name: str, language: str) -> str:
    """What a normalization is called."""
    return wording.label("normalizations", name, language)
