"""Early stopping: the rule, the weights that are put back, and patience over data sets."""

from __future__ import annotations

import numpy as np
import pytest

from playground.chapters.generalization import patience, stopping


def test_patience_by_hand() -> None:
    losses = np.array([5.0, 4.0, 4.5, 4.2, 3.0, 3.1, 3.2, 3.3])
    assert stopping.stop_at(losses, 1) == (2, 3)
    assert stopping.stop_at(losses, 3) == (5, 8)
    assert stopping.stop_at(losses, 10) == (5, 8)


def test_the_rule_is_the_trainers_and_stops_before_overfitting() -> None:
    found = stopping.stopped(stopping.BASE.replace(seed=0), 20, 200)
    watched = found.curve[(found.curve["split"] == "validation") & (found.curve["epoch"] > 0)][
        "loss"
    ].to_numpy()
    assert (found.best, found.stop) == stopping.stop_at(watched, 20)
    assert found.stop == found.best + 20
    losses = found.scores.set_index("kind")["loss_fresh"]
    assert losses["best"] < 0.7 * losses["end"]


def test_patience_over_data_sets() -> None:
    *_, (_, table) = patience.by_patience(stopping.BASE.replace(seed=0), (1, 20), 200, 5)
    means = table.groupby("patience").mean()
    assert means.loc[1, "stop"] < means.loc[20, "stop"] < 200
    assert means.loc[20, "loss"] < 0.7 * means.loc[0, "loss"]
    read = patience.best_patience(table)
    assert read.loss == pytest.approx(means["loss"].drop(0).min())
    assert read.never == pytest.approx(means.loc[0, "loss"])
    assert read.epochs == pytest.approx(means.loc[read.patience, "stop"])
    assert read.better >= 4
