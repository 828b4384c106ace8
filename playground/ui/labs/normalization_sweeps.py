"""Sections: initial scale, learning rate, batch size."""

from __future__ import annotations

import math

import pandas as pd
import streamlit as st

from playground.labs import normalization_runs as lab
from playground.ui.labs import parts
from playground.ui.labs.normalization_parts import activation, kind, lesson, row, say
from playground.views import normalization_charts as charts

STDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
RATES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
SIZES = (1, 2, 4, 8, 16, 32)
NAMES = ("sigmoid", "tanh", "relu")
INITS = {"sigmoid": "xavier_normal", "tanh": "xavier_normal", "relu": "he_normal"}


@st.fragment
def draw_scale(language: str) -> None:
    """How much the result depends on the size of the first weights."""
    lesson("scale", language)
    a, b, c = row(220, 220, 220)
    with a:
        name = activation("norm.sweep.activation", language, NAMES, "tanh")
    depth = b.slider(say("depth", language), 2, 8, 6, key="norm.sweep.depth")
    seeds = c.slider(say("seeds", language), 1, 5, 2, key="norm.sweep.seeds")
    experiment = lab.DEEP.replace(activation=name, hidden=(8,) * depth)

    def picture(found: pd.DataFrame) -> None:
        st.altair_chart(charts.scale_chart(found, language), width="content", key="norm.sweep.chart")

    found = parts.computed(
        "norm.sweep", language, picture, lab.scale_sweep, experiment, STDS, lab.KINDS, 40, seeds
    )
    if found is not None:
        good = found.assign(good=found["accuracy_train"] >= lab.TRAINS).groupby("normalization", sort=False)[
            "good"
        ]
        st.markdown(
            "  \n".join(
                say(
                    "scale.result",
                    language,
                    name=kind(str(n), language),
                    share=f"{v:.0%}",
                    goal=f"{lab.TRAINS:.0%}",
                )
                for n, v in good.mean().items()
            )
        )
    shown = experiment.replace(normalization="batch_norm", init={"name": "normal", "std": STDS[-1]})
    parts.open_in_playground(shown, language)
    parts.script(shown, 40, language)


@st.fragment
def draw_rate(language: str) -> None:
    """The largest η that still trains."""
    lesson("rate", language)
    a, b, c = row(220, 220, 220)
    with a:
        name = activation("norm.rates.activation", language, NAMES, "relu")
    depth = b.slider(say("depth", language), 1, 8, 4, key="norm.rates.depth")
    seeds = c.slider(say("seeds", language), 1, 9, 3, key="norm.rates.seeds")
    experiment = lab.DEEP.replace(activation=name, hidden=(16,) * depth, init=INITS[name])

    def picture(found: pd.DataFrame) -> None:
        parts.chart(charts.against_chart(found, "rate", "accuracy_train", language), "norm.rates.chart")

    found = parts.computed(
        "norm.rates", language, picture, lab.rate_sweep, experiment, RATES, lab.KINDS, 30, seeds
    )
    if found is not None:
        largest = lab.largest_rates(found)
        for place, (name_of, value) in zip(st.columns(len(largest)), largest.items(), strict=True):
            place.metric(
                say("rate.largest", language, name=kind(name_of, language)),
                "–" if math.isnan(value) else f"{value:g}",
            )
        st.caption(say("rate.note", language, goal=f"{lab.TRAINS:.0%}"))
    shown = experiment.replace(normalization="batch_norm", learning_rate=1.0)
    parts.open_in_playground(shown, language)
    parts.script(shown, 30, language)


@st.fragment
def draw_batches(language: str) -> None:
    """Batch normalization fails with tiny batches."""
    lesson("batches", language)
    a, b, c = row(220, 220, 220)
    with a:
        name = activation("norm.batches.activation", language, NAMES, "tanh")
    rate = b.select_slider(
        say("learning_rate", language), [0.01, 0.03, 0.1, 0.3], 0.03, key="norm.batches.rate"
    )
    seeds = c.slider(say("seeds", language), 1, 9, 3, key="norm.batches.seeds")
    experiment = lab.DEEP.replace(
        activation=name, hidden=(16, 16), init=INITS[name], learning_rate=rate, noise=0.1
    )

    def picture(found: pd.DataFrame) -> None:
        parts.chart(charts.against_chart(found, "batch", "accuracy_test", language), "norm.batches.chart")

    found = parts.computed(
        "norm.batches", language, picture, lab.batch_sweep, experiment, SIZES, lab.KINDS, 30, seeds
    )
    if found is not None:
        own = found[found["normalization"] == "batch_norm"]
        medians = own.groupby("batch")["accuracy_test"].median()
        st.markdown(
            say(
                "batches.result",
                language,
                found=", ".join(f"{size}: {value:.0%}" for size, value in medians.items()),
            )
        )
    shown = experiment.replace(normalization="batch_norm", batch_size=2)
    parts.open_in_playground(shown, language)
    parts.script(shown, 30, language)
