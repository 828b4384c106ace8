"""What penalties do to the weights of a network: their sizes, and a penalty at many strengths.

Source: Krogh & Hertz 1991, A simple weight decay can improve generalization.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from playground.chapters.generalization.runs import at_seed, measured, trained, with_gap
from playground.engine.trainer import Trainer
from playground.experiment import Experiment

NEAR_ZERO = 0.01
"""Weights below this count as zero. A step of size η·λ cannot stop exactly at 0, it hops around it."""
STRENGTHS = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0)

BASE = Experiment(
    dataset="moons",
    n_samples=400,
    train_fraction=0.1,
    noise=0.3,
    label_noise=0.1,
    features=("x1", "x2", "x1_squared", "x2_squared", "x1x2", "sin_x1", "sin_x2", "cos_x1", "cos_x2"),
    preprocessing="standardize",
    hidden=(24,),
    activation="tanh",
    optimizer="sgd",
    learning_rate=0.03,
)
"""Forty points, nine features of which few are needed, plain steps: with η = 0.03 they hop by less than
``NEAR_ZERO`` around 0 up to λ = 0.3."""


def weights_of(trainer: Trainer) -> np.ndarray:
    """All weights that penalties act on, float64 (W,)."""
    state = trainer.engine.state()
    return state.params[trainer.engine.layout.weight_mask].astype(np.float64)


def share_of_zeros(weights: np.ndarray) -> float:
    """Share of the weights with magnitude below ``NEAR_ZERO``."""
    return float(np.mean(np.abs(weights) < NEAR_ZERO))


def penalized(base: Experiment, penalty: str, strength: float) -> Experiment:
    """The experiment with one penalty: ``"l1"``, ``"l2"`` or ``"weight_decay"``."""
    return base.replace(**{penalty: strength})


def sizes(weights: np.ndarray) -> pd.DataFrame:
    """Columns ``rank`` (share of the weights, from 0 to 1) and ``size`` (magnitude), the largest first."""
    size = np.sort(np.abs(weights))[::-1]
    return pd.DataFrame({"rank": (np.arange(len(size)) + 1) / len(size), "size": size})


def sweep(
    base: Experiment,
    penalty: str,
    strengths: Sequence[float] = STRENGTHS,
    epochs: int = 500,
    seeds: int = 3,
) -> Iterator[tuple[float, pd.DataFrame]]:
    """One penalty at many strengths.

    Yields:
        The share done and the table thus far: columns ``strength``, ``seed``, ``zeros`` (share), ``norm`` (of all
        weights), ``accuracy_train``, ``accuracy_test``, ``loss_train``, ``loss_test``, ``gap``.
    """
    rows: list[dict[str, float]] = []
    for strength in strengths:
        for seed in range(seeds):
            own = at_seed(base, seed)
            trainer = trained(penalized(own, penalty, strength), epochs)
            w = weights_of(trainer)
            size = {"zeros": share_of_zeros(w), "norm": float(np.linalg.norm(w))}
            rows.append({"strength": strength, "seed": seed, **size, **measured(trainer, own)})
            yield len(rows) / (len(strengths) * seeds), with_gap(pd.DataFrame(rows))


@dataclass(frozen=True)
class Reading:
    """What a sweep says: means over the data sets.

    Args:
        best: the strength with the least test error; ``error``, ``gap`` (test minus training error) and ``zeros``
            belong to it.
        low: the weakest penalty, with its ``error_low`` and ``gap_low``.
        high: the strongest one, with its training error ``train_high``.
    """

    best: float
    error: float
    gap: float
    zeros: float
    low: float
    error_low: float
    gap_low: float
    high: float
    train_high: float


def reading(table: pd.DataFrame) -> Reading | None:
    """Read a sweep; None while it has a single strength.

    Args:
        table: of ``sweep``.
    """
    means = table.groupby("strength")[["accuracy_train", "accuracy_test", "zeros", "gap"]].mean()
    if len(means) < 2:
        return None
    at = int(means["accuracy_test"].to_numpy().argmax())
    chosen, first, last = means.iloc[at], means.iloc[0], means.iloc[-1]
    return Reading(
        float(means.index[at]),
        float(1 - chosen["accuracy_test"]),
        float(chosen["gap"]),
        float(chosen["zeros"]),
        float(means.index[0]),
        float(1 - first["accuracy_test"]),
        float(first["gap"]),
        float(means.index[-1]),
        float(1 - last["accuracy_train"]),
    )
