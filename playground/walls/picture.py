"""What a wall's viewers see of its networks: a small map, the losses, and a small curve of each."""

from __future__ import annotations

import numpy as np

from playground.engine.crowd import Crowd
from playground.engine.history import COLUMNS
from playground.live import picture

SIZES = ((100, 20), (225, 16), (400, 12))
"""Cells a side of the maps, by the networks that they are enough for."""
CURVE = 24
"""Points of a curve."""
NONE = 0
"""Of a curve: there is no loss."""
STATUS = {"running": 0, "stopped": 1, "diverged": 2}


def column(crowd: Crowd, kind: str) -> int:
    """Where histories hold the ``loss`` or ``accuracy`` of the part that chooses."""
    return COLUMNS.index(f"{kind}_{crowd.experiments[0].watched}")


def map_size(count: int) -> int:
    """Cells a side of the maps of so many networks."""
    return next((size for most, size in SIZES if count <= most), SIZES[-1][1])


def maps(crowd: Crowd, size: int) -> dict[str, np.ndarray]:
    """Every network's map, uint8 (n, size, size), as ``live.picture.boundary`` makes one; with classes also their
    ``confidence``. All of them have the same loss function."""
    found: dict[str, np.ndarray] = {}
    for places, part in crowd.parts:
        experiment = crowd.experiments[places[0]]
        scores = np.ascontiguousarray(part.scores(picture.grid_of(part.data, size).X))
        span, loss = picture.target_range(part.data), experiment.loss
        for name, array in picture.boundary(scores, experiment.task, loss.name, loss, span).items():
            found.setdefault(name, np.zeros((len(crowd), size, size), np.uint8))[places] = array
    return found


def first_loss(crowd: Crowd) -> float:
    """The highest loss that a network began with."""
    return max(float(history.at(np.zeros(1))[0, column(crowd, "loss")]) for history in crowd.histories)


def numbers(crowd: Crowd) -> dict[str, np.ndarray]:
    """Each network's ``loss`` (nan where it diverged), ``accuracy``, ``epochs`` (float32) and ``status`` (uint8)."""
    status = crowd.status
    last = np.array([history.rows(len(history) - 1)[0] for history in crowd.histories])
    diverged = np.array([one == "diverged" for one in status])
    return {
        "loss": np.where(diverged, np.nan, last[:, column(crowd, "loss")]).astype(np.float32),
        "accuracy": last[:, column(crowd, "accuracy")].astype(np.float32),
        "epochs": np.array(crowd.epochs, np.float32),
        "status": np.array([STATUS[one] for one in status], np.uint8),
    }


def curves(crowd: Crowd) -> np.ndarray:
    """Every network's validation loss over its epochs, uint8 (n, CURVE), logarithmically: 1 at the lowest loss of all,
    255 at the highest that any began with; ``NONE`` where there is none."""
    histories, loss = crowd.histories, column(crowd, "loss")
    losses = np.full((len(crowd), CURVE), np.nan)
    last = max(history.epochs for history in histories) - 1
    epochs = np.linspace(0, last, min(CURVE, last + 1)).round().astype(np.int64)
    for row, history in zip(losses, histories, strict=True):
        known = epochs[epochs < history.epochs]
        row[: len(known)] = history.at(known)[:, loss]
    with np.errstate(invalid="ignore", divide="ignore"):
        logs = np.log(losses)
    logs[~np.isfinite(logs)] = np.nan
    low, high = np.nanmin(logs), np.nanmax(logs[:, 0])
    shares = (logs - low) / max(high - low, 1e-9)
    return np.where(np.isnan(shares), NONE, 1 + np.nan_to_num(np.clip(shares, 0, 1)) * 254).astype(np.uint8)
