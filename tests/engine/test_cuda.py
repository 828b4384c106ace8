"""The reference engine on a CUDA GPU, against the same engine on the CPU. Skipped where there is none."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
from experiments import NOISY

from playground import Experiment, Trainer
from playground.engine.flock import Flock, kin
from playground.techniques import ACTIVATIONS, CLIPPINGS, NORMALIZATIONS, OPTIMIZERS

pytestmark = pytest.mark.cuda

SMALL: dict[str, Any] = {"n_samples": 90, "hidden": (6, 5), "learning_rate": 0.005, "engine": "reference"}
ALL: dict[str, Any] = {**SMALL, **NOISY}
SETTINGS: list[dict[str, Any]] = [
    *({"activation": name} for name in ACTIVATIONS),
    *({"optimizer": name} for name, entry in OPTIMIZERS.items() if not entry.full_batch),
    *({"normalization": name} for name in NORMALIZATIONS),
    *({"clipping": name} for name in CLIPPINGS),
    ALL,
]
TOLERANCE = {"rtol": 5e-3, "atol": 3e-3}


def on(device: str, **fields: Any) -> Trainer:
    return Trainer(Experiment(**{**SMALL, **fields}, device=device))


def together(gpu: Trainer, cpu: Trainer) -> None:
    """Take the same steps and stay together."""
    for trainer in (gpu, cpu):
        trainer.run(epochs=8)
    assert (gpu.engine.device, cpu.engine.device) == ("cuda", "cpu")
    np.testing.assert_allclose(gpu.engine.state().params, cpu.engine.state().params, **TOLERANCE)
    np.testing.assert_allclose(gpu.history["loss_test"], cpu.history["loss_test"], **TOLERANCE)


@pytest.mark.parametrize("fields", SETTINGS, ids=lambda fields: ",".join(map(str, fields.values()))[:40])
def test_every_technique_against_the_cpu(fields: dict[str, Any]) -> None:
    together(on("cuda", **fields), on("cpu", **fields))


def test_changes_under_way() -> None:
    gpu, cpu = on("cuda", optimizer="adam"), on("cpu", optimizer="adam")
    for change in ({}, {"dropout": 0.2}, {"batch_size": 7}, {"optimizer": "momentum"}, {"clipping": "value"}):
        for trainer in (gpu, cpu):
            assert trainer.reconfigure(trainer.experiment.replace(**change))
        together(gpu, cpu)


def test_a_run_changes_to_the_cpu_and_back() -> None:
    moved, alone = on("cuda", optimizer="adam"), on("cpu", optimizer="adam")
    for device in ("cuda", "cpu", "cuda"):
        assert moved.reconfigure(moved.experiment.replace(device=device))
        moved.run(epochs=2)
    alone.run(epochs=6)
    np.testing.assert_allclose(moved.engine.state().params, alone.engine.state().params, **TOLERANCE)


def test_divergence_falls_back_on_a_finite_state() -> None:
    trainer = on("cuda", dataset="plane", activation="identity", learning_rate=10.0)
    trainer.run(epochs=200)
    assert trainer.status == "diverged"
    assert trainer.engine.state().finite


def test_trainers_on_several_threads() -> None:
    runs = [on("cuda", **{**ALL, "seed": seed}) for seed in range(4)]
    alone = [on("cuda", **{**ALL, "seed": seed}) for seed in range(4)]
    threads = [threading.Thread(target=run.run, kwargs={"epochs": 8}) for run in runs]
    for thread in threads:
        thread.start()
    for thread, run in zip(threads, alone, strict=True):
        thread.join()
        run.run(epochs=8)
    for run, expected in zip(runs, alone, strict=True):
        np.testing.assert_allclose(run.engine.state().params, expected.engine.state().params, **TOLERANCE)


@pytest.mark.parametrize("fields", SETTINGS, ids=lambda fields: ",".join(map(str, fields.values()))[:40])
def test_many_seeds_as_one_batch_against_each_alone_on_the_cpu(fields: dict[str, Any]) -> None:
    there = [Experiment(**{**SMALL, **fields}, device="cuda", seed=seed) for seed in range(5)]
    assert len({kin(experiment) for experiment in there}) == 1
    flock = Flock(there)
    flock.run(epochs=8)
    for k, experiment in enumerate(there):
        alone = Trainer(experiment.replace(device="cpu"))
        alone.run(epochs=8)
        np.testing.assert_allclose(flock.state(k).params, alone.engine.state().params, **TOLERANCE)
        np.testing.assert_allclose(flock.histories[k]["loss_test"], alone.history["loss_test"], **TOLERANCE)


def test_a_batch_in_which_one_diverges() -> None:
    base = Experiment(**{**SMALL, "dataset": "plane", "activation": "relu", "device": "cuda"})
    flock = Flock([base.replace(learning_rate=rate) for rate in (0.01, 10.0, 0.02)])
    flock.run(epochs=20)
    assert flock.status == ["running", "diverged", "running"]
    assert flock.state(1).finite


def test_hundreds_of_networks_take_a_step_together() -> None:
    flock = Flock([Experiment(**SMALL, device="cuda", seed=seed) for seed in range(256)])
    flock.run(epochs=2)
    assert flock.status == ["running"] * 256
