"""What the chapter's sections share: tasks with few pictures, the ways to begin, and one run of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from playground import streams
from playground.chapters.section import awaited
from playground.images.centring import enlarged
from playground.images.data import PICTURE_SETS, Pictures, load, loading
from playground.images.experiment import ImageExperiment
from playground.images.pretrained import CHANNELS, only, weights
from playground.images.trainer import SLICE, ImageTrainer

STARTS = ("scratch", "frozen", "last", "slow", "all")
"""Weights at random; features frozen and a new classifier learned; the last block learned with it; everything learned,
at a tenth of the learning rate; everything learned at the learning rate itself."""
POOL, TEST = 1000, 500
"""Pictures of a task to choose from, where nobody asks for more, and pictures that only test."""
TEST_SEED = 1
"""Of the test pictures of a drawn set; those that train have 0."""
BATCH = 20
NEVER = 10**9
"""Epochs between measurements of a run that is measured at its end only."""


Parts = tuple[Pictures, Pictures]
"""Pictures of a task to choose from, and its test pictures."""


@dataclass(frozen=True)
class Task:
    """A task with few pictures, and the pre-trained network that is to help.

    Args:
        source: of ``playground.images.pretrained``.
        dataset: whose pictures they are.
        most: pictures of each class that there are to train on.
        labels: the classes of the task; () for all.
    """

    source: str
    dataset: str
    most: int
    labels: tuple[int, ...] = ()

    @property
    def classes(self) -> int:
        """How many it has."""
        return len(self.labels or PICTURE_SETS[self.dataset].classes)


TASKS = {
    "handwritten": Task("printed", "digits", 129),
    "classes": Task("half", "digits", 79, (5, 6, 7, 8, 9)),
    "letters": Task("printed", "letters", 1000),
    "clothes": Task("fashion", "digits", 129),
    "colours": Task("shapes", "colours", 1000),
}
"""From printed to handwritten digits; from printed 0 to 4 to handwritten 5 to 9; from digits to letters; from clothes
to digits; from shapes to colours."""


@cache
def _stored(labels: tuple[int, ...]) -> Parts:
    """Of the handwritten digits."""
    found = only(enlarged(load("digits")), labels)
    return found.of(slice(0, len(found) - TEST)), found.of(slice(len(found) - TEST, None))


def gathered(task: str, each: int) -> Iterator[Parts | None]:
    """The parts of a task in slices: None after each, in the end both. ``each``: pictures a class that are needed."""
    own = TASKS[task]
    if own.dataset == "digits":
        yield _stored(own.labels)
        return
    test = pool = None
    for found in loading(own.dataset, TEST, TEST_SEED):
        test = found
        yield None
    count = POOL if each * own.classes <= POOL else own.most * own.classes
    for found in loading(own.dataset, count, 0):
        pool = found
        yield None
    assert pool is not None
    assert test is not None
    yield pool, test


def chosen(pool: Pictures, count: int, seed: int) -> Pictures:
    """Some of the pictures, the classes as even as can be; with the same seed fewer are the first of more."""
    order = streams.generator(seed, streams.DATA).permutation(len(pool))
    turn = np.empty(len(pool), dtype=np.int64)
    for label in np.unique(pool.labels):
        rows = order[pool.labels[order] == label]
        turn[rows] = np.arange(len(rows))
    return pool.of(np.lexsort((order, turn))[:count])


def experiment(task: str, rate: float, seed: int) -> ImageExperiment:
    """The network of a task, as its pre-trained one is built."""
    dataset = "glyphs" if TASKS[task].dataset == "digits" else TASKS[task].dataset  # as large as these
    return ImageExperiment(
        dataset=dataset, channels=CHANNELS, learning_rate=rate, batch_size=BATCH, seed=seed
    )


def begun(task: str, start: str, parts: Parts, count: int, rate: float, seed: int) -> ImageTrainer:
    """A trainer on ``count`` pictures of a task's parts that begins in one of the ways (``STARTS``).

    The classifier is always new: only the blocks come from the pre-trained network.
    """
    own = experiment(task, rate, seed)
    return started(own, start, TASKS[task].source, (chosen(parts[0], count, seed), parts[1]))


def started(own: ImageExperiment, start: str, source: str, parts: tuple[Pictures, Pictures]) -> ImageTrainer:
    """A trainer on training and test pictures that begins in one of the ways (``STARTS``) from a pre-trained network.

    Args:
        own: with the learning rate before ``"slow"`` takes a tenth of it.
        source: of ``playground.images.pretrained``.
    """
    if start == "slow":
        own = own.replace(learning_rate=own.learning_rate / 10)
    trainer = ImageTrainer(own, parts, every=NEVER)
    if start != "scratch":
        trainer.set_weights(moved(trainer.weights(), weights(source)))
    if start in ("frozen", "last"):
        trainer.freeze(len(CHANNELS) - (start == "last"))
    return trainer


def moved(own: dict[str, Any], source: dict[str, Any]) -> dict[str, Any]:
    """The blocks' tensors of ``source`` with the classifier of ``own``, which is the last layer."""
    last = max(int(name.partition(".")[0]) for name in own)
    return {name: own[name] if name.startswith(f"{last}.") else source[name] for name in own}


def trained(trainer: ImageTrainer, steps: int) -> Iterator[float]:
    """Train for some steps in slices. Yields the share done."""
    while trainer.step < steps and trainer.status == "running":
        trainer.run_for(SLICE, steps - trainer.step)
        yield min(trainer.step / steps, 1.0)


def compared(
    task: str,
    starts: tuple[str, ...],
    each: tuple[int, ...],
    seeds: tuple[int, ...],
    rate: float,
    steps: int,
) -> Iterator[tuple[float, pd.DataFrame]]:
    """Every way to begin with every number of pictures a class.

    Yields:
        The share done and a frame: ``start``, ``pictures`` (a class), ``seed``, ``accuracy`` (test), ``loss`` (test).
    """
    rows: list[tuple[str, int, int, float, float]] = []
    plan = list(product(each, seeds, starts))
    names = ["start", "pictures", "seed", "accuracy", "loss"]
    parts = yield from awaited(gathered(task, max(each)), (0.0, pd.DataFrame(rows, columns=names)))
    for number, (count, seed, start) in enumerate(plan):
        trainer = begun(task, start, parts, count * TASKS[task].classes, rate, seed)
        yield number / len(plan), pd.DataFrame(rows, columns=names)
        for share in trained(trainer, steps):
            yield (number + 0.99 * share) / len(plan), pd.DataFrame(rows, columns=names)
        _, loss, _, accuracy = trainer.metrics()
        rows.append((start, count, seed, accuracy, loss))
        yield (number + 1) / len(plan), pd.DataFrame(rows, columns=names)
