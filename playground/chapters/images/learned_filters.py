"""A small convolutional network while it learns: its filters, and what they make of one picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from playground.chapters.controls import Choice, Handle, Number, Settings, Switch, Technique, seed
from playground.chapters.images import charts
from playground.chapters.section import Figure, Section, Verdict, awaited
from playground.images.architecture import architecture
from playground.images.augment import AUGMENTATIONS
from playground.images.exciting import patches
from playground.images.experiment import IMAGE_FIELDS, NETWORKS, POOLINGS, ImageExperiment
from playground.images.script import SOURCES, to_script
from playground.images.trainer import SLICE, ImageTrainer, preparing
from playground.techniques import (
    ACTIVATIONS,
    INITIALIZERS,
    LOSSES,
    OPTIMIZERS,
    REGULARIZERS,
    SCHEDULES,
)
from playground.text import text
from playground.views import architecture as layers
from playground.views.lines import Axis, lines
from playground.views.pixels import address, signed, wall
from playground.views.theme import SPLIT_COLOURS

SHOWN = 8
"""Filters and maps side by side."""
CHANNELS = (16, 32, 32, 32)
"""Maps of the blocks of a convolutional network."""
UNITS = 64
"""Units of the layers of a fully connected one."""
SAMPLES = 500
BEST = 4
"""Patches of a unit that are shown, in a square."""
STRENGTHS = {entry.field: entry.shown for entry in REGULARIZERS.values() if entry.field in IMAGE_FIELDS}
STRENGTHS |= {"dropout2d": 0.2}
"""Of each regularizer that can be chosen: as on its page of the reference."""


@dataclass(frozen=True, eq=False)
class Result:
    """The network thus far.

    Args:
        history: ``epoch``, ``split``, ``loss``, ``accuracy``.
        seen: the picture, (channels, height, width).
        filters: the first layer, (filters, channels, k, k), or (units, channels, height, width) of a network without
            convolutions, as it began and now.
        maps: of each block for the picture, (channels, height, width) or (units, 1, 1).
        patches: of each block what excites its first units most, (units, BEST, channels, size, size).
    """

    history: pd.DataFrame
    seen: NDArray[np.float32]
    filters: tuple[NDArray[np.float32], NDArray[np.float32]]
    maps: list[NDArray[np.float32]]
    patches: list[NDArray[np.float32]]


def experiment(settings: Settings) -> ImageExperiment:
    """The network that learns."""
    chosen = {name: STRENGTHS[name] for name in settings.regularizers}
    return ImageExperiment(
        dataset=settings.pictures,
        n_samples=SAMPLES,
        augmentation=settings.augmentation,
        network=settings.network,
        channels=CHANNELS[: settings.blocks],
        hidden=(UNITS,) * settings.blocks,
        kernel_size=settings.kernel,
        pooling=settings.pooling,
        global_average=settings.average,
        batch_norm=settings.batch_norm,
        skip="residual" if settings.skip else "none",
        activation=settings.activation,
        init=settings.init,
        loss=settings.loss,
        optimizer=settings.optimizer,
        learning_rate=settings.rate,
        schedule=settings.schedule,
        seed=settings.seed,
        **chosen,
    )


def run(settings: Settings) -> Iterator[tuple[float, Result | None]]:
    """Train, with filters and maps as they are after each slice; each epoch looks for what excites the units."""
    parts = yield from awaited(preparing(experiment(settings)), (0.0, None))
    trainer = ImageTrainer(experiment(settings), parts)
    first = next(name for name, tensor in trainer.weights().items() if tensor.ndim > 1)
    before = trainer.weights()[first]
    seen = trainer.test.images[min(settings.number, len(trainer.test) - 1)]
    steps = settings.epochs * trainer.steps_per_epoch

    def shaped(weights: NDArray[np.float32]) -> NDArray[np.float32]:
        return weights if weights.ndim == 4 else weights.reshape(len(weights), *seen.shape)

    def excited() -> list[NDArray[np.float32]]:
        if settings.network != "conv":
            return []
        return [cut for cut, _ in patches(trainer, trainer.test.images, SHOWN, BEST)]

    def result() -> Result:
        maps = [found[0] for found in trainer.maps(seen[None])]
        return Result(
            trainer.history.frame(),
            seen,
            (shaped(before), shaped(trainer.weights()[first])),
            [found if found.ndim == 3 else found[:, None, None] for found in maps],
            exciting,
        )

    exciting, epoch = excited(), 0
    yield 0.0, result()
    while trainer.step < steps and trainer.status == "running":
        trainer.run_for(SLICE, steps - trainer.step)
        if trainer.epoch > epoch:
            yield trainer.step / steps, result()
            exciting, epoch = excited(), trainer.epoch
        yield trainer.step / steps, result()


def drawn(kernel: NDArray[np.float32]) -> str:
    """A filter as a picture: its mean over the input's channels, blue below zero and orange above."""
    return address(signed(kernel.mean(0)))


def picture(result: Result | None, settings: Settings, language: str) -> list[Figure]:
    """The picture with the filters, then each block's maps; what excites the units; layers, loss and accuracy."""
    if result is None:
        return []
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
    if result.patches:
        figures.append(_exciting(result.patches, language))
    figures.append(_layers(settings, language))
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


def _exciting(blocks: list[NDArray[np.float32]], language: str) -> Figure:
    """For each unit the patches that excite it most, in a square; a row for each block."""
    rows = [SECTION.say("block", language, number=i + 1) for i in range(len(blocks))]
    tiles = [
        {
            "row": block,
            "column": unit,
            "picture": address(square(cut)),
            "label": "",
            "layer": rows[block],
            "channel": unit + 1,
            "field": f"{cut.shape[-1]} × {cut.shape[-1]}",
        }
        for block, units in enumerate(blocks)
        for unit, cut in enumerate(units)
    ]
    frame = pd.DataFrame(tiles)
    titles = {**charts.columns(language, "layer", "channel"), "field": SECTION.say("field", language)}
    title = SECTION.say("exciting", language, count=BEST)
    return Figure(wall(frame, titles, rows), frame, title, titles, wide=True)


def square(cut: NDArray[np.float32]) -> NDArray[np.float32]:
    """Four patches (4, channels, size, size) as one picture, a white line between them."""
    padded = np.pad(cut, ((0, 0), (0, 0), (0, 1), (0, 1)), constant_values=1.0)
    rows = [np.concatenate(list(padded[i : i + 2]), axis=2) for i in (0, 2)]
    return np.concatenate(rows, axis=1)[:, :-1, :-1]


def _layers(settings: Settings, language: str) -> Figure:
    """The network's layers with their shapes and parameters."""
    frame = layers.frame(architecture(experiment(settings)), SECTION.say("seen", language))
    titles = {"layer": charts.say("axes.layer", language)}
    titles |= {name: SECTION.say(name, language) for name in ("shape", "parameters")}
    total = f"{int(frame['parameters'].sum()):,}"
    return Figure(
        layers.chart(frame, titles), frame, SECTION.say("layers", language, total=total), titles, wide=True
    )


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


def code(settings: Settings) -> str:
    """The program of this network, on pictures that a program can make."""
    own = experiment(settings)
    return to_script(own if own.dataset.name in SOURCES else own.replace(dataset="shapes"), 2)


def _convolutional(settings: Settings) -> bool:
    return bool(settings.network == "conv")


SECTION = Section(
    rows=("learned_filters",),
    controls=(
        Handle("live", "learning", low=0.0, high=0.0, default=(), counts=(0, 0)),
        charts.sets(default="glyphs", names=(*charts.EXAMPLES, "letters", *charts.INSTALLED)),
        Number("number", 0, 99, default=0),
        Choice(
            "network",
            NETWORKS,
            default="conv",
            option=lambda name, language: text(f"images.networks.{name}", language),
        ),
        Number("blocks", 1, len(CHANNELS), default=2, shown=lambda s: bool(s.network != "linear")),
        Number("kernel", 3, 7, default=5, values=(3, 5, 7), shown=_convolutional),
        Choice(
            "pooling",
            POOLINGS,
            default="max",
            option=lambda name, language: charts.say(f"poolings.{name}", language),
            shown=_convolutional,
        ),
        Number("rate", 0.0005, 0.05, default=0.005, log=True, symbol="η"),
        Number("epochs", 1, 40, default=10),
        Switch("batch_norm", default=True),
        Switch("average", shown=_convolutional),
        Switch("skip"),
        Technique("activation", ACTIVATIONS, default="relu", params=False),
        Technique("init", INITIALIZERS, default="he_normal", params=False),
        Technique("optimizer", OPTIMIZERS, default="adam", params=False),
        Technique("schedule", SCHEDULES, default="constant", params=False),
        Technique(
            "loss",
            LOSSES,
            default="cross_entropy",
            names=tuple(name for name, loss in LOSSES.items() if "multiclass" in loss.tasks),
            params=False,
        ),
        Choice(
            "regularizers",
            tuple(STRENGTHS),
            default=(),
            many=True,
            least=0,
            option=lambda name, language: (
                charts.say(name, language) if name == "dropout2d" else text(f"fields.{name}.label", language)
            ),
        ),
        Choice(
            "augmentation",
            tuple(AUGMENTATIONS),
            default=(),
            many=True,
            least=0,
            option=charts.augmentation_label,
        ),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    code=code,
    handle="live",
)
