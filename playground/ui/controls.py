"""The sidebar: every field of the experiment, in groups, generated from the registries."""

from __future__ import annotations

from functools import partial
from operator import attrgetter
from typing import Any

import streamlit as st

from playground.data import FEATURES
from playground.experiment import (
    CHOICES,
    DEVICES,
    DROPOUT,
    ENGINES,
    LAYER_SIZE,
    MAX_LAYERS,
    NUMBERS,
    Experiment,
)
from playground.layout import Layout
from playground.live.session import LiveSession
from playground.presets import PRESETS
from playground.registry import Spec
from playground.techniques import LOSSES
from playground.text import text
from playground.ui import address, binding, follow, session, wording
from playground.ui.widgets import ControlBinder, field_write

GROUPS: dict[str, tuple[str, ...]] = {
    "data": ("dataset", "n_samples", "noise", "label_noise", "class_balance", "train_fraction"),
    "features": ("features", "preprocessing"),
    "network": ("hidden", "skip", "normalization"),
    "activation": ("activation", "init"),
    "optimizer": ("loss", "optimizer", "learning_rate", "schedule", "batch_size", "clipping"),
    "regularization": (
        "l2",
        "l1",
        "weight_decay",
        "dropout",
        "dropconnect",
        "stochastic_depth",
        "input_noise",
        "mixup",
        "label_smoothing",
        "early_stopping",
    ),
    "run": ("seed", "init_seed", "device", "engine"),
}
"""The fields of each group, in display order; together all fields but the points."""

OPEN_GROUPS = ("data", "optimizer")


@st.fragment(key=follow.CONTROLS)
def draw(live: LiveSession, language: str) -> None:
    """Draw the controls of ``live`` into the current container, those of closed groups not; the address follows."""
    follow.part_begins(live)
    binding.begin()
    binder = ControlBinder(live, language)
    example(binder)
    summary(binder)
    for group, fields in GROUPS.items():
        area = st.expander(
            text(f"ui.groups.{group}", language),
            expanded=group in OPEN_GROUPS,
            key=f"group.{group}",
            on_change="rerun",
        )
        if area.open:
            with area:
                for field in fields:
                    draw_field(binder, field)
    binding.end()
    address.PAGE.write(live)
    follow.part_drawn(follow.CONTROLS, live)


def draw_field(binder: ControlBinder, field: str) -> None:
    """The control of one field."""
    if field in SPECIAL:
        SPECIAL[field](binder)
    elif field in NUMBERS:
        _number(binder, field)
    else:
        binder.technique(
            field,
            field,
            attrgetter(field),
            field_write(field),
            wording.field_label(field, binder.language),
        )


def example(binder: ControlBinder) -> None:
    """A picker of the examples; shows the one that runs."""
    running = next((n for n, p in PRESETS.items() if p.experiment == binder.live.experiment), None)
    binder.bound(
        st.selectbox,
        "preset",
        running,
        lambda experiment, name: PRESETS[name].experiment.settings() if name else {},
        label=text("ui.example", binder.language),
        options=list(PRESETS),
        index=None,
        placeholder=text("ui.example_placeholder", binder.language),
        format_func=lambda name: text(f"presets.{name}.title", binder.language),
    )


def summary(binder: ControlBinder) -> None:
    """Task, number of parameters, and the settings that have no effect."""
    experiment = binder.live.experiment
    st.caption(
        text(
            "ui.summary",
            binder.language,
            task=text(f"ui.tasks.{experiment.task}", binder.language),
            parameters=f"{n_parameters(experiment):,}",
        )
    )
    for notice in experiment.notices():
        st.info(text(f"live.notice.{notice}", binder.language), icon=":material/info:")


def n_parameters(experiment: Experiment) -> int:
    """How many numbers the network learns."""
    return Layout.of(experiment).n_parameters


# --- fields with a control of their own -----------------------------------------------------------


def _number(binder: ControlBinder, field: str) -> None:
    experiment = binder.live.experiment
    if field == "n_samples" and experiment.points is not None:
        st.caption(text("ui.own_points", binder.language, count=f"{len(experiment.points.rows):,}"))
        return
    options: dict[str, Any] = {}
    if field == "label_noise" and experiment.task == "regression":
        options["disabled"] = True
    if field == "class_balance" and experiment.task == "regression":
        options["disabled"] = True
    binder.param(
        NUMBERS[field],
        field,
        getattr(experiment, field),
        field_write(field),
        wording.field_label(field, binder.language),
        wording.field_help(field, binder.language),
        **options,
    )


def _dataset(binder: ControlBinder) -> None:
    experiment = binder.live.experiment
    names = [name for name in CHOICES["dataset"][0] if name != "custom" or experiment.points is not None]
    binder.technique(
        "dataset",
        "dataset",
        attrgetter("dataset"),
        field_write("dataset"),
        wording.field_label("dataset", binder.language),
        names,
    )


def _loss(binder: ControlBinder) -> None:
    experiment = binder.live.experiment
    binder.technique(
        "loss",
        "loss",
        attrgetter("loss"),
        field_write("loss"),
        wording.field_label("loss", binder.language),
        [name for name, loss in LOSSES.items() if experiment.task in loss.tasks],
    )


def _features(binder: ControlBinder) -> None:
    shown = binder.live.experiment.features

    def write(experiment: Experiment, names: list[str]) -> dict[str, Any]:
        kept = [name for name in experiment.features if name in names or name not in shown]
        return {"features": (*kept, *(name for name in names if name not in (*shown, *kept)))}

    binder.bound(
        st.pills,
        "features",
        list(shown),
        write,
        label=wording.field_label("features", binder.language),
        options=list(FEATURES),
        selection_mode="multi",
        format_func=lambda name: wording.label("features", name, binder.language),
        help=wording.field_help("features", binder.language),
    )


def _learning_rate(binder: ControlBinder) -> None:
    param = NUMBERS["learning_rate"]
    value = binder.live.experiment.learning_rate
    binder.param(
        param,
        "learning_rate",
        value,
        field_write("learning_rate"),
        wording.field_label("learning_rate", binder.language),
        wording.field_help("learning_rate", binder.language),
        complain=False,
    )
    binder.bound(
        st.number_input,
        "learning_rate",
        value,
        field_write("learning_rate"),
        key="learning_rate.exact",
        label=text("ui.exact_learning_rate", binder.language),
        min_value=param.low,
        max_value=param.high,
        step=value / 10,
        format="%.6g",
    )


def _hidden(binder: ControlBinder) -> None:
    hidden = binder.live.experiment.hidden
    binder.bound(
        st.slider,
        "hidden",
        len(hidden),
        _deepen,
        label=wording.field_label("hidden", binder.language),
        min_value=0,
        max_value=MAX_LAYERS,
        help=wording.field_help("hidden", binder.language),
    )
    if not hidden:
        return
    st.caption(text("ui.units", binder.language))
    with st.container(horizontal=True, gap="xsmall"):
        for i, units in enumerate(hidden):
            binder.bound(
                st.number_input,
                f"hidden[{i}]",
                units,
                partial(_resize, i),
                label=text("ui.layer", binder.language, number=i + 1),
                min_value=int(LAYER_SIZE.low),
                max_value=int(LAYER_SIZE.high),
                step=1,
                width=64,
            )


def _deepen(experiment: Experiment, depth: int) -> dict[str, Any]:
    hidden = experiment.hidden
    return {"hidden": (hidden + (hidden[-1] if hidden else 4,) * depth)[:depth]}


def _resize(i: int, experiment: Experiment, units: int) -> dict[str, Any]:
    return _at(experiment, "hidden", experiment.hidden, i, units)


def _at(experiment: Experiment, field: str, values: tuple[Any, ...], i: int, new: Any) -> dict[str, Any]:
    """One layer's value; nothing where the layer is gone."""
    return {field: (*values[:i], new, *values[i + 1 :])} if i < len(values) else {}


def _per_layer(binder: ControlBinder, field: str, values: tuple[Any, ...]) -> bool:
    """The switch "one per layer"; whether it is on."""
    if len(values) < 2:
        return False
    wished = f"per_layer.{field}.on"
    on = isinstance(getattr(binder.live.experiment, field), tuple) or st.session_state.get(wished, False)

    def switch(new: bool) -> None:
        st.session_state[wished] = new
        if not new:
            session.change(binder.live, field, lambda now: {field: _first(getattr(now, field))})

    return binding.bound(
        st.toggle, f"per_layer.{field}", on, switch, label=text(f"ui.per_layer_{field}", binder.language)
    )


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, tuple) else value


def _activation(binder: ControlBinder) -> None:
    specs = binder.live.experiment.activations
    label = wording.field_label("activation", binder.language)
    if not specs:
        st.caption(text("ui.no_hidden_layers", binder.language))
        return
    each = _per_layer(binder, "activation", specs)
    for i in range(len(specs) if each else 1):

        def read(experiment: Experiment, i: int = i) -> Spec | None:
            return experiment.activations[i] if i < len(experiment.activations) else None

        def write(experiment: Experiment, new: Spec, i: int = i) -> dict[str, Any]:
            return _at(experiment, "activation", experiment.activations, i, new)

        title = text("ui.layer_setting", binder.language, setting=label, number=i + 1)
        if each:
            binder.technique("activation", f"activation[{i}]", read, write, title)
        else:
            binder.technique("activation", "activation", read, field_write("activation"), label)


def _dropout(binder: ControlBinder) -> None:
    rates = binder.live.experiment.dropouts
    label = wording.field_label("dropout", binder.language)
    tip = wording.field_help("dropout", binder.language)
    if not _per_layer(binder, "dropout", rates):
        rate = rates[0] if rates else binder.live.experiment.dropout
        binder.param(DROPOUT, "dropout", rate, field_write("dropout"), label, tip)
        return
    for i, rate in enumerate(rates):

        def write(experiment: Experiment, new: float, i: int = i) -> dict[str, Any]:
            return _at(experiment, "dropout", experiment.dropouts, i, new)

        title = text("ui.layer_setting", binder.language, setting=label, number=i + 1)
        binder.param(DROPOUT, f"dropout[{i}]", rate, write, title, tip)


def _init_seed(binder: ControlBinder) -> None:
    own = NUMBERS["seed"]
    value = binder.live.experiment.init_seed
    binder.bound(
        partial(st.number_input, value=None),
        "init_seed",
        value,
        field_write("init_seed"),
        label=wording.field_label("init_seed", binder.language),
        min_value=int(own.low),
        max_value=int(own.high),
        step=1,
        placeholder=text("ui.same_as_seed", binder.language),
        help=wording.field_help("init_seed", binder.language),
    )


def _place(field: str, names: tuple[str, ...]) -> Any:
    def draw_place(binder: ControlBinder) -> None:
        binder.bound(
            st.selectbox,
            field,
            getattr(binder.live.experiment, field),
            field_write(field),
            label=wording.field_label(field, binder.language),
            options=list(names),
            format_func=lambda name: wording.option_label(name, binder.language),
            help=wording.field_help(field, binder.language),
        )

    return draw_place


SPECIAL = {
    "dataset": _dataset,
    "features": _features,
    "hidden": _hidden,
    "activation": _activation,
    "dropout": _dropout,
    "loss": _loss,
    "learning_rate": _learning_rate,
    "init_seed": _init_seed,
    "device": _place("device", DEVICES),
    "engine": _place("engine", ENGINES),
}
"""Fields whose control is more than one widget made from a range or a registry."""
