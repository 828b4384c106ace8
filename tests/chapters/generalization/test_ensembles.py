"""Ensembles, snapshots, and more data."""

from __future__ import annotations

import numpy as np
import pytest

from playground.chapters.generalization import gain, members, runs, size

CIRCLE = runs.SMALL.replace(dataset="circle", noise=0.1)


def test_an_average_beats_its_members_mean() -> None:
    *_, (_, table) = gain.over_seeds(CIRCLE, 200, 6, 4)
    gains = gain.gains(table)
    assert gains["average"].mean() > 0
    assert gains["average"].min() > -0.01
    assert gains["average"].max() < 0.06
    assert table.groupby("kind").size().to_dict() == {"average": 4, "member": 24, "snapshots": 4}
    # All of the gain comes from where the members are not of one mind.
    split = table[table["kind"] == "average"].set_index("seed")["disagreement"]
    where = table.groupby(["kind", "seed"])["disputed"].mean()
    np.testing.assert_allclose(
        gains.set_index("seed")["average"], split * (where["average"] - where["member"]), atol=1e-9
    )
    assert split.between(0.01, 0.4).all()


def test_members_of_small_networks_differ_more_and_gain_more() -> None:
    split, gained = {}, {}
    for name in ("small", "large"):
        base = runs.SMALL.replace(dataset="spiral", noise=0.1, hidden=members.SIZES[name])
        found = [list(members.ensemble(runs.at_seed(base, s), 200, 6))[-1][1] for s in range(5)]
        split[name] = np.mean([e.disagreement for e in found])
        gained[name] = np.mean([e.gain for e in found])
    assert split["small"] > 1.5 * split["large"]
    assert gained["small"] > gained["large"]
    assert gained["large"] < gain.LECTURE


def test_disagreement_by_hand() -> None:
    p = np.array([[0.9, 0.2, 0.6, 0.4], [0.8, 0.3, 0.4, 0.4]])  # only the third point is disputed
    assert members.disputed(p).tolist() == [False, False, True, False]


def test_snapshots_cost_one_run() -> None:
    parts = [found for _, found in members.snapshots(CIRCLE, 60, 3)]
    assert [len(found.accuracies) for found in parts] == [1, 2, 3]
    assert members.member(CIRCLE, 0).weights_seed == CIRCLE.weights_seed
    assert members.member(CIRCLE, 2).weights_seed != members.member(CIRCLE, 1).weights_seed


def test_more_data_helps_the_large_model_most() -> None:
    *_, (_, table) = size.learning_curves(size.BASE, ("linear", "large"), (10, 40, 320), 800, 4)
    error = table.groupby(["model", "count"])["error_test"].mean()
    train = table.groupby(["model", "count"])["error_train"].mean()
    assert error["large", 10] > error["linear", 10]
    assert error["large", 320] < error["linear", 320] - 0.02
    assert error["large", 40] - error["large", 320] > error["linear", 40] - error["linear", 320]
    assert error["linear", 320] - train["linear", 320] < 0.03  # the two meet
    assert size.best_models(table)["model"].tolist()[::2] == ["linear", "large"]
    told = size.gained(table, "linear")
    assert told is not None
    assert (told.few, told.many) == (10, 320)
    assert (told.first, told.last) == pytest.approx((error["linear", 10], error["linear", 320]))
    assert told.gap == pytest.approx(error["linear", 320] - train["linear", 320])
