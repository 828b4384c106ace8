"""One neuron and its line; logistic regression and the linear SVM as networks without hidden layers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from playground.data.prepare import prepare
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.techniques import LOSSES

MODELS = {"logistic": "cross_entropy", "svm": "hinge"}
"""Linear classifiers, and the loss that makes a network without hidden layers one."""

EDGE = 1.15
"""How far a picture reaches beyond the outermost point, as a factor."""


@dataclass(frozen=True)
class Neuron:
    """s = w₁x₁ + w₂x₂ − θ; class 1 where s > 0."""

    w1: float
    w2: float
    threshold: float

    @property
    def length(self) -> float:
        """‖w‖: how steeply the score changes across the line."""
        return math.hypot(self.w1, self.w2)

    def scores(self, X: np.ndarray) -> np.ndarray:
        """(n,) for points (n, 2)."""
        return X @ np.array([self.w1, self.w2]) - self.threshold


@dataclass(frozen=True)
class Judged:
    """How well a neuron separates two classes: ``accuracy``, ``cross_entropy`` and ``hinge`` (means), ``errors``."""

    accuracy: float
    cross_entropy: float
    hinge: float
    errors: int


def points(experiment: Experiment) -> tuple[np.ndarray, np.ndarray]:
    """The training points of a two-class experiment: X (n, 2) as the network gets them, y (n,) 0 or 1."""
    data = prepare(experiment)
    return data.F_train.astype(np.float64), data.y_train.astype(np.int64)


def judge(neuron: Neuron, X: np.ndarray, y: np.ndarray) -> Judged:
    """Accuracy and losses of a neuron on points (n, 2) with classes (n,) in {0, 1}."""
    s = neuron.scores(X)
    scores, targets = torch.tensor(s)[:, None], torch.tensor(y, dtype=torch.float64)
    losses = {
        name: float(LOSSES[name].forward(scores, targets, LOSSES[name].spec(), 0.0, "binary"))
        for name in ("cross_entropy", "hinge")
    }
    wrong = int(((s > 0) != (y == 1)).sum())
    return Judged(1 - wrong / len(y), losses["cross_entropy"], losses["hinge"], wrong)


def line(neuron: Neuron, reach: float) -> pd.DataFrame:
    """The two ends of the line w·x = θ within a square of ±reach·√2 around 0: columns ``x1``, ``x2``.

    Empty for w = 0, where there is no line.
    """
    if neuron.length < 1e-12:
        return pd.DataFrame({"x1": [], "x2": []})
    w = np.array([neuron.w1, neuron.w2])
    foot = neuron.threshold * w / (w @ w)
    along = np.array([-w[1], w[0]]) / neuron.length * reach * 3
    ends = np.array([foot - along, foot + along])
    return pd.DataFrame({"x1": ends[:, 0], "x2": ends[:, 1]})


# --- networks without hidden layers ---------------------------------------------------------------


def linear_experiment(
    model: str, dataset: str = "blobs", noise: float = 0.3, l2: float = 0.01, seed: int = 0
) -> Experiment:
    """A linear classifier as a network: no hidden layer, the model's loss, L2 penalty, full batch.

    Args:
        model: a key of ``MODELS``.
        dataset: of two classes.
    """
    return Experiment(
        dataset=dataset,
        noise=noise,
        preprocessing="standardize",
        hidden=(),
        loss=MODELS[model],
        l2=l2,
        learning_rate=0.5,
        schedule={"name": "exponential"},
        batch_size=5000,
        seed=seed,
    )


def train_linear(experiment: Experiment, updates: int = 2000) -> Iterator[tuple[float, Neuron]]:
    """Gradient descent on a network without hidden layers, the learning rate falling 1,000-fold on the way.

    Yields:
        The share done and the neuron thus far.
    """
    gamma = 10 ** (-3 / updates)
    trainer = Trainer(experiment.replace(schedule={"name": "exponential", "gamma": gamma}))
    while trainer.epoch < updates and trainer.status == "running":
        trainer.run(epochs=min(max(1, updates // 20), updates - trainer.epoch))
        w1, w2, bias = (float(v) for v in trainer.engine.state().params)
        yield trainer.epoch / updates, Neuron(w1, w2, -bias)


def scikit_learn(experiment: Experiment) -> Neuron:
    """The same model by scikit-learn: LogisticRegression, or SVC with a linear kernel.

    Their objective is ½‖w‖² + C·Σ loss; divided by n·C it is the network's l2/2·‖w‖² + mean loss with
    C = 1/(n·l2).
    """
    X, y = points(experiment)
    C = 1 / (len(X) * experiment.l2)
    if experiment.loss.name == "hinge":
        from sklearn.svm import SVC

        model = SVC(kernel="linear", C=C, tol=1e-6).fit(X, y)
    else:
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(C=C, tol=1e-8, max_iter=1000).fit(X, y)
    (w1, w2), (bias,) = model.coef_[0], model.intercept_
    return Neuron(float(w1), float(w2), -float(bias))


def objective(neuron: Neuron, experiment: Experiment) -> float:
    """What both minimise: mean loss + l2/2·‖w‖², on the training points."""
    judged = judge(neuron, *points(experiment))
    loss = judged.hinge if experiment.loss.name == "hinge" else judged.cross_entropy
    return loss + experiment.l2 / 2 * neuron.length**2


def comparison(experiment: Experiment, network: Neuron) -> pd.DataFrame:
    """The network beside scikit-learn.

    Returns:
        Rows ``"network"`` and ``"scikit_learn"``: columns ``who``, ``w1``, ``w2``, ``bias``, ``objective``,
        ``accuracy``.
    """
    X, y = points(experiment)
    return pd.DataFrame(
        [
            {
                "who": who,
                "w1": neuron.w1,
                "w2": neuron.w2,
                "bias": -neuron.threshold,
                "objective": objective(neuron, experiment),
                "accuracy": judge(neuron, X, y).accuracy,
            }
            for who, neuron in (("network", network), ("scikit_learn", scikit_learn(experiment)))
        ]
    )
