"""Section: early stopping."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from playground.experiment import Experiment
from playground.labs import generalization_stopping as lab
from playground.labs.generalization_runs import points_frame
from playground.ui.labs import parts, racing
from playground.ui.labs.generalization_parts import (
    chart,
    dataset_picker,
    epochs_slider,
    on,
    say,
    seeds_slider,
    setup,
)
from playground.views import generalization_maps as maps
from playground.views import generalization_runs as run_charts

PATIENCE = (1, 2, 3, 5, 10, 20, 30, 50, 100)


def draw(language: str) -> None:
    """The lesson, one run watched, and patience over data sets."""
    parts.lesson("lab_generalization.stopping", language)
    _run(language)


@st.cache_data(show_spinner=False, max_entries=48)
def _stopped(experiment: str, patience: int, epochs: int) -> lab.Stopped:
    return lab.stopped(Experiment.from_json(experiment), patience, epochs)


@st.fragment
def _run(language: str) -> None:
    first, second, third, fourth = st.columns(4, gap="medium")
    with first:
        dataset = dataset_picker("gen.stop.dataset", language)
    patience = int(
        second.select_slider(say("stopping.patience", language), PATIENCE, 20, key="gen.stop.patience")
    )
    with third:
        epochs = epochs_slider("gen.stop.epochs", language, 300, 600)
    seed = int(fourth.number_input(say("seed", language), 0, 999, 0, key="gen.stop.seed"))
    base = on(dataset, lab.BASE).replace(seed=seed)
    setup(base, language)
    found = _stopped(base.to_json(), patience, epochs)
    left, right = st.columns([3, 2], gap="medium")
    kinds = {
        "best": maps.Line(say("stopping.best", language, epoch=found.best), maps.AVERAGE, 3),
        "end": maps.Line(say("stopping.end", language, epoch=epochs), maps.OTHER),
    }
    with left:
        chart(run_charts.stopping_chart(found.curve, found.best, found.stop, language))
        st.markdown(say("stopping.summary", language, best=found.best, stop=found.stop, patience=patience))
    with right:
        chart(maps.boundaries_chart(found.boundaries, points_frame(found.X, found.y), found.domain, kinds))
    with st.container(horizontal=True):
        for row in found.scores.itertuples():
            name = kinds[str(row.kind)].label
            st.metric(f"{say('stopping.loss', language)} · {name}", f"{row.loss_fresh:.3f}", width="content")
            st.metric(
                f"{say('stopping.accuracy', language)} · {name}", f"{row.accuracy_fresh:.1%}", width="content"
            )
    st.caption(say("stopping.note", language))
    st.markdown(f"#### {say('stopping.by_patience', language)}")
    seeds = seeds_slider("gen.stop.seeds", language)
    parts.computed(
        "gen.stop.all",
        language,
        lambda table: _patiences(table, language),
        lab.by_patience,
        base,
        lab.PATIENCES,
        epochs,
        seeds,
        button=say("run", language),
    )
    linked = base.replace(early_stopping={"name": "patience", "patience": patience})
    with st.container(horizontal=True):
        parts.open_in_playground(linked, language)
        changes = [{}, *({"early_stopping": {"name": "patience", "patience": p}} for p in lab.PATIENCES)]
        racing.open_in_race(base, changes, epochs, language, "loss")
    parts.script(linked, epochs, language)


def _patiences(table: pd.DataFrame, language: str) -> None:
    best = lab.best_patience(table)
    means = table.groupby("patience")[["best", "stop", "loss", "accuracy"]].mean().reset_index()
    order = [p for p in lab.PATIENCES if p in set(means["patience"])] + [0]
    means = means.set_index("patience").loc[order].reset_index()
    means["patience"] = [str(p) if p else say("stopping.never", language) for p in means["patience"]]
    st.dataframe(
        means,
        hide_index=True,
        width="stretch",
        column_config={
            "patience": say("stopping.patience", language),
            "best": st.column_config.NumberColumn(say("stopping.columns.best", language), format="%.0f"),
            "stop": st.column_config.NumberColumn(say("stopping.columns.stop", language), format="%.0f"),
            "loss": st.column_config.NumberColumn(say("stopping.loss", language), format="%.3f"),
            "accuracy": st.column_config.NumberColumn(say("stopping.accuracy", language), format="percent"),
        },
    )
    st.markdown(
        say(
            "stopping.result",
            language,
            seeds=table["seed"].nunique(),
            patience=best.patience,
            loss=f"{best.loss:.3f}",
            never=f"{best.never:.3f}",
            epochs=f"{best.epochs:.0f}",
            better=best.better,
            gain=f"{100 * best.gain:+.1f}",
        )
    )
