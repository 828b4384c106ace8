"""The settings of a section under which it computes least: for tests of its page, not of what it claims."""

from __future__ import annotations

from typing import Any

from playground.chapters.controls import Choice, Number
from playground.chapters.section import Section

FEW = 2
"""Kept of the options of which several can be chosen."""


def smallest(section: Section) -> dict[str, str]:
    """The parameters of the address: every number at its least, few of several options."""
    given: dict[str, Any] = {}
    for control in section.controls:
        if isinstance(control, Number):
            given[control.name] = min(control.values) if control.values else control.low
        elif isinstance(control, Choice) and control.many:
            given[control.name] = tuple(control.initial)[:FEW]
    return section.query(section.settings(**given))
