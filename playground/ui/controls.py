"""The sidebar: every field of the experiment, in groups, generated from the registries."""

from __future__ import annotations

from functools import partial
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
from playground.live.session import LiveSession
from playground.model import Layout
from playground.presets import PRESETS
from playground.registry import Spec
from playground.techniques import LOSSES
from playground.text import text
from playground.ui import session, wording
from playground.ui.widgets import Board

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


def draw(live: LiveSession, language: str) -> None:
    """Draw the controls of ``live`` into the current container."""
    board = Board(live, language)
    example(board)
    summary(board)
    for group, fields in GROUPS.items():
        with st.expander(
            text(f"ui.groups.{group}", language), expanded=group in OPEN_GROUPS, key=f"group.{group}"
        ):
            for field in fields:
                draw_field(board, field)


def draw_field(board: Board, field: str) -> None:
    """The control of one field."""
    if field in SPECIAL:
        SPECIAL[field](board)
    elif field in NUMBERS:
        _number(board, field)
    else:
        board.technique(
            field,
            field,
            getattr(board.live.experiment, field),
            lambda spec: {field: spec},
            wording.field_label(field, board.language),
        )


def example(board: Board) -> None:
    """A picker of the examples; shows the one that runs."""
    running = next((n for n, p in PRESETS.items() if p.experiment == board.live.experiment), None)
    board.bound(
        st.selectbox,
        "preset",
        running,
        lambda name: PRESETS[name].experiment.settings() if name else {},
        label=text("ui.example", board.language),
        options=list(PRESETS),
        index=None,
        placeholder=text("ui.example_placeholder", board.language),
        format_func=lambda name: text(f"presets.{name}.title", board.language),
    )


def summary(board: Board) -> None:
    """Task, number of parameters, and the settings that have no effect."""
    experiment = board.live.experiment
    st.caption(
        text(
            "ui.summary",
            board.language,
            task=text(f"ui.tasks.{experiment.task}", board.language),
            parameters=f"{n_parameters(experiment):,}",
        )
    )
    for notice in experiment.notices():
        st.info(text(f"live.notice.{notice}", board.language), icon=":material/info:")


def n_parameters(experiment: Experiment) -> int:
    """How many numbers the network learns."""
    return Layout.of(experiment).n_parameters


# --- fields with a control of their own -----------------------------------------------------------


def _number(board: Board, field: str) -> None:
    experiment = board.live.experiment
    options: dict[str, Any] = {}
    if field == "label_noise" and experiment.task == "regression":
        options["disabled"] = True
    if field == "class_balance" and experiment.task == "regression":
        options["disabled"] = True
    board.param(
        NUMBERS[field],
        field,
        getattr(experiment, field),
        lambda value: {field: value},
        wording.field_label(field, board.language),
        wording.field_help(field, board.language),
        **options,
    )


def _dataset(board: Board) -> None:
    experiment = board.live.experiment
    names = [name for name in CHOICES["dataset"][0] if name != "custom" or experiment.points is not None]
    board.technique(
        "dataset",
        "dataset",
        experiment.dataset,
        lambda spec: {"dataset": spec},
        wording.field_label("dataset", board.language),
        names,
    )


def _loss(board: Board) -> None:
    experiment = board.live.experiment
    board.technique(
        "loss",
        "loss",
        experiment.loss,
        lambda spec: {"loss": spec},
        wording.field_label("loss", board.language),
        [name for name, loss in LOSSES.items() if experiment.task in loss.tasks],
    )


def _features(board: Board) -> None:
    board.bound(
        st.pills,
        "features",
        list(board.live.experiment.features),
        lambda names: {"features": tuple(names)},
        label=wording.field_label("features", board.language),
        options=list(FEATURES),
        selection_mode="multi",
        format_func=lambda name: wording.label("features", name, board.language),
        help=wording.field_help("features", board.language),
    )


def _learning_rate(board: Board) -> None:
    param = NUMBERS["learning_rate"]
    value = board.live.experiment.learning_rate
    board.param(
        param,
        "learning_rate",
        value,
        lambda new: {"learning_rate": new},
        wording.field_label("learning_rate", board.language),
        wording.field_help("learning_rate", board.language),
        complain=False,
    )
    board.bound(
        st.number_input,
        "learning_rate",
        value,
        lambda new: {"learning_rate": new},
        key="learning_rate.exact",
        label=text("ui.exact_learning_rate", board.language),
        min_value=param.low,
        max_value=param.high,
        step=value / 10,
        format="%.6g",
    )


def _hidden(board: Board) -> None:
    hidden = board.live.experiment.hidden
    board.bound(
        st.slider,
        "hidden",
        len(hidden),
        lambda depth: {"hidden": (hidden + (hidden[-1] if hidden else 4,) * depth)[:depth]},
        label=wording.field_label("hidden", board.language),
        min_value=0,
        max_value=MAX_LAYERS,
        help=wording.field_help("hidden", board.language),
    )
    if not hidden:
        return
    st.caption(text("ui.units", board.language))
    with st.container(horizontal=True, gap="xsmall"):
        for i, units in enumerate(hidden):
            board.bound(
                st.number_input,
                f"hidden[{i}]",
                units,
                partial(_resize, hidden, i),
                label=text("ui.layer", board.language, number=i + 1),
                min_value=int(LAYER_SIZE.low),
                max_value=int(LAYER_SIZE.high),
                step=1,
                width=64,
            )


def _resize(hidden: tuple[int, ...], i: int, units: int) -> dict[str, Any]:
    return {"hidden": (*hidden[:i], units, *hidden[i + 1 :])}


def _per_layer(board: Board, field: str, values: tuple[Any, ...]) -> bool:
    """The switch "one per layer"; whether it is on."""
    key = f"per_layer.{field}"
    if isinstance(getattr(board.live.experiment, field), tuple):
        st.session_state[key] = True
    else:
        st.session_state.setdefault(key, False)

    def switched() -> None:
        if not st.session_state[key] and values:
            session.change(board.live, field, **{field: values[0]})

    if len(values) < 2:
        return False
    return st.toggle(text(f"ui.per_layer_{field}", board.language), key=key, on_change=switched)


def _activation(board: Board) -> None:
    specs = board.live.experiment.activations
    label = wording.field_label("activation", board.language)
    if not specs:
        st.caption(text("ui.no_hidden_layers", board.language))
        return
    if not _per_layer(board, "activation", specs):
        board.technique("activation", "activation", specs[0], lambda spec: {"activation": spec}, label)
        return
    for i, spec in enumerate(specs):

        def write(new: Spec, i: int = i) -> dict[str, Any]:
            return {"activation": (*specs[:i], new, *specs[i + 1 :])}

        title = text("ui.layer_setting", board.language, setting=label, number=i + 1)
        board.technique("activation", f"activation[{i}]", spec, write, title)


def _dropout(board: Board) -> None:
    rates = board.live.experiment.dropouts
    label = wording.field_label("dropout", board.language)
    tip = wording.field_help("dropout", board.language)
    if not rates:
        board.param(DROPOUT, "dropout", board.live.experiment.dropout, lambda r: {"dropout": r}, label, tip)
        return
    if not _per_layer(board, "dropout", rates):
        board.param(DROPOUT, "dropout", rates[0], lambda rate: {"dropout": rate}, label, tip)
        return
    for i, rate in enumerate(rates):

        def write(new: float, i: int = i) -> dict[str, Any]:
            return {"dropout": (*rates[:i], new, *rates[i + 1 :])}

        title = text("ui.layer_setting", board.language, setting=label, number=i + 1)
        board.param(DROPOUT, f"dropout[{i}]", rate, write, title, tip)


def _init_seed(board: Board) -> None:
    own = NUMBERS["seed"]
    value = board.live.experiment.init_seed
    board.bound(
        partial(st.number_input, value=None),
        "init_seed",
        value,
        lambda new: {"init_seed": new},
        label=wording.field_label("init_seed", board.language),
        min_value=int(own.low),
        max_value=int(own.high),
        step=1,
        placeholder=text("ui.same_as_seed", board.language),
        help=wording.field_help("init_seed", board.language),
    )


def _place(field: str, names: tuple[str, ...]) -> Any:
    def draw_place(board: Board) -> None:
        board.bound(
            st.selectbox,
            field,
            getattr(board.live.experiment, field),
            lambda name: {field: name},
            label=wording.field_label(field, board.language),
            options=list(names),
            format_func=lambda name: wording.option_label(name, board.language),
            help=wording.field_help(field, board.language),
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
