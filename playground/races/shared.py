"""What two lanes really have in common, found by comparing their arrays bit for bit."""

from __future__ import annotations

from typing import Any

import numpy as np

from playground.engine.order import ALL, BatchOrder
from playground.engine.trainer import Trainer
from playground.layout import Layout

COMPARED_EPOCHS = 3
"""Epochs whose batch order is drawn and compared."""


def sample(trainer: Trainer) -> tuple[np.ndarray, np.ndarray]:
    """Places (n, 2) and targets (n,), label noise included, in the order in which the data set drew them."""
    data = trainer.data
    rows = np.concatenate([data.train_index, data.validation_index, data.test_index])
    order = np.argsort(rows, kind="stable")
    return data.all("X")[order], data.all("y")[order]


def epoch_order(trainer: Trainer) -> np.ndarray:
    """int64 (epochs, n), the rows of the first epochs in the order in which they are trained on."""
    experiment = trainer.experiment
    drawn = BatchOrder.of(experiment, trainer.data, ALL)
    epochs = []
    for _ in range(COMPARED_EPOCHS):
        rows = drawn.plan(1, lambda count: np.zeros(count)).order.copy()
        drawn.advance(len(rows))
        epochs.append(rows)
    return np.stack(epochs)


def weights(trainer: Trainer) -> list[np.ndarray]:
    """The weight matrices, layer by layer; taken at step 0 they are the initial ones."""
    params = trainer.engine.state().params
    return [b.view(params) for b in Layout.of(trainer.experiment).parameters if b.kind == "weight"]


def shared(first: Trainer, other: Trainer) -> dict[str, Any]:
    """What ``other`` has in common with ``first``; both untrained.

    Returns:
        ``data``: places and targets; ``split``: which rows train and which test; ``features``: what the network is
        shown; ``order``: the order of the training rows; ``batches``: also their size; ``weights``: ``"all"``
        initial weight matrices, ``"some"`` or ``"none"``.
    """
    a, b = first.data, other.data
    order = np.array_equal(epoch_order(first), epoch_order(other))
    mine, theirs = weights(first), weights(other)
    same = sum(np.array_equal(x, y) for x, y in zip(mine, theirs, strict=False))
    whole = same == len(mine) == len(theirs)
    return {
        "data": all(np.array_equal(x, y) for x, y in zip(sample(first), sample(other), strict=True)),
        "split": np.array_equal(a.train_index, b.train_index) and np.array_equal(a.test_index, b.test_index),
        "features": np.array_equal(a.F_train, b.F_train) and np.array_equal(a.F_test, b.F_test),
        "order": order,
        "batches": order and first.steps_per_epoch == other.steps_per_epoch,
        "weights": "all" if whole else "some" if same else "none",
    }
