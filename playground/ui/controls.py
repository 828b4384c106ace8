"""The sidebar: every field of the experiment, in groups, generated from the registries."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from operator import attrgetter
from typing import Any

import streamlit as st

from playground.data import FEATURES
from playground.experiment import FIELDS, GROUPS, MAX_LAYERS, Experiment
from playground.fields import Control
from playground.layout import Layout
from playground.live.session import LiveSession
from playground.presets import PRESETS
from playground.registry import Spec
from playground.techniques import LOSSES
from playground.text import text
from playground.ui import address, binding, follow, session, wording
from playground.ui.widgets import ControlBinder, field_write

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
    declared = FIELDS[field]
    if declared.per_layer:
        _per_layer(binder, field)
    else:
        CONTROLS[declared.control](binder, field)


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


# --- one function for each kind of control -----------------------------------------------------------


def _number(binder: ControlBinder, field: str) -> None:
    experiment = binder.live.experiment
    if field == "n_samples" and experiment.points is not None:
        st.caption(text("ui.own_points", binder.language, count=f"{len(experiment.points.rows):,}"))
        return
    without_classes = field in ("label_noise", "class_balance") and experiment.task == "regression"
    binder.param(
        FIELDS[field].numbers(),
        field,
        getattr(experiment, field),
        field_write(field),
        wording.field_label(field, binder.language),
        wording.field_help(field, binder.language),
        disabled=without_classes,
    )


def _technique(binder: ControlBinder, field: str) -> None:
    binder.technique(
        field,
        field,
        attrgetter(field),
        field_write(field),
        wording.field_label(field, binder.language),
        fitting(binder.live.experiment, field),
    )


def fitting(experiment: Experiment, field: str) -> list[str]:
    """The techniques of a field that go with the other settings."""
    names = list(FIELDS[field].techniques())
    if field == "loss":
        return [name for name in names if experiment.task in LOSSES[name].tasks]
    if field == "dataset" and experiment.points is None:
        names.remove("custom")
    return names


def _features(binder: ControlBinder, _field: str) -> None:
    shown = binder.live.experiment.features
    columns = binder.live.experiment.columns
    if len(columns) != 2:  # features are made of two inputs
        st.caption(text("ui.columns_shown", binder.language, n=len(columns)))
        return

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


def _exact(binder: ControlBinder, field: str) -> None:
    param = FIELDS[field].numbers()
    value = getattr(binder.live.experiment, field)
    binder.param(
        param,
        field,
        value,
        field_write(field),
        wording.field_label(field, binder.language),
        wording.field_help(field, binder.language),
        complain=False,
    )
    binder.bound(
        st.number_input,
        field,
        value,
        field_write(field),
        key=f"{field}.exact",
        label=text(f"ui.exact_{field}", binder.language),
        min_value=param.low,
        max_value=param.high,
        step=value / 10,
        format="%.6g",
    )


def _hidden(binder: ControlBinder, _field: str) -> None:
    size = FIELDS["hidden"].numbers()
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
                min_value=int(size.low),
                max_value=int(size.high),
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


def _per_layer(binder: ControlBinder, field: str) -> None:
    (_activation if FIELDS[field].registry else _dropout)(binder)


def _separate(binder: ControlBinder, field: str, values: tuple[Any, ...]) -> bool:
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
    each = _separate(binder, "activation", specs)
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
    param = FIELDS["dropout"].numbers()
    if not _separate(binder, "dropout", rates):
        rate = rates[0] if rates else binder.live.experiment.dropout
        binder.param(param, "dropout", rate, field_write("dropout"), label, tip)
        return
    for i, rate in enumerate(rates):

        def write(experiment: Experiment, new: float, i: int = i) -> dict[str, Any]:
            return _at(experiment, "dropout", experiment.dropouts, i, new)

        title = text("ui.layer_setting", binder.language, setting=label, number=i + 1)
        binder.param(param, f"dropout[{i}]", rate, write, title, tip)


def _optional(binder: ControlBinder, field: str) -> None:
    param = FIELDS[field].numbers()
    binder.bound(
        partial(st.number_input, value=None),
        field,
        getattr(binder.live.experiment, field),
        field_write(field),
        label=wording.field_label(field, binder.language),
        min_value=int(param.low),
        max_value=int(param.high),
        step=1,
        placeholder=text("ui.same_as_seed", binder.language),
        help=wording.field_help(field, binder.language),
    )


def _choice(binder: ControlBinder, field: str) -> None:
    binder.bound(
        st.selectbox,
        field,
        getattr(binder.live.experiment, field),
        field_write(field),
        label=wording.field_label(field, binder.language),
        options=list(FIELDS[field].numbers().choices),
        format_func=lambda name: wording.option_label(name, binder.language),
        help=wording.field_help(field, binder.language),
    )


CONTROLS: dict[Control, Callable[[ControlBinder, str], None]] = {
    "number": _number,
    "exact": _exact,
    "optional": _optional,
    "technique": _technique,
    "choice": _choice,
    "several": _features,
    "layers": _hidden,
}
"""What draws each kind of control."""
