"""L1 and L2: what they do to weights, boundary and error, and the picture for two weights.

Sources: Hoerl & Kennard 1970 (ridge); Tibshirani 1996 (lasso, figure 2: the constraint picture); Krogh & Hertz 1991.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.labs.contours import isolines
from playground.labs.generalization_runs import at_seed, measured, trained, with_gap

NEAR_ZERO = 0.01
"""Weights below this count as zero. A step of size η·λ cannot stop exactly at 0, it hops around it."""
STRENGTHS = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1)

BASE = Experiment(
    dataset="moons",
    n_samples=400,
    train_fraction=0.1,
    noise=0.3,
    label_noise=0.1,
    features=("x1", "x2", "x1_squared", "x2_squared", "x1x2", "sin_x1", "sin_x2", "cos_x1", "cos_x2"),
    preprocessing="standardising",
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


def histogram(weights: np.ndarray, bins: int = 41, limit: float = 2.0) -> pd.DataFrame:
    """Columns ``low``, ``high``, ``share``; weights beyond ± ``limit`` are counted in the outer bins."""
    edges = np.linspace(-limit, limit, bins + 1)
    counts, _ = np.histogram(np.clip(weights, -limit, limit), edges)
    return pd.DataFrame({"low": edges[:-1], "high": edges[1:], "share": counts / max(1, len(weights))})


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


# --- two weights --------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class TwoWeights:
    """A quadratic loss ½(w − w*)ᵀH(w − w*) of two weights under a penalty.

    Args:
        best: w*, (2,), where the loss alone is smallest.
        found: (2,), where loss and penalty together are smallest.
        size: Σ|w| or √Σw² of ``found``: the constraint that gives the same answer.
        path: columns ``strength``, ``w1``, ``w2``: ``found`` for every strength from 0 on.
        contours: segments of equal loss, columns ``level``, ``x``, ``y``, ``x2``, ``y2``; one passes ``found``.
        region: columns ``w1``, ``w2``, ``order``: the outline of the constraint.
    """

    best: np.ndarray
    found: np.ndarray
    size: float
    path: pd.DataFrame
    contours: pd.DataFrame
    region: pd.DataFrame


def minimum(H: np.ndarray, best: np.ndarray, penalty: str, strength: float) -> np.ndarray:
    """Minimizer of ½(w − w*)ᵀH(w − w*) + λΣ|w| (``"l1"``) or + λ/2·Σw² (``"l2"``).

    L2: (H + λI)w = Hw*. L1: one weight after the other by the soft threshold until nothing moves
    (Friedman, Hastie & Tibshirani 2010, equation 5).
    """
    if penalty == "l2":
        return np.linalg.solve(H + strength * np.eye(2), H @ best)
    w, pull = best.astype(np.float64).copy(), H @ best
    for _ in range(1000):
        before = w.copy()
        for i in range(2):
            rest = pull[i] - H[i, 1 - i] * w[1 - i]
            w[i] = np.sign(rest) * max(abs(rest) - strength, 0.0) / H[i, i]
        if np.abs(w - before).max() < 1e-12:
            break
    return w


def two_weights(penalty: str, strength: float, correlation: float, w1: float, w2: float) -> TwoWeights:
    """The constraint picture.

    Args:
        penalty: ``"l1"`` or ``"l2"``.
        strength: λ.
        correlation: of the two inputs, in (−1, 1); H = [[1, ρ], [ρ, 1]].
        w1, w2: w*.
    """
    H = np.array([[1.0, correlation], [correlation, 1.0]])
    best = np.array([w1, w2])
    found = minimum(H, best, penalty, strength)
    strengths = np.unique(np.concatenate([[0.0], np.geomspace(0.01, 10, 60), [strength]]))
    path = np.array([minimum(H, best, penalty, s) for s in strengths])
    grid = np.linspace(-3, 3, 101)
    a, b = np.meshgrid(grid - w1, grid - w2)
    loss = 0.5 * (a**2 + b**2) + correlation * a * b
    at = 0.5 * (found - best) @ H @ (found - best)
    levels = np.unique(np.append(np.array([0.1, 0.4, 0.9, 1.6, 2.5, 4.0, 6.0]), at))
    size = float(np.abs(found).sum() if penalty == "l1" else np.linalg.norm(found))
    angle = np.linspace(0, 2 * np.pi, 5 if penalty == "l1" else 91)
    outline = size * np.column_stack([np.cos(angle), np.sin(angle)])
    return TwoWeights(
        best,
        found,
        size,
        pd.DataFrame({"strength": strengths, "w1": path[:, 0], "w2": path[:, 1]}),
        isolines(grid, grid, loss, levels[levels > 1e-9]),
        pd.DataFrame({"w1": outline[:, 0], "w2": outline[:, 1], "order": np.arange(len(angle))}),
    )
