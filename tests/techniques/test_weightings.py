"""Class weights: scikit-learn's, a mean of 1, PyTorch's weighted loss, and what they do to a rare class."""

import numpy as np
import pytest
import torch
from sklearn.utils.class_weight import compute_class_weight
from torch import nn

from playground import Experiment, Trainer
from playground.data.from_table import points_from_csv
from playground.data.prepare import prepare
from playground.engine.noise import NoiseSource
from playground.engine.probe import confusion
from playground.engine.reference import ReferenceEngine
from playground.techniques import WEIGHTINGS, class_weights, epoch_rows

TARGETS = np.repeat([0, 1, 2], [60, 30, 10])
THREE = {"name": "blobs", "classes": 3}


@pytest.mark.parametrize("name", [name for name, entry in WEIGHTINGS.items() if entry.weigh])
def test_the_mean_over_the_samples_is_one(name):
    weights = class_weights(WEIGHTINGS[name].spec(), TARGETS, 3)
    assert weights[TARGETS].mean() == pytest.approx(1.0)
    assert weights[0] < weights[1] < weights[2]


def test_balanced_is_scikit_learns():
    weights = class_weights(WEIGHTINGS["balanced"].spec(), TARGETS, 3)
    expected = compute_class_weight("balanced", classes=np.arange(3), y=TARGETS)
    assert weights == pytest.approx(expected)


def test_powers():
    """By hand: 1/√60, 1/√30 and 1/√10 times 100 / (√60 + √30 + √10)."""
    power = WEIGHTINGS["power"]
    roots = np.sqrt([60, 30, 10])
    assert class_weights(power.spec(), TARGETS, 3) == pytest.approx(100 / roots.sum() / roots)
    balanced = class_weights(WEIGHTINGS["balanced"].spec(), TARGETS, 3)
    assert class_weights(power.spec(power=1.0), TARGETS, 3) == pytest.approx(balanced)
    assert class_weights(power.spec(power=0.0), TARGETS, 3) == pytest.approx(np.ones(3))


def test_a_class_without_samples_weighs_nothing():
    weights = class_weights(WEIGHTINGS["balanced"].spec(), np.array([0, 0, 0, 2]), 3)
    assert weights == pytest.approx([2 / 3, 0, 2])


def test_none_and_regressions_have_no_weights():
    assert class_weights(WEIGHTINGS["none"].spec(), TARGETS, 3) is None
    assert class_weights(WEIGHTINGS["balanced"].spec(), np.zeros(4), 0) is None
    assert (
        "class_weighting_needs_classes" in Experiment(dataset="plane", class_weighting="balanced").notices()
    )


@pytest.mark.parametrize("dataset", ["moons", THREE])
def test_loss_and_gradient_are_pytorchs(dataset):
    """Over all training points the weights sum to n, by which PyTorch divides."""
    experiment = Experiment(dataset=dataset, class_balance=0.2, class_weighting="balanced", hidden=(4,))
    data = prepare(experiment)
    engine = ReferenceEngine(experiment, data, NoiseSource(experiment), dtype=torch.float64)
    values, loss = engine.batch_loss(engine.batch(torch.arange(len(data.y_train)), None, 0))
    weights = torch.tensor(
        class_weights(experiment.class_weighting, data.y_train, experiment.n_classes), dtype=torch.float64
    )
    scores = values.scores if experiment.n_outputs > 1 else torch.cat([0 * values.scores, values.scores], 1)
    expected = nn.CrossEntropyLoss(weight=weights)(scores, torch.tensor(data.y_train).long())
    torch.testing.assert_close(loss, expected)
    gradient = torch.autograd.grad(expected, list(engine.network.parameters()), retain_graph=True)
    torch.testing.assert_close(
        engine.fill_gradient(loss), torch.cat([g.reshape(-1) for g in gradient]), check_dtype=False
    )


def test_what_is_shown_stays_unweighted(engine):
    plain, weighed = (
        Trainer(Experiment(class_balance=0.2, class_weighting=name, engine=engine, device="cpu"))
        for name in ("none", "balanced")
    )
    assert plain.history.last()["loss_train"] == weighed.history.last()["loss_train"]
    for trainer in (plain, weighed):
        trainer.run(epochs=1)
    assert plain.history.last()["loss_train"] != weighed.history.last()["loss_train"]


def test_weights_change_while_it_runs(engine):
    """A run whose weights are switched on is the run that began with that state."""
    fields = {"class_balance": 0.2, "hidden": (4,), "engine": engine, "device": "cpu"}
    changed = Trainer(Experiment(**fields))
    assert changed.reconfigure(changed.experiment.replace(class_weighting="balanced"))
    changed.run(epochs=2)
    begun = Trainer(Experiment(**fields, class_weighting="balanced"))
    begun.run(epochs=2)
    assert (changed.engine.state().params == begun.engine.state().params).all()


def recalls(trainer):
    data = trainer.data
    table = np.array(confusion(trainer.engine.forward(data.F_train)[-1], data.y_train, 2))
    return np.diagonal(table) / table.sum(axis=1)


def three_percent():
    """Thirty rows of 990 are rare, and lie among the others."""
    rows = (f"{i % 37},{i % 23},{'common' if i % 33 else 'rare'}" for i in range(990))
    return points_from_csv("\n".join(["x1,x2,label", *rows]).encode())


def test_the_recall_of_a_rare_class_rises(engine):
    """Without weights the network always answers "common"."""
    fields = {"dataset": "custom", "points": three_percent(), "preprocessing": "standardize", "hidden": ()}
    recall = {}
    for name in ("none", "power", "balanced", "oversampled"):
        experiment = Experiment(
            **fields, class_weighting=name, learning_rate=0.1, engine=engine, device="cpu"
        )
        trainer = Trainer(experiment)
        trainer.run(epochs=20)
        recall[name] = dict(zip(experiment.class_names, recalls(trainer), strict=True))
    assert recall["none"] == {"common": 1, "rare": 0}
    assert recall["balanced"]["rare"] > 0.4
    assert recall["oversampled"]["rare"] > 0.4
    assert recall["none"]["rare"] <= recall["power"]["rare"] < recall["balanced"]["rare"]


# --- oversampling --------------------------------------------------------------------------------------


def test_oversampling_shows_as_many_of_each_class_as_of_the_largest():
    """60, 30 and 10 samples: all are shown 60 / n_k times, and of 25 samples ten once more than the others."""
    rows = epoch_rows(WEIGHTINGS["oversampled"].spec(), TARGETS, 3, np.random.default_rng(0))
    assert np.bincount(TARGETS[rows]).tolist() == [60, 60, 60]
    assert np.bincount(np.bincount(rows)).tolist() == [0, 60, 30, 0, 0, 0, 10]
    uneven = np.repeat([0, 1], [60, 25])
    rows = epoch_rows(WEIGHTINGS["oversampled"].spec(), uneven, 2, np.random.default_rng(0))
    assert np.bincount(np.bincount(rows)).tolist() == [0, 60, 15, 10]
    assert epoch_rows(WEIGHTINGS["balanced"].spec(), TARGETS, 3, np.random.default_rng(0)) is None
    assert epoch_rows(WEIGHTINGS["oversampled"].spec(), TARGETS, 0, np.random.default_rng(0)) is None


def test_an_epoch_shows_them_all_and_parts_are_measured_as_they_are(engine):
    fields = {"class_balance": 0.2, "hidden": (4,), "engine": engine, "device": "cpu"}
    plain, more = (Trainer(Experiment(**fields, class_weighting=name)) for name in ("none", "oversampled"))
    assert plain.history.last()["loss_train"] == more.history.last()["loss_train"]
    counts = np.bincount(plain.data.y_train.astype(int))
    assert more.steps_per_epoch == -(-2 * counts.max() // 10) > plain.steps_per_epoch
    more.run(epochs=2)
    assert (more.epoch, more.step) == (2, 2 * more.steps_per_epoch)


def test_both_engines_take_the_same_way():
    ends = []
    for engine in ("reference", "fused"):
        trainer = Trainer(
            Experiment(
                class_balance=0.2, class_weighting="oversampled", engine=engine, device="cpu", n_samples=100
            )
        )
        trainer.run(epochs=5)
        ends.append(trainer.engine.state().params)
    np.testing.assert_allclose(*ends, rtol=1e-4, atol=1e-5)


def test_a_run_goes_on_with_oversampling_from_a_new_epoch(engine):
    trainer = Trainer(Experiment(class_balance=0.2, engine=engine, device="cpu"))
    trainer.run(steps=3)
    assert trainer.reconfigure(trainer.experiment.replace(class_weighting="oversampled"))
    trainer.run(epochs=1)
    assert trainer.step == 3 + trainer.steps_per_epoch


def test_a_flock_keeps_those_that_are_oversampled_apart():
    from playground.engine.flock import Flock, kin

    plain = Experiment(class_balance=0.2, engine="fused", device="cpu", n_samples=80)
    more = plain.replace(class_weighting="oversampled")
    assert kin(plain) == kin(plain.replace(class_weighting="balanced")) != kin(more)
    flock, trainer = Flock([more, more.replace(init_seed=3)]), Trainer(more)
    for each in (flock, trainer):
        each.run(epochs=2)
    assert (flock.state(0).params == trainer.engine.state().params).all()
