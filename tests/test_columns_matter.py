"""Which columns matter, and how the answer moves with one: against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.inspection import partial_dependence as sklearn_dependence
from sklearn.inspection import permutation_importance

from playground import Experiment, InvalidValue, Trainer
from playground.columns import importance, partial_dependence
from playground.data import Points


class Classifier(ClassifierMixin, BaseEstimator):
    """A trained network for scikit-learn."""

    def __init__(self, trainer: Trainer) -> None:
        self.trainer = trainer
        self.classes_ = np.arange(trainer.experiment.n_classes)

    def fit(self, X: np.ndarray, y: np.ndarray) -> Classifier:
        return self

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        scores = self.trainer.engine.forward(self.trainer.data.features(X))[-1].astype(float)
        parts = np.exp(scores - scores.max(axis=1, keepdims=True))
        return parts / parts.sum(axis=1, keepdims=True)

    def predict(self, X: np.ndarray) -> np.ndarray:
        return self.predict_proba(X).argmax(axis=1)


class Regressor(RegressorMixin, BaseEstimator):
    """Likewise of a regression."""

    def __init__(self, trainer: Trainer) -> None:
        self.trainer = trainer
        self.fitted_ = True

    def fit(self, X: np.ndarray, y: np.ndarray) -> Regressor:
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        return self.trainer.engine.forward(self.trainer.data.features(X))[-1][:, 0].astype(float)


def trained(experiment: Experiment, epochs: int) -> Trainer:
    trainer = Trainer(experiment)
    trainer.run(epochs=epochs)
    return trainer


@pytest.fixture(scope="module")
def wine() -> Trainer:
    return trained(
        Experiment(
            dataset={"name": "wine", "inputs": "all"},
            preprocessing="standardize",
            hidden=(6,),
            learning_rate=0.1,
        ),
        20,
    )


@pytest.fixture(scope="module")
def prices() -> Trainer:
    """The second column decides, the first says a little, the third nothing."""
    X = np.random.default_rng(0).normal(size=(200, 3))
    y = 0.3 * X[:, 0] + 2.0 * X[:, 1]
    rows = tuple((*x, v) for x, v in zip(X.tolist(), y.tolist(), strict=True))
    points = Points(("rooms", "area", "colour"), "price", (), rows)
    return trained(Experiment(dataset="custom", points=points, hidden=(8,), learning_rate=0.03), 60)


def test_the_columns_that_matter_are_those_of_scikit_learn(wine: Trainer) -> None:
    frame = importance(wine, repeats=60).set_index("column")
    data = wine.data
    expected = permutation_importance(
        Classifier(wine), data.X_test, data.y_test, n_repeats=60, random_state=1
    )
    for i, name in enumerate(data.x_names):
        error = 5 * (expected.importances_std[i] + 1e-9) / np.sqrt(60) + 1e-9
        assert frame.importance[name] == pytest.approx(expected.importances_mean[i], abs=2 * error)
        assert frame["std"][name] == pytest.approx(expected.importances_std[i], rel=0.6, abs=0.003)


def test_a_column_that_decides_comes_first_and_one_that_says_nothing_last(prices: Trainer) -> None:
    frame = importance(prices)
    assert list(frame.column) == ["area", "rooms", "colour"]
    assert frame.importance[0] > 1
    assert abs(frame.importance[2]) < 0.05
    expected = permutation_importance(
        Regressor(prices), prices.data.X_test, prices.data.y_test, n_repeats=60, random_state=1
    )
    assert importance(prices, repeats=60).importance[0] == pytest.approx(
        expected.importances_mean[1], rel=0.1
    )


def test_the_answer_moves_as_scikit_learn_says(wine: Trainer, prices: Trainer) -> None:
    frame = partial_dependence(wine, "proline", places=7)
    told = frame.pivot(index="value", columns="class", values="answer")
    expected = sklearn_dependence(
        Classifier(wine),
        wine.data.X_train,
        [wine.data.x_names.index("proline")],
        custom_values={wine.data.x_names.index("proline"): np.array(told.index)},
        response_method="predict_proba",
        kind="average",
    )
    np.testing.assert_allclose(told[list(wine.experiment.class_names)].T, expected["average"], atol=1e-5)
    rising = partial_dependence(prices, "area")
    assert rising.answer.is_monotonic_increasing
    assert set(rising["class"]) == {""}
    slope = np.polyfit(rising.value[5:25], rising.answer[5:25], 1)[0]
    assert slope == pytest.approx(2.0, rel=0.25)


def test_what_is_refused(wine: Trainer) -> None:
    for call, field in (
        (lambda: importance(wine, repeats=0), "repeats"),
        (lambda: importance(wine, "validation"), "part"),
        (lambda: partial_dependence(wine, "sugar"), "column"),
        (lambda: partial_dependence(wine, "ash", places=1), "places"),
    ):
        with pytest.raises(InvalidValue) as caught:
            call()
        assert caught.value.field == field
