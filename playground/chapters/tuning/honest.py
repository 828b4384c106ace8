"""The test part is used once: the more runs it chooses among, the better it makes the chosen one look."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from playground.chapters.controls import Number, Settings, seed
from playground.chapters.section import Figure, Section, Verdict
from playground.chapters.tuning import charts, runs
from playground.data.prepare import draw
from playground.experiment import Experiment
from playground.views.lines import Axis, lines

CHOICES = (1, 2, 3, 5, 8, 12, 20, 30)
"""Runs among which one is chosen."""
FRESH = 2000
ROWS = 200
"""Random orders of the runs over which a choice is averaged."""


def base(settings: Settings, repeat: int = 0) -> Experiment:
    """A network on noisy points, of which the test part has only a few."""
    n = 2 * settings.points
    return runs.BASE.replace(
        dataset="moons",
        noise=0.35,
        n_samples=n,
        train_fraction=0.5,
        validation_fraction=0.0,
        choose_on="test",
        learning_rate=0.1,
        seed=1000 * settings.seed + repeat,
    )


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """On each data set some runs that differ in their first weights alone.

    Yields:
        The share done and a frame: ``repeat``, ``run``, ``chosen_on`` (accuracy on the small test part), ``fresh``
        (accuracy on 2,000 fresh points).
    """
    rows: list[tuple[int, int, float, float]] = []
    total = settings.repeats * max(CHOICES)
    for repeat in range(settings.repeats):
        own = base(settings, repeat)
        sample = draw(own.replace(n_samples=FRESH, seed=own.seed + runs.FRESH_SEED))
        for number in range(max(CHOICES)):
            trainer = runs.trained(own.replace(init_seed=number), settings.epochs)
            scores = trainer.engine.forward(trainer.data.features(sample.X))[-1][:, 0]
            fresh = float(np.mean((scores > 0) == (sample.y > 0.5)))
            rows.append((repeat, number, runs.outcome(trainer).accuracy, fresh))
        yield len(rows) / total, pd.DataFrame(rows, columns=["repeat", "run", "chosen_on", "fresh"])


def optimism(frame: pd.DataFrame) -> pd.DataFrame:
    """What the best of so many runs scores where it was chosen, and on fresh points, averaged over orders and data.

    Returns:
        ``choices``, ``part`` (``"chosen_on"`` or ``"fresh"``), ``accuracy``.
    """
    generator = np.random.default_rng(0)
    rows = []
    for choices in CHOICES:
        found: dict[str, list[float]] = {"chosen_on": [], "fresh": []}
        for _, part in frame.groupby("repeat"):
            chosen_on, fresh = part["chosen_on"].to_numpy(), part["fresh"].to_numpy()
            orders = generator.random((ROWS, len(part))).argsort(axis=1)[:, :choices]
            best = np.take_along_axis(orders, chosen_on[orders].argmax(axis=1)[:, None], axis=1)[:, 0]
            found["chosen_on"].append(float(chosen_on[best].mean()))
            found["fresh"].append(float(fresh[best].mean()))
        rows += [(choices, part, float(np.mean(values))) for part, values in found.items()]
    return pd.DataFrame(rows, columns=["choices", "part", "accuracy"])


def picture(frame: pd.DataFrame, settings: Settings, language: str) -> list[Figure]:
    """Both accuracies of the chosen run, over the number of runs it was chosen from."""
    table = optimism(frame)
    names = {part: SECTION.say(f"parts.{part}", language) for part in ("chosen_on", "fresh")}
    chart = lines(
        table,
        charts.axis("choices", language, format="d"),
        Axis("accuracy", charts.say("axes.accuracy", language), format=".1%"),
        "part",
        charts.say("axes.part", language),
        name=names.__getitem__,
    )
    shown = table.assign(part=table["part"].map(names))
    return [Figure(chart, shown, columns=charts.columns(language, "choices", "part", "accuracy"))]


def verdict(frame: pd.DataFrame, settings: Settings) -> Verdict:
    """By how much the chosen run's own test part flatters it."""
    table = optimism(frame).pivot(index="choices", columns="part", values="accuracy")
    gap = 100 * (table["chosen_on"] - table["fresh"])
    values = {
        "one": f"{gap.iloc[0]:+.1f}",
        "many": f"{gap.iloc[-1]:+.1f}",
        "choices": CHOICES[-1],
        "points": settings.points,
    }
    grows = bool(gap.iloc[-1] > gap.iloc[0] + 0.5)
    return Verdict("flatters" if grows else "little", grows, values)


SECTION = Section(
    rows=("test_once",),
    controls=(
        Number("points", 20, 200, default=40, step=20),
        Number("repeats", 5, 30, default=12),
        Number("epochs", 5, 100, default=20, step=5),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    experiment=base,
)
