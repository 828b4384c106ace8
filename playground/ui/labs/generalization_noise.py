"""Section: noise on inputs and labels, mixtures, and augmentation, on two-dimensional data."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from playground.data.prepare import prepare
from playground.experiment import Experiment
from playground.labs import generalization_noise as lab
from playground.labs import generalization_runs as runs
from playground.labs.generalization_augmentation import AUGMENTATIONS
from playground.techniques import REGULARIZERS
from playground.ui.labs import parts, racing
from playground.ui.labs.generalization_parts import (
    chart,
    comparison,
    dataset_picker,
    epochs_slider,
    on,
    say,
    seeds_slider,
    setup,
    snippet,
    treatment_name,
)
from playground.views import generalization_maps as maps

NAMES = (*lab.NOISES, *AUGMENTATIONS)
DEFAULTS = {"input_noise": 0.5, "mixup": 0.4, "label_smoothing": 0.2}
EPOCHS = 300


def draw(language: str) -> None:
    """The lesson, one treatment looked at, all of them compared."""
    parts.lesson("lab_generalization.noise", language)
    _treatment(language)
    _compare(language)


def _strength(name: str, language: str) -> float:
    if name in AUGMENTATIONS:
        entry = AUGMENTATIONS[name]
        if entry.high == entry.low:
            return 0.0
        label = say(f"noise.strength.{name}", language)
        return float(st.slider(label, entry.low, entry.high, entry.default, key=f"gen.noise.{name}"))
    param = REGULARIZERS[name].params[0]
    label = say(f"noise.strength.{name}", language)
    low = param.step or 0.05
    return float(st.slider(label, low, param.high, DEFAULTS[name], low, key=f"gen.noise.{name}"))


@st.cache_data(show_spinner=False, max_entries=64)
def _lines(experiment: str, treatment: runs.Treatment) -> pd.DataFrame:
    base = Experiment.from_json(experiment)
    frames = []
    for kind, one in (("none", runs.NONE), ("chosen", treatment)):
        own = runs.treated(base, one)
        frames.append(lab.boundary(runs.trained(own, runs.epochs_for(base, own, EPOCHS)), kind))
    return pd.concat(frames, ignore_index=True)


@st.fragment
def _treatment(language: str) -> None:
    name = st.segmented_control(
        say("noise.treatment", language),
        NAMES,
        default="mixup",
        required=True,
        format_func=lambda key: treatment_name(key, language),
        key="gen.noise.name",
    )
    left, right = st.columns(2, gap="medium")
    with left:
        dataset = dataset_picker("gen.noise.dataset", language)
    with right:
        treatment = runs.Treatment(name, _strength(name, language))
    formula = AUGMENTATIONS[name].formula if name in AUGMENTATIONS else REGULARIZERS[name].formula
    st.latex(formula)
    st.markdown(say(f"noise.about.{name}", language))
    holds = lab.holds(treatment, dataset)
    if holds is False:
        st.warning(say("noise.breaks", language), icon=":material/warning:")
    elif holds:
        st.success(say("noise.holds", language), icon=":material/check:")
    base = on(dataset)
    data = prepare(base)
    first, second = st.columns(2, gap="medium")
    with first:
        st.markdown(f"**{say('noise.seen', language)}**")
        empty = pd.DataFrame({"kind": [], "x": [], "y": [], "x2": [], "y2": []})
        chart(maps.boundaries_chart(empty, lab.seen_points(base, treatment), data.domain, {}))
    with second:
        st.markdown(f"**{say('noise.boundary', language)}**")
        kinds = {
            "none": maps.Line(treatment_name("none", language), maps.MEMBER),
            "chosen": maps.Line(treatment_name(name, language), maps.AVERAGE, 3),
        }
        points = runs.points_frame(data.X_train, data.y_train)
        chart(maps.boundaries_chart(_lines(base.to_json(), treatment), points, data.domain, kinds))
    if name in AUGMENTATIONS:
        _looks(base, treatment, language)
    linked = runs.treated(base, treatment) if name in REGULARIZERS else base
    parts.open_in_playground(linked, language)
    snippet("noise", language)


@st.cache_data(show_spinner=False, max_entries=64)
def _at_test_time(experiment: str, treatment: runs.Treatment) -> dict[str, float]:
    return lab.at_test_time(Experiment.from_json(experiment), treatment, EPOCHS)


def _looks(base: Experiment, treatment: runs.Treatment, language: str) -> None:
    """Augmentation at test time: the answer to one look and the average over many."""
    found = _at_test_time(base.to_json(), treatment)
    with st.container(horizontal=True):
        for name, value in found.items():
            st.metric(say(f"noise.looks.{name}", language), f"{value:.1%}", width="content")
    st.caption(say("noise.looks_note", language, looks=lab.LOOKS))


@st.fragment
def _compare(language: str) -> None:
    st.markdown(f"#### {say('noise.against', language)}")
    first, second, third = st.columns(3, gap="medium")
    with first:
        dataset = dataset_picker("gen.noise.all.dataset", language)
    with second:
        epochs = epochs_slider("gen.noise.all.epochs", language)
    with third:
        seeds = seeds_slider("gen.noise.all.seeds", language)
    base = on(dataset)
    setup(base, language)
    treatments = tuple(
        runs.Treatment(name, DEFAULTS[name] if name in DEFAULTS else AUGMENTATIONS[name].default)
        for name in NAMES
    )
    parts.computed(
        "gen.noise.all",
        language,
        lambda table: comparison(table, language),
        runs.compare,
        base,
        treatments,
        epochs,
        seeds,
        button=say("run", language),
    )
    changes = [{}, *({name: DEFAULTS[name]} for name in lab.NOISES)]
    racing.open_in_race(base, changes, epochs, language)
    parts.script(base.replace(mixup=DEFAULTS["mixup"]), epochs, language)
