"""Early stopping: the turn of the validation curve, patience, and the weights that are put back.

Source: Prechelt 1998, Early stopping - but when?; Goodfellow, Bengio & Courville 2016, algorithm 7.1. The
playground's test part plays the validation part here; fresh points that chose nothing tell what came of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.labs.generalization_noise import boundary
from playground.labs.generalization_runs import SMALL, accuracy_of, at_seed, fast, fresh, loss_of, scores
from playground.techniques import STOPPINGS, Patience

PATIENCES = (1, 3, 10, 30, 100)
BASE = SMALL.replace(n_samples=80, train_fraction=0.5)
"""Forty points to train on and forty to watch."""


def stop_at(losses: np.ndarray, patience: int, min_delta: float = 0.0) -> tuple[int, int]:
    """Where a rule of patience stops on a curve of validation losses.

    Args:
        losses: (epochs,), after epoch 1, 2, …

    Returns:
        The epoch of the weights that are kept and the epoch at which training stops: the last one of the curve
        if patience lasts. Both 0 for an empty curve.
    """
    spec = STOPPINGS["patience"].spec(patience=patience, min_delta=min_delta)
    state = Patience()
    epoch = 0
    for epoch, loss in enumerate(np.asarray(losses, float), start=1):
        state = state.after(epoch, float(loss), spec)
        if state.exhausted(spec):
            break
    return state.best_epoch, epoch


@dataclass(frozen=True, eq=False)
class Stopped:
    """A run with early stopping and the same run without.

    Args:
        curve: the long run's history, ``History.frame()``.
        best, stop: epoch of the restored weights, and the epoch at which training ended.
        boundaries: columns ``kind`` (``"best"``, ``"end"``), ``x``, ``y``, ``x2``, ``y2``.
        scores: columns ``kind``, ``epoch``, ``loss_fresh``, ``accuracy_fresh``.
        trainer: the long run, for its data.
    """

    curve: pd.DataFrame
    best: int
    stop: int
    boundaries: pd.DataFrame
    scores: pd.DataFrame
    X: np.ndarray
    y: np.ndarray
    domain: tuple[tuple[float, float], tuple[float, float]]


def stopped(base: Experiment, patience: int, epochs: int = 400) -> Stopped:
    """Train with patience, and to the end.

    The first run is the trainer's own early stopping, which puts the best weights back.
    """
    watching = Trainer(fast(base.replace(early_stopping={"name": "patience", "patience": patience})))
    watching.run(epochs=epochs)
    best = watching.best_epoch or 0
    if watching.status == "running":  # patience lasted: the best weights are those of a shorter run
        stop = watching.epoch
        watching = Trainer(fast(base))
        watching.run(epochs=best)
    else:
        stop = watching.epoch
    end = Trainer(fast(base))
    end.run(epochs=epochs)
    X, y = fresh(base)
    rows = []
    for kind, trainer, epoch in (("best", watching, best), ("end", end, end.epoch)):
        s = scores(trainer, X)
        rows.append((kind, epoch, loss_of(s, y), accuracy_of(s, y)))
    return Stopped(
        end.history.frame(),
        best,
        stop,
        pd.concat([boundary(watching, "best"), boundary(end, "end")], ignore_index=True),
        pd.DataFrame(rows, columns=["kind", "epoch", "loss_fresh", "accuracy_fresh"]),
        end.data.X_train,
        end.data.y_train,
        end.data.domain,
    )


def by_patience(
    base: Experiment, patiences: Sequence[int] = PATIENCES, epochs: int = 400, seeds: int = 8
) -> Iterator[tuple[float, pd.DataFrame]]:
    """What patience costs and brings, over data sets.

    One run to the end is enough for all: the loss on fresh points is taken after each epoch.

    Yields:
        The share done and the table thus far: columns ``patience`` (0 for never stopping), ``seed``, ``best``,
        ``stop``, ``accuracy``, ``loss`` (on fresh points, with the weights that are kept).
    """
    rows = []
    for seed in range(seeds):
        own = at_seed(base, seed)
        trainer = Trainer(fast(own))
        X, y = fresh(own)
        losses, accuracies = [], []
        for _ in range(epochs):
            trainer.run(epochs=1)
            s = scores(trainer, X)
            losses.append(loss_of(s, y))
            accuracies.append(accuracy_of(s, y))
        watched = trainer.history["loss_test"][1:]
        for patience in patiences:
            best, stop = stop_at(watched, patience)
            rows.append((patience, seed, best, stop, accuracies[best - 1], losses[best - 1]))
        rows.append((0, seed, epochs, epochs, accuracies[-1], losses[-1]))
        columns = ["patience", "seed", "best", "stop", "accuracy", "loss"]
        yield (seed + 1) / seeds, pd.DataFrame(rows, columns=columns)


@dataclass(frozen=True)
class BestPatience:
    """What stopping brings over data sets.

    Args:
        patience: with the least mean loss on fresh points; ``loss`` and ``epochs`` (trained) are its means.
        never: the mean loss without stopping.
        better: on how many data sets its loss is below that without stopping.
        gain: its mean accuracy minus that without stopping.
    """

    patience: int
    loss: float
    never: float
    epochs: float
    better: int
    gain: float


def best_patience(table: pd.DataFrame) -> BestPatience:
    """Read a comparison of patiences.

    Args:
        table: of ``by_patience``.
    """
    losses = table.pivot(index="seed", columns="patience", values="loss")
    accuracies = table.pivot(index="seed", columns="patience", values="accuracy")
    means = losses.drop(columns=0).mean()
    chosen = int(means.index.to_numpy()[means.to_numpy().argmin()])
    return BestPatience(
        chosen,
        float(losses[chosen].mean()),
        float(losses[0].mean()),
        float(table.loc[table["patience"] == chosen, "stop"].mean()),
        int((losses[chosen] < losses[0]).sum()),
        float((accuracies[chosen] - accuracies[0]).mean()),
    )
