"""What the race's controls share: widgets of one of its experiments, and widgets of the race itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from playground.experiment import FIELDS
from playground.races.race import Race
from playground.races.session import RaceSession
from playground.text.refusals import describe
from playground.ui import binding, controls, follow, race_session, session, wording
from playground.ui.widgets import ControlBinder, field_write


@dataclass(frozen=True)
class PartBinder(ControlBinder):
    """The controls of one experiment of a race: like the playground's, under names of their own.

    Args:
        prefix: tells the parts of a race apart.
    """

    prefix: str = "race.base"

    def bound(self, widget: Any, name: str, value: Any, write: Any, *, key: str = "", **options: Any) -> Any:
        """As in ``ControlBinder``, under the part's own name."""
        own = f"{self.prefix}.{name}"
        return super().bound(widget, own, value, write, key=f"{self.prefix}.{key or name}", **options)


def part_binder(live: RaceSession, language: str, lane: int | None = None) -> PartBinder:
    """The controls of the base, or of a lane."""
    part: Any = race_session.Part(live, lane)
    return PartBinder(part, language, "race.base" if lane is None else f"race.lane{lane}")


def draw_field(binder: PartBinder, field: str) -> None:
    """The control of one field; what can differ between layers is here the same in all."""
    experiment = binder.live.experiment
    label = wording.field_label(field, binder.language)
    if field == "activation" and experiment.activations:
        binder.technique(
            field,
            field,
            lambda now: now.activations[0] if now.activations else None,
            field_write(field),
            label,
        )
    elif field == "dropout":
        rate = max(experiment.dropouts, default=0.0)
        binder.param(
            FIELDS[field].numbers(),
            field,
            rate,
            field_write(field),
            label,
            wording.field_help(field, binder.language),
        )
    else:
        controls.draw_field(binder, field)


def bound(
    live: RaceSession,
    language: str,
    widget: Callable[..., Any],
    name: str,
    value: Any,
    make: Callable[[Race, Any], Race],
    **options: Any,
) -> Any:
    """A widget that shows a property of the race and changes it; why a change was refused stands below."""
    key = f"race.{name}"

    def change(new: Any) -> None:
        race_session.change(live, key, lambda race: make(race, new))
        follow.refresh()

    result = binding.bound(widget, key, value, change, **options)
    complaint(key, language)
    return result


def complaint(key: str, language: str) -> None:
    """Why the last change of a control was refused."""
    error = session.refused(key)
    if error is not None:
        st.error(describe(error, language), icon=":material/error:")
