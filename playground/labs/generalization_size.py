"""More data against a simpler model: learning curves.

Source: Cortes, Jackel, Solla, Vapnik & Denker 1994, Learning curves: asymptotic values and rate of convergence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pandas as pd

from playground.experiment import Experiment
from playground.labs.generalization_runs import SMALL, at_seed, measured, trained

COUNTS = (10, 20, 40, 80, 160, 320, 640)
"""Training points."""
MODELS: dict[str, tuple[int, ...]] = {"linear": (), "small": (4,), "large": (32, 32)}
"""Hidden layers of the models that are compared."""
BASE = SMALL.replace(label_noise=0.0)
UPDATES = 1600
"""Updates of every network, whatever the number of points."""


def with_points(base: Experiment, count: int) -> Experiment:
    """The experiment with ``count`` training points and as many others."""
    return base.replace(n_samples=2 * count, train_fraction=0.5)


def learning_curves(
    base: Experiment,
    models: Sequence[str] = tuple(MODELS),
    counts: Sequence[int] = COUNTS,
    updates: int = UPDATES,
    seeds: int = 5,
) -> Iterator[tuple[float, pd.DataFrame]]:
    """Training and test error against the number of training points.

    Yields:
        The share done and the table thus far: columns ``model``, ``count``, ``seed``, ``error_train``,
        ``error_test`` (shares of wrong answers).
    """
    rows = []
    total = len(models) * len(counts) * seeds
    for count in counts:
        for model in models:
            for seed in range(seeds):
                own = at_seed(with_points(base, count), seed).replace(hidden=MODELS[model])
                per_epoch = -(-count // own.batch_size)
                found = measured(trained(own, max(1, updates // per_epoch)), own)
                rows.append((model, count, seed, 1 - found["accuracy_train"], 1 - found["accuracy_test"]))
                yield (
                    len(rows) / total,
                    pd.DataFrame(rows, columns=["model", "count", "seed", "error_train", "error_test"]),
                )


def means(table: pd.DataFrame) -> pd.DataFrame:
    """Means over the seeds, long: columns ``model``, ``count``, ``part`` (``"train"``, ``"test"``), ``error``."""
    mean = table.groupby(["model", "count"], sort=False)[["error_train", "error_test"]].mean().reset_index()
    long = mean.melt(["model", "count"], ["error_train", "error_test"], "part", "error")
    return long.assign(part=long["part"].str.removeprefix("error_"))


def best_models(table: pd.DataFrame) -> pd.DataFrame:
    """Columns ``count``, ``model``: which model has the lowest mean test error for each number of points."""
    mean = table.groupby(["count", "model"])["error_test"].mean().reset_index()
    return mean.loc[mean.groupby("count")["error_test"].idxmin(), ["count", "model"]].reset_index(drop=True)


class Gained(NamedTuple):
    """What more data brought a model: mean test errors at the fewest and most points, and the last gap."""

    few: int
    many: int
    first: float
    last: float
    gap: float


def gained(table: pd.DataFrame, model: str) -> Gained | None:
    """Read a model's learning curve; None while it has a single point.

    Args:
        table: of ``learning_curves``.
    """
    mean = table[table["model"] == model].groupby("count")[["error_train", "error_test"]].mean()
    if len(mean) < 2:
        return None
    test, train = mean["error_test"].to_numpy(), mean["error_train"].to_numpy()
    return Gained(
        int(mean.index[0]),
        int(mean.index[-1]),
        float(test[0]),
        float(test[-1]),
        float(test[-1] - train[-1]),
    )
