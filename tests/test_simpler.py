"""Baselines: scikit-learn's own models on the same parts, whole or in slices."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import balanced_accuracy_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from playground import Experiment, baselines
from playground.data.points import Points
from playground.data.prepare import prepare
from playground.simpler import steps

BLOBS = Experiment(
    dataset={"name": "blobs", "classes": 3}, noise=0.5, validation_fraction=0.2, class_balance=0.2
)


def test_a_classifiers_baselines_are_scikit_learns():
    frame, data = baselines(BLOBS), prepare(BLOBS)
    assert list(frame.columns) == ["model", "part", "points", "accuracy", "balanced_accuracy"]
    assert len(frame) == 9
    models = {
        "constant": DummyClassifier(strategy="most_frequent"),
        "linear": make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)),
        "forest": RandomForestClassifier(random_state=BLOBS.seed),
    }
    for name, model in models.items():
        model.fit(data.F_train, data.y_train)
        for part in ("train", "validation", "test"):
            F, y = getattr(data, f"F_{part}"), getattr(data, f"y_{part}")
            (row,) = frame[(frame.model == name) & (frame.part == part)].itertuples()
            assert row.points == len(y)
            assert row.accuracy == pytest.approx(model.score(F, y))
            assert row.balanced_accuracy == pytest.approx(balanced_accuracy_score(y, model.predict(F)))


def test_a_regressions_baselines_are_scikit_learns():
    experiment = Experiment(dataset="multi_gaussian", noise=0.2)
    frame, data = baselines(experiment), prepare(experiment)
    assert set(frame.part) == {"train", "test"}
    models = {
        "linear": make_pipeline(StandardScaler(), Ridge()),
        "forest": RandomForestRegressor(random_state=experiment.seed),
    }
    for name, model in models.items():
        model.fit(data.F_train, data.y_train)
        (row,) = frame[(frame.model == name) & (frame.part == "test")].itertuples()
        assert row.r2 == pytest.approx(model.score(data.F_test, data.y_test), abs=1e-6)
        assert row.rmse == pytest.approx(
            np.sqrt(np.mean((model.predict(data.F_test) - data.y_test) ** 2)), abs=1e-6
        )
    constant = frame[(frame.model == "constant") & (frame.part == "train")]
    assert constant.r2.item() == pytest.approx(0.0, abs=1e-6)


def test_weighed_classes_are_weighed_here_too():
    weighed, data = BLOBS.replace(class_weighting="balanced"), prepare(BLOBS)
    frame = baselines(weighed)
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000, class_weight="balanced"))
    model.fit(data.F_train, data.y_train)
    found = frame[(frame.model == "linear") & (frame.part == "test")].accuracy.item()
    assert found == pytest.approx(model.score(data.F_test, data.y_test))


def test_slices_give_more_and_more_of_the_same():
    told = list(steps(BLOBS))
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    pd.testing.assert_frame_equal(told[-1][1], baselines(BLOBS))


def test_a_training_part_of_one_class_has_a_line_that_always_says_it():
    rows = tuple((float(i), 0.0, int(i == 0)) for i in range(40))
    experiment = Experiment(dataset="custom", points=Points(class_names=("a", "b"), rows=rows), seed=1)
    while len(np.unique(prepare(experiment).y_train)) > 1:
        experiment = experiment.replace(seed=experiment.seed + 1)
    frame = baselines(experiment)
    assert (frame[frame.part == "train"].accuracy == 1).all()


def test_scikit_learn_is_loaded_only_when_something_is_compared():
    code = "import sys, playground.simpler; sys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
