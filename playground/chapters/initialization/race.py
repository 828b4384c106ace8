"""The same network from every scheme, side by side."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import pandas as pd

from playground.chapters.controls import Choice, Number, Settings, Technique, seed
from playground.chapters.initialization import charts, runs
from playground.chapters.initialization.schemes import FITTING, names
from playground.chapters.section import Figure, Lanes, Section, Table, Verdict, words
from playground.experiment import Experiment
from playground.techniques import ACTIVATIONS, INITIALIZERS
from playground.text import text

RUNNERS = ("zeros", "small_normal", "large_normal", "xavier_normal", "he_normal", "orthogonal", "pytorch")

say = words("initialization")


def base(settings: Settings) -> Experiment:
    """What all runners have in common."""
    return Experiment(
        dataset=settings.data,
        hidden=(settings.width,) * settings.depth,
        activation=settings.activation,
        learning_rate=settings.rate,
        noise=0.05,
        seed=settings.seed,
    )


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """All runners in step."""
    inits = [INITIALIZERS[name].spec() for name in settings.schemes]
    yield from runs.race(base(settings), inits, settings.epochs, settings.networks)


def picture(frame: pd.DataFrame, settings: Settings, language: str) -> list[Figure]:
    """The median of each scheme, every network thin behind it."""
    chosen = ("init", "network", "epoch", "loss_train", "loss_test", "accuracy_test", "status")
    columns = {name: say(f"axis.{name}", language) for name in chosen}
    return [Figure(charts.race_chart(frame, names(language), settings.measure, language), frame, "", columns)]


def tables(frame: pd.DataFrame, settings: Settings, language: str) -> list[Table]:
    """Where the runners stand; and which schemes are one and the same by their code."""
    table = runs.ranking(frame)
    table["init"] = table["init"].map(names(language))
    columns = {name: say(f"axis.{name}", language) for name in table}
    formats = {"loss_train": "%.4g", "loss_test": "%.4g", "accuracy_test": "percent", "lost": "%d"}
    same = defaultdict(list)
    for name in settings.schemes:
        same[INITIALIZERS[name].export(INITIALIZERS[name].spec())].append(names(language)[name])
    doubles = [
        SECTION.say("same", language, names=", ".join(group)) for group in same.values() if len(group) > 1
    ]
    return [Table(table, {str(k): v for k, v in columns.items()}, " ".join(doubles), formats)]


def verdict(frame: pd.DataFrame, settings: Settings) -> Verdict:
    """Whether the scheme made for the activation learns in a deep network, and small weights do not."""
    last = frame.loc[frame.groupby(["init", "network"])["epoch"].idxmax()]
    losses = last.groupby("init")["loss_train"].median()
    fitting = FITTING.get(settings.activation.name, "he_normal")
    if fitting not in losses or "small_normal" not in losses:
        return Verdict("incomplete", True)
    values = {
        "name": text(f"techniques.initializers.{fitting}.label", "en"),
        "fitting": f"{losses[fitting]:.3f}",
        "small": f"{losses['small_normal']:.3f}",
        "depth": settings.depth,
    }
    holds = bool(losses[fitting] < 0.5 * losses["small_normal"])
    return Verdict("fits" if holds else "no_matter", holds, values)


SECTION = Section(
    rows=("he",),
    controls=(
        Choice("schemes", INITIALIZERS, default=RUNNERS, many=True),
        Technique("activation", ACTIVATIONS, default="relu", params=False),
        Number("depth", 1, 8, default=6),
        Number("rate", 0.001, 10.0, default=0.03, log=True, symbol="η"),
        Number("epochs", 10, 500, default=60, log=True),
        Choice("measure", ("loss_train", "loss_test", "accuracy_test"), default="loss_train"),
        Choice(
            "data",
            ("circle", "xor", "moons", "spiral"),
            default="circle",
            option=lambda name, language: text(f"techniques.datasets.{name}.label", language),
        ),
        Number("width", 2, 64, default=16),
        Number("networks", 1, 5, default=3),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    experiment=lambda s: base(s).replace(init=FITTING.get(s.activation.name, "he_normal")),
    lanes=lambda s: Lanes(base(s), [{"init": name} for name in s.schemes[:6]], s.epochs, "loss"),
)
