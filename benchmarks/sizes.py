"""How fast a step is for small and large layers and batches: ``python benchmarks/sizes.py [--json]``.

Three hidden layers of equal width, ReLU, SGD, two inputs, one score; steps alone, without metrics. The fused engine and
a plain ``nn.Sequential`` with ``torch.optim`` take turns on one thread. Times are the thread's processor time, the
smallest over the rounds; arithmetic counts what the batch needs: 2 operations a weight and sample forward, 4 backward
(2 in the first layer, whose inputs need no slopes).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from playground.data.prepare import prepare
from playground.engine.fused import FusedEngine, warm_up
from playground.engine.noise import NoiseSource
from playground.engine.plan import Plan
from playground.experiment import Experiment

WIDTHS = (1, 2, 4, 8, 16, 32, 64)
BATCHES = (1, 2, 4, 10, 32, 256, 1024)
HIDDEN = 3


def experiment_of(width: int, batch: int, hidden: int = HIDDEN) -> Experiment:
    """A network of equal layers on 1,024 training points."""
    return Experiment(
        n_samples=2048, hidden=(width,) * hidden, activation="relu", batch_size=batch, device="cpu"
    )


def operations(experiment: Experiment) -> int:
    """Floating-point operations of one step."""
    sizes = (experiment.n_inputs, *experiment.hidden, experiment.n_outputs)
    weights = [a * b for a, b in pairwise(sizes)]
    return experiment.batch_size * (6 * sum(weights) - 2 * weights[0])


def fused(experiment: Experiment) -> Callable[[int], None]:
    """Takes a number of steps in one call."""
    data = prepare(experiment)
    engine = FusedEngine(experiment, data, NoiseSource(experiment))
    rng = np.random.default_rng(0)
    size = experiment.batch_size

    def run(steps: int) -> None:
        order = rng.integers(0, len(data.F_train), steps * size)
        plan = Plan(order, np.arange(steps + 1) * size, np.full(steps, 1e-3), np.zeros(steps, bool))
        if engine.run(plan).diverged:
            raise RuntimeError("the benchmark's run diverged")

    return run


def eager(experiment: Experiment) -> Callable[[int], None]:
    """The same steps as one would write them."""
    data = prepare(experiment)
    inputs, targets = torch.tensor(data.F_train), torch.tensor(data.y_train)
    layers: list[nn.Module] = []
    n_in = inputs.shape[1]
    for units in experiment.hidden:
        layers += [nn.Linear(n_in, units), nn.ReLU()]
        n_in = units
    model = nn.Sequential(*layers, nn.Linear(n_in, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    size = experiment.batch_size

    def run(steps: int) -> None:
        for rows in torch.randint(len(inputs), (steps, size)):
            optimizer.zero_grad()
            loss = F.binary_cross_entropy_with_logits(model(inputs[rows]).squeeze(1), targets[rows])
            loss.backward()
            optimizer.step()

    return run


def measure(experiment: Experiment, rounds: int, seconds: float) -> dict[str, Any]:
    """Both engines on one network, in turn."""
    runs = {"fused": fused(experiment), "eager": eager(experiment)}
    steps, best = {}, dict.fromkeys(runs, float("inf"))
    for name, run in runs.items():
        run(10)
        started = time.thread_time()
        run(20)
        steps[name] = max(5, int(20 * seconds / max(time.thread_time() - started, 1e-6)))
    for _ in range(rounds):
        for name, run in runs.items():
            started = time.thread_time()
            run(steps[name])
            best[name] = min(best[name], (time.thread_time() - started) / steps[name])
    return {
        "hidden": list(experiment.hidden),
        "batch": experiment.batch_size,
        "us_per_step": round(best["fused"] * 1e6, 3),
        "us_per_step_eager": round(best["eager"] * 1e6, 1),
        "ratio_to_eager": round(best["eager"] / best["fused"], 1),
        "gflops": round(operations(experiment) / best["fused"] / 1e9, 2),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Time a step for many widths and batches.")
    parser.add_argument("--json", action="store_true", help="print a list of objects")
    parser.add_argument("--rounds", type=int, default=7, help="turns of each engine")
    parser.add_argument("--seconds", type=float, default=0.03, help="length of one turn")
    parser.add_argument("--hidden", type=int, default=HIDDEN, help="hidden layers")
    parser.add_argument("--widths", type=int, nargs="+", default=list(WIDTHS))
    parser.add_argument("--batches", type=int, nargs="+", default=list(BATCHES))
    options = parser.parse_args()
    torch.set_num_threads(1)
    warm_up()
    rows = []
    for width in options.widths:
        for batch in options.batches:
            row = measure(experiment_of(width, batch, options.hidden), options.rounds, options.seconds)
            rows.append(row)
            if not options.json:
                print(
                    f"{options.hidden} x {width:<3d} batch {batch:<5d} {row['us_per_step']:10.2f} µs"
                    f" {row['gflops']:7.2f} GFLOP/s {row['ratio_to_eager']:8.1f}x",
                    flush=True,
                )
    if options.json:
        print(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
