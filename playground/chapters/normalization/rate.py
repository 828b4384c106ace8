"""The largest learning rate that still trains, with each normalization."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd

from playground.chapters.controls import Settings, seed
from playground.chapters.normalization import charts, parts
from playground.chapters.normalization.parts import kind_name, percent, slider, titles
from playground.chapters.normalization.runs import DEEP, TRAINS, by_kind
from playground.chapters.section import Figure, Lanes, Section, Table, Verdict
from playground.experiment import Experiment

RATES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
EPOCHS = 30


def network(settings: Settings) -> Experiment:
    """The network without normalization."""
    return DEEP.replace(
        activation=settings.activation,
        hidden=(16,) * settings.depth,
        init=parts.INITS[settings.activation],
        seed=settings.seed,
    )


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """Every learning rate with each normalization: ``by_kind`` with the column ``rate``."""
    changes = [(rate, {"learning_rate": rate}) for rate in RATES]
    return by_kind(network(settings), "rate", changes, settings.networks, EPOCHS)


def largest_rates(table: pd.DataFrame, trains: float = TRAINS) -> dict[str, float]:
    """The largest η at which the median run of each normalization trains; nan where none does.

    Args:
        table: of ``run``.
        trains: training accuracy that is asked for.
    """
    counted = table.assign(right=table["accuracy_train"].where(~table["diverged"], 0.0))
    medians = counted.groupby(["normalization", "rate"], sort=False)["right"].median().reset_index()
    found = {}
    for kind, part in medians.groupby("normalization", sort=False):
        good = part.loc[part["right"] >= trains, "rate"]
        found[str(kind)] = float(good.max()) if len(good) else float("nan")
    return found


def picture(frame: pd.DataFrame, settings: Settings, language: str) -> list[Figure]:
    """The training accuracy over η."""
    return [charts.by_kind(frame, "rate", "accuracy_train", language)]


def tables(frame: pd.DataFrame, settings: Settings, language: str) -> list[Table]:
    """The largest η of each."""
    found = largest_rates(frame)
    table = pd.DataFrame(
        {
            "normalization": [kind_name(kind, language) for kind in found],
            "largest": ["–" if math.isnan(value) else f"{value:g}" for value in found.values()],
        }
    )
    heading = SECTION.say("note", language, goal=percent(TRAINS))
    return [Table(table, titles(table, language), heading)]


def verdict(frame: pd.DataFrame, settings: Settings) -> Verdict:
    """Whether batch norm trains at a larger η."""
    largest = largest_rates(frame)
    plain, normal = largest["none"], largest["batch_norm"]
    values = {"networks": settings.networks, "plain": f"{plain:g}", "normal": f"{normal:g}"}
    if math.isnan(plain) or math.isnan(normal):
        return Verdict("no_ratio", False, values)
    values["factor"] = f"{normal / plain:.3g}"
    key = "larger" if normal > plain else "same" if normal == plain else "smaller"
    return Verdict(key, normal > plain, values)


def lanes(settings: Settings) -> Lanes:
    """Each normalization at η = 1."""
    return parts.raced(network(settings).replace(learning_rate=1.0), EPOCHS)


SECTION = Section(
    rows=("larger_rates",),
    controls=(
        parts.activation("relu"),
        slider("depth", 1, 8, 4),
        slider("networks", 1, 9, 3),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    experiment=lambda s: network(s).replace(normalization="batch_norm", learning_rate=1.0),
    lanes=lanes,
)
