"""Networks that were trained before, on pictures drawn here, and come with the package: to go on from.

``python -m tools.pretrain`` makes the files anew.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.images.data import Pictures
from playground.images.experiment import ImageExperiment
from playground.images.trainer import ImageTrainer, prepare

CHANNELS = (16, 32, 32)
"""Blocks of all of these networks."""


@dataclass(frozen=True)
class Source:
    """What a network was trained on.

    Args:
        experiment: the run.
        epochs: its length.
        labels: the classes that it saw; () for all.
    """

    experiment: ImageExperiment
    epochs: int
    labels: tuple[int, ...] = ()

    def pictures(self, n_samples: int | None = None) -> tuple[Pictures, Pictures]:
        """Its training and test pictures; ``n_samples`` are drawn, those of other classes left out."""
        experiment = self.experiment
        parts = prepare(experiment.replace(n_samples=n_samples or experiment.n_samples))
        return only(parts[0], self.labels), only(parts[1], self.labels)


_DIGITS = ImageExperiment(
    dataset="glyphs",
    n_samples=4000,
    train_fraction=0.9,
    augmentation=("shift", "rotate", "zoom", "lens"),
    channels=CHANNELS,
    learning_rate=0.003,
    seed=100,
)

SOURCES = {
    "printed": Source(_DIGITS, epochs=12),
    "half": Source(_DIGITS.replace(n_samples=8000), epochs=12, labels=(0, 1, 2, 3, 4)),
    "fashion": Source(
        _DIGITS.replace(dataset="fashion", n_samples=10_000, augmentation=("shift", "mirror", "zoom")),
        epochs=12,
    ),
    "shapes": Source(_DIGITS.replace(dataset="shapes", augmentation=("rotate", "hue")), epochs=20),
}
"""Printed digits; half of them, 0 to 4; clothes; shapes in colours that change at random: only the shape counts."""


def only(pictures: Pictures, labels: tuple[int, ...]) -> Pictures:
    """Those of some classes, which keep their numbers; of all for ()."""
    return pictures.of(np.flatnonzero(np.isin(pictures.labels, labels))) if labels else pictures


def pretrain(source: Source, n_samples: int | None = None, epochs: int | None = None) -> ImageTrainer:
    """Train as the file was, or with fewer pictures and epochs."""
    trainer = ImageTrainer(source.experiment, source.pictures(n_samples), every=epochs or source.epochs)
    trainer.run(epochs=epochs or source.epochs)
    return trainer


@cache
def weights(name: str) -> dict[str, NDArray[np.float32]]:
    """The tensors of a pre-trained network by name. KeyError: there is none of that name."""
    from safetensors.numpy import load

    if name not in SOURCES:
        raise KeyError(name)
    return load(_file(name))


def facts(name: str) -> dict[str, Any]:
    """What stands with the weights: ``experiment``, ``epochs``, ``accuracy`` on the test pictures of then."""
    data = _file(name)
    size = int.from_bytes(data[:8], "little")  # of the header, which is JSON
    found = json.loads(data[8 : 8 + size])["__metadata__"]
    return {**found, "epochs": int(found["epochs"]), "accuracy": float(found["accuracy"])}


def _file(name: str) -> bytes:
    return (files(__package__) / "weights" / f"{name}.safetensors").read_bytes()
