"""A small picture of a run: the decision map with the training points on it."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.techniques import LOSSES
from playground.views.theme import CLASS_COLOURS

GRID = 90
PIXELS = 360
POINTS = 250
RADIUS = 4.5
STRENGTH = 0.6
"""Weight of the map against white, so that points of the same colour stand out."""
PALE = 0.35
"""Weight of a class's colour where the network is least certain."""

Colours = NDArray[np.float64]


def rgb(colour: str) -> Colours:
    """The colour ``"#rrggbb"`` as float64 (3,) in [0, 255]."""
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], dtype=np.float64)


def diverging(t: NDArray[np.float64]) -> Colours:
    """Blue over near-white to orange for t in [0, 1]: float64 ``t.shape + (3,)``."""
    t = np.clip(t, 0.0, 1.0)[..., None]
    middle = np.array([244.0, 244.0, 242.0])
    low, high = rgb(CLASS_COLOURS[0]), rgb(CLASS_COLOURS[1])
    side = np.where(t < 0.5, low, high)
    return middle + (side - middle) * np.abs(2.0 * t - 1.0)


def trained(experiment: Experiment, epochs: int, seconds: float) -> Trainer:
    """A run of ``epochs``, cut short after ``seconds``."""
    trainer = Trainer(experiment)
    steps = epochs * trainer.steps_per_epoch
    trainer.run_for(seconds, most_steps=steps)
    return trainer


def decision_map(trainer: Trainer, size: int = GRID) -> Colours:
    """The network's output over the domain as colours, (size, size, 3), top row = largest x2."""
    data, experiment = trainer.data, trainer.experiment
    (left, right), (bottom, top) = data.plane.domain
    x1 = left + (right - left) * (np.arange(size) + 0.5) / size
    x2 = top - (top - bottom) * (np.arange(size) + 0.5) / size
    X = data.plane.inputs(np.stack(np.meshgrid(x1, x2), axis=-1).reshape(-1, 2))
    scores = torch.from_numpy(np.ascontiguousarray(trainer.engine.forward(data.features(X))[-1]))
    if experiment.task == "regression":
        return diverging(_share(scores[:, 0].numpy(), data.y_train)).reshape(size, size, 3)
    p = LOSSES[experiment.loss.name].probability(scores, experiment.loss).numpy()
    if experiment.task == "binary":
        return diverging(p.astype(np.float64)).reshape(size, size, 3)
    count = experiment.n_classes
    colours = np.stack([rgb(c) for c in CLASS_COLOURS[:count]])[p.argmax(axis=1)]
    confidence = (p.max(axis=1) - 1 / count) / (1 - 1 / count)
    weight = PALE + (0.85 - PALE) * confidence[:, None]
    return (255 + (colours - 255) * weight).reshape(size, size, 3)


def _share(values: NDArray[np.floating], targets: NDArray[np.floating]) -> NDArray[np.float64]:
    """Values as shares of the range of the targets, in [0, 1]."""
    low, high = float(targets.min()), float(targets.max())
    return np.clip((np.asarray(values, np.float64) - low) / max(high - low, 1e-12), 0.0, 1.0)


def picture(trainer: Trainer, pixels: int = PIXELS) -> bytes:
    """The decision map with the training points as a PNG image of ``pixels`` × ``pixels``."""
    field = 255.0 + (decision_map(trainer) - 255.0) * STRENGTH
    image = Image.fromarray(np.clip(field, 0, 255).astype(np.uint8)).resize(
        (pixels, pixels), Image.Resampling.BICUBIC
    )
    pen = ImageDraw.Draw(image)
    data = trainer.data
    (left, right), (bottom, top) = data.domain
    y = data.y_train
    if trainer.experiment.task == "regression":
        fills = diverging(_share(y, y))
    else:
        fills = np.stack([rgb(c) for c in CLASS_COLOURS])[y.astype(int)]
    for (x1, x2), fill in list(zip(data.plane.places(data.X_train), fills, strict=True))[:POINTS]:
        column = pixels * (x1 - left) / (right - left)
        row = pixels * (top - x2) / (top - bottom)
        box = (column - RADIUS, row - RADIUS, column + RADIUS, row + RADIUS)
        pen.ellipse(box, fill=tuple(int(v) for v in fill), outline=(255, 255, 255))
    buffer = BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
