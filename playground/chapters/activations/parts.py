"""What the sections of this chapter share: words, axes, and controls that take their names from the registries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import altair as alt
import pandas as pd

from playground.chapters.controls import Choice, Number, Technique
from playground.chapters.section import Lanes, words
from playground.experiment import Experiment
from playground.races.race import MAX_LANES
from playground.registry import Spec, parse_spec
from playground.techniques import ACTIVATIONS, INITIALIZERS
from playground.text import text
from playground.views.lines import Axis
from playground.views.theme import CLASS_COLOURS

say = words("activations")
"""A text that the sections share."""


def shown(label: str, language: str) -> str:
    """An activation as it is called on the page, with the parameters that differ from their defaults."""
    spec = parse_spec(label)
    title = text(f"techniques.activations.{spec.pop('name')}.label", language)
    return f"{title} ({', '.join(str(v) for v in spec.values())})" if spec else title


def named(language: str) -> Callable[[Any], str]:
    """``shown`` in a language, as a chart's ``name``."""
    return lambda label: shown(str(label), language)


def axis(column: str, language: str, **options: Any) -> Axis:
    """The axis of a column, with the title that it has everywhere in this chapter."""
    return Axis(column, say(f"axes.{column}", language), **options)


def titles(columns: Sequence[str], language: str) -> dict[str, str]:
    """Titles of columns."""
    return {column: say(f"axes.{column}", language) for column in columns}


def colour(place: int) -> str:
    """The colour of the ``place``-th activation."""
    return CLASS_COLOURS[place % len(CLASS_COLOURS)]


def rule(value: float, axis: str = "y") -> alt.Chart:
    """A dashed line at a value."""
    mark = alt.Chart(pd.DataFrame({"value": [value]})).mark_rule(strokeDash=[4, 3], opacity=0.7)
    return mark.encode(y="value:Q") if axis == "y" else mark.encode(x="value:Q")


def dataset(*names: str) -> Choice:
    """The control of a data set; the first one is the default."""
    return Choice(
        "dataset",
        names,
        default=names[0],
        label=lambda language: say("dataset", language),
        option=lambda name, language: text(f"techniques.datasets.{name}.label", language),
    )


def activation(
    default: str, name: str = "activation", *, without: Sequence[str] = (), params: bool = False
) -> Technique:
    """The control of one activation."""
    return Technique(
        name,
        ACTIVATIONS,
        default=default,
        names=tuple(entry for entry in ACTIVATIONS if entry not in without) if without else (),
        params=params,
        label=lambda language: say(name, language),
    )


def activations(*default: str, least: int = 1) -> Choice:
    """The control of several activations."""
    return Choice(
        "names",
        ACTIVATIONS,
        default=default,
        many=True,
        least=least,
        label=lambda language: say("activations", language),
    )


def specs(names: Iterable[str]) -> list[Spec]:
    """Activations by name, with their default parameters."""
    return [ACTIVATIONS[name].spec() for name in names]


OWN = "own"
"""Each activation starts from the weights that were made for it."""


def scheme(name: str = OWN) -> Choice:
    """The control of the initial weights."""

    def option(name: str, language: str) -> str:
        return (
            say("own", language) if name == OWN else text(f"techniques.initializers.{name}.label", language)
        )

    return Choice(
        "init",
        (OWN, *INITIALIZERS),
        default=name,
        label=lambda language: say("init", language),
        option=option,
    )


def scheme_name(name: str, language: str) -> str:
    """An initialization as it is called on the page."""
    return text(f"techniques.initializers.{name}.label", language)


def drawn_from(name: str, activation: Spec) -> Spec:
    """The initialization called ``name`` for an activation.

    ``OWN`` is the one derived for it: Xavier for the identity, sigmoid and tanh, which are near their tangent at 0
    (Glorot & Bengio 2010), LeCun for SELU (Klambauer et al. 2017), He for everything that is cut off on one side
    (He et al. 2015).
    """
    if name != OWN:
        return INITIALIZERS[name].spec()
    own = {
        "identity": "xavier_normal",
        "sigmoid": "xavier_normal",
        "tanh": "xavier_normal",
        "selu": "lecun_normal",
    }
    return INITIALIZERS[own.get(activation.name, "he_normal")].spec()


def column(frame: pd.DataFrame, name: object) -> dict[str, float]:
    """A column of numbers by the frame's index."""
    return {str(key): float(value) for key, value in frame.to_dict()[name].items()}


def slider(name: str, low: float, high: float, default: float, **options: Any) -> Number:
    """A number whose label the sections share."""
    return Number(name, low, high, default=default, label=lambda language: say(name, language), **options)


def rate(default: float, *values: float, **options: Any) -> Number:
    """The control of the learning rate."""
    return slider("rate", min(values), max(values), default, log=True, values=values, symbol="η", **options)


def raced(
    base: Experiment, names: Sequence[str], epochs: int, init: str = OWN, metric: str = "accuracy"
) -> Lanes:
    """Activations on one task, as many of them as a race has lanes."""
    changes = [{"activation": spec, "init": drawn_from(init, spec)} for spec in specs(names[:MAX_LANES])]
    return Lanes(base, changes, epochs, metric)


def measure() -> Choice:
    """The control of which gradient is looked at."""
    return Choice(
        "measure",
        ("signal", "weights"),
        default="signal",
        label=lambda language: say("measure", language),
        option=lambda name, language: say(f"measures.{name}", language),
    )
