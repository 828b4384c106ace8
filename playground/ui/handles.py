"""What is handled in a section with mouse, finger or keys, or brought along: the components, by kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playground.chapters.controls import Settings
from playground.chapters.section import Section

Put = Callable[[Any], None]
"""Takes over the new value, as the control's ``check`` takes it."""


@dataclass(frozen=True)
class Handled:
    """What a component is drawn from.

    Args:
        section: where it stands. control: whose value it sets, a ``Handle`` or ``Brought``.
        settings: with the value that is shown.
        result: of these settings; None while nothing is computed.
        language: of its words. key: under which the visit keeps its state.
        put: called from the component's own callback when the visitor has set another value.
    """

    section: Section
    control: Any
    settings: Settings
    result: Any
    language: str
    key: str
    put: Put


Draw = Callable[[Handled], None]
"""Draws a component."""


def draw_of(kind: str) -> Draw:
    """The component of a kind of ``Handle`` or ``Brought``: ``playground.ui.handles_<kind>.draw``."""
    from importlib import import_module

    found: Draw = import_module(f"playground.ui.handles_{kind}").draw
    return found
