"""Section: first order against second order on a network."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from playground.chapters.optimization import orders as lab
from playground.labs.optimization_code import SNIPPETS
from playground.model import Layout
from playground.techniques import OPTIMIZERS
from playground.ui.labs import parts
from playground.ui.labs.optimization_parts import chart, dataset_picker, lesson, say
from playground.views.optimization_charts import orders_chart, rule_name

DATASETS = ("moons", "circle", "xor", "spiral", "iris", "breast_cancer")
BATCHES = (0, 5, 10, 25, 50, 100)
RATES = {runner.rule: runner.rate for runner in lab.RUNNERS}
SIZES = ((4,), (8, 8), (16, 16), (32, 32))


@st.fragment
def draw(language: str) -> None:
    """The race on a network, by steps, by gradients and by time."""
    lesson("orders", language)
    a, b, c, d = st.columns(4, vertical_alignment="bottom")
    with a:
        dataset = dataset_picker(DATASETS, "orders.dataset", language)
    hidden = b.selectbox(
        say("orders.hidden", language),
        SIZES,
        1,
        key="orders.hidden",
        format_func=lambda s: "-".join(map(str, s)),
    )
    size = c.select_slider(
        say("orders.batch", language),
        BATCHES,
        0,
        key="orders.batch",
        format_func=lambda n: str(n) if n else say("orders.full", language),
    )
    passes = d.slider(say("orders.passes", language), 20, 300, 60, 20, key="orders.passes")
    names = st.pills(
        say("race.rules", language),
        list(OPTIMIZERS),
        selection_mode="multi",
        wrap=True,
        default=list(RATES),
        key="orders.names",
        format_func=lambda name: rule_name(name, language),
    )
    if not names:
        st.info(say("race.none", language))
        return
    runners = tuple(lab.Runner(name, RATES.get(name, 0.02)) for name in OPTIMIZERS if name in names)
    experiment = lab.network(dataset, hidden)
    parts.computed(
        "orders",
        language,
        lambda frame: _results(frame, language),
        lab.race,
        experiment,
        runners,
        size or None,
        passes,
    )
    st.caption(
        say(
            "orders.rates",
            language,
            rates=", ".join(f"{rule_name(r.rule, language)} {r.rate:g}" for r in runners),
        )
    )
    with st.expander(say("orders.memory", language), icon=":material/memory:"):
        _memory(experiment, language)
    parts.open_in_playground(experiment.replace(optimizer="lbfgs", learning_rate=1.0), language)
    parts.snippet(SNIPPETS["lbfgs"], language)


def _results(frame: pd.DataFrame, language: str) -> None:
    for column, x in zip(st.columns(3), ("step", "passes", "seconds"), strict=True):
        with column:
            st.markdown(f"**{say(f'orders.by_{x}', language)}**")
            chart(orders_chart(frame, x, language), f"orders.{x}.{len(frame)}")
    last = frame.groupby("rule", sort=False).last().reset_index().sort_values("loss")
    last["rule"] = [rule_name(name, language) for name in last["rule"]]
    st.dataframe(
        last[["rule", "loss", "step", "evaluations", "passes", "seconds"]],
        hide_index=True,
        width="stretch",
        column_config={name: say(f"axes.{name}", language) for name in ("rule", "step", "evaluations")}
        | {
            "loss": st.column_config.NumberColumn(say("axes.loss", language), format="%.3g"),
            "passes": st.column_config.NumberColumn(say("axes.passes", language), format="%.1f"),
            "seconds": st.column_config.NumberColumn(say("axes.seconds", language), format="%.3f"),
        },
    )


def _memory(experiment, language: str) -> None:  # type: ignore[no-untyped-def]
    table = lab.memory(experiment)
    st.write(say("orders.memory_lesson", language, parameters=Layout.of(experiment).n_parameters))
    rows = [
        f"| {rule_name(row['rule'], language)} | ${row['formula']}$ | {row['numbers']:,} |"
        for row in table.to_dict("records")
    ]
    head = f"| {say('axes.rule', language)} | {say('orders.formula', language)} | {say('orders.numbers', language)} |"
    st.markdown("\n".join([head, "|---|---|---|", *rows]))
