"""Any experiments in step with each other: flocks, and trainers of their own where they need one."""

import numpy as np

from playground.engine.crowd import Crowd
from playground.engine.trainer import Trainer
from playground.experiment import Experiment

BASE = Experiment(engine="fused", n_samples=60, hidden=(4,))
MIXED = [
    BASE,
    BASE.replace(engine="reference"),
    BASE.replace(noise=0.3),
    BASE.replace(l2=0.1),
    BASE.replace(early_stopping={"name": "patience", "patience": 1}, learning_rate=1.0),
]


def test_a_crowd_keeps_the_places_of_its_experiments() -> None:
    crowd = Crowd(MIXED, most=2, threads=2)
    assert not crowd.ready
    assert crowd.build()
    crowd.aim(7)
    while not crowd.work(0.0):
        assert crowd.busy
    crowd.run(epochs=6)
    for place, experiment in enumerate(MIXED):
        trainer = Trainer(experiment)
        trainer.run(steps=7)
        trainer.run(epochs=6)
        assert (crowd.status[place], crowd.epochs[place]) == (trainer.status, trainer.epoch)
        np.testing.assert_array_equal(crowd.histories[place].rows(), trainer.history.rows())
        again = Trainer(experiment)
        if crowd.status[place] == "running":
            again.restore(crowd.checkpoint(place))
            np.testing.assert_array_equal(again.engine.state().params, trainer.engine.state().params)
    assert crowd.running
    assert crowd.step == 7 + 2 + 5 * 3
