"""Pre-training against random weights: the same classifier of digits, fine-tuned from different starts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from playground import streams
from playground.chapters.initialization.rbm import RBM, Pretraining, Settings, pretrain
from playground.engine.population import Stack
from playground.registry import Param, Spec, no_choice, number, whole
from playground.techniques import ACTIVATIONS, INITIALIZERS, LOSSES

PIXELS = 8
CLASSES = 10
BATCH = 100
"""Rows of a mini-batch; fewer labels make one batch."""
LOOKS = 30
"""How many times losses and accuracies are taken in a run."""
TEST_ROWS = 360
"""Every fifth digit or so is kept for testing."""
CROSS_ENTROPY = LOSSES["cross_entropy"].spec()

PARAMS: dict[str, Param] = {
    param.name: param
    for param in (
        whole("depth", 3, 1, 5),
        whole("units", 64, 10, 128),
        whole("labels", 100, 20, 1400, log=True),
        number("learning_rate", 0.5, 0.01, 10.0, log=True),
        whole("updates", 300, 10, 2000),
        whole("seeds", 3, 1, 10),
    )
}
"""What can be set, with ranges."""


@dataclass(frozen=True)
class Start:
    """One way of beginning.

    Args:
        name: key of its text.
        activation: of the hidden layers.
        init: random weights of all layers; with ``pretrained`` of the output layer only.
        pretrained: whether the hidden layers come from the machines.
    """

    name: str
    activation: Spec
    init: Spec
    pretrained: bool = False


def _start(name: str, activation: str, init: str, pretrained: bool = False) -> Start:
    return Start(name, ACTIVATIONS[activation].spec(), INITIALIZERS[init].spec(), pretrained)


STARTS: Mapping[str, Start] = {
    start.name: start
    for start in (
        _start("sigmoid_small", "sigmoid", "small_normal"),
        _start("sigmoid_dbn", "sigmoid", "small_normal", pretrained=True),
        _start("sigmoid_xavier", "sigmoid", "xavier_normal"),
        _start("relu_he", "relu", "he_normal"),
    )
}
"""The starts that are compared, in the order of history."""


@dataclass(frozen=True)
class Digits:
    """Scikit-learn's digits: X float64 (n, 64) from 0 to 1, y int64 (n,); training part first drawn at random."""

    X_train: np.ndarray
    y_train: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray


@lru_cache(maxsize=4)
def digits(seed: int = 0) -> Digits:
    """The 1,797 images, shuffled and split. Source: Alpaydin & Kaynak 1998, doi:10.24432/C50P49."""
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    order = streams.generator(seed, streams.SPLIT).permutation(len(X))
    X, y = X[order] / 16, y[order].astype(np.int64)
    return Digits(X[TEST_ROWS:], y[TEST_ROWS:], X[:TEST_ROWS], y[:TEST_ROWS])


def pretrained(
    depth: int = 3, units: int = 64, settings: Settings | None = None, seed: int = 0
) -> Iterator[tuple[float, Pretraining]]:
    """A deep belief network on the training images, without their labels.

    Args:
        depth: machines. units: hidden units of each.
        settings: of every machine.
        seed: of the split and of the machines.

    Yields:
        The share done and the network thus far, after each epoch of each layer.
    """
    PARAMS["depth"].check(depth, "depth")
    PARAMS["units"].check(units, "units")
    for state in pretrain(digits(seed).X_train, (units,) * depth, settings or Settings(), seed):
        yield state.share, state


def records(found: Pretraining) -> pd.DataFrame:
    """How training went: columns ``layer`` (1 …), ``epoch``, ``error``, ``pseudo_likelihood``."""
    rows = [
        (layer, epoch, error, likelihood)
        for layer, machine in enumerate(found.layers, start=1)
        for epoch, (error, likelihood) in enumerate(
            zip(machine.errors, machine.pseudo_likelihoods, strict=True), start=1
        )
    ]
    return pd.DataFrame(rows, columns=["layer", "epoch", "error", "pseudo_likelihood"])


def reconstructions(machines: Sequence[RBM], X: np.ndarray) -> np.ndarray:
    """Up through all machines and down again, by probabilities, (n, d)."""
    for machine in machines:
        X = machine.hidden(X)
    for machine in reversed(machines):
        X = machine.visible(X)
    return X


def fine_tune(
    machines: Sequence[RBM],
    labels: int = 100,
    learning_rate: float = PARAMS["learning_rate"].default,
    updates: int = PARAMS["updates"].default,
    seeds: int = PARAMS["seeds"].default,
    starts: Sequence[str] = tuple(STARTS),
    data_seed: int = 0,
) -> Iterator[tuple[float, pd.DataFrame]]:
    """Train classifiers of one shape from each start by mini-batch gradient descent on some labelled digits.

    Args:
        machines: the pre-trained layers; their number and sizes are the shape of all networks.
        labels: how many training images have labels; each network is given its own choice of them.
        learning_rate: η, the same for all starts.
        updates: steps.
        seeds: networks of each start; the s-th ones are shown the same batches in the same order.
        starts: names of ``STARTS``.
        data_seed: of the split that the machines saw.

    Yields:
        The share done and the table thus far: columns ``start``, ``network``, ``update``, ``loss`` (training),
        ``accuracy`` (test).
    """
    for name, value in (
        ("labels", labels),
        ("learning_rate", learning_rate),
        ("updates", updates),
        ("seeds", seeds),
    ):
        PARAMS[name].check(value, name)
    unknown = set(starts) - set(STARTS)
    if unknown:
        raise no_choice("starts", STARTS, ", ".join(sorted(unknown)))
    data = digits(data_seed)
    chosen = [
        np.random.default_rng([data_seed, s]).permutation(len(data.X_train))[:labels] for s in range(seeds)
    ]
    x = torch.tensor(np.stack([data.X_train[rows] for rows in chosen]), dtype=torch.float32)
    y = torch.tensor(np.stack([data.y_train[rows] for rows in chosen]))
    test_x, test_y = torch.tensor(data.X_test, dtype=torch.float32), torch.tensor(data.y_test)
    stacks = {name: _network(STARTS[name], machines, seeds) for name in starts}
    every = max(1, updates // LOOKS)
    table: list[pd.DataFrame] = []
    network = torch.arange(seeds)[:, None]
    for update, places in zip(range(updates + 1), _batches(labels, seeds, data_seed), strict=False):
        kept = update % every == 0 or update == updates
        for name, stack in stacks.items():
            if kept:
                with torch.no_grad():
                    losses = stack.losses(stack.forward(x).scores, y, CROSS_ENTROPY, "multiclass")
                table.append(_row(name, update, losses, accuracies(stack, test_x, test_y)))
            if update < updates:
                _, gradients = stack.gradients(
                    x[network, places], y[network, places], CROSS_ENTROPY, "multiclass"
                )
                stack.descend(gradients, learning_rate)
        if kept:
            yield update / updates, pd.concat(table, ignore_index=True)


def _batches(labels: int, seeds: int, data_seed: int) -> Iterator[Tensor]:
    """For ever the places of the next mini-batches, int64 (seeds, B): each pass in a new order."""
    rngs = [np.random.default_rng([data_seed, streams.ORDER, s]) for s in range(seeds)]
    size = min(BATCH, labels)
    while True:
        order = np.stack([rng.permutation(labels) for rng in rngs])
        for first in range(0, labels - size + 1, size):
            yield torch.from_numpy(order[:, first : first + size])


def _network(start: Start, machines: Sequence[RBM], seeds: int) -> Stack:
    sizes = (machines[0].W.shape[1], *(len(machine.b) for machine in machines), CLASSES)
    stack = Stack(sizes, start.activation, [(start.init, s) for s in range(seeds)])
    if start.pretrained:
        with torch.no_grad():
            for weight, bias, machine in zip(stack.weights, stack.biases, machines, strict=False):
                weight.copy_(torch.from_numpy(machine.W))
                bias.copy_(torch.from_numpy(machine.b))
    return stack


def accuracies(stack: Stack, x: Tensor, y: Tensor) -> np.ndarray:
    """Each network's share of right answers, (S,), for inputs (B, d) and classes (B,)."""
    with torch.no_grad():
        return (stack.forward(x).scores.argmax(dim=2) == y).double().mean(dim=1).numpy()


def _row(start: str, update: int, losses: Tensor, shares: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "start": start,
            "network": range(len(shares)),
            "update": update,
            "loss": losses.double().numpy(),
            "accuracy": shares,
        }
    )


def label_sweep(
    machines: Sequence[RBM],
    counts: Sequence[int] = (30, 100, 300, 1000),
    learning_rate: float = PARAMS["learning_rate"].default,
    updates: int = PARAMS["updates"].default,
    seeds: int = PARAMS["seeds"].default,
    starts: Sequence[str] = tuple(STARTS),
    data_seed: int = 0,
) -> Iterator[tuple[float, pd.DataFrame]]:
    """Fine-tuning with few labels and with many.

    Args:
        counts: numbers of labelled images. The others are as in ``fine_tune``.

    Yields:
        The share done and the table thus far: columns ``start``, ``network``, ``labels``, ``loss``, ``accuracy``
        at the end.
    """
    done: list[pd.DataFrame] = []
    for before, labels in enumerate(counts):
        so_far = pd.concat(done, ignore_index=True) if done else _empty()
        table = so_far
        for share, found in fine_tune(machines, labels, learning_rate, updates, seeds, starts, data_seed):
            table = found
            yield (before + share) / len(counts), so_far
        last = table[table["update"] == table["update"].max()].drop(columns="update")
        done.append(last.assign(labels=labels))
    yield 1.0, pd.concat(done, ignore_index=True)


def _empty() -> pd.DataFrame:
    return pd.DataFrame(columns=["start", "network", "loss", "accuracy", "labels"])
