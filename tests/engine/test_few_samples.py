"""Steps of one to four samples, whose lanes are units, against the reference engine."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from playground.data.prepare import prepare
from playground.engine.fused import FusedEngine
from playground.engine.fused.few import FEW, WIDE
from playground.engine.noise import NoiseSource
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.techniques import ACTIVATIONS, LOSSES, NORMALIZATIONS, REGULARIZERS, SKIPS, acting

pytestmark = pytest.mark.usefixtures("kernel")

BASE: dict[str, Any] = {"n_samples": 60, "hidden": (WIDE + 1, 16, 5), "learning_rate": 0.005}
TOLERANCE = {"rtol": 1e-3, "atol": 2e-4}
ACROSS_KINKS = {"rtol": 5e-3, "atol": 3e-3}
OF_TASK = {"binary": "circle", "multiclass": {"name": "blobs", "classes": 4}, "regression": "plane"}
EVEN = (WIDE + 3,) * 3
KINDS: dict[str, dict[str, Any]] = {
    **{f"activation {name}": {"activation": name} for name in ACTIVATIONS},
    **{f"skip {name}": {"skip": name, "hidden": EVEN} for name in SKIPS},
    **{f"normalization {name}": {"normalization": name} for name in NORMALIZATIONS},
    **{
        f"loss {name} {task}": {"loss": name, "dataset": OF_TASK[task]}
        for name, loss in LOSSES.items()
        for task in loss.tasks
    },
    **{
        f"regularizer {name}": {
            entry.field: min(entry.shown, 0.5),
            **({"skip": "residual", "hidden": EVEN} if entry.acts_on == "blocks" else {}),
        }
        for name, entry in REGULARIZERS.items()
    },
    "momentum": {"optimizer": "momentum"},
    "one wide layer": {"hidden": (40,)},
    "whole runs": {"hidden": (32, 16)},
    "many inputs": {"dataset": {"name": "breast_cancer", "inputs": "all"}, "preprocessing": "standardize"},
    "every noise": {
        "dropout": (0.0, 0.3, 0.0),
        "dropconnect": 0.2,
        "input_noise": 0.1,
        "mixup": 0.4,
        "hidden": EVEN,
        "skip": "residual",
        "stochastic_depth": 0.3,
    },
}


@pytest.mark.parametrize("size", [1, 3, FEW])
@pytest.mark.parametrize("kind", KINDS)
def test_engines_agree(kind: str, size: int) -> None:
    experiment = Experiment(**{**BASE, **KINDS[kind]}, batch_size=size)
    trainers = [Trainer(experiment.replace(engine=engine)) for engine in ("reference", "fused")]
    for trainer in trainers:
        trainer.run(steps=40)
    theirs, ours = (trainer.engine.state() for trainer in trainers)
    kinked = LOSSES[experiment.loss.name].kinked
    kinked |= any(ACTIVATIONS[spec.name].kinked for spec in experiment.activations)
    kinked |= any(e.penalty.kinked for e in acting(experiment, "loss") if e.penalty)
    tolerance = ACROSS_KINKS if kinked else TOLERANCE
    for name in ("params", "buffers", "slots"):
        np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), **tolerance, err_msg=name)


def test_the_lanes_are_units_just_where_layers_are_wide_and_plain() -> None:
    def few(**fields: Any) -> int:
        experiment = Experiment(**{**BASE, **fields})
        engine = FusedEngine(experiment, prepare(experiment), NoiseSource(experiment))
        return int(engine._net.settings["few"][0])

    assert few() == FEW
    assert few(dropout=0.2, skip="residual", optimizer="adam") == FEW
    for fields in ({"hidden": (WIDE - 1,)}, {"normalization": "batch_norm"}, {"activation": "maxout"}):
        assert few(**fields) == 0


def test_steps_of_few_and_of_many_follow_each_other_in_one_work_space() -> None:
    experiment = Experiment(**BASE, batch_size=7, activation="sigmoid", engine="fused")  # 30 = 4 · 7 + 2
    trainers = [Trainer(experiment.replace(engine=engine)) for engine in ("reference", "fused")]
    for trainer in trainers:
        trainer.run(epochs=6)
    theirs, ours = (trainer.engine.state().params for trainer in trainers)
    np.testing.assert_allclose(ours, theirs, **TOLERANCE)
