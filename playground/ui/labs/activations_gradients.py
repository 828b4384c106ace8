"""Section: vanishing and exploding gradients, and SELU's fixed point."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from playground.experiment import MAX_LAYERS, Experiment
from playground.labs import activations_depth as lab
from playground.registry import Spec
from playground.ui.labs import parts
from playground.ui.labs.activations_parts import (
    activation_picker,
    activations_picker,
    chart,
    init_picker,
    race_link,
    row,
    say,
    snippet,
)
from playground.ui.labs.parts import computed, open_in_playground
from playground.views.activations_charts import grid_chart, moments_chart
from playground.views.activations_lines import lines, named_activations

MEASURES = ("signal", "weights")
MOST_UNITS = 16
"""Units of a layer where a network is opened elsewhere."""


@st.cache_data(max_entries=128, show_spinner=False)
def _at_start(specs: tuple[Spec, ...], init: Spec, depth: int, width: int) -> pd.DataFrame:
    return lab.gradients_at_start(specs, init, depth, width)


@st.cache_data(max_entries=64, show_spinner=False)
def _moments(specs: tuple[Spec, ...], init: Spec, depth: int, mean: float, variance: float) -> pd.DataFrame:
    return lab.moments_by_depth(specs, init, depth, mean=mean, variance=variance)


def _measure(key: str, language: str) -> str:
    return st.segmented_control(
        say("measure", language),
        MEASURES,
        default="signal",
        required=True,
        key=key,
        format_func=lambda name: say(f"measures.{name}", language),
    )


@st.fragment
def draw(language: str) -> None:
    """Gradients by layer before training, and the grid of all pairs."""
    st.subheader(say("gradients.title", language))
    st.markdown(say("gradients.lesson", language))
    a, b, c, d = row(280, 190, 190, 190)
    with a:
        specs = activations_picker("gradients.which", language, ("sigmoid", "tanh", "relu"))
    with b:
        init = init_picker("gradients.init", language, "xavier_normal")
    depth = c.slider(say("depth", language), 1, lab.MAX_DEPTH, 10, key="gradients.depth")
    width = d.slider(say("width", language), 2, lab.MAX_WIDTH, 16, key="gradients.width")
    measure = _measure("gradients.measure", language)
    frame = _at_start(tuple(specs), init, depth, width)
    frame = named_activations(frame[frame["measure"] == measure], language)
    chart(lines(language, frame, "layer", "norm", "activation", log_y=True, points=True))
    if measure == "signal" and depth > 1:
        for name, part in frame.groupby("activation", sort=False):
            first, last = part["norm"].iloc[0], part["norm"].iloc[-1]
            if last > 0:
                st.caption(
                    say("gradients.ratio", language, name=name, ratio=f"{first / last:.2g}", depth=depth)
                )
    _race(specs, init, depth, width, language)
    snippet("gradients", language)
    st.markdown(say("gradients.grid", language))
    computed(
        "gradients.grid",
        language,
        lambda grid: chart(grid_chart(language, grid)),
        lab.survival_grid,
        max(2, depth),
        width,
    )


def _race(specs: list[Spec], init: Spec, depth: int, width: int, language: str) -> None:
    """The same comparison while it trains; networks of the race have fewer layers."""
    base = Experiment(hidden=(min(width, MOST_UNITS),) * min(depth, MAX_LAYERS), init=init)
    with st.container(horizontal=True):
        open_in_playground(base.replace(activation=specs[0]), language)
        race_link(base, specs, 100, language)


@st.fragment
def draw_training(language: str) -> None:
    """The same during training."""
    st.subheader(say("training.title", language))
    st.markdown(say("training.lesson", language))
    a, b, c, d, e = row(165, 165, 165, 165, 165)
    with a:
        spec = activation_picker("training.which", language, "sigmoid")
    with b:
        init = init_picker("training.init", language, "xavier_normal")
    depth = c.slider(say("depth", language), 1, lab.MAX_DEPTH, 6, key="training.depth")
    rate = d.select_slider(say("rate", language), [0.01, 0.03, 0.1, 0.3, 1.0, 3.0], 0.3, key="training.rate")
    updates = e.select_slider(
        say("updates", language), [100, 200, 300, 500, 1000, 2000], 200, key="training.updates"
    )
    measure = _measure("training.measure", language)
    computed(
        "training",
        language,
        lambda found: _training(language, *found, measure),
        lab.gradients_in_training,
        spec,
        init,
        depth,
        8,
        rate,
        updates,
        button=say("run", language),
    )
    if depth <= MAX_LAYERS:
        setting = Experiment(hidden=(8,) * depth, activation=spec, init=init, learning_rate=min(rate, 0.1))
        open_in_playground(setting, language)
        parts.script(setting, 200, language)


def _training(language: str, norms: pd.DataFrame, curve: pd.DataFrame, measure: str) -> None:
    left, right = st.columns(2)
    part = norms[norms["measure"] == measure]
    with left:
        chart(lines(language, part, "layer", "norm", "update", ordered=True, log_y=True, points=True))
    with right:
        chart(lines(language, curve, "update", "loss", height=190))
        chart(lines(language, curve, "update", "accuracy", y_domain=(0, 1), y_format="%", height=180))
    last = curve.iloc[-1]
    st.markdown(
        say("training.result", language, accuracy=f"{last['accuracy']:.0%}", updates=int(last["update"]))
    )


@st.fragment
def draw_selu(language: str) -> None:
    """SELU's fixed point."""
    st.subheader(say("selu.title", language))
    st.markdown(say("selu.lesson", language))
    a, b, c, d, e = row(270, 145, 145, 145, 145)
    with a:
        specs = activations_picker("selu.which", language, ("selu", "relu", "tanh"))
    with b:
        init = init_picker("selu.init", language, "lecun_normal")
    depth = c.slider(say("depth", language), 1, lab.MAX_DEPTH, 20, key="selu.depth")
    mean = d.slider(say("selu.mean", language), -1.0, 1.0, 0.0, 0.1, key="selu.mean")
    variance = e.slider(say("selu.variance", language), 0.1, 3.0, 1.0, 0.1, key="selu.variance")
    frame = _moments(tuple(specs), init, depth, mean, variance)
    left, right = st.columns(2)
    with left:
        chart(moments_chart(language, frame, "mean"))
    with right:
        chart(moments_chart(language, frame, "variance"))
    fixed_mean, fixed_variance = lab.selu_moments(0.0, 1.0)
    # Rounded as the formulas' constants are.
    st.markdown(say("selu.result", language, mean=f"{abs(fixed_mean):.4f}", variance=f"{fixed_variance:.4f}"))
    _race(specs, init, depth, MOST_UNITS, language)
    snippet("selu", language)
