"""Section: units that start alike stay alike."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from playground.experiment import Experiment
from playground.labs import initialization_runs as lab
from playground.registry import Spec
from playground.techniques import ACTIVATIONS, INITIALIZERS
from playground.text import text
from playground.ui.labs import parts
from playground.views import initialization_charts as charts

TOPIC = "lab_initialization"
HIDDEN = (4, 4)
NUDGES = (0.0, 1e-4, 1e-3, 1e-2, 1e-1)
EPOCHS = (20, 50, 100, 200, 500)


def _say(key: str, language: str, **values: object) -> str:
    return text(f"{TOPIC}.{key}", language, **values)


@st.fragment
def draw(language: str) -> None:
    """Controls, the gradients at the start, and the weights of a layer while it trains."""
    parts.lesson(f"{TOPIC}.symmetry", language)
    experiment, epochs, nudge = _controls(language)
    found = _symmetry(experiment.to_json(), epochs, nudge)
    layer = st.segmented_control(
        _say("symmetry.layer", language),
        list(range(1, len(HIDDEN) + 1)),
        default=1,
        required=True,
        format_func=lambda number: _say("layer", language, number=number),
        key="init.symmetry.layer",
    )
    left, right = st.columns([3, 2], gap="medium")
    with left:
        parts.chart(charts.weights_chart(found.weights, layer, language), "init.symmetry.weights")
    with right:
        _numbers(found, language)
        st.caption(_say("symmetry.gradients", language))
        _gradients(found.gradients, language)
    hidden = found.gradients[
        (found.gradients["kind"] == "weight") & (found.gradients["layer"] <= len(HIDDEN))
    ]
    key = "zero_weights" if hidden["zero"].all() else "nonzero_weights"
    st.info(_say(f"symmetry.{key}", language), icon=":material/lightbulb:")
    parts.open_in_playground(experiment, language)
    parts.script(experiment, epochs, language)


@st.cache_data(show_spinner=False, max_entries=64)
def _symmetry(experiment: str, epochs: int, nudge: float) -> lab.Symmetry:
    return lab.symmetry(Experiment.from_json(experiment), epochs, nudge)


def _controls(language: str) -> tuple[Experiment, int, float]:
    first, second, third = st.columns(3, gap="medium")
    with first:
        init: Spec = parts.technique_control(
            INITIALIZERS,
            INITIALIZERS["constant"].spec(),
            "init.symmetry.init",
            _say("init", language),
            language,
        )
    with second:
        activation: Spec = parts.technique_control(
            ACTIVATIONS,
            ACTIVATIONS["tanh"].spec(),
            "init.symmetry.activation",
            _say("activation", language),
            language,
        )
    with third:
        nudge = st.select_slider(
            _say("symmetry.nudge", language),
            NUDGES,
            format_func=lambda value: f"{value:g}",
            key="init.symmetry.nudge",
            help=_say("symmetry.nudge_tip", language),
        )
        epochs = st.select_slider(_say("symmetry.epochs", language), EPOCHS, 100, key="init.symmetry.epochs")
    experiment = Experiment(dataset="xor", hidden=HIDDEN, activation=activation, init=init, learning_rate=0.1)
    return experiment, int(epochs), float(nudge)


def _numbers(found: lab.Symmetry, language: str) -> None:
    last = found.distinct[found.distinct["epoch"] == found.distinct["epoch"].max()]
    end = found.curve[found.curve["epoch"] == found.curve["epoch"].max()].set_index("split")
    with st.container(horizontal=True):
        for row in last.itertuples():
            st.metric(
                f"{_say('symmetry.distinct', language)}, {_say('layer', language, number=row.layer)}",
                _say("symmetry.distinct_value", language, distinct=row.distinct, units=row.units),
            )
        st.metric(_say("symmetry.loss", language), f"{end.loc['train', 'loss']:.3f}")
        st.metric(_say("symmetry.accuracy", language), f"{end.loc['test', 'accuracy']:.0%}")


def _gradients(frame: pd.DataFrame, language: str) -> None:
    output = frame["layer"].max()
    names = [
        _say("symmetry.output", language)
        if layer == output
        else _say("symmetry.hidden", language, number=layer)
        for layer in frame["layer"]
    ]
    shown = pd.DataFrame(
        {
            _say("symmetry.gradient_layer", language): names,
            _say("symmetry.gradient_kind", language): [
                _say(f"symmetry.kinds.{kind}", language) for kind in frame["kind"]
            ],
            _say("symmetry.gradient_largest", language): [f"{value:.3g}" for value in frame["largest"]],
            _say("symmetry.gradient_zero", language): frame["zero"],
        }
    )
    st.dataframe(shown, hide_index=True, width="stretch")
