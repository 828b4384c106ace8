"""Runs in a section: on the compiled engine where it does them, so that a class does not wait."""

from __future__ import annotations

from playground.engine.choose import fused_module
from playground.engine.trainer import Trainer
from playground.experiment import Experiment


def fast(experiment: Experiment) -> Experiment:
    """The experiment on the compiled engine where that does it, waiting for it to be compiled if need be."""
    fused = fused_module()
    if experiment.engine != "auto" or experiment.device not in ("auto", "cpu") or fused is None:
        return experiment
    return experiment.replace(engine="fused") if fused.covers(experiment) else experiment


def trained(experiment: Experiment, epochs: int) -> Trainer:
    """A trainer that has trained for ``epochs``."""
    trainer = Trainer(fast(experiment))
    trainer.run(epochs=epochs)
    return trainer
