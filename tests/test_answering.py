"""Answers for new rows: the classes, probabilities and values of the network, from arrays and from tables."""

import numpy as np
import pytest
import torch

from playground import Experiment, InvalidValue, Trainer, read_table
from playground.answering import answered
from playground.data.from_columns import inputs_of


def told(experiment, X):
    trainer = Trainer(experiment)
    trainer.run(epochs=3)
    frame = answered(experiment, trainer.data, trainer.engine, np.array(X), "answer")
    network = trainer.snapshot().network()
    with torch.no_grad():
        return frame, network(torch.tensor(trainer.data.features(np.array(X)))).numpy()


def test_a_classifiers_answers_come_with_probabilities():
    experiment = Experiment(dataset="iris", preprocessing="standardize")
    frame, scores = told(experiment, [[5.0, 3.0], [6.0, 2.5]])
    assert frame["answer"].tolist() == [experiment.class_names[k] for k in scores.argmax(axis=1)]
    chances = torch.softmax(torch.tensor(scores), dim=1).numpy()
    assert frame[[f"P({name})" for name in experiment.class_names]].to_numpy() == pytest.approx(
        chances, abs=1e-6
    )


def test_two_classes_share_one_probability():
    frame, scores = told(Experiment(dataset="moons"), [[0.5, 0.0]])
    assert frame["P(1)"][0] == pytest.approx(1 / (1 + np.exp(-scores[0, 0])), abs=1e-6)
    assert frame["P(0)"][0] + frame["P(1)"][0] == pytest.approx(1)


def test_a_loss_without_probabilities_gives_none():
    frame, _ = told(Experiment(dataset="moons", loss="hinge"), [[0.5, 0.0]])
    assert list(frame.columns) == ["x1", "x2", "answer"]


def test_a_regression_answers_with_a_value_and_fills_what_is_missing():
    frame, scores = told(Experiment(dataset="plane"), [[1.0, 2.0], [1.0, np.nan]])
    assert frame["answer"].to_numpy() == pytest.approx(scores[:, 0])
    assert np.isfinite(frame["answer"]).all()


def test_inputs_are_found_by_name_whatever_stands_beside():
    table = read_table(b"id,colour,b,a,smoker\n1,red,2.5,1,yes\n2,blue,,3,no\n3,red,4.5,5,yes\n")
    X = inputs_of(table, ("a", "b", "colour = red", "smoker (0 no, 1 yes)"))
    assert X[:, 0].tolist() == [1, 3, 5]
    assert np.isnan(X[1, 1])
    assert X[:, 2].tolist() == [1, 0, 1]
    assert X[:, 3].tolist() == [1, 0, 1]


def test_a_column_that_is_missing_is_named():
    with pytest.raises(InvalidValue, match="width"):
        inputs_of(read_table(b"a,b\n1,2\n3,4\n"), ("a", "width"))
