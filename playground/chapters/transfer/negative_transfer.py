"""Negative transfer: features that were learned to ignore what the new task asks for."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from playground.chapters.controls import Settings, seed
from playground.chapters.section import Figure, Section, Table, Verdict
from playground.chapters.transfer import charts, little_data, runs
from playground.chapters.transfer.programs import program


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """Every start with every number of pictures, once."""
    return little_data.run(settings)


def picture(frame: pd.DataFrame, settings: Settings, language: str) -> list[Figure]:
    """Test accuracy over the number of pictures."""
    return little_data.picture(frame, settings, language)


def tables(frame: pd.DataFrame, settings: Settings, language: str) -> list[Table]:
    """A row for each start, a column for each number of pictures."""
    return little_data.tables(frame, settings, language)


def verdict(frame: pd.DataFrame, settings: Settings) -> Verdict:
    """Whether frozen features stay behind a start from scratch."""
    found = charts.accuracies(frame)
    others = [name for name in found if name != "scratch"]
    if "scratch" not in found or not others:
        return Verdict("one", True)
    scratch, moved = found["scratch"], found["frozen" if "frozen" in others else others[0]]
    behind = {count: own - moved[count] for count, own in scratch.items()}
    count, mean = max(behind, key=lambda count: behind[count]), sum(behind.values()) / len(behind)
    task = runs.TASKS[settings.task]
    values = {
        "count": count,
        "scratch": f"{100 * scratch[count]:.0f}",
        "moved": f"{100 * moved[count]:.0f}",
        "guess": f"{100 / task.classes:.0f}",
        "behind": f"{100 * mean:.0f}",
        "lead": f"{-100 * mean:.0f}",
    }
    hurts = mean > little_data.MARGIN
    return Verdict("hurts" if hurts else "helps", hurts or settings.task != "colours", values)


SECTION = Section(
    rows=("negative_transfer",),
    controls=(
        charts.tasks("colours", "clothes", "handwritten", "classes", "letters"),
        charts.starts("scratch", "frozen", "slow"),
        charts.counts(5, 20),
        charts.rate(),
        charts.steps(),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    code=lambda s: program(s.starts[-1], 5 * charts.numbers(s)[0], s.rate, s.steps, s.seed),
    starts=False,
    waits=lambda s, language: charts.axes(language, charts.numbers(s)),
)
