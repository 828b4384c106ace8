"""Section: formulas of the lecture beside what the optimizers do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from playground.experiment import Experiment
from playground.labs import optimization_theory as lab
from playground.labs.optimization_code import SNIPPETS
from playground.registry import number
from playground.ui.labs import parts
from playground.ui.labs.optimization_parts import chart, lesson, say
from playground.ui.widgets import log_values
from playground.views import optimization_charts as views

KAPPA = number("kappa", 100.0, 1.0, 1000.0, log=True)


SHOWN = 120
"""Steps that a curve over a logarithmic axis shows."""


@st.cache_data(show_spinner=False, max_entries=64)
def _contraction(kappa: float, beta: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    return lab.contraction_frame(kappa, (beta,)), lab.measured_frame(kappa, (beta,))


@st.cache_data(show_spinner=False, max_entries=32)
def _best(kappa: float) -> tuple[pd.DataFrame, dict[str, float]]:
    """Runs at the best constants, and the contraction measured on longer ones."""
    descent, momentum = lab.best_descent(kappa), lab.best_momentum(kappa)
    return lab.distance_frame(kappa), {
        "sgd": lab.measured(lab.distances(kappa, descent.rate)),
        "momentum": lab.measured(lab.distances(kappa, momentum.rate, momentum.beta)),
    }


@st.cache_data(show_spinner=False, max_entries=32)
def _adam(beta1: float, beta2: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    return lab.first_steps(beta1, beta2), lab.adam_steps(beta1, beta2)


@st.cache_data(show_spinner=False, max_entries=16)
def _shrinking(gradient: float) -> pd.DataFrame:
    frame = lab.shrinking_steps(gradient, 1000, ("adagrad", "rmsprop", "adam"))
    seen = set(np.geomspace(1, 1000, SHOWN).round().astype(int))
    return frame[frame["step"].isin(seen)]


def _link(optimizer: dict[str, Any], rate: float, language: str) -> None:
    """The default experiment under this rule, in the playground."""
    parts.open_in_playground(Experiment(optimizer=optimizer, learning_rate=rate), language)


@st.fragment
def draw_contraction(language: str) -> None:
    """How fast a quadratic is descended."""
    lesson("contraction", language)
    st.latex(
        r"\rho_{\mathrm{GD}} = \frac{\kappa - 1}{\kappa + 1} \ \ \left(\eta = \frac{2}{1 + \kappa}\right), \qquad"
        r"\rho_{\mathrm{momentum}} = \frac{\sqrt\kappa - 1}{\sqrt\kappa + 1} \ \ "
        r"\left(\eta = \Bigl(\frac{2}{1 + \sqrt\kappa}\Bigr)^{2},\ \beta = \rho^2\right)"
    )
    a, b = st.columns(2)
    kappa = a.select_slider(
        say("params.kappa.label", language),
        [v for v in log_values(KAPPA, 100.0) if v > 1],
        100.0,
        key="theory.kappa",
        format_func=lambda v: f"{v:g}",
    )
    beta = b.slider("β", 0.1, 0.99, 0.9, 0.01, key="theory.beta", help=say("contraction.beta_tip", language))
    descent, momentum = lab.best_descent(kappa), lab.best_momentum(kappa)
    lines = [_contraction(kappa, b) for b in (0.0, round(momentum.beta, 4), beta)]
    formula, measured = (pd.concat(frames, ignore_index=True) for frames in zip(*lines, strict=True))
    distance, runs = _best(kappa)
    for column, rule, best in zip(st.columns(2), runs, (descent, momentum), strict=True):
        column.metric(
            say(f"contraction.metric_{rule}", language),
            f"{best.contraction:.3f}",
            say("contraction.measured", language, value=f"{runs[rule]:.3f}"),
            delta_color="off",
            delta_arrow="off",
        )
    left, right = st.columns(2, gap="medium")
    with left:
        marks = {
            views.rule_name("sgd", language): descent.rate,
            views.rule_name("momentum", language): momentum.rate,
        }
        chart(views.contraction_chart(formula, measured, marks, language), "theory.contraction")
    with right:
        chart(views.distance_chart(distance, language), "theory.distance")
    st.caption(say("contraction.note", language))
    _link({"name": "momentum", "beta": beta}, 0.03, language)
    parts.snippet(SNIPPETS["contraction"], language)


@st.fragment
def draw_adam(language: str) -> None:
    """The first Adam steps with and without correction."""
    lesson("adam", language)
    st.latex(
        r"t = 1:\quad \text{corrected } \frac{\Delta w}{\eta} = \frac{g}{|g|} = \pm 1, \qquad"
        r"\text{uncorrected } \frac{(1 - \beta_1)\, g}{\sqrt{(1 - \beta_2)\, g^2}} "
        r"= \pm\frac{1 - \beta_1}{\sqrt{1 - \beta_2}}"
    )
    a, b = st.columns(2)
    beta1 = a.slider("β₁", 0.0, 0.99, 0.9, 0.01, key="theory.beta1")
    beta2 = b.select_slider("β₂", [0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 0.9999], 0.999, key="theory.beta2")

    def corrected(value: bool) -> str:
        return say("adam.corrected" if value else "adam.uncorrected", language)

    first, frame = _adam(beta1, beta2)
    sizes = first.groupby("corrected")["step"].mean()
    for column, value in zip(st.columns(2), (True, False), strict=True):
        expected = 1.0 if value else lab.first_step_factor(beta1, beta2)
        column.metric(
            say("adam.metric", language, which=corrected(value)),
            f"{sizes[value]:.2f} η",
            say("adam.formula", language, value=f"{expected:.2f}"),
            delta_color="off",
            delta_arrow="off",
        )
    left, right = st.columns(2, gap="medium")
    with left:
        shown = first.rename(columns={"step": "size"})
        chart(
            views.lines(
                shown, "gradient", "size", "corrected", language, name=corrected, log_x=True, dots=True
            ),
            "theory.first",
        )
    with right:
        chart(
            views.measured_and_formula(
                frame, "step", "size", "formula", "corrected", language, name=corrected
            ),
            "theory.adam",
        )
    _link({"name": "adam", "beta1": beta1, "beta2": beta2, "bias_correction": False}, 0.01, language)
    parts.snippet(SNIPPETS["adam"], language)


@st.fragment
def draw_momentum(language: str) -> None:
    """The effective step of momentum."""
    lesson("momentum", language)
    st.latex(
        r"\Delta w_t = \eta\, g\, \frac{1 - \beta^t}{1 - \beta} \ \longrightarrow\ \frac{\eta\, g}{1 - \beta}"
    )
    beta = st.slider("β", 0.1, 0.99, 0.9, 0.01, key="theory.momentum")
    frame = lab.momentum_steps((0.0, 0.5, beta), 120)
    last = frame[frame["beta"] == beta]["size"].iloc[-1]
    st.metric(
        say("momentum.metric", language, beta=f"{beta:g}"),
        f"{last:.2f}×",
        say("adam.formula", language, value=f"{1 / (1 - beta):.2f}"),
        delta_color="off",
        delta_arrow="off",
    )
    chart(
        views.measured_and_formula(
            frame, "step", "size", "formula", "beta", language, name=lambda value: f"β = {value:g}"
        ),
        "theory.momentum.chart",
    )
    _link({"name": "momentum", "beta": beta}, 0.03, language)
    parts.snippet(SNIPPETS["momentum"], language)


@st.fragment
def draw_adagrad(language: str) -> None:
    """AdaGrad's shrinking step, and its gift to rare gradients."""
    lesson("adagrad", language)
    st.latex(
        r"s_t = t\,g^2 \ \Rightarrow\ \Delta w_t = \frac{\eta}{\sqrt t}, \qquad "
        r"\sum_{i \le t} \Delta w_i \approx 2\eta\sqrt t"
    )
    a, b = st.columns(2)
    gradient = a.select_slider(
        say("adagrad.gradient", language), [0.01, 0.1, 1.0, 10.0, 100.0], 1.0, key="theory.g"
    )
    every = b.slider(say("adagrad.every", language), 2, 50, 10, key="theory.every")

    def rule(name: str) -> str:
        return views.rule_name(name, language)

    colours = {name: views.rule_looks(name)[0] for name in ("adagrad", "rmsprop", "adam")}
    left, right = st.columns(2, gap="medium")
    with left:
        chart(
            views.lines(
                _shrinking(gradient),
                "step",
                "size",
                "rule",
                language,
                name=rule,
                colours=colours,
                log_x=True,
                log_y=True,
            ),
            "theory.shrinking",
        )
        st.caption(say("adagrad.left", language))
    with right:
        rare = lab.rare_and_frequent(200, every).dropna()
        chart(
            views.lines(
                rare,
                "step",
                "effective",
                "weight",
                language,
                name=lambda name: say(f"adagrad.{name}", language),
                log_y=True,
                dots=True,
            ),
            "theory.rare",
        )
        st.caption(say("adagrad.right", language))
    _link({"name": "adagrad"}, 0.1, language)
    parts.snippet(SNIPPETS["adagrad"], language)
