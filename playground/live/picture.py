"""From a network's outputs over the plane to the bytes of the maps that the stage draws."""

from __future__ import annotations

import numpy as np

from playground.data.plane import Plane
from playground.data.prepare import Data
from playground.engine.plan import Engine
from playground.keeping import kept_with_the_first
from playground.registry import Spec
from playground.techniques import LOSSES

MIDDLE = 127.5


RANGE_MARGIN = 0.1
"""Room beyond the targets, as a share of their range, that the colours of a regression cover."""


def target_range(data: Data) -> tuple[float, float]:
    """The targets that the ends of a regression's colours stand for."""
    targets = data.all("y")
    low, high = float(targets.min()), float(targets.max())
    margin = RANGE_MARGIN * (high - low) or 1.0
    return (low - margin, high + margin)


class Grid:
    """Cell centres over a plane's domain and their prepared features.

    Args:
        data: whose features are used.
        size: cells a side. Row 0 is the top (largest x2).
        plane: that is shown; None for the one that the data show first.
    """

    def __init__(self, data: Data, size: int, plane: Plane | None = None) -> None:
        self.size = size
        self.plane = plane or data.plane
        centres = (np.arange(size) + 0.5) / size
        (low1, high1), (low2, high2) = self.plane.domain
        x1 = low1 + centres * (high1 - low1)
        x2 = high2 - centres * (high2 - low2)
        self.places = np.column_stack([np.tile(x1, size), np.repeat(x2, size)])
        self.F = np.ascontiguousarray(data.features(self.X), dtype=np.float32)

    @property
    def X(self) -> np.ndarray:
        """The inputs at the cells' centres, float64 (size², columns)."""
        return self.plane.inputs(self.places)


def grid_of(data: Data, size: int, plane: Plane | None = None) -> Grid:
    """The grid over ``data``; shared by the sessions that look at the same data."""
    return _grid(data, size, plane)


_grid = kept_with_the_first(Grid)


def to_bytes(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """uint8 of ``values``, with ``low`` at 0 and ``high`` at 255; what lies outside is clipped."""
    span = high - low if high > low else 1.0
    # In float64: the ends may be as far apart as float32 reaches, and twice that is infinite there.
    scaled = (np.clip(values.astype(np.float64), low, low + span) - low) * (255.0 / span)
    return np.rint(np.nan_to_num(scaled, nan=MIDDLE)).clip(0, 255).astype(np.uint8)


def boundary(
    scores: np.ndarray, task: str, loss_name: str, loss_spec: Spec, target_range: tuple[float, float]
) -> dict[str, np.ndarray]:
    """The arrays of the big plot from scores (n, n_outputs) over a square grid, or of many from (k, n, n_outputs).

    ``map`` is the probability of class 1, the place within ``target_range``, or the class; ``confidence`` goes with
    the class: the probability of the most probable class, from 1 / C at 0 to 1 at 255.
    """
    import torch

    size = round(scores.shape[-2] ** 0.5)
    shape, flat = (*scores.shape[:-2], size, size), scores.reshape(-1, scores.shape[-1])
    if task == "regression":
        return {"map": to_bytes(flat[:, 0], *target_range).reshape(shape)}
    probability = LOSSES[loss_name].probability(torch.from_numpy(flat), loss_spec)
    if task == "binary":
        return {"map": to_bytes(probability.numpy().reshape(-1), 0.0, 1.0).reshape(shape)}
    top, best = probability.nan_to_num(nan=0.0).max(dim=1)
    return {
        "map": best.numpy().astype(np.uint8).reshape(shape),
        "confidence": to_bytes(top.numpy(), 1.0 / flat.shape[1], 1.0).reshape(shape),
    }


def unit_range(values: np.ndarray) -> tuple[float, float]:
    """The range that a unit's map is coloured over: around 0, or from 0 for a unit that is never negative."""
    finite = values[np.isfinite(values)]
    most = float(np.abs(finite).max()) if len(finite) else 1.0
    most = most or 1.0
    return (-most, most)


def unit_maps(inputs: np.ndarray, layers: list[np.ndarray]) -> np.ndarray:
    """Every unit's map over a small square grid, uint8 (n_units, t, t), 127.5 at 0, each by its own scale.

    An input that is the same everywhere is held: its map is that of 0.

    Args:
        inputs: (t², d) prepared features.
        layers: activations (t², n) of the hidden layers, then the scores.
    """
    values = np.concatenate([inputs, *layers], axis=1)
    with np.errstate(invalid="ignore"):
        most = np.nanmax(np.abs(np.where(np.isfinite(values), values, np.nan)), axis=0, initial=1e-12)
    most[: inputs.shape[1]][np.ptp(inputs, axis=0) == 0] = np.inf
    size = round(len(values) ** 0.5)
    scaled = np.nan_to_num(values / most, nan=0.0, posinf=1.0, neginf=-1.0)
    pixels = np.rint(MIDDLE + MIDDLE * np.clip(scaled, -1, 1)).astype(np.uint8)
    return np.ascontiguousarray(pixels.T).reshape(-1, size, size)


def wrong(scores: np.ndarray, targets: np.ndarray, task: str) -> np.ndarray:
    """uint8 (n,): 1 where the predicted class is not the target; zeros for regression."""
    if task == "regression":
        return np.zeros(len(targets), dtype=np.uint8)
    predicted = (scores[:, 0] > 0) if task == "binary" else scores.argmax(axis=1)
    return (predicted.astype(np.int64) != targets.astype(np.int64)).astype(np.uint8)


def all_points(engine: Engine) -> tuple[np.ndarray, np.ndarray]:
    """Features and targets of all parts, in the order of ``Data.all``."""
    return engine.data.all("F"), engine.data.all("y")
