"""Section: activations and gradients layer by layer."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import streamlit as st

from playground.experiment import MAX_LAYERS, Experiment
from playground.labs import initialization_layers as lab
from playground.labs.initialization_code import layers_code
from playground.techniques import ACTIVATIONS, INITIALIZERS
from playground.text import text
from playground.ui import wording
from playground.ui.labs import parts
from playground.views import initialization_charts as charts

TOPIC = "lab_initialization"
COMPARED = ("small_normal", "large_normal", "xavier_normal", "he_normal")
COLUMNS = 5
SHOWN_UNITS = 16
"""Units of a layer in the playground's counterpart of a network."""


def _say(key: str, language: str, **values: object) -> str:
    return text(f"{TOPIC}.{key}", language, **values)


@st.fragment
def draw(language: str) -> None:
    """Controls, the network before training, schemes side by side, and training."""
    parts.lesson(f"{TOPIC}.layers", language)
    setting = _controls(language)
    trained = st.session_state.get("init.layers.trained")
    after = trained[1] if trained is not None and trained[0] == setting else None
    before = parts.computed(
        "init.layers.look",
        language,
        lambda found: None if found is None else _pictures(setting, found, after, language),
        lab.looking,
        setting,
    )
    if before is None:
        return
    with st.container(border=True):
        _compare(setting, language)
    with st.container(border=True):
        _train(setting, language)
    parts.open_in_playground(_nearest(setting), language)
    parts.snippet(layers_code(setting), language)


def _controls(language: str) -> lab.Setting:
    first, second, third = st.columns(3, gap="medium")
    with first:
        activation = parts.technique_control(
            ACTIVATIONS,
            ACTIVATIONS["tanh"].spec(),
            "init.layers.activation",
            _say("activation", language),
            language,
        )
    with second:
        init = parts.technique_control(
            INITIALIZERS,
            INITIALIZERS["small_normal"].spec(),
            "init.layers.init",
            _say("init", language),
            language,
        )
    with third:
        depth = parts.number_control(
            lab.PARAMS["depth"], "init.layers.depth", _say("layers.depth", language), ""
        )
        width = st.slider(
            _say("layers.width", language),
            int(lab.PARAMS["width"].low),
            int(lab.PARAMS["width"].high),
            int(lab.PARAMS["width"].default),
            10,
            key="init.layers.width",
            help=_say("layers.width_tip", language),
        )
        seed = st.number_input(
            _say("seed", language),
            int(lab.PARAMS["seed"].low),
            int(lab.PARAMS["seed"].high),
            key="init.layers.seed",
            help=_say("seed_tip", language),
        )
    return lab.Setting(activation, init, depth, width, int(seed))


def _pictures(setting: lab.Setting, before: lab.Look, after: lab.Look | None, language: str) -> None:
    st.caption(
        _say(
            "layers.setup",
            language,
            width=setting.width,
            depth=setting.depth,
            parameters=_parameters(setting),
        )
    )
    later = None if after is None else after.layers
    for place, quantity in zip(st.columns(2, gap="medium"), ("activation", "gradient"), strict=True):
        with place:
            parts.chart(
                charts.spread_chart(before.layers, later, quantity, language),
                f"init.layers.spread.{quantity}",
            )
    st.markdown(_summary(before, language))
    verdict = _backward(before, language)
    if verdict:
        st.markdown(verdict)
    if (before.layers["std"] == 0).any():
        st.caption(_say("layers.zero", language))
    if before.histograms.empty:  # still to come, or overflowed everywhere
        return
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    quantity = left.segmented_control(
        _say("layers.quantity", language),
        ["activation", "gradient"],
        default="activation",
        required=True,
        format_func=lambda name: _say(f"quantity.{name}", language),
        key="init.layers.quantity",
    )
    same = right.toggle(
        _say("layers.same_scale", language),
        True,
        key="init.layers.same_scale",
        help=_say("layers.same_scale_tip", language),
    )
    histograms = charts.histogram_chart(
        before.histograms,
        None if after is None else after.histograms,
        quantity,
        "shared" if same else "own",
        language,
        COLUMNS,
    )
    st.altair_chart(histograms, key="init.layers.histograms")
    st.caption(_say("layers.see", language))
    with st.expander(_say("layers.table", language), icon=":material/table:"):
        _table(before.layers, quantity, language)


def _parameters(setting: lab.Setting) -> str:
    return f"{sum(p.numel() for p in lab.network(setting).parameters):,}"


def _summary(look: lab.Look, language: str) -> str:
    activation = look.layers[look.layers["quantity"] == "activation"]
    gradient = look.layers[look.layers["quantity"] == "gradient"]
    return _say(
        "layers.summary",
        language,
        factor=_ratio(activation["std"].iloc[-1], activation["std"].iloc[0], language),
        back=_ratio(gradient["std"].iloc[0], gradient["std"].iloc[-1], language),
        flat=f"{activation['flat'].mean():.0%}",
        slope=f"{lab.FLAT_SLOPE:.2g}",
        loss=_number(look.loss, language),
        guess=f"{math.log(lab.CLASSES):.3f}",
    )


def _backward(look: lab.Look, language: str) -> str:
    """What slopes and weights make of the gradients on their way back, expected and measured; "" for maxout."""
    activation = look.layers[look.layers["quantity"] == "activation"]
    gradient = look.layers[look.layers["quantity"] == "gradient"]["std"]
    factors = activation["back"].iloc[:-1].astype(float)
    if not (np.isfinite(factors) & (factors > 0)).all() or not gradient.iloc[-1] > 0:
        return ""
    decades = float(np.log10(factors).sum())
    found = float(gradient.iloc[0] / gradient.iloc[-1])
    # A factor of 3 either way is what chance makes of it; beyond 100 it bars the first layers from training.
    bounds = {"vanish": 0.01, "shrink": 1 / 3, "keep": 3.0, "grow": 100.0, "explode": math.inf}
    verdict = next(name for name, most in bounds.items() if found <= most)
    flat = float(activation["flat"].mean())
    saturated = verdict in ("grow", "explode") and flat > 0.6
    return _say(
        "layers.back",
        language,
        factor=_number(10 ** (decades / len(factors)), language),
        layers=len(factors),
        expected=f"{10**decades:.2g}" if abs(decades) < 300 else f"10^{decades:.0f}",
        back=f"{found:.2g}",
        verdict=_say(f"layers.{verdict}", language),
        saturated=_say("layers.though", language, flat=f"{flat:.0%}") if saturated else "",
    )


def _ratio(last: float, first: float, language: str) -> str:
    return _number(last / first if first > 0 else float(last > 0), language)


def _number(value: float, language: str) -> str:
    return f"{value:.4g}" if math.isfinite(value) else _say("layers.overflow", language)


def _table(layers: pd.DataFrame, quantity: str, language: str) -> None:
    columns = ["layer", "mean", "std"] + (["flat"] if quantity == "activation" else [])
    shown = layers[layers["quantity"] == quantity][columns]
    tip = _say("layers.flat_tip", language, slope=f"{lab.FLAT_SLOPE:.2g}")
    st.dataframe(
        shown,
        hide_index=True,
        width="stretch",
        column_config={
            "layer": _say("axis.layer", language),
            "mean": st.column_config.NumberColumn(_say("axis.mean", language), format="%.3g"),
            "std": st.column_config.NumberColumn(_say("axis.std", language), format="%.4g"),
            "flat": st.column_config.NumberColumn(_say("axis.flat", language), format="percent", help=tip),
        },
    )


def _compare(setting: lab.Setting, language: str) -> None:
    st.markdown(f"**{_say('layers.compare', language)}**")
    chosen = st.multiselect(
        _say("layers.compare_with", language),
        list(INITIALIZERS),
        list(COMPARED),
        key="init.layers.compared",
        format_func=lambda name: wording.label("initializers", name, language),
        label_visibility="collapsed",
    )
    if not chosen:
        st.info(_say("layers.compare_none", language))
        return
    names = {name: wording.label("initializers", name, language) for name in chosen}
    parts.computed(
        "init.layers.compare",
        language,
        lambda found: parts.chart(
            charts.schemes_chart(found, names, language), f"init.layers.schemes.{len(found)}"
        ),
        lab.spreading,
        setting.activation,
        tuple(INITIALIZERS[name].spec() for name in chosen),
        setting.depth,
        setting.width,
        (setting.seed,),
    )


def _train(setting: lab.Setting, language: str) -> None:
    st.markdown(f"**{_say('layers.train', language)}**")
    st.caption(_say("layers.train_about", language))
    left, right = st.columns(2, gap="medium")
    with left:
        rate = parts.number_control(
            lab.PARAMS["learning_rate"], "init.layers.rate", _say("layers.learning_rate", language), ""
        )
    with right:
        updates = st.slider(
            _say("layers.updates", language),
            10,
            int(lab.PARAMS["updates"].high),
            50,
            10,
            key="init.layers.updates",
        )

    def picture(course: lab.Course) -> None:
        if len(course.curve):
            parts.chart(charts.loss_chart(course.curve, language), "init.layers.loss")

    course = parts.computed(
        "init.layers.run",
        language,
        picture,
        lab.train,
        setting,
        float(rate),
        int(updates),
        button=_say("layers.start", language),
    )
    if course is None:
        return
    lost = not math.isfinite(course.after.loss)
    st.markdown(
        _say(
            "layers.result_lost" if lost else "layers.result",
            language,
            before=_number(course.before.loss, language),
            after=_number(course.after.loss, language),
            updates=len(course.curve),
        )
    )
    shown = st.session_state.get("init.layers.trained")
    if shown is None or shown[1] is not course.after:
        st.session_state["init.layers.trained"] = (setting, course.after)
        parts.again()


def _nearest(setting: lab.Setting) -> Experiment:
    """The playground's largest network that resembles the setting."""
    return Experiment(
        dataset="circle",
        hidden=(min(setting.width, SHOWN_UNITS),) * min(setting.depth, MAX_LAYERS),
        activation=setting.activation,
        init=setting.init,
        preprocessing="standardising",
    )
