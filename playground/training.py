"""Training from Python: one call for every kind of experiment."""

from __future__ import annotations

from typing import Any, overload

from playground.engine import trainer as points
from playground.engine.history import History
from playground.experiment import Experiment
from playground.images.experiment import ImageExperiment
from playground.images.trainer import ImageTrainer


class Trainer(points.Trainer):
    """Trains one experiment, a step at a time or many; of an ``ImageExperiment`` an ``ImageTrainer`` is made.

    See ``playground.engine.trainer.Trainer`` and ``playground.images.trainer.ImageTrainer``.
    """

    @overload
    def __new__(cls, experiment: Experiment) -> Trainer: ...
    @overload
    def __new__(cls, experiment: ImageExperiment) -> ImageTrainer: ...  # type: ignore[misc]
    def __new__(cls, experiment: Any) -> Any:
        return ImageTrainer(experiment) if isinstance(experiment, ImageExperiment) else super().__new__(cls)


def train(experiment: Experiment | ImageExperiment, epochs: int = 100) -> History:
    """Train an experiment and return its history.

    Args:
        experiment: what to train.
        epochs: at most this many; early stopping or divergence can end the run before.

    Example:
        >>> from playground import Experiment, train
        >>> len(train(Experiment(dataset="xor"), epochs=3))
        4
    """
    trainer = Trainer(experiment)
    trainer.run(epochs=epochs)
    return trainer.history
