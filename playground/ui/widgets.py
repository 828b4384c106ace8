"""Widgets that show a value of the running experiment and write a change back to it.

A change says what to change in the experiment as it is by then, never a whole experiment drawn earlier: the stage may
have changed others of its fields meanwhile.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st

from playground.experiment import FIELDS, Experiment
from playground.live.session import LiveSession
from playground.registry import Param, Spec, Technique, format_value
from playground.text.refusals import describe
from playground.ui import binding, follow, session, wording

Write = Callable[[Experiment, Any], dict[str, Any]]
"""From the experiment as it is and a widget's new value to the changed fields."""

SLIDER_VALUES = 101


def field_write(field: str) -> Write:
    """The value is the field's."""
    return lambda experiment, value: {field: value}


@dataclass(frozen=True)
class ControlBinder:
    """Where the widgets of one live run are drawn.

    Args:
        live: the run.
        language: of labels, tooltips and messages.
    """

    live: LiveSession
    language: str

    def bound(
        self,
        widget: Callable[..., Any],
        name: str,
        value: Any,
        write: Write,
        *,
        key: str = "",
        complain: bool = True,
        **options: Any,
    ) -> Any:
        """Draw ``widget`` with the experiment's ``value``; a change calls ``write``.

        Args:
            name: of the control, for the place of a refusal.
            key: of the widget, when a control has more than one; default ``name``.
            complain: whether this widget shows its control's refusal.
        """

        def change(new: Any) -> None:
            session.change(self.live, name, lambda experiment: write(experiment, new))
            follow.refresh()

        result = binding.bound(widget, f"control.{key or name}", value, change, **options)
        if complain:
            self.complaint(name)
        return result

    def complaint(self, name: str) -> None:
        """Show why the last change of the control ``name`` was refused."""
        error = session.refused(name)
        if error is not None:
            st.error(describe(error, self.language), icon=":material/error:")

    # --- by kind of parameter -------------------------------------------------------------------

    def param(
        self, param: Param, name: str, value: Any, write: Write, label: str, tip: str, **options: Any
    ) -> None:
        """The widget that fits the kind, range and scale of ``param``."""
        shared: dict[str, Any] = {"label": label, "help": tip, **options}
        if param.kind == "bool":
            self.bound(st.toggle, name, value, write, **shared)
        elif param.kind == "choice":
            self.bound(
                st.selectbox,
                name,
                value,
                write,
                options=list(param.choices),
                format_func=lambda option: wording.option_label(option, self.language),
                **shared,
            )
        elif param.kind == "ints":
            self.bound(
                st.text_input,
                name,
                ", ".join(str(v) for v in value),
                lambda experiment, text: write(
                    experiment, param.check(text.replace(" ", "").replace(",", "+"), name)
                ),
                **shared,
            )
        elif param.log:
            self.bound(
                st.select_slider,
                name,
                value,
                write,
                options=log_values(param, value),
                format_func=format_value,
                **shared,
            )
        else:
            self._linear(param, name, value, write, shared)

    def _linear(self, param: Param, name: str, value: Any, write: Write, shared: dict[str, Any]) -> None:
        whole = param.kind == "int"
        kind = int if whole else float
        step = kind(param.step or (1 if whole else (param.high - param.low) / (SLIDER_VALUES - 1)))
        span: dict[str, Any] = {"min_value": kind(param.low), "max_value": kind(param.high), "step": step}
        if whole and param.high - param.low > 1e6:
            self.bound(st.number_input, name, value, write, **span, **shared)
        else:
            style = None if whole else decimals(step)
            self.bound(st.slider, name, value, write, **span, format=style, **shared)

    # --- techniques -----------------------------------------------------------------------------

    def technique(
        self,
        field: str,
        name: str,
        read: Callable[[Experiment], Spec | None],
        write: Write,
        label: str,
        options: Sequence[str] = (),
    ) -> None:
        """A selectbox for the technique and, under it, the chosen one's own parameters.

        Args:
            field: field of the experiment that names a technique.
            name: of the control.
            read: the choice that an experiment holds here; None where the place is gone.
            write: from the new choice, a Spec, to the changed fields.
            options: names to offer; default all of the family.
        """
        registry = FIELDS[field].techniques()
        spec = read(self.live.experiment)
        assert spec is not None

        def choose(experiment: Experiment, chosen: str) -> dict[str, Any]:
            now = read(experiment)
            return {} if now is None or now.name == chosen else write(experiment, registry[chosen].spec())

        self.bound(
            st.selectbox,
            name,
            spec.name,
            choose,
            label=label,
            options=list(options) or list(registry),
            format_func=lambda option: wording.label(registry.family, option, self.language),
            help=wording.choice_help(field, spec.name, self.language),
        )
        for param in registry[spec.name].params:
            self.param(
                param,
                f"{name}.{spec.name}.{param.name}",
                spec[param.name],
                partial(_write_param, read, write, registry[spec.name], param.name),
                wording.param_label(registry.family, spec.name, param.name, self.language),
                wording.param_help(registry.family, spec.name, param.name, self.language),
            )


def _write_param(
    read: Callable[[Experiment], Spec | None],
    write: Write,
    technique: Technique,
    name: str,
    experiment: Experiment,
    value: Any,
) -> dict[str, Any]:
    """A parameter of ``technique``, as long as that is still the one chosen."""
    now = read(experiment)
    if now is None or now.name != technique.name:
        return {}
    return write(experiment, technique.spec(**{**now.params, name: value}))


def log_values(param: Param, value: float) -> list[Any]:
    """The stops of a logarithmic slider: 1, 2, 3, 5 of every decade in range, 0 if allowed, and ``value``."""
    low = param.low or (1.0 if param.kind == "int" else 1e-6)
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(param.high)) + 1)
    stops = {float(f"{digit}e{exponent}") for exponent in decades for digit in (1, 2, 3, 5)}
    values = {stop for stop in stops if low <= stop <= param.high} | {param.low, param.high, value}
    if param.kind == "int":
        return sorted({int(v) for v in values})
    return sorted({float(v) for v in values})


def decimals(step: float) -> str:
    """A printf format that shows multiples of ``step`` without rounding."""
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    return f"%.{digits + (round(step * 10**digits, 6) % 1 > 0)}f"
