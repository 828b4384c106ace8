"""Curves and maps of many repeats against NumPy and PyTorch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from race_watch import Lane, small_race

from playground.engine.probe import Probe
from playground.live import picture
from playground.races.lockstep import Lockstep
from playground.races.seeds import SeedCurves, SeedMaps, combine, row_values
from playground.races.standings import compare_lanes, epochs_to, value_at

pytestmark = pytest.mark.usefixtures("auto")


def built(*lanes, seeds=5, **fields):
    lockstep = Lockstep(small_race(*lanes, seeds=seeds, **fields))
    lockstep.build()
    return lockstep


def test_median_and_band_are_numpys():
    lockstep = built()
    trainers = lockstep.lanes[0].trainers
    curves = SeedCurves(trainers)
    for _ in range(4):
        lockstep.aim_epochs(1)
        lockstep.finish()
        curves.update()
    rows = np.stack([trainer.history.rows() for trainer in trainers])
    np.testing.assert_allclose(curves.history.rows(), np.median(rows, axis=0))
    low, high = np.percentile(rows, (10, 90), axis=0)
    np.testing.assert_allclose(curves.band, np.stack([low[:, 3], high[:, 3], low[:, 5], high[:, 5]], axis=1))
    np.testing.assert_allclose(curves.standing, np.median(rows[:, :, [3, 5]], axis=0))


def test_the_slowest_repeat_decides_how_far_the_curve_goes():
    lockstep = built()
    trainers = lockstep.lanes[0].trainers
    trainers[0].run(epochs=3)
    curves = SeedCurves(trainers)
    curves.update()
    assert len(curves.history) == 1


def test_a_diverged_repeat_is_left_out_of_the_curve_and_worst_in_the_standings():
    lockstep = built(seeds=3)
    trainers = lockstep.lanes[0].trainers
    for trainer in trainers:
        trainer.run(epochs=2)
    trainers[0].status = "diverged"
    for trainer in trainers[1:]:
        trainer.run(epochs=1)
    curves = SeedCurves(trainers)
    curves.update()
    last = np.array([t.history.last()["loss_test"] for t in trainers[1:]])
    assert curves.history.last()["loss_test"] == pytest.approx(last.mean())
    assert curves.standing[3, 0] == pytest.approx(last.max())


def test_a_repeat_that_stopped_early_stays_at_its_best():
    lockstep = built(base={"early_stopping": {"name": "patience", "patience": 1, "min_delta": 0.1}}, seeds=2)
    first, second = lockstep.lanes[0].trainers
    first.run(epochs=50)
    assert first.status == "stopped"
    assert first.epoch < 50
    best = first.history["loss_test"][first.best_epoch]
    second.experiment = second.experiment.replace(early_stopping="none")
    second._patience = None
    second.run(epochs=first.epoch + 3)
    curves = SeedCurves([first, second])
    curves.update()
    assert curves.history.last()["loss_test"] == pytest.approx(
        (best + second.history.last()["loss_test"]) / 2
    )


def test_histories_that_have_thinned_themselves_tell_of_the_same_epochs(monkeypatch):
    whole = built(seeds=3)
    for trainer in whole:
        trainer.run(epochs=150)
    expected = SeedCurves(whole.lanes[0].trainers)
    expected.update()
    monkeypatch.setattr("playground.engine.history.MAX_ROWS", 60)
    monkeypatch.setattr("playground.engine.history.DENSE_ROWS", 10)
    thinned = built(seeds=3)
    curves = SeedCurves(thinned.lanes[0].trainers)
    for epochs in (40, 1, 30, 3, 76):
        for trainer in thinned:
            trainer.run(epochs=epochs)
        curves.update()
    assert thinned.lanes[0].leader.history.stride > 1
    history = curves.history
    assert len(history) == len(curves.band) == len(curves.standing) <= 60
    epochs = history["epoch"]
    assert epochs[0] == 0
    assert history.epochs == 151
    assert (np.diff(epochs) > 0).all()
    np.testing.assert_array_equal(history.rows(), expected.history.rows()[epochs])
    np.testing.assert_array_equal(curves.band, expected.band[epochs])
    np.testing.assert_array_equal(curves.standing, expected.standing[epochs])
    for ours, theirs in zip(thinned, whole, strict=True):
        for epoch in (None, 0, 5, 145, 150):  # the ends are never thinned
            assert value_at(ours, epoch, "loss") == value_at(theirs, epoch, "loss")
        last = theirs.history.last()["loss_test"]
        assert epochs_to(ours, last) >= epochs_to(theirs, last)
        assert epochs_to(ours, last) in ours.history["epoch"]
    found, aimed = ([compare_lanes(*race.lanes, "loss", 148)] for race in (thinned, whole))
    assert found == aimed


def test_a_repeat_that_stopped_late_stays_at_its_best(monkeypatch):
    monkeypatch.setattr("playground.engine.history.MAX_ROWS", 60)
    monkeypatch.setattr("playground.engine.history.DENSE_ROWS", 5)
    (trainer,) = built(Lane(), Lane(hidden=()), seeds=1).lanes[0].trainers
    trainer.run(epochs=100)
    best = trainer.history.rows()[-3]
    monkeypatch.setattr(type(trainer), "best_epoch", int(best[0]))
    trainer.status = "stopped"
    np.testing.assert_array_equal(row_values(trainer, np.array([99, 100, 101, 200]))[2:, 1:], [best[1:]] * 2)


@pytest.mark.parametrize(
    "base",
    [{}, {"dataset": {"name": "blobs", "classes": 3}}, {"dataset": "x_sin"}, {"preprocessing": "whitening"}],
)
def test_mean_map_and_disagreement_are_those_of_real_forward_passes(base):
    lockstep = built(seeds=3, base=base)
    trainers = lockstep.lanes[0].trainers
    for trainer in trainers:
        trainer.run(epochs=2)
    maps = SeedMaps(trainers)
    assert maps.update(picture.grid_of(trainers[0].data, 9), None) == 3
    target_range = (-2.0, 2.0)
    got = maps.arrays(target_range)
    first, X = trainers[0], picture.grid_of(trainers[0].data, 9).X
    scores = []
    for trainer in trainers:
        probe = Probe(trainer.experiment)
        probe.look_at(trainer.engine.state())
        scores.append(probe.layers(trainer.data.features(X))[1])
    scores = torch.tensor(np.stack(scores))
    if first.experiment.task == "regression":
        mean, apart = scores[:, :, 0].mean(0), scores[:, :, 0].std(0, correction=0)
        shown = (mean + 2.0) / 4.0
        share = apart / maps.most(target_range)
    elif first.experiment.task == "binary":
        shown = torch.sigmoid(scores[:, :, 0]).mean(0)
        votes = (scores[:, :, 0] > 0).float().mean(0)
        share = torch.minimum(votes, 1 - votes) / 0.5
    else:
        mean = torch.softmax(scores, 2).mean(0)
        np.testing.assert_array_equal(got["map"].reshape(-1), mean.argmax(1).numpy())
        shown = (mean.max(1).values - 1 / 3) * 1.5
        votes = torch.nn.functional.one_hot(scores.argmax(2), 3).sum(0).max(1).values / 3
        share = (1 - votes) / (1 - 1 / 3)
    name = "confidence" if first.experiment.task == "multiclass" else "map"
    np.testing.assert_allclose(got[name].reshape(-1), np.clip(255 * shown.numpy(), 0, 255), atol=0.51)
    np.testing.assert_allclose(
        got["disagreement"].reshape(-1), np.clip(255 * share.numpy(), 0, 255), atol=0.51
    )


def test_passes_are_spread_over_frames_and_all_catch_up():
    lockstep = built(seeds=4)
    trainers = lockstep.lanes[0].trainers
    maps = SeedMaps(trainers)
    maps.update(picture.grid_of(trainers[0].data, 6), 0.0)  # the first picture is whole
    for trainer in trainers:
        trainer.run(steps=1)
    assert [maps.update(picture.grid_of(trainers[0].data, 6), 0.0) for _ in range(4)] == [1, 2, 3, 4]


def test_agreement_of_equal_networks_is_complete():
    scores = np.repeat(np.random.default_rng(0).standard_normal((1, 16, 1)), 4, axis=0).astype(np.float32)
    lockstep = built(Lane(), Lane(hidden=()), seeds=1)
    spec = lockstep.lanes[0].trainers[0].experiment.loss
    _, disagreement = combine(scores, "binary", spec.name, spec, (0.0, 1.0))
    assert not disagreement.any()
