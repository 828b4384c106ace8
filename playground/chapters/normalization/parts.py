"""What the sections of this chapter share: words, axes, colours, controls."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import altair as alt

from playground.chapters.controls import Choice, Number
from playground.chapters.normalization.runs import KINDS
from playground.chapters.section import Lanes, words
from playground.experiment import Experiment
from playground.text import text
from playground.views.lines import Axis
from playground.views.theme import CLASS_COLOURS, NEUTRAL_COLOUR

BLUE, ORANGE = CLASS_COLOURS[:2]
NEUTRAL = NEUTRAL_COLOUR
KIND_COLOURS = {"none": NEUTRAL, "batch_norm": BLUE, "layer_norm": ORANGE}
ACTIVATIONS = ("sigmoid", "tanh", "relu")
INITS = {"sigmoid": "xavier_normal", "tanh": "xavier_normal", "relu": "he_normal"}
"""The initial weights made for each activation."""

Layered = alt.LayerChart | alt.FacetChart
"""What Altair says that layers make."""

say = words("normalization")
"""A text that the sections share."""


def kind_name(kind: str, language: str) -> str:
    """What a normalization is called."""
    return text(f"techniques.normalizations.{kind}.label", language)


def preprocessing_name(name: str, language: str) -> str:
    """What a preprocessing is called."""
    return text(f"techniques.preprocessings.{name}.label", language)


def title(column: str, language: str) -> str:
    """The title that a column has everywhere in this chapter."""
    return say(f"axes.{column}", language)


def titles(columns: Iterable[Any], language: str) -> dict[str, str]:
    """Titles of columns."""
    return {str(column): title(str(column), language) for column in columns}


def axis(column: str, language: str, **options: Any) -> Axis:
    """The axis of a column."""
    return Axis(column, title(column, language), **options)


def slider(name: str, low: float, high: float, default: float, **options: Any) -> Number:
    """A number whose label the sections share."""
    return Number(
        name, low, high, default=default, label=lambda language: say(f"controls.{name}", language), **options
    )


def activation(default: str) -> Choice:
    """The control of the activation."""
    return Choice(
        "activation",
        ACTIVATIONS,
        default=default,
        option=lambda name, language: text(f"techniques.activations.{name}.label", language),
    )


def rate(default: float, *values: float) -> Number:
    """The control of the learning rate."""
    return Number("rate", min(values), max(values), default=default, log=True, values=values, symbol="η")


def raced(base: Experiment, epochs: int, metric: str = "accuracy") -> Lanes:
    """The same network with each normalization."""
    return Lanes(base, [{"normalization": kind} for kind in KINDS], epochs, metric)


def percent(value: float) -> str:
    """A share as it stands in a sentence."""
    return f"{value:.0%}"
