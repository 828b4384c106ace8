"""Sections: dead units and PReLU's slopes; the zig-zag."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from playground.experiment import Experiment
from playground.labs import activations_units as lab
from playground.labs.activations_zigzag import SAMPLES, ZigZag, zigzag
from playground.registry import Spec
from playground.techniques import ACTIVATIONS
from playground.ui.labs import parts
from playground.ui.labs.activations_parts import (
    activation_name,
    activation_picker,
    chart,
    dataset_picker,
    race_link,
    row,
    say,
    snippet,
)
from playground.ui.labs.parts import computed, open_in_playground
from playground.views.activations_charts import direction_chart, path_chart
from playground.views.activations_lines import lines


@st.fragment
def draw_dead(language: str) -> None:
    """The share of dead units against the learning rate."""
    st.subheader(say("dead.title", language))
    st.markdown(say("dead.lesson", language))
    a, b, c, d = row(200, 200, 200, 200)
    with a:
        spec = activation_picker("dead.which", language, "relu")
    width = b.slider(say("width", language), 2, 32, 16, key="dead.width")
    layers = c.slider(say("layers", language), 1, 6, 2, key="dead.layers")
    epochs = d.slider(say("epochs", language), 10, 100, 30, 10, key="dead.epochs")
    hidden = (width,) * layers
    computed(
        "dead",
        language,
        lambda frame: _dead(language, frame),
        lab.dead_units,
        spec,
        lab.RATES,
        epochs,
        hidden,
        button=say("run", language),
    )
    chosen = st.select_slider(say("dead.open", language), lab.RATES, lab.RATES[-1], key="dead.rate")
    setting = lab.dead_experiment(spec, chosen, hidden)
    open_in_playground(setting, language)
    parts.script(setting, epochs, language)


def _dead(language: str, frame: pd.DataFrame) -> None:
    means = frame.groupby(["learning_rate", "epoch"], as_index=False)[["dead", "accuracy"]].mean()
    chart(
        lines(language, means, "epoch", "dead", "learning_rate", ordered=True, y_format="%", y_domain=(0, 1))
    )
    last = frame.sort_values("epoch").groupby(["learning_rate", "seed"]).tail(1)
    table = last.groupby("learning_rate", as_index=False)[["dead", "loss", "accuracy"]].mean()
    forms = {"learning_rate": "{:g}", "dead": "{:.0%}", "loss": "{:.3f}", "accuracy": "{:.0%}"}
    words = {
        say(f"axes.{column}", language): [form.format(v) for v in table[column]]
        for column, form in forms.items()
    }
    st.dataframe(pd.DataFrame(words), hide_index=True)


@st.fragment
def draw_prelu(language: str) -> None:
    """PReLU's slopes in training."""
    st.subheader(say("prelu.title", language))
    st.markdown(say("prelu.lesson", language))
    a, b, c, d = row(200, 200, 200, 200)
    with a:
        dataset = dataset_picker("prelu.dataset", language, ["spiral", "moons", "circle", "xor"])
    start = b.slider(say("prelu.start", language), 0.0, 1.0, 0.25, 0.05, key="prelu.start")
    layers = c.slider(say("layers", language), 1, 8, 3, key="prelu.layers")
    rate = d.select_slider(say("rate", language), [0.01, 0.03, 0.1, 0.3], 0.1, key="prelu.rate")
    setting = lab.slope_experiment((8,) * layers, start, dataset, rate)
    computed(
        "prelu",
        language,
        lambda frame: _prelu(language, frame),
        lab.prelu_slopes,
        setting,
        200,
        button=say("run", language),
    )
    open_in_playground(setting, language)
    parts.script(setting, 200, language)


def _prelu(language: str, frame: pd.DataFrame) -> None:
    chart(lines(language, frame, "epoch", "slope", "layer", ordered=True))
    last = frame[frame["epoch"] == frame["epoch"].max()]
    low, high = last["slope"].min(), last["slope"].max()
    accuracy = f"{last['accuracy'].iloc[0]:.0%}"
    st.markdown(say("prelu.result", language, low=f"{low:.2f}", high=f"{high:.2f}", accuracy=accuracy))


@st.cache_data(max_entries=64, show_spinner=False)
def _zigzag(spec: Spec, angle: float, rate: float, batch: int, seed: int) -> ZigZag:
    return zigzag(spec, angle, rate, batch, seed=seed)


@st.fragment
def draw_zigzag(language: str) -> None:
    """The two-weight problem, for two activations side by side."""
    st.subheader(say("zigzag.title", language))
    st.markdown(say("zigzag.lesson", language))
    st.latex(r"\frac{\partial L}{\partial w_i} = (s - y)\, h_i, \qquad s = w_1 h_1 + w_2 h_2")
    a, b, c, d = row(200, 200, 200, 200)
    angle = a.slider(say("zigzag.angle", language), 0, 360, 135, 5, key="zigzag.angle")
    rate = b.select_slider(
        say("rate", language), [0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 1.5, 2.0], 0.5, key="zigzag.rate"
    )
    batch = c.select_slider(say("batch", language), [1, 2, 4, 8, 16, 32, SAMPLES], 1, key="zigzag.batch")
    seed = d.number_input(say("seed", language), 0, 999, 0, key="zigzag.seed")
    for column, default in zip(st.columns(2), ("sigmoid", "tanh"), strict=True):
        with column:
            spec = activation_picker(f"zigzag.{default}", language, default, without=("maxout",))
            run = _zigzag(spec, float(angle), rate, batch, int(seed))
            chart(path_chart(language, run), square=True)
            chart(direction_chart(language, run, 260), square=True)
            arrived = (
                say("zigzag.arrived", language, updates=run.arrival)
                if run.arrival is not None
                else say("zigzag.never", language, updates=len(run.path) - 1)
            )
            st.markdown(
                say(
                    "zigzag.result",
                    language,
                    name=activation_name(spec.name, language),
                    share=f"{run.same_sign:.0%}",
                    detour=f"{run.detour:.2f}",
                    arrived=arrived,
                )
            )
    chosen = [ACTIVATIONS[st.session_state[f"zigzag.{name}"]].spec() for name in ("sigmoid", "tanh")]
    base = Experiment(dataset="blobs", hidden=(2,), learning_rate=min(rate, 1.0), batch_size=batch)
    with st.container(horizontal=True):
        open_in_playground(base.replace(activation=chosen[0]), language)
        race_link(base, chosen, 30, language, "loss")
    snippet("zigzag", language)
