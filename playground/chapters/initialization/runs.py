"""Real runs from different starting weights: symmetry, a race of schemes, and a sweep over the weights' scale."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from playground.chapters.initialization.signals import init_label
from playground.chapters.running import fast as fast
from playground.data.prepare import prepare
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.model import Layout, build
from playground.registry import Spec
from playground.techniques import INITIALIZERS, LOSSES

SAME = 1e-5
"""Units whose weights differ by less, relative to the largest weight of the layer, count as identical."""


# --- symmetry -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Symmetry:
    """A run watched for whether the units of a layer ever come apart.

    Args:
        gradients: before training, over all training rows; one row for each parameter block: ``layer`` (1 …, the
            last is the output layer), ``kind`` (``"weight"``, ``"bias"`` …), ``largest``: of the magnitudes;
            ``zero``: whether all are exactly 0.
        weights: ``epoch``, ``layer``, ``unit``, ``input``, ``weight``: every weight of the hidden layers.
        distinct: ``epoch``, ``layer``, ``units``, ``distinct``: how many different units a hidden layer has.
        curve: the history's table.
    """

    gradients: pd.DataFrame
    weights: pd.DataFrame
    distinct: pd.DataFrame
    curve: pd.DataFrame


def symmetry(experiment: Experiment, epochs: int = 100, nudge: float = 0.0, looks: int = 25) -> Symmetry:
    """Train and compare the units of each hidden layer on the way.

    Args:
        experiment: what to train.
        epochs: how long.
        nudge: added to one weight of each hidden layer before the start; 0 leaves the symmetry whole.
        looks: how many times the weights are kept, evenly spread, besides the start.
    """
    trainer = Trainer(fast(experiment))
    layout = trainer.engine.layout
    params = trainer.engine.state().params.copy()
    for layer in range(len(experiment.hidden)):
        params[layout.find("weight", layer).start] += nudge
    trainer.engine.load(trainer.engine.state().with_params(params))
    gradients = _gradients(experiment, params)
    marks = sorted({round(e) for e in np.linspace(0, epochs, looks + 1)})
    weights, distinct = [], []
    for mark in marks:
        if mark > trainer.epoch:
            trainer.run(epochs=mark - trainer.epoch)
        params = trainer.engine.state().params
        weights.append(_weights(layout, params).assign(epoch=trainer.epoch))
        distinct.append(distinct_units(layout, params).assign(epoch=trainer.epoch))
        if trainer.status != "running":
            break
    return Symmetry(
        gradients,
        pd.concat(weights, ignore_index=True),
        pd.concat(distinct, ignore_index=True),
        trainer.history.frame(),
    )


def _gradients(experiment: Experiment, params: np.ndarray) -> pd.DataFrame:
    """Gradients of the loss over the training part at ``params``, by PyTorch's autograd."""
    data, network = prepare(experiment), build(experiment)
    layout = Layout.of(experiment)
    with torch.no_grad():
        for block, parameter in zip(layout.parameters, network.parameters(), strict=True):
            parameter.copy_(torch.from_numpy(block.view(params).copy()))
    network.eval()
    scores = network(torch.tensor(data.F_train))
    targets = torch.tensor(data.y_train)
    loss = LOSSES[experiment.loss.name].forward(
        scores, targets, experiment.loss, experiment.label_smoothing, experiment.task
    )
    found = torch.autograd.grad(loss, list(network.parameters()))
    rows = [
        (block.layer + 1, block.kind, float(g.abs().max()), bool((g == 0).all()))
        for block, g in zip(layout.parameters, found, strict=True)
    ]
    return pd.DataFrame(rows, columns=["layer", "kind", "largest", "zero"])


def _weights(layout: Layout, params: np.ndarray) -> pd.DataFrame:
    rows = []
    for layer in range(len(layout.hidden)):
        matrix = layout.find("weight", layer).view(params)
        for unit, row in enumerate(matrix, start=1):
            rows += [(layer + 1, unit, i, float(w)) for i, w in enumerate(row, start=1)]
    return pd.DataFrame(rows, columns=["layer", "unit", "input", "weight"])


def distinct_units(layout: Layout, params: np.ndarray) -> pd.DataFrame:
    """How many different units each hidden layer has, by the weights and bias that come in.

    Returns:
        Columns ``layer`` (1 …), ``units``, ``distinct``. Two units within ``SAME`` of the largest weight are one.
    """
    rows = []
    for layer, (n, pieces) in enumerate(zip(layout.hidden, layout.pieces, strict=True)):
        weight = layout.find("weight", layer).view(params)
        bias = layout.find("bias", layer).view(params)
        units = np.concatenate([weight, bias[:, None]], axis=1).reshape(n, pieces * (weight.shape[1] + 1))
        tolerance = SAME * float(np.abs(units).max())
        kept: list[np.ndarray] = []
        for unit in units:
            if all(np.abs(unit - other).max() > tolerance for other in kept):
                kept.append(unit)
        rows.append((layer + 1, n, len(kept)))
    return pd.DataFrame(rows, columns=["layer", "units", "distinct"])


# --- race ---------------------------------------------------------------------------------------------


def race(
    experiment: Experiment, inits: Sequence[Spec], epochs: int = 100, seeds: int = 3, rounds: int = 20
) -> Iterator[tuple[float, pd.DataFrame]]:
    """The same network from different starting weights, side by side.

    Data, split and order of the batches are the experiment's own for every runner; the s-th network of each
    scheme draws its weights with the experiment's weight seed + s.

    Args:
        experiment: what to train; its ``init`` is not used.
        inits: the schemes.
        epochs: how long.
        seeds: networks of each scheme.
        rounds: how many times a table is handed out.

    Yields:
        The share done and the table thus far: columns ``init``, ``network``, ``epoch``, ``loss_train``,
        ``loss_test``, ``accuracy_train``, ``accuracy_test``, ``status``.
    """
    runners: list[tuple[str, int, Trainer]] = []
    for init in inits:
        for s in range(seeds):
            own = experiment.replace(init=init, init_seed=experiment.weights_seed + s)
            runners.append((init_label(init), s, Trainer(fast(own))))
    for done in range(1, rounds + 1):
        goal = round(epochs * done / rounds)
        for _, _, trainer in runners:
            if trainer.epoch < goal and trainer.status == "running":
                trainer.run(epochs=goal - trainer.epoch)
        yield done / rounds, _table(runners)


def _table(runners: Sequence[tuple[str, int, Trainer]]) -> pd.DataFrame:
    columns = ("epoch", "loss_train", "loss_test", "accuracy_train", "accuracy_test")
    frames = [
        pd.DataFrame({c: trainer.history[c] for c in columns}).assign(
            init=name, network=s, status=trainer.status
        )
        for name, s, trainer in runners
    ]
    return pd.concat(frames, ignore_index=True)[["init", "network", *columns, "status"]]


def ranking(table: pd.DataFrame) -> pd.DataFrame:
    """Where the runners of a race stand.

    Returns:
        One row for each scheme, best mean training loss first; columns ``init``, ``loss_train``, ``loss_test``,
        ``accuracy_test`` (means over its networks at their last epoch), ``lost``: networks that diverged.
    """
    last = table.loc[table.groupby(["init", "network"])["epoch"].idxmax()]
    means = last.groupby("init")[["loss_train", "loss_test", "accuracy_test"]].mean()
    means["lost"] = last.groupby("init")["status"].agg(lambda s: int((s == "diverged").sum()))
    return means.sort_values(["lost", "loss_train"]).reset_index()


# --- scale --------------------------------------------------------------------------------------------


def trainability(
    experiment: Experiment,
    stds: Sequence[float],
    depths: Sequence[int],
    width: int = 16,
    epochs: int = 40,
    seeds: int = 1,
) -> Iterator[tuple[float, pd.DataFrame]]:
    """Which combinations of the weights' spread and the network's depth can be trained.

    Args:
        experiment: data, activation, optimizer; its ``hidden`` and ``init`` are replaced.
        stds: standard deviations σ of the weights, N(0, σ²).
        depths: numbers of hidden layers.
        width: units of each.
        epochs: how long each network trains.
        seeds: networks of each cell.

    Yields:
        The share done and the table thus far, shallow networks first: columns ``std``, ``depth``, ``loss`` and
        ``accuracy``: of the training part at the end, means over the networks; ``diverged``: how many did.
    """
    rows = []
    total = len(stds) * len(depths)
    for depth in depths:
        for std in stds:
            results = []
            for s in range(seeds):
                trainer = Trainer(
                    fast(
                        experiment.replace(
                            hidden=(width,) * depth,
                            init={"name": "normal", "std": std},
                            init_seed=experiment.weights_seed + s,
                        )
                    )
                )
                trainer.run(epochs=epochs)
                last = trainer.history
                results.append(
                    (last["loss_train"][-1], last["accuracy_train"][-1], trainer.status == "diverged")
                )
            loss, accuracy, diverged = np.array(results, dtype=float).T
            rows.append((std, depth, loss.mean(), accuracy.mean(), int(diverged.sum())))
            yield (
                len(rows) / total,
                pd.DataFrame(rows, columns=["std", "depth", "loss", "accuracy", "diverged"]),
            )


def theory(width: int) -> dict[str, float]:
    """The spread that Xavier's and He's rules choose for a layer with as many inputs as units."""
    found = {}
    for name in ("xavier_normal", "he_normal"):
        std = INITIALIZERS[name].std(width, width, INITIALIZERS[name].spec())
        assert std is not None
        found[name] = std
    return found
