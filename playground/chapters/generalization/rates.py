"""Rates of dropout as runs: some narrow the gap, 80 % leave too little of the network. And DropConnect."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from playground.chapters.controls import Number, Settings, Switch, seed
from playground.chapters.generalization import charts, runs
from playground.chapters.section import Figure, Lanes, Section, Table, Verdict
from playground.experiment import Experiment

RATES = (0.2, 0.5, 0.8)
CONNECT = 0.5


def base(settings: Settings) -> Experiment:
    """The run without dropout."""
    return runs.on(settings.dataset.name, seed=runs.SETS * settings.seed)


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """Every rate against nothing, on the same data and first weights."""
    treatments = [runs.Treatment("dropout", rate) for rate in RATES]
    if settings.connect:
        treatments.append(runs.Treatment("dropconnect", CONNECT))
    return runs.compare(base(settings), treatments, settings.epochs, settings.seeds)


def picture(table: pd.DataFrame, settings: Settings, language: str) -> list[Figure]:
    """Accuracies by rate."""
    return [charts.comparison_figure(table, language)]


def tables(table: pd.DataFrame, settings: Settings, language: str) -> list[Table]:
    """The means, and the gain over nothing."""
    return [charts.summary_table(table, language)]


def verdict(table: pd.DataFrame, settings: Settings) -> Verdict:
    """Whether half of the units close the gap and a fifth of them can no longer learn the training points."""
    means = table.groupby("treatment")[["accuracy_train", "accuracy_test", "gap"]].mean()
    some, much, none = (means.loc[name] for name in ("dropout 0.5", "dropout 0.8", "none"))
    values = {
        "seeds": table["seed"].nunique(),
        "gap_none": f"{100 * none['gap']:.1f}",
        "gap_some": f"{100 * some['gap']:.1f}",
        "test_none": f"{100 * none['accuracy_test']:.1f}",
        "test_some": f"{100 * some['accuracy_test']:.1f}",
        "train_much": f"{100 * much['accuracy_train']:.1f}",
        "test_much": f"{100 * much['accuracy_test']:.1f}",
    }
    narrower = some["gap"] < none["gap"] - 0.02
    too_much = much["accuracy_train"] < some["accuracy_train"] - 0.05
    key = "seen" if narrower and too_much else "no_limit" if narrower else "no_gap"
    return Verdict(key, bool(narrower and too_much), values)


def lanes(settings: Settings) -> Lanes:
    """The rates in the race."""
    changes = [{}, *({"dropout": rate} for rate in RATES)]
    if settings.connect:
        changes.append({"dropconnect": CONNECT})
    return Lanes(base(settings), changes, settings.epochs)


SECTION = Section(
    rows=("dropout_rates", "dropconnect"),
    controls=(
        runs.dataset("xor"),
        Switch("connect"),
        Number("epochs", 40, 1000, default=300, step=20),
        runs.sets(6, 12),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    experiment=lambda s: base(s).replace(dropout=0.5),
    lanes=lanes,
)
