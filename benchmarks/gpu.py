"""What a GPU does for networks of this size, in one go: ``python benchmarks/gpu.py [--json] [--device cpu]``.

In under five minutes: all tests marked ``cuda``; then training steps a second, summed over the networks, of 1, 16, 256
and 4,096 seeds of one experiment, as one batch on the GPU and with the compiled engine of the CPU, on one thread and on
all; then the steps of a network on pictures. ``device`` says where a row was measured; compare the rows of one run.

Where there is no GPU it says so, measures nothing and ends with status 1. ``--device cpu`` runs the same code on the
CPU, small and without the tests, to see that it works: its figures tell nothing of a GPU.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import torch

from playground.engine import flock
from playground.engine.choose import cuda_available
from playground.engine.flock import Flock
from playground.engine.fused import warm_up
from playground.engine.threads import threads
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.images.experiment import ImageExperiment
from playground.images.trainer import ImageTrainer

ROOT = Path(__file__).resolve().parent.parent
COUNTS = {"cuda": (1, 16, 256, 4096), "cpu": (1, 4)}
"""Networks of a batch."""
NETWORKS = {"2-8-8-1": (8, 8), "2-64-64-64-1": (64, 64, 64)}
TEST_SECONDS = 150


def rate(run: Callable[[int], int], seconds: float) -> float:
    """Steps a second of what takes a number of steps and tells how many it took, after a first go that warms it up."""
    run(10)
    steps, taken, started = 10, 0, time.perf_counter()
    while (passed := time.perf_counter() - started) < seconds:
        taken += run(steps)
        steps = min(2 * steps, 10_000)
    return taken / passed


def batched(experiment: Experiment, count: int, device: str, seconds: float) -> float:
    """Steps a second, summed over ``count`` seeds that train as one batch."""
    on_device = experiment.replace(engine="reference", device=device)
    together = Flock([on_device.replace(seed=seed) for seed in range(count)])
    return count * rate(lambda steps: together.run(steps=steps), seconds)


def compiled(experiment: Experiment, workers: int, seconds: float) -> float:
    """The same of the compiled engine: a network on each of so many threads."""
    trainers = [Trainer(experiment.replace(engine="fused", seed=seed)) for seed in range(workers)]
    with ThreadPoolExecutor(workers) as pool:
        return rate(lambda steps: sum(pool.map(lambda one: one.run(steps=steps), trainers)), seconds)


def networks(device: str, seconds: float) -> list[dict[str, Any]]:
    """A row for each number of networks on the device, and for the compiled engine beside them."""
    rows: list[dict[str, Any]] = []

    def add(name: str, engine: str, where: str, count: int, found: float) -> None:
        rows.append(
            {
                "network": name,
                "engine": engine,
                "device": where,
                "networks": count,
                "steps_per_second": round(found, 1),
            }
        )

    for name, hidden in NETWORKS.items():
        experiment = Experiment(n_samples=500, hidden=hidden, device="cpu")
        for workers in dict.fromkeys((1, threads())):
            add(name, "fused", "cpu", workers, compiled(experiment, workers, seconds))
        for count in COUNTS[device]:
            add(name, "reference", device, count, batched(experiment, count, device, seconds))
    return rows


def pictures(device: str, seconds: float) -> list[dict[str, Any]]:
    """Steps a second of the default network on pictures."""
    rows = []
    for where in dict.fromkeys(("cpu", device)):
        trainer = ImageTrainer(ImageExperiment(dataset="glyphs", n_samples=1000, device=where), every=1 << 30)
        found = rate(lambda steps, trainer=trainer: trainer.run(steps=min(steps, 20)), seconds)
        rows.append({"network": "pictures", "engine": "pytorch", "device": where, "networks": 1})
        rows[-1]["steps_per_second"] = round(found, 1)
    return rows


def tested() -> dict[str, Any]:
    """The tests that need a GPU: how pytest ended (0: all passed), its last line, and what it said of failures."""
    command = [sys.executable, "-m", "pytest", "-q", "-m", "cuda", "-p", "no:cacheprovider", "tests"]
    try:
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=TEST_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return {"status": None, "summary": f"not done after {TEST_SECONDS} s", "failures": []}
    lines = (done.stdout + done.stderr).strip().splitlines()
    failures = [line for line in lines if line.startswith(("FAILED", "ERROR"))]
    return {"status": done.returncode, "summary": lines[-1] if lines else "", "failures": failures}


def main() -> None:
    """Test, measure, print."""
    parser = argparse.ArgumentParser(description="Test and time training on a GPU.")
    parser.add_argument("--json", action="store_true", help="print one object")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda", help="cpu: the same code, small")
    parser.add_argument("--seconds", type=float, default=2.0, help="length of each measurement")
    options = parser.parse_args()
    device = options.device
    if device == "cuda" and not cuda_available():
        if options.json:
            print(json.dumps({"gpu": None, "tests": None, "rows": []}, indent=1))
        sys.exit("no CUDA GPU on this machine: nothing was tested or measured")
    flock.BATCHED |= {device}
    gpu = torch.cuda.get_device_name() if device == "cuda" else None
    tests = tested() if device == "cuda" else None
    if tests and not options.json:
        print(gpu, f"CUDA tests: {tests['summary']}", *tests["failures"], sep="\n")
    warm_up()
    rows = networks(device, options.seconds) + pictures(device, options.seconds)
    if options.json:
        print(json.dumps({"gpu": gpu, "tests": tests, "rows": rows}, indent=1))
    else:
        for row in rows:
            where = f"{row['engine']} on {row['device']}"
            print(
                f"{row['network']:16}{where:20}{row['networks']:6} networks{row['steps_per_second']:14,.0f} steps/s"
            )
    if tests and tests["status"]:
        sys.exit("tests on the GPU failed")


if __name__ == "__main__":
    main()
