"""A digit that one draws, as each layer of a network sees it; what is drawn is brought to the size that it learned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from playground.chapters.controls import Choice, Handle, Number, Settings, seed
from playground.chapters.images import charts
from playground.chapters.section import Figure, Section, Verdict, awaited
from playground.images.centring import SIZE, centred, enlarged, sampled
from playground.images.data import Pictures, load, loading
from playground.images.experiment import ImageExperiment
from playground.images.script import to_script
from playground.images.trainer import SLICE, ImageTrainer
from playground.views.lines import Axis, lines
from playground.views.pixels import address, wall
from playground.views.theme import SPLIT_COLOURS

CHANNELS = (8, 16)
SETS = ("both", "handwritten", "printed")
PRINTED, HANDWRITTEN, TESTED = 500, 1000, 300
"""Pictures to learn from, and handwritten ones that only test."""
VARIANTS = ("usual", "corner", "again")
"""A test picture as those that trained; small in a corner; and that one centred and scaled."""
SMALL = 2.0
"""By how much smaller a digit is in the corner."""
MARGIN = 0.2
"""Accuracy that centring must bring to be called needed."""
SHOWN = 10


@dataclass(frozen=True, eq=False)
class Result:
    """The network thus far.

    Args:
        history: ``epoch``, ``split``, ``loss``, ``accuracy``.
        convolutions: weight (out, in, k, k) and bias (out) of each block.
        linear: weight (10, n) and bias (10).
        classes: their names.
        examples: test pictures (n, 28, 28), each class in turn.
        truth: their classes.
        variants: pictures (n, 28, 28) and named classes (n) by variant; empty until the end.
        accuracy: of all test pictures by variant; empty until the end.
    """

    history: pd.DataFrame
    convolutions: list[tuple[NDArray[np.float32], NDArray[np.float32]]]
    linear: tuple[NDArray[np.float32], NDArray[np.float32]]
    classes: tuple[str, ...]
    examples: NDArray[np.float32]
    truth: NDArray[np.int64]
    variants: dict[str, tuple[NDArray[np.float32], NDArray[np.int64]]]
    accuracy: dict[str, float]


def experiment(settings: Settings) -> ImageExperiment:
    """The network that learns."""
    return ImageExperiment(
        dataset="glyphs",
        n_samples=PRINTED,
        augmentation=("shift", "rotate", "zoom"),
        channels=CHANNELS,
        kernel_size=settings.kernel,
        pooling=settings.pooling,
        learning_rate=0.003,
        seed=settings.seed,
    )


def pictures(settings: Settings) -> Iterator[tuple[Pictures, Pictures] | None]:
    """What it learns from, and handwritten digits that test, in slices: None after each."""
    written = enlarged(load("digits", HANDWRITTEN + TESTED, settings.seed))
    test = written.of(slice(HANDWRITTEN, None))
    parts = [written.of(slice(HANDWRITTEN))] if settings.learned != "printed" else []
    if settings.learned != "handwritten":
        printed = None
        for found in loading("glyphs", PRINTED, settings.seed):
            printed = found
            yield None
        assert printed is not None
        parts.append(printed)
    images, labels = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("images", "labels")
    )
    yield Pictures(images, labels, test.classes), test


def corner(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """The same small in the upper left corner."""
    place = SMALL * SIZE / 4  # what comes to the middle, from the middle
    return sampled(picture, (SIZE / 2 + place, SIZE / 2 + place), SMALL)


def run(settings: Settings) -> Iterator[tuple[float, Result | None]]:
    """Train, with the weights as they are after each slice; at the end read test pictures in all variants."""
    parts = yield from awaited(pictures(settings), (0.0, None))
    trainer = ImageTrainer(experiment(settings), parts)
    order = np.argsort(trainer.test.labels, kind="stable")
    firsts = order[np.searchsorted(trainer.test.labels[order], np.arange(SHOWN))]
    steps = settings.epochs * trainer.steps_per_epoch

    def result(variants: dict[str, NDArray[np.float32]]) -> Result:
        weights = list(trainer.weights().values())  # weight, bias, weight, bias …
        named = {name: trainer.scores(seen[:, None]).argmax(1) for name, seen in variants.items()}
        return Result(
            trainer.history.frame(),
            list(zip(weights[:-2:2], weights[1:-2:2], strict=True)),
            (weights[-2], weights[-1]),
            trainer.test.classes,
            trainer.test.images[firsts, 0],
            trainer.test.labels[firsts],
            {name: (variants[name][firsts], found[firsts]) for name, found in named.items()},
            {name: float((found == trainer.test.labels).mean()) for name, found in named.items()},
        )

    yield 0.0, result({})
    while trainer.step < steps and trainer.status == "running":
        trainer.run_for(SLICE, steps - trainer.step)
        yield 0.99 * trainer.step / steps, result({})
    usual = trainer.test.images[:, 0]
    small = np.stack([corner(one) for one in usual])
    again = np.stack([centred(one) for one in small])
    yield 1.0, result(dict(zip(VARIANTS, (usual, small, again), strict=True)))


def picture(result: Result | None, settings: Settings, language: str) -> list[Figure]:
    """Test pictures in all variants with the class that the network names; the accuracy over the epochs."""
    if result is None:
        return []
    figures = []
    names = [SECTION.say(f"variants.{name}", language) for name in VARIANTS]
    rows = [
        {
            "row": row,
            "column": column,
            "picture": address(one),
            "variant": names[row],
            "label": result.classes[named],
            "truth": result.classes[truth],
        }
        for row, variant in enumerate(result.variants)
        for column, (one, named, truth) in enumerate(
            zip(*result.variants[variant], result.truth, strict=True)
        )
    ]
    if rows:
        frame = pd.DataFrame(rows)
        titles = {name: SECTION.say(f"axes.{name}", language) for name in ("variant", "label", "truth")}
        figures.append(
            Figure(wall(frame, titles, names), frame, SECTION.say("read", language), titles, wide=True)
        )
    splits = {name: charts.say(f"splits.{name}", language) for name in ("train", "test")}
    titles = {"split": charts.say("axes.split", language), "epoch": charts.say("axes.epoch", language)}
    titles["accuracy"] = SECTION.say("accuracy", language)
    chart = lines(
        result.history,
        Axis("epoch", titles["epoch"], format="d"),
        Axis("accuracy", titles["accuracy"], format=".0%", zero=True),
        "split",
        titles["split"],
        name=splits.__getitem__,
        colours=SPLIT_COLOURS,
        columns=2,
    )
    figures.append(Figure(chart, result.history, titles["accuracy"], titles))
    return figures


def verdict(result: Result, settings: Settings) -> Verdict:
    """Whether centring gives back what a small digit in a corner loses."""
    found = result.accuracy
    values = {name: f"{100 * found[name]:.0f}" for name in VARIANTS}
    values["count"] = str(TESTED)
    needed = found["again"] > found["corner"] + MARGIN
    return Verdict("needed" if needed else "little", needed, values)


SECTION = Section(
    rows=("drawn_digit",),
    controls=(
        Handle("board", "drawing", low=0.0, high=1.0, default=(), counts=(0, 0)),
        Choice("learned", SETS, default="both"),
        Number("kernel", 3, 5, default=5, values=(3, 5)),
        Choice(
            "pooling",
            ("max", "average"),
            default="max",
            option=lambda name, language: charts.say(f"poolings.{name}", language),
        ),
        Number("epochs", 1, 20, default=4),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    code=lambda s: to_script(experiment(s).replace(dataset="digits", augmentation=("shift",)), 2),
    handle="board",
)
