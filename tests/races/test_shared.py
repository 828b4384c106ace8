"""What lanes share is found in their arrays."""

from __future__ import annotations

import numpy as np
import pytest
from race_watch import Lane, small_race

from playground import Trainer
from playground.races.lockstep import Lockstep
from playground.races.shared import epoch_order, shared

pytestmark = pytest.mark.usefixtures("auto")

EVERYTHING = {
    "data": True,
    "split": True,
    "features": True,
    "order": True,
    "batches": True,
    "weights": "all",
}


@pytest.mark.parametrize(
    ("changes", "other"),
    [
        ({"activation": "relu"}, {}),
        ({"optimizer": "adam", "l2": 0.1, "dropout": 0.2}, {}),
        ({"batch_size": 3}, {"batches": False}),
        ({"preprocessing": "standardize"}, {"features": False}),
        ({"init": "he_normal"}, {"weights": "none"}),
        ({"init_seed": 5}, {"weights": "none"}),
        ({"hidden": (4, 3)}, {"weights": "some"}),
        ({"hidden": (3,)}, {"weights": "none"}),
        ({"label_noise": 0.3}, {"data": False}),
        ({"dataset": "moons"}, {"data": False, "features": False}),
        ({"train_fraction": 0.7}, {"split": False, "features": False, "order": False, "batches": False}),
    ],
)
def test_a_change_takes_away_just_what_it_must(changes, other):
    lockstep = Lockstep(small_race(Lane(), Lane(**changes)))
    first, second = (own.trainers[0] for own in lockstep.lanes)
    assert shared(first, second) == EVERYTHING | other


def test_another_seed_shares_nothing():
    lockstep = Lockstep(small_race(Lane(), Lane(seed=1)))
    first, second = (own.trainers[0] for own in lockstep.lanes)
    told = shared(first, second)
    assert not told["data"]
    assert not told["order"]
    assert told["weights"] == "none"


def test_every_repeat_shares_alike():
    lockstep = Lockstep(small_race(seeds=3))
    lockstep.build()
    for first, second in zip(*(own.trainers for own in lockstep.lanes), strict=True):
        assert shared(first, second) == EVERYTHING


def test_the_order_is_the_one_that_is_trained_on():
    race = small_race(base={"batch_size": 20})
    trainer = Trainer(race.experiments[0])
    seen = []
    run = trainer.engine.run
    trainer.engine.run = lambda plan: (seen.append(plan.order.copy()), run(plan))[1]
    for _ in range(3):
        trainer.run(epochs=1)
    np.testing.assert_array_equal(epoch_order(Trainer(race.experiments[0])), np.stack(seen))
