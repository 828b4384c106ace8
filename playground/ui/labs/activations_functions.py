"""Section: activations as functions."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from playground.experiment import Experiment
from playground.labs import activations_functions as lab
from playground.registry import Spec
from playground.techniques import ACTIVATIONS
from playground.ui.labs.activations_parts import (
    activations_picker,
    chart,
    param_slider,
    race_link,
    say,
    snippet,
)
from playground.ui.labs.parts import open_in_playground
from playground.views.activations_charts import cost_chart, function_chart, tanh_chart
from playground.views.activations_lines import shown


@st.cache_data(max_entries=64, show_spinner=False)
def _properties(specs: tuple[Spec, ...]) -> pd.DataFrame:
    return lab.property_frame(specs)


@st.cache_data(max_entries=2, show_spinner=False)
def _costs(turn: int) -> tuple[pd.DataFrame, float]:
    """The costs, and that of a layer's matrix product, relative to ReLU's forward pass."""
    costs = lab.cost_frame([entry.spec() for entry in ACTIVATIONS.values()])
    unit = costs.query("activation == 'relu' and `pass` == 'forward'")["microseconds"].iloc[0]
    return costs, lab.product_cost() / unit


@st.fragment
def draw(language: str) -> None:
    """Curves, properties and the identity of tanh."""
    st.subheader(say("functions.title", language))
    st.markdown(say("functions.lesson", language))
    specs = _with_parameters(
        activations_picker("functions.which", language, ("sigmoid", "tanh", "relu", "elu"), most=13), language
    )
    reach = st.slider(say("functions.reach", language), 2, 20, 6, key="functions.reach")
    frame = lab.function_frame(specs, -reach, reach)
    left, right = st.columns(2)
    with left:
        chart(function_chart(language, frame, "value"))
    with right:
        chart(function_chart(language, frame, "derivative"))
    for spec in specs:
        entry = ACTIVATIONS[spec.name]
        st.latex(
            rf"\text{{{shown(spec.name, language)}:}}\quad {entry.formula},\qquad h' = {entry.derivative}"
        )
    st.markdown(say("functions.table", language))
    st.dataframe(_table(_properties(tuple(specs)), specs, language), hide_index=True, width="stretch")
    _links(specs, language)
    snippet("functions", language)
    st.subheader(say("tanh.title", language))
    st.latex(r"\tanh z = 2\,\sigma(2z) - 1")
    both = lab.tanh_identity(-reach, reach)
    chart(tanh_chart(language, both))
    st.markdown(
        say("tanh.result", language, difference=f"{both['difference'].abs().max():.1e}", points=len(both))
    )


@st.fragment
def draw_cost(language: str) -> None:
    """What a call costs on the machine that serves the page."""
    st.subheader(say("cost.title", language))
    st.markdown(say("cost.lesson", language, outputs=f"{lab.OUTPUTS:,}"))
    turns = st.session_state.setdefault("cost.turns", 0)
    if st.button(say("cost.again", language), key="cost.again", icon=":material/timer:"):
        turns = st.session_state["cost.turns"] = turns + 1
    costs, product = _costs(turns)
    chart(cost_chart(language, costs))
    slowest = costs[costs["pass"] == "forward"].sort_values("relative").iloc[-1]
    st.markdown(
        say(
            "cost.result",
            language,
            product=f"{product:.0f}",
            units=lab.UNITS,
            name=shown(str(slowest["activation"]), language),
            slowest=f"{slowest['relative']:.0f}",
        )
    )
    snippet("cost", language)


def _links(specs: list[Spec], language: str) -> None:
    """The last activation in the playground; all of them in the race, on one task."""
    base = Experiment(hidden=(8, 8), init="he_normal")
    with st.container(horizontal=True):
        open_in_playground(base.replace(activation=specs[-1]), language)
        race_link(base, specs, 60, language)


def _with_parameters(specs: list[Spec], language: str) -> list[Spec]:
    """The same activations, with sliders for their parameters."""
    tuned = [spec for spec in specs if ACTIVATIONS[spec.name].params]
    columns = iter(st.columns(len(tuned)) if tuned else [])
    result = []
    for spec in specs:
        entry = ACTIVATIONS[spec.name]
        if entry.params:
            with next(columns):
                values: dict[str, Any] = {
                    param.name: param_slider(
                        param, spec.name, f"functions.{spec.name}.{param.name}", language
                    )
                    for param in entry.params
                }
            spec = entry.spec(**values)
        result.append(spec)
    return result


def _table(frame: pd.DataFrame, specs: list[Spec], language: str) -> pd.DataFrame:
    """The properties in words."""
    word = {True: say("yes", language), False: say("no", language)}
    columns = {
        "activation": [shown(name, language) for name in frame["activation"]],
        "outputs": [f"{low:.3g} … {high:.3g}" for low, high in zip(frame["low"], frame["high"], strict=True)],
        "zero_centred": [
            f"{word[yes]} ({mean:.2f})"
            for yes, mean in zip(frame["zero_centred"], frame["mean"], strict=True)
        ],
        "saturates": [say(f"functions.saturates.{side}", language) for side in frame["saturates"]],
        "max_slope": [f"{slope:.3f}" for slope in frame["max_slope"]],
        "flat_share": [f"{share:.1%}" for share in frame["flat_share"]],
        "learned": [word[ACTIVATIONS[spec.name].learned] for spec in specs],
    }
    return pd.DataFrame(
        {say(f"functions.columns.{name}", language): values for name, values in columns.items()}
    )
