"""Section: one hidden layer fitted to a function that the visitor draws."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import streamlit as st

from playground.experiment import Experiment
from playground.labs import activations_approximation as lab
from playground.registry import InvalidValue, Spec
from playground.text.refusals import describe
from playground.ui.labs import parts
from playground.ui.labs.activations_pads import curve_pad
from playground.ui.labs.activations_parts import activation_name, activations_picker, chart, row, say, snippet
from playground.ui.labs.parts import computed, open_in_playground
from playground.views.activations_charts import unit_chart
from playground.views.activations_lines import lines, named_activations

TARGET = "approximation.target"
PAD = "approximation.pad"
TURN = "approximation.turn"
CLEAR = "approximation.clear"
"""The curve is no preset any more: empty the picker before it is drawn again."""
WITHOUT = ("maxout",)

Curve = tuple[float, ...]


def _grid() -> np.ndarray:
    return np.linspace(lab.LOW, lab.HIGH, lab.SAMPLES)


def _choose_preset() -> None:
    name = st.session_state["approximation.preset"]
    if name:
        _take(lab.preset(name)[:, 1])


def _take(values: np.ndarray) -> None:
    st.session_state[TARGET] = tuple(round(float(v), 3) for v in values)
    st.session_state[TURN] = st.session_state.get(TURN, 0) + 1


def _drawn() -> None:
    curve = st.session_state[PAD].get("curve")
    if isinstance(curve, list) and len(curve) == lab.SAMPLES:
        try:
            _take(lab.sampled(np.column_stack([_grid(), np.array(curve, dtype=np.float64)]))[:, 1])
        except (InvalidValue, ValueError, TypeError):
            return
        st.session_state["approximation.preset"] = None


def _fit(curve: Curve, n: int, spec: Spec, seed: int) -> Iterator[tuple[float, lab.Fit]]:
    return lab.fit(np.column_stack([_grid(), curve]), n, spec, seed=seed)


def _errors(curve: Curve, specs: tuple[Spec, ...]) -> Iterator[tuple[float, pd.DataFrame]]:
    return lab.error_by_units(np.column_stack([_grid(), curve]), specs)


@st.fragment
def draw(language: str) -> None:
    """Draw, fit, look."""
    st.subheader(say("approximation.title", language))
    st.markdown(say("approximation.lesson", language))
    st.latex(r"f(x) \approx b + \sum_{j=1}^{n} v_j\, \varphi(w_j x + b_j)")
    if TARGET not in st.session_state:
        _take(lab.preset("wave")[:, 1])
        st.session_state["approximation.preset"] = "wave"
    if st.session_state.pop(CLEAR, False):
        st.session_state["approximation.preset"] = None
    a, b, c, d = row(200, 200, 300, 110)
    a.selectbox(
        say("approximation.preset", language),
        list(lab.PRESETS),
        index=None,
        key="approximation.preset",
        format_func=lambda name: say(f"approximation.presets.{name}", language),
        placeholder=say("approximation.own", language),
        on_change=_choose_preset,
    )
    with b:
        names = [spec.name for spec in _offered()]
        chosen = st.selectbox(
            say("activation", language),
            names,
            index=names.index("tanh"),
            key="approximation.activation",
            format_func=lambda name: activation_name(name, language),
        )
    spec = next(spec for spec in _offered() if spec.name == chosen)
    n = c.slider(say("approximation.units", language), 1, 64, 8, key="approximation.units")
    seed = int(d.number_input(say("seed", language), 0, 999, 0, key="approximation.seed"))
    curve: Curve = st.session_state[TARGET]
    known: lab.Fit | None = parts.results().get((_fit.__module__, _fit.__qualname__, (curve, n, spec, seed)))
    curve_pad(
        PAD,
        {
            "target": list(curve),
            "network": None if known is None else [round(float(v), 3) for v in known.curve["network"]],
            "low": lab.LOW,
            "high": lab.HIGH,
            "top": lab.TOP,
            "hint": say("approximation.hint", language),
            "label": say("approximation.label", language),
        },
        _drawn,
    )
    computed("approximation", language, lambda found: _show(language, found), _fit, curve, n, spec, seed)
    _table(curve, language)
    wave = Experiment(
        dataset="x_sin", features=("x1",), hidden=(n,), activation=spec, optimizer="adam", init="pytorch"
    )
    open_in_playground(wave, language)
    snippet("approximation", language)


def _show(language: str, fit: lab.Fit) -> None:
    with st.container(horizontal=True):
        st.metric(say("approximation.rmse", language), f"{fit.rmse:.4f}", width="content")
        st.metric(say("approximation.largest", language), f"{fit.largest:.3f}", width="content")
        st.metric(say("approximation.parameters", language), fit.parameters, width="content")
    names = {name: say(f"approximation.curves.{name}", language) for name in ("target", "network")}
    curves = fit.curve.melt("x", list(names), var_name="curve", value_name="y")
    chart(lines(language, curves.replace({"curve": names}), "x", "y", "curve", height=260))
    st.markdown(say("approximation.parts", language))
    chart(unit_chart(language, fit.units))


def _offered() -> list[Spec]:
    from playground.techniques import ACTIVATIONS

    return [entry.spec() for name, entry in ACTIVATIONS.items() if name not in WITHOUT]


def _table(curve: Curve, language: str) -> None:
    """The curve as a table to edit: the way without a pointer."""
    with st.expander(say("approximation.table", language), icon=":material/table:"):
        key = f"approximation.table.{st.session_state[TURN]}"
        x = np.linspace(lab.LOW, lab.HIGH, 13)
        before = pd.DataFrame({"x": x, "y": np.round(np.interp(x, _grid(), curve), 2)})
        after = st.data_editor(
            before,
            key=key,
            num_rows="dynamic",
            hide_index=True,
            column_config={
                "x": st.column_config.NumberColumn("x", min_value=lab.LOW, max_value=lab.HIGH, step=0.01),
                "y": st.column_config.NumberColumn("y", min_value=-lab.TOP, max_value=lab.TOP, step=0.01),
            },
        )
        if not after.equals(before):
            try:
                _take(lab.sampled(after.dropna().to_numpy())[:, 1])
            except InvalidValue as error:
                st.warning(describe(error, language))
            else:
                st.session_state[CLEAR] = True
                st.rerun(scope="fragment")


@st.fragment
def draw_errors(language: str) -> None:
    """The error against the number of units."""
    st.subheader(say("errors.title", language))
    st.markdown(say("errors.lesson", language))
    specs = activations_picker(
        "errors.which", language, ("tanh", "relu", "identity"), most=4, without=WITHOUT
    )
    curve = st.session_state.get(TARGET) or tuple(lab.preset("wave")[:, 1])
    computed(
        "errors",
        language,
        lambda frame: _error_lines(language, frame),
        _errors,
        curve,
        tuple(specs),
        button=say("run", language),
    )
    open_in_playground(
        Experiment(
            dataset="x_sin",
            features=("x1",),
            hidden=(16,),
            activation="tanh",
            optimizer="adam",
            init="pytorch",
        ),
        language,
    )


def _error_lines(language: str, frame: pd.DataFrame) -> None:
    means = frame.groupby(["activation", "units"], sort=False, as_index=False)[["rmse"]].mean()
    means = named_activations(means, language)
    chart(lines(language, means, "units", "rmse", "activation", log_x=True, log_y=True, points=True))
    best = means.loc[means.groupby("activation", sort=False)["rmse"].idxmin()]
    found = ", ".join(
        say("errors.best", language, name=row.activation, units=row.units, rmse=f"{row.rmse:.2g}")
        for row in best.itertuples()
    )
    st.caption(say("errors.found", language, found=found))
