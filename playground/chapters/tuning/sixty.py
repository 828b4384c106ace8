"""How many random trials are enough: 60 of them come among the best 5 % with a probability of 0.954."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from playground.chapters.controls import Number, Settings, seed
from playground.chapters.section import Figure, Section, Verdict
from playground.chapters.tuning import charts, runs
from playground.experiment import Experiment
from playground.tuning.samples import log_range, points
from playground.views.lines import Axis
from playground.views.theme import CLASS_COLOURS, NEUTRAL_COLOUR

SEARCHES = 1000
COUNTS = (1, 2, 3, 5, 8, 12, 20, 30, 45, 60, 80, 100)
PIECE = 10
TOLERANCE = 0.03


@dataclass(frozen=True, eq=False)
class Result:
    """The runs, and what searches among them find.

    Args:
        runs: ``learning_rate``, ``weight_decay``, ``loss`` (validation).
        searches: ``trials``, ``share`` (of the searches with a trial among the best), ``formula``.
    """

    runs: pd.DataFrame
    searches: pd.DataFrame


def base(settings: Settings) -> Experiment:
    """What all runs have in common."""
    return runs.BASE.replace(dataset=settings.dataset, seed=settings.seed)


def run(settings: Settings) -> Iterator[tuple[float, Result]]:
    """Train a network at each random point; then let a thousand searches draw from these runs."""
    places = points("random", settings.networks, seed=settings.seed)
    rates, decays = log_range(places[:, 0], *runs.RATES), log_range(places[:, 1], *runs.DECAYS)
    rows: list[tuple[float, float, float]] = []
    for number, (rate, decay) in enumerate(zip(rates, decays, strict=True)):
        experiment = runs.at(base(settings), rate, decay)
        loss = runs.outcome(runs.trained(experiment, settings.epochs)).loss
        rows.append((experiment.learning_rate, experiment.weight_decay, loss))
        if number % PIECE == PIECE - 1 or number == settings.networks - 1:
            yield (number + 1) / settings.networks, _result(rows, settings)


def _result(rows: list[tuple[float, float, float]], settings: Settings) -> Result:
    table = pd.DataFrame(rows, columns=["learning_rate", "weight_decay", "loss"])
    best = settings.best / 100
    good = table["loss"].rank(method="first").to_numpy() <= max(1, round(best * len(table)))
    drawn = np.random.default_rng(settings.seed).integers(len(table), size=(SEARCHES, max(COUNTS)))
    found = good[drawn]
    searches = pd.DataFrame(
        {
            "trials": COUNTS,
            "share": [float(found[:, :n].any(axis=1).mean()) for n in COUNTS],
            "formula": [1 - (1 - float(good.mean())) ** n for n in COUNTS],
        }
    )
    return Result(table, searches)


def picture(result: Result, settings: Settings, language: str) -> list[Figure]:
    """The share of searches that find one of the best, on the formula's line; below it all runs."""
    x = charts.axis("trials", language, format="d")
    y = Axis("share", charts.say("axes.share", language), format="%", domain=(0.0, 1.0))
    titles = charts.columns(language, "trials", "share", "formula")
    base = alt.Chart(result.searches).encode(x=alt.X("trials:Q", **charts.channel(x)))
    line = base.mark_line(strokeWidth=2.5, color=NEUTRAL_COLOUR).encode(
        y=alt.Y("formula:Q", **charts.channel(y))
    )
    dots = base.mark_circle(size=90, opacity=1, color=CLASS_COLOURS[0]).encode(
        y=alt.Y("share:Q", **charts.channel(y)), tooltip=[x.tooltip(), y.tooltip()]
    )
    plane = charts.plane(
        result.runs,
        Axis("learning_rate", charts.say("axes.learning_rate", language), log=True, domain=runs.RATES),
        Axis("weight_decay", charts.say("axes.weight_decay", language), log=True, domain=runs.DECAYS),
        language,
        size=60,
    )
    below = Figure(
        plane,
        result.runs,
        SECTION.say("plane", language),
        charts.columns(language, "learning_rate", "weight_decay", "loss"),
        wide=True,
    )
    sixty = charts.rule("x", 60, SECTION.say("sixty", language))
    return [Figure(alt.layer(line, dots, sixty), result.searches, columns=titles), below]


def verdict(result: Result, settings: Settings) -> Verdict:
    """Whether searches of 60 trials find one of the best as often as the formula says."""
    row = result.searches.set_index("trials").loc[60]
    values = {
        "share": f"{row['share']:.3f}",
        "formula": f"{row['formula']:.3f}",
        "best": settings.best,
        "searches": SEARCHES,
    }
    near = abs(row["share"] - row["formula"]) <= TOLERANCE
    return Verdict("as_said" if near else "apart", bool(near), values)


SECTION = Section(
    rows=("sixty_trials",),
    controls=(
        Number("networks", 100, 400, default=200, step=50),
        Number("best", 1, 20, default=5),
        Number("epochs", 1, 20, default=5),
        runs.dataset(),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    experiment=lambda settings: runs.at(base(settings), 0.1, 0.001),
    formula=lambda settings: (
        rf"1 - (1 - {settings.best / 100:g})^{{60}} = {1 - (1 - settings.best / 100) ** 60:.3f}"
    ),
)
