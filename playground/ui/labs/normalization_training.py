"""Section: a deep network with and without normalization, and its layers during training."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from playground.labs import normalization_runs as lab
from playground.ui.labs import parts
from playground.ui.labs.normalization_parts import activation, kind, lesson, row, say
from playground.views import normalization_charts as charts

Watched = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]


@st.fragment
def draw(language: str) -> None:
    """Histograms of what enters the activations, layer by layer, and the curves."""
    lesson("training", language)
    a, b, c, d = row(200, 200, 200, 200)
    with a:
        name = activation("norm.training.activation", language, ("sigmoid", "tanh", "relu"), "sigmoid")
    depth = b.slider(say("depth", language), 1, 8, 6, key="norm.training.depth")
    rate = c.select_slider(
        say("learning_rate", language), [0.003, 0.01, 0.03, 0.1, 0.3, 1.0], 0.03, key="norm.training.rate"
    )
    epochs = d.select_slider(say("epochs", language), [20, 60, 100, 300], 100, key="norm.training.epochs")
    experiment = lab.DEEP.replace(activation=name, hidden=(8,) * depth, learning_rate=rate)
    parts.computed(
        "norm.training",
        language,
        lambda found: _watched(found, language),
        lab.watch,
        experiment,
        lab.KINDS,
        epochs,
    )
    shown = experiment.replace(normalization="batch_norm")
    parts.open_in_playground(shown, language)
    parts.script(shown, epochs, language)


def _watched(found: Watched, language: str) -> None:
    histograms, moments, curve = found
    left, right = st.columns(2, gap="medium")
    with left:
        parts.chart(charts.curve_chart(curve, "loss", language), "norm.training.loss")
    with right:
        parts.chart(charts.curve_chart(curve, "accuracy", language), "norm.training.accuracy")
    last = curve.groupby("normalization", sort=False).tail(1)
    st.markdown(
        "  \n".join(
            say(
                "training.result",
                language,
                name=kind(str(line["normalization"]), language),
                accuracy=f"{line['accuracy']:.0%}",
                epoch=int(line["epoch"]),
            )
            for line in last.to_dict("records")
        )
    )
    marks = sorted(histograms["epoch"].unique().tolist())
    if len(marks) < 2:
        return
    epoch = st.select_slider(
        say("training.epoch", language), marks, marks[-1], key=f"norm.training.at.{marks[-1]}"
    )
    picture = charts.histograms_chart(histograms, epoch, language)
    st.altair_chart(picture, width="content", key="norm.training.histograms")
    st.caption(say("training.histograms", language))
    there = moments[(moments["epoch"] == epoch) & (moments["layer"] == moments["layer"].max())]
    found_there = "; ".join(
        f"{kind(str(line['normalization']), language)} {line['std']:.2g}" for line in there.to_dict("records")
    )
    st.markdown(say("training.moments", language, found=found_there))
