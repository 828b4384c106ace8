"""Section: restricted Boltzmann machines, layer by layer, and fine-tuning from them."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import streamlit as st

from playground.experiment import Experiment
from playground.labs import initialization_pretraining as lab
from playground.labs import rbm
from playground.labs.initialization_code import rbm_code
from playground.text import text
from playground.ui.labs import parts
from playground.views import initialization_pretraining_charts as charts

TOPIC = "lab_initialization"
LABEL_COUNTS = (30, 100, 300, 1000)
SHOWN_DIGITS = 16
ENERGY = r"E(v, h) = -a^\top v - b^\top h - h^\top W v"
UPDATE = (
    r"\Delta W = \eta \left( \langle h\, v^\top \rangle_{\mathrm{data}} "
    r"- \langle h\, v^\top \rangle_{k} \right)"
)


def _say(key: str, language: str, **values: object) -> str:
    return text(f"{TOPIC}.{key}", language, **values)


def draw(language: str) -> None:
    """The lesson, the machines, and what they are worth."""
    parts.lesson(f"{TOPIC}.pretraining", language)
    left, right = st.columns(2)
    left.latex(ENERGY)
    right.latex(UPDATE)
    st.caption(_say("pretraining.rule", language))
    _study(language)


@st.fragment
def _study(language: str) -> None:
    st.markdown(f"#### {_say('pretraining.machines', language)}")
    depth, units, settings = _machine_controls(language)
    trained = parts.computed(
        "init.rbm",
        language,
        lambda found: _records(found, language),
        lab.pretrained,
        depth,
        units,
        settings,
    )
    if trained is None:
        return
    _images(trained, language)
    with st.container(border=True):
        _tuning(trained, language)
    st.markdown(_say("pretraining.why", language))
    parts.open_in_playground(_counterpart(depth, units), language)
    parts.snippet(rbm_code(units, settings), language)


def _machine_controls(language: str) -> tuple[int, int, rbm.Settings]:
    first, second, third = st.columns(3, gap="medium")
    with first:
        depth = parts.number_control(
            lab.PARAMS["depth"], "init.rbm.depth", _say("pretraining.depth", language), ""
        )
        units = st.slider(_say("pretraining.units", language), 16, 128, 64, 16, key="init.rbm.units")
    with second:
        k = parts.number_control(
            rbm.PARAMS["k"],
            "init.rbm.k",
            _say("pretraining.k", language),
            _say("pretraining.k_tip", language),
        )
        rate = parts.number_control(
            rbm.PARAMS["learning_rate"], "init.rbm.rate", _say("pretraining.rbm_rate", language), ""
        )
    with third:
        momentum = parts.number_control(
            rbm.PARAMS["momentum"],
            "init.rbm.momentum",
            _say("pretraining.momentum", language),
            _say("pretraining.momentum_tip", language),
        )
        decay = parts.number_control(
            rbm.PARAMS["weight_decay"],
            "init.rbm.decay",
            _say("pretraining.weight_decay", language),
            _say("pretraining.weight_decay_tip", language),
        )
    with first:
        epochs = st.slider(_say("pretraining.rbm_epochs", language), 1, 50, 15, key="init.rbm.epochs")
    settings = rbm.Settings(
        k=k, learning_rate=rate, momentum=momentum, weight_decay=decay, epochs=int(epochs)
    )
    return int(depth), int(units), settings


def _records(found: rbm.Pretraining, language: str) -> None:
    records = lab.records(found)
    for place, column in zip(st.columns(2, gap="medium"), ("error", "pseudo_likelihood"), strict=True):
        with place:
            st.altair_chart(charts.record_chart(records, column, language), width="stretch")


def _images(found: rbm.Pretraining, language: str) -> None:
    machines = found.machines
    layer = 1
    if len(machines) > 1:
        layer = st.segmented_control(
            _say("pretraining.layer_shown", language),
            list(range(1, len(machines) + 1)),
            default=1,
            required=True,
            key="init.rbm.layer",
        )
    key = "filters" if layer == 1 else "filters_above"
    patterns = rbm.filters(machines[layer - 1], machines[: layer - 1])
    st.image(lab.mosaic(patterns), caption=_say(f"pretraining.{key}", language, layer=layer))
    digits = lab.digits().X_test[:SHOWN_DIGITS]
    st.image(lab.grey_mosaic(digits), caption=_say("pretraining.digits", language))
    rebuilt = lab.reconstructions(machines, digits)
    st.image(lab.grey_mosaic(rebuilt), caption=_say("pretraining.reconstructions", language))


def _tuning(found: rbm.Pretraining, language: str) -> None:
    st.markdown(f"#### {_say('pretraining.tuning', language)}")
    first, second, third, fourth = st.columns(4, gap="medium")
    with first:
        labels = parts.number_control(
            lab.PARAMS["labels"], "init.tune.labels", _say("pretraining.labels", language), ""
        )
    with second:
        rate = parts.number_control(
            lab.PARAMS["learning_rate"], "init.tune.rate", _say("pretraining.learning_rate", language), ""
        )
    with third:
        updates = st.slider(_say("pretraining.updates", language), 50, 2000, 300, 50, key="init.tune.updates")
    with fourth:
        seeds = parts.number_control(
            lab.PARAMS["seeds"], "init.tune.seeds", _say("pretraining.seeds", language), ""
        )
    machines = found.machines
    sizes = (lab.PIXELS**2, *(len(machine.b) for machine in machines), lab.CLASSES)
    st.caption(
        _say(
            "pretraining.tuning_setup",
            language,
            labels=labels,
            total=f"{len(lab.digits().X_train):,}",
            sizes="-".join(map(str, sizes)),
            batch=lab.BATCH,
            seeds=seeds,
        )
    )
    names = {name: _say(f"pretraining.starts.{name}", language) for name in lab.STARTS}

    def curves(table: pd.DataFrame) -> None:
        for place, column in zip(st.columns(2, gap="medium"), ("loss", "accuracy"), strict=True):
            with place:
                st.altair_chart(charts.tuning_chart(table, names, column, language), width="stretch")

    key = lab.Belief(machines)
    table = parts.computed(
        "init.tune", language, curves, _fine_tune, key, int(labels), float(rate), int(updates), int(seeds)
    )
    if table is not None:
        last = table[table["update"] == table["update"].max()].groupby("start")["accuracy"].mean()
        lines = [
            _say("pretraining.result", language, name=name, accuracy=f"{last[start]:.1%}")
            for start, name in names.items()
        ]
        st.markdown("  \n".join(lines))
    st.markdown(f"#### {_say('pretraining.sweep', language)}")
    parts.computed(
        "init.sweep",
        language,
        lambda found: _sweep(found, names, language),
        _label_sweep,
        key,
        LABEL_COUNTS,
        float(rate),
        int(updates),
        int(seeds),
        button=_say("pretraining.sweep_start", language),
    )


def _sweep(table: pd.DataFrame, names: dict[str, str], language: str) -> None:
    if len(table):
        st.altair_chart(charts.sweep_chart(table, names, language), width="stretch")


def _fine_tune(belief: lab.Belief, *arguments: object) -> Iterator[tuple[float, pd.DataFrame]]:
    return lab.fine_tune(belief.machines, *arguments)  # type: ignore[arg-type]


def _label_sweep(belief: lab.Belief, *arguments: object) -> Iterator[tuple[float, pd.DataFrame]]:
    return lab.label_sweep(belief.machines, *arguments)  # type: ignore[arg-type]


def _counterpart(depth: int, units: int) -> Experiment:
    """The playground's network of that shape for the digits, from He's weights."""
    return Experiment(
        dataset="digits",
        n_samples=1797,
        hidden=(min(units, 64),) * depth,
        activation="relu",
        init="he_normal",
        preprocessing="standardising",
        learning_rate=0.1,
    )
