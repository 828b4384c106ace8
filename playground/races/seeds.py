"""Many repeats of one lane as one curve and one map: medians with a band, the mean and the disagreement."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from playground.data.plane import Plane
from playground.engine.history import COLUMNS, GROWTH, MEASURED, History
from playground.engine.trainer import Trainer
from playground.later import torch
from playground.live import picture
from playground.techniques import LOSSES

LOW, HIGH = 0.1, 0.9
"""Quantiles of the band."""
LOSS, ACCURACY = COLUMNS.index("loss_test"), COLUMNS.index("accuracy_test")
REGRESSION_SHARE = 0.25
"""Standard deviation, as a share of the targets' span, at which the disagreement is drawn strongest."""


def row_values(trainer: Trainer, epochs: np.ndarray) -> np.ndarray:
    """A run's rows at these epochs (k,), rising: (k, 10).

    A run that stopped early stays where its weights were restored to; one that diverged has nan from there on. In
    place of an epoch that a long history has left out stands the row before it, with its own epoch.
    """
    history = trainer.history
    rows = np.full((len(epochs), len(COLUMNS)), np.nan)
    told = epochs < history.epochs
    rows[told] = history.at(epochs[told])
    if trainer.status == "stopped":
        best = trainer.best_epoch
        rows[~told] = history.at(np.array([history.epochs - 1 if best is None else best]))
    rows[~told, 0] = epochs[~told]
    return rows


class SeedCurves:
    """Median and band over the repeats, epoch by epoch, as far as all running repeats have come.

    Row by row ``band`` and ``standing`` belong to ``history``, which thins itself when it gets very long.

    Args:
        trainers: the lane's repeats; the list may still grow before the first epoch.

    Attributes:
        history: medians over the repeats that have not diverged, columns as in ``COLUMNS``.
        standing: (k, 2) medians of test loss and test accuracy that count a diverged repeat as infinitely bad.
    """

    def __init__(self, trainers: Sequence[Trainer]) -> None:
        self.trainers = trainers
        self.forget()

    def forget(self) -> None:
        """Begin anew: other repeats, or a reset."""
        self.history = History()
        self._beside = np.empty((64, 7))  # row by row beside the history: epoch, band, standing

    @property
    def nbytes(self) -> int:
        """Memory that they take."""
        return self.history.nbytes + self._beside.nbytes

    @property
    def band(self) -> np.ndarray:
        """(k, 4): test loss at the 10 % and the 90 % quantile, test accuracy likewise."""
        return self._beside[: len(self.history), 1:5]

    @property
    def standing(self) -> np.ndarray:
        """(k, 2), see the class."""
        return self._beside[: len(self.history), 5:]

    def last(self) -> dict[str, float]:
        """The medians as the repeats stand now, by column; none before the first epoch.

        Where all have ended, those that stopped early stand where their weights went back to.
        """
        if not len(self.history):
            return {}
        alive = [t for t in self.trainers if t.status != "diverged"]
        row = self.history.rows(len(self.history) - 1)[0]
        if alive and all(t.status == "stopped" for t in alive):
            end = np.array([max(t.history.epochs for t in alive)])
            row = np.median([row_values(t, end)[0] for t in alive], axis=0)
        return dict(zip(COLUMNS, row.tolist(), strict=True))

    def update(self) -> None:
        """Take in the epochs that have been finished since."""
        running = [t.history.epochs for t in self.trainers if t.status == "running"]
        end = min(running) if running else max(t.history.epochs for t in self.trainers)
        epochs = np.arange(self.history.epochs, end)
        values = np.stack([row_values(trainer, epochs) for trainer in self.trainers])
        # Of a very long run only the epochs that every repeat still tells of.
        values = values[:, (values[:, :, 0] == epochs).all(axis=0)]
        if values.shape[1]:
            self._append(values)

    def _append(self, values: np.ndarray) -> None:
        """Take in rows (n, k, 10) of all repeats."""
        diverged = np.isnan(values[:, :, LOSS])
        rows, band = _summary(values, diverged)
        start, stop = len(self.history), len(self.history) + len(rows)
        self._beside = _grown(self._beside, stop)
        fresh = self._beside[start:stop]
        fresh[:, 0] = rows[:, 0]
        fresh[:, 1:5] = band
        fresh[:, 5] = np.median(np.where(diverged, np.inf, values[:, :, LOSS]), axis=0)
        fresh[:, 6] = np.median(np.where(diverged, 0.0, values[:, :, ACCURACY]), axis=0)
        self.history.extend(rows[:, 0], rows[:, 1], rows[:, MEASURED], rows[:, 6])
        if len(self.history) < stop:  # it has been thinned
            beside = self._beside[:stop]
            self._beside = beside[np.isin(beside[:, 0], self.history["epoch"])]


def _grown(array: np.ndarray, length: int) -> np.ndarray:
    if length <= len(array):
        return array
    grown = np.empty((max(length, int(GROWTH * len(array))), *array.shape[1:]))
    grown[: len(array)] = array
    return grown


def _summary(values: np.ndarray, diverged: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Medians (k, 10) and band (k, 4) over the first axis of (n, k, 10); what has diverged is left out.

    Of each row at least one has not.
    """
    pairs = (LOSS, ACCURACY)
    if not diverged.any():
        low, high = np.quantile(values[:, :, pairs], (LOW, HIGH), axis=0)
        return np.median(values, axis=0), np.stack([low[:, 0], high[:, 0], low[:, 1], high[:, 1]], axis=1)
    rows = np.empty(values.shape[1:])
    band = np.empty((len(rows), 4))
    for i in range(len(rows)):
        alive = values[~diverged[:, i], i]
        rows[i] = np.median(alive, axis=0)
        low, high = np.quantile(alive[:, pairs], (LOW, HIGH), axis=0)
        band[i] = low[0], high[0], low[1], high[1]
    return rows, band


class SeedMaps:
    """The networks of a lane over the plane, each by a real forward pass of its own.

    A pass for many repeats takes longer than a frame may, so a frame brings as many up to date as fit and goes on
    with the others in the next one.

    Args:
        trainers: the lane's repeats.
    """

    def __init__(self, trainers: Sequence[Trainer]) -> None:
        self.trainers = trainers
        self.forget()

    def forget(self) -> None:
        """Other networks."""
        self._shown: tuple[int, Plane | None] = (0, None)
        self._next = 0
        self._steps: list[int] = []

    def _prepare(self, grid: picture.Grid) -> None:
        """Make room, and each repeat's features of the same places (its preprocessing is its own)."""
        self._shown, self._next = (grid.size, grid.plane), 0
        first = self.trainers[0].data
        self._features = []
        for trainer in self.trainers:
            own = trainer.data.affine
            same = np.array_equal(own.matrix, first.affine.matrix) and np.array_equal(
                own.offset, first.affine.offset
            )
            self._features.append(grid.F if same else trainer.data.features(grid.X))
        outputs = self.trainers[0].experiment.n_outputs
        self._scores = np.zeros((len(self.trainers), len(grid.places), outputs), np.float32)
        self._steps = [-1] * len(self.trainers)

    def update(self, grid: picture.Grid, seconds: float | None) -> int:
        """Bring as many repeats up to date over ``grid`` as fit into ``seconds`` (None: all).

        Returns:
            How many are up to date.
        """
        n = len(self.trainers)
        if (grid.size, grid.plane) != self._shown or n != len(self._steps):
            self._prepare(grid)
            seconds = None
        deadline = None if seconds is None else time.perf_counter() + seconds
        for _ in range(n):
            repeat = self._next
            self._next = (repeat + 1) % n
            trainer = self.trainers[repeat]
            if self._steps[repeat] != trainer.step:
                self._scores[repeat] = trainer.engine.forward(self._features[repeat])[-1]
                self._steps[repeat] = trainer.step
                if deadline is not None and time.perf_counter() > deadline:
                    break
        return sum(step == t.step for step, t in zip(self._steps, self.trainers, strict=True))

    def stale(self) -> None:
        """The networks have changed without a step."""
        self._steps = [-1] * len(self._steps)

    def most(self, target_range: tuple[float, float]) -> float:
        """The disagreement that is drawn strongest."""
        experiment = self.trainers[0].experiment
        if experiment.task == "regression":
            return REGRESSION_SHARE * (target_range[1] - target_range[0])
        return 1.0 - 1.0 / max(2, min(experiment.n_classes, len(self.trainers)))

    def arrays(self, target_range: tuple[float, float]) -> dict[str, np.ndarray]:
        """``map`` (and ``confidence``) of the mean over the repeats, and their ``disagreement``; uint8 (h, w).

        Repeats that have diverged are left out as long as there are others.
        """
        alive = [i for i, t in enumerate(self.trainers) if t.status != "diverged"]
        scores = self._scores[alive or slice(None)]
        experiment = self.trainers[0].experiment
        arrays, disagreement = combine(
            scores, experiment.task, experiment.loss.name, experiment.loss, target_range
        )
        pixels = picture.to_bytes(disagreement, 0.0, self.most(target_range))
        return {**arrays, "disagreement": pixels.reshape(arrays["map"].shape)}


def combine(
    scores: np.ndarray, task: str, loss_name: str, loss_spec: object, target_range: tuple[float, float]
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """The mean's map of several networks, and how far they disagree.

    Args:
        scores: (n, h·w, n_outputs) of n networks over a square grid.

    Returns:
        Arrays as ``picture.boundary`` gives them, and (h·w,): the share of networks that decide otherwise than
        the majority, or in regression the standard deviation.
    """
    n, cells, outputs = scores.shape
    size = round(cells**0.5)
    if task == "regression":
        values = scores[:, :, 0]
        mean = values.mean(axis=0)
        return {"map": picture.to_bytes(mean, *target_range).reshape(size, size)}, values.std(axis=0)
    flat = torch.from_numpy(np.ascontiguousarray(scores)).reshape(n * cells, outputs)
    probability = LOSSES[loss_name].probability(flat, loss_spec).numpy()  # type: ignore[arg-type]
    if task == "binary":
        mean = np.nan_to_num(probability.reshape(n, cells), nan=0.5).mean(axis=0)
        positive = (scores[:, :, 0] > 0).mean(axis=0)
        arrays = {"map": picture.to_bytes(mean, 0.0, 1.0).reshape(size, size)}
        return arrays, np.minimum(positive, 1.0 - positive)
    mean = np.nan_to_num(probability.reshape(n, cells, outputs), nan=0.0).mean(axis=0)
    votes = scores.argmax(axis=2)
    most = np.max([(votes == c).sum(axis=0) for c in range(outputs)], axis=0)
    arrays = {
        "map": mean.argmax(axis=1).astype(np.uint8).reshape(size, size),
        "confidence": picture.to_bytes(mean.max(axis=1), 1.0 / outputs, 1.0).reshape(size, size),
    }
    return arrays, 1.0 - most / n
