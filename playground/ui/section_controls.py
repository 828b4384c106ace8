"""The widgets of a section's controls, made from their declarations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from playground.chapters.controls import (
    Brought,
    Choice,
    Control,
    Handle,
    Number,
    Own,
    Range,
    Settings,
    Switch,
    Technique,
)
from playground.chapters.section import Section
from playground.experiment import Experiment
from playground.registry import InvalidValue, Param, Registry, Spec
from playground.text import known
from playground.ui import binding, handles, session, wording
from playground.ui.section_settings import current
from playground.ui.widgets import decimals, log_values

Put = Callable[[Section, Settings], None]
"""Takes over new settings of a section."""

FEW = 4
"""So many options or fewer lie side by side; more make a list."""
MANY = 8
"""More options than so many, of which several can be chosen, are looked up in a list."""
_MISSING = object()


def draw(section: Section, settings: Settings, language: str, put: Put) -> None:
    """All controls that matter under these settings, in their order."""
    for control in section.controls:
        if control.shown is None or control.shown(settings):
            _Drawn(section, settings, language, put).draw(control)


def changed(section: Section, settings: Settings, **values: object) -> Settings:
    """``settings`` with some values changed, checked. Raises InvalidValue."""
    return section.settings(**{**settings, **values})


class _Drawn:
    """The widgets of one drawing."""

    def __init__(self, section: Section, settings: Settings, language: str, put: Put) -> None:
        self.section, self.settings, self.language, self.put = section, settings, language, put

    def draw(self, control: Control) -> None:
        if isinstance(control, Number):
            self.number(control.param, control.name, control, self.settings[control.name])
        elif isinstance(control, Range):
            self.range(control)
        elif isinstance(control, Choice):
            self.choice(control)
        elif isinstance(control, Switch):
            self.bound(st.toggle, control.name, self.settings[control.name], label=self.label(control))
        elif isinstance(control, Technique):
            self.technique(control)
        elif isinstance(control, Own):
            self.own(control)
        elif isinstance(control, (Handle, Brought)) and control.name != self.section.handle:
            self.handle(control)

    def label(self, control: Control) -> str:
        """The control's own text; else the lecture's common word for it; with its symbol in front."""
        key = f"controls.{control.name}.label"
        full = f"chapters.{self.section.chapter}.{self.section.name}.{key}"
        if control.label is not None:
            label = control.label(self.language)
        elif known(full, self.language):
            label = self.section.say(key, self.language)
        else:
            label = _common(control, self.language)
        symbol = getattr(control, "symbol", "")
        return f"{symbol} · {label}" if symbol else label

    def tip(self, name: str) -> str | None:
        key = f"controls.{name}.tip"
        full = f"chapters.{self.section.chapter}.{self.section.name}.{key}"
        return self.section.say(key, self.language) if known(full, self.language) else None

    def bound(
        self,
        widget: Callable[..., Any],
        name: str,
        value: Any,
        part: str = "",
        read: Any = None,
        **options: Any,
    ) -> None:
        """Draw ``widget`` with the settings' ``value``; a change is taken over as the control's new value.

        Args:
            part: tells several widgets of one control apart.
            read: from the widget's value to the control's.
        """
        key = f"{self.section.key}.{name}{part}"
        ends = widget in (st.slider, st.select_slider)  # they take two ends as a tuple only
        shown = list(value) if isinstance(value, tuple) and not ends else value
        if st.session_state.get(key, _MISSING) != shown:
            st.session_state[key] = shown

        def took() -> None:
            given = st.session_state[key]
            try:
                new = changed(self.section, current(self.section), **{name: read(given) if read else given})
            except InvalidValue:
                return  # nothing chosen: the settings stay, and the widget shows them again
            self.put(self.section, new)

        own = binding.with_default(widget, shown, options)
        widget(key=key, on_change=took, **{"help": self.tip(name), **own})

    def handle(self, control: Handle | Brought) -> None:
        """What is handled among the controls and not in the chart's place."""

        def took(value: Any) -> None:
            new = changed(self.section, current(self.section), **{control.name: value})
            self.put(self.section, new)

        key = f"{self.section.key}.{control.name}"
        handles.draw_of(control.kind)(
            handles.Handled(self.section, control, self.settings, None, self.language, key, took)
        )

    def number(
        self,
        param: Param,
        name: str,
        control: Number | None,
        value: Any,
        label: str = "",
        part: str = "",
        **more: Any,
    ) -> None:
        label = label or (self.label(control) if control else param.name)
        whole = param.kind == "int"
        if control is not None and control.values:
            options = sorted({*control.values, value})
            style: Any = (lambda v: f"{v:,}") if whole else (lambda v: f"{v:g}")
            self.bound(
                st.select_slider, name, value, part, label=label, options=options, format_func=style, **more
            )
        elif param.log:
            options = log_values(param, value)
            self.bound(
                st.select_slider,
                name,
                value,
                part,
                label=label,
                options=options,
                format_func=lambda v: f"{v:,}" if whole else f"{v:.3g}",
                **more,
            )
        else:
            kind = int if whole else float
            step = kind(param.step or (1 if whole else (param.high - param.low) / 100))
            self.bound(
                st.slider,
                name,
                value,
                part,
                label=label,
                min_value=kind(param.low),
                max_value=kind(param.high),
                step=step,
                format=None if whole else decimals(step),
                **more,
            )

    def range(self, control: Range) -> None:
        param, value = control.param, self.settings[control.name]
        label = self.label(control)
        whole = param.kind == "int"
        if param.log:
            self.bound(
                st.select_slider,
                control.name,
                value,
                read=tuple,
                label=label,
                options=sorted({*log_values(param, value[0]), *log_values(param, value[1])}),
                format_func=lambda v: f"{v:,}" if whole else f"{v:.3g}",
            )
            return
        kind = int if whole else float
        step = kind(param.step or (1 if whole else (param.high - param.low) / 100))
        self.bound(
            st.slider,
            control.name,
            value,
            read=tuple,
            label=label,
            min_value=kind(param.low),
            max_value=kind(param.high),
            step=step,
            format=None if whole else decimals(step),
        )

    def choice(self, control: Choice) -> None:
        options, names = control.options, list(control.options)
        value = self.settings[control.name]

        def called(name: str) -> str:
            if control.option is not None:
                return control.option(name, self.language)
            if isinstance(options, Registry):
                return wording.label(options.family, name, self.language)
            return self.section.say(f"controls.{control.name}.options.{name}", self.language)

        common: dict[str, Any] = {"label": self.label(control), "options": names, "format_func": called}
        if control.many and len(names) > MANY:
            self.bound(st.multiselect, control.name, value, read=tuple, **common)
        elif control.many:
            self.bound(st.pills, control.name, value, selection_mode="multi", wrap=True, read=tuple, **common)
        elif len(names) <= FEW:
            self.bound(st.segmented_control, control.name, value, required=True, **common)
        else:
            self.bound(st.selectbox, control.name, value, **common)

    def technique(self, control: Technique) -> None:
        spec: Spec = self.settings[control.name]
        registry = control.registry
        names = list(control.names or registry)
        self.bound(
            st.selectbox,
            control.name,
            spec.name,
            label=self.label(control),
            options=names,
            format_func=lambda name: self.technique_label(registry, control, name),
        )
        if not control.params:
            return
        for param in registry[spec.name].params:
            if param.kind in ("float", "int"):
                self.number(
                    param,
                    control.name,
                    None,
                    spec[param.name],
                    label=self.param_text(registry, control, spec.name, param.name, "label") or param.name,
                    part=f".{spec.name}.{param.name}",
                    read=lambda v, p=param.name: {"name": spec.name, **spec.params, p: v},
                    help=self.param_text(registry, control, spec.name, param.name, "tip") or None,
                )

    def technique_label(self, registry: Registry[Any], control: Technique, name: str) -> str:
        key = f"chapters.{self.section.chapter}.{self.section.name}.controls.{control.name}.options.{name}"
        if known(key, self.language):
            return self.section.say(f"controls.{control.name}.options.{name}", self.language)
        return wording.label(registry.family, name, self.language)

    def param_text(
        self, registry: Registry[Any], control: Technique, name: str, param: str, part: str
    ) -> str:
        own = f"controls.{control.name}.{param}.{part}"
        if known(f"chapters.{self.section.chapter}.{self.section.name}.{own}", self.language):
            return self.section.say(own, self.language)
        if known(f"techniques.{registry.family}.{name}.label", self.language):
            get = wording.param_label if part == "label" else wording.param_help
            return get(registry.family, name, param, self.language)
        return ""

    def own(self, control: Own) -> None:
        live = session.existing()
        theirs: Experiment | None = live.experiment if live is not None else None
        value = self.settings[control.name]
        options = [control.default]
        for experiment in (value, theirs):
            if experiment is not None and experiment not in options:
                options.append(experiment)
        if len(options) == 1:
            return

        def called(experiment: Experiment) -> str:
            which = "section" if experiment == control.default else "playground"
            return self.section.say(f"controls.{control.name}.options.{which}", self.language)

        self.bound(
            st.segmented_control,
            control.name,
            value,
            required=True,
            label=self.label(control),
            options=options,
            format_func=called,
        )


def _common(control: Control, language: str) -> str:
    """What controls of this name are called in every section: seed, epochs, activation …"""
    from playground.text import text

    for key in (f"sections.controls.{control.name}", f"fields.{control.name}.label"):
        if known(key, language):
            return text(key, language)
    raise KeyError(f"the control {control.name} has no label")
