"""A penalty at many strengths: too little overfits, too much learns nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from playground.chapters.controls import Settings, Technique, seed
from playground.chapters.generalization import charts, weights
from playground.chapters.generalization.runs import SETS, at_seed, sets
from playground.chapters.section import Figure, Lanes, Section, Verdict
from playground.experiment import Experiment
from playground.techniques import REGULARIZERS

PENALTIES = ("l1", "l2", "weight_decay")
EPOCHS = 500


def base(settings: Settings) -> Experiment:
    """The run without a penalty."""
    return at_seed(weights.BASE, SETS * settings.seed)


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """The penalty at every strength over the data sets."""
    return weights.sweep(base(settings), settings.penalty.name, epochs=EPOCHS, seeds=settings.seeds)


def picture(table: pd.DataFrame, settings: Settings, language: str) -> list[Figure]:
    """Training and test error by strength; below, the weights near 0."""
    means = table.groupby("strength")[["accuracy_train", "accuracy_test", "zeros", "norm"]].mean()
    means = means.reset_index().assign(
        train=lambda f: 1 - f["accuracy_train"], test=lambda f: 1 - f["accuracy_test"]
    )
    long = means.melt("strength", ["train", "test"], "part", "error")
    strength = charts.axis("strength", language, log=True, format="~g")
    chart = charts.several(
        long,
        strength,
        charts.axis("error", language, format="%", zero=True),
        "part",
        {"train": charts.TRAIN, "test": charts.TEST},
        language,
    )
    zeros = charts.several(
        means.assign(kind="zeros"),
        strength,
        charts.axis("zeros", language, format="%", domain=(0.0, 1.0)),
        "kind",
        {"zeros": charts.BLUE},
        language,
    )
    columns = {
        **charts.titles(("strength", "zeros", "norm"), language),
        **charts.names(("train", "test"), language),
    }
    return [
        Figure(chart, means, columns=columns),
        Figure(zeros, means, charts.say("axis.zeros", language), columns, wide=True),
    ]


def verdict(table: pd.DataFrame, settings: Settings) -> Verdict:
    """Whether the best strength lies between too little and too much."""
    found = weights.reading(table)
    assert found is not None, "a complete sweep has many strengths"
    values = {
        "seeds": table["seed"].nunique(),
        "best": f"{found.best:g}",
        "error": f"{found.error:.1%}",
        "gap": f"{100 * found.gap:.1f}",
        "zeros": f"{found.zeros:.0%}",
        "low": f"{found.low:g}",
        "error_low": f"{found.error_low:.1%}",
        "gap_low": f"{100 * found.gap_low:.1f}",
        "high": f"{found.high:g}",
        "train_high": f"{found.train_high:.0%}",
    }
    between = found.low < found.best < found.high
    holds = bool(between and found.error < found.error_low and found.train_high > found.error + 0.05)
    return Verdict("between" if holds else "edge", holds, values)


def lanes(settings: Settings) -> Lanes:
    """Some strengths in the race."""
    name = settings.penalty.name
    return Lanes(base(settings), [{}, *({name: value} for value in (1e-3, 1e-2, 1e-1))], EPOCHS)


SECTION = Section(
    rows=("penalty_strength",),
    controls=(
        Technique("penalty", REGULARIZERS, default="l2", names=PENALTIES, params=False),
        sets(4, 10),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    experiment=lambda s: weights.penalized(base(s), s.penalty.name, 0.03),
    lanes=lanes,
)
