"""Members: networks that differ by their initial weights, trained in one call, and how far they lie apart."""

import numpy as np
import pytest

from playground import Experiment, InvalidValue, Trainer
from playground.members import answered_together, train_members

WORDS = ("agree", "±")
CASES = {
    "binary": {"dataset": "moons"},
    "multiclass": {"dataset": "iris", "preprocessing": "standardize"},
    "regression": {"dataset": "plane"},
    "alone": {"dataset": "moons", "early_stopping": "patience"},
}


@pytest.mark.parametrize("name", CASES)
def test_members_are_runs_from_other_weights_and_answer_together(name, engine):
    experiment = Experiment(
        **CASES[name], n_samples=60, hidden=(4,), engine=engine, device="cpu", init_seed=7
    )
    members = train_members(experiment, epochs=4, count=3)
    X = members.data.X_test[:5]
    scores = []
    for seed in (8, 9, 10):
        trainer = Trainer(experiment.replace(init_seed=seed))
        trainer.run(epochs=4)
        scores.append(trainer.engine.forward(trainer.data.features(X))[-1])
    np.testing.assert_array_equal(members.scores(X), np.stack(scores))
    frame = answered_together(members, X, "answer", WORDS)
    if name == "regression":
        values = np.stack(scores)[:, :, 0].astype(float)
        np.testing.assert_allclose(frame["answer"], values.mean(axis=0))
        np.testing.assert_allclose(frame["±"], values.std(axis=0))
        return
    votes = [each.argmax(1) if each.shape[1] > 1 else (each[:, 0] > 0).astype(int) for each in scores]
    for row, own in zip(frame.to_dict("records"), np.array(votes).T, strict=True):
        counts = np.bincount(own, minlength=experiment.n_classes)
        assert row["answer"] == experiment.class_names[counts.argmax()]
        assert row["agree"] == counts.max() / 3
    chances = [f"P({name})" for name in experiment.class_names]
    assert frame[chances].sum(axis=1).to_numpy() == pytest.approx(1)
    assert (frame[[f"± {name}" for name in chances]] >= 0).all().all()


def test_numbers_out_of_range_are_refused():
    for wrong in ({"count": 1}, {"count": 33}, {"epochs": 2001}):
        with pytest.raises(InvalidValue):
            train_members(Experiment(), **wrong)
