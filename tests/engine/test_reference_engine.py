"""The reference engine against finite differences, plain PyTorch loops and numbers worked by hand."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from torch import nn

from playground import Experiment, Trainer
from playground.data.prepare import prepare
from playground.engine.noise import NoiseSource
from playground.engine.plan import Plan
from playground.engine.reference import ReferenceEngine
from playground.model import build
from playground.techniques import ACTIVATIONS, LOSSES, NORMALIZATIONS, OPTIMIZERS


def engine_of(experiment: Experiment, dtype: torch.dtype = torch.float32) -> ReferenceEngine:
    return ReferenceEngine(experiment, prepare(experiment), NoiseSource(experiment), dtype=dtype)


def one_step(experiment: Experiment, rows: list[int], lr: float = 0.1) -> tuple[np.ndarray, np.ndarray]:
    """Parameters before and after one step."""
    engine = engine_of(experiment)
    before = engine.state().params
    plan = Plan(np.array(rows), np.array([0, len(rows)]), np.array([lr]), np.array([False]))
    assert engine.run(plan).steps == 1
    return before, engine.state().params


# --- gradients ----------------------------------------------------------------------------------


def check_gradient(experiment: Experiment) -> None:
    """Compare the flat gradient with central differences, in float64."""
    engine = engine_of(experiment, torch.float64)
    flat = engine._everything[: engine.layout.n_parameters]
    jitter = np.random.default_rng(1).normal(0, 0.1, len(flat))  # off the kinks and symmetric starts
    flat += torch.from_numpy(jitter)
    batch = engine.batch(torch.arange(9), engine.draw_noise(np.array([9])), 0)

    def objective() -> float:
        with torch.no_grad():
            return float(engine.batch_loss(batch)[1] + engine.penalty())

    gradient = engine.fill_gradient(engine.batch_loss(batch)[1]).clone()
    h = 1e-6
    expected = torch.empty_like(gradient)
    for i in range(len(flat)):
        value = float(flat[i])
        flat[i] = value + h
        above = objective()
        flat[i] = value - h
        expected[i] = (above - objective()) / (2 * h)
        flat[i] = value
    torch.testing.assert_close(gradient, expected, rtol=1e-5, atol=1e-7)


EVERYTHING: dict[str, Any] = {
    "hidden": (4, 3),
    "batch_norm": True,
    "dropout": (0.3, 0.2),
    "dropconnect": 0.2,
    "input_noise": 0.3,
    "mixup": 0.5,
    "l1": 0.01,
    "l2": 0.02,
    "engine": "reference",
}


@pytest.mark.parametrize("activation", list(ACTIVATIONS))
def test_gradient_with_everything_on(activation: str) -> None:
    check_gradient(Experiment(activation=activation, label_smoothing=0.1, **EVERYTHING))


@pytest.mark.parametrize(
    ("loss", "dataset"),
    [
        (name, dataset)
        for name, loss in LOSSES.items()
        for dataset, task in (("circle", "binary"), ("rings", "multiclass"), ("plane", "regression"))
        if task in loss.tasks
    ],
)
def test_gradient_of_every_loss(loss: str, dataset: str) -> None:
    data: Any = {"name": "rings", "rings": 3} if dataset == "rings" else dataset
    check_gradient(Experiment(dataset=data, loss=loss, **EVERYTHING))


def test_gradient_with_a_different_activation_in_each_layer() -> None:
    mixed = ("prelu", {"name": "maxout", "pieces": 3}, "mish")
    check_gradient(Experiment(activation=mixed, **{**EVERYTHING, "hidden": (3, 3, 2), "dropout": 0.1}))


@pytest.mark.parametrize("normalization", list(NORMALIZATIONS))
def test_gradient_of_every_normalization(normalization: str) -> None:
    others = {name: value for name, value in EVERYTHING.items() if name != "batch_norm"}
    check_gradient(Experiment(normalization=normalization, **others))


def test_gradient_through_skips_and_dropped_blocks() -> None:
    blocks = {"hidden": (3, 3, 3, 3), "dropout": 0.1, "skip": True, "stochastic_depth": 0.7}
    check_gradient(Experiment(**{**EVERYTHING, **blocks}))


# --- against a plain loop -----------------------------------------------------------------------

Make = Callable[[list[dict[str, Any]]], torch.optim.Optimizer]
PLAIN: dict[str, Make] = {
    "sgd": lambda p: torch.optim.SGD(p, 0.05),
    "momentum": lambda p: torch.optim.SGD(p, 0.05, momentum=0.9),
    "nesterov": lambda p: torch.optim.SGD(p, 0.05, momentum=0.9, nesterov=True),
    "adagrad": lambda p: torch.optim.Adagrad(p, 0.05),
    "rmsprop": lambda p: torch.optim.RMSprop(p, 0.05),
    "adam": lambda p: torch.optim.Adam(p, 0.05),
    "adamw": lambda p: torch.optim.AdamW(p, 0.05, weight_decay=0.01),
    "nadam": lambda p: torch.optim.NAdam(p, 0.05),
}


def plain_run(experiment: Experiment, make: Make, epochs: int) -> np.ndarray:
    """The textbook loop, knowing nothing of the engine; returns all parameters in order."""
    data = prepare(experiment)
    x, y = torch.tensor(data.F_train), torch.tensor(data.y_train)
    network = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 2), nn.Tanh(), nn.Linear(2, 1))
    generator = torch.Generator().manual_seed(experiment.seed)
    for layer in network:
        if isinstance(layer, nn.Linear):
            nn.init.xavier_normal_(layer.weight, generator=generator)
            nn.init.zeros_(layer.bias)
    weights = [p for p in network.parameters() if p.ndim == 2]
    biases = [p for p in network.parameters() if p.ndim == 1]
    optimizer = make([{"params": weights}, {"params": biases, "weight_decay": 0.0}])
    criterion = nn.BCEWithLogitsLoss()
    rng = np.random.default_rng([experiment.seed, 4])
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for start in range(0, len(x), 10):
            rows = torch.from_numpy(order[start : start + 10])
            optimizer.zero_grad()
            criterion(network(x[rows]).squeeze(1), y[rows]).backward()
            optimizer.step()
    return torch.cat([p.detach().ravel() for p in network.parameters()]).numpy()


@pytest.mark.parametrize("name", list(PLAIN))
def test_same_parameters_as_a_plain_pytorch_loop(name: str) -> None:
    # 0.45 of 500 rows: 225 = 22 batches of 10 and a short one of 5
    experiment = Experiment(
        optimizer=name, learning_rate=0.05, train_fraction=0.45, seed=3, engine="reference"
    )
    trainer = Trainer(experiment)
    trainer.run(epochs=2)
    assert trainer.step == 2 * 23
    expected = plain_run(experiment, PLAIN[name], 2)
    np.testing.assert_allclose(trainer.engine.state().params, expected, rtol=1e-4, atol=1e-5)


def test_lbfgs_takes_the_whole_training_part_and_equals_a_plain_loop() -> None:
    spec = {"name": "lbfgs", "max_iter": 4}
    experiment = Experiment(optimizer=spec, learning_rate=1.0, engine="reference")
    trainer = Trainer(experiment)
    trainer.run(epochs=2)
    assert trainer.step == 2
    network = build(experiment)
    optimizer = torch.optim.LBFGS(
        network.parameters(), 1.0, max_iter=4, history_size=10, line_search_fn="strong_wolfe"
    )
    data = prepare(experiment)
    x, y = torch.tensor(data.F_train), torch.tensor(data.y_train)
    rng = np.random.default_rng([0, 4])
    for _ in range(2):
        rows = torch.from_numpy(rng.permutation(len(x)))

        def closure(rows: torch.Tensor = rows) -> torch.Tensor:
            optimizer.zero_grad()
            loss = nn.functional.binary_cross_entropy_with_logits(network(x[rows]).squeeze(1), y[rows])
            loss.backward()
            return loss

        optimizer.step(closure)
    expected = torch.cat([p.detach().ravel() for p in network.parameters()]).numpy()
    np.testing.assert_allclose(trainer.engine.state().params, expected, rtol=1e-3, atol=1e-3)


def test_logistic_regression_approaches_scikit_learn() -> None:
    experiment = Experiment(
        dataset="moons",
        noise=0.4,
        hidden=(),
        optimizer="lbfgs",
        learning_rate=1.0,
        engine="reference",
    )
    trainer = Trainer(experiment)
    trainer.run(epochs=20)
    data = trainer.data
    judge = LogisticRegression(C=np.inf, tol=1e-10, max_iter=10_000).fit(data.F_train, data.y_train)
    found = trainer.engine.state().params
    np.testing.assert_allclose(found[:2], judge.coef_[0], rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(found[2], judge.intercept_[0], rtol=1e-3, atol=1e-3)
    last = trainer.history.last()
    assert last["accuracy_test"] == pytest.approx(judge.score(data.F_test, data.y_test))


# --- penalties, decay, clipping by hand -----------------------------------------------------------


def test_penalties_and_decay_act_on_weights_only() -> None:
    rows, lr = list(range(10)), 0.1
    plain = Experiment(init="large_normal", engine="reference")
    w, bare = one_step(plain, rows, lr)
    mask = engine_of(plain).layout.weight_mask
    _, l2 = one_step(plain.replace(l2=0.5), rows, lr)
    np.testing.assert_allclose(l2 - bare, np.where(mask, -lr * 0.5 * w, 0), atol=1e-6)
    _, l1 = one_step(plain.replace(l1=0.5), rows, lr)
    np.testing.assert_allclose(l1 - bare, np.where(mask, -lr * 0.5 * np.sign(w), 0), atol=1e-6)
    _, decayed = one_step(plain.replace(weight_decay=0.5), rows, lr)
    np.testing.assert_allclose(decayed - bare, np.where(mask, -lr * 0.5 * w, 0), atol=1e-6)


def test_adamw_decays_weights_only_and_adds_to_the_experiments_decay() -> None:
    rows, lr = list(range(10)), 0.1
    none = Experiment(
        init="large_normal", optimizer={"name": "adamw", "weight_decay": 0.0}, engine="reference"
    )
    w, bare = one_step(none, rows, lr)
    mask = engine_of(none).layout.weight_mask
    both = none.replace(optimizer={"name": "adamw", "weight_decay": 0.2}, weight_decay=0.5)
    _, decayed = one_step(both, rows, lr)
    factor = (1 - lr * 0.2) * (1 - lr * 0.5)
    np.testing.assert_allclose(decayed - bare, np.where(mask, (factor - 1) * w, 0), atol=1e-6)


def test_decay_follows_the_learning_rate() -> None:
    experiment = Experiment(init="large_normal", weight_decay=1.0, engine="reference")
    engine = engine_of(experiment)
    for lr in (0.5, 0.25, 0.5):
        rows = np.arange(10)
        before = engine.state()
        bare = engine_of(experiment.replace(weight_decay=0.0))
        bare.load(before)
        plan = Plan(rows, np.array([0, 10]), np.array([lr]), np.array([False]))
        engine.run(plan)
        bare.run(plan)
        decayed = np.where(engine.layout.weight_mask, -lr * before.params, 0)
        np.testing.assert_allclose(engine.state().params - bare.state().params, decayed, atol=1e-5)


def test_clipping_limits_the_whole_gradient() -> None:
    rows = list(range(10))
    plain = Experiment(init="large_normal", engine="reference")
    before, after = one_step(plain, rows, 1.0)
    gradient = before - after
    norm = np.linalg.norm(gradient)
    before, after = one_step(plain.replace(clipping={"name": "norm", "max_norm": 0.01}), rows, 1.0)
    np.testing.assert_allclose(before - after, gradient * 0.01 / norm, rtol=1e-3, atol=1e-6)
    before, after = one_step(plain.replace(clipping={"name": "value", "max_value": 0.01}), rows, 1.0)
    np.testing.assert_allclose(before - after, np.clip(gradient, -0.01, 0.01), atol=1e-6)


def test_initial_loss_is_log_of_the_number_of_classes() -> None:
    for classes in (3, 5):
        experiment = Experiment(
            dataset={"name": "blobs", "classes": classes}, init="small_normal", engine="reference"
        )
        assert engine_of(experiment).metrics()[0] == pytest.approx(np.log(classes), rel=0.02)


# --- state and settings ---------------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", list(OPTIMIZERS))
def test_state_moves_to_another_engine_bit_for_bit(optimizer: str) -> None:
    spec = {"name": "lbfgs", "max_iter": 2} if optimizer == "lbfgs" else optimizer
    experiment = Experiment(optimizer=spec, batch_norm=True, activation="prelu", engine="reference")
    first, second = engine_of(experiment), engine_of(experiment.replace(init_seed=77))
    rng = np.random.default_rng(0)

    def plan() -> Plan:
        return Plan(rng.permutation(250), np.arange(26) * 10, np.full(25, 0.02), np.zeros(25, bool))

    first.run(plan())
    second.load(first.state())
    following = plan()
    first.run(following)
    second.run(following)
    a, b = first.state(), second.state()
    assert np.array_equal(a.params, b.params)
    assert np.array_equal(a.buffers, b.buffers)
    assert np.array_equal(a.slots, b.slots)
    assert np.array_equal(a.counts, b.counts)
    assert a.slots.shape == (OPTIMIZERS[optimizer].slots, first.layout.n_parameters)
    assert a.counts[0] == 50
    with pytest.raises(ValueError, match="read-only"):
        a.params[0] = 1.0


def test_reconfigure_keeps_weights_and_the_slots_of_an_unchanged_optimizer() -> None:
    experiment = Experiment(optimizer="adam", engine="reference")
    engine = engine_of(experiment)
    engine.run(Plan(np.arange(250), np.arange(26) * 10, np.full(25, 0.02), np.zeros(25, bool)))
    state = engine.state()
    engine.reconfigure(
        experiment.replace(learning_rate=0.5, l2=0.1, optimizer={"name": "adam", "beta1": 0.5})
    )
    assert np.array_equal(engine.state().params, state.params)
    assert np.array_equal(engine.state().slots, state.slots)
    assert engine.state().counts[0] == 25
    engine.reconfigure(experiment.replace(optimizer="momentum"))
    assert np.array_equal(engine.state().params, state.params)
    assert not engine.state().slots.any()
    assert engine.state().counts[0] == 0
    assert engine.experiment.optimizer.name == "momentum"


def test_momentum_without_memory_can_be_reconfigured() -> None:
    experiment = Experiment(optimizer={"name": "momentum", "beta": 0.0}, engine="reference")
    engine = engine_of(experiment)
    plan = Plan(np.arange(250), np.arange(26) * 10, np.full(25, 0.02), np.zeros(25, bool))
    engine.run(plan)
    engine.reconfigure(
        experiment.replace(learning_rate=0.001)
    )  # which keeps no vector that could be carried over
    assert engine.run(plan).steps == 25


def test_forward_gives_every_layer_in_evaluation_mode() -> None:
    experiment = Experiment(hidden=(5, 3), batch_norm=True, dropout=0.5, engine="reference")
    trainer = Trainer(experiment)
    trainer.run(epochs=2)
    first, second, scores = trainer.engine.forward(trainer.data.F_test)
    n = len(trainer.data.F_test)
    assert (first.shape, second.shape, scores.shape) == ((n, 5), (n, 3), (n, 1))
    right = (scores[:, 0] > 0) == (trainer.data.y_test > 0.5)
    assert right.mean() == trainer.history.last()["accuracy_test"]
    with torch.no_grad():
        expected = trainer.snapshot().network()(torch.tensor(trainer.data.F_test))
    np.testing.assert_allclose(scores, expected.numpy(), atol=1e-6)


def test_the_number_of_threads_is_left_as_it_was() -> None:
    before = torch.get_num_threads()
    Trainer(Experiment(engine="reference")).run(steps=3)
    assert torch.get_num_threads() == before
