"""Section: L1 and L2 on a network, and the constraint picture for two weights."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from playground.data.prepare import prepare
from playground.labs import generalization_penalties as lab
from playground.labs.generalization_noise import boundary
from playground.labs.generalization_runs import measured, points_frame, trained
from playground.ui.labs import parts, racing
from playground.ui.labs.generalization_parts import chart, say, setup, snippet, treatment_name
from playground.views import generalization_charts as charts
from playground.views import generalization_maps as maps
from playground.views import generalization_runs as run_charts

PENALTIES = ("l1", "l2", "weight_decay")
EPOCHS = 500
SHADES = {"none": charts.NEUTRAL_COLOUR, "chosen": charts.BLUE}


def draw(language: str) -> None:
    """The lesson, the network, the sweep, and the two weights."""
    parts.lesson("lab_generalization.penalties", language)
    st.latex(
        r"L_1:\ L + \lambda \sum |w| \qquad L_2:\ L + \tfrac{\lambda}{2} \sum w^2 \qquad"
        r"\text{decay}:\ w \leftarrow (1 - \eta\lambda)\,w"
    )
    _network(language)
    st.markdown(f"#### {say('penalties.two', language)}")
    _two_weights(language)


@st.cache_data(show_spinner=False, max_entries=64)
def _run(penalty: str, strength: float) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, float]]:
    trainer = trained(lab.penalized(lab.BASE, penalty, strength), EPOCHS)
    w = lab.weights_of(trainer)
    numbers = measured(trainer, lab.BASE)
    numbers["zeros"] = lab.share_of_zeros(w)
    return lab.histogram(w), boundary(trainer, "chosen" if strength else "none"), numbers


@st.fragment
def _network(language: str) -> None:
    setup(lab.BASE, language)
    left, right = st.columns(2, gap="medium", vertical_alignment="bottom")
    penalty = left.segmented_control(
        say("penalties.penalty", language),
        PENALTIES,
        default="l1",
        required=True,
        format_func=lambda name: treatment_name(name, language),
        key="gen.penalty",
    )
    strength = float(
        right.select_slider(
            say("penalties.strength", language),
            lab.STRENGTHS,
            0.01,
            format_func=lambda value: f"{value:g}",
            key="gen.penalty.strength",
        )
    )
    name = f"{treatment_name(penalty, language)}, λ = {strength:g}"
    without, line_without, numbers_without = _run(penalty, 0.0)
    weights, line, numbers = _run(penalty, strength)
    first, second = st.columns([2, 3], gap="medium")
    with first:
        kinds = {
            "none": maps.Line(treatment_name("none", language), maps.MEMBER),
            "chosen": maps.Line(name, maps.AVERAGE, 3),
        }
        data = _data()
        lines = pd.concat([line_without, line], ignore_index=True)
        chart(maps.boundaries_chart(lines, data, _domain(), kinds))
    with second:
        chart(charts.histogram_chart(without, treatment_name("none", language), SHADES["none"], language))
        chart(charts.histogram_chart(weights, name, SHADES["chosen"], language))
    with st.container(horizontal=True):
        for key in ("accuracy_train", "accuracy_test", "zeros"):
            change = 100 * (numbers[key] - numbers_without[key])
            st.metric(
                say(f"axis.{key}", language), f"{numbers[key]:.1%}", f"{change:+.1f}", "off", width="content"
            )
    st.caption(say("penalties.zero", language, limit=lab.NEAR_ZERO))
    parts.computed(
        f"gen.penalty.sweep.{penalty}",
        language,
        lambda table: _sweep(table, strength, language),
        lab.sweep,
        lab.BASE,
        penalty,
        lab.STRENGTHS,
        EPOCHS,
    )
    experiment = lab.penalized(lab.BASE, penalty, strength)
    with st.container(horizontal=True):
        parts.open_in_playground(experiment, language)
        changes = [{}, *({name: strength} for name in PENALTIES)]
        racing.open_in_race(lab.BASE, changes, EPOCHS, language)
    parts.script(experiment, EPOCHS, language)


def _sweep(table: pd.DataFrame, strength: float, language: str) -> None:
    left, right = st.columns(2, gap="medium")
    with left:
        chart(run_charts.penalty_errors_chart(table, strength, language))
    with right:
        chart(run_charts.penalty_zeros_chart(table, strength, language))
    found = lab.reading(table)
    if found is None:
        return
    st.markdown(
        say(
            "penalties.result",
            language,
            seeds=table["seed"].nunique(),
            best=f"{found.best:g}",
            error=f"{found.error:.1%}",
            gap=f"{100 * found.gap:.1f}",
            zeros=f"{found.zeros:.0%}",
            low=f"{found.low:g}",
            error_low=f"{found.error_low:.1%}",
            gap_low=f"{100 * found.gap_low:.1f}",
            high=f"{found.high:g}",
            train_high=f"{found.train_high:.0%}",
        )
    )


def _data() -> pd.DataFrame:
    data = prepare(lab.BASE)
    return points_frame(data.X_train, data.y_train)


def _domain() -> maps.Domain:
    return prepare(lab.BASE).domain


@st.fragment
def _two_weights(language: str) -> None:
    st.markdown(say("penalties.two_lesson", language))
    first, second = st.columns([2, 3], gap="medium")
    with first:
        strength = float(
            st.slider(say("penalties.strength", language), 0.0, 2.0, 0.6, 0.05, key="gen.two.strength")
        )
        correlation = float(
            st.slider(say("penalties.correlation", language), -0.9, 0.9, 0.3, 0.1, key="gen.two.rho")
        )
        w1 = float(st.slider("w₁*", -2.0, 2.0, 1.4, 0.1, key="gen.two.w1"))
        w2 = float(st.slider("w₂*", -2.0, 2.0, 0.6, 0.1, key="gen.two.w2"))
    with second:
        for place, penalty in zip(st.columns(2), ("l1", "l2"), strict=True):
            found = lab.two_weights(penalty, strength, correlation, w1, w2)
            marks = pd.DataFrame(
                [(*found.best, "best"), (*found.found, "found")], columns=["w1", "w2", "kind"]
            )
            with place:
                st.markdown(
                    f"**{treatment_name(penalty, language)}** · w = ({found.found[0]:.3f}, {found.found[1]:.3f})"
                )
                st.altair_chart(
                    charts.constraint_chart(found.contours, found.region, found.path, marks, language),
                    width="content",
                )
    snippet("constraint", language)
