"""Section: each stage of batch and layer normalization, with numbers."""

from __future__ import annotations

import streamlit as st

from playground.labs import normalization_stages as lab
from playground.labs.normalization_code import SNIPPETS
from playground.techniques import NORMALIZATIONS
from playground.ui.labs import parts
from playground.ui.labs.normalization_parts import kind as kind_name
from playground.ui.labs.normalization_parts import lesson, row, say, table
from playground.views import normalization_charts as charts


@st.fragment
def draw(language: str) -> None:
    """One unit over a mini-batch, or one sample over a layer, from z to γẑ + β."""
    lesson("stages", language)
    kind = st.segmented_control(
        say("stages.kind", language),
        lab.KINDS,
        default="batch_norm",
        required=True,
        key="norm.stages.kind",
        format_func=lambda name: kind_name(name, language),
    )
    st.latex(NORMALIZATIONS[kind].formula)
    a, b, c, d = row(210, 210, 210, 210)
    batch = a.slider(say("stages.batch", language), 1, 16, 8, key="norm.stages.batch")
    z = lab.sums(batch)
    groups = z.shape[1] if kind == "batch_norm" else len(z)
    index = 1
    if groups > 1:
        index = b.slider(
            say("stages.unit" if kind == "batch_norm" else "stages.sample", language),
            1,
            groups,
            1,
            key=f"norm.stages.index.{kind}",
        )
    gamma = c.slider("γ", -3.0, 3.0, 1.0, 0.1, key="norm.stages.gamma")
    beta = d.slider("β", -3.0, 3.0, 0.0, 0.1, key="norm.stages.beta")
    group = z[:, index - 1] if kind == "batch_norm" else z[index - 1]
    found = lab.stages(group, gamma, beta)
    left, right = st.columns(2, gap="medium")
    with left:
        parts.chart(charts.stages_chart(found.table, language), "norm.stages.chart")
        first, second = st.columns(2)
        first.metric(say("stages.mean", language), f"{found.mean:.4f}")
        second.metric(say("stages.variance", language), f"{found.variance:.4f}")
    with right:
        form = "{:.3f}".format
        table(found.table, language, member=str, z=form, centred=form, normal=form, scaled=form)
    st.caption(say(f"stages.about_{kind}", language))
    if len(group) == 1:
        st.warning(say("stages.single", language))
    st.altair_chart(
        charts.grid_chart(lab.grid(z, kind, index - 1), language), width="content", key="norm.grid"
    )
    setting = lab.EXPERIMENT.replace(normalization=kind, batch_size=batch)
    parts.open_in_playground(setting, language)
    parts.snippet(SNIPPETS["stages"], language)
