"""Sections: initial scale, learning rate, batch size."""

from __future__ import annotations

import math

import pandas as pd
import streamlit as st

from playground.labs import normalization_runs as lab
from playground.ui.labs import parts
from playground.ui.labs.normalization_parts import activation, kind, lesson, open_both, row, say
from playground.views import normalization_charts as charts

STDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
RATES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
SIZES = (1, 2, 4, 8, 16, 32)
NAMES = ("sigmoid", "tanh", "relu")
MARGIN = 0.05
"""By how much accuracy a median must be lower to be called worse."""
INITS = {"sigmoid": "xavier_normal", "tanh": "xavier_normal", "relu": "he_normal"}


@st.fragment
def draw_scale(language: str) -> None:
    """How much the result depends on the size of the first weights."""
    lesson("scale", language)
    a, b, c = row(220, 220, 220)
    with a:
        name = activation("norm.sweep.activation", language, NAMES, "tanh")
    depth = b.slider(say("depth", language), 2, 8, 6, key="norm.sweep.depth")
    seeds = c.slider(say("seeds", language), 1, 5, 2, key="norm.sweep.seeds", help=say("seeds_tip", language))
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
    extreme = experiment.replace(init={"name": "normal", "std": STDS[-1]})
    open_both(extreme, 40, language)
    parts.script(extreme.replace(normalization="batch_norm"), 40, language)


@st.fragment
def draw_rate(language: str) -> None:
    """The largest η that still trains."""
    lesson("rate", language)
    a, b, c = row(220, 220, 220)
    with a:
        name = activation("norm.rates.activation", language, NAMES, "relu")
    depth = b.slider(say("depth", language), 1, 8, 4, key="norm.rates.depth")
    seeds = c.slider(say("seeds", language), 1, 9, 3, key="norm.rates.seeds", help=say("seeds_tip", language))
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
        plain, normal = largest["none"], largest["batch_norm"]
        if math.isnan(plain) or math.isnan(normal):
            st.markdown(say("rate.result_only", language))
        else:
            key = "rate.result_same" if normal == plain else "rate.result"
            st.markdown(say(key, language, factor=f"{max(normal / plain, plain / normal):.3g}", seeds=seeds))
    fast = experiment.replace(learning_rate=1.0)
    open_both(fast, 30, language)
    parts.script(fast.replace(normalization="batch_norm"), 30, language)


@st.fragment
def draw_batches(language: str) -> None:
    """Batch normalization fails with tiny batches."""
    lesson("batches", language)
    a, b, c, d = row(200, 200, 200, 200)
    with a:
        name = activation("norm.batches.activation", language, NAMES, "tanh")
    depth = b.slider(say("depth", language), 1, 8, 4, key="norm.batches.depth")
    rate = c.select_slider(
        say("learning_rate", language), [0.01, 0.03, 0.1, 0.3], 0.03, key="norm.batches.rate"
    )
    seeds = d.slider(
        say("seeds", language), 1, 9, 5, key="norm.batches.seeds", help=say("seeds_tip", language)
    )
    experiment = lab.DEEP.replace(
        activation=name, hidden=(16,) * depth, init=INITS[name], learning_rate=rate, noise=0.1
    )

    def picture(found: pd.DataFrame) -> None:
        parts.chart(charts.against_chart(found, "batch", "accuracy_test", language), "norm.batches.chart")

    found = parts.computed(
        "norm.batches", language, picture, lab.batch_sweep, experiment, SIZES, lab.KINDS, 30, seeds
    )
    if found is not None:
        medians = found.groupby(["normalization", "batch"])["accuracy_test"].median()
        for one in ("batch_norm", "layer_norm"):
            each = ", ".join(f"{size}: {value:.0%}" for size, value in medians[one].items())
            st.markdown(say("batches.result", language, name=kind(one, language), found=each))
        for one in ("none", "layer_norm"):
            behind = lab.behind(found, "batch_norm", one, MARGIN)
            values = {"other": kind(one, language), "margin": f"{100 * MARGIN:.0f}"}
            sizes = ", ".join(str(size) for size in behind)
            key = "batches.behind" if behind else "batches.not_behind"
            st.markdown(say(key, language, sizes=sizes, **values))
    tiny = experiment.replace(batch_size=2)
    open_both(tiny, 30, language)
    parts.script(tiny.replace(normalization="batch_norm"), 30, language)
