"""Section: more data against a simpler model."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from playground.labs import generalization_size as lab
from playground.ui.labs import parts, racing
from playground.ui.labs.generalization_parts import (
    chart,
    dataset_picker,
    on,
    say,
    seeds_slider,
)
from playground.views import generalization_charts as charts

SHADES = {"linear": "#0877bd", "small": "#f59322", "large": "#8c6bb1"}


def draw(language: str) -> None:
    """The lesson and the learning curves."""
    parts.lesson("lab_generalization.size", language)
    _curves(language)


@st.fragment
def _curves(language: str) -> None:
    first, second = st.columns(2, gap="medium")
    with first:
        dataset = dataset_picker("gen.size.dataset", language)
    with second:
        seeds = seeds_slider("gen.size.seeds", language, 5, 15)
    models = st.pills(
        say("size.models", language),
        list(lab.MODELS),
        selection_mode="multi",
        default=list(lab.MODELS),
        format_func=lambda name: say(f"legend.{name}", language),
        key="gen.size.models",
    )
    chosen = tuple(name for name in lab.MODELS if name in models) or tuple(lab.MODELS)
    st.caption(say("size.setup", language, updates=f"{lab.UPDATES:,}"))
    base = on(dataset, lab.BASE)

    def picture(table: pd.DataFrame) -> None:
        chart(
            charts.lines(
                lab.means(table),
                "count",
                "error",
                "model",
                charts.names(chosen, language),
                [SHADES[name] for name in chosen],
                language,
                log_x=True,
                percent=True,
                dashes="part",
            )
        )
        best = lab.best_models(table)
        words = [
            say("size.winner", language, count=row.count_, model=say(f"legend.{row.model}", language))
            for row in best.rename(columns={"count": "count_"}).itertuples()
        ]
        st.markdown(" · ".join(words))
        for name in chosen:
            told = lab.gained(table, name)
            if told is not None:
                st.markdown(
                    say(
                        "size.result",
                        language,
                        model=say(f"legend.{name}", language),
                        few=told.few,
                        many=told.many,
                        first=f"{told.first:.1%}",
                        last=f"{told.last:.1%}",
                        gap=f"{100 * told.gap:.1f}",
                    )
                )

    parts.computed(
        "gen.size", language, picture, lab.learning_curves, base, chosen, lab.COUNTS, lab.UPDATES, seeds
    )
    linked = lab.with_points(base, 40).replace(hidden=lab.MODELS[chosen[-1]])
    with st.container(horizontal=True):
        parts.open_in_playground(linked, language)
        changes = [{"hidden": hidden} for hidden in lab.MODELS.values()]
        racing.open_in_race(lab.with_points(base, 40), changes, 200, language)
    parts.script(linked, 200, language)
