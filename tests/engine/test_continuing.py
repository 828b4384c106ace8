"""A running network goes on through every change that needs no new one, on each engine."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from playground import Experiment, Trainer
from playground.engine.choose import can_continue
from playground.experiment import CHOICES, DROPOUT, HOT_FIELDS, NUMBERS
from playground.techniques import LOSSES, OPTIMIZERS

ROWS: list[list[float]] = [[i % 7 - 3.0, i % 5 - 2.0, i % 2] for i in range(40)]


def painted(rows: list[list[float]], **fields: Any) -> Experiment:
    points = {"x_names": ["a", "b"], "target_name": "class", "class_names": ["n", "y"], "rows": rows}
    return Experiment(dataset="custom", points=points, hidden=(3, 3), **fields)


def others(field: str, engine: str) -> list[Any]:
    """Values of a field: the ends of its range, or every technique that this engine covers."""
    if field not in CHOICES:
        param = DROPOUT if field == "dropout" else NUMBERS[field]
        return [param.low, param.high]
    names = list(CHOICES[field][0])
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
    experiment = Experiment(hidden=(3, 3), n_samples=60, engine=engine)
    for value in others(field, engine):
        trainer = Trainer(experiment)
        trainer.run(epochs=2)
        goes_on(trainer, experiment.replace(**{field: value}))


def test_painted_points(engine: str) -> None:
    trainer = Trainer(painted(ROWS, engine=engine))
    trainer.run(epochs=3)
    goes_on(trainer, painted([*ROWS, [1.0, 1.0, 1]], engine=engine))
    assert len(trainer.data.F_train) + len(trainer.data.F_test) == 41
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
