"""What is done to the points: noise, mixtures, augmentation, also at test time."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from playground.chapters import sections
from playground.chapters.generalization import mixup, runs, seen, test_time
from playground.chapters.generalization.moves import AUGMENTATIONS, augmented
from playground.data.prepare import prepare

T = runs.Treatment
CIRCLE = runs.SMALL.replace(dataset="circle", noise=0.1)


def test_treatments_narrow_the_gap() -> None:
    treatments = [
        T("dropout", 0.5),
        T("dropconnect", 0.3),
        T("input_noise", 0.5),
        T("mixup", 1.0),
        T("l2", 0.03),
    ]
    *_, (share, table) = runs.compare(runs.SMALL, [*treatments, T("label_smoothing", 0.2)], 250, 8)
    assert share == 1
    found = runs.summary(table).set_index("treatment")
    read = runs.read(found.reset_index())
    assert read.gap == found.loc["none", "gap"]
    assert read.least == found["gap"].min()
    assert {*read.better, *read.worse, *read.unclear} == {*found.index} - {"none"}
    for treatment in treatments:
        assert found.loc[treatment.name, "gap"] < found.loc["none", "gap"] - 0.05
        assert found.loc[treatment.name, "gain"] > 0
    # Label smoothing leaves the boundary and softens wrong answers.
    assert found.loc["label_smoothing", "loss_test"] < 0.8 * found.loc["none", "loss_test"]
    assert found.loc["none", "gain"] == 0


def test_a_true_symmetry_helps_and_a_false_one_hurts() -> None:
    for base, better in ((CIRCLE, True), (runs.SMALL, False)):
        *_, (_, table) = runs.compare(base, [T("rotate", 180.0)], 250, 6)
        gain = runs.summary(table).set_index("treatment").loc["rotate", "gain"]
        assert bool(gain > 0.03) is better
        assert bool(gain < -0.03) is not better
        assert (base.dataset.name in AUGMENTATIONS["rotate"].holds) is better


def test_a_verdict_is_certain_beyond_twice_the_error() -> None:
    table = pd.DataFrame(
        {
            "treatment": ["none", "l1", "l2", "mixup", "jitter"],
            "gap": [0.2, 0.1, 0.05, 0.3, 0.2],
            "gain": [0.0, 0.03, 0.01, -0.05, -0.01],
            "error": [0.0, 0.01, 0.01, 0.01, 0.02],
        }
    )
    read = runs.read(table)
    assert (read.gap, read.narrowest, read.least) == (0.2, "l2", 0.05)
    assert (read.better, read.worse, read.unclear) == (("l1",), ("mixup",), ("l2", "jitter"))


def test_looking_at_turned_copies_helps_where_turning_keeps_the_class() -> None:
    gains = {}
    for base in (CIRCLE, runs.SMALL):
        found = [test_time.at_test_time(runs.at_seed(base, s), T("rotate", 180.0), 200) for s in range(4)]
        gains[base.dataset.name] = np.mean([f["plain_looks"] - f["plain"] for f in found])
        assert set(found[0]) == {"plain", "plain_looks", "trained", "trained_looks"}
    assert gains["circle"] > 0.01
    assert gains["moons"] < -0.1


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_augmentations_are_the_maps_they_claim(name: str) -> None:
    entry = AUGMENTATIONS[name]
    X = np.random.default_rng(0).uniform(-4, 4, (50, 2))
    y = (X[:, 0] * X[:, 1] >= 0).astype(float)
    moved, labels = augmented(X, y, entry, entry.default, 0, copies=3)
    assert moved.shape == (200, 2)
    np.testing.assert_array_equal(moved[:50], X)
    np.testing.assert_array_equal(labels, np.tile(y, 4))
    if name != "jitter":
        np.testing.assert_allclose((moved**2).sum(axis=1), np.tile((X**2).sum(axis=1), 4))
    if name == "reflect":  # the classes of XOR stay
        np.testing.assert_array_equal((moved[:, 0] * moved[:, 1] >= 0).astype(float), labels)


def test_an_augmented_training_part_is_where_the_split_finds_it() -> None:
    experiment = runs.treated(runs.SMALL, T("jitter", 0.5))
    before, after = prepare(runs.SMALL), prepare(experiment)
    assert len(after.y_train) == 5 * len(before.y_train)
    X, y = augmented(before.X_train, before.y_train, AUGMENTATIONS["jitter"], 0.5, runs.SMALL.seed)
    np.testing.assert_allclose(after.X_train, X)
    np.testing.assert_array_equal(after.y_train, y)
    np.testing.assert_allclose(after.X_test, before.X_test[: len(after.X_test)])
    assert runs.epochs_for(runs.SMALL, experiment, 300) == 60


def test_mixed_points_lie_between_their_parents() -> None:
    frame = seen.seen_points(runs.SMALL, T("mixup", 1.0), 3)
    made = frame[frame["kind"] == "made"]
    assert len(made) == 120
    given = frame[frame["kind"] == "given"]
    assert made["x1"].between(given["x1"].min(), given["x1"].max()).all()
    assert made["label"].between(0, 1).all()
    assert made["label"].between(0.01, 0.99).any()
    np.testing.assert_allclose(seen.smoothed(np.array([0.0, 1.0]), 0.2), [0.1, 0.9])


def test_a_mixture_has_the_shares_of_its_points() -> None:
    # 40 % of (2, 0) of class 0 and 60 % of (0, 1) of class 1: (0.8, 0.6), labelled 0.6.
    mixed = mixup.mix(np.array([2.0, 0.0, 0.0]), np.array([0.0, 1.0, 1.0]), 0.4)
    np.testing.assert_allclose(mixed, [0.8, 0.6, 0.6])
    section = sections["generalization/mixup"]
    found = section.run(share=0.4)
    assert found.mixture[2] == pytest.approx(0.6)
    assert found.pair["label"].tolist() == [0.0, 1.0]


def test_a_map_that_breaks_the_classes_is_named() -> None:
    section = sections["generalization/augmentation"]
    for dataset, key in (("moons", "breaks"), ("circle", "keeps")):
        settings = section.settings(dataset=dataset)
        assert section.verdict(section.run(dataset=dataset), settings).key == key
