"""Section: reading training and validation error, those of the visitor's own run first."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from playground.experiment import Experiment
from playground.labs import generalization_reading as lab
from playground.ui import session
from playground.ui.labs import parts
from playground.ui.labs.generalization_parts import chart, say
from playground.views import generalization_runs as run_charts

EPOCHS = 200


def draw(language: str) -> None:
    """The lesson, the table, the own run among examples."""
    parts.lesson("lab_generalization.reading", language)
    _reading(language)


@st.fragment
def _reading(language: str) -> None:
    first, second = st.columns(2, gap="medium")
    goal = first.slider(
        say("reading.goal", language), 0.0, 0.5, lab.GOAL, 0.01, key="gen.reading.goal", format="percent"
    )
    tolerance = second.slider(
        say("reading.tolerance", language), 0.01, 0.3, lab.GAP, 0.01, key="gen.reading.gap", format="percent"
    )
    found, experiment = _errors(language)
    reading = lab.read(*found, goal, tolerance)
    left, right = st.columns([2, 3], gap="medium")
    with left:
        with st.container(horizontal=True):
            st.metric(say("axis.error_train", language), f"{reading.train:.1%}", width="content")
            st.metric(say("axis.error_validation", language), f"{reading.validation:.1%}", width="content")
            st.metric(say("reading.gap", language), f"{100 * reading.gap:+.1f}", width="content")
        show = {"good": st.success, "odd": st.warning}.get(reading.cell, st.info)
        show(f"**{say(f'reading.cells.{reading.cell}', language)}**")
        st.markdown(say(f"reading.advice.{reading.cell}", language))
        if experiment is not None:
            parts.open_in_playground(experiment, language)
    with right:
        rows = _examples().assign(own=False)
        rows["name"] = [say(f"reading.examples.{name}", language) for name in rows["name"]]
        own = pd.DataFrame(
            [(say("reading.own", language), reading.train, reading.validation, True)],
            columns=["name", "train", "validation", "own"],
        )
        both = pd.concat([rows[["name", "train", "validation", "own"]], own], ignore_index=True)
        chart(run_charts.quadrant_chart(both, goal, tolerance, language))
    _table(reading.cell, language)
    _links(language)


@st.cache_data(show_spinner=False)
def _examples() -> pd.DataFrame:
    return lab.examples(EPOCHS)


def _errors(language: str) -> tuple[tuple[float, float], Experiment | None]:
    """Errors of the live run, or those that the sliders set."""
    live = session.existing()
    measured = None
    if live is not None:
        with live.lock:
            if live.trainer.epoch > 0:
                measured = lab.errors(live.trainer)
                epoch, experiment = live.trainer.epoch, live.trainer.experiment
    if measured is not None:
        use = st.toggle(say("reading.use_own", language, epoch=epoch), True, key="gen.reading.live")
        if use:
            st.button(say("reading.refresh", language), icon=":material/refresh:", key="gen.reading.refresh")
            return measured, experiment
    else:
        st.caption(say("reading.no_run", language))
    left, right = st.columns(2, gap="medium")
    train = left.slider(
        say("axis.error_train", language), 0.0, 1.0, 0.02, 0.01, key="gen.reading.train", format="percent"
    )
    validation = right.slider(
        say("axis.error_validation", language),
        0.0,
        1.0,
        0.2,
        0.01,
        key="gen.reading.validation",
        format="percent",
    )
    return (train, validation), None


def _table(chosen: lab.Cell, language: str) -> None:
    """The lecture's table, the cell of the run marked."""

    def cell(name: str) -> str:
        words = say(f"reading.cells.{name}", language)
        return f"▶ **{words}**" if name == chosen else words

    lines = [
        f"| | {say('reading.near', language)} | {say('reading.far', language)} | {say('reading.below', language)} |",
        "|---|---|---|---|",
        f"| **{say('reading.low', language)}** | {cell('good')} | {cell('overfit')} | {cell('odd')} |",
        f"| **{say('reading.high', language)}** | {cell('underfit')} | {cell('both')} | {cell('odd')} |",
    ]
    st.markdown("\n".join(lines))


def _links(language: str) -> None:
    st.markdown(say("reading.try_examples", language))
    name = st.selectbox(
        say("reading.example", language),
        list(lab.EXAMPLES),
        key="gen.reading.example",
        format_func=lambda key: say(f"reading.examples.{key}", language),
    )
    parts.open_in_playground(lab.EXAMPLES[name], language)
    parts.script(lab.EXAMPLES[name], EPOCHS, language)
