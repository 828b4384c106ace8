"""What the chapter's sections share of their charts: names of the starts, accuracy over the number of pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import floor

import altair as alt
import pandas as pd
from altair.typing import ChartType

from playground.chapters.controls import Choice, Number, Settings
from playground.chapters.section import words
from playground.chapters.transfer import runs
from playground.views.lines import Axis, lines, reach
from playground.views.theme import CLASS_COLOURS, NEUTRAL_COLOUR

say = words("transfer")
COLOURS = {
    "scratch": NEUTRAL_COLOUR,
    "frozen": CLASS_COLOURS[0],
    "last": CLASS_COLOURS[4],
    "slow": CLASS_COLOURS[2],
    "all": CLASS_COLOURS[1],
}
"""Pre-trained starts are coloured, the one from random weights is grey."""
DASHES = {"scratch": (6, 4), "frozen": (1, 0), "last": (2, 2), "slow": (1, 0), "all": (8, 3, 2, 3)}


def start_label(name: str, language: str) -> str:
    """What a way to begin is called."""
    return say(f"starts.{name}", language)


def task_label(name: str, language: str) -> str:
    """What a task is called."""
    return say(f"tasks.{name}", language)


def tasks(*names: str) -> Choice:
    """The control of the task."""
    return Choice(
        "task", names, default=names[0], option=task_label, label=lambda language: say("task", language)
    )


def starts(*default: str) -> Choice:
    """The control of the ways to begin."""
    return Choice(
        "starts",
        runs.STARTS,
        default=default,
        many=True,
        option=start_label,
        label=lambda language: say("begin", language),
    )


def counts(*default: int) -> Choice:
    """The control of the numbers of pictures a class."""
    return Choice(
        "each",
        ("1", "2", "5", "10", "20", "50", "100", "200", "500", "1000"),
        default=tuple(map(str, default)),
        many=True,
        option=lambda name, language: f"{int(name):,}",
        label=lambda language: say("axes.pictures", language),
    )


def numbers(settings: Settings) -> tuple[int, ...]:
    """The numbers of pictures a class that were chosen; where the task has fewer, all that it has."""
    return tuple(sorted({min(int(name), runs.TASKS[settings.task].most) for name in settings.each}))


def rate(default: float = 0.01) -> Number:
    """The control of the learning rate."""
    return Number(
        "rate",
        0.0003,
        0.1,
        default=default,
        log=True,
        symbol="η",
        label=lambda language: say("rate", language),
    )


def steps(default: int = 100) -> Number:
    """The control of the length of each run."""
    return Number("steps", 20, 2000, default=default, log=True, label=lambda language: say("steps", language))


def columns(language: str, *names: str) -> dict[str, str]:
    """Titles of a table's columns."""
    return {name: say(f"axes.{name}", language) for name in names}


def named(frame: pd.DataFrame, language: str) -> pd.DataFrame:
    """The frame with its starts called by their names."""
    return frame.assign(start=[start_label(name, language) for name in frame["start"]])


def accuracies(frame: pd.DataFrame) -> dict[str, dict[int, float]]:
    """Mean accuracy of each start with each number of pictures."""
    found: dict[str, dict[int, float]] = {}
    for start, count, accuracy in means(frame)[["start", "pictures", "accuracy"]].itertuples(index=False):
        found.setdefault(str(start), {})[int(count)] = float(accuracy)
    return found


def means(frame: pd.DataFrame) -> pd.DataFrame:
    """Mean, least and greatest accuracy over the seeds: ``start``, ``pictures``, ``accuracy``, ``low``, ``high``."""
    groups = frame.groupby(["start", "pictures"], sort=False)["accuracy"]
    return groups.agg(accuracy="mean", low="min", high="max").reset_index()


def axes(language: str, every: Sequence[int], least: float = 0.0) -> tuple[Axis, Axis]:
    """Numbers of pictures, and accuracies from the ``least`` on."""
    across = say("axes.pictures", language)
    return (
        Axis("pictures", across, log=True, format="d", domain=reach(every), ticks=every),
        Axis("accuracy", say("axes.accuracy", language), format=".0%", domain=(least, 1.0)),
    )


def curves(frame: pd.DataFrame, language: str, every: Sequence[int]) -> ChartType:
    """Mean accuracy over the number of pictures, a line for each start, and a band over the seeds.

    Args:
        frame: of ``means``.
        every: the numbers of pictures that the axis is for.
    """
    titles: Mapping[str, str] = columns(language, "pictures", "accuracy", "start")
    x, y = axes(language, every, max(0.0, floor(10 * frame["low"].min()) / 10) if len(frame) else 0.0)

    def called(start: str) -> str:
        return start_label(start, language)

    drawn = [
        lines(frame, x, y, "start", titles["start"], name=called, colours=COLOURS, dashes=DASHES),
        lines(
            frame, x, y, "start", titles["start"], name=called, colours=COLOURS, mark="point", legend=False
        ),
    ]
    if (frame["low"] < frame["high"]).any():
        drawn.insert(1, _bands(frame, x, y, language))  # the first layer decides on the legend
    return alt.layer(*drawn)


def _bands(frame: pd.DataFrame, x: Axis, y: Axis, language: str) -> ChartType:
    """From the least to the greatest of the seeds."""
    names = list(dict.fromkeys(frame["start"]))
    colour = alt.Color(
        "_name:N",
        scale=alt.Scale(
            domain=[start_label(name, language) for name in names], range=[COLOURS[name] for name in names]
        ),
        legend=None,
    )
    return (
        alt.Chart(frame.assign(_name=[start_label(name, language) for name in frame["start"]]))
        .mark_area(opacity=0.15, clip=True)
        .encode(
            x=alt.X("pictures:Q", scale=x.scale()),
            y=alt.Y("low:Q", scale=y.scale()),
            y2="high:Q",
            color=colour,
        )
    )
