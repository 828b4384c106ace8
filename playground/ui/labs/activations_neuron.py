"""Section: from one neuron to linear classifiers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from playground.experiment import Experiment
from playground.labs import activations_neuron as lab
from playground.ui.labs import parts
from playground.ui.labs.activations_pads import neuron_pad
from playground.ui.labs.activations_parts import chart, dataset_picker, row, say, snippet
from playground.ui.labs.parts import computed, open_in_playground
from playground.views.activations_charts import separation_chart

MOST = 6.0
PAD = "neuron.pad"
PIVOT = "neuron.pivot"
SLIDERS = ("neuron.w1", "neuron.w2", "neuron.threshold")
DATASETS = ("blobs", "moons", "circle", "xor")


def _dragged() -> None:
    values = st.session_state[PAD].get("neuron")
    if isinstance(values, list) and len(values) == 5 and all(isinstance(v, int | float) for v in values):
        for key, value in zip(SLIDERS, values[:3], strict=True):
            most = 3 * MOST if key == "neuron.threshold" else MOST
            st.session_state[key] = float(np.clip(round(value, 2), -most, most))
        st.session_state[PIVOT] = [float(v) for v in values[3:]]


def _moved() -> None:
    st.session_state.pop(PIVOT, None)


def _learned(experiment: Experiment) -> None:
    *_, (_, learned) = lab.train_linear(experiment, 300)
    for key, value in zip(SLIDERS, (learned.w1, learned.w2, learned.threshold), strict=True):
        st.session_state[key] = float(np.clip(round(value, 2), -MOST, MOST))
    _moved()


@st.fragment
def draw(language: str) -> None:
    """One neuron with its line."""
    st.subheader(say("neuron.title", language))
    st.markdown(say("neuron.lesson", language))
    st.latex(
        r"s = w_1 x_1 + w_2 x_2 - \theta, \qquad \text{class } 1 \text{ where } s > 0, \qquad b = -\theta"
    )
    left, right = st.columns([3, 2])
    with right:
        dataset = dataset_picker("neuron.dataset", language, DATASETS)
        for key, start in zip(SLIDERS, (1.0, -0.5, 0.5), strict=True):
            st.session_state.setdefault(key, start)
        w1 = st.slider("w₁", -MOST, MOST, step=0.05, key=SLIDERS[0], on_change=_moved)
        w2 = st.slider("w₂", -MOST, MOST, step=0.05, key=SLIDERS[1], on_change=_moved)
        theta = st.slider(
            say("neuron.threshold", language),
            -3 * MOST,
            3 * MOST,
            step=0.05,
            key=SLIDERS[2],
            on_change=_moved,
        )
        setting = lab.linear_experiment("logistic", dataset, 0.2)
        X, y = lab.points(setting)
        neuron = lab.Neuron(w1, w2, theta)
        judged = lab.judge(neuron, X, y)
        with st.container(horizontal=True):
            st.metric(say("axes.accuracy", language), f"{judged.accuracy:.1%}", width="content")
            st.metric(say("neuron.cross_entropy", language), f"{judged.cross_entropy:.3f}", width="content")
            st.metric(say("neuron.hinge", language), f"{judged.hinge:.3f}", width="content")
        st.button(
            say("neuron.train", language),
            key="neuron.train",
            icon=":material/school:",
            on_click=_learned,
            args=(setting,),
        )
        if dataset in ("circle", "xor", "moons"):
            st.caption(say(f"neuron.about.{dataset}", language))
    with left:
        neuron_pad(
            PAD,
            {
                "points": [
                    [round(float(p), 3), round(float(q), 3), int(c)] for (p, q), c in zip(X, y, strict=True)
                ],
                "neuron": [w1, w2, theta],
                "pivot": st.session_state.get(PIVOT),
                "reach": float(np.abs(X).max()) * lab.EDGE,
                "most": MOST,
                "wrong": say("neuron.wrong", language),
                "hint": say("neuron.hint", language),
                "label": say("neuron.label", language),
                "move": say("neuron.move", language),
                "turn": say("neuron.turn", language),
            },
            _dragged,
        )
    open_in_playground(setting, language)
    parts.script(setting, 300, language)


@st.fragment
def draw_linear(language: str) -> None:
    """Logistic regression and linear SVM, beside scikit-learn's."""
    st.subheader(say("linear.title", language))
    st.markdown(say("linear.lesson", language))
    a, b, c, d = row(200, 200, 200, 200)
    model = a.selectbox(
        say("linear.model", language),
        list(lab.MODELS),
        key="linear.model",
        format_func=lambda m: say(f"linear.{m}", language),
    )
    with b:
        dataset = dataset_picker("linear.dataset", language, DATASETS)
    noise = c.slider(say("noise", language), 0.0, 0.5, 0.3, 0.05, key="linear.noise")
    l2 = d.select_slider("L2", [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0], 0.01, key="linear.l2")
    st.latex((r"\max(0,\ 1 - y\,s)" if model == "svm" else r"\ln(1 + e^{-y\,s})") + r",\quad y = \pm 1")
    st.latex(
        r"\min_{w,b}\ \frac1n \sum_i L_i + \frac{\lambda}{2} \lVert w \rVert^2, \qquad C = \frac{1}{n \lambda}"
    )
    setting = lab.linear_experiment(model, dataset, noise, l2)
    computed(
        "linear", language, lambda network: _beside(language, setting, network), lab.train_linear, setting
    )
    open_in_playground(setting, language)
    snippet("linear", language)


def _beside(language: str, setting: Experiment, network: lab.Neuron) -> None:
    table = _comparison(setting, network)
    X, y = lab.points(setting)
    reach = float(np.abs(X).max()) * 1.1
    borders = pd.concat(
        lab.line(lab.Neuron(w1, w2, -bias), reach).assign(who=who)
        for who, w1, w2, bias in zip(table["who"], table["w1"], table["w2"], table["bias"], strict=True)
    )
    left, right = st.columns([3, 2])
    with left:
        chart(separation_chart(language, X, y, borders))
    with right:
        numbers = [name for name in table.columns if name != "who"]
        words = {" ": [say(f"linear.columns.{name}", language) for name in numbers]}
        for row, who in enumerate(table["who"]):
            words[say(f"linear.{who}", language)] = [f"{table[name].iloc[row]:.4f}" for name in numbers]
        st.dataframe(pd.DataFrame(words), hide_index=True, width="stretch")
        gap = table["objective"].iloc[0] - table["objective"].iloc[1]
        st.markdown(say("linear.result", language, gap=f"{gap:.1e}"))


@st.cache_data(max_entries=64, show_spinner=False)
def _comparison(experiment: Experiment, network: lab.Neuron) -> pd.DataFrame:
    return lab.comparison(experiment, network)
