"""Seconds to a validation loss on tables as people have them: ``python benchmarks/tables.py [--json] [--rows SHARE]``.

Two tables are made from a seed, in the shape of those that courses use: 20,640 rows of 8 columns (as the houses of
California) and 54,000 of 9 (as the trees of Covertype), each as a regression and as a classification. Every contender
trains 64-64 ReLU units with Adam on 80 % of the rows, standardized, and after each epoch takes the loss of the others,
until that is no higher than the goal: what plain PyTorch has after ``GOAL_EPOCHS`` epochs, and one per cent more.

* eager: a plain ``nn.Sequential`` with ``torch.optim``, as one would write it;
* sklearn: ``MLPRegressor`` or ``MLPClassifier`` with ``partial_fit``;
* fused: this project's compiled engine, through the Trainer, which also takes the loss of the training part.

All on one thread, in turn in one process, the median of the rounds. ``ratio`` is the time of the faster of the two
others over that of the engine.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import torch
from sklearn.neural_network import MLPClassifier, MLPRegressor
from torch import nn
from torch.nn import functional as F

from playground.data import Points
from playground.data.prepare import Data, prepare
from playground.engine.fused import warm_up
from playground.engine.trainer import Trainer
from playground.experiment import Experiment

TABLES = {"houses": (20_640, 8), "trees": (54_000, 9)}
"""Rows and columns."""
CLASSES = 3
UNITS = (64, 64)
RATE = 0.001
GOAL_EPOCHS = 4
MOST_EPOCHS = 12
"""A contender that has not got there by then never does."""


class Parts(NamedTuple):
    """A table, standardized, in two parts: float32 (n, d) and targets (n,), float32 values or int64 classes."""

    F_train: np.ndarray
    y_train: np.ndarray
    F_validation: np.ndarray
    y_validation: np.ndarray


def made(rows: int, columns: int, classes: int, seed: int = 0) -> Parts:
    """A table whose target a network can learn in part: some columns skewed, the rest of it noise."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, columns))
    X[:, ::3] = np.exp(X[:, ::3])
    Z = (X - X.mean(axis=0)) / X.std(axis=0)
    teachers = max(1, classes)
    inner = np.tanh(Z @ rng.normal(size=(columns, 24 * teachers))).reshape(rows, teachers, 24)
    values = (inner * rng.normal(size=(teachers, 24))).sum(axis=2) + rng.normal(size=(rows, teachers))
    y = (
        values.argmax(axis=1)
        if classes
        else ((values - values.mean()) / values.std())[:, 0].astype(np.float32)
    )
    kept = rows * 4 // 5
    F_all = Z.astype(np.float32)
    return Parts(F_all[:kept], y[:kept], F_all[kept:], y[kept:])


Losses = Iterator[float]
"""The validation loss after each epoch."""


def eager(parts: Parts, classes: int, batch: int) -> Losses:
    """A plain PyTorch loop."""
    torch.manual_seed(0)
    sizes = (parts.F_train.shape[1], *UNITS)
    layers: list[nn.Module] = []
    for n_in, n_out in pairwise(sizes):
        layers += [nn.Linear(n_in, n_out), nn.ReLU()]
    model = nn.Sequential(*layers, nn.Linear(UNITS[-1], max(1, classes)))
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE)
    X, y, X_validation, y_validation = map(torch.tensor, parts)

    def loss(scores: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return F.cross_entropy(scores, targets) if classes else F.mse_loss(scores.squeeze(1), targets)

    while True:
        for rows in torch.randperm(len(X)).split(batch):
            optimizer.zero_grad()
            loss(model(X[rows]), y[rows]).backward()
            optimizer.step()
        with torch.no_grad():
            found = loss(model(X_validation), y_validation).item()
        yield found


def sklearn(parts: Parts, classes: int, batch: int) -> Losses:
    """scikit-learn's network."""
    kind = MLPClassifier if classes else MLPRegressor
    model = kind(
        hidden_layer_sizes=UNITS,
        solver="adam",
        alpha=0.0,
        batch_size=batch,
        learning_rate_init=RATE,
        random_state=0,
    )
    more = {"classes": np.arange(classes)} if classes else {}
    y = parts.y_validation
    while True:
        model.partial_fit(parts.F_train, parts.y_train, **more)
        if classes:
            yield float(-np.log(model.predict_proba(parts.F_validation)[np.arange(len(y)), y] + 1e-12).mean())
        else:
            yield float(np.square(model.predict(parts.F_validation) - y).mean())


def fused(parts: Parts, classes: int, batch: int) -> Losses:
    """The compiled engine, through the Trainer."""
    trainer = trainer_of(parts, classes, batch)
    while True:
        trainer.run(epochs=1)
        yield float(trainer.history.last()["loss_validation"])


def trainer_of(parts: Parts, classes: int, batch: int) -> Trainer:
    """A trainer on a table that is longer than an experiment may have: it begins with some rows and is given all."""
    d = parts.F_train.shape[1]
    few = [(*row, y) for row, y in zip(parts.F_train[:60].tolist(), parts.y_train[:60].tolist(), strict=True)]
    names = tuple(f"class {k}" for k in range(classes))
    experiment = Experiment(
        dataset="custom",
        points=Points(tuple(f"c{i}" for i in range(d)), "y", names, tuple(few)),
        hidden=UNITS,
        activation="relu",
        init="pytorch",
        optimizer="adam",
        learning_rate=RATE,
        batch_size=batch,
        validation_fraction=0.2,
        engine="fused",
        device="cpu",
    )
    trainer = Trainer(experiment)
    whole = _whole(prepare(experiment), parts)
    trainer.data = whole
    trainer.engine.set_data(whole)
    trainer._order.resize(len(whole.F_train), batch)
    return trainer


def _whole(data: Data, parts: Parts) -> Data:
    y = [
        part if data.y_train.dtype == np.int64 else part.astype(np.float32)
        for part in (parts.y_train, parts.y_validation)
    ]
    return replace(
        data, F_train=parts.F_train, y_train=y[0], F_validation=parts.F_validation, y_validation=y[1]
    )


CONTENDERS: dict[str, Callable[[Parts, int, int], Losses]] = {
    "eager": eager,
    "sklearn": sklearn,
    "fused": fused,
}


def seconds_to(losses: Losses, goal: float) -> float:
    """Seconds until the loss is at the goal, infinite where it does not get there."""
    started = time.perf_counter()
    for _ in range(MOST_EPOCHS):
        if next(losses) <= goal:
            return time.perf_counter() - started
    return float("inf")


def measure(name: str, rows: int, classes: int, batch: int, rounds: int) -> dict[str, Any]:
    """One line of the table."""
    parts = made(rows, TABLES[name][1], classes)
    losses = eager(parts, classes, batch)
    goal = 1.01 * [next(losses) for _ in range(GOAL_EPOCHS)][-1]
    times: dict[str, list[float]] = {contender: [] for contender in CONTENDERS}
    for _ in range(rounds):
        for contender, make in CONTENDERS.items():
            times[contender].append(seconds_to(make(parts, classes, batch), goal))
    found = {contender: statistics.median(taken) for contender, taken in times.items()}
    return {
        "table": name,
        "rows": rows,
        "columns": TABLES[name][1],
        "task": "classification" if classes else "regression",
        "batch": batch,
        "goal": goal,
        **found,
        "ratio": min(found["eager"], found["sklearn"]) / found["fused"],
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="one line of JSON a row")
    parser.add_argument("--rows", type=float, default=1.0, help="share of the rows")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--batch", type=int, nargs="*", default=[32, 256])
    parser.add_argument("--tables", nargs="*", choices=TABLES, default=list(TABLES))
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    warm_up()
    for name in options.tables:
        for classes in (0, CLASSES):
            for batch in options.batch:
                row = measure(name, int(TABLES[name][0] * options.rows), classes, batch, options.rounds)
                if options.json:
                    print(json.dumps(row), flush=True)
                else:
                    taken = "  ".join(f"{contender} {row[contender]:6.2f} s" for contender in CONTENDERS)
                    print(
                        f"{name} {row['rows']:,} × {row['columns']}, {row['task']:14} batch {batch:3}  {taken}  "
                        f"× {row['ratio']:.1f}",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
