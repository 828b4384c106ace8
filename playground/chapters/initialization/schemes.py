"""Schemes side by side: the spread of each layer's activations."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from playground.chapters.controls import Choice, Number, Settings, Technique, seed
from playground.chapters.initialization import charts, signals
from playground.chapters.initialization.layers import setting
from playground.chapters.initialization.programs import layers_code
from playground.chapters.section import Figure, Section, Verdict, words
from playground.techniques import ACTIVATIONS, INITIALIZERS
from playground.text import text

FITTING = {"tanh": "xavier_normal", "sigmoid": "xavier_normal", "selu": "lecun_normal"}
"""The scheme that is made for an activation; He's for all others."""
KEPT = 0.2
"""A scheme keeps the signal whose last layer has at least this share of the first one's spread."""

say = words("initialization")


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """One network after the other, before training."""
    inits = tuple(INITIALIZERS[name].spec() for name in settings.schemes)
    yield from signals.spreading(settings.activation, inits, settings.depth, settings.width, (settings.seed,))


def names(language: str) -> dict[str, str]:
    """What a scheme is called, by name."""
    return {name: text(f"techniques.initializers.{name}.label", language) for name in INITIALIZERS}


def picture(frame: pd.DataFrame, settings: Settings, language: str) -> list[Figure]:
    """The spread by layer, a line for each scheme."""
    columns = {name: say(f"axis.{name}", language) for name in ("init", "layer", "std", "beyond")}
    return [Figure(charts.schemes_chart(frame, names(language), language), frame, "", columns)]


def verdict(frame: pd.DataFrame, settings: Settings) -> Verdict:
    """Whether the scheme that is made for the activation keeps the signal where small weights lose it."""
    wide = frame.pivot(index="init", columns="layer", values="std")
    kept = wide[wide.columns[-1]] / wide[wide.columns[0]]
    fitting = FITTING.get(settings.activation.name, "he_normal")
    if fitting not in kept or "small_normal" not in kept:
        return Verdict("incomplete", True)
    holds = bool(KEPT < kept[fitting] < 1 / KEPT and kept["small_normal"] < 0.01)
    key = ("keeps" if holds else "loses") + ("" if fitting == "he_normal" else f"_{fitting.split('_')[0]}")
    return Verdict(key, holds, {"kept": f"{kept[fitting]:.2f}", "small": f"{kept['small_normal']:.1g}"})


SECTION = Section(
    rows=("xavier", "lecun", "orthogonal"),
    controls=(
        Technique("activation", ACTIVATIONS, default="tanh", params=False),
        Choice(
            "schemes",
            INITIALIZERS,
            default=("small_normal", "large_normal", "xavier_normal", "he_normal"),
            many=True,
        ),
        Number("depth", 2, 20, default=10),
        Number("width", 10, 500, default=500, step=10),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    code=lambda s: layers_code(setting(Settings((*s.values_, ("init", INITIALIZERS[s.schemes[-1]].spec()))))),
    formula=lambda s: (
        r"\text{Xavier: } \sigma = \sqrt{\tfrac{2}{n_\mathrm{in} + n_\mathrm{out}}} \qquad"
        r" \text{He: } \sigma = \sqrt{\tfrac{2}{n_\mathrm{in}}} \qquad"
        r" \text{LeCun: } \sigma = \sqrt{\tfrac{1}{n_\mathrm{in}}}"
    ),
)
