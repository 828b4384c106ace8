"""Runs that begin on the reference engine while the compiled one is on its way."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest

from playground import Experiment, Trainer
from playground.engine import fused
from playground.engine.fused import engine as fused_engine


@pytest.fixture
def not_compiled(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """As in a process that compiles beside; set the event and the code is there."""
    fused.warm_up()
    there = threading.Event()
    monkeypatch.setattr(fused_engine, "_ready", there)
    monkeypatch.setattr(fused_engine, "_beside", threading.current_thread())
    yield there
    there.set()


def test_a_run_begins_at_once_and_is_taken_over_between_two_steps(not_compiled: threading.Event) -> None:
    experiment = Experiment(hidden=(4,), dropout=0.2, optimizer="adam", schedule="cosine", n_samples=60)
    trainer = Trainer(experiment)
    trainer.run(steps=300)
    assert trainer.engine.name == "reference"
    not_compiled.set()
    trainer.run(steps=1)
    assert trainer.engine.name == "fused"
    trainer.run(epochs=150)
    alone = Trainer(experiment.replace(engine="reference"))
    alone.run(steps=301)
    alone.run(epochs=150)
    assert (trainer.step, trainer.epoch) == (alone.step, alone.epoch)
    np.testing.assert_allclose(trainer.history.rows(), alone.history.rows(), rtol=5e-3, atol=5e-4)


def test_a_run_in_one_call_is_taken_over_when_the_code_is_there(
    not_compiled: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = Trainer(Experiment())
    plans: list[str] = []
    advance = trainer._advance

    def watched(limit: int) -> int:
        plans.append(trainer.engine.name)
        if len(plans) == 2:
            not_compiled.set()
        return advance(limit)

    monkeypatch.setattr(trainer, "_advance", watched)
    trainer.run(epochs=200)
    assert plans == ["reference", "reference", "fused"]
    assert trainer.epoch == 200


def test_a_short_run_does_not_wait_for_the_code(not_compiled: threading.Event) -> None:
    trainer = Trainer(Experiment())
    trainer.run(epochs=2)
    assert (trainer.engine.name, trainer.epoch) == ("reference", 2)


def test_who_chose_the_reference_engine_stays_on_it(not_compiled: threading.Event) -> None:
    chosen, switched = Trainer(Experiment(engine="reference")), Trainer(Experiment())
    switched.switch_engine("reference")
    restored = Trainer(Experiment(seed=1))
    restored.run(steps=1)
    restored.restore(restored.checkpoint())
    not_compiled.set()
    for trainer in (chosen, switched, restored):
        trainer.run(epochs=1)
        assert trainer.engine.name == "reference"
