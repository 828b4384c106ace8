"""A small convolutional network while it learns: its filters, and what they make of one picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from playground.chapters.controls import Choice, Handle, Number, Settings, seed
from playground.chapters.images import charts
from playground.chapters.section import Figure, Section, Verdict
from playground.images.experiment import POOLINGS, ImageExperiment
from playground.images.script import to_script
from playground.images.trainer import ImageTrainer
from playground.views.lines import Axis, lines
from playground.views.pixels import address, signed, wall
from playground.views.theme import SPLIT_COLOURS

SHOWN = 8
"""Filters and maps side by side."""
CHANNELS = (16, 32, 32)
"""Maps of one, two or three blocks."""
SAMPLES = 500
SLICE = 0.1
"""Seconds of training between two results."""


@dataclass(frozen=True, eq=False)
class Result:
    """The network thus far.

    Args:
        history: ``epoch``, ``split``, ``loss``, ``accuracy``.
        seen: the picture, (channels, height, width).
        filters: the first layer, (filters, channels, k, k), as it began and now.
        maps: of each block for the picture, (channels, height, width).
    """

    history: pd.DataFrame
    seen: NDArray[np.float32]
    filters: tuple[NDArray[np.float32], NDArray[np.float32]]
    maps: list[NDArray[np.float32]]


def experiment(settings: Settings) -> ImageExperiment:
    """The network that learns."""
    return ImageExperiment(
        dataset=settings.pictures,
        n_samples=SAMPLES,
        channels=CHANNELS[: settings.blocks],
        kernel_size=settings.kernel,
        pooling=settings.pooling,
        learning_rate=settings.rate,
        batch_norm=settings.pictures == "shapes",
        seed=settings.seed,
    )


def run(settings: Settings) -> Iterator[tuple[float, Result]]:
    """Train, with filters and maps as they are after each slice."""
    trainer = ImageTrainer(experiment(settings))
    before = trainer.weights()["0.weight"]
    seen = trainer.test.images[min(settings.number, len(trainer.test) - 1)]
    steps = settings.epochs * trainer.steps_per_epoch

    def result() -> Result:
        return Result(
            trainer.history.frame(),
            seen,
            (before, trainer.weights()["0.weight"]),
            [maps[0] for maps in trainer.maps(seen[None])],
        )

    yield 0.0, result()
    while trainer.step < steps and trainer.status == "running":
        trainer.run_for(SLICE, steps - trainer.step)
        yield trainer.step / steps, result()


def drawn(kernel: NDArray[np.float32]) -> str:
    """A filter as a picture: its mean over the input's channels, blue below zero and orange above."""
    return address(signed(kernel.mean(0)))


def picture(result: Result, settings: Settings, language: str) -> list[Figure]:
    """The picture with the filters, then each block's maps; below, loss and accuracy."""
    rows = [SECTION.say("filters", language)]
    rows += [SECTION.say("block", language, number=i + 1) for i in range(len(result.maps))]
    cells = [(0, 0, address(result.seen), SECTION.say("seen", language))]
    cells += [(0, i + 1, drawn(kernel), str(i + 1)) for i, kernel in enumerate(result.filters[1][:SHOWN])]
    for block, maps in enumerate(result.maps, start=1):
        most = float(maps.max()) or 1.0
        cells += [(block, i + 1, address(map_ / most), str(i + 1)) for i, map_ in enumerate(maps[:SHOWN])]
    frame = pd.DataFrame(cells, columns=["row", "column", "picture", "channel"]).assign(label="")
    frame["layer"] = [rows[row] for row in frame["row"]]
    titles = charts.columns(language, "layer", "channel")
    epochs = int(result.history["epoch"].max())
    title = SECTION.say("at_once", language, epochs=epochs)
    figures = [Figure(wall(frame, titles, rows), frame, title, titles, wide=True)]
    splits = {name: charts.say(f"splits.{name}", language) for name in ("train", "test")}
    for measure, style in (("loss", ".2~f"), ("accuracy", ".0%")):
        titles = {"split": charts.say("axes.split", language), "epoch": charts.say("axes.epoch", language)}
        titles[measure] = SECTION.say(measure, language)
        chart = lines(
            result.history,
            Axis("epoch", titles["epoch"], format="d"),
            Axis(measure, titles[measure], format=style, zero=True),
            "split",
            titles["split"],
            name=splits.__getitem__,
            colours=SPLIT_COLOURS,
            columns=2,
        )
        figures.append(Figure(chart, result.history, titles[measure], titles))
    return figures


def verdict(result: Result, settings: Settings) -> Verdict:
    """What became of accuracy and filters."""
    test = result.history[result.history["split"] == "test"]["accuracy"].to_numpy()
    before, now = result.filters
    values = {
        "before": f"{100 * test[0]:.0f}",
        "after": f"{100 * test[-1]:.0f}",
        "epochs": int(result.history["epoch"].max()),
        "moved": f"{100 * float(np.linalg.norm(now - before) / np.linalg.norm(before)):.0f}",
    }
    learned = bool(test[-1] > test[0] + 0.2)
    return Verdict("learned" if learned else "little", learned, values)


SECTION = Section(
    rows=("learned_filters",),
    controls=(
        Handle("live", "learning", low=0.0, high=0.0, default=(), counts=(0, 0)),
        charts.sets(default="glyphs", names=(*charts.EXAMPLES, *charts.INSTALLED)),
        Number("number", 0, 99, default=0),
        Number("blocks", 1, 3, default=2),
        Number("kernel", 3, 7, default=5, values=(3, 5, 7)),
        Choice(
            "pooling",
            tuple(name for name in POOLINGS if name != "none"),
            default="max",
            option=lambda name, language: charts.say(f"poolings.{name}", language),
        ),
        Number("rate", 0.0005, 0.05, default=0.005, log=True, symbol="η"),
        Number("epochs", 1, 40, default=10),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    code=lambda s: to_script(experiment(s).replace(dataset="digits"), 2),
    handle="live",
)
