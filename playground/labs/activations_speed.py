"""Who learns faster: Iris re-made, epochs to a goal, and maxout against ReLU at equal size."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import torch

from playground import streams
from playground.data.preprocessing import PREPROCESSINGS
from playground.data.real import table
from playground.engine.trainer import Trainer
from playground.experiment import MAX_UNITS, Experiment
from playground.labs.activations_functions import label
from playground.labs.activations_stack import Stack
from playground.model import Layout
from playground.registry import Spec
from playground.techniques import ACTIVATIONS, LOSSES

LECTURE = {"sigmoid": (0.708, 0.600), "relu": (0.892, 0.900)}
"""Iris accuracy in training and test that textbooks print."""

RATES = (0.01, 0.03, 0.1, 0.3, 1.0)


def iris_table(
    activations: Sequence[Spec],
    init: Spec,
    hidden: tuple[int, ...] = (10, 10),
    learning_rate: float = 0.01,
    updates: int = 500,
    seeds: int = 10,
    train_share: float = 0.8,
    standardise: bool = False,
) -> Iterator[tuple[float, pd.DataFrame]]:
    """Iris, all four columns, full-batch gradient descent; every seed has its own split and weights.

    Yields:
        The share done and the table thus far: columns ``activation``, ``seed``, ``update``, ``loss`` (training),
        ``train``, ``test`` (accuracies), at 0 and about 25 later updates.
    """
    X, labels = table("iris")
    parts = []
    for seed in range(seeds):
        rows = streams.generator(seed, streams.SPLIT).permutation(len(X))
        cut = round(train_share * len(X))
        affine = PREPROCESSINGS["standardising" if standardise else "none"].fit(X[rows[:cut]])
        scaled = affine.apply(X)
        parts.append((scaled[rows[:cut]], labels[rows[:cut]], scaled[rows[cut:]], labels[rows[cut:]]))
    x, y, test_x, test_y = (np.stack([part[k] for part in parts]) for k in range(4))
    inputs, test_inputs = (torch.tensor(a, dtype=torch.float32) for a in (x, test_x))
    targets, test_targets = torch.tensor(y), torch.tensor(test_y)
    loss = LOSSES["cross_entropy"].spec()
    every = max(1, updates // 25)
    rows_found: list[pd.DataFrame] = []
    for k, activation in enumerate(activations):
        stack = Stack((4, *hidden, 3), activation, [(init, seed) for seed in range(seeds)])
        for update in range(updates + 1):
            losses, gradients = stack.gradients(inputs, targets, loss, "multiclass")
            if update % every == 0 or update == updates:
                with torch.no_grad():
                    train = stack.forward(inputs).scores.argmax(-1) == targets
                    test = stack.forward(test_inputs).scores.argmax(-1) == test_targets
                rows_found.append(
                    pd.DataFrame(
                        {
                            "activation": label(activation),
                            "seed": range(seeds),
                            "update": update,
                            "loss": losses.numpy(),
                            "train": train.double().mean(1).numpy(),
                            "test": test.double().mean(1).numpy(),
                        }
                    )
                )
                share = (k + update / max(updates, 1)) / len(activations)
                yield share, pd.concat(rows_found, ignore_index=True)
            stack.descend(gradients, learning_rate)


def summary(frame: pd.DataFrame) -> pd.DataFrame:
    """Accuracies after the last update: mean and standard deviation over the seeds, beside the lecture's.

    Returns:
        Columns ``activation``, ``train``, ``train_std``, ``test``, ``test_std``, ``lecture_train``,
        ``lecture_test`` (nan where the lecture has no figure).
    """
    rows = []
    for name, part in frame.groupby("activation", sort=False):
        last = part[part["update"] == part["update"].max()]
        figures = LECTURE.get(str(name), (math.nan, math.nan))
        rows.append(
            {
                "activation": name,
                "train": last["train"].mean(),
                "train_std": last["train"].std(ddof=0),
                "test": last["test"].mean(),
                "test_std": last["test"].std(ddof=0),
                "lecture_train": figures[0],
                "lecture_test": figures[1],
            }
        )
    return pd.DataFrame(rows)


# --- the claim that ReLU converges six times faster -----------------------------------------------


def speed_experiment(
    activation: Spec,
    learning_rate: float = 0.1,
    dataset: str = "moons",
    hidden: tuple[int, ...] = (8, 8),
    seed: int = 0,
) -> Experiment:
    """The run behind ``convergence``: each activation with the initial weights made for it."""
    init = "xavier_normal" if activation.name in ("sigmoid", "tanh") else "he_normal"
    return Experiment(
        dataset=dataset,
        noise=0.1 if dataset == "moons" else 0.0,
        hidden=hidden,
        activation=activation,
        init=init,
        learning_rate=learning_rate,
        seed=seed,
    )


def convergence(
    activations: Sequence[Spec],
    dataset: str = "moons",
    hidden: tuple[int, ...] = (8, 8),
    goal: float = 0.1,
    rates: Sequence[float] = RATES,
    epochs: int = 100,
    seeds: int = 3,
) -> Iterator[tuple[float, pd.DataFrame]]:
    """How many epochs plain SGD needs until the training loss is below a goal.

    Source of the claim: Krizhevsky, Sutskever & Hinton 2012, section 3.1, figure 1 (ReLU six times faster than
    tanh, a four-layer convolutional net on CIFAR-10, each with its own η).

    Args:
        activations: to compare.
        dataset, hidden: the problem and the network.
        goal: training loss (cross-entropy).
        rates: learning rates that are all tried.
        epochs: given up after that many.
        seeds: runs for each pair.

    Yields:
        The share done and the table thus far: columns ``activation``, ``learning_rate``, ``seed``, ``epochs`` (to the
        goal; inf where it was not reached).
    """
    rows: list[dict[str, object]] = []
    total = len(activations) * len(rates) * seeds
    for activation in activations:
        for rate in rates:
            for seed in range(seeds):
                trainer = Trainer(speed_experiment(activation, rate, dataset, hidden, seed))
                reached = math.inf
                while trainer.epoch < epochs and trainer.status == "running":
                    trainer.run(epochs=min(10, epochs - trainer.epoch))
                    below = np.flatnonzero(trainer.history["loss_train"] < goal)
                    if len(below):
                        reached = float(trainer.history["epoch"][below[0]])
                        break
                rows.append(
                    {"activation": label(activation), "learning_rate": rate, "seed": seed, "epochs": reached}
                )
                yield len(rows) / total, pd.DataFrame(rows)


def verdict(frame: pd.DataFrame, reference: str = "relu") -> pd.DataFrame:
    """Epochs to the goal for each activation: at its own best learning rate, and at the reference's.

    Returns:
        Columns ``activation``; ``best_rate`` (smallest median), ``epochs`` (median over the seeds at that rate;
        inf = not reached), ``ratio`` (to the reference's); ``epochs_same``, ``ratio_same``: at the
        reference's best rate.
    """
    medians = frame.groupby(["activation", "learning_rate"], sort=False)["epochs"].median()
    best = {name: medians[name].idxmin() for name in medians.index.get_level_values(0).unique()}
    if reference not in best:
        reference = next(iter(best))
    unit, shared = medians[reference, best[reference]], best[reference]
    rows = []
    for name, rate in best.items():
        own = medians[name, rate]
        same = medians.get((name, shared), math.nan)
        rows.append(
            {
                "activation": name,
                "best_rate": rate if math.isfinite(own) else math.nan,
                "epochs": own,
                "ratio": _ratio(own, unit),
                "epochs_same": same,
                "ratio_same": _ratio(same, unit),
            }
        )
    return pd.DataFrame(rows)


def _ratio(epochs: float, unit: float) -> float:
    """nan where neither arrived."""
    return math.nan if math.isinf(epochs) and math.isinf(unit) else epochs / unit


# --- maxout against ReLU at equal size ------------------------------------------------------------


def maxout_experiment(
    hidden: tuple[int, ...] = (8, 8),
    pieces: int = 2,
    dataset: str = "spiral",
    learning_rate: float = 0.1,
    seed: int = 0,
) -> Experiment:
    """A maxout network to set against ReLU."""
    return Experiment(
        dataset=dataset,
        hidden=hidden,
        activation=ACTIVATIONS["maxout"].spec(pieces=pieces),
        init="he_normal",
        learning_rate=learning_rate,
        seed=seed,
    )


def relu_of_equal_size(experiment: Experiment) -> Experiment:
    """The ReLU network of as many layers, equally wide, whose parameter count comes nearest."""
    wanted = Layout.of(experiment).n_parameters
    candidates = [
        experiment.replace(activation="relu", hidden=(n,) * len(experiment.hidden))
        for n in range(1, MAX_UNITS + 1)
    ]
    return min(candidates, key=lambda e: abs(Layout.of(e).n_parameters - wanted))


def compare(
    experiments: dict[str, Experiment], epochs: int = 150, seeds: int = 3
) -> Iterator[tuple[float, pd.DataFrame]]:
    """Train several experiments over several seeds.

    Yields:
        The share done and the table thus far: columns ``name``, ``seed``, ``epoch``, ``loss``, ``accuracy``
        (both on the test part), ``parameters``.
    """
    frames: list[pd.DataFrame] = []
    total = len(experiments) * seeds
    for name, experiment in experiments.items():
        for seed in range(seeds):
            trainer = Trainer(experiment.replace(seed=seed))
            while trainer.epoch < epochs and trainer.status == "running":
                trainer.run(epochs=min(25, epochs - trainer.epoch))
                yield (len(frames) + trainer.epoch / epochs) / total, _joined(frames)
            history = trainer.history.thinned(100)
            frames.append(
                pd.DataFrame(
                    {
                        "name": name,
                        "seed": seed,
                        "epoch": history["epoch"],
                        "loss": history["loss_test"],
                        "accuracy": history["accuracy_test"],
                        "parameters": Layout.of(experiment).n_parameters,
                    }
                )
            )
            yield len(frames) / total, _joined(frames)


def _joined(frames: list[pd.DataFrame]) -> pd.DataFrame:
    if not frames:
        return pd.DataFrame(columns=["name", "seed", "epoch", "loss", "accuracy", "parameters"])
    return pd.concat(frames, ignore_index=True)
