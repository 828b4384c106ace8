"""Ensembles: networks that differ in their first weights, averaged; and snapshots of one run.

Sources: Hansen & Salamon 1990, Neural network ensembles; Huang et al. 2017, Snapshot ensembles (equation 2: the
cosine cycles of the learning rate).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from playground.chapters.generalization.runs import (
    Grid,
    accuracy_of,
    fast,
    fresh,
    scores,
    sigmoid,
    trained,
)
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.views.contours import isolines

MEMBERS = 10
SIZES: dict[str, tuple[int, ...]] = {"small": (8,), "middle": (16, 16), "large": (32, 32)}
"""Hidden layers of the members: the smaller they are, the more their first weights decide."""
PIECES = 8
"""Learning rates of one cosine cycle."""


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Members on a map and on fresh points.

    Args:
        grid: the map.
        on_map: (members, size²), each member's probability of class 1.
        accuracies: (members,), of each on fresh points.
        average: of the averaged probabilities.
        disagreement: share of the fresh points about which the members are not of one mind. Elsewhere the average
            says what each of them says, so that it can gain nothing there.
        disputed: accuracy on just those points, of a member (mean) and of the average; nan where there are none.
            ``disagreement`` times their difference is the gain.
        X, y: the training points.
        domain: of the map.
    """

    grid: Grid
    on_map: np.ndarray
    accuracies: tuple[float, ...]
    average: float
    disagreement: float
    disputed: tuple[float, float]
    X: np.ndarray
    y: np.ndarray
    domain: tuple[tuple[float, float], tuple[float, float]]

    @property
    def boundaries(self) -> pd.DataFrame:
        """The lines p = ½ as segments: columns ``kind`` (``"member"`` or ``"average"``), ``member`` (0 for the
        average), ``x``, ``y``, ``x2``, ``y2``."""
        frames = []
        for k, p in enumerate([self.on_map.mean(axis=0), *self.on_map]):
            lines = isolines(self.grid.x, self.grid.y, self.grid.heights(p), np.array([0.5]))
            frames.append(lines.drop(columns="level").assign(kind="member" if k else "average", member=k))
        return pd.concat(frames, ignore_index=True)

    @property
    def gain(self) -> float:
        """Accuracy of the average minus the members' mean accuracy."""
        return self.average - float(np.mean(self.accuracies))


def member(base: Experiment, number: int) -> Experiment:
    """The experiment with the first weights of member ``number``; data and batches stay."""
    return base.replace(init_seed=base.weights_seed + 1000 * number)


def ensemble(base: Experiment, epochs: int = 300, members: int = MEMBERS) -> Iterator[tuple[float, Ensemble]]:
    """Train members one after the other; yields the share done and the ensemble thus far."""
    X, y = fresh(base)
    on_map: list[np.ndarray] = []
    on_fresh: list[np.ndarray] = []
    for k in range(members):
        trainer = trained(member(base, k), epochs)
        grid = Grid.over(trainer.data.domain)
        on_map.append(sigmoid(scores(trainer, grid.X)))
        on_fresh.append(sigmoid(scores(trainer, X)))
        yield (k + 1) / members, _together(trainer, grid, on_map, on_fresh, y)


def disputed(probabilities: np.ndarray) -> np.ndarray:
    """The points to which not all members give the same class: bool (n,) for probabilities (members, n)."""
    votes = probabilities > 0.5
    return np.asarray(votes.any(axis=0) != votes.all(axis=0))


def _on_disputed(probabilities: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    where = disputed(probabilities)
    if not where.any():
        return math.nan, math.nan
    p, right = probabilities[:, where], y[where]
    each = [accuracy_of(member - 0.5, right) for member in p]
    return float(np.mean(each)), accuracy_of(p.mean(axis=0) - 0.5, right)


def _together(
    trainer: Trainer, grid: Grid, on_map: list[np.ndarray], on_fresh: list[np.ndarray], y: np.ndarray
) -> Ensemble:
    return Ensemble(
        grid,
        np.array(on_map),
        tuple(accuracy_of(p - 0.5, y) for p in on_fresh),
        accuracy_of(np.mean(on_fresh, axis=0) - 0.5, y),
        float(disputed(np.array(on_fresh)).mean()),
        _on_disputed(np.array(on_fresh), y),
        trainer.data.X_train,
        trainer.data.y_train,
        trainer.data.domain,
    )


def snapshots(base: Experiment, epochs: int, members: int = MEMBERS) -> Iterator[tuple[float, Ensemble]]:
    """One run of ``epochs`` with ``members`` cosine cycles of the learning rate; a member at each cycle's end.

    Cycle position t in [0, 1) has η = η₀/2·(cos πt + 1).
    """
    trainer = Trainer(fast(base))
    X, y = fresh(base)
    grid = Grid.over(trainer.data.domain)
    length = max(1, epochs // members)
    on_map: list[np.ndarray] = []
    on_fresh: list[np.ndarray] = []
    for k in range(members):
        _cycle(trainer, base.learning_rate, length)
        on_map.append(sigmoid(scores(trainer, grid.X)))
        on_fresh.append(sigmoid(scores(trainer, X)))
        yield (k + 1) / members, _together(trainer, grid, on_map, on_fresh, y)


def _cycle(trainer: Trainer, rate: float, length: int) -> None:
    pieces = min(PIECES, length)
    marks = np.round(np.linspace(0, length, pieces + 1)).astype(int)
    for i in range(pieces):
        eta = max(rate / 2 * (math.cos(math.pi * i / pieces) + 1), 1e-5)
        trainer.reconfigure(trainer.experiment.replace(learning_rate=eta))
        trainer.run(epochs=int(marks[i + 1] - marks[i]))
