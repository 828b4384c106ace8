"""Batch normalization's two modes, and what normalization costs."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import torch

from playground.chapters.initialization.runs import fast
from playground.engine.probe import Probe
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.labs.normalization_runs import KINDS
from playground.model import Layout

# --- training against evaluation --------------------------------------------------------------------------


def forgotten(
    experiment: Experiment, epochs: int = 40, sizes: Sequence[int] = (1, 2, 5, 10, 50), seeds: int = 3
) -> Iterator[tuple[float, pd.DataFrame]]:
    """What trained networks say of the test part when they were not switched to evaluation.

    Args:
        experiment: with batch normalization.
        epochs: how long it trains.
        sizes: points that are asked about at a time.
        seeds: of weights and of the order of the points.

    Yields:
        The share done and the table thus far: columns ``seed``, ``mode`` (``"evaluation"``, ``"training"``),
        ``order`` (``"mixed"``, ``"sorted"`` by class), ``size``, ``accuracy``.
    """
    rows: list[tuple[int, str, str, int, float]] = []
    total = seeds * 4 * len(sizes)
    for seed in range(seeds):
        trainer = Trainer(fast(experiment.replace(init_seed=experiment.weights_seed + seed)))
        trainer.run(epochs=epochs)
        probe = Probe(experiment)
        data = trainer.data
        mixed = np.random.default_rng(seed).permutation(len(data.y_test))
        for order in ("mixed", "sorted"):
            places = mixed if order == "mixed" else mixed[np.argsort(data.y_test[mixed], kind="stable")]
            F, y = torch.tensor(data.F_test[places]), data.y_test[places]
            for mode in ("evaluation", "training"):
                for size in sizes:
                    probe.load(trainer.engine.state())  # a call in training mode moves the running statistics
                    probe.network.train(mode == "training")
                    with torch.no_grad():
                        scores = torch.cat([probe.network(part) for part in F.split(size)]).numpy()
                    right = (scores[:, 0] > 0) == (y > 0.5) if scores.shape[1] == 1 else scores.argmax(1) == y
                    rows.append((seed, mode, order, size, float(right.mean())))
                    columns = ["seed", "mode", "order", "size", "accuracy"]
                    yield len(rows) / total, pd.DataFrame(rows, columns=columns)


def statistics_lag(
    experiment: Experiment, momenta: Sequence[float] = (0.001, 0.01, 0.1, 1.0), epochs: int = 20
) -> pd.DataFrame:
    """The test loss in evaluation mode for running statistics that follow slowly or at once.

    Returns:
        Columns ``momentum``, ``epoch``, ``loss``, ``accuracy`` (test part).
    """
    frames = []
    for momentum in momenta:
        trainer = Trainer(
            fast(experiment.replace(normalization={"name": "batch_norm", "momentum": momentum}))
        )
        trainer.run(epochs=epochs)
        history = trainer.history
        frames.append(
            pd.DataFrame(
                {
                    "momentum": momentum,
                    "epoch": history["epoch"],
                    "loss": history["loss_test"],
                    "accuracy": history["accuracy_test"],
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


# --- cost -------------------------------------------------------------------------------------------------


def cost(
    experiment: Experiment, kinds: Sequence[str] = KINDS, steps: int = 100, rounds: int = 12
) -> Iterator[tuple[float, pd.DataFrame]]:
    """Parameters, running statistics and time of a step with each normalization, on both engines.

    Yields:
        The share done and the table thus far, empty while the networks are made: columns ``normalization``,
        ``parameters``, ``statistics``, ``engine``, ``microseconds``: of a step, the least of the rounds of ``steps``
        steps (a fifth of them on the reference engine) that there were.
    """
    columns = ["normalization", "parameters", "statistics", "engine", "microseconds"]
    runs = []
    for kind in kinds:
        own = experiment.replace(normalization=kind)
        for chosen in (fast(own), own.replace(engine="reference", device="cpu")):
            trainer = Trainer(chosen)
            count = steps if trainer.engine.name == "fused" else max(1, steps // 5)
            trainer.run(steps=count)
            runs.append((kind, trainer, count))
            yield 0.0, pd.DataFrame(columns=columns)
    least = [float("inf")] * len(runs)
    for done in range(1, rounds + 1):  # in turns, so that a busy moment does not meet one of them alone
        for place, (_, trainer, count) in enumerate(runs):
            start = time.perf_counter()
            trainer.run(steps=count)
            least[place] = min(least[place], (time.perf_counter() - start) / count)
        rows = []
        for (kind, trainer, _), seconds in zip(runs, least, strict=True):
            layout = Layout.of(trainer.experiment)
            rows.append((kind, layout.n_parameters, layout.n_buffers, trainer.engine.name, 1e6 * seconds))
        yield done / rounds, pd.DataFrame(rows, columns=columns)


def added(table: pd.DataFrame, kind: str) -> tuple[int, dict[str, float]]:
    """How many parameters a normalization adds, and by which factor it lengthens a step on each engine.

    Args:
        table: of ``cost``.
    """
    sizes = table.drop_duplicates("normalization").set_index("normalization")["parameters"]
    times = table.set_index(["engine", "normalization"])["microseconds"]
    factors = {str(name): float(times[name, kind] / times[name, "none"]) for name in table["engine"].unique()}
    return int(sizes[kind] - sizes["none"]), factors
