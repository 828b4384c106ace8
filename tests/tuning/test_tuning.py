"""Searches from Python: every row is a real run, the range test is what its formula says, refusals name the field."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.stats import qmc

from playground import Experiment, InvalidValue, Trainer, lr_range_test, sweep
from playground.tuning.range_test import suggested
from playground.tuning.samples import METHODS, log_range, points

SMALL = Experiment(n_samples=60, hidden=(4,), device="cpu")


def test_each_row_of_a_sweep_is_the_run_that_it_names(auto: str) -> None:
    table = sweep(SMALL, {"learning_rate": [0.01, 0.3], "l2": [0.0, 0.1]}, epochs=3, seeds=2)
    assert len(table) == 8
    for row in table.itertuples():
        changes = {"learning_rate": row.learning_rate, "l2": row.l2, "seed": row.seed}
        trainer = Trainer(SMALL.replace(**changes, validation_fraction=0.2))
        trainer.run(epochs=3)
        assert trainer.history.last()["loss_validation"] == row.loss_validation
        assert row.epoch == 3


def test_a_sweep_tells_of_the_test_part_only_where_it_chooses() -> None:
    plain = sweep(SMALL, {"l2": [0.0, 0.1]}, epochs=1)
    assert {"loss_validation", "accuracy_validation"} <= set(plain.columns)
    assert not any(name.endswith("_test") for name in plain.columns)
    on_test = sweep(SMALL.replace(choose_on="test"), {"l2": [0.0, 0.1]}, epochs=1)
    assert not any(name.endswith("_validation") for name in on_test.columns)
    trainer = Trainer(SMALL)
    trainer.run(epochs=1)
    assert on_test["loss_test"][0] == trainer.history.last()["loss_test"]


def test_runs_of_a_sweep_that_end_early_are_their_own() -> None:
    """Those that watch their losses train alone, beside the others."""
    values = {"early_stopping": ["none", {"name": "patience", "patience": 1}], "learning_rate": [0.01, 1.0]}
    table = sweep(SMALL, values, epochs=30)
    for row, (stopping, rate) in zip(table.itertuples(), itertools.product(*values.values()), strict=True):
        trainer = Trainer(SMALL.replace(early_stopping=stopping, learning_rate=rate, validation_fraction=0.2))
        trainer.run(epochs=30)
        assert (row.epoch, row.status) == (trainer.epoch, trainer.status)
        assert trainer.history.last()["loss_validation"] == row.loss_validation
    assert set(table["status"]) == {"running", "stopped"}


def test_a_sweep_takes_techniques_and_networks_too() -> None:
    table = sweep(SMALL, {"hidden": [(2,), (4, 4)], "optimizer": ["sgd", "adam"]}, epochs=1)
    assert list(table["hidden"]) == ["(2,)", "(2,)", "(4, 4)", "(4, 4)"]
    assert table["loss_train"].nunique() == 4


@pytest.mark.parametrize(
    ("values", "options", "field"),
    [
        ({"learning_rate": []}, {}, "learning_rate"),
        ({"no_field": [1]}, {}, "no_field"),
        ({"dropout": [0.5, 2.0]}, {}, "dropout"),
        ({"l2": [0.0]}, {"epochs": -1}, "epochs"),
        ({"l2": [0.0]}, {"seeds": 0}, "seeds"),
        ({"l2": np.linspace(0, 1, 101), "seed": range(1000)}, {}, "values"),
    ],
)
def test_what_cannot_be_swept_is_refused_by_name(values, options, field) -> None:
    with pytest.raises(InvalidValue) as refused:
        sweep(SMALL, values, **{"epochs": 1, **options})
    assert refused.value.field == field


def test_the_range_test_is_one_run_whose_rate_grows(auto: str) -> None:
    frame = lr_range_test(SMALL, 1e-3, 1.0, steps=20)
    assert np.allclose(frame["learning_rate"], np.geomspace(1e-3, 1.0, 20)[: len(frame)])
    trainer = Trainer(SMALL.replace(learning_rate=1e-3))
    for row in frame.itertuples():
        trainer.reconfigure(trainer.experiment.replace(learning_rate=row.learning_rate))
        trainer.run(steps=1)
        assert trainer.engine.metrics()[0] == row.loss
    assert frame["smoothed"].iloc[1] == pytest.approx(
        0.8 * frame["smoothed"].iloc[0] + 0.2 * frame["loss"].iloc[1]
    )


def test_the_range_test_ends_where_the_loss_explodes() -> None:
    frame = lr_range_test(
        SMALL.replace(hidden=(), dataset="plane", loss="squared_error"), 1e-3, 10.0, steps=100
    )
    assert len(frame) < 100
    low, high = suggested(frame)
    assert 1e-3 < low < high < 10.0
    with pytest.raises(InvalidValue, match="learning_rate"):
        lr_range_test(SMALL, 1e-3, 1e3)


def test_nothing_is_suggested_where_the_loss_never_falls() -> None:
    assert suggested(lr_range_test(SMALL, 1e-5, 2e-5, steps=10)) is None
    with pytest.raises(InvalidValue, match="low"):
        lr_range_test(SMALL, 1.0, 0.1)


@pytest.mark.parametrize("method", METHODS)
def test_a_method_looks_within_the_unit_square(method: str) -> None:
    found = points(method, 16, seed=3)
    assert found.shape == (16, 2)
    assert ((found >= 0) & (found <= 1)).all()
    assert (points(method, 16, seed=3) == found).all()


def test_what_tells_the_methods_apart() -> None:
    """A grid repeats its values, the others do not; Sobol points leave smaller gaps than random ones (discrepancy)."""
    assert len(np.unique(points("grid", 9)[:, 0])) == 3
    assert len(np.unique(points("random", 9)[:, 0])) == 9
    random = np.mean([qmc.discrepancy(points("random", 64, seed)) for seed in range(20)])
    sobol = np.mean([qmc.discrepancy(points("sobol", 64, seed)) for seed in range(20)])
    assert sobol < random / 2
    assert len(points("grid", 10)) == 9
    assert len(points("sobol", 9)) == 9


def test_a_logarithmic_range() -> None:
    assert np.allclose(log_range(np.array([0.0, 0.5, 1.0]), 1e-4, 1.0), [1e-4, 1e-2, 1.0])
