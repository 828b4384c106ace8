"""What an optimizer remembers of a gradient that stays 0 fades to 0, not to numbers that a processor is slow with."""

import numpy as np
import pytest

from playground.engine.trainer import Trainer
from playground.experiment import Experiment

pytestmark = pytest.mark.usefixtures("kernel")


@pytest.mark.parametrize("optimizer", ["momentum", {"name": "adam", "beta2": 0.9}])
def test_slots_of_a_dead_unit_are_zeros(optimizer: object) -> None:
    trainer = Trainer(
        Experiment(engine="fused", n_samples=60, hidden=(8,), activation="relu", optimizer=optimizer)
    )
    trainer.run(steps=5)
    bias = trainer.engine.layout.find("bias", 0)
    trainer.set_parameter(bias.start, -1000.0)  # no point reaches the unit any more
    trainer.run(steps=2000)
    slots = np.abs(trainer.engine.state().slots)
    assert slots[:, bias.start].tolist() == [0.0] * len(slots)
    assert not ((slots > 0) & (slots < np.finfo(np.float32).tiny)).any()
