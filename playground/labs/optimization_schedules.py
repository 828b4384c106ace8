"""Learning-rate schedules: their curves, what they do to one run, and what triggers reduce-on-plateau."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.registry import Spec
from playground.techniques import SCHEDULES, Plateau

FITTED: dict[str, Callable[[int], dict[str, Any]]] = {
    "step": lambda T: {"period": max(1, T // 4)},
    "multi_step": lambda T: {"milestones": (max(1, T // 2), max(2, 3 * T // 4))},
    "exponential": lambda T: {"gamma": max(0.5, round(0.1 ** (1 / T), 4))},
    "power_of_ten": lambda T: {"n": max(1, T // 2)},
    "reduce_on_plateau": lambda T: {"patience": max(2, T // 20), "threshold": 0.01},
    "cosine": lambda T: {"period": T},
    "warm_up": lambda T: {"epochs": max(1, T // 10)},
    "one_cycle": lambda T: {"total": max(10, T), "peak": 1.5},
}
"""Parameters that fit a run of T epochs; the others keep their defaults."""


def fitted(name: str, epochs: int) -> Spec:
    """A registered schedule with the parameters that fit a run of so many epochs."""
    return SCHEDULES[name].spec(**FITTED.get(name, lambda T: {})(epochs))


def noisy_run(seed: int = 0) -> Experiment:
    """A run whose loss is shaken by small batches and a high learning rate, so that decay has something to calm."""
    return Experiment(
        dataset="moons",
        n_samples=300,
        noise=0.3,
        hidden=(8, 8),
        learning_rate=0.5,
        batch_size=5,
        seed=seed,
        device="cpu",
    )


def curve_frame(specs: tuple[Spec, ...], epochs: int, rate: float) -> pd.DataFrame:
    """Learning rates over the epochs.

    Returns:
        Columns ``schedule``, ``epoch`` (from 0), ``rate``; without the schedules that depend on the loss.
    """
    parts = []
    for spec in specs:
        schedule = SCHEDULES[spec.name]
        if not schedule.feedback:
            rates = [rate * schedule.factor(epoch, spec) for epoch in range(epochs)]
            parts.append(pd.DataFrame({"schedule": spec.name, "epoch": np.arange(epochs), "rate": rates}))
    if not parts:
        return pd.DataFrame(columns=["schedule", "epoch", "rate"])
    return pd.concat(parts, ignore_index=True)


def run_frame(
    experiment: Experiment, specs: tuple[Spec, ...], epochs: int
) -> Iterator[tuple[float, pd.DataFrame]]:
    """The same run under each schedule.

    Yields:
        The share done and a table with the columns ``schedule``, ``epoch``, ``rate`` (of the epoch), ``loss``
        (training) and ``test_loss``, so far as it has come. A run that diverges ends early.
    """
    done: list[pd.DataFrame] = []
    for number, spec in enumerate(specs):
        trainer = Trainer(experiment.replace(schedule=spec))
        while trainer.epoch < epochs and trainer.status == "running":
            trainer.run(epochs=min(max(1, epochs // 20), epochs - trainer.epoch))
            share = (number + trainer.epoch / epochs) / len(specs)
            yield min(share, 0.999), pd.concat([*done, _rows(trainer, spec)], ignore_index=True)
        done.append(_rows(trainer, spec))
    yield 1.0, pd.concat(done, ignore_index=True)


def _rows(trainer: Trainer, spec: Spec) -> pd.DataFrame:
    history = trainer.history
    return pd.DataFrame(
        {
            "schedule": spec.name,
            "epoch": history["epoch"],
            "rate": history["learning_rate"],
            "loss": history["loss_train"],
            "test_loss": history["loss_test"],
        }
    )


def endings(frame: pd.DataFrame, last: int = 20) -> pd.DataFrame:
    """How each run ended.

    Returns:
        Columns ``schedule``, ``loss`` and ``test_loss`` (means over the last epochs), ``jitter`` (standard deviation of
        the training loss over them, around its straight line), ``epochs``; lowest loss first.
    """
    rows = []
    for name, run in frame.groupby("schedule", sort=False):
        tail = run.tail(last)
        line = np.polyfit(tail["epoch"], tail["loss"], 1) if len(tail) > 2 else [0.0, tail["loss"].mean()]
        jitter = float((tail["loss"] - np.polyval(line, tail["epoch"])).std())
        rows.append((name, tail["loss"].mean(), tail["test_loss"].mean(), jitter, int(run["epoch"].max())))
    frame = pd.DataFrame(rows, columns=["schedule", "loss", "test_loss", "jitter", "epochs"])
    return frame.sort_values("loss").reset_index(drop=True)


def decay_against_constant(
    experiment: Experiment, spec: Spec, epochs: int, seeds: int
) -> Iterator[tuple[float, pd.DataFrame]]:
    """Constant rate and one schedule, over seeds.

    Yields:
        The share done and the columns ``seed``, ``schedule``, ``loss``, ``test_loss``, ``jitter`` (as ``endings``).
    """
    parts: list[pd.DataFrame] = []
    for seed in range(seeds):
        own = experiment.replace(seed=seed)
        specs = (SCHEDULES["constant"].spec(), spec)
        for share, frame in run_frame(own, specs, epochs):
            if share == 1.0:
                parts.append(endings(frame).assign(seed=seed))
            if parts:
                yield (seed + share) / seeds, pd.concat(parts, ignore_index=True)


def plateau_frame(run: pd.DataFrame, spec: Spec, rate: float) -> pd.DataFrame:
    """What reduce-on-plateau saw and did, replayed from a run's test losses.

    Args:
        run: rows of one run as ``run_frame`` gives them.
        spec: of reduce_on_plateau.
        rate: the first learning rate.

    Returns:
        Columns ``epoch``, ``test_loss``, ``best`` (so far), ``waited`` (epochs since the best one that counted),
        ``rate`` (from here on), ``event`` (``"better"``, ``"waits"`` or ``"lowers"``).
    """
    state = Plateau(rate)
    rows = []
    for epoch, loss in zip(run["epoch"].tolist(), run["test_loss"].tolist(), strict=True):
        if epoch == 0:
            continue
        before, state = state, state.after(loss, spec)
        if state.learning_rate < before.learning_rate:
            event = "lowers"
        else:
            event = "better" if state.best < before.best else "waits"
        rows.append((epoch, loss, state.best, state.bad_epochs, state.learning_rate, event))
    return pd.DataFrame(rows, columns=["epoch", "test_loss", "best", "waited", "rate", "event"])
