"""Section: trainability over the scale of the weights and the depth of the network."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from playground.experiment import NUMBERS, Experiment
from playground.labs import initialization_runs as lab
from playground.registry import whole
from playground.techniques import ACTIVATIONS
from playground.text import text
from playground.ui import wording
from playground.ui.labs import parts
from playground.views import initialization_charts as charts

TOPIC = "lab_initialization"
STDS = tuple(float(f"{std:.3g}") for std in np.geomspace(0.01, 4.0, 17))
DEPTHS = tuple(range(1, 9))
TRAINED = 0.95
"""Training accuracy from which a network counts as trained."""
MEASURES = ("accuracy", "loss")
WIDTH = whole("width", 16, 4, 64)
EPOCHS = whole("epochs", 30, 5, 200, log=True)


def _say(key: str, language: str, **values: object) -> str:
    return text(f"{TOPIC}.{key}", language, **values)


@st.fragment
def draw(language: str) -> None:
    """Controls, the heat map as it grows, and the band that can be trained."""
    parts.lesson(f"{TOPIC}.scale", language)
    experiment, width, epochs = _controls(language)
    st.caption(
        _say(
            "scale.setup",
            language,
            data=wording.label("datasets", experiment.dataset.name, language),
            optimizer=wording.label("optimizers", experiment.optimizer.name, language),
            epochs=epochs,
            rate=f"{experiment.learning_rate:g}",
            cells=len(STDS) * len(DEPTHS),
        )
    )
    measure = st.segmented_control(
        _say("scale.show", language),
        list(MEASURES),
        default=MEASURES[0],
        required=True,
        format_func=lambda name: _say(f"axis.{name}", language),
        key="init.scale.measure",
    )

    def picture(table: pd.DataFrame) -> None:
        chart = charts.scale_chart(table, STDS, DEPTHS, lab.theory(width), measure, language)
        st.altair_chart(chart, width="stretch")

    table = parts.computed(
        "init.scale", language, picture, lab.trainability, experiment, STDS, DEPTHS, width, epochs
    )
    if table is None:
        return
    st.markdown(_bands(table, language))
    deepest = table[table["depth"] == DEPTHS[-1]]
    best = deepest.sort_values(["diverged", "loss"]).iloc[0]
    std, depth = float(best["std"]), int(best["depth"])
    st.caption(_say("scale.linked", language, std=f"{std:g}", depth=depth))
    shown = experiment.replace(hidden=(width,) * depth, init={"name": "normal", "std": std})
    parts.open_in_playground(shown, language)
    parts.script(shown, epochs, language)


def _controls(language: str) -> tuple[Experiment, int, int]:
    first, second, third, fourth = st.columns(4, gap="medium")
    with first:
        activation = parts.technique_control(
            ACTIVATIONS,
            ACTIVATIONS["relu"].spec(),
            "init.scale.activation",
            _say("activation", language),
            language,
        )
    with second:
        width = parts.number_control(WIDTH, "init.scale.width", _say("scale.width", language), "")
    with third:
        rate = parts.number_control(
            NUMBERS["learning_rate"], "init.scale.rate", _say("scale.learning_rate", language), ""
        )
    with fourth:
        epochs = parts.number_control(EPOCHS, "init.scale.epochs", _say("scale.epochs", language), "")
    experiment = Experiment(dataset="circle", activation=activation, learning_rate=rate)
    return experiment, int(width), int(epochs)


def _bands(table: pd.DataFrame, language: str) -> str:
    """For the shallowest, a middle and the deepest network: the scales that can be trained."""
    found = []
    for depth in (DEPTHS[0], DEPTHS[len(DEPTHS) // 2], DEPTHS[-1]):
        stds = table.loc[(table["depth"] == depth) & (table["accuracy"] >= TRAINED), "std"]
        if stds.empty:
            found.append(_say("scale.band_none", language, depth=depth))
        else:
            low, high = f"{stds.min():.2g}", f"{stds.max():.2g}"
            found.append(_say("scale.band_one", language, depth=depth, low=low, high=high))
    return _say("scale.band", language, ranges="; ".join(found))
