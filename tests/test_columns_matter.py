"""Which columns matter, and how the answer moves with one: against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.inspection import partial_dependence as sklearn_dependence
from sklearn.inspection import permutation_importance

from playground import Experiment, InvalidValue, Trainer
from playground.columns import columns_of, importance, importance_over, partial_dependence
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


def test_over_networks_it_is_the_mean_of_each_ones_own(wine: Trainer) -> None:
    experiment = wine.experiment
    frame = importance_over(experiment, epochs=5, count=3, repeats=2)
    seed = experiment.weights_seed
    alone = [
        importance(trained(experiment.replace(init_seed=seed + 1 + k), 5), repeats=2).set_index("column")
        for k in range(3)
    ]
    for row in frame.itertuples():
        each = [one.importance[row.column] for one in alone]
        assert row.importance == pytest.approx(np.mean(each))
        assert row.std == pytest.approx(np.std(each))
    assert frame["first"].sum() == 3
    assert frame["first"][0] == sum(one.index[0] == frame.column[0] for one in alone)


def test_networks_that_have_all_diverged_say_nothing(prices: Trainer) -> None:
    frame = importance_over(
        prices.experiment.replace(learning_rate=10.0, activation="relu"), epochs=20, count=2
    )
    assert list(frame.columns) == ["column", "importance", "std", "first"]
    assert not len(frame)


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


def test_answers_are_in_the_unit_of_the_target_at_the_values_that_a_column_has() -> None:
    rows = tuple((float(i % 3), float(i % 7), 1000.0 + 50.0 * (i % 3)) for i in range(60))
    points = Points(("rooms", "floor"), "price", (), rows, target_scale=(1050.0, 40.0))
    trainer = trained(Experiment(dataset="custom", points=points, hidden=(4,), learning_rate=0.1), 80)
    frame = partial_dependence(trainer, "rooms")
    assert list(frame.value) == [0.0, 1.0, 2.0]
    np.testing.assert_allclose(frame.answer, [1000, 1050, 1100], atol=10)


def test_without_probabilities_shares_of_the_answers_are_told() -> None:
    trainer = trained(Experiment(dataset="circle", loss="hinge"), 20)
    frame = partial_dependence(trainer, "x1", places=5)
    X = trainer.data.X_train.copy()
    X[:, 0] = frame.value[0]
    share = float((trainer.engine.forward(trainer.data.features(X))[-1][:, 0] > 0).mean())
    assert list(frame.answer[:2]) == pytest.approx([1 - share, share])


def test_the_inputs_of_a_column_of_texts_are_shuffled_together() -> None:
    names = ("age", "port = S", "port = C", "port = Q", "a = b")
    assert columns_of(names) == {"age": [0], "port": [1, 2, 3], "a = b": [4]}
    rng = np.random.default_rng(0)
    port = rng.integers(0, 3, 200)
    rows = tuple(
        (float(a), *(float(p == k) for k in range(3)), int(p == 1))
        for a, p in zip(rng.normal(size=200), port, strict=True)
    )
    points = Points(names[:4], "sank", ("no", "yes"), rows)
    trainer = trained(Experiment(dataset="custom", points=points, hidden=(4,), learning_rate=0.1), 30)
    frame = importance(trainer)
    assert list(frame.column) == ["port", "age"]
    assert frame.importance[0] == pytest.approx(
        2 * (1 / 3) * (2 / 3), abs=0.1
    )  # where the shuffled port disagrees


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
