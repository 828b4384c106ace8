"""Step 5: search again around the best, and train longer; the best learning rate moves with the budget."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import altair as alt
import numpy as np
import pandas as pd

from playground.chapters.controls import Number, Settings, seed
from playground.chapters.section import Figure, Section, Verdict
from playground.chapters.tuning import charts, runs
from playground.experiment import Experiment
from playground.tuning.samples import log_range, points
from playground.views.lines import Axis, lines
from playground.views.theme import CLASS_COLOURS

REACH = 0.5
"""Decades on each side of the best that the second search covers."""
BUDGETS = (2, 5, 20, 100)
"""Epochs over which the best learning rate is looked for."""
TRIED = 15
"""Learning rates at each budget."""


@dataclass(frozen=True, eq=False)
class Result:
    """Both searches, and the best rate of each budget.

    Args:
        trials: ``stage`` (``"coarse"`` or ``"fine"``), ``learning_rate``, ``weight_decay``, ``loss`` after the short
            training, ``long`` (after the long one; nan where a run was not trained on).
        budgets: ``epochs``, ``learning_rate``, ``loss``.
        box: of the second search: ``x``, ``x2``, ``y``, ``y2``; empty before it.
    """

    trials: pd.DataFrame
    budgets: pd.DataFrame
    box: pd.DataFrame


def base(settings: Settings) -> Experiment:
    """What all runs have in common."""
    if not runs.is_example(settings):
        return settings.own.for_choosing()
    return runs.BASE.replace(dataset=settings.dataset, seed=settings.seed)


def _near(value: float, low: float, high: float) -> tuple[float, float]:
    return max(low, value / 10**REACH), min(high, value * 10**REACH)


def run(settings: Settings) -> Iterator[tuple[float, Result]]:
    """A search over the whole plane, one around its best run, then the best rate at each budget."""
    total = 2 * settings.trials + len(BUDGETS) * TRIED
    trials: list[tuple[str, float, float, float]] = []
    budgets: list[tuple[int, float, float]] = []
    boxes: list[tuple[float, float, float, float]] = []
    names = ["stage", "learning_rate", "weight_decay", "loss"]

    def result() -> Result:
        return Result(
            pd.DataFrame(trials, columns=names),
            pd.DataFrame(budgets, columns=["epochs", "learning_rate", "loss"]),
            pd.DataFrame(boxes, columns=["x", "x2", "y", "y2"]),
        )

    ranges = runs.RATES, runs.DECAYS
    for number, (stage, epochs) in enumerate((("coarse", settings.short), ("fine", settings.long))):
        if number:
            _, rate, decay, _ = min(trials, key=lambda trial: trial[3])
            ranges = _near(rate, *runs.RATES), _near(decay, *runs.DECAYS)
            boxes.append((*ranges[0], *ranges[1]))
        places = points("sobol", settings.trials, seed=settings.seed + number)
        for rate, decay in zip(
            log_range(places[:, 0], *ranges[0]), log_range(places[:, 1], *ranges[1]), strict=True
        ):
            experiment = runs.at(base(settings), rate, decay)
            found = runs.outcome(runs.trained(experiment, epochs))
            trials.append((stage, experiment.learning_rate, experiment.weight_decay, found.loss))
            yield len(trials) / total, result()
    for count in BUDGETS:
        for rate in np.geomspace(*runs.RATES, TRIED):
            experiment = runs.at(base(settings), float(rate), 0.0)
            budgets.append(
                (count, experiment.learning_rate, runs.outcome(runs.trained(experiment, count)).loss)
            )
        yield (2 * settings.trials + len(budgets)) / total, result()


def picture(result: Result, settings: Settings, language: str) -> list[Figure]:
    """Both searches in the plane, the second one's part framed; below it loss against the rate at each budget."""
    titles = charts.columns(language, "stage", "learning_rate", "weight_decay", "loss")
    x = Axis("learning_rate", titles["learning_rate"], log=True, domain=runs.RATES)
    y = Axis("weight_decay", titles["weight_decay"], log=True, domain=runs.DECAYS)
    stages = {stage: SECTION.say(f"stages.{stage}", language) for stage in ("coarse", "fine")}
    named = result.trials.assign(stage=result.trials["stage"].map(stages))
    chart = charts.plane(named, x, y, language, shape="stage", shapes=list(stages.values()))
    if len(result.box):
        frame = (
            alt.Chart(result.box)
            .mark_rect(filled=False, strokeWidth=2.5, stroke=CLASS_COLOURS[5])
            .encode(
                x=alt.X("x:Q", **charts.channel(x)), x2="x2:Q", y=alt.Y("y:Q", **charts.channel(y)), y2="y2:Q"
            )
        )
        chart = alt.layer(frame, chart)
    figures = [Figure(chart, named, columns=titles)]
    if len(result.budgets):
        drawn = lines(
            result.budgets,
            x,
            charts.axis("loss", language, log=True),
            "epochs",
            charts.say("axes.epochs", language),
            name=lambda epochs: SECTION.say("budget", language, epochs=epochs),
        )
        titles = charts.columns(language, "epochs", "learning_rate", "loss")
        figures.append(Figure(drawn, result.budgets, SECTION.say("budgets", language), titles, wide=True))
    return figures


def best_rates(result: Result) -> pd.Series:
    """The learning rate with the lowest loss at each budget."""
    rows = result.budgets.loc[result.budgets.groupby("epochs")["loss"].idxmin()]
    return rows.set_index("epochs")["learning_rate"]


def verdict(result: Result, settings: Settings) -> Verdict:
    """Whether the second search finds better, and where the best rate went."""
    least = result.trials.groupby("stage")["loss"].min()
    rates = best_rates(result)
    values = {
        "coarse": f"{least['coarse']:.3f}",
        "fine": f"{least['fine']:.3f}",
        "short": settings.short,
        "long": settings.long,
        "first": f"{rates.iloc[0]:.2g}",
        "last": f"{rates.iloc[-1]:.2g}",
        "few": BUDGETS[0],
        "many": BUDGETS[-1],
        "decades": f"{abs(math.log10(rates.iloc[0] / rates.iloc[-1])):.1f}",
    }
    better = bool(least["fine"] < least["coarse"])
    return Verdict("better" if better else "not_better", better, values)


SECTION = Section(
    rows=("refine",),
    controls=(
        Number("trials", 8, 64, default=16, values=(8, 16, 32, 64)),
        Number("short", 1, 10, default=3),
        Number("long", 10, 200, default=50, step=10),
        runs.own(),
        runs.dataset(shown=runs.is_example),
        replace(seed(), shown=runs.is_example),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    experiment=lambda settings: runs.at(base(settings), 0.1, 0.001),
)
