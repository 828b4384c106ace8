"""Many networks in one compiled call: each is what its own trainer makes of it, to the last bit."""

import numpy as np
import pytest

from playground.engine.flock import Flock, flocks, kin
from playground.engine.replay import take_again
from playground.engine.trainer import Trainer
from playground.experiment import Experiment

BASE = Experiment(engine="fused", n_samples=70, hidden=(5, 3), batch_size=8)
STRENGTHS = (
    {"learning_rate": 0.01},
    {"learning_rate": 0.3, "l2": 0.01},
    {"optimizer": "adam", "weight_decay": 0.1},
)
KINDS = {
    "plain": (BASE, STRENGTHS),
    "dropout": (BASE, ({"dropout": 0.2}, {"dropout": 0.7}, {"dropout": 0.5, "optimizer": "rmsprop"})),
    "every noise": (
        BASE.replace(input_noise=0.1, mixup=0.4, dropconnect=0.2, hidden=(4, 4), skip="residual", stochastic_depth=0.3),
        ({"learning_rate": 0.01}, {"dropconnect": 0.5}, {"stochastic_depth": 0.6}),
    ),
    "normalized": (BASE.replace(normalization="batch_norm"), STRENGTHS),
    "other rules": (BASE, ({"activation": "relu"}, {"loss": "hinge"}, {"init": "orthogonal"}, {"clipping": "norm"})),
    "schedules": (BASE, ({"schedule": "step"}, {"schedule": "cosine"}, {"schedule": "constant"})),
    "classes": (BASE.replace(dataset="iris", features=("x1", "x2")), STRENGTHS),
    "values": (BASE.replace(dataset="plane"), STRENGTHS),
    "points held out": (BASE.replace(validation_fraction=0.2), STRENGTHS),
}  # fmt: skip


def compared(flock: Flock, trainers: list[Trainer]) -> None:
    for k, trainer in enumerate(trainers):
        assert (flock.steps[k], flock.epochs[k]) == (trainer.step, trainer.epoch)
        assert (flock.status[k], flock.reason[k]) == (trainer.status, trainer.reason)
        np.testing.assert_array_equal(flock.histories[k].rows(), trainer.history.rows())
        mine, own = flock.state(k), trainer.engine.state()
        for name in ("params", "buffers", "slots", "counts"):
            np.testing.assert_array_equal(getattr(mine, name), getattr(own, name), err_msg=name)


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("threads", [1, 2])
def test_a_flock_is_its_members_own_runs(name: str, threads: int) -> None:
    base, changes = KINDS[name]
    experiments = [base.replace(**change) for change in changes]
    flock, trainers = Flock(experiments, threads), [Trainer(one) for one in experiments]
    for amount in ({"epochs": 2}, {"steps": 3}, {"steps": 4}, {"epochs": 3}):
        flock.run(**amount)
        for trainer in trainers:
            trainer.run(**amount)
    assert flock.epoch == trainers[0].epoch >= 5
    compared(flock, trainers)


@pytest.mark.parametrize("changes", [{}, {"dropout": 0.3}])
def test_one_that_diverges_stops_alone_at_its_last_finite_numbers(changes: dict[str, float]) -> None:
    base = BASE.replace(dataset="plane", activation="relu", **changes)
    experiments = [base.replace(learning_rate=rate) for rate in (0.01, 10.0, 0.05)]
    flock, trainers = Flock(experiments, 2), [Trainer(one) for one in experiments]
    flock.run(epochs=6)
    for trainer in trainers:
        trainer.run(epochs=6)
    assert flock.status == ["running", "diverged", "running"]
    compared(flock, trainers)
    flock.run(epochs=1)
    assert flock.epochs[1] == trainers[1].epoch
    assert flock.epoch == 7
    with pytest.raises(RuntimeError, match="diverged"):
        flock.checkpoint(1)


def test_a_flock_of_which_none_can_go_on_takes_no_more_steps() -> None:
    flock = Flock([BASE.replace(dataset="plane", activation="relu", learning_rate=10.0)] * 2)
    flock.run(epochs=5)
    assert not flock.running
    assert flock.run(epochs=5) == 0


def test_a_member_goes_on_alone_from_where_it_was() -> None:
    experiments = [BASE.replace(dropout=rate, optimizer="adam") for rate in (0.2, 0.4)]
    flock, alone, never = Flock(experiments), Trainer(BASE), Trainer(experiments[1])
    flock.run(steps=11)
    alone.restore(flock.checkpoint(1))
    alone.run(epochs=3)
    never.run(steps=11)
    never.run(epochs=3)
    np.testing.assert_array_equal(alone.history.rows(), never.history.rows())
    np.testing.assert_array_equal(alone.engine.state().params, never.engine.state().params)
    assert alone.log == never.log
    assert alone.log is not None
    again = take_again(alone.log)
    np.testing.assert_array_equal(again.engine.state().params, never.engine.state().params)


def test_scores_are_those_of_each_network() -> None:
    experiments = [BASE.replace(learning_rate=rate) for rate in (0.1, 0.2, 0.4)]
    flock, X = Flock(experiments, 2), np.random.default_rng(0).uniform(-6, 6, (77, 2))
    flock.run(epochs=2)
    scores = flock.scores(X)
    for k, experiment in enumerate(experiments):
        trainer = Trainer(experiment)
        trainer.run(epochs=2)
        np.testing.assert_array_equal(scores[k], trainer.engine.forward(flock.data.features(X))[-1])


def test_only_what_shares_rows_order_noise_and_shape_is_one_flock() -> None:
    apart = (
        {"seed": 1},
        {"hidden": (5, 4)},
        {"batch_size": 9},
        {"noise": 0.2},
        {"dropout": 0.1},
        {"mixup": 0.2},
    )
    assert len({kin(BASE)} | {kin(BASE.replace(**change)) for change in apart}) == 1 + len(apart)
    with pytest.raises(ValueError, match="2 kinds"):
        Flock([BASE, BASE.replace(seed=1)])
    own = BASE.replace(engine="auto", early_stopping="patience"), BASE.replace(engine="reference")
    mixed = [BASE, own[0], BASE.replace(l2=0.1), own[1], BASE.replace(seed=3), BASE.replace(l1=0.1)]
    assert flocks(mixed, 2) == ([[0, 2], [5], [4]], [1, 3])
