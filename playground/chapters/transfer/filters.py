"""Filters before and after fine-tuning: a learning rate that is too large destroys what was learned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from playground.chapters.controls import Number, Settings, seed
from playground.chapters.section import Figure, Section, Verdict, awaited
from playground.chapters.transfer import charts, runs
from playground.chapters.transfer.programs import program
from playground.images.pretrained import weights
from playground.views.lines import Axis, lines
from playground.views.pixels import address, signed, wall

SMALLER = (100, 10, 1)
"""The rates that are compared: the chosen one, a tenth and a hundredth of it."""
SHOWN = 8
"""Filters of the first layer that are drawn; all of them count."""
FILTERS = "0.weight"
"""The first layer's weights."""


@dataclass(frozen=True, eq=False)
class Result:
    """What became of the pre-trained network.

    Args:
        runs: ``rate`` (0: as it came), ``change`` (of the first layer, its distance over its length), ``accuracy``.
        filters: the first layer (filters, 3, 3) of each row of ``runs``.
    """

    runs: pd.DataFrame
    filters: list[NDArray[np.float32]]


def run(settings: Settings) -> Iterator[tuple[float, Result]]:
    """Fine-tune everything at each of the rates."""
    before = weights(runs.TASKS[settings.task].source)[FILTERS]
    rows, filters = [(0.0, 0.0, float("nan"))], [before[:, 0]]

    def result() -> Result:
        return Result(pd.DataFrame(rows, columns=["rate", "change", "accuracy"]), list(filters))

    each = -(-settings.pictures // runs.TASKS[settings.task].classes)
    parts = yield from awaited(runs.gathered(settings.task, each), (0.0, result()))
    for number, factor in enumerate(SMALLER):
        rate = settings.rate / factor
        trainer = runs.begun(settings.task, "all", parts, settings.pictures, rate, settings.seed)
        for share in runs.trained(trainer, settings.steps):
            yield (number + 0.99 * share) / len(SMALLER), result()
        after = trainer.weights()[FILTERS]
        change = float(np.linalg.norm(after - before) / np.linalg.norm(before))
        rows.append((rate, change, trainer.metrics()[3]))
        filters.append(after[:, 0])
        yield (number + 1) / len(SMALLER), result()


def picture(result: Result, settings: Settings, language: str) -> list[Figure]:
    """The filters, a row for each rate; below, how far they moved and how well the network reads."""
    titles = charts.columns(language, "rate", "filter", "change", "accuracy")
    names = [
        SECTION.say("before", language) if rate == 0 else f"η = {rate:.2g}" for rate in result.runs["rate"]
    ]
    most = float(np.abs(result.filters[0]).max())
    tiles = pd.DataFrame(
        [
            {
                "row": row,
                "column": column,
                "picture": address(signed(kernel, most)),
                "label": "",
                "rate": names[row],
                "filter": column + 1,
                **{f"w{i + 1}": float(w) for i, w in enumerate(kernel.ravel().round(3))},
            }
            for row, filters in enumerate(result.filters)
            for column, kernel in enumerate(filters[:SHOWN])
        ]
    )
    tips = {"rate": titles["rate"], "filter": titles["filter"]}
    shown = tips | {f"w{i + 1}": f"w{i + 1}" for i in range(9)}
    figures = [Figure(wall(tiles, tips, names), tiles, columns=shown)]
    trained = result.runs[result.runs["rate"] > 0]
    if len(trained):
        long = trained.melt("rate", ["change", "accuracy"], "measure", "value")
        chart = lines(
            long,
            Axis("rate", titles["rate"], log=True, format=".2~g"),
            Axis("value", SECTION.say("value", language), format=".2~f", zero=True),
            "measure",
            SECTION.say("measure", language),
            name=lambda name: titles[name],
            columns=2,
        )
        numbers = {name: titles[name] for name in ("rate", "change", "accuracy")}
        figures.append(Figure(chart, trained, SECTION.say("after", language), numbers, wide=True))
    return figures


def verdict(result: Result, settings: Settings) -> Verdict:
    """Whether the largest rate moves the filters most and reads worst."""
    trained = result.runs[result.runs["rate"] > 0]
    best, last = trained.iloc[int(trained["accuracy"].to_numpy().argmax())], trained.iloc[-1]
    values = {
        "best": f"{best['rate']:.2g}",
        "good": f"{100 * best['accuracy']:.0f}",
        "little": f"{100 * best['change']:.0f}",
        "large": f"{last['rate']:.2g}",
        "bad": f"{100 * last['accuracy']:.0f}",
        "much": f"{100 * last['change']:.0f}",
    }
    destroyed = bool(last["accuracy"] < best["accuracy"] - 0.05 and last["change"] > best["change"])
    return Verdict("destroyed" if destroyed else "kept", destroyed, values)


SECTION = Section(
    rows=("transfer_rate",),
    controls=(
        charts.tasks("handwritten", "classes"),
        Number("rate", 0.001, 0.3, default=0.1, log=True, symbol="η"),
        Number("pictures", 10, 200, default=50, step=10),
        charts.steps(),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    code=lambda s: program("all", s.pictures, s.rate, s.steps, s.seed),
)
