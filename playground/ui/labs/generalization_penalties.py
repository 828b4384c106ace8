"""Section: L1 and L2 on a network, and the constraint picture for two weights."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from playground.data.prepare import prepare
from playground.labs import generalization_penalties as lab
from playground.labs.generalization_noise import boundary
from playground.labs.generalization_runs import measured, points_frame, trained
from playground.ui.labs import parts
from playground.ui.labs.generalization_parts import chart, say, setup, snippet, treatment_name
from playground.views import generalization_charts as charts
from playground.views import generalization_maps as maps

PENALTIES = ("l1", "l2", "weight_decay")
EPOCHS = 500
SHADES = {"none": charts.NEUTRAL_COLOUR, "chosen": charts.BLUE}


def draw(language: str) -> None:
    """The lesson, the network, the sweep, and the two weights."""
    parts.lesson("lab_generalization.penalties", language)
    left, right = st.columns(2)
    left.latex(r"L + \lambda_1 \sum |w|")
    right.latex(r"L + \tfrac{\lambda_2}{2} \sum w^2")
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
    parts.open_in_playground(experiment, language)
    parts.script(experiment, EPOCHS, language)


def _sweep(table: pd.DataFrame, strength: float, language: str) -> None:
    means = table.groupby("strength")[["accuracy_train", "accuracy_test", "zeros"]].mean().reset_index()
    errors = means.assign(train=1 - means["accuracy_train"], test=1 - means["accuracy_test"])
    long = errors.melt("strength", ["train", "test"], "part", "error")
    left, right = st.columns(2, gap="medium")
    rule = charts.rule(strength, f"{strength:g}")
    with left:
        chart(
            charts.lines(
                long,
                "strength",
                "error",
                "part",
                charts.names(("train", "test"), language),
                (charts.GREEN, charts.PINK),
                language,
                log_x=True,
                percent=True,
            )
            + rule
        )
    with right:
        chart(
            charts.lines(
                means.assign(kind="zeros"),
                "strength",
                "zeros",
                "kind",
                charts.names(("zeros",), language),
                (charts.BLUE,),
                language,
                log_x=True,
                percent=True,
                cap=(0.0, 1.0),
            )
            + rule
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
                chart(charts.constraint_chart(found.contours, found.region, found.path, marks, language))
    snippet("constraint", language)
