"""A network that was trained before, on pictures of one's own: from a file, or taken with the camera."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from playground import streams
from playground.chapters.controls import Brought, Choice, Number, Settings, seed
from playground.chapters.section import Figure, Section, Verdict
from playground.chapters.transfer import charts, runs
from playground.chapters.transfer.programs import program
from playground.images.centring import enlarged
from playground.images.data import Pictures, load
from playground.images.experiment import ImageExperiment
from playground.images.pretrained import CHANNELS
from playground.images.reading import Album
from playground.images.trainer import SLICE
from playground.later import F, torch
from playground.views.lines import Axis, lines
from playground.views.pixels import address, wall

SOURCES = ("auto", "printed", "fashion", "shapes")
"""Of ``playground.images.pretrained``; ``auto``: printed digits for pictures without colour, else shapes."""
DATASETS = {"printed": "glyphs", "fashion": "fashion", "shapes": "shapes"}
TESTED = 200
"""Pictures that test, at most."""
EVERY = 20
"""Steps between two points of a curve."""
ROWS, COLUMNS = 2, 8
"""Test pictures that are shown."""
MARGIN = 0.02
"""Mean accuracy by which a start must lead to be called better."""


@dataclass(frozen=True, eq=False)
class Result:
    """What the starts have learned thus far.

    Args:
        frame: ``start``, ``step``, ``accuracy`` (test).
        shown: test pictures (n, channels, height, width).
        truth: their classes.
        named: classes (n) that the best start gives them; () until the end.
        classes: their names.
        source: of the pre-trained network.
        counts: pictures that trained and that tested.
    """

    frame: pd.DataFrame
    shown: NDArray[np.float32]
    truth: NDArray[np.int64]
    named: NDArray[np.int64]
    classes: tuple[str, ...]
    source: str
    counts: tuple[int, int]


@cache
def example() -> Pictures:
    """Handwritten digits, as if they were one's own."""
    return enlarged(load("digits", 1000, 0))


def source_of(settings: Settings, pictures: Pictures) -> str:
    """The pre-trained network that begins."""
    if settings.source != "auto":
        return str(settings.source)
    colours = pictures.images.max(1) - pictures.images.min(1)
    return "shapes" if float(colours.mean()) > 0.01 else "printed"


def fitted(pictures: Pictures, shape: tuple[int, int, int]) -> Pictures:
    """The pictures in the size and with the channels of the network's own."""
    images = torch.from_numpy(pictures.images)
    if images.shape[1] != shape[0]:
        images = images.mean(1, keepdim=True).expand(-1, shape[0], -1, -1)
    if images.shape[2:] != shape[1:]:
        images = F.interpolate(images, size=shape[1:], mode="bilinear", antialias=True)
    return Pictures(images.contiguous().numpy(), pictures.labels, pictures.classes)


def divided(pictures: Pictures, count: int, seed: int) -> tuple[Pictures, Pictures]:
    """``count`` pictures a class to train on, or two thirds of a class that has few, and the others to test."""
    order = streams.generator(seed, streams.SPLIT).permutation(len(pictures))
    train, test = [], []
    for label in range(len(pictures.classes)):
        rows = order[pictures.labels[order] == label]
        own = min(count, max(1, 2 * len(rows) // 3))
        train.append(rows[:own])
        test.append(rows[own:])
    chosen = np.concatenate(test)
    chosen = chosen[np.argsort(np.argsort(order)[chosen], kind="stable")][
        :TESTED
    ]  # in the order that was drawn
    return pictures.of(np.concatenate(train)), pictures.of(chosen)


def run(settings: Settings) -> Iterator[tuple[float, Result]]:
    """Every start in turn, tested every few steps."""
    pictures = settings.album.pictures if settings.album is not None else example()
    source = source_of(settings, pictures)
    base = ImageExperiment(
        dataset=DATASETS[source],
        channels=CHANNELS,
        batch_size=runs.BATCH,
        learning_rate=settings.rate,
        seed=settings.seed,
    )
    train, test = divided(fitted(pictures, base.shape), settings.count, settings.seed)
    shown = test.of(slice(ROWS * COLUMNS))
    rows: list[tuple[str, int, float]] = []
    named: dict[str, NDArray[np.int64]] = {}

    def result() -> Result:
        frame = pd.DataFrame(rows, columns=["start", "step", "accuracy"])
        best = max(named, key=lambda start: _mean(frame, start)) if len(named) == len(settings.starts) else ""
        said = named[best] if best else np.empty(0, dtype=np.int64)
        counts = (len(train), len(test))
        return Result(frame, shown.images, shown.labels, said, test.classes, source, counts)

    for number, start in enumerate(settings.starts):
        trainer = runs.started(base, start, source, (train, test))
        rows.append((start, 0, trainer.metrics()[3]))
        while trainer.step < settings.steps and trainer.status == "running":
            goal = min((trainer.step // EVERY + 1) * EVERY, settings.steps)
            trainer.run_for(SLICE, goal - trainer.step)
            yield (number + 0.98 * trainer.step / settings.steps) / len(settings.starts), result()
            if trainer.step == goal or trainer.status != "running":
                rows.append((start, trainer.step, trainer.metrics()[3]))
                yield (number + 0.99 * trainer.step / settings.steps) / len(settings.starts), result()
        named[start] = trainer.scores(shown.images).argmax(1)
    yield 1.0, result()


def _mean(frame: pd.DataFrame, start: str) -> float:
    """Mean accuracy of a start over its steps: of two that end alike the faster one leads."""
    return float(frame.loc[frame["start"] == start, "accuracy"].mean())


def axes(steps: int, language: str) -> tuple[Axis, Axis]:
    """Steps and accuracy."""
    return (
        Axis("step", SECTION.say("axes.step", language), format="d", domain=(0, steps)),
        Axis("accuracy", charts.say("axes.accuracy", language), format=".0%", domain=(0.0, 1.0)),
    )


def picture(result: Result, settings: Settings, language: str) -> list[Figure]:
    """Test accuracy over the steps; test pictures with the class that the best start names."""
    titles = {"start": charts.say("axes.start", language), "step": SECTION.say("axes.step", language)}
    titles["accuracy"] = charts.say("axes.accuracy", language)
    chart = lines(
        result.frame,
        *axes(settings.steps, language),
        "start",
        titles["start"],
        name=lambda start: charts.start_label(start, language),
        colours=charts.COLOURS,
        dashes=charts.DASHES,
    )
    figures = [Figure(chart, charts.named(result.frame, language), columns=titles)]
    if len(result.named):
        frame = pd.DataFrame(
            {
                "row": [i // COLUMNS for i in range(len(result.named))],
                "column": [i % COLUMNS for i in range(len(result.named))],
                "picture": [address(one) for one in result.shown],
                "label": [result.classes[named] for named in result.named],
                "truth": [result.classes[truth] for truth in result.truth],
            }
        )
        titles = {name: SECTION.say(f"axes.{name}", language) for name in ("label", "truth")}
        figures.append(Figure(wall(frame, titles), frame, SECTION.say("named", language), titles, wide=True))
    return figures


def verdict(result: Result, settings: Settings) -> Verdict:
    """Whether a start with features leads over the one without."""
    values: dict[str, object] = {"train": result.counts[0], "test": result.counts[1]}
    others = [start for start in settings.starts if start != "scratch"]
    if len(others) == len(settings.starts) or not others:
        return Verdict("one", True, values)
    means = {start: _mean(result.frame, start) for start in settings.starts}
    best = max(others, key=lambda start: means[start])
    ends = result.frame.groupby("start")["accuracy"].last()
    lead = means[best] - means["scratch"]
    said = {
        **values,
        "best": f"{100 * ends[best]:.0f}",
        "scratch": f"{100 * ends['scratch']:.0f}",
        "lead": f"{100 * lead:+.0f}",
    }
    return Verdict("helps" if lead > MARGIN else "little", lead > MARGIN, said)


SECTION = Section(
    rows=("own_pictures",),
    controls=(
        Brought("album", "pictures", accepts=Album),
        Choice("source", SOURCES, default="auto"),
        charts.starts("scratch", "frozen", "last"),
        Number("count", 1, 100, default=5),
        charts.rate(),
        charts.steps(),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    code=lambda s: program(s.starts[-1], 10, s.rate, s.steps, s.seed),
    starts=False,
    waits=lambda s, language: axes(s.steps, language),
)
