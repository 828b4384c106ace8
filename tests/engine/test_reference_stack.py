"""Many networks as one batch of PyTorch: each is what its own engine makes of it, for every technique.

What a GPU does with it is ``test_cuda``'s; here the same code runs on the CPU.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from experiments import NOISY

from playground import race, sweep
from playground.engine import flock as flock_module
from playground.engine.flock import Flock, flocks, kin
from playground.engine.reference import stack
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.techniques import (
    ACTIVATIONS,
    CLIPPINGS,
    INITIALIZERS,
    LOSSES,
    NORMALIZATIONS,
    OPTIMIZERS,
    REGULARIZERS,
    SCHEDULES,
    SKIPS,
    WEIGHTINGS,
)

BASE = Experiment(
    engine="reference",
    device="cpu",
    n_samples=70,
    hidden=(5, 5),
    batch_size=9,
    learning_rate=0.01,
    dataset="moons",
)
"""The last batch of an epoch has one sample less than the others: 35 = 3 · 9 + 8."""
OF_TASK = {"binary": "moons", "multiclass": {"name": "spiral_arms", "arms": 3}, "regression": "plane"}
TOLERANCE = {"rtol": 2e-4, "atol": 2e-5}


def walked() -> dict[str, dict[str, Any]]:
    """Every registered technique, once."""
    found: dict[str, dict[str, Any]] = {}
    for field, registry in (
        ("activation", ACTIVATIONS),
        ("optimizer", OPTIMIZERS),
        ("normalization", NORMALIZATIONS),
        ("clipping", CLIPPINGS),
        ("init", INITIALIZERS),
        ("schedule", SCHEDULES),
        ("skip", SKIPS),
        ("class_weighting", WEIGHTINGS),
    ):
        found |= {f"{field} {name}": {field: name} for name in registry}
    found |= {
        f"loss {name} {task}": {"loss": name, "dataset": OF_TASK[task]}
        for name, loss in LOSSES.items()
        for task in loss.tasks
    }
    for name, entry in REGULARIZERS.items():
        more = {"skip": "residual"} if entry.field == "stochastic_depth" else {}
        found[f"regularizer {name}"] = {str(entry.field): 0.2, **more}
    for name in NORMALIZATIONS:
        found[f"normalization {name}, a batch of one"] = {"normalization": name, "batch_size": 17}
    found["optimizer adam, not corrected"] = {"optimizer": {"name": "adam", "bias_correction": False}}
    return found


WALKED = walked()
ALL: dict[str, Any] = {
    **NOISY,
    "optimizer": "nesterov",
    "clipping": "norm",
    "skip": "residual",
    "stochastic_depth": 0.3,
}


@pytest.fixture(autouse=True)
def batched(monkeypatch: pytest.MonkeyPatch) -> None:
    """The CPU trains networks as one batch too."""
    monkeypatch.setattr(flock_module, "BATCHED", frozenset({"cpu"}))


def same(flock: Flock, trainers: list[Trainer]) -> None:
    for k, trainer in enumerate(trainers):
        assert (flock.steps[k], flock.epochs[k], flock.status[k]) == (
            trainer.step,
            trainer.epoch,
            trainer.status,
        )
        np.testing.assert_allclose(flock.histories[k].rows(), trainer.history.rows(), **TOLERANCE)
        mine, own = flock.state(k), trainer.engine.state()
        np.testing.assert_array_equal(mine.counts, own.counts)
        for name in ("params", "buffers", "slots"):
            np.testing.assert_allclose(getattr(mine, name), getattr(own, name), **TOLERANCE, err_msg=name)


def together(experiments: list[Experiment]) -> tuple[Flock, list[Trainer]]:
    flock, trainers = Flock(experiments), [Trainer(one) for one in experiments]
    for amount in ({"epochs": 1}, {"steps": 3}, {"steps": 3}, {"epochs": 2}):
        flock.run(**amount)
        for trainer in trainers:
            trainer.run(**amount)
    return flock, trainers


@pytest.mark.parametrize("fields", [*WALKED.values(), ALL], ids=[*WALKED, "everything"])
def test_every_technique_is_done_by_all_as_one_or_named(fields: dict[str, Any]) -> None:
    base = BASE.replace(**fields)
    if kin(base) is None:
        named = stack.uncovered(base)
        lengths = WEIGHTINGS[base.class_weighting.name].resample
        assert (
            named in [getattr(value, "name", "") for value in base.__dict__.values()]
            or lengths
            or base.chooses
        )
        assert flocks([base, base.replace(seed=1)], 8) == ([], [0, 1])
        return
    same(*together([base, base.replace(seed=5), base.replace(init_seed=7)]))


@pytest.mark.parametrize("optimizer", [name for name, entry in OPTIMIZERS.items() if not entry.full_batch])
def test_each_has_its_own_rate_schedule_and_strengths(optimizer: str) -> None:
    base = BASE.replace(optimizer=optimizer)
    changes = ({"learning_rate": 0.002}, {"schedule": "step", "l2": 0.1}, {"weight_decay": 0.2, "l1": 0.01})
    experiments = [base.replace(**change, seed=seed) for seed, change in enumerate(changes)]
    assert len({kin(one) for one in experiments}) == 1
    same(*together(experiments))


def test_one_that_diverges_stops_alone_at_a_finite_state() -> None:
    base = BASE.replace(dataset="plane", activation="relu", seed=2)
    experiments = [base.replace(learning_rate=rate) for rate in (0.01, 10.0, 0.02)]
    flock, trainers = Flock(experiments), [Trainer(one) for one in experiments]
    for _ in range(2):
        flock.run(epochs=2)
    for trainer in trainers:
        trainer.run(epochs=4)
    assert flock.status == ["running", "diverged", "running"]
    assert flock.state(1).finite
    for k in (0, 2):
        np.testing.assert_allclose(flock.state(k).params, trainers[k].engine.state().params, **TOLERANCE)
    with pytest.raises(RuntimeError, match="diverged"):
        flock.checkpoint(1)


def test_a_member_goes_on_alone_from_where_it_was() -> None:
    experiments = [BASE.replace(seed=seed, dropout=0.2, optimizer="nadam") for seed in (3, 4)]
    flock, alone, never = Flock(experiments), Trainer(BASE), Trainer(experiments[1])
    flock.run(steps=11)
    alone.restore(flock.checkpoint(1))
    for trainer, steps in ((alone, 10), (never, 21)):
        trainer.run(steps=steps)
    np.testing.assert_allclose(alone.engine.state().params, never.engine.state().params, **TOLERANCE)


def test_scores_are_those_of_each_network() -> None:
    experiments = [BASE.replace(seed=seed, normalization="batch_norm") for seed in range(3)]
    flock, trainers = together(experiments)
    X = np.random.default_rng(0).uniform(-1, 1, (13, 2))
    for scores, trainer in zip(flock.scores(X), trainers, strict=True):
        own = trainer.engine.forward(trainer.data.features(X))[-1]
        np.testing.assert_allclose(scores, own, **TOLERANCE)


def test_a_race_and_a_sweep_of_many_seeds_are_the_same_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    lanes = [
        BASE,
        BASE.replace(activation="relu"),
        BASE.replace(optimizer="lbfgs"),
    ]  # the last one each alone

    def tables() -> list[pd.DataFrame]:
        return [race(lanes, seeds=3, epochs=2), sweep(BASE, {"l2": [0.0, 0.1]}, epochs=2, seeds=3)]

    together = tables()
    monkeypatch.setattr(flock_module, "BATCHED", frozenset())
    for ours, alone in zip(together, tables(), strict=True):
        pd.testing.assert_frame_equal(ours, alone, rtol=1e-3, atol=1e-5)
