"""Deep networks while they train: who learns, and what the gradients do meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from playground.chapters.activations import depth, parts
from playground.chapters.activations.curves import label
from playground.chapters.controls import Settings, seed
from playground.chapters.section import Figure, Lanes, Section, Verdict
from playground.experiment import MAX_LAYERS, Experiment
from playground.views.lines import lines

WIDTH = 8
LEARNED = 0.9
"""Test accuracy from which a network has learned the circle."""


@dataclass(frozen=True, eq=False)
class Result:
    """Columns as of ``depth.gradients_in_training``, each with ``activation``."""

    norms: pd.DataFrame
    curves: pd.DataFrame


def run(settings: Settings) -> Iterator[tuple[float, Result]]:
    """Train the networks of one activation after the other."""
    norms: list[pd.DataFrame] = []
    curves: list[pd.DataFrame] = []
    specs = parts.specs(settings.names)
    for done, spec in enumerate(specs):
        steps = depth.gradients_in_training(
            spec,
            parts.drawn_from(settings.init, spec),
            settings.depth,
            WIDTH,
            settings.rate,
            settings.updates,
            first_seed=3 * settings.seed,
        )
        for share, (norm, curve) in steps:
            name = label(spec)
            last = norm.assign(activation=name), curve.assign(activation=name)
            joined = Result(
                pd.concat([*norms, last[0]], ignore_index=True),
                pd.concat([*curves, last[1]], ignore_index=True),
            )
            yield (done + share) / len(specs), joined
        norms.append(last[0])
        curves.append(last[1])


def picture(result: Result, settings: Settings, language: str) -> list[Figure]:
    """Test accuracy over the updates; below, each activation's gradients by layer at some moments."""
    main = lines(
        result.curves,
        parts.axis("update", language),
        parts.axis("test", language, format=".0%", domain=(0.3, 1.0)),
        "activation",
        parts.say("activation", language),
        name=parts.named(language),
        width=3.5,
    )
    columns = parts.titles(("activation", "update", "loss", "test"), language)
    figures = [Figure(main, result.curves, columns=columns)]
    part = result.norms[result.norms["measure"] == settings.measure]
    for name, norms in part.groupby("activation", sort=False):
        chart = lines(
            norms[norms["norm"] > 0],
            parts.axis("layer", language),
            parts.axis("norm", language, log=True, powers=True),
            "update",
            parts.say("axes.update", language),
            name=lambda update: parts.say("update_number", language, number=update),
        )
        title = SECTION.say("moments", language, name=parts.shown(str(name), language))
        figures.append(Figure(chart, norms, title, parts.titles(("update", "layer", "norm"), language)))
    return figures


def verdict(result: Result, settings: Settings) -> Verdict:
    """Does the sigmoid network stay at guessing while the other one learns?"""
    last = result.curves.groupby("activation", sort=False)["test"].last()
    values = {"updates": settings.updates, "layers": settings.depth}
    if {"sigmoid", "relu"} <= set(last.index):
        sigmoid, relu = float(last["sigmoid"]), float(last["relu"])
        holds = sigmoid < LEARNED <= relu
        key = "deep" if holds else "both" if sigmoid >= LEARNED else "neither"
        return Verdict(key, holds, values | {"sigmoid": f"{sigmoid:.0%}", "relu": f"{relu:.0%}"})
    return Verdict("others", True, values | {"low": f"{last.min():.0%}", "high": f"{last.max():.0%}"})


def base(settings: Settings) -> Experiment:
    """The network for playground and race: mini-batches there, so a smaller η."""
    hidden = (WIDTH,) * min(settings.depth, MAX_LAYERS)
    return Experiment(hidden=hidden, learning_rate=min(settings.rate, 0.1), seed=settings.seed)


def experiment(settings: Settings) -> Experiment:
    """The first activation."""
    spec = parts.specs(settings.names)[0]
    return base(settings).replace(activation=spec, init=parts.drawn_from(settings.init, spec))


def lanes(settings: Settings) -> Lanes:
    """All of them."""
    return parts.raced(base(settings), settings.names, 200, settings.init)


SECTION = Section(
    rows=("deep_sigmoid",),
    controls=(
        parts.activations("sigmoid", "relu"),
        parts.scheme(),
        parts.slider("depth", 1, depth.MAX_DEPTH, 6),
        parts.rate(0.3, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0),
        parts.slider("updates", 100, 2000, 200, log=True, values=(100, 200, 300, 500, 1000, 2000)),
        parts.measure(),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    experiment=experiment,
    lanes=lanes,
)
