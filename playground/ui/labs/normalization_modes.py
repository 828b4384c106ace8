"""Sections: training against evaluation statistics; regularizing effect and cost."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from playground.experiment import Experiment
from playground.labs import normalization_runs as lab
from playground.labs.normalization_code import SNIPPETS
from playground.text import text
from playground.ui.labs import parts
from playground.ui.labs.normalization_parts import kind, lesson, row, say, table
from playground.views import normalization_charts as charts

TRAINED = lab.DEEP.replace(normalization="batch_norm", activation="tanh", hidden=(16, 16))


@st.cache_data(show_spinner=False, max_entries=32)
def _forgotten(experiment: str, epochs: int) -> pd.DataFrame:
    return lab.forgotten(Experiment.from_json(experiment), epochs)


@st.cache_data(show_spinner=False, max_entries=32)
def _lag(experiment: str, epochs: int) -> pd.DataFrame:
    return lab.statistics_lag(Experiment.from_json(experiment), epochs=epochs)


@st.cache_data(show_spinner=False, max_entries=16)
def _cost(experiment: str) -> pd.DataFrame:
    return lab.cost(Experiment.from_json(experiment))


@st.fragment
def draw(language: str) -> None:
    """Forgetting to switch, and running statistics that lag behind."""
    lesson("modes", language)
    epochs = st.select_slider(say("epochs", language), [5, 10, 20, 40, 100], 40, key="norm.modes.epochs")
    found = _forgotten(TRAINED.to_json(), epochs)
    left, right = st.columns(2, gap="medium")
    with left:
        parts.chart(charts.forgotten_chart(found, language), "norm.modes.chart")
        st.caption(say("modes.note", language))
    with right:
        parts.chart(charts.lag_chart(_lag(TRAINED.to_json(), min(epochs, 20)), language), "norm.modes.lag")
        st.caption(say("modes.lag", language))
    one = found[(found["size"] == 1) & (found["order"] == "mixed")].set_index("mode")["accuracy"]
    st.markdown(
        say("modes.result", language, right=f"{one['evaluation']:.0%}", wrong=f"{one['training']:.0%}")
    )
    parts.open_in_playground(TRAINED, language)
    parts.snippet(SNIPPETS["modes"], language)


@st.fragment
def draw_regularizing(language: str) -> None:
    """A mild regularizer: training and test loss of an overfitting network, over seeds."""
    lesson("regularizing", language)
    a, b, c = row(220, 220, 240)
    seeds = a.slider(say("seeds", language), 2, 10, 5, key="norm.gap.seeds")
    size = b.select_slider(say("batch", language), [5, 10, 20, 60], 10, key="norm.gap.batch")
    column = c.segmented_control(
        say("show", language),
        ("loss", "accuracy"),
        default="loss",
        required=True,
        key="norm.gap.column",
        format_func=lambda name: say(f"axis.{name}", language),
    )
    experiment = lab.SMALL.replace(batch_size=size)

    def picture(found: pd.DataFrame) -> None:
        parts.chart(charts.gap_chart(found, column, language), "norm.gap.chart")

    found = parts.computed("norm.gap", language, picture, lab.regularizing, experiment, 300, seeds)
    if found is not None:
        means = found.groupby("normalization", sort=False)[["loss_train", "loss_test"]].mean().reset_index()
        means["gap"] = means["loss_test"] - means["loss_train"]
        form = "{:.3f}".format
        table(
            means,
            language,
            normalization=lambda n: kind(n, language),
            loss_train=form,
            loss_test=form,
            gap=form,
        )
    shown = experiment.replace(normalization="batch_norm")
    parts.open_in_playground(shown, language)
    parts.script(shown, 300, language)


@st.fragment
def draw_cost(language: str) -> None:
    """Extra parameters and extra time."""
    lesson("cost", language)
    a, b = row(220, 220)
    depth = a.slider(say("depth", language), 1, 8, 2, key="norm.cost.depth")
    width = b.slider(say("cost.width", language), 4, 64, 16, 4, key="norm.cost.width")
    experiment = lab.DEEP.replace(activation="relu", init="he_normal", hidden=(width,) * depth)
    table(
        _cost(experiment.to_json()),
        language,
        normalization=lambda n: kind(n, language),
        parameters="{:,}".format,
        statistics="{:,}".format,
        engine=lambda name: text(f"fields.options.{name}", language),
        microseconds="{:.1f}".format,
    )
    st.caption(say("cost.note", language))
