"""Training on pictures: the same run in any slices, its end by divergence, frozen blocks, weights out and in."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from safetensors.numpy import load

from playground import Experiment, History, ImageExperiment, InvalidValue, Trainer, train
from playground.engine.choose import cuda_available
from playground.engine.trainer import Trainer as PointTrainer
from playground.images.trainer import ImageTrainer, prepare

SMALL = ImageExperiment(n_samples=80, channels=(4, 4), batch_size=16)


def test_one_call_trains_either_kind_of_experiment() -> None:
    assert isinstance(Trainer(SMALL), ImageTrainer)
    assert isinstance(Trainer(Experiment()), PointTrainer)
    for experiment in (SMALL, Experiment(n_samples=20)):
        history = train(experiment, epochs=2)
        assert isinstance(history, History)
        assert history.frame()["epoch"].max() == 2


def test_ten_epochs_read_handwritten_digits() -> None:
    history = train(ImageExperiment(dataset="digits"), epochs=10)
    assert history.last()["accuracy_test"] >= 0.95


@pytest.mark.parametrize("name", ["max", "fractional"])
def test_a_run_is_the_same_in_any_slices(name: str) -> None:
    experiment = SMALL.replace(pooling=name, dropout=0.2, dropout2d=0.2, batch_norm=True, schedule="cosine")
    whole, single, timed = (ImageTrainer(experiment) for _ in range(3))
    whole.run(epochs=3)
    for _ in range(whole.step):
        assert single.run(steps=1) == 1
    while timed.epoch < 3:
        assert timed.run_for(1e-9) == 1  # at least one step
    for other in (single, timed):
        assert (other.epoch, other.step) == (3, 12)
        np.testing.assert_array_equal(other.history.rows(), whole.history.rows())
        for key, value in whole.weights().items():
            np.testing.assert_array_equal(other.weights()[key], value)


def test_metrics_are_those_of_plain_pytorch() -> None:
    trainer = ImageTrainer(SMALL)
    trainer.run(epochs=2)
    train_part, test_part = prepare(SMALL)
    assert (len(train_part), len(test_part)) == (60, 20)
    with torch.no_grad():
        scores = trainer.network.eval()(torch.from_numpy(test_part.images))
        first = torch.nn.Sequential(*list(trainer.network)[:3])(torch.from_numpy(test_part.images))
        loss = torch.nn.functional.cross_entropy(scores, torch.from_numpy(test_part.labels))
    last = trainer.history.last()
    assert last["loss_test"] == pytest.approx(float(loss), rel=1e-5)
    assert last["accuracy_test"] == (scores.argmax(1).numpy() == test_part.labels).mean()
    np.testing.assert_allclose(trainer.scores(test_part.images), scores.numpy(), atol=1e-5)
    maps = trainer.maps(test_part.images)
    assert [m.shape for m in maps] == [(20, 4, 4, 4), (20, 4, 2, 2)]
    np.testing.assert_allclose(maps[0], first.numpy(), atol=1e-6)


def test_a_run_that_diverges_says_so_and_keeps_finite_weights() -> None:
    experiment = SMALL.replace(activation="identity", loss="squared_error", optimizer="sgd", learning_rate=10)
    trainer = ImageTrainer(experiment)
    taken = trainer.run(epochs=20)
    assert (trainer.status, trainer.reason) == ("diverged", "not_finite")
    assert taken == trainer.step < 20 * trainer.steps_per_epoch
    assert all(np.isfinite(tensor).all() for tensor in trainer.weights().values())
    assert math.isfinite(trainer.history.last()["loss_test"])
    assert trainer.run(epochs=1) == 0


def test_plateaus_lower_the_rate_by_the_test_loss() -> None:
    spec = {"name": "reduce_on_plateau", "patience": 1, "factor": 0.5}
    trainer = ImageTrainer(SMALL.replace(schedule=spec, learning_rate=1e-5, optimizer="sgd", init="zeros"))
    trainer.run(epochs=6)
    assert trainer.learning_rate < 1e-5


def test_frozen_blocks_stay_as_they_are() -> None:
    trainer = ImageTrainer(SMALL.replace(batch_norm=True, dropout2d=0.3))
    trainer.run(epochs=1)
    before = trainer.weights()
    trainer.freeze(1)
    trainer.run(epochs=1)
    after = trainer.weights()
    second = next(i for i, block in enumerate(trainer.network.blocks) if block == 1)
    for name, tensor in before.items():
        same = bool((tensor == after[name]).all())
        assert same == (int(name.split(".")[0]) < second), name


def test_weights_go_out_and_come_back() -> None:
    trainer, other = ImageTrainer(SMALL), ImageTrainer(SMALL.replace(seed=1))
    trainer.run(epochs=1)
    tensors = load(trainer.to_safetensors())
    assert set(tensors) == {"0.weight", "0.bias", "3.weight", "3.bias", "7.weight", "7.bias"}
    other.set_weights(tensors)
    images = prepare(SMALL)[1].images
    np.testing.assert_array_equal(other.scores(images), trainer.scores(images))
    with pytest.raises(InvalidValue, match=r"0\.weight in the shape 4 × 1 × 3 × 3"):
        other.set_weights({**tensors, "0.weight": np.zeros((4, 1, 5, 5), np.float32)})
    with pytest.raises(InvalidValue, match=r"a tensor named 0\.bias"):
        other.set_weights({name: tensor for name, tensor in tensors.items() if name != "0.bias"})
    np.testing.assert_array_equal(other.scores(images), trainer.scores(images))


def test_a_step_is_what_can_be_worked_out() -> None:
    """Cross-entropy of a linear network: the gradient is (softmax - target) x, with L2 and clipped as a whole."""
    trainer = ImageTrainer(
        SMALL.replace(network="linear", l2=0.1, optimizer="sgd", learning_rate=0.1, clipping="norm")
    )
    weight, bias = (trainer.weights()[name] for name in ("1.weight", "1.bias"))
    trainer.run(steps=1)
    x, y = trainer.train.images.reshape(60, -1), trainer.train.labels
    rows = np.random.default_rng([0, 4]).permutation(60)[:16]
    scores = x[rows] @ weight.T + bias
    share = np.exp(scores - scores.max(1, keepdims=True))
    error = share / share.sum(1, keepdims=True) - np.eye(10)[y[rows]]
    gradient, slope = error.T @ x[rows] / 16 + 0.1 * weight, error.mean(0)
    norm = np.sqrt((gradient**2).sum() + (slope**2).sum())
    scale = min(1, 1 / (norm + 1e-6))
    np.testing.assert_allclose(trainer.weights()["1.weight"], weight - 0.1 * scale * gradient, atol=1e-6)
    np.testing.assert_allclose(trainer.weights()["1.bias"], bias - 0.1 * scale * slope, atol=1e-6)


@pytest.mark.skipif(cuda_available(), reason="there is a GPU")
def test_a_device_that_is_not_here_is_refused() -> None:
    with pytest.raises(InvalidValue, match="no NVIDIA GPU"):
        ImageTrainer(SMALL.replace(device="cuda"))


@pytest.mark.cuda
@pytest.mark.skipif(not cuda_available(), reason="no GPU")
def test_a_gpu_takes_the_same_trajectory() -> None:
    experiment = SMALL.replace(
        dropout=0.2, dropout2d=0.2, pooling="fractional", batch_norm=True, learning_rate=0.001
    )
    here, there = (ImageTrainer(experiment.replace(device=device)) for device in ("cpu", "cuda"))
    for trainer in (here, there):
        trainer.run(epochs=2)
    np.testing.assert_allclose(there.history.rows(), here.history.rows(), rtol=1e-2)


def test_what_is_held_out_is_neither_learned_from_nor_tested_on() -> None:
    whole = ImageTrainer(ImageExperiment(n_samples=200, channels=(2,)))
    trainer = ImageTrainer(ImageExperiment(n_samples=200, channels=(2,), validation_fraction=0.25))
    assert whole.validation is None
    assert trainer.validation is not None
    parts = [
        {one.tobytes() for one in part.images} for part in (trainer.train, trainer.validation, trainer.test)
    ]
    assert [len(part) for part in (trainer.train, trainer.validation, trainer.test)] == [120, 40, 40]
    assert not parts[0] & parts[1]
    assert not parts[1] & parts[2]
    np.testing.assert_array_equal(trainer.test.images, whole.test.images)
    trainer.run(epochs=2)
    frame = trainer.history.frame()
    held = frame[frame["split"] == "validation"]
    scores = trainer.scores(trainer.validation.images)
    assert held["accuracy"].iloc[-1] == (scores.argmax(1) == trainer.validation.labels).mean()
    assert set(whole.history.frame()["split"]) == {"train", "test"}


def test_a_plateau_is_seen_on_pictures_that_are_held_out() -> None:
    trainer = ImageTrainer(ImageExperiment(n_samples=60, channels=(2,), schedule="reduce_on_plateau"))
    assert trainer.validation is not None
    seen: list[float] = []

    class Watching:
        learning_rate = 0.1

        def after(self, loss: float, spec: object) -> Watching:
            seen.append(loss)
            return self

    trainer._plateau = Watching()  # type: ignore[assignment]
    trainer.run(epochs=2)
    assert seen == trainer.history["loss_validation"][1:].tolist()
