"""Section: dropout, DropConnect and stochastic depth."""

from __future__ import annotations

import streamlit as st

from playground.data.prepare import prepare
from playground.labs import generalization_dropout as lab
from playground.labs import generalization_runs as runs
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
)
from playground.views import generalization_charts as charts
from playground.views import generalization_maps as maps

SHOWN = 20
"""Samples whose masks are drawn."""
DRAWN = (6, 5)
"""Hidden layers of the networks that are drawn."""
EPOCHS = 300
STEPS = 60
"""Updates whose blocks are drawn."""


def draw(language: str) -> None:
    """The lesson and four experiments."""
    parts.lesson("lab_generalization.dropout", language)
    st.latex(r"\tilde h = \frac{m \odot h}{1 - p}, \quad m_j \sim \text{Bernoulli}(1 - p)")
    _masks(language)
    _averages(language)
    _against_none(language)
    _depth(language)


@st.fragment
def _masks(language: str) -> None:
    left, middle, right = st.columns(3, gap="medium")
    rate = float(
        left.slider(
            say("dropout.rate_first", language),
            0.05,
            0.9,
            0.5,
            0.05,
            key="gen.dropout.rate",
            help=say("dropout.rate_tip", language),
        )
    )
    second_rate = float(
        middle.slider(say("dropout.rate_second", language), 0.0, 0.9, 0.5, 0.05, key="gen.dropout.rate2")
    )
    seed = int(right.number_input(say("dropout.batch", language), 1, 999, 1, key="gen.dropout.seed")) - 1
    experiment = runs.SMALL.replace(hidden=(16, 16), dropout=(rate, second_rate), seed=seed)
    first, second = st.columns([3, 2], gap="medium")
    with first:
        st.markdown(f"#### {say('dropout.masks', language)}")
        frame = lab.masks_frame(lab.masks(experiment, SHOWN))
        chart(charts.grid_chart(frame, "unit", "sample", language, "layer", 220))
        st.markdown(f"#### {say('dropout.thinned', language)}")
        found = lab.thinned(experiment.replace(hidden=DRAWN))
        st.altair_chart(charts.thinned_chart(found.units, found.links, language), width="content")
        counts = ", ".join(str(n) for n in found.left)
        st.caption(say("dropout.left", language, counts=counts, of=found.of))
    with second:
        st.markdown(f"#### {say('dropout.scaling', language)}")
        count = int(
            st.select_slider(
                say("dropout.count", language), (1, 10, 100, 1000, 10_000), 1000, key="gen.dropout.count"
            )
        )
        scaled = lab.scaling(rate, count, seed=seed)
        chart(charts.running_chart(scaled.running, language))
    st.dataframe(
        scaled.table,
        hide_index=True,
        width="stretch",
        column_config={
            str(name): st.column_config.NumberColumn(
                say(f"dropout.columns.{name}", language), format="%d" if name == "unit" else "%.3f"
            )
            for name in scaled.table
        },
    )
    classic, inverted = scaled.off
    st.caption(say("dropout.scaling_note", language))
    st.markdown(
        say(
            "dropout.scaling_result",
            language,
            count=f"{count:,}",
            classic=f"{classic:.1%}",
            inverted=f"{inverted:.1%}",
            expected=f"{scaled.expected:.1%}",
        )
    )
    parts.open_in_playground(experiment, language)


@st.fragment
def _averages(language: str) -> None:
    st.markdown(f"#### {say('dropout.ensemble', language)}")
    st.markdown(say("dropout.ensemble_lesson", language))
    first, second, third = st.columns(3, gap="medium")
    with first:
        dataset = dataset_picker("gen.average.dataset", language)
    rate = float(second.slider(say("dropout.rate", language), 0.05, 0.8, 0.3, 0.05, key="gen.average.rate"))
    count = int(
        third.select_slider(
            say("dropout.count", language), (5, 20, 50, 100, 200), 100, key="gen.average.count"
        )
    )
    parts.computed(
        "gen.average",
        language,
        lambda found: _averages_drawn(found, dataset, language),
        lab.trained_and_averaged,
        on(dataset),
        rate,
        EPOCHS,
        count,
    )
    parts.open_in_playground(on(dataset).replace(dropout=rate), language)
    snippet("dropout", language)


def _averages_drawn(found: lab.Averaged | None, dataset: str, language: str) -> None:
    if found is None:
        return
    data = prepare(on(dataset))
    points = runs.points_frame(data.X_train, data.y_train)
    kinds = {
        "thinned": maps.Line(say("legend.thinned", language), maps.MEMBER, 1, 0.4),
        "average": maps.Line(say("legend.average_masks", language), maps.AVERAGE, 4),
        "evaluation": maps.Line(say("legend.evaluation", language), maps.OTHER, 2),
    }
    left, right = st.columns(2, gap="medium")
    with left:
        title = say("dropout.boundaries", language)
        chart(maps.boundaries_chart(found.boundaries(), points, data.domain, kinds, title))
    with right:
        chart(maps.uncertainty_chart(lab.uncertainty_frame(found), points, data.domain, language))
    with st.container(horizontal=True):
        for name, key in (
            ("thinned", "mean_thinned"),
            ("average", "average_masks"),
            ("evaluation", "evaluation"),
        ):
            st.metric(say(f"legend.{key}", language), f"{found.accuracies[name]:.1%}", width="content")
        st.metric(say("dropout.disagreement", language), f"{found.disagreement:.1%}", width="content")
    near, far = found.spreads
    st.markdown(say("dropout.uncertainty_result", language, near=f"{near:.2f}", far=f"{far:.2f}"))
    st.caption(say("dropout.uncertainty_note", language))


@st.fragment
def _against_none(language: str) -> None:
    st.markdown(f"#### {say('dropout.against', language)}")
    first, second, third = st.columns(3, gap="medium")
    with first:
        dataset = dataset_picker("gen.drop.dataset", language)
        epochs = epochs_slider("gen.drop.epochs", language)
    with second:
        rate = float(st.slider(say("dropout.rate", language), 0.05, 0.9, 0.3, 0.05, key="gen.drop.rate"))
        connect = float(
            st.slider(say("dropout.connect", language), 0.05, 0.9, 0.3, 0.05, key="gen.drop.connect")
        )
    with third:
        seeds = seeds_slider("gen.drop.seeds", language)
    base = on(dataset)
    setup(base, language)
    treatments = (runs.Treatment("dropout", rate), runs.Treatment("dropconnect", connect))
    parts.computed(
        "gen.drop",
        language,
        lambda table: comparison(table, language),
        runs.compare,
        base,
        treatments,
        epochs,
        seeds,
        button=say("run", language),
    )
    with st.container(horizontal=True):
        parts.open_in_playground(base.replace(dropout=rate), language)
        racing.open_in_race(base, [{}, {"dropout": rate}, {"dropconnect": connect}], epochs, language)
    parts.script(base.replace(dropout=rate), epochs, language)


@st.fragment
def _depth(language: str) -> None:
    st.markdown(f"#### {say('depth.title', language)}")
    spec = REGULARIZERS["stochastic_depth"]
    st.markdown(say("depth.lesson", language, blocks=sum(lab.RESIDUAL.skips)))
    st.latex(spec.formula)
    first, second, third, fourth = st.columns(4, gap="medium")
    with first:
        dataset = dataset_picker("gen.depth.dataset", language)
    rate = float(
        second.slider(
            say("depth.rate", language),
            0.1,
            0.9,
            0.5,
            0.1,
            key="gen.depth.rate",
            help=say("depth.rate_tip", language),
        )
    )
    with third:
        epochs = epochs_slider("gen.depth.epochs", language)
    with fourth:
        seeds = seeds_slider("gen.depth.seeds", language)
    base = on(dataset, lab.RESIDUAL)
    deep = base.replace(stochastic_depth=rate)
    frame = lab.blocks_frame(deep, STEPS)
    chart(charts.grid_chart(frame, "step", "block", language, height=190))
    rates = [rate for rate, skips in zip(deep.drop_rates, deep.skips, strict=True) if skips]
    st.caption(
        say(
            "depth.expected",
            language,
            expected=f"{len(rates) - sum(rates):.2f}",
            blocks=len(rates),
            steps=STEPS,
            drawn=f"{frame.groupby('step')['kept'].sum().mean():.2f}",
        )
    )
    setup(base, language)
    parts.computed(
        "gen.depth",
        language,
        lambda table: comparison(table, language),
        runs.compare,
        base,
        (runs.Treatment("stochastic_depth", rate),),
        epochs,
        seeds,
        button=say("run", language),
    )
    with st.container(horizontal=True):
        parts.open_in_playground(deep, language)
        racing.open_in_race(base, [{}, {"stochastic_depth": rate}], epochs, language)
    parts.script(deep, epochs, language)
