"""Section: counting parameters, and one step with every number."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from playground.engine.trace import StepTrace
from playground.experiment import Experiment
from playground.labs import activations_size as lab
from playground.registry import InvalidValue
from playground.text.refusals import describe
from playground.ui.labs import parts
from playground.ui.labs.activations_parts import activation_picker, chart, dataset_picker, row, say, snippet
from playground.ui.labs.parts import open_in_playground
from playground.views.activations_charts import network_chart

DRAWN = 12


@st.fragment
def draw(language: str) -> None:
    """Units and parameters of any layer sizes."""
    st.subheader(say("count.title", language))
    st.markdown(say("count.lesson", language))
    a, b, c, d = row(280, 190, 190, 190)
    typed = a.text_input(
        say("count.sizes", language), "-".join(map(str, lab.WORKED)), key="count.sizes", max_chars=80
    )
    pieces = b.selectbox(
        say("count.pieces", language),
        [1, 2, 3, 4, 5],
        key="count.pieces",
        format_func=lambda k: say("count.one_map", language) if k == 1 else f"maxout k = {k}",
    )
    norm = c.toggle(say("count.batch_norm", language), key="count.batch_norm")
    slopes = d.toggle(say("count.slopes", language), key="count.slopes")
    try:
        sizes = lab.parse_sizes(typed)
    except InvalidValue as error:
        st.warning(describe(error, language))
        return
    size = lab.count(sizes, pieces, norm, slopes)
    left, right = st.columns([2, 3])
    with left:
        chart(network_chart(language, *lab.diagram(sizes, DRAWN)))
        if max(sizes) > DRAWN:
            st.caption(say("count.left_out", language, most=DRAWN))
    with right:
        with st.container(horizontal=True):
            for name in ("units", "weights", "biases", "parameters"):
                st.metric(say(f"count.{name}", language), f"{getattr(size, name):,}", width="content")
        k = rf" \cdot {pieces}" if pieces > 1 else ""
        last = len(size.layers)
        rows = size.layers.to_dict("records")
        terms = [rf"{row['n_in']} \cdot {row['units']}{k if row['layer'] < last else ''}" for row in rows]
        biases = [str(row["biases"]) for row in rows]
        extra = [str(row["extra"]) for row in rows if row["extra"]]
        total = " + ".join([rf"({' + '.join(terms)})", rf"({' + '.join(biases)})", *extra])
        st.latex(rf"{total} = {size.parameters}")
        names = {column: say(f"count.columns.{column}", language) for column in size.layers.columns}
        st.dataframe(size.layers.rename(columns=names), hide_index=True, width="stretch")
    _link(sizes, pieces, norm, slopes, language)
    snippet("count", language)


def _link(sizes: tuple[int, ...], pieces: int, norm: bool, slopes: bool, language: str) -> None:
    """A network with these hidden layers in the playground, if it has room for them."""
    activation: Any = {"name": "maxout", "pieces": pieces} if pieces > 1 else "prelu" if slopes else "relu"
    try:
        shown = Experiment(
            hidden=tuple(sizes[1:-1]),
            activation=activation,
            normalization="batch_norm" if norm else "none",
        )
    except InvalidValue as error:
        st.caption(describe(error, language))
        return
    open_in_playground(shown, language)


@st.cache_data(max_entries=64, show_spinner=False)
def _traced(experiment: Experiment, step: int) -> StepTrace:
    return lab.traced(experiment, step)


@st.fragment
def draw_step(language: str) -> None:
    """Forward, loss, backward and update of one step."""
    st.subheader(say("step.title", language))
    st.markdown(say("step.lesson", language))
    a, b, c, d, e = row(165, 165, 165, 165, 165)
    with a:
        spec = activation_picker("step.which", language, "sigmoid", without=("maxout",))
    with b:
        dataset = dataset_picker("step.dataset", language, ["moons", "circle", "xor"])
    hidden = c.selectbox(
        say("step.hidden", language),
        [(2,), (3,), (2, 2), (4, 2)],
        key="step.hidden",
        format_func=lambda units: "-".join(map(str, units)),
    )
    batch = d.slider(say("batch", language), 1, 5, 2, key="step.batch")
    rate = e.select_slider(say("rate", language), [0.01, 0.1, 0.5, 1.0, 2.0], 0.5, key="step.rate")
    number = st.slider(say("step.number", language), 1, 200, 1, key="step.number")
    setting = lab.step_experiment(spec.name, hidden, batch, rate, dataset)
    trace = _traced(setting, number)
    forward, update = lab.forward_frame(trace), lab.update_frame(trace)
    shown = st.columns(3)
    layer = shown[0].selectbox(
        say("axes.layer", language), range(1, len(hidden) + 1), key=f"step.layer.{len(hidden)}"
    )
    unit = shown[1].selectbox(
        say("axes.unit", language), range(1, hidden[layer - 1] + 1), key=f"step.unit.{hidden[layer - 1]}"
    )
    sample = shown[2].selectbox(
        say("step.sample", language), range(1, len(trace.x) + 1), key=f"step.sample.{len(trace.x)}"
    )
    worked = lab.worked_lines(trace, sample, unit, layer)
    st.markdown(say("step.forward", language, step=trace.step, rows=", ".join(str(r) for r in trace.rows)))
    st.latex(worked["forward"])
    st.markdown(say("step.loss", language, loss=f"{trace.loss:.4f}", size=len(trace.x)))
    st.latex(
        r"L = \frac{1}{B} \sum_{i} \left[ \ln(1 + e^{s_i}) - y_i s_i \right], "
        r"\qquad \frac{\partial L}{\partial s_i} = \frac{\sigma(s_i) - y_i}{B}"
    )
    st.markdown(say("step.backward", language))
    st.latex(worked["backward"])
    st.latex(worked["weight"])
    st.markdown(say("step.update", language))
    st.latex(worked["update"])
    left, right = st.columns(2)
    with left:
        st.markdown(say("step.values", language))
        st.dataframe(_words(forward, language), hide_index=True, width="stretch", height=320)
    with right:
        st.markdown(say("step.parameters", language))
        st.dataframe(
            _words(update.drop(columns="layer"), language), hide_index=True, width="stretch", height=320
        )
    open_in_playground(setting, language)
    parts.script(setting, 10, language)


def _words(frame: pd.DataFrame, language: str) -> pd.DataFrame:
    words = frame.astype(object).copy()
    for column in frame.select_dtypes("float").columns:
        words[column] = ["" if v != v else f"{v:.4f}" for v in frame[column]]
    return words.astype(str).rename(
        columns={name: say(f"step.columns.{name}", language) for name in frame.columns}
    )
