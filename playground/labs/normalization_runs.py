"""Runs with and without normalization: depth, initial scale, learning rate, batch size, regularizing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from playground.chapters.initialization.runs import fast
from playground.engine.probe import Probe, gradient_norms, sample_rows
from playground.engine.trainer import Trainer
from playground.experiment import Experiment

KINDS = ("none", "batch_norm", "layer_norm")
DEEP = Experiment(dataset="circle", hidden=(8,) * 6, activation="sigmoid", learning_rate=0.03)
"""Six layers of sigmoids: without help nothing is learned."""
TRAINS = 0.9
"""Training accuracy from which a run counts as trained."""
BINS = 40
REACH = 6.0
"""Histograms cover ±REACH; what lies beyond goes into the outermost bins."""

SMALL = Experiment(
    dataset="moons",
    n_samples=120,
    noise=0.3,
    hidden=(32, 32),
    activation="relu",
    init="he_normal",
    learning_rate=0.1,
    batch_size=10,
)
"""Few noisy points and many weights: it overfits."""


# --- histograms in training -----------------------------------------------------------------------------


def watch(
    experiment: Experiment, kinds: Sequence[str] = KINDS, epochs: int = 60, looks: int = 12
) -> Iterator[tuple[float, tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]]]:
    """Train the same network with each normalization and look at its layers on the way.

    Args:
        experiment: what to train; its normalization is replaced.
        kinds: normalizations.
        epochs: how long.
        looks: how many times the layers are looked at besides the start.

    Yields:
        The share done and three tables thus far. Histograms of what enters the activations: ``normalization``,
        ``epoch``, ``layer`` (1 …), ``left``, ``right``, ``share``. Moments: ``normalization``, ``epoch``, ``layer``,
        ``mean``: how far a unit's mean over the rows is from 0, ``std``: a unit's deviation over the rows, both
        averaged over the units, ``gradient``: norm of the gradient of the layer's weights, as training sees it
        (batch statistics of the rows), over that of the output's weights. Curve: ``normalization``, ``epoch``,
        ``loss`` (training), ``accuracy`` (test).
    """
    marks = sorted({round(e) for e in np.linspace(0, epochs, looks + 1)})
    histograms: list[pd.DataFrame] = []
    moments: list[tuple[Any, ...]] = []
    curves: dict[str, pd.DataFrame] = {}
    edges = np.linspace(-REACH, REACH, BINS + 1)
    for place, kind in enumerate(kinds):
        trainer = Trainer(fast(experiment.replace(normalization=kind)))
        probe = Probe(trainer.experiment)
        rows, targets = sample_rows(trainer.data)
        for done, mark in enumerate(marks, start=1):
            if mark > trainer.epoch and trainer.status == "running":
                trainer.run(epochs=mark - trainer.epoch)
            probe.load(trainer.engine.state())
            layers, _ = probe.layers(rows)
            probe.network.train()
            *norms, last = gradient_norms(probe.layout, probe.gradients(rows, targets))
            probe.network.eval()
            for number, layer in enumerate(layers, start=1):
                z = layer.z[np.isfinite(layer.z)]
                counts, _ = np.histogram(np.clip(z, -REACH, REACH), bins=edges)
                histograms.append(
                    pd.DataFrame(
                        {
                            "normalization": kind,
                            "epoch": mark,
                            "layer": number,
                            "left": edges[:-1],
                            "right": edges[1:],
                            "share": counts / max(z.size, 1),
                        }
                    )
                )
                off, spread = np.abs(layer.z.mean(axis=0)).mean(), layer.z.std(axis=0).mean()
                reach = norms[number - 1] / last if last > 0 else float("nan")
                moments.append((kind, mark, number, float(off), float(spread), reach))
            curves[kind] = pd.DataFrame(
                {
                    "normalization": kind,
                    "epoch": trainer.history["epoch"],
                    "loss": trainer.history["loss_train"],
                    "accuracy": trainer.history["accuracy_test"],
                }
            )
            yield (
                (place + done / len(marks)) / len(kinds),
                (
                    pd.concat(histograms, ignore_index=True),
                    pd.DataFrame(
                        moments, columns=["normalization", "epoch", "layer", "mean", "std", "gradient"]
                    ),
                    pd.concat(curves.values(), ignore_index=True),
                ),
            )


# --- sweeps -----------------------------------------------------------------------------------------------


def sweep(
    settings: Sequence[tuple[dict[str, Any], Experiment]], epochs: int
) -> Iterator[tuple[float, pd.DataFrame]]:
    """Run every experiment to the end.

    Args:
        settings: labels of a run, which become columns, and the run.
        epochs: how long each one trains.

    Yields:
        The share done and the table thus far: the labels' columns, ``loss_train``, ``loss_test``,
        ``accuracy_train``, ``accuracy_test`` at the end (before training where it diverged at once), ``diverged``.
    """
    rows: list[dict[str, Any]] = []
    for labels, experiment in settings:
        trainer = Trainer(fast(experiment))
        trainer.run(epochs=epochs)
        last = {
            name: float(trainer.history[name][-1])
            for name in ("loss_train", "loss_test", "accuracy_train", "accuracy_test")
        }
        rows.append({**labels, **last, "diverged": trainer.status == "diverged"})
        yield len(rows) / len(settings), pd.DataFrame(rows)


def over_seeds(
    experiment: Experiment, kinds: Sequence[str] = KINDS, epochs: int = 100, seeds: int = 5
) -> Iterator[tuple[float, pd.DataFrame]]:
    """The same network with other first weights. Yields as ``sweep``, with ``normalization`` and ``seed``."""
    settings = [
        (
            {"normalization": kind, "seed": seed},
            experiment.replace(normalization=kind, init_seed=experiment.weights_seed + seed),
        )
        for seed in range(seeds)
        for kind in kinds
    ]
    return sweep(settings, epochs)


def scale_sweep(
    experiment: Experiment,
    stds: Sequence[float],
    kinds: Sequence[str] = KINDS,
    epochs: int = 40,
    seeds: int = 2,
) -> Iterator[tuple[float, pd.DataFrame]]:
    """Initial weights N(0, σ²) of every size, and depths 1 to the experiment's, with each normalization.

    Yields:
        As ``sweep``, with ``normalization``, ``std``, ``depth`` and ``seed``.
    """
    deepest = len(experiment.hidden)
    depths = sorted({1, max(1, deepest // 2), deepest})
    settings = [
        (
            {"normalization": kind, "std": std, "depth": depth, "seed": seed},
            experiment.replace(
                normalization=kind,
                hidden=experiment.hidden[:depth],
                init={"name": "normal", "std": std},
                init_seed=experiment.weights_seed + seed,
            ),
        )
        for seed in range(seeds)
        for depth in depths
        for std in stds
        for kind in kinds
    ]
    return sweep(settings, epochs)


def rate_sweep(
    experiment: Experiment,
    rates: Sequence[float],
    kinds: Sequence[str] = KINDS,
    epochs: int = 40,
    seeds: int = 3,
) -> Iterator[tuple[float, pd.DataFrame]]:
    """Every learning rate with each normalization. Yields as ``sweep``, with ``normalization``, ``rate``, ``seed``."""
    settings = [
        (
            {"normalization": kind, "rate": rate, "seed": seed},
            experiment.replace(
                normalization=kind, learning_rate=rate, init_seed=experiment.weights_seed + seed
            ),
        )
        for seed in range(seeds)
        for rate in rates
        for kind in kinds
    ]
    return sweep(settings, epochs)


def largest_rates(table: pd.DataFrame, trains: float = TRAINS) -> dict[str, float]:
    """The largest η at which the median run of each normalization trains; nan where none does.

    Args:
        table: of ``rate_sweep``.
        trains: training accuracy that is asked for.
    """
    counted = table.assign(right=table["accuracy_train"].where(~table["diverged"], 0.0))
    medians = counted.groupby(["normalization", "rate"], sort=False)["right"].median().reset_index()
    found = {}
    for kind, part in medians.groupby("normalization", sort=False):
        good = part.loc[part["right"] >= trains, "rate"]
        found[str(kind)] = float(good.max()) if len(good) else float("nan")
    return found


def batch_sweep(
    experiment: Experiment,
    sizes: Sequence[int] = (1, 2, 4, 8, 16, 32),
    kinds: Sequence[str] = KINDS,
    epochs: int = 30,
    seeds: int = 3,
) -> Iterator[tuple[float, pd.DataFrame]]:
    """Every batch size with each normalization, equally many epochs. As ``sweep``, with ``batch`` and ``seed``."""
    settings = [
        (
            {"normalization": kind, "batch": size, "seed": seed},
            experiment.replace(normalization=kind, batch_size=size, init_seed=experiment.weights_seed + seed),
        )
        for seed in range(seeds)
        for size in sizes
        for kind in kinds
    ]
    return sweep(settings, epochs)


def behind(table: pd.DataFrame, kind: str, other: str, margin: float = 0.05) -> tuple[int, ...]:
    """Batch sizes at which one normalization's median test accuracy is more than ``margin`` below another's.

    Args:
        table: of ``batch_sweep``.
    """
    median = table.groupby(["normalization", "batch"])["accuracy_test"].median()
    gap = median[other] - median[kind]
    return tuple(int(size) for size in gap[gap > margin].index)


def regularizing(
    experiment: Experiment = SMALL, epochs: int = 300, seeds: int = 5, kinds: Sequence[str] = KINDS
) -> Iterator[tuple[float, pd.DataFrame]]:
    """An overfitting network with each normalization; each seed has its own data, split and weights.

    Yields:
        As ``sweep``, with ``normalization`` and ``seed``.
    """
    settings = [
        ({"normalization": kind, "seed": seed}, experiment.replace(normalization=kind, seed=seed))
        for seed in range(seeds)
        for kind in kinds
    ]
    return sweep(settings, epochs)
