"""Section: preprocessing, from an ellipse to a circle, and statistics that leak."""

from __future__ import annotations

import math

import pandas as pd
import streamlit as st

from playground.data.preprocessing import PREPROCESSINGS
from playground.experiment import Experiment
from playground.labs import normalization_preprocessing as lab
from playground.labs.normalization_code import SNIPPETS
from playground.ui import wording
from playground.ui.labs import parts, racing
from playground.ui.labs.normalization_parts import lesson, row, say, table
from playground.views import normalization_charts as charts

STEPS = tuple(PREPROCESSINGS)
WINE = Experiment(dataset="wine", hidden=(), learning_rate=0.003, batch_size=5000)
"""A linear model on thirteen measured inputs of very different size."""


@st.cache_data(show_spinner=False, max_entries=64)
def _compare(scale: float, offset: tuple[float, float], correlation: float) -> pd.DataFrame:
    return lab.compare(lab.cloud(scale, offset, correlation))


def _name(name: str, language: str) -> str:
    return wording.label("preprocessings", name, language)


@st.fragment
def draw(language: str) -> None:
    """The data, the loss over two weights, and what each preprocessing makes of them."""
    lesson("preprocessing", language)
    st.latex(
        r"L = \frac{1}{n}\sum_i (w_1 x_{i1} + w_2 x_{i2} + b - y_i)^2, \qquad "
        r"H = \frac{2}{n}\sum_i \begin{pmatrix} x_i \\ 1 \end{pmatrix}\!\begin{pmatrix} x_i \\ 1 \end{pmatrix}^{\!\top}"
        r", \qquad \kappa = \frac{\lambda_{\max}}{\lambda_{\min}}, \qquad "
        r"\eta^* = \frac{2}{\lambda_{\min} + \lambda_{\max}}"
    )
    a, b, c, d = row(210, 210, 210, 210)
    scale = a.slider(say("preprocessing.scale", language), 1.0, 8.0, 4.0, 0.5, key="norm.scale")
    first = b.slider(say("preprocessing.offset1", language), -4.0, 4.0, 2.0, 0.5, key="norm.offset1")
    second = c.slider(say("preprocessing.offset2", language), -4.0, 4.0, 1.0, 0.5, key="norm.offset2")
    correlation = d.slider(
        say("preprocessing.correlation", language), -0.95, 0.95, 0.6, 0.05, key="norm.correlation"
    )
    step = st.segmented_control(
        say("preprocessing.step", language),
        STEPS,
        default=STEPS[0],
        required=True,
        key="norm.step",
        format_func=lambda name: _name(name, language),
    )
    st.latex(PREPROCESSINGS[step].formula)
    data = lab.cloud(scale, (first, second), correlation)
    bowl = lab.bowl(data, step)
    steps, way = lab.descend(bowl, bowl.rate)
    left, right, numbers = row(360, 360, 150)
    with left:
        st.altair_chart(charts.cloud_chart(bowl.F, data.y, language), width="content", key="norm.cloud")
    with right:
        chart = charts.bowl_chart(*lab.contours(bowl, way), way, bowl.best, language)
        st.altair_chart(chart, width="content", key="norm.bowl")
    with numbers:
        st.metric(say("axis.condition", language), _number(bowl.condition))
        st.metric(say("axis.best_rate", language), f"{bowl.rate:.3g}")
        st.metric(
            say("axis.steps", language),
            _steps(math.nan if steps is None else steps),
            help=say("preprocessing.steps_tip", language, goal=f"{lab.GOAL:g}"),
        )
    st.caption(say("preprocessing.note", language))
    compared = _compare(scale, (first, second), correlation)
    table(
        compared.rename(columns={"rate": "best_rate"}),
        language,
        preprocessing=lambda name: _name(name, language),
        condition=_number,
        best_rate=lambda v: f"{v:.3g}",
        steps=_steps,
        theory=lambda v: f"{v:,.0f}" if math.isfinite(v) else "–",
    )
    kappas = dict(zip(compared["preprocessing"], compared["condition"].to_numpy(), strict=True))
    counts = dict(zip(compared["preprocessing"], compared["steps"].to_numpy(), strict=True))
    st.markdown(
        say(
            "preprocessing.result",
            language,
            kappa=_number(kappas["none"]),
            steps=_steps(counts["none"]),
            kappa_scaled=_number(kappas["standardising"]),
            steps_scaled=_steps(counts["standardising"]),
            kappa_white=_number(kappas["whitening"]),
            steps_white=_steps(counts["whitening"]),
        )
    )
    st.caption(say("preprocessing.real", language, name=_name(step, language)))
    with st.container(horizontal=True):
        parts.open_in_playground(WINE.replace(preprocessing=step), language)
        racing.open_in_race(WINE, [{"preprocessing": name} for name in STEPS], 60, language, "loss")
    parts.snippet(SNIPPETS["preprocessing"], language)


def _number(value: float) -> str:
    return f"{value:.4g}" if math.isfinite(value) else "∞"


def _steps(value: float) -> str:
    return f"> {lab.MOST_STEPS:,}" if math.isnan(value) else f"{value:,.0f}"


@st.fragment
def draw_leak(language: str) -> None:
    """Statistics from the training part only."""
    lesson("leak", language)
    a, b, c = row(240, 240, 300)
    names = [name for name in STEPS if name != "none"]
    name = a.selectbox(
        say("leak.preprocessing", language),
        names,
        names.index("min_max"),
        key="norm.leak.preprocessing",
        format_func=lambda n: _name(n, language),
    )
    outlier = b.slider(say("leak.outlier", language), 1.0, 12.0, 8.0, 0.5, key="norm.leak.outlier")
    leaking = c.toggle(say("leak.switch", language), key="norm.leak.switch")
    split = lab.leak(name, outlier, leaking)
    left, right = row(400, 400)
    with left:
        st.altair_chart(charts.leak_chart(split.points, language), width="content", key="norm.leak.chart")
    with right:
        table(
            split.statistics,
            language,
            input=str,
            mean=lambda v: f"{v:.3f}",
            std=lambda v: f"{v:.3f}",
        )
        st.metric(say("leak.moved", language), f"{split.moved:.3f}")
        key = "leak.bad" if leaking else "leak.good"
        (st.warning if leaking else st.success)(say(key, language))
    parts.snippet(SNIPPETS["leak"], language)
