"""The widest layers that can be chosen train alike on both engines, from the same initial weights."""

from __future__ import annotations

import numpy as np
import pytest

from playground.engine.trainer import Trainer
from playground.experiment import MAX_UNITS, Experiment

pytestmark = pytest.mark.usefixtures("kernel")


@pytest.mark.parametrize(
    "fields", [{"batch_size": 10}, {"batch_size": 5000, "activation": "relu", "init": "he_normal"}]
)
def test_engines_agree_on_the_widest_layers(fields: dict) -> None:
    experiment = Experiment(
        hidden=(MAX_UNITS, 100), dataset={"name": "spiral_arms", "arms": 3}, n_samples=200, **fields
    )
    trainers = [Trainer(experiment.replace(engine=engine)) for engine in ("reference", "fused")]
    first, second = (trainer.engine.state().params for trainer in trainers)
    np.testing.assert_array_equal(first, second)
    for trainer in trainers:
        trainer.run(epochs=3)
    rows = [list(trainer.history.last().values()) for trainer in trainers]
    np.testing.assert_allclose(rows[0], rows[1], rtol=1e-4)
