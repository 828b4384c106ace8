"""Section: ensembles, and snapshots of one run."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from playground.labs import generalization_ensembles as lab
from playground.labs.generalization_runs import points_frame
from playground.ui.labs import parts
from playground.ui.labs.generalization_parts import (
    chart,
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
from playground.views import generalization_runs as run_charts

KINDS = ("members", "snapshots")


def draw(language: str) -> None:
    """The lesson, one ensemble on the map, and the gain over data sets."""
    parts.lesson("lab_generalization.ensembles", language)
    st.latex(r"\bar p(x) = \frac{1}{M} \sum_{m=1}^{M} p_m(x)")
    _ensemble(language)


@st.fragment
def _ensemble(language: str) -> None:
    first, second, third, fourth = st.columns(4, gap="medium")
    with first:
        dataset = dataset_picker("gen.ensemble.dataset", language)
    with second:
        units = st.selectbox(
            say("ensembles.units", language),
            list(lab.SIZES),
            list(lab.SIZES).index("large"),
            key="gen.ensemble.units",
            format_func=lambda name: say(f"ensembles.sizes.{name}", language),
            help=say("ensembles.units_tip", language),
        )
    with third:
        epochs = epochs_slider("gen.ensemble.epochs", language)
    members = int(fourth.slider(say("ensembles.members", language), 2, 10, lab.MEMBERS, key="gen.ensemble.m"))
    kind = st.segmented_control(
        say("ensembles.kind", language),
        KINDS,
        default=KINDS[0],
        required=True,
        format_func=lambda name: say(f"ensembles.kinds.{name}", language),
        key="gen.ensemble.kind",
    )
    base = on(dataset).replace(hidden=lab.SIZES[units])
    setup(base, language)
    st.caption(say(f"ensembles.about.{kind}", language, members=members, epochs=epochs))

    def picture(found: lab.Ensemble) -> None:
        kinds = {
            "member": maps.Line(say("legend.member", language), maps.MEMBER, 1.2, 0.6),
            "average": maps.Line(say("legend.average", language), maps.AVERAGE, 4),
        }
        left, right = st.columns([3, 2], gap="medium")
        with left:
            points = points_frame(found.X, found.y)
            chart(maps.boundaries_chart(found.boundaries, points, found.domain, kinds))
        with right:
            mean, best = float(np.mean(found.accuracies)), max(found.accuracies)
            st.metric(say("ensembles.mean", language), f"{mean:.1%}")
            st.metric(say("ensembles.best", language), f"{best:.1%}")
            st.metric(
                say("ensembles.average", language), f"{found.average:.1%}", f"{100 * found.gain:+.1f}", "off"
            )
            st.metric(
                say("ensembles.split", language),
                f"{found.disagreement:.1%}",
                help=say("ensembles.split_tip", language),
            )

    compute = lab.ensemble if kind == "members" else lab.snapshots
    parts.computed("gen.ensemble", language, picture, compute, base, epochs, members)
    st.markdown(f"#### {say('ensembles.over', language)}")
    seeds = seeds_slider("gen.ensemble.seeds", language, 5, 10)
    parts.computed(
        "gen.ensemble.all",
        language,
        lambda table: _over(table, language),
        lab.over_seeds,
        base,
        epochs,
        members,
        seeds,
        button=say("run", language),
    )
    parts.open_in_playground(base, language)
    snippet("ensemble", language)


def _over(table: pd.DataFrame, language: str) -> None:
    if table.empty or "average" not in set(table["kind"]):
        return
    labels = charts.names(("member", "average", "snapshots"), language)
    chart(run_charts.strip_chart(table, labels, language))
    gains = lab.gains(table)
    with st.container(horizontal=True):
        for kind in ("average", "snapshots"):
            values = 100 * gains[kind].dropna()
            spread = f" ± {values.std(ddof=1) / len(values) ** 0.5:.1f}" if len(values) > 1 else ""
            label = say(f"ensembles.gain_{kind}", language)
            st.metric(label, f"{values.mean():+.1f}{spread}", width="content")
        st.metric(say("ensembles.lecture", language), f"{100 * lab.LECTURE_GAIN:+.0f}", width="content")
    own = gains["average"].dropna()
    both = table[table["kind"] == "average"]
    split, together = float(both["disagreement"].mean()), float(both["disputed"].mean())
    alone = float(table.loc[table["kind"] == "member", "disputed"].mean())
    key = "below" if own.mean() < lab.LECTURE_GAIN else "reached"
    st.markdown(
        say(
            f"ensembles.{key}",
            language,
            gain=f"{100 * own.mean():+.1f}",
            low=f"{100 * own.min():+.1f}",
            high=f"{100 * own.max():+.1f}",
            seeds=len(own),
            split=f"{split:.1%}",
            member=f"{alone:.0%}",
            average=f"{together:.0%}",
            lecture=f"{100 * lab.LECTURE_GAIN:.0f}",
        )
    )
    st.caption(say("ensembles.note", language))
