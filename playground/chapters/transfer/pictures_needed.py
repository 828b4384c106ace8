"""How many pictures are needed: whole curves over seeds, and how many more a start from scratch takes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from playground.chapters.controls import Number, Settings
from playground.chapters.section import Figure, Section, Table, Verdict
from playground.chapters.transfer import charts, runs
from playground.chapters.transfer.programs import program

GOALS = (0.95, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5)
"""Accuracies at which the starts are compared: the highest that every one of them reaches."""


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """Every start with every number of pictures and every seed."""
    return runs.compared(
        settings.task,
        settings.starts,
        charts.numbers(settings),
        tuple(range(settings.seeds)),
        settings.rate,
        settings.steps,
    )


def picture(frame: pd.DataFrame, settings: Settings, language: str) -> list[Figure]:
    """Mean accuracy over the number of pictures, with bands over the seeds."""
    means = charts.means(frame)
    titles = charts.columns(language, "start", "pictures", "accuracy", "low", "high")
    return [
        Figure(
            charts.curves(means, language, charts.numbers(settings)),
            charts.named(means, language),
            columns=titles,
        )
    ]


def needed(frame: pd.DataFrame, goal: float) -> dict[str, float]:
    """Pictures that each start needs for an accuracy, interpolated over their logarithm; nan where it is not reached.

    Args:
        frame: of ``runs.compared``.
        goal: the accuracy, 0 to 1.
    """
    found = {}
    for start, rows in charts.means(frame).groupby("start", sort=False):
        counts, values = rows["pictures"].to_numpy(float), rows["accuracy"].to_numpy()
        reached = np.flatnonzero(values >= goal)
        if not len(reached):
            found[str(start)] = float("nan")
        elif reached[0] == 0:
            found[str(start)] = float(counts[0])
        else:
            pair = slice(reached[0] - 1, reached[0] + 1)
            found[str(start)] = float(np.exp(np.interp(goal, values[pair], np.log(counts[pair]))))
    return found


def compared_at(frame: pd.DataFrame) -> tuple[float, dict[str, float]]:
    """The highest goal that every start reaches, and what each needs for it; 0 and nothing where there is none."""
    for goal in GOALS:
        found = needed(frame, goal)
        if not any(np.isnan(count) for count in found.values()):
            return goal, found
    return 0.0, {}


def tables(frame: pd.DataFrame, settings: Settings, language: str) -> list[Table]:
    """Pictures that each start needs for each goal."""
    shown = pd.DataFrame({"start": [charts.start_label(name, language) for name in settings.starts]})
    titles = charts.columns(language, "start")
    for goal in GOALS[::-1]:
        found = needed(frame, goal)
        cells = [found.get(name, float("nan")) for name in settings.starts]
        shown[f"{goal}"] = ["–" if np.isnan(cell) else f"{cell:.0f}" for cell in cells]
        titles[f"{goal}"] = SECTION.say("for", language, goal=f"{goal:.0%}")
    return [Table(shown, titles)]


def verdict(frame: pd.DataFrame, settings: Settings) -> Verdict:
    """How many times as many pictures a start from scratch needs as the best other one."""
    goal, found = compared_at(frame)
    others = {name: count for name, count in found.items() if name != "scratch"}
    if "scratch" not in found or not others:
        return Verdict("one", True)
    best = min(others.values())
    values = {
        "goal": f"{100 * goal:.0f}",
        "scratch": f"{found['scratch']:.0f}",
        "best": f"{best:.0f}",
        "times": f"{found['scratch'] / best:.1f}",
        "seeds": settings.seeds,
    }
    holds = found["scratch"] > 1.1 * best
    return Verdict("fewer" if holds else "same", holds, values)


SECTION = Section(
    rows=("transfer_amount",),
    controls=(
        charts.tasks("handwritten", "classes", "letters", "clothes", "colours"),
        charts.starts("scratch", "frozen"),
        charts.counts(1, 2, 5, 10, 20),
        Number("seeds", 1, 5, default=2),
        charts.rate(),
        charts.steps(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    code=lambda s: program(s.starts[-1], min(200, 5 * charts.numbers(s)[-1]), s.rate, s.steps, 0),
    starts=False,
    waits=lambda s, language: charts.axes(language, charts.numbers(s)),
)
