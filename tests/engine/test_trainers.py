"""The trainer: batches, schedules, stopping, divergence, changes under way, checkpoints."""

import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import torch

import playground
from playground import Experiment, InvalidValue, Trainer, train
from playground.engine import choose
from playground.engine.order import BatchOrder
from playground.engine.plan import METRICS
from playground.engine.reference import ReferenceEngine

NOISY = Experiment(
    hidden=(5, 4),
    activation="prelu",
    batch_norm=True,
    dropout=0.2,
    dropconnect=0.1,
    input_noise=0.1,
    mixup=0.3,
    label_smoothing=0.05,
    l1=1e-3,
    l2=1e-3,
    weight_decay=1e-2,
    clipping="norm",
    optimizer="nadam",
    schedule="cosine",
    train_fraction=0.47,
    seed=11,
    engine="reference",
)
PLAIN = Experiment(engine="reference")


def same_state(a: Trainer, b: Trainer) -> bool:
    x, y = a.engine.state(), b.engine.state()
    pairs = zip(
        (x.params, x.buffers, x.slots, x.counts), (y.params, y.buffers, y.slots, y.counts), strict=True
    )
    return all(np.array_equal(p, q) for p, q in pairs)


def same_history(a: Trainer, b: Trainer) -> bool:
    return np.array_equal(a.history.rows(), b.history.rows(), equal_nan=True)


# --- batches --------------------------------------------------------------------------------------


def test_orders_are_numpy_permutations_cut_into_batches() -> None:
    order = BatchOrder(seed=4, n=23, size=10)
    plan = order.plan(8, lambda k: np.arange(k) + 1.0)
    rng = np.random.default_rng([4, 4])
    expected = np.concatenate([rng.permutation(23) for _ in range(3)])
    # 8 steps: two epochs of 10 + 10 + 3 and the first two batches of a third
    assert plan.offsets.tolist() == [0, 10, 20, 23, 33, 43, 46, 56, 66]
    assert np.array_equal(plan.order, expected[:66])
    assert plan.evaluate.tolist() == [False, False, True, False, False, True, False, False]
    assert plan.lr.tolist() == [1, 1, 1, 2, 2, 2, 3, 3]
    assert order.advance(66) == 2
    assert order.position == 20
    rest = order.plan(5, lambda k: np.ones(k))
    assert np.array_equal(rest.order, expected[66:])
    assert rest.evaluate.tolist() == [True]


def test_plans_of_any_length_are_cut_alike() -> None:
    """What is kept of one plan's cuts serves the next, shorter or longer."""
    lengths = [4, 40, 3, 17, 200, 1, 12]
    order, rng = BatchOrder(seed=4, n=23, size=10), np.random.default_rng([4, 4])
    rows, ends, sizes = [], [], []
    for length in lengths:
        taken = 0
        while taken < length:
            plan = order.plan(length - taken, lambda k: np.ones(k))
            taken += len(plan.lr)
            rows.append(plan.order)
            ends += plan.evaluate.tolist()
            sizes += np.diff(plan.offsets).tolist()
            order.advance(len(plan.order))
    total = sum(lengths)
    assert sizes == ([10, 10, 3] * total)[:total]
    assert ends == ([False, False, True] * total)[:total]
    expected = np.concatenate([rng.permutation(23) for _ in range(-(-total // 3))])
    assert np.array_equal(np.concatenate(rows), expected[: sum(sizes)])


def test_every_epoch_shows_each_row_once_in_a_new_order() -> None:
    order = BatchOrder(seed=0, n=250, size=10)
    plan = order.plan(50, lambda k: np.ones(k))
    first, second = plan.order[:250], plan.order[250:]
    assert sorted(first) == sorted(second) == list(range(250))
    assert not np.array_equal(first, second)


def test_batches_larger_than_the_data_are_full_batches() -> None:
    trainer = Trainer(PLAIN.replace(batch_size=5000))
    assert trainer.steps_per_epoch == 1
    assert trainer.run(epochs=2) == 2


@pytest.mark.parametrize("experiment", [PLAIN, NOISY], ids=["plain", "noisy"])
def test_chunks_equal_single_steps_bit_for_bit(experiment: Experiment) -> None:
    whole, single, mixed = Trainer(experiment), Trainer(experiment), Trainer(experiment)
    whole.run(steps=83)
    for _ in range(83):
        single.run(steps=1)
    for steps in (1, 30, 2, 50):
        mixed.run(steps=steps)
    assert whole.step == single.step == mixed.step == 83
    assert same_state(whole, single)
    assert same_state(whole, mixed)
    assert same_history(whole, single)
    assert same_history(whole, mixed)


def test_same_experiment_same_run_and_other_seed_other_run() -> None:
    first, second, other = train(NOISY, 3), train(NOISY, 3), train(NOISY.replace(seed=12), 3)
    assert np.array_equal(first.rows(), second.rows(), equal_nan=True)
    assert not np.array_equal(first["loss_train"], other["loss_train"])


def test_global_random_state_does_not_matter_and_is_left_alone() -> None:
    torch.manual_seed(1)
    first = train(NOISY, 2)
    state = torch.random.get_rng_state()
    np.random.seed(5)
    second = train(NOISY, 2)
    assert torch.equal(state, torch.random.get_rng_state())
    assert np.array_equal(first.rows(), second.rows(), equal_nan=True)


def test_run_counts_steps_and_epochs() -> None:
    trainer = Trainer(PLAIN)
    assert trainer.run(steps=7) == 7
    assert (trainer.step, trainer.epoch, trainer.steps_left) == (7, 0, 18)
    assert trainer.run(epochs=1) == 18
    assert (trainer.step, trainer.epoch) == (25, 1)
    assert trainer.run(epochs=2) == 50
    assert trainer.history["epoch"].tolist() == [0, 1, 2, 3]
    assert trainer.history["step"].tolist() == [0, 25, 50, 75]
    assert trainer.run(epochs=0) == 0
    with pytest.raises(ValueError, match="steps or epochs"):
        trainer.run()


def test_run_for_takes_at_least_one_step() -> None:
    trainer = Trainer(PLAIN)
    assert trainer.run_for(0.0) >= 1
    assert trainer.run_for(0.05) >= 1
    assert trainer.step > 1


# --- schedules and stopping -----------------------------------------------------------------------


def test_schedule_counts_epochs_and_is_recorded() -> None:
    history = train(PLAIN.replace(schedule={"name": "step", "period": 2, "gamma": 0.5}, learning_rate=0.4), 5)
    # row e holds the rate of the e-th epoch, t = e - 1; row 0 that of the first
    assert history["learning_rate"].tolist() == [0.4, 0.4, 0.4, 0.2, 0.2, 0.1]


@pytest.mark.parametrize("choose_on", ["validation", "test"])
def test_reduce_on_plateau_follows_torch_on_the_part_to_choose_on(choose_on: str) -> None:
    spec = {"name": "reduce_on_plateau", "factor": 0.5, "patience": 1, "threshold": 0.01}
    history = train(PLAIN.replace(schedule=spec, learning_rate=2.0, batch_size=50, choose_on=choose_on), 40)
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=2.0)
    judge = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1, threshold=0.01)
    expected = [2.0]
    for loss in history[f"loss_{choose_on}"][1:]:
        expected.append(optimizer.param_groups[0]["lr"])
        judge.step(loss)
    assert history["learning_rate"].tolist() == expected
    assert expected[-1] < 2.0


@pytest.mark.parametrize("choose_on", ["validation", "test"])
def test_early_stopping_restores_the_best_weights(choose_on: str) -> None:
    stopping = {"name": "patience", "patience": 5}
    experiment = PLAIN.replace(
        n_samples=40, label_noise=0.3, learning_rate=0.5, hidden=(16, 16), early_stopping=stopping
    ).replace(choose_on=choose_on)
    trainer = Trainer(experiment)
    trainer.run(epochs=2000)
    assert (trainer.status, trainer.reason) == ("stopped", "early_stopping")
    losses = trainer.history[f"loss_{choose_on}"][1:]
    best = int(np.argmin(losses)) + 1
    assert trainer.best_epoch == best
    assert trainer.epoch == len(losses) == best + 5
    free = Trainer(experiment.replace(early_stopping="none", validation_fraction=experiment.held_out))
    free.run(epochs=best)
    assert np.array_equal(trainer.engine.state().params, free.engine.state().params)
    assert trainer.engine.metrics()[METRICS.index(f"loss_{choose_on}")] == losses[best - 1]
    assert trainer.run(epochs=1) == 0


# --- divergence -----------------------------------------------------------------------------------


@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "lbfgs"])
def test_divergence_stops_and_keeps_the_last_finite_state(optimizer: str, batch_norm: bool) -> None:
    experiment = Experiment(
        dataset="plane",
        activation="identity",
        hidden=(8, 8, 8),
        init={"name": "normal", "std": 5.0} if optimizer == "lbfgs" else "large_normal",
        learning_rate=10.0,
        optimizer={"name": "lbfgs", "strong_wolfe": False} if optimizer == "lbfgs" else optimizer,
        batch_norm=batch_norm,
        l2=1.0,
        engine="reference",
    )
    trainer = Trainer(experiment)
    trainer.run(epochs=200)
    if batch_norm and trainer.status == "running":
        pytest.skip("normalization kept it finite")
    assert (trainer.status, trainer.reason) == ("diverged", "not_finite")
    assert trainer.engine.state().finite
    assert np.isfinite(trainer.history.rows()[:, 2:4]).all()
    assert trainer.run(epochs=1) == 0
    with pytest.raises(RuntimeError, match="diverged"):
        trainer.trace_step()
    assert trainer.reconfigure(experiment.replace(learning_rate=1e-5))
    assert trainer.status == "running"
    trainer.reset()
    assert (trainer.status, trainer.step) == ("running", 0)


def test_divergence_in_chunks_and_in_steps_ends_alike() -> None:
    experiment = Experiment(dataset="plane", activation="identity", learning_rate=10.0, engine="reference")
    whole, single = Trainer(experiment), Trainer(experiment)
    whole.run(epochs=50)
    while single.status == "running":
        single.run(steps=1)
    assert whole.status == single.status == "diverged"
    assert whole.step == single.step
    assert np.array_equal(whole.engine.state().params, single.engine.state().params)


def test_checks_at_evaluations_only_fall_back_on_the_last_evaluated_state() -> None:
    experiment = Experiment(dataset="plane", activation="identity", learning_rate=10.0, engine="reference")
    trainer = Trainer(experiment)
    trainer.engine._checks_each_step = False  # type: ignore[attr-defined]
    start = trainer.engine.state().params
    trainer.run(epochs=50)
    assert trainer.status == "diverged"
    assert trainer.engine.state().finite
    judge = Trainer(experiment)
    judge.run(epochs=50)
    assert np.array_equal(trainer.history.rows(), judge.history.rows(), equal_nan=True)
    if len(trainer.history) == 1:
        assert np.array_equal(trainer.engine.state().params, start)


# --- changes under way ----------------------------------------------------------------------------


def test_hot_changes_keep_weights_and_position() -> None:
    trainer = Trainer(PLAIN)
    trainer.run(steps=30)
    params = trainer.engine.state().params
    changed = PLAIN.replace(
        learning_rate=0.1, batch_size=20, dropout=0.1, optimizer="adam", schedule="exponential", l1=0.01
    )
    assert trainer.reconfigure(changed)
    assert np.array_equal(trainer.engine.state().params, params)
    assert (trainer.step, trainer.epoch) == (30, 1)
    # 200 rows of the epoch are left: 10 batches of 20
    assert trainer.steps_left == 10
    trainer.run(epochs=1)
    assert trainer.epoch == 2
    assert trainer.learning_rate == pytest.approx(0.1 * 0.99**2)


def test_other_changes_start_anew_from_the_seed() -> None:
    trainer = Trainer(PLAIN)
    trainer.run(epochs=1)
    wider = PLAIN.replace(hidden=(6, 2))
    assert not trainer.reconfigure(wider)
    assert (trainer.step, len(trainer.history)) == (0, 1)
    assert same_state(trainer, Trainer(wider))


def test_refused_changes_leave_the_run_alone() -> None:
    trainer = Trainer(PLAIN)
    trainer.run(epochs=1)
    if not torch.cuda.is_available():
        with pytest.raises(InvalidValue) as refused:
            trainer.reconfigure(PLAIN.replace(device="cuda"))
        assert refused.value.field == "device"
    assert trainer.experiment == PLAIN
    assert trainer.epoch == 1


def test_painted_points_join_under_way() -> None:
    def custom(rows: list[list[float]]) -> Experiment:
        points = {"x_names": ["a", "b"], "target_name": "class", "class_names": ["n", "y"], "rows": rows}
        return Experiment(dataset="custom", points=points, engine="reference")

    rows: list[list[float]] = [[i % 7 - 3.0, i % 5 - 2.0, i % 2] for i in range(40)]
    trainer = Trainer(custom(rows))
    trainer.run(steps=1)
    params = trainer.engine.state().params
    assert trainer.reconfigure(custom([*rows, [1.0, 1.0, 1]]))
    assert np.array_equal(trainer.engine.state().params, params)
    assert len(trainer.data.F_train) + len(trainer.data.F_test) == 41
    assert trainer.steps_left == trainer.steps_per_epoch
    trainer.run(epochs=1)
    assert trainer.epoch == 1


def test_reset_keeps_or_redraws_the_weights() -> None:
    trainer = Trainer(PLAIN)
    start = trainer.engine.state().params
    trainer.run(epochs=1)
    trainer.reset()
    assert np.array_equal(trainer.engine.state().params, start)
    trainer.reset(init_seed=5)
    assert not np.array_equal(trainer.engine.state().params, start)
    assert trainer.experiment.init_seed == 5


def test_a_parameter_can_be_set_by_hand() -> None:
    trainer = Trainer(PLAIN)
    trainer.set_parameter(3, 1.5)
    assert trainer.engine.state().params[3] == 1.5
    for index, value in ((25, 0.0), (-1, 0.0), (0, float("nan")), (0, 1e9)):
        with pytest.raises(InvalidValue):
            trainer.set_parameter(index, value)
    trainer.run(steps=1)


def test_switching_the_engine_changes_nothing_visible() -> None:
    trainer, judge = Trainer(NOISY), Trainer(NOISY)
    trainer.run(steps=30)
    # a second reference engine, taken over as another engine would be
    trainer._hand_over(NOISY)
    trainer.run(steps=30)
    judge.run(steps=60)
    assert same_state(trainer, judge)
    assert same_history(trainer, judge)


# --- checkpoints and snapshots --------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"optimizer": {"name": "lbfgs", "max_iter": 2}},
        {"schedule": {"name": "reduce_on_plateau", "patience": 0}, "early_stopping": "patience"},
    ],
    ids=["nadam", "lbfgs", "feedback"],
)
def test_continuing_from_a_checkpoint_is_bit_for_bit_the_same(changes: dict[str, Any]) -> None:
    experiment = NOISY.replace(**changes)
    trainer = Trainer(experiment)
    trainer.run(steps=37)
    checkpoint = pickle.loads(pickle.dumps(trainer.checkpoint()))
    trainer.run(steps=70)
    other = Trainer(PLAIN)
    other.restore(checkpoint)
    assert (other.experiment, other.step) == (experiment, 37)
    other.run(steps=70)
    assert same_state(trainer, other)
    assert same_history(trainer, other)
    assert (trainer.epoch, trainer.learning_rate) == (other.epoch, other.learning_rate)


def test_snapshots_do_not_move() -> None:
    trainer = Trainer(NOISY)
    trainer.run(epochs=1)
    snapshot = trainer.snapshot()
    params = snapshot.state.params.copy()
    trainer.run(epochs=1)
    assert np.array_equal(snapshot.state.params, params)
    assert (snapshot.epoch, snapshot.status, snapshot.engine) == (1, "running", "reference")
    assert snapshot.parameters()["output.weight"].shape == (1, 4)
    assert snapshot.metrics["epoch"] == 1


# --- the slow step --------------------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "lbfgs"])
@pytest.mark.parametrize("steps", [0, 22, 23])
def test_a_traced_step_is_a_real_step(optimizer: str, steps: int) -> None:
    experiment = NOISY.replace(
        optimizer={"name": "lbfgs", "max_iter": 2} if optimizer == "lbfgs" else optimizer
    )
    traced, judge = Trainer(experiment), Trainer(experiment)
    traced.run(steps=steps)
    trace = traced.trace_step()
    traced.run(steps=3)
    judge.run(steps=steps + 4)
    assert trace.step == steps + 1
    assert same_state(traced, judge)
    assert same_history(traced, judge)


def test_a_trace_holds_numbers_that_fit_together() -> None:
    trainer = Trainer(PLAIN)
    trace = trainer.trace_step()
    data = trainer.data
    assert np.array_equal(trace.x, data.F_train[trace.rows])
    W1, b1 = trace.before["hidden.0.linear.weight"], trace.before["hidden.0.linear.bias"]
    np.testing.assert_allclose(trace.z[0], trace.x @ W1.T + b1, atol=1e-6)
    np.testing.assert_allclose(trace.h[0], np.tanh(trace.z[0]), atol=1e-6)
    W3, b3 = trace.before["output.weight"], trace.before["output.bias"]
    np.testing.assert_allclose(trace.scores, trace.h[1] @ W3.T + b3, atol=1e-6)
    p = 1 / (1 + np.exp(-trace.scores[:, 0]))
    y = trace.y
    assert trace.loss == pytest.approx(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)), rel=1e-5)
    # chain rule, layer by layer
    ds = ((p - y) / len(y))[:, None]
    np.testing.assert_allclose(trace.score_gradients, ds, atol=1e-6)
    np.testing.assert_allclose(trace.gradients["output.weight"], ds.T @ trace.h[1], atol=1e-6)
    dz2 = (ds @ W3) * (1 - trace.h[1] ** 2)
    np.testing.assert_allclose(trace.z_gradients[1], dz2, atol=1e-6)
    np.testing.assert_allclose(trace.gradients["hidden.1.linear.weight"], dz2.T @ trace.h[0], atol=1e-6)
    for name, gradient in trace.gradients.items():
        np.testing.assert_allclose(trace.updates[name], -0.03 * gradient, atol=1e-6)
    norm = np.sqrt(sum((g.astype(float) ** 2).sum() for g in trace.gradients.values()))
    assert trace.gradient_norm == pytest.approx(norm, rel=1e-5)
    assert trace.clipped_norm == pytest.approx(norm, rel=1e-5)


def test_auto_falls_back_to_the_reference_engine_for_lbfgs() -> None:
    trainer = Trainer(Experiment(optimizer="lbfgs", device="cpu"))
    assert isinstance(trainer.engine, ReferenceEngine)
    assert trainer.engine.device == "cpu"


class Compiled:
    """Stands for the module of the compiled engine."""

    def __init__(self, covered: bool, compiled: bool) -> None:
        self.covers = lambda experiment: covered
        self.usable = lambda: compiled


@pytest.mark.parametrize(
    ("gpu", "covered", "compiled", "expected"),
    [
        (False, True, True, ("fused", "cpu")),
        (False, True, False, ("reference", "cpu")),
        (False, False, True, ("reference", "cpu")),
        (True, True, True, ("reference", "cuda")),
    ],
)
def test_auto_takes_the_gpu_or_else_the_compiled_engine_once_it_is_ready(
    monkeypatch: pytest.MonkeyPatch, gpu: bool, covered: bool, compiled: bool, expected: tuple[str, str]
) -> None:
    monkeypatch.setattr(choose, "cuda_available", lambda: gpu)
    monkeypatch.setattr(choose, "fused_module", lambda: Compiled(covered, compiled))
    assert choose.resolve(Experiment()) == expected
    assert choose.resolve(Experiment(engine="reference", device="cpu")) == ("reference", "cpu")
    if covered:
        assert choose.resolve(Experiment(engine="fused")) == ("fused", "cpu")
    else:
        with pytest.raises(InvalidValue, match="engine"):
            choose.resolve(Experiment(engine="fused"))
    monkeypatch.setattr(choose, "fused_module", lambda: None)
    assert choose.resolve(Experiment(device="cpu")) == ("reference", "cpu")


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = "import sys, playground; print('torch' in sys.modules, 'pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
    with pytest.raises(AttributeError, match="nothing"):
        playground.nothing  # noqa: B018
    assert "train" in dir(playground)


def test_missing_devices_are_refused_by_name() -> None:
    if not torch.cuda.is_available():
        with pytest.raises(InvalidValue, match=r"device.*NVIDIA"):
            Trainer(Experiment(device="cuda"))
    if not torch.backends.mps.is_available():
        with pytest.raises(InvalidValue, match=r"device.*Apple"):
            Trainer(Experiment(device="mps"))
    with pytest.raises(InvalidValue, match="engine"):
        Trainer(Experiment(optimizer="lbfgs", engine="fused"))


@pytest.mark.usefixtures("kernel")
@pytest.mark.parametrize("changes", [{}, {"validation_fraction": 0.2}, {"dataset": "plane"}])
def test_engines_agree_where_all_points_are_trained_on(changes: dict[str, Any]) -> None:
    e = Experiment(train_fraction=1.0, **changes)
    fused, reference = (train(e.replace(engine=name), epochs=5) for name in ("fused", "reference"))
    assert np.isnan(fused["loss_test"]).all()
    assert np.isnan(fused["accuracy_test"]).all()
    assert len(fused) == 6, "a loss that is not there does not end the run"
    np.testing.assert_allclose(fused.rows(), reference.rows(), rtol=1e-5)
    assert "test" not in set(fused.frame()["split"])


@pytest.mark.usefixtures("kernel")
@pytest.mark.parametrize("name", ["fused", "reference"])
def test_the_penalty_is_what_the_weights_cost(name: str) -> None:
    trainer = Trainer(Experiment(l1=0.01, l2=0.1, hidden=(5, 3), engine=name))
    trainer.run(epochs=3)
    state, layout = trainer.engine.state(), trainer.engine.layout
    w = state.params[layout.weight_mask > 0].astype(np.float64)
    assert trainer.history.last()["penalty"] == pytest.approx(
        0.01 * np.abs(w).sum() + 0.05 * (w**2).sum(), rel=1e-5
    )
    assert "penalty" in trainer.history.to_csv().splitlines()[0]
    without = train(Experiment(engine=name), epochs=1)
    assert not without["penalty"].any()
    assert "penalty" not in without.to_csv()
