"""Training on pictures beside a plain PyTorch loop: ``python benchmarks/images.py [--json] [--rounds N]``.

The default network (blocks of 16 and 32 channels) on 28 × 28 pictures, mini-batches of 32, one thread. Both take the
same steps from the same weights, and both look at the loss of each step; rounds alternate, and the best of each counts.
"""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from playground.images.experiment import ImageExperiment
from playground.images.trainer import ImageTrainer

EXPERIMENT = ImageExperiment(dataset="glyphs", n_samples=1000, device="cpu")
STEPS = 50


def plain(trainer: ImageTrainer, channels_last: bool) -> float:
    """Steps a second of a loop as a tutorial has it."""
    model = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(7 * 7 * 32, 10),
    )
    x, y = torch.from_numpy(trainer.train.images), torch.from_numpy(trainer.train.labels)
    if channels_last:
        model.to(memory_format=torch.channels_last)
        x = x.contiguous(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(model.parameters(), lr=EXPERIMENT.learning_rate)
    taken, started = 0, time.perf_counter()
    while taken < STEPS:
        for batch in torch.randperm(len(x)).split(EXPERIMENT.batch_size)[: STEPS - taken]:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x[batch]), y[batch])
            loss.backward()
            optimizer.step()
            loss.item()
            taken += 1
    return taken / (time.perf_counter() - started)


def ours(trainer: ImageTrainer) -> float:
    """Steps a second of the trainer, without its measurements."""
    started = time.perf_counter()
    return trainer.run(steps=STEPS) / (time.perf_counter() - started)


def measure(rounds: int) -> dict[str, Any]:
    """The best of the rounds, in steps a second."""
    trainer = ImageTrainer(EXPERIMENT, every=10**9)
    torch.set_num_threads(1)
    found: dict[str, list[float]] = {"trainer": [], "plain": [], "plain, channels last": []}
    for _ in range(rounds + 1):  # the first one warms up
        found["trainer"].append(ours(trainer))
        found["plain"].append(plain(trainer, channels_last=False))
        found["plain, channels last"].append(plain(trainer, channels_last=True))
    best = {name: max(values[1:]) for name, values in found.items()}
    return {**best, "ratio": best["trainer"] / max(best["plain"], best["plain, channels last"])}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Steps a second on pictures, beside plain PyTorch.")
    parser.add_argument("--json", action="store_true", help="print an object")
    parser.add_argument("--rounds", type=int, default=5, help="rounds after the first")
    options = parser.parse_args()
    found = measure(options.rounds)
    if options.json:
        print(json.dumps(found, indent=1))
        return
    for name, value in found.items():
        print(f"{name:24} {value:8.2f}" + ("" if name == "ratio" else " steps/s"))


if __name__ == "__main__":
    main()
