"""Section: a deep network with and without normalization, and its layers during training."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from playground.labs import normalization_runs as lab
from playground.ui.labs import parts
from playground.ui.labs.normalization_parts import activation, kind, lesson, open_both, row, say, spread
from playground.views import normalization_charts as charts

Watched = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]


@st.fragment
def draw(language: str) -> None:
    """Histograms of what enters the activations, layer by layer, and the curves."""
    lesson("training", language)
    a, b, c, d, e = row(200, 170, 190, 170, 150)
    with a:
        name = activation("norm.training.activation", language, ("sigmoid", "tanh", "relu"), "sigmoid")
    depth = b.slider(say("depth", language), 1, 8, 6, key="norm.training.depth")
    rate = c.select_slider(
        say("learning_rate", language), [0.003, 0.01, 0.03, 0.1, 0.3, 1.0], 0.03, key="norm.training.rate"
    )
    epochs = d.select_slider(say("epochs", language), [20, 60, 100, 300], 100, key="norm.training.epochs")
    seeds = e.slider(
        say("seeds", language), 1, 10, 5, key="norm.training.seeds", help=say("seeds_tip", language)
    )
    experiment = lab.DEEP.replace(activation=name, hidden=(8,) * depth, learning_rate=rate)
    watched = parts.computed(
        "norm.training",
        language,
        lambda found: _watched(found, language),
        lab.watch,
        experiment,
        lab.KINDS,
        epochs,
    )
    if watched is not None:
        parts.computed(
            "norm.training.all",
            language,
            lambda table: _over_seeds(table, epochs, language),
            lab.over_seeds,
            experiment,
            lab.KINDS,
            epochs,
            seeds,
        )
    open_both(experiment, epochs, language)
    parts.script(experiment.replace(normalization="batch_norm"), epochs, language)


def _over_seeds(table: pd.DataFrame, epochs: int, language: str) -> None:
    found = table.groupby("normalization", sort=False)["accuracy_test"]
    each = "; ".join(f"{kind(str(name), language)} {spread(values)}" for name, values in found)
    seeds = table["seed"].nunique()
    st.markdown(say("training.over_seeds", language, found=each, seeds=seeds, epochs=epochs))


def _watched(found: Watched, language: str) -> None:
    histograms, moments, curve = found
    left, right = st.columns(2, gap="medium")
    with left:
        parts.chart(charts.curve_chart(curve, "loss", language), "norm.training.loss")
    with right:
        parts.chart(charts.curve_chart(curve, "accuracy", language), "norm.training.accuracy")
    marks = sorted(histograms["epoch"].unique().tolist())
    if len(marks) < 2:
        return
    epoch = st.select_slider(
        say("training.epoch", language), marks, marks[-1], key=f"norm.training.at.{marks[-1]}"
    )
    picture = charts.histograms_chart(histograms, epoch, language)
    st.altair_chart(picture, width="content", key="norm.training.histograms")
    st.caption(say("training.histograms", language))
    now = moments[moments["epoch"] == epoch].set_index("layer")
    names = [kind(str(name), language) for name in moments["normalization"].unique()]

    def each(layer: int, column: str) -> str:
        values = now.loc[[layer], column]
        return "; ".join(f"{name} **{value:.2g}**" for name, value in zip(names, values, strict=False))

    st.markdown(say("training.moments", language, found=each(int(now.index.max()), "std")))
    st.markdown(say("training.gradients", language, found=each(1, "gradient")))
