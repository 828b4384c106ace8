"""Sections: training against evaluation statistics; regularizing effect and cost."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from playground.labs import normalization_modes as modes
from playground.labs import normalization_runs as lab
from playground.labs.normalization_code import SNIPPETS
from playground.text import text
from playground.ui.labs import parts
from playground.ui.labs.normalization_parts import kind, lesson, open_both, row, say, spread, table
from playground.views import normalization_charts as charts

LAG_EPOCHS = 20
SIZES = (1, 2, 5, 10, 50)
"""How many points are asked about at a time."""
TRAINED = lab.DEEP.replace(normalization="batch_norm", activation="tanh", hidden=(16, 16))


@st.fragment
def draw(language: str) -> None:
    """Forgetting to switch, and running statistics that lag behind."""
    lesson("modes", language)
    a, b = row(260, 220)
    epochs = a.select_slider(say("epochs", language), [5, 10, 20, 40, 100], 40, key="norm.modes.epochs")
    seeds = b.slider(say("seeds", language), 1, 7, 3, key="norm.modes.seeds", help=say("seeds_tip", language))
    left, right = st.columns(2, gap="medium")
    with left:
        parts.computed(
            "norm.modes",
            language,
            lambda found: _forgotten(found, language),
            modes.forgotten,
            TRAINED,
            epochs,
            SIZES,
            seeds,
        )
        st.caption(say("modes.note", language))
    with right:
        parts.chart(charts.lag_chart(_lag(), language), "norm.modes.lag")
        st.caption(say("modes.lag", language))
    parts.open_in_playground(TRAINED, language)
    parts.snippet(SNIPPETS["modes"], language)


def _forgotten(found: pd.DataFrame, language: str) -> None:
    medians = found.groupby(["mode", "order", "size"])["accuracy"].median().reset_index()
    parts.chart(charts.forgotten_chart(medians, language), "norm.modes.chart")
    single = found[(found["size"] == 1) & (found["order"] == "mixed")].groupby("mode")["accuracy"]
    if single.ngroups == 2:
        right, wrong = (spread(single.get_group(mode)) for mode in ("evaluation", "training"))
        seeds = found["seed"].nunique()
        st.markdown(say("modes.result", language, right=right, wrong=wrong, seeds=seeds))


@st.cache_data(show_spinner=False)
def _lag() -> pd.DataFrame:
    return modes.statistics_lag(TRAINED, epochs=LAG_EPOCHS)


@st.fragment
def draw_regularizing(language: str) -> None:
    """A mild regularizer: training and test loss of an overfitting network, over seeds."""
    lesson("regularizing", language)
    a, b, c = row(220, 220, 240)
    seeds = a.slider(say("seeds", language), 2, 10, 5, key="norm.gap.seeds", help=say("seeds_tip", language))
    size = b.select_slider(say("batch", language), [5, 10, 20, 60], 10, key="norm.gap.batch")
    column = c.segmented_control(
        say("show", language),
        ("loss", "accuracy"),
        default="loss",
        required=True,
        key="norm.gap.column",
        format_func=lambda name: say(f"axis.{name}", language),
    )
    experiment = lab.SMALL.replace(batch_size=size)

    def picture(found: pd.DataFrame) -> None:
        parts.chart(charts.gap_chart(found, column, language), "norm.gap.chart")

    found = parts.computed("norm.gap", language, picture, lab.regularizing, experiment, 300, seeds)
    if found is not None:
        means = found.groupby("normalization", sort=False)[["loss_train", "loss_test"]].mean().reset_index()
        means["gap"] = means["loss_test"] - means["loss_train"]
        gaps = found.assign(gap=found["loss_test"] - found["loss_train"]).pivot(
            index="seed", columns="normalization", values="gap"
        )
        form = "{:.3f}".format
        table(
            means,
            language,
            normalization=lambda n: kind(n, language),
            loss_train=form,
            loss_test=form,
            gap=form,
        )
        st.markdown(
            say(
                "regularizing.result",
                language,
                batch=int((gaps["batch_norm"] < gaps["none"]).sum()),
                layer=int((gaps["layer_norm"] < gaps["none"]).sum()),
                seeds=len(gaps),
            )
        )
    open_both(experiment, 300, language, "loss")
    parts.script(experiment.replace(normalization="batch_norm"), 300, language)


@st.fragment
def draw_cost(language: str) -> None:
    """Extra parameters and extra time."""
    lesson("cost", language)
    a, b = row(220, 220)
    depth = a.slider(say("depth", language), 1, 8, 2, key="norm.cost.depth")
    width = b.slider(say("cost.width", language), 4, 64, 16, 4, key="norm.cost.width")
    experiment = lab.DEEP.replace(activation="relu", init="he_normal", hidden=(width,) * depth)

    def picture(found: pd.DataFrame) -> None:
        if found.empty:
            return
        table(
            found,
            language,
            normalization=lambda n: kind(n, language),
            parameters="{:,}".format,
            statistics="{:,}".format,
            engine=lambda name: text(f"fields.options.{name}", language),
            microseconds="{:.1f}".format,
        )
        for one in ("batch_norm", "layer_norm"):
            more, factors = modes.added(found, one)
            each = ", ".join(
                f"{text(f'fields.options.{name}', language)} **×{factor:.2f}**"
                for name, factor in factors.items()
            )
            st.markdown(
                say("cost.result", language, name=kind(one, language), more=f"{more:,}", factors=each)
            )

    parts.computed("norm.cost", language, picture, modes.cost, experiment)
    st.caption(say("cost.note", language))
    open_both(experiment, 40, language)
    parts.script(experiment.replace(normalization="batch_norm"), 40, language)
