"""Batch normalization of maps: by channel, over pictures and places; and what forgetting model.eval() costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from math import floor

import altair as alt
import numpy as np
import pandas as pd
from altair.typing import ChartType
from numpy.typing import NDArray

from playground.chapters.controls import Number, Settings, Switch, seed
from playground.chapters.images import charts
from playground.chapters.section import Figure, Section, Table, Verdict, awaited
from playground.images.data import Pictures
from playground.images.experiment import ImageExperiment
from playground.images.script import to_script
from playground.images.trainer import SLICE, ImageTrainer, preparing
from playground.later import torch
from playground.views.lines import Axis, lines
from playground.views.pixels import address, wall
from playground.views.theme import CLASS_COLOURS, NEUTRAL_COLOUR

SIZES = (1, 2, 5, 10, 50, 100)
"""Pictures that are put through the network at once."""
WAYS = ("eval", "mixed", "sorted")
"""By the running statistics; by those of the batch, from all classes in turn; by those of batches of one class each."""
SAMPLES = 700
PASSES = 20
"""Batches that are put through the network in a slice of work."""
BATCHES, SHOWN = 3, 10
"""Test batches of one class each that are shown, and their pictures."""
COLOURS = {"eval": NEUTRAL_COLOUR, "mixed": CLASS_COLOURS[0], "sorted": CLASS_COLOURS[5]}


@dataclass(frozen=True, eq=False)
class Result:
    """What was measured.

    Args:
        accuracies: ``way``, ``size``, ``accuracy`` (test).
        channels: of the first layer: ``channel``, ``running_mean``, ``mean`` (of one batch), ``running_std``, ``std``.
        seen: pictures of ``BATCHES`` batches, (BATCHES * SHOWN, channels, height, width).
        truth: their classes. named: by way, the classes that they are given.
        classes: the classes' keys.
    """

    accuracies: pd.DataFrame
    channels: pd.DataFrame
    seen: NDArray[np.float32] | None = None
    truth: NDArray[np.int64] | None = None
    named: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)
    classes: tuple[str, ...] = ()


def experiment(settings: Settings) -> ImageExperiment:
    """A small convolutional network with batch normalization."""
    return ImageExperiment(
        dataset=settings.pictures,
        n_samples=SAMPLES,
        train_fraction=0.5,
        channels=(8, 16),
        batch_norm=True,
        batch_size=settings.batch,
        seed=settings.seed,
    )


def run(settings: Settings) -> Iterator[tuple[float, Result]]:
    """Train, then test in every way with every size of batch."""
    nothing = Result(pd.DataFrame(columns=["way", "size", "accuracy"]), pd.DataFrame())
    parts = yield from awaited(preparing(experiment(settings)), (0.0, nothing))
    trainer = ImageTrainer(experiment(settings), parts, every=settings.epochs)
    steps = settings.epochs * trainer.steps_per_epoch
    while trainer.step < steps and trainer.status == "running":
        trainer.run_for(SLICE, steps - trainer.step)
        yield 0.7 * trainer.step / steps, nothing
    channels = statistics(trainer, settings.batch)
    test = trainer.test
    chosen = np.concatenate([np.flatnonzero(test.labels == label)[:SHOWN] for label in range(BATCHES)])
    named = {}
    for way in ("eval", "sorted"):
        named[way] = yield from awaited(answers(trainer, way, SHOWN, test.of(chosen)), (0.7, nothing))
    rows: list[tuple[str, int, float]] = []
    found = nothing
    for number, (size, way) in enumerate(product(SIZES, WAYS)):
        share = 0.7 + 0.3 * number / len(SIZES) / len(WAYS)
        right = yield from awaited(answers(trainer, way, size), (share, found))
        truth = np.sort(test.labels) if way == "sorted" else test.labels
        rows.append((way, size, float((right == truth).mean())))
        if way == WAYS[-1]:
            frame = pd.DataFrame(rows, columns=["way", "size", "accuracy"])
            found = Result(frame, channels, test.images[chosen], test.labels[chosen], named, test.classes)
    yield 1.0, found


def answers(
    trainer: ImageTrainer, way: str, size: int, pictures: Pictures | None = None
) -> Iterator[NDArray[np.int64] | None]:
    """The classes that test pictures are given in batches of ``size``, in slices: None after each, then all of them.

    The network's own statistics stay as they are. Of the way ``sorted`` the pictures come class by class.

    Args:
        pictures: in place of all test pictures.
    """
    test = trainer.test if pictures is None else pictures
    order = np.argsort(test.labels, kind="stable") if way == "sorted" else np.arange(len(test))
    kept = {name: tensor.clone() for name, tensor in trainer.network.state_dict().items()}
    batches = torch.from_numpy(test.images[order]).split(size)
    found = []
    for first in range(0, len(batches), PASSES):
        trainer.network.train(way != "eval")
        with torch.no_grad():
            found += [trainer.network(x).argmax(1).numpy() for x in batches[first : first + PASSES]]
        trainer.network.load_state_dict(kept)
        yield None
    yield np.concatenate(found)


def statistics(trainer: ImageTrainer, size: int) -> pd.DataFrame:
    """Of each channel of the first layer: the running mean and deviation, and those of one training batch."""
    weights = trainer.weights()
    with torch.no_grad():
        maps = next(iter(trainer.network))(torch.from_numpy(trainer.train.images[:size]))
    return pd.DataFrame(
        {
            "channel": np.arange(maps.shape[1]) + 1,
            "running_mean": weights["1.running_mean"],
            "mean": maps.mean((0, 2, 3)).numpy(),
            "running_std": np.sqrt(weights["1.running_var"]),
            "std": maps.std((0, 2, 3)).numpy(),
            "values": maps[:, 0].numel(),
        }
    )


def picture(result: Result, settings: Settings, language: str) -> list[Figure]:
    """Accuracy over the size of the test batches; below, the statistics of each channel."""
    if not len(result.accuracies):
        return []
    titles = dict(charts.columns(language, "accuracy"))
    titles |= {name: SECTION.say(f"axes.{name}", language) for name in ("way", "size")}
    lowest = floor(10 * result.accuracies["accuracy"].min()) / 10
    drawn = [
        lines(
            result.accuracies,
            Axis("size", titles["size"], log=True, format="d", domain=(0.9, 110), ticks=SIZES),
            Axis("accuracy", titles["accuracy"], format=".0%", domain=(lowest, 1)),
            "way",
            titles["way"],
            name=lambda way: SECTION.say(f"ways.{way}", language),
            colours=COLOURS,
            mark=mark,
            legend=mark == "line",
            columns=3,
        )
        for mark in ("line", "point")
    ]
    named = result.accuracies.assign(
        way=[SECTION.say(f"ways.{way}", language) for way in result.accuracies["way"]]
    )
    return [
        Figure(alt.layer(*drawn), named, columns=titles),
        _read(result, "sorted" if settings.forgotten else "eval", language),
        Figure(
            _channels(result.channels, language),
            result.channels,
            SECTION.say("channels", language),
            _channel_titles(language),
            wide=True,
        ),
    ]


def _read(result: Result, way: str, language: str) -> Figure:
    """Some test batches of one class each, with the class that each picture is given."""
    assert result.seen is not None
    assert result.truth is not None
    names = [charts.class_label(key, language) for key in result.classes]
    named, right = result.named[way], result.named[way] == result.truth
    frame = pd.DataFrame(
        {
            "row": np.arange(len(named)) // SHOWN,
            "column": np.arange(len(named)) % SHOWN,
            "picture": [address(image) for image in result.seen],
            "label": [names[k] + ("" if ok else " ✗") for k, ok in zip(named, right, strict=True)],
            "named": [names[k] for k in named],
            "truth": [names[k] for k in result.truth],
        }
    )
    titles = {name: SECTION.say(f"axes.{name}", language) for name in ("named", "truth")}
    title = SECTION.say(f"read.{way}", language, right=int(right.sum()), count=len(right), size=SHOWN)
    return Figure(wall(frame, titles), frame, title, titles, wide=True)


def _channel_titles(language: str) -> dict[str, str]:
    names = ("channel", "running_mean", "mean", "running_std", "std")
    return {name: SECTION.say(f"axes.{name}", language) for name in names}


def _channels(channels: pd.DataFrame, language: str) -> ChartType:
    titles = _channel_titles(language)
    long = channels.melt("channel", ["running_mean", "mean", "running_std", "std"], "statistic", "value")
    return lines(
        long,
        Axis("channel", titles["channel"], format="d"),
        Axis("value", SECTION.say("axes.value", language), format=".2~f"),
        "statistic",
        SECTION.say("axes.statistic", language),
        name=titles.__getitem__,
        columns=4,
    )


def tables(result: Result, settings: Settings, language: str) -> list[Table]:
    """A row for each way, a column for each size."""
    wide = result.accuracies.pivot_table(index="way", columns="size", values="accuracy")
    wide = wide.reindex([way for way in WAYS if way in wide.index])
    shown = pd.DataFrame({"way": [SECTION.say(f"ways.{way}", language) for way in wide.index]})
    titles = {"way": SECTION.say("axes.way", language)}
    for size in wide:
        shown[str(size)] = [f"{value:.1%}" for value in wide[size]]
        titles[str(size)] = SECTION.say("at", language, size=size)
    return [Table(shown, titles)]


def verdict(result: Result, settings: Settings) -> Verdict:
    """What the worst way of forgetting costs."""
    found = {
        (str(way), int(size)): float(accuracy)
        for way, size, accuracy in result.accuracies.itertuples(index=False)
    }
    if not found:
        return Verdict("diverged", False)
    right = found["eval", SIZES[0]]
    mixed = found["mixed", SIZES[-1]]
    worst, size = min((found["sorted", size], size) for size in SIZES)
    values = {
        "eval": f"{100 * right:.0f}",
        "mixed": f"{100 * mixed:.0f}",
        "many": SIZES[-1],
        "worst": f"{100 * worst:.0f}",
        "size": size,
        "cost": f"{100 * (right - worst):.0f}",
        "values": f"{int(result.channels['values'].iloc[0]):,}",
    }
    costs = right - worst > 0.05
    return Verdict("costs" if costs else "little", costs, values)


SECTION = Section(
    rows=("batch_norm_2d",),
    controls=(
        charts.sets(default="colours", names=("colours", "digits", "glyphs")),
        Switch("forgotten", default=True),
        Number("batch", 2, 64, default=32, step=2),
        Number("epochs", 1, 20, default=5),
        seed(),
    ),
    run=run,
    picture=picture,
    tables=tables,
    verdict=verdict,
    code=lambda s: to_script(experiment(s).replace(dataset="digits"), 2),
    formula=lambda s: (
        r"\hat z_{b,c,i,j} = \frac{z_{b,c,i,j} - \mu_c}{\sqrt{\sigma_c^2 + \epsilon}}, \qquad "
        r"\mu_c = \frac{1}{B H W} \sum_{b,i,j} z_{b,c,i,j}"
    ),
)
