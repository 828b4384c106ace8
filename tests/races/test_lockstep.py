"""All networks come forward together, and each of them exactly as it would alone."""

from __future__ import annotations

import numpy as np
import pytest
from race_watch import Lane, small_race

from playground import Trainer
from playground.races.lockstep import Lockstep

pytestmark = pytest.mark.usefixtures("auto")

LANES = (Lane(activation="relu"), Lane(batch_size=7), Lane(optimizer="adam", hidden=(3,)))


def test_a_lane_is_what_the_experiment_is_alone():
    race = small_race(*LANES, seeds=2)
    lockstep = Lockstep(race)
    lockstep.build()
    lockstep.aim_steps(11)
    while not lockstep.run(0.0005):  # in many small slices
        pass
    for lane, own in enumerate(lockstep.lanes):
        for repeat, trainer in enumerate(own.trainers):
            alone = Trainer(race.experiment(lane, repeat))
            alone.run(steps=11)
            assert trainer.step == 11
            np.testing.assert_array_equal(trainer.engine.state().params, alone.engine.state().params)


def test_epochs_end_together_where_batches_differ():
    lockstep = Lockstep(small_race(*LANES))
    lockstep.aim_steps(1)
    lockstep.finish()
    lockstep.aim_epochs(3)
    lockstep.finish()
    assert [own.leader.epoch for own in lockstep.lanes] == [3, 3, 3]
    assert [own.leader.step for own in lockstep.lanes] == [6, 9, 6]


def test_equal_time_leaves_nobody_out():
    lockstep = Lockstep(small_race(*LANES, mode="time"))
    lockstep.aim_seconds(0.01)
    lockstep.finish()
    assert all(own.leader.step > 0 for own in lockstep.lanes)
    assert all(own.seconds > 0 for own in lockstep.lanes)


def test_one_that_diverges_does_not_hold_up_the_others():
    race = small_race(
        Lane(learning_rate=0.01),
        Lane(learning_rate=10.0),
        base={"dataset": "plane", "hidden": (), "batch_size": 5000},
    )
    lockstep = Lockstep(race)
    for _ in range(40):
        lockstep.aim_epochs(10)
        lockstep.finish()
    good, bad = (own.trainers[0] for own in lockstep.lanes)
    assert bad.status == "diverged"
    assert good.status == "running"
    assert good.epoch == 400
    assert lockstep.epoch == 400


def test_steps_to_an_epoch_are_counted_to_the_next_lane():
    lockstep = Lockstep(small_race(*LANES))
    # 20 training points: 2 steps of 10, 3 steps of 7
    assert lockstep.steps_to(4) == 8
    lockstep.aim_steps(8)
    lockstep.finish()
    assert lockstep.steps_to(4) == 4
    lockstep.aim_steps(4)
    lockstep.finish()
    assert lockstep.steps_to(4) is None


def test_seconds_between_notes_are_in_proportion():
    own = Lockstep(small_race()).lanes[0]
    own._marks = [(0, 0.0), (4, 2.0), (6, 4.0)]
    assert own.seconds_at(2) == pytest.approx(1.0)
    assert own.seconds_at(5) == pytest.approx(3.0)
