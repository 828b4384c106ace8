"""A running network goes on through every change that needs no new one, on each engine."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from playground import Experiment, Trainer
from playground.engine.choose import can_continue
from playground.experiment import FIELDS, HOT_FIELDS
from playground.techniques import LOSSES, OPTIMIZERS

ROWS: list[list[float]] = [[i % 7 - 3.0, i % 5 - 2.0, i % 2] for i in range(40)]


def painted(rows: list[list[float]], **fields: Any) -> Experiment:
    points = {"x_names": ["a", "b"], "target_name": "class", "class_names": ["n", "y"], "rows": rows}
    return Experiment(dataset="custom", points=points, hidden=(3, 3), **fields)


def others(field: str, engine: str) -> list[Any]:
    """Values of a field: the ends of its range, or every technique that this engine covers."""
    param = FIELDS[field].param
    if param and param.choices:
        return list(param.choices)
    if param:
        return [param.low, param.high]
    names = list(FIELDS[field].techniques())
    if field == "loss":
        names = [name for name in names if "binary" in LOSSES[name].tasks]
    if field == "optimizer" and engine == "fused":
        names = [name for name in names if not OPTIMIZERS[name].full_batch]
    return names


def goes_on(trainer: Trainer, changed: Experiment) -> None:
    """Hand over a change; weights, steps and history must be those from before."""
    params, step, rows = trainer.engine.state().params, trainer.step, len(trainer.history)
    assert trainer.reconfigure(changed)
    assert trainer.experiment == trainer.engine.experiment == changed
    np.testing.assert_array_equal(trainer.engine.state().params, params)
    assert (trainer.step, len(trainer.history)) == (step, rows)
    assert trainer.run(steps=1) == 1


@pytest.mark.parametrize("field", sorted(HOT_FIELDS))
def test_hot_fields(engine: str, field: str) -> None:
    experiment = Experiment(hidden=(3, 3), n_samples=60, validation_fraction=0.2, engine=engine)
    for value in others(field, engine):
        trainer = Trainer(experiment)
        trainer.run(epochs=2)
        goes_on(trainer, experiment.replace(**{field: value}))


@pytest.mark.parametrize("change", [{"early_stopping": "patience"}, {"schedule": "reduce_on_plateau"}])
def test_what_chooses_starts_anew_where_no_points_are_held_out(engine: str, change: dict[str, Any]) -> None:
    """The network has learned from all training points: none of them can be held out from it any more."""
    experiment = Experiment(hidden=(3, 3), n_samples=60, engine=engine)
    trainer = Trainer(experiment)
    trainer.run(epochs=2)
    assert not trainer.reconfigure(experiment.replace(**change))
    assert trainer.step == 0
    assert trainer.data.sizes() == (24, 6, 30)
    on_test = experiment.replace(choose_on="test")
    trainer = Trainer(on_test)
    trainer.run(epochs=2)
    goes_on(trainer, on_test.replace(**change))


def test_painted_points(engine: str) -> None:
    trainer = Trainer(painted(ROWS, engine=engine))
    trainer.run(epochs=3)
    goes_on(trainer, painted([*ROWS, [1.0, 1.0, 1]], engine=engine))
    assert sum(trainer.data.sizes()) == 41
    goes_on(trainer, painted(ROWS[:30], engine=engine))
    goes_on(trainer, painted(ROWS, engine=engine, n_samples=300, learning_rate=0.1))


def test_the_first_stroke_on_a_drawn_data_set(engine: str) -> None:
    trainer = Trainer(Experiment(dataset="circle", hidden=(3, 3), engine=engine))
    trainer.run(epochs=3)
    goes_on(trainer, painted(ROWS, engine=engine, n_samples=120))


@pytest.mark.parametrize(
    "change",
    [
        {"hidden": (3, 4)},
        {"dataset": "spiral"},
        {"n_samples": 90},
        {"normalization": "batch_norm"},
        {"seed": 1},
    ],
    ids=str,
)
def test_what_needs_a_new_network(engine: str, change: dict[str, Any]) -> None:
    experiment = Experiment(hidden=(3, 3), n_samples=60, engine=engine)
    trainer = Trainer(experiment)
    trainer.run(epochs=2)
    changed = experiment.replace(**change)
    assert not can_continue(experiment, changed)
    assert not trainer.reconfigure(changed)
    assert (trainer.step, trainer.epoch) == (0, 0)


# --- what watches a loss ---------------------------------------------------------------------


def watching(engine: str, **fields: Any) -> Trainer:
    """A run with little patience that has its best epoch behind it, and has lowered its learning rate."""
    schedule = {"name": "reduce_on_plateau", "patience": 1, "threshold": 0.5}
    stopping = {"name": "patience", "patience": 20}
    trainer = Trainer(painted(ROWS, engine=engine, schedule=schedule, early_stopping=stopping, **fields))
    trainer.run(epochs=10)
    assert trainer.learning_rate < trainer.experiment.learning_rate
    return trainer


@pytest.mark.parametrize(
    "change",
    [{"loss": "cross_entropy"}, {"label_smoothing": 0.2}, {"points": painted([*ROWS, [3.0, 3.0, 0]]).points}],
    ids=["loss", "smoothing", "points"],
)
def test_a_best_measured_otherwise_is_forgotten(engine: str, change: dict[str, Any]) -> None:
    trainer = watching(engine, loss="squared_error")
    rate = trainer.learning_rate
    goes_on(trainer, trainer.experiment.replace(**change))
    assert trainer.learning_rate == rate  # what was lowered stays so
    trainer.run(epochs=1)
    assert trainer.best_epoch == trainer.epoch


def test_what_is_measured_alike_is_remembered(engine: str) -> None:
    trainer = watching(engine, loss="squared_error", optimizer="momentum", learning_rate=5.0)
    best = trainer.best_epoch
    assert best is not None
    goes_on(trainer, trainer.experiment.replace(batch_size=7, l2=0.01, dropout=0.1))
    assert trainer.best_epoch == best


def test_early_stopping_counts_anew_after_another_loss(engine: str) -> None:
    stopping = {"name": "patience", "patience": 30}
    experiment = Experiment(loss="squared_error", early_stopping=stopping, engine=engine)
    trainer = Trainer(experiment)
    trainer.run(epochs=66)
    assert trainer.status == "running"
    trainer.reconfigure(experiment.replace(loss="cross_entropy"))
    trainer.run(epochs=40)  # cross-entropy is larger than the squared error was, and falls
    assert (trainer.status, trainer.epoch) == ("running", 106)
    assert trainer.best_epoch is not None
    assert trainer.best_epoch > 66


@pytest.mark.usefixtures("engine")
def test_points_that_were_learned_are_not_tested_on(engine: str) -> None:
    nine, ten, more = (painted(ROWS[:n], engine=engine) for n in (9, 10, 12))
    assert [e.tested for e in (nine, ten, more)] == [False, True, True]
    assert not can_continue(nine, ten)
    assert can_continue(ten, more)
    assert can_continue(ten, nine)
    assert can_continue(painted(ROWS[:4], engine=engine), nine)
