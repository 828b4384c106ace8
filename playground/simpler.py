"""Simpler models on the same parts as the network: does the network earn its keep?

They are scikit-learn's, with the settings that they come with: a constant, a linear model and a random forest.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from playground import judging
from playground.data.prepare import PARTS, Data, prepare
from playground.engine.order import shown_rows
from playground.engine.plan import Engine
from playground.experiment import Experiment
from playground.later import pd
from playground.techniques import class_weights

if TYPE_CHECKING:
    import pandas

MODELS = ("constant", "linear", "forest")
TREES = 100
TREES_AT_ONCE = 10
"""Trees of a slice of work."""
CLASS_MEASURES = ("accuracy", "balanced_accuracy")
VALUE_MEASURES = ("rmse", "mae", "r2")


def baselines(experiment: Experiment) -> pandas.DataFrame:
    """What simpler models make of an experiment's data: fitted on its training part, judged on every part.

    They see what the network sees, the preprocessed features, which the linear model takes standardized; where the
    experiment weighs its classes or shows some points several times, linear model and forest do too.

    Returns:
        One row for each model and part, with the columns ``model`` (``constant``: the most frequent class or the mean;
        ``linear``: logistic regression or ridge; ``forest``: a random forest of 100 trees), ``part``, ``points``, and
        ``accuracy`` and ``balanced_accuracy``, or ``rmse``, ``mae`` and ``r2`` in a regression.

    Raises:
        InvalidValue: the data cannot be drawn.

    Example:
        >>> frame = baselines(Experiment(dataset="circle"))
        >>> sorted(set(frame["model"]))
        ['constant', 'forest', 'linear']
    """
    *_, (_, frame) = steps(experiment)
    return frame


def steps(experiment: Experiment) -> Iterator[tuple[float, pandas.DataFrame]]:
    """The work of ``baselines`` in slices: the share done, and the rows so far."""
    data = prepare(experiment)
    rows: list[dict[str, Any]] = []
    for name in MODELS:
        model, slices = _model(name, experiment, data)
        for number in range(slices):
            _fit(model, name, number, data, experiment)
            yield (len(rows) + number / slices) / (len(MODELS) * len(PARTS)), pd.DataFrame(rows)
        rows += judged(experiment, data, name, model.predict)
        yield len(rows) / (len(MODELS) * len(PARTS)), pd.DataFrame(rows)


def judged(
    experiment: Experiment, data: Data, model: str, predict: Callable[[np.ndarray], np.ndarray]
) -> list[dict[str, Any]]:
    """The rows of a model.

    Args:
        predict: from prepared features (n, d) to classes or values (n,).
    """
    rows: list[dict[str, Any]] = []
    for part, size in zip(PARTS, data.sizes(), strict=True):
        if not size:
            continue
        answers, y = predict(getattr(data, f"F_{part}")), getattr(data, f"y_{part}")
        row: dict[str, Any] = {"model": model, "part": part, "points": size}
        if experiment.n_classes:
            table = np.zeros((experiment.n_classes,) * 2, np.int64)
            np.add.at(table, (y.astype(np.int64), answers.astype(np.int64)), 1)
            row["accuracy"] = judging.accuracy(table)
            row["balanced_accuracy"] = judging.balanced_accuracy(judging.class_measures(table))
        else:
            mean, sd = experiment.target_scale
            found = judging.fit(mean + sd * answers.astype(np.float64), mean + sd * y.astype(np.float64))
            row |= {"rmse": found.rmse, "mae": found.mae, "r2": found.r2}
        rows.append(row)
    return rows


def answers(experiment: Experiment, engine: Engine) -> Callable[[np.ndarray], np.ndarray]:
    """What a network answers: from prepared features (n, d) to classes or values (n,)."""

    def predict(F: np.ndarray) -> np.ndarray:
        scores = engine.forward(F)[-1]
        if experiment.task == "multiclass":
            return np.asarray(scores.argmax(axis=1))
        return np.asarray(scores[:, 0] > 0 if experiment.task == "binary" else scores[:, 0])

    return predict


def _model(name: str, experiment: Experiment, data: Data) -> tuple[Any, int]:
    """A model that is not fitted yet, and in how many slices it is fitted."""
    from sklearn.dummy import DummyClassifier, DummyRegressor
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    classes = experiment.n_classes > 0
    if name == "forest":
        forest = RandomForestClassifier if classes else RandomForestRegressor
        return forest(n_estimators=0, warm_start=True, random_state=experiment.seed), TREES // TREES_AT_ONCE
    if name == "linear" and not classes:
        return make_pipeline(StandardScaler(), Ridge()), 1
    if name == "linear" and len(np.unique(data.y_train)) > 1:
        return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)), 1
    return (DummyClassifier(strategy="most_frequent") if classes else DummyRegressor()), 1


def _fit(model: Any, name: str, number: int, data: Data, experiment: Experiment) -> None:
    from sklearn.exceptions import ConvergenceWarning

    weights = class_weights(experiment.class_weighting, data.y_train, experiment.n_classes)
    F, y = data.F_train, data.y_train
    shown = None if name == "constant" else shown_rows(experiment, data)
    if shown is not None:
        F, y = F[shown], y[shown]
    each = None if weights is None or name == "constant" else weights[data.y_train.astype(np.int64)]
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", ConvergenceWarning
        )  # a line that is still creeping judges well enough
        if name == "forest":
            model.set_params(n_estimators=(number + 1) * TREES_AT_ONCE)
            model.fit(F, y, sample_weight=each)
        elif hasattr(model, "steps") and each is not None:
            model.fit(F, y, **{f"{model.steps[-1][0]}__sample_weight": each})
        else:
            model.fit(F, y)
