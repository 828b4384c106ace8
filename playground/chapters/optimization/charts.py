"""What the sections on optimization share: names and looks of the rules, axes, points on the line of a formula."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import altair as alt
import pandas as pd
from altair.typing import ChartType

from playground.chapters.optimization.racing import RULES
from playground.chapters.section import words
from playground.techniques import OPTIMIZERS
from playground.text import text
from playground.views.lines import Axis, lines
from playground.views.theme import CLASS_COLOURS

say = words("optimization")
COLOURS = (*CLASS_COLOURS[:6], "#b09500", *CLASS_COLOURS[7:], "#d6006c")
"""One for each rule."""
RULE_DASHES = ((), (6, 3), (2, 2))
"""Dash patterns of the rules, in turn: neighbours differ in colour and in dash."""
POINTS = 25
"""Measured points of a line at most, where a formula's line runs through them."""


def rule_name(name: str, language: str) -> str:
    """How an update rule is called: a registered optimizer, or one of the race's own."""
    if name in OPTIMIZERS:
        return text(f"techniques.optimizers.{name}.label", language)
    return say(f"rules.{name}", language)


def rule_looks(name: str) -> tuple[str, tuple[int, ...]]:
    """Colour and dash pattern (pixels) of a rule, the same in every chart and on the surface."""
    i = list(RULES).index(name)
    return COLOURS[i % len(COLOURS)], RULE_DASHES[i % len(RULE_DASHES)]


def schedule_name(name: str, language: str) -> str:
    """How a schedule is called."""
    return text(f"techniques.schedules.{name}.label", language)


def axis(column: str, language: str, **options: Any) -> Axis:
    """The axis of a column, titled as the chapter calls it; ``options`` as ``Axis`` takes them."""
    return Axis(column, say(f"axes.{column}", language), **options)


def columns(language: str, *names: str) -> dict[str, str]:
    """Titles of a table's columns."""
    return {name: say(f"axes.{name}", language) for name in names}


def named(frame: pd.DataFrame, column: str, name: Callable[[Any], str]) -> pd.DataFrame:
    """The frame with the values of a column called as people call them, for its table."""
    return frame.assign(**{column: frame[column].map(name)})


def rule_lines(frame: pd.DataFrame, x: Axis, y: Axis, language: str, **options: Any) -> ChartType:
    """One line for each value of the column ``rule``, in the rule's own colour and dash."""
    looks = {name: rule_looks(name) for name in dict.fromkeys(frame["rule"])}
    return lines(
        frame,
        x,
        y,
        "rule",
        say("axes.rule", language),
        name=lambda rule: rule_name(rule, language),
        colours={name: colour for name, (colour, _) in looks.items()},
        dashes={name: dash or (1, 0) for name, (_, dash) in looks.items()},
        **options,
    )


def measured_on_formula(
    frame: pd.DataFrame, x: Axis, y: Axis, by: str, title: str, formula: str = "formula", **options: Any
) -> ChartType:
    """Points where an optimizer was, on the line where the formula says that it should be.

    Args:
        frame: one row a point, with the measured value in the column of ``y``.
        formula: the column with the formula's value.
    """
    line = lines(frame.assign(**{y.column: frame[formula]}), x, y, by, title, **options)
    place = frame.groupby(by, sort=False).cumcount()
    every = max(1, len(frame) // (frame[by].nunique() * POINTS))
    points = lines(frame[place % every == 0], x, y, by, title, mark="point", **options)
    return alt.layer(line, points)
