"""Trainability over the scale of the weights and the depth of the network."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from playground.chapters.controls import Choice, Number, Settings, Technique, seed
from playground.chapters.initialization import charts, runs
from playground.chapters.section import Figure, Section, Verdict, words
from playground.experiment import Experiment
from playground.techniques import ACTIVATIONS

STDS = tuple(float(f"{std:.3g}") for std in np.geomspace(0.01, 4.0, 17))
DEPTHS = tuple(range(1, 9))
TRAINED = 0.95
"""Training accuracy from which a network counts as trained."""

say = words("initialization")


def base(settings: Settings) -> Experiment:
    """What all networks have in common."""
    return Experiment(
        dataset="circle", activation=settings.activation, learning_rate=settings.rate, seed=settings.seed
    )


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """One network after the other, shallow ones first."""
    yield from runs.trainability(base(settings), STDS, DEPTHS, settings.width, settings.epochs)


def picture(frame: pd.DataFrame, settings: Settings, language: str) -> list[Figure]:
    """The heat map as it grows, with the spreads that Xavier's and He's rules choose."""
    theory = runs.theory(settings.width)
    chart = charts.scale_chart(frame, STDS, DEPTHS, theory, settings.measure, language)
    columns = {
        name: say(f"axis.{name}", language) for name in ("std", "depth", "accuracy", "loss", "diverged")
    }
    return [Figure(chart, frame, "", {**columns, "std": say("axis.sigma", language)})]


def band(frame: pd.DataFrame, depth: int) -> tuple[float, float] | None:
    """The smallest and the largest σ of a depth that trains; None where none does."""
    stds = frame.loc[(frame["depth"] == depth) & (frame["accuracy"] >= TRAINED), "std"]
    return (float(stds.min()), float(stds.max())) if len(stds) else None


def verdict(frame: pd.DataFrame, settings: Settings) -> Verdict:
    """Whether the band of scales that train narrows with depth."""
    shallow, deep = band(frame, DEPTHS[0]), band(frame, DEPTHS[-1])
    values: dict[str, object] = {"depth": DEPTHS[-1]}
    for name, found in (("shallow", shallow), ("deep", deep)):
        low, high = found or (0.0, 0.0)
        values |= {f"{name}_low": f"{low:.2g}", f"{name}_high": f"{high:.2g}"}
    if shallow is None or deep is None:
        return Verdict("none_deep" if deep is None else "none_shallow", shallow is not None, values)
    narrower = deep[1] / deep[0] < shallow[1] / shallow[0]
    return Verdict("narrows" if narrower else "same", narrower, values)


def experiment(settings: Settings) -> Experiment:
    """A deep network with He's scale."""
    std = float(f"{runs.theory(settings.width)['he_normal']:.3g}")
    return base(settings).replace(hidden=(settings.width,) * DEPTHS[-1], init={"name": "normal", "std": std})


SECTION = Section(
    rows=("weight_scale",),
    controls=(
        Technique("activation", ACTIVATIONS, default="relu", params=False),
        Number("width", 4, 64, default=16),
        Number("rate", 0.001, 10.0, default=0.03, log=True, symbol="η"),
        Number("epochs", 5, 200, default=30, log=True),
        Choice("measure", ("accuracy", "loss"), default="accuracy"),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    experiment=experiment,
)
