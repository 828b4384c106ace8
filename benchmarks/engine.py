"""How long a training step takes, engine against engine: ``python benchmarks/engine.py [--json]``.

Every engine trains the same networks on 250 of the circle's 500 points, reshuffled each epoch, with loss and
accuracy on both parts after each epoch, on one thread:

* eager: a plain ``nn.Sequential`` with ``torch.optim``, as one would write it;
* sklearn: ``MLPClassifier`` with ``partial_fit``, where it has the techniques;
* reference, fused: this project's engines, through the Trainer;
* with ``--device cuda`` also reference-cuda: the reference engine on the GPU.

They take turns in one process, and the median over the rounds counts, so that other load on the machine falls on
all of them. ``ratio_to_eager`` is the eager time over the engine's.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import torch
from sklearn.neural_network import MLPClassifier
from torch import nn
from torch.nn import functional as F

from playground.data.prepare import prepare
from playground.engine.fused import warm_up
from playground.engine.trainer import Trainer
from playground.experiment import Experiment

N_SAMPLES = 500


class Case(NamedTuple):
    """A row of the table."""

    network: str
    fields: dict[str, Any]


CASES = (
    Case("2-4-2-1 tanh", {"hidden": (4, 2)}),
    Case("2-4-2-1 tanh", {"hidden": (4, 2), "optimizer": "adam", "learning_rate": 0.003}),
    Case("2-8x6-1 tanh", {"hidden": (8,) * 6}),
    Case("2-32-32-1 relu", {"hidden": (32, 32), "activation": "relu"}),
    Case("2-64-64-64-1 relu", {"hidden": (64, 64, 64), "activation": "relu", "batch_size": 32}),
    *(
        Case("2-64-64-64-1 relu", {"hidden": (64, 64, 64), "activation": "relu", "batch_size": size})
        for size in (1, 2, 4, 10)
    ),
    *(
        Case("2-64x8-1 relu", {"hidden": (64,) * 8, "activation": "relu", "batch_size": size})
        for size in (1, 4, 10)
    ),
    Case(
        "2-8-8-1 relu, batch norm, dropout",
        {
            "hidden": (8, 8),
            "activation": "relu",
            "batch_norm": True,
            "dropout": 0.2,
            "optimizer": "adam",
            "learning_rate": 0.003,
        },
    ),
)

Run = Callable[[int], int]
"""Trains a number of epochs and returns the steps taken."""


def eager(experiment: Experiment) -> Run:
    """A plain PyTorch loop."""
    data = prepare(experiment)
    torch.manual_seed(experiment.seed)
    layers: list[nn.Module] = []
    n_in = experiment.n_inputs
    for units, dropout in zip(experiment.hidden, experiment.dropouts, strict=True):
        layers.append(nn.Linear(n_in, units))
        if experiment.normalization.name == "batch_norm":
            layers.append(nn.BatchNorm1d(units))
        layers.append(nn.ReLU() if experiment.activation.name == "relu" else nn.Tanh())
        if dropout:
            layers.append(nn.Dropout(dropout))
        n_in = units
    model = nn.Sequential(*layers, nn.Linear(n_in, 1))
    make = torch.optim.Adam if experiment.optimizer.name == "adam" else torch.optim.SGD
    optimizer = make(model.parameters(), lr=experiment.learning_rate)
    parts = [
        (torch.tensor(x), torch.tensor(y))
        for x, y in ((data.F_train, data.y_train), (data.F_test, data.y_test))
    ]
    X, y = parts[0]

    def epoch() -> int:
        model.train()
        batches = torch.randperm(len(X)).split(experiment.batch_size)
        for rows in batches:
            optimizer.zero_grad()
            loss = F.binary_cross_entropy_with_logits(model(X[rows]).squeeze(1), y[rows])
            loss.backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            for inputs, targets in parts:
                scores = model(inputs).squeeze(1)
                F.binary_cross_entropy_with_logits(scores, targets).item()
                ((scores > 0) == (targets > 0.5)).float().mean().item()
        return len(batches)

    return lambda epochs: sum(epoch() for _ in range(epochs))


def sklearn(experiment: Experiment) -> Run | None:
    """scikit-learn's network, None where it lacks a technique."""
    if experiment.normalization.name != "none" or any(experiment.dropouts):
        return None
    data = prepare(experiment)
    model = MLPClassifier(
        hidden_layer_sizes=experiment.hidden,
        activation=experiment.activation.name,
        solver=experiment.optimizer.name,
        alpha=0.0,
        batch_size=experiment.batch_size,
        learning_rate_init=experiment.learning_rate,
        momentum=0.0,
        random_state=experiment.seed,
    )
    parts = [(data.F_train, data.y_train > 0.5), (data.F_test, data.y_test > 0.5)]
    X, y = parts[0]
    steps = -(-len(X) // experiment.batch_size)

    def epoch() -> int:
        model.partial_fit(X, y, classes=[False, True])
        for inputs, targets in parts:
            p = model.predict_proba(inputs)[:, 1].clip(1e-7, 1 - 1e-7)
            np.mean(np.where(targets, -np.log(p), -np.log(1 - p)))
            np.mean((p > 0.5) == targets)
        return steps

    return lambda epochs: sum(epoch() for _ in range(epochs))


def through_trainer(experiment: Experiment, engine: str) -> Run:
    """One of this project's engines."""
    trainer = Trainer(experiment.replace(engine=engine))

    def run(epochs: int) -> int:
        steps = trainer.run(epochs=epochs)
        if trainer.status != "running":
            raise RuntimeError(f"the benchmark's run {trainer.status}: {trainer.reason}")
        return steps

    return run


def on_gpu(experiment: Experiment) -> Run:
    """The reference engine on the GPU."""
    trained = through_trainer(experiment.replace(device="cuda"), "reference")

    def run(epochs: int) -> int:
        steps = trained(epochs)
        torch.cuda.synchronize()
        return steps

    return run


def measure(case: Case, rounds: int, seconds: float, cuda: bool) -> list[dict[str, Any]]:
    """Time all engines on one network, in turn; one entry an engine."""
    experiment = Experiment(n_samples=N_SAMPLES, device="cpu", **case.fields)
    candidates: dict[str, Run | None] = {
        "eager": eager(experiment),
        "sklearn": sklearn(experiment),
        "reference": through_trainer(experiment, "reference"),
        "fused": through_trainer(experiment, "fused"),
    }
    if cuda:
        candidates["reference-cuda"] = on_gpu(experiment)
    runs = {name: run for name, run in candidates.items() if run is not None}
    epochs = {}
    for name, run in runs.items():
        run(2)
        start = time.perf_counter()
        run(5)
        epochs[name] = max(1, int(5 * seconds / (time.perf_counter() - start)))
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            start = time.perf_counter()
            steps = run(epochs[name])
            times[name].append((time.perf_counter() - start) / steps * 1e6)
    base = statistics.median(times["eager"])
    return [
        {
            "network": case.network,
            "optimizer": experiment.optimizer.name,
            "batch": experiment.batch_size,
            "engine": name,
            "us_per_step": round(statistics.median(taken), 3),
            "ratio_to_eager": round(base / statistics.median(taken), 2),
        }
        for name, taken in times.items()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description="Time a training step, engine against engine.")
    parser.add_argument("--json", action="store_true", help="print a list of objects")
    parser.add_argument("--rounds", type=int, default=7, help="turns of each engine")
    parser.add_argument("--seconds", type=float, default=0.3, help="length of one turn")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="cuda adds the GPU")
    arguments = parser.parse_args()
    cuda = arguments.device == "cuda"
    if cuda and not torch.cuda.is_available():
        print("no CUDA GPU on this machine: it is left out", file=sys.stderr)
        cuda = False
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    warm_up()
    rows = []
    for case in CASES:
        found = measure(case, arguments.rounds, arguments.seconds, cuda)
        rows += found
        if not arguments.json:
            for row in found:
                name = f"{row['network']}, {row['optimizer']}, batch {row['batch']}"
                print(
                    f"{name:56s}{row['engine']:20s}{row['us_per_step']:10.2f} µs{row['ratio_to_eager']:9.1f}×"
                )
    if arguments.json:
        print(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
