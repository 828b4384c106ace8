"""Section: the same network from every scheme, raced."""

from __future__ import annotations

from collections import defaultdict

import pandas as pd
import streamlit as st

from playground.experiment import NUMBERS, Experiment
from playground.labs import initialization_runs as lab
from playground.races.race import MAX_LANES
from playground.registry import Spec, whole
from playground.techniques import ACTIVATIONS, INITIALIZERS
from playground.text import text
from playground.ui import wording
from playground.ui.labs import parts
from playground.ui.labs.racing import open_in_race
from playground.views import initialization_charts as charts

TOPIC = "lab_initialization"
RUNNERS = ("zeros", "small_normal", "large_normal", "xavier_normal", "he_normal", "orthogonal", "pytorch")
DATASETS = ("circle", "xor", "moons", "spiral")
MEASURES = ("loss_train", "loss_test", "accuracy_test")
DEPTH = whole("depth", 6, 1, 8)
WIDTH = whole("width", 16, 2, 64)
EPOCHS = whole("epochs", 60, 10, 500, log=True)
SEEDS = whole("seeds", 2, 1, 5)


def _say(key: str, language: str, **values: object) -> str:
    return text(f"{TOPIC}.{key}", language, **values)


@st.fragment
def draw(language: str) -> None:
    """Controls, the race as it goes, and the ranking."""
    parts.lesson(f"{TOPIC}.race", language)
    experiment, inits, epochs, seeds = _controls(language)
    if not inits:
        st.info(_say("race.none", language))
        return
    names = {lab.init_label(init): wording.label("initializers", init.name, language) for init in inits}
    st.caption(_say("race.setup", language, seeds=seeds))
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    measure = left.segmented_control(
        _say("race.show", language),
        list(MEASURES),
        default=MEASURES[0],
        required=True,
        format_func=lambda name: _say(f"axis.{name}", language),
        key="init.race.measure",
    )
    log = right.toggle(_say("race.log", language), measure != "accuracy_test", key=f"init.race.log.{measure}")

    def picture(table: pd.DataFrame) -> None:
        st.altair_chart(charts.race_chart(table, names, measure, log, language), width="stretch")

    table = parts.computed("init.race", language, picture, lab.race, experiment, inits, epochs, seeds)
    if table is None:
        return
    ranking = lab.ranking(table)
    _ranking(ranking, names, language)
    _doubles(inits, names, experiment, language)
    best = next(init for init in inits if lab.init_label(init) == ranking["init"].iloc[0])
    st.caption(_say("race.linked", language, name=names[lab.init_label(best)]))
    winner = experiment.replace(init=best)
    with st.container(horizontal=True):
        parts.open_in_playground(winner, language)
        ranked = {lab.init_label(init): init for init in inits}
        best_first = [ranked[label] for label in ranking["init"]][:MAX_LANES]
        open_in_race(experiment, [{"init": init} for init in best_first], epochs, language, "loss")
    parts.script(winner, epochs, language)


def _controls(language: str) -> tuple[Experiment, tuple[Spec, ...], int, int]:
    chosen = st.multiselect(
        _say("race.schemes", language),
        list(INITIALIZERS),
        list(RUNNERS),
        key="init.race.inits",
        format_func=lambda name: wording.label("initializers", name, language),
    )
    first, second, third = st.columns(3, gap="medium")
    with first:
        activation = parts.technique_control(
            ACTIVATIONS,
            ACTIVATIONS["relu"].spec(),
            "init.race.activation",
            _say("activation", language),
            language,
        )
        dataset = st.selectbox(
            _say("race.dataset", language),
            DATASETS,
            key="init.race.dataset",
            format_func=lambda name: wording.label("datasets", name, language),
        )
    with second:
        depth = parts.number_control(DEPTH, "init.race.depth", _say("race.depth", language), "")
        width = parts.number_control(WIDTH, "init.race.width", _say("race.width", language), "")
        seeds = parts.number_control(SEEDS, "init.race.seeds", _say("race.seeds", language), "")
    with third:
        rate = parts.number_control(
            NUMBERS["learning_rate"], "init.race.rate", _say("race.learning_rate", language), ""
        )
        epochs = parts.number_control(EPOCHS, "init.race.epochs", _say("race.epochs", language), "")
    experiment = Experiment(
        dataset=dataset, hidden=(width,) * depth, activation=activation, learning_rate=rate, noise=0.05
    )
    return experiment, tuple(INITIALIZERS[name].spec() for name in chosen), int(epochs), int(seeds)


def _ranking(ranking: pd.DataFrame, names: dict[str, str], language: str) -> None:
    shown = ranking.assign(init=ranking["init"].map(names), rank=range(1, len(ranking) + 1))
    st.dataframe(
        shown[["rank", "init", "loss_train", "loss_test", "accuracy_test", "lost"]],
        hide_index=True,
        width="stretch",
        column_config={
            "rank": st.column_config.NumberColumn(_say("race.rank", language), width="small"),
            "init": _say("axis.init", language),
            "loss_train": st.column_config.NumberColumn(_say("axis.loss_train", language), format="%.4g"),
            "loss_test": st.column_config.NumberColumn(_say("axis.loss_test", language), format="%.4g"),
            "accuracy_test": st.column_config.NumberColumn(
                _say("axis.accuracy_test", language), format="percent"
            ),
            "lost": st.column_config.NumberColumn(_say("race.lost", language), width="small"),
        },
    )


def _doubles(inits: tuple[Spec, ...], names: dict[str, str], experiment: Experiment, language: str) -> None:
    """Say which schemes are one and the same by their code."""
    same = defaultdict(list)
    for init in inits:
        same[INITIALIZERS[init.name].export(init)].append(names[lab.init_label(init)])
    for first, *others in same.values():
        for other in others:
            st.caption(_say("race.same", language, first=first, second=other))
