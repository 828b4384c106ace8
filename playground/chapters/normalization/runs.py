"""Runs with and without normalization, one after the other, and what their sweeps have in common."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from playground.chapters.initialization.runs import fast
from playground.engine.trainer import Trainer
from playground.experiment import Experiment

KINDS = ("none", "batch_norm", "layer_norm")
DEEP = Experiment(dataset="circle", hidden=(8,) * 6, activation="sigmoid", learning_rate=0.03)
"""Six layers of sigmoids: without help nothing is learned."""
TRAINS = 0.9
"""Training accuracy from which a run counts as trained."""


def sweep(
    settings: Sequence[tuple[dict[str, Any], Experiment]], epochs: int
) -> Iterator[tuple[float, pd.DataFrame]]:
    """Run every experiment to the end.

    Args:
        settings: labels of a run, which become columns, and the run.
        epochs: how long each one trains.

    Yields:
        The share done and the table thus far: the labels' columns, ``loss_train``, ``loss_test``,
        ``accuracy_train``, ``accuracy_test`` at the end (before training where it diverged at once), ``diverged``.
    """
    rows: list[dict[str, Any]] = []
    for labels, experiment in settings:
        trainer = Trainer(fast(experiment))
        trainer.run(epochs=epochs)
        last = {
            name: float(trainer.history[name][-1])
            for name in ("loss_train", "loss_test", "accuracy_train", "accuracy_test")
        }
        rows.append({**labels, **last, "diverged": trainer.status == "diverged"})
        yield len(rows) / len(settings), pd.DataFrame(rows)


def by_kind(
    base: Experiment, column: str, changes: Sequence[tuple[float, dict[str, Any]]], networks: int, epochs: int
) -> Iterator[tuple[float, pd.DataFrame]]:
    """Every normalization under every change of one setting, with some networks each.

    Args:
        column: takes the setting's values.
        changes: pairs of such a value and the fields that it changes.
        networks: first weights.

    Yields:
        As ``sweep``, with the columns ``normalization``, ``column`` and ``network``.
    """
    runs = [
        (
            {"normalization": kind, column: value, "network": number},
            base.replace(normalization=kind, init_seed=base.weights_seed + number, **fields),
        )
        for number in range(networks)
        for value, fields in changes
        for kind in KINDS
    ]
    return sweep(runs, epochs)
