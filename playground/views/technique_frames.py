"""What the reference page draws, as tidy tables computed with the techniques themselves."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import nn

from playground.data import FEATURES, SPLITS, draw, prepare
from playground.data.prepare import split
from playground.data.splits import has_folds
from playground.engine.trainer import Trainer
from playground.experiment import MAX_LAYERS, Experiment
from playground.model import build
from playground.presets import PRESETS
from playground.techniques import (
    ACTIVATIONS,
    CLIPPINGS,
    INITIALIZERS,
    LOSSES,
    NORMALIZATIONS,
    OPTIMIZERS,
    REGULARIZERS,
    SCHEDULES,
    WEIGHTINGS,
    Plateau,
    class_weights,
    epoch_rows,
)

INPUTS, UNITS = 64, 32
"""Size of the layer whose initial weights are shown."""
RAVINE = (1.0, 20.0)
"""Curvatures of the quadratic that the optimizers race on."""
START = (4.0, 1.0)
STEPS = 60
SCHEDULE_EPOCHS = 400
RUN_EPOCHS = 120
RUN_SECONDS = 1.5
SAMPLES = 300
LOWEST = 1e-8
"""Losses of the race are not drawn below this."""


def activation_frame(name: str) -> pd.DataFrame:
    """Columns z, curve ("function" or "derivative") and value, for z in [-5, 5]."""
    activation = ACTIVATIONS[name]
    spec = activation.spec()
    z = torch.linspace(-5.0, 5.0, 201, dtype=torch.float64, requires_grad=True)
    pieces = activation.pieces(spec)
    if pieces > 1:
        # the pieces are straight lines in one input, of slopes from -1 to 1
        slopes = torch.linspace(-1.0, 1.0, pieces, dtype=torch.float64)
        h = activation.forward(z[:, None] * slopes - 0.5 * slopes.abs(), spec)[:, 0]
    else:
        h = activation.forward(z, spec)
    (slope,) = torch.autograd.grad(h.sum(), z)
    where = z.detach().numpy()
    parts = [
        pd.DataFrame({"z": where, "curve": "function", "value": h.detach().numpy()}),
        pd.DataFrame({"z": where, "curve": "derivative", "value": slope.numpy()}),
    ]
    return pd.concat(parts, ignore_index=True)


def initializer_frame(name: str) -> pd.DataFrame:
    """Histogram of a layer's initial weights: columns left, right and share."""
    weight = torch.empty(UNITS, INPUTS)
    initializer = INITIALIZERS[name]
    initializer.fill(weight, torch.Generator().manual_seed(0), initializer.spec())
    values = weight.numpy().ravel()
    spread = max(float(np.abs(values).max()), 0.05)
    counts, edges = np.histogram(values, bins=41, range=(-spread, spread))
    return pd.DataFrame({"left": edges[:-1], "right": edges[1:], "share": counts / values.size})


def normalization_frame(name: str) -> pd.DataFrame:
    """One unit's sums over a batch of 200, before and after: columns sum, share and curve."""
    z = np.random.default_rng(0).normal(1.5, 2.0, 200)
    after = z
    if NORMALIZATIONS[name].learned:
        after = (z - z.mean()) / np.sqrt(z.var() + NORMALIZATIONS[name].spec()["eps"])
    parts = []
    for curve, values in (("before", z), ("after", after)):
        counts, edges = np.histogram(values, bins=28, range=(-7.0, 7.0))
        middle = (edges[:-1] + edges[1:]) / 2
        parts.append(pd.DataFrame({"sum": middle, "share": counts / len(z), "curve": curve}))
    return pd.concat(parts, ignore_index=True)


def skip_frame(name: str) -> pd.DataFrame:
    """Gradient norm of each hidden layer's weights before the first step: columns layer and norm."""
    experiment = PRESETS["vanishing_gradient"].experiment.replace(hidden=(8,) * MAX_LAYERS, skip=name)
    data, network = prepare(experiment), build(experiment)
    loss = LOSSES[experiment.loss.name].forward(
        network(torch.tensor(data.F_train)),
        torch.tensor(data.y_train),
        experiment.loss,
        0.0,
        experiment.task,
    )
    loss.backward()
    norms = [float(p.grad.norm()) for p in network.hidden.parameters() if p.grad is not None and p.dim() == 2]
    return pd.DataFrame({"layer": range(1, len(norms) + 1), "norm": norms})


def loss_frame(name: str) -> pd.DataFrame:
    """The loss over the score of a point of class 1, or over the error in regression: columns x, loss."""
    loss = LOSSES[name]
    x = torch.linspace(-4.0, 4.0, 161)
    task: Any = "binary" if "binary" in loss.tasks else "regression"
    target = torch.ones_like(x) if task == "binary" else torch.zeros_like(x)
    values = loss.per_sample(x[:, None], target, loss.spec(), 0.0, task)
    return pd.DataFrame({"x": x.numpy(), "loss": values.numpy()})


def weighting_frame(name: str) -> pd.DataFrame:
    """The weight of one of two classes over its share of 100 points: columns share and weight."""
    counts = np.arange(1, 100)
    weights = []
    for count in counts:
        targets = np.repeat([0, 1], [count, 100 - count])
        found = class_weights(WEIGHTINGS[name].spec(), targets, 2)
        rows = epoch_rows(WEIGHTINGS[name].spec(), targets, 2, np.random.default_rng(0))
        if rows is not None:  # how often a sample is shown, 1 on average
            weights.append(float((targets[rows] == 0).sum() / count / (len(rows) / 100)))
        else:
            weights.append(1.0 if found is None else float(found[0]))
    return pd.DataFrame({"share": counts / 100, "weight": weights})


def split_frame(name: str) -> pd.DataFrame:
    """How many of 12 rare points of 60 are tested on, of a quarter or in each fold: columns draw and rare."""
    y, spec = np.repeat([0, 1], [48, 12]), SPLITS[name].spec()
    if has_folds(spec):
        draws = [(0, SPLITS[name].spec(fold=fold + 1)) for fold in range(spec["folds"])]
    else:
        draws = [(seed, spec) for seed in range(12)]
    tested = [split(len(y), 0.75, seed, by=(each, y, 2))[2] for seed, each in draws]
    return pd.DataFrame({"draw": range(1, len(draws) + 1), "rare": [int(y[rows].sum()) for rows in tested]})


@lru_cache(maxsize=1)
def race_frame() -> pd.DataFrame:
    """All optimizers from one start in a ravine: columns step, loss and optimizer."""
    return pd.concat([_descent(name) for name in OPTIMIZERS], ignore_index=True)


def _descent(name: str) -> pd.DataFrame:
    w = nn.Parameter(torch.tensor(START, dtype=torch.float64))
    curvature = torch.tensor(RAVINE, dtype=torch.float64)
    technique = OPTIMIZERS[name]
    optimizer = technique.make([{"params": [w]}], technique.shown_rate, technique.spec())

    def closure() -> float:
        optimizer.zero_grad()
        loss = 0.5 * (curvature * w * w).sum()
        loss.backward()
        return loss.item()

    losses = []
    for _ in range(STEPS):
        losses.append(optimizer.step(closure))
    return pd.DataFrame({"step": range(STEPS), "loss": np.maximum(losses, LOWEST), "optimizer": name})


def schedule_frame(name: str) -> pd.DataFrame:
    """The rate over the epochs as a multiple of the chosen one: columns epoch and factor.

    A schedule that listens to the loss is given one that falls for a while and then stays.
    """
    schedule = SCHEDULES[name]
    spec = schedule.spec()
    if not schedule.feedback:
        factors = [schedule.factor(epoch, spec) for epoch in range(SCHEDULE_EPOCHS)]
    else:
        state, factors = Plateau(1.0), []
        for epoch in range(SCHEDULE_EPOCHS):
            factors.append(state.learning_rate)
            state = state.after(0.2 + float(np.exp(-epoch / 10)), spec)
    return pd.DataFrame({"epoch": range(SCHEDULE_EPOCHS), "factor": factors})


def clipping_frame(name: str) -> pd.DataFrame:
    """One gradient entry before and after: columns before and after."""
    clipping = CLIPPINGS[name]
    before = np.linspace(-3.0, 3.0, 121)
    after = []
    for g in before:
        w = nn.Parameter(torch.zeros(1))
        w.grad = torch.tensor([g], dtype=torch.float32)
        clipping.apply([w], clipping.spec())
        after.append(float(w.grad))
    return pd.DataFrame({"before": before, "after": after})


@lru_cache(maxsize=32)
def _test_losses(**changes: Any) -> tuple[float, ...]:
    """Test loss after each epoch of the overfitting example, with ``changes``."""
    trainer = Trainer(PRESETS["overfitting"].experiment.replace(**changes))
    trainer.run_for(RUN_SECONDS, most_steps=RUN_EPOCHS * trainer.steps_per_epoch)
    return tuple(trainer.history["loss_test"].tolist())


def _loss_rows(losses: tuple[float, ...], curve: str) -> pd.DataFrame:
    return pd.DataFrame({"epoch": range(len(losses)), "loss": losses, "curve": curve})


def regularizer_frame(name: str) -> pd.DataFrame:
    """Test loss on small noisy data with and without: columns epoch, loss and curve."""
    entry = REGULARIZERS[name]
    parts = [
        _loss_rows(_test_losses(**entry.shown_with), "without"),
        _loss_rows(_test_losses(**entry.shown_with, **{entry.field: entry.shown}), "with"),
    ]
    return pd.concat(parts, ignore_index=True)


def stopping_frame(name: str) -> pd.DataFrame:
    """Test loss on small noisy data: columns epoch, loss and curve; a stopped run is shorter."""
    return _loss_rows(_test_losses(early_stopping=name, choose_on="test"), "with")


def dataset_frame(name: str) -> pd.DataFrame:
    """Points of a data set: columns x1, x2 and value (a class name, or a number in regression)."""
    sample = draw(Experiment(dataset=name, n_samples=SAMPLES))
    names = sample.class_names
    value = [names[int(k)] for k in sample.y] if names else sample.y.astype(float)
    return pd.DataFrame({"x1": sample.X[:, 0], "x2": sample.X[:, 1], "value": value})


def feature_frame(name: str) -> pd.DataFrame:
    """The feature over the input plane: columns x1, x2 and value, on a grid of 33 × 33 places."""
    places = np.linspace(-6.0, 6.0, 33)
    x1, x2 = (axis.ravel() for axis in np.meshgrid(places, places))
    return pd.DataFrame({"x1": x1, "x2": x2, "value": FEATURES[name].compute(x1, x2)})


def preprocessing_frame(name: str) -> pd.DataFrame:
    """Two correlated columns of Iris after the map: columns x1, x2 and value."""
    data = prepare(Experiment(dataset="iris", preprocessing=name, train_fraction=0.9))
    value = [data.class_names[int(k)] for k in data.y_train]
    return pd.DataFrame({"x1": data.F_train[:, 0], "x2": data.F_train[:, 1], "value": value})
