"""What is handled in a section with mouse, finger or keys, or brought along: the components, by kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playground.chapters.controls import Settings
from playground.chapters.section import Section

Put = Callable[[Any], None]
"""Takes over the new value, as the control's ``check`` takes it."""
Draw = Callable[[Section, Any, Settings, Any, str, str, Put], None]
"""``draw(section, control, settings, result, language, key, put)`` draws the component with the settings' value; it
calls ``put`` from its own callback when the visitor has set another one. ``result`` is None while nothing is computed.
"""


def draw_of(kind: str) -> Draw:
    """The component of a kind of ``Handle`` or ``Brought``: ``playground.ui.handles_<kind>.draw``."""
    from importlib import import_module

    found: Draw = import_module(f"playground.ui.handles_{kind}").draw
    return found
