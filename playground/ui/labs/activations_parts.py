"""What the sections of the chapter on activations share: texts, charts, pickers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from playground.experiment import Experiment
from playground.labs.activations_code import SNIPPETS
from playground.races.race import MAX_LANES
from playground.registry import Param, Spec
from playground.techniques import ACTIVATIONS, INITIALIZERS
from playground.text import text
from playground.ui import wording
from playground.ui.labs import parts
from playground.ui.labs.racing import open_in_race


def say(key: str, language: str, **values: object) -> str:
    """A text of this chapter."""
    return text(f"lab_activations.{key}", language, **values)


def chart(picture: Any, *, square: bool = False) -> None:
    """Draw an Altair chart in the page's colours, as wide as its column or in its own size."""
    st.altair_chart(picture, width="content" if square else "stretch")


def row(*widths: int) -> list[Any]:
    """Places for controls side by side, of these widths in pixels; they wrap where the page is narrow."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        return [st.container(width=width) for width in widths]


def race_link(
    base: Experiment, specs: Sequence[Spec], epochs: int, language: str, measure: str = "accuracy"
) -> None:
    """A link that races activations on one task, as many of them as a race has lanes."""
    open_in_race(base, [{"activation": spec} for spec in specs[:MAX_LANES]], epochs, language, measure)


def snippet(name: str, language: str) -> None:
    """A short PyTorch program of the chapter, in an expander."""
    parts.snippet(SNIPPETS[name], language)


def activation_name(name: str, language: str) -> str:
    """How an activation is called on the page."""
    return wording.label("activations", name, language)


def dataset_picker(key: str, language: str, names: Sequence[str]) -> str:
    """A selectbox of data sets."""
    return st.selectbox(
        say("dataset", language),
        names,
        key=key,
        format_func=lambda name: wording.label("datasets", name, language),
    )


def activation_picker(key: str, language: str, default: str, *, without: Sequence[str] = ()) -> Spec:
    """A selectbox of the activations."""
    names = [name for name in ACTIVATIONS if name not in without]
    chosen = st.selectbox(
        say("activation", language),
        names,
        index=names.index(default),
        key=key,
        format_func=lambda name: activation_name(name, language),
    )
    return ACTIVATIONS[chosen].spec()


def activations_picker(
    key: str, language: str, default: Sequence[str], *, most: int = 6, without: Sequence[str] = ()
) -> list[Spec]:
    """Several activations to compare, at least one."""
    names = [name for name in ACTIVATIONS if name not in without]
    chosen = st.multiselect(
        say("activations", language),
        names,
        default=list(default),
        key=key,
        max_selections=most,
        format_func=lambda name: activation_name(name, language),
    )
    return [ACTIVATIONS[name].spec() for name in chosen or default]


def init_picker(key: str, language: str, default: str) -> Spec:
    """A selectbox of the initializations."""
    names = list(INITIALIZERS)
    chosen = st.selectbox(
        say("init", language),
        names,
        index=names.index(default),
        key=key,
        format_func=lambda name: wording.label("initializers", name, language),
    )
    return INITIALIZERS[chosen].spec()


def param_slider(param: Param, name: str, key: str, language: str) -> Any:
    """A slider of an activation's parameter."""
    label = (
        f"{activation_name(name, language)}: {wording.param_label('activations', name, param.name, language)}"
    )
    whole = param.kind == "int"
    kind = int if whole else float
    return st.slider(
        label,
        kind(param.low),
        kind(param.high),
        kind(param.default),
        step=kind(param.step or 0.01),
        key=key,
        help=wording.param_help("activations", name, param.name, language),
    )
