"""The error of a fit against the number of hidden units."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from playground.chapters.activations import fits, parts
from playground.chapters.controls import Choice, Settings, seed
from playground.chapters.section import Figure, Section, Verdict
from playground.experiment import Experiment
from playground.views.lines import lines


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """Fit the function with 1 to 32 units."""
    return fits.error_by_units(
        fits.preset(settings.function), parts.specs(settings.names), seeds=[settings.seed]
    )


def means(frame: pd.DataFrame) -> pd.DataFrame:
    """Over the runs: columns ``activation``, ``units``, ``rmse``."""
    return frame.groupby(["activation", "units"], sort=False, as_index=False)[["rmse"]].mean()


def picture(frame: pd.DataFrame, settings: Settings, language: str) -> list[Figure]:
    """One line for each activation."""
    mean = means(frame)
    x, y = parts.axis("units", language, log=True, domain=(0.95, 34)), parts.axis("rmse", language, log=True)
    chart = lines(mean, x, y, "activation", parts.say("activation", language), name=parts.named(language))
    return [Figure(chart, mean, columns=parts.titles(("activation", "units", "rmse"), language))]


def verdict(frame: pd.DataFrame, settings: Settings) -> Verdict:
    """Do bent units come nearer when there are more of them, and straight ones not?"""
    table = means(frame).pivot(index="activation", columns="units", values="rmse")
    gain = table[min(table.columns)] / table.min(axis=1)
    bent = gain.drop("identity", errors="ignore")
    best = float(table.min().min())
    values = {"gain": f"{bent.max():.0f}" if len(bent) else "1", "best": f"{best:.2g}"}
    if "identity" not in gain:
        return Verdict("bent", bool(bent.min() > 3), values)
    straight = bool(gain["identity"] < 1.1)
    if bent.empty:
        return Verdict("straight", straight, {"best": f"{best:.2g}"})
    return Verdict(
        "both", straight and bool(bent.min() > 3), values | {"line": f"{table.loc['identity'].min():.2g}"}
    )


def experiment(settings: Settings) -> Experiment:
    """Such a fit on one of the playground's own functions of one input."""
    name = settings.names[0]
    return Experiment(
        dataset="x_sin", features=("x1",), hidden=(16,), activation=name, optimizer="adam", init="pytorch"
    )


SECTION = Section(
    rows=("enough_units", "collapse", "identity"),
    controls=(
        parts.activations("tanh", "relu", "identity"),
        Choice("function", tuple(fits.PRESETS), default="wave"),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    experiment=experiment,
)
