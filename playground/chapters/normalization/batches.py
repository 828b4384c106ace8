"""Batches from one sample upwards, with each normalization."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from playground.chapters.controls import Settings, seed
from playground.chapters.normalization import charts, parts
from playground.chapters.normalization.parts import kind_name, slider, title
from playground.chapters.normalization.runs import DEEP, KINDS, by_kind
from playground.chapters.section import Figure, Section, Table, Verdict
from playground.experiment import Experiment

SIZES = (1, 2, 4, 8, 16, 32)
EPOCHS = 30
MARGIN = 0.05
"""By how much accuracy a median must be lower to be called worse."""


def network(settings: Settings) -> Experiment:
    """The network without normalization, with batches of two."""
    return DEEP.replace(
        activation=settings.activation,
        hidden=(16,) * settings.depth,
        init=parts.INITS[settings.activation],
        learning_rate=settings.rate,
        noise=0.1,
        batch_size=2,
        seed=settings.seed,
    )


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """Every batch size with each normalization, equally many epochs: ``by_kind`` with the column ``batch``."""
    changes = [(size, {"batch_size": size}) for size in SIZES]
    return by_kind(network(settings), "batch", changes, settings.networks, EPOCHS)


def behind(table: pd.DataFrame, kind: str, other: str, margin: float = MARGIN) -> tuple[int, ...]:
    """Batch sizes at which one normalization's median test accuracy is more than ``margin`` below another's.

    Args:
        table: of ``run``.
    """
    median = table.groupby(["normalization", "batch"])["accuracy_test"].median()
    gap = median[other] - median[kind]
    return tuple(int(size) for size in gap[gap > margin].index)


def picture(frame: pd.DataFrame, settings: Settings, language: str) -> list[Figure]:
    """The test accuracy over the batch size."""
    return [charts.by_kind(frame, "batch", "accuracy_test", language)]


def tables(frame: pd.DataFrame, settings: Settings, language: str) -> list[Table]:
    """Medians by batch size."""
    medians = frame.groupby(["batch", "normalization"])["accuracy_test"].median().unstack()[list(KINDS)]
    table = medians.reset_index()
    columns = {"batch": title("batch", language), **{kind: kind_name(kind, language) for kind in KINDS}}
    heading = SECTION.say("medians", language)
    return [Table(table, columns, heading, dict.fromkeys(KINDS, "percent"))]


def verdict(frame: pd.DataFrame, settings: Settings) -> Verdict:
    """Whether batch norm is behind at the smallest sizes and only there."""
    sizes = behind(frame, "batch_norm", "layer_norm")
    values = {
        "sizes": ", ".join(str(size) for size in sizes),
        "margin": f"{100 * MARGIN:.0f}",
        "networks": settings.networks,
    }
    if not sizes:
        return Verdict("nowhere", False, values)
    holds = {1, 2} <= set(sizes) and max(sizes) <= 8
    return Verdict("behind" if holds else "others", holds, values)


SECTION = Section(
    rows=("tiny_batches",),
    controls=(
        parts.activation("tanh"),
        slider("depth", 1, 8, 4),
        parts.rate(0.03, 0.01, 0.03, 0.1, 0.3),
        slider("networks", 1, 9, 5),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    experiment=lambda s: network(s).replace(normalization="batch_norm"),
    lanes=lambda s: parts.raced(network(s), EPOCHS),
)
