"""Recorded steps: on the CPU the recorded function itself against the eager engine, on CUDA also the recording."""

import gc
import logging
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch

from playground import Experiment, Trainer
from playground.data.prepare import prepare
from playground.engine.noise import NoiseSource
from playground.engine.plan import Plan
from playground.engine.reference import ReferenceEngine, cuda_graph, static_step
from playground.engine.reference import captured as module
from playground.engine.reference.captured import EVALUATION, CapturedSteps
from playground.engine.reference.cuda_graph import Action
from playground.engine.reference.flat_rules import RULES
from playground.engine.reference.static_step import StaticStep
from playground.techniques import ACTIVATIONS, CLIPPINGS, LOSSES, NORMALIZATIONS, OPTIMIZERS

SMALL: dict[str, Any] = {"n_samples": 90, "hidden": (6, 5), "learning_rate": 0.02, "engine": "reference"}
"""45 training rows: four batches of 10 and a short one of 5."""

STEPS = 63
BLOBS = {"name": "blobs", "classes": 4}
DATA_OF = {"binary": "circle", "multiclass": BLOBS, "regression": "plane"}
FIRST_ORDER = [name for name, technique in OPTIMIZERS.items() if not technique.full_batch]
NORMALIZED = [name for name, technique in NORMALIZATIONS.items() if technique.learned]

SAME_KERNELS = {"rtol": 1e-4, "atol": 5e-5}
ACROSS_DEVICES = {"rtol": 5e-3, "atol": 3e-3}

EVERYTHING: dict[str, Any] = {
    **SMALL,
    "activation": ("prelu", {"name": "maxout", "pieces": 3}),
    "batch_norm": True,
    "dropout": (0.0, 0.3),
    "dropconnect": 0.2,
    "input_noise": 0.2,
    "mixup": 0.5,
    "label_smoothing": 0.1,
    "l1": 0.001,
    "l2": 0.01,
    "weight_decay": 0.1,
    "clipping": "norm",
    "optimizer": {"name": "nadam", "eps": 1e-2},
}

SETTINGS: list[dict[str, Any]] = [
    *({"activation": name} for name in ACTIVATIONS),
    *({"optimizer": name, "learning_rate": 0.005} for name in FIRST_ORDER),
    {"optimizer": {"name": "adam", "bias_correction": False}, "learning_rate": 0.002},
    {"optimizer": {"name": "adamw", "weight_decay": 0.5}, "weight_decay": 0.2, "learning_rate": 0.005},
    {"optimizer": {"name": "momentum", "beta": 0.0}},
    *({"loss": n, "dataset": DATA_OF[task]} for n in LOSSES for task in LOSSES[n].tasks),
    *({"clipping": name, "learning_rate": 0.2} for name in CLIPPINGS),
    *({"normalization": name} for name in NORMALIZED),
    {"batch_norm": True, "batch_size": 11},  # the last batch holds one sample
    {"dropout": 0.3},
    {"dropconnect": 0.3},
    {"skip": True, "hidden": (5, 5, 5)},
    {"skip": True, "hidden": (5, 5, 5), "stochastic_depth": 0.5},
    {"input_noise": 0.3},
    {"mixup": 0.4},
    {"mixup": 0.4, "dataset": BLOBS},
    {"label_smoothing": 0.2},
    {"label_smoothing": 0.2, "dataset": BLOBS},
    {"l1": 0.02},
    {"l2": 0.05},
    {"weight_decay": 0.5},
    {"hidden": ()},
    {"hidden": (), "dropconnect": 0.3},
    {"batch_size": 1},
    {"batch_size": 5000},
    EVERYTHING,
]


def name_of(fields: dict[str, Any]) -> str:
    return "everything" if fields is EVERYTHING else "-".join(f"{k}={v}" for k, v in fields.items())[:60]


def plan_of(experiment: Experiment, steps: int = STEPS, seed: int = 0) -> Plan:
    """Shuffled epochs with their short batch; the learning rate falls; evaluations within and at the end."""
    n = len(prepare(experiment).F_train)
    size = min(experiment.batch_size, n)
    rng = np.random.default_rng(seed)
    batches: list[np.ndarray] = []
    while len(batches) < steps:
        order = rng.permutation(n)
        batches += [order[i : i + size] for i in range(0, n, size)]
    batches = batches[:steps]
    evaluate = np.zeros(steps, bool)
    evaluate[4::5] = evaluate[-1] = True
    lr = experiment.learning_rate * np.linspace(1, 0.5, steps)
    return Plan(np.concatenate(batches), np.cumsum([0, *map(len, batches)]), lr, evaluate)


def uncaptured(action: Action, rewind: Action) -> Action:
    """What ``captured`` does but for the recording: the action itself comes back."""
    for _ in range(cuda_graph.WARM_UP_CALLS):
        rewind()
        action()
    return action


def eager(experiment: Experiment, device: str = "cpu") -> ReferenceEngine:
    """An engine that checks at evaluations only, as on a GPU, and records nothing."""
    engine = ReferenceEngine(experiment, prepare(experiment), NoiseSource(experiment), device)
    engine._checks_each_step = False
    engine._captured = None
    return engine


def static(experiment: Experiment, record: Any = uncaptured, capture_after: int = 0) -> ReferenceEngine:
    engine = eager(experiment)
    engine._captured = CapturedSteps(engine, record, capture_after)
    return engine


def on_gpu(experiment: Experiment) -> ReferenceEngine:
    """An engine whose steps are recorded at once."""
    engine = eager(experiment, "cuda")
    engine._captured = CapturedSteps(engine, capture_after=0)
    return engine


def steps_of(engine: ReferenceEngine) -> CapturedSteps:
    assert engine._captured is not None
    return engine._captured


def check_together(
    found: ReferenceEngine,
    expected: ReferenceEngine,
    tolerance: dict[str, float],
    plans: list[Plan] | None = None,
    slots: bool = True,
) -> None:
    """Take the same plans from equal states and compare everything."""
    for plan in plans or [plan_of(found.experiment)]:
        ours, theirs = found.run(plan), expected.run(plan)
        assert (ours.steps, ours.diverged) == (theirs.steps, theirs.diverged) == (len(plan.lr), False)
        np.testing.assert_allclose(ours.metrics[:, :2], theirs.metrics[:, :2], **tolerance)
        # a sample within rounding of the border may fall on either side
        assert np.nanmax(np.abs(ours.metrics[:, 2:] - theirs.metrics[:, 2:]), initial=0) < 0.05
    a, b = found.state(), expected.state()
    np.testing.assert_allclose(a.params, b.params, **tolerance)
    np.testing.assert_allclose(a.buffers, b.buffers, **tolerance)
    np.testing.assert_allclose(a.counts, b.counts, rtol=1e-5)
    if slots:
        np.testing.assert_allclose(a.slots, b.slots, **tolerance)
    if found._captured is not None:
        assert found._captured.refused == ""


@pytest.fixture(autouse=True)
def _fresh_warnings() -> Iterator[None]:
    cuda_graph.warn_once.cache_clear()
    yield
    cuda_graph.warn_once.cache_clear()


# --- the recorded function, on the CPU ----------------------------------------------------------------


def test_every_first_order_optimizer_has_a_rule() -> None:
    assert list(RULES) == FIRST_ORDER


@pytest.mark.parametrize("fields", SETTINGS, ids=name_of)
def test_static_step_takes_the_eager_trajectory(fields: dict[str, Any]) -> None:
    experiment = Experiment(**{**SMALL, **fields})
    engine = static(experiment)
    check_together(engine, eager(experiment), SAME_KERNELS)
    sizes = set(np.diff(plan_of(experiment).offsets).tolist())
    assert set(steps_of(engine).recordings) == {EVALUATION, *sizes}


@pytest.mark.parametrize("name", FIRST_ORDER)
@pytest.mark.parametrize("bare", [True, False], ids=["plain", "decayed"])
def test_rules_against_torch_optim(name: str, bare: bool) -> None:
    """On gradients drawn at random, in float64, without a network: only the rule is compared."""
    technique = OPTIMIZERS[name]
    for fraction in (0.1, 0.6):
        options = {
            p.name: p.low + fraction * (p.high - p.low)
            for p in technique.params
            if p.kind == "float" and p.name not in ("eps", "weight_decay")
        }
        spec = technique.spec(**({} if bare else options))
        rng = np.random.default_rng(3)
        w = torch.tensor(rng.normal(size=12))
        theirs = w.clone().requires_grad_()
        optimizer = technique.make([{"params": [theirs], "weight_decay": 0.0}], 0.1, spec)
        slots = torch.zeros((technique.slots, 12), dtype=torch.float64)
        lr = rng.uniform(0.001, 0.1, 30)
        columns = np.stack(RULES[name].numbers(lr, np.arange(1.0, 31.0), 1.0, spec), axis=1)
        for rate, row in zip(lr, torch.tensor(columns), strict=True):
            g = torch.tensor(rng.normal(size=12))
            theirs.grad = g.clone()
            optimizer.param_groups[0]["lr"] = float(rate)
            optimizer.step()
            RULES[name].update(w, g, slots, row, spec)
        # torch.optim keeps NAdam's running product in float32
        torch.testing.assert_close(w, theirs.detach(), rtol=1e-6, atol=1e-6)


def test_eager_and_recorded_steps_mix() -> None:
    """The first steps of a size are eager, so a plan holds both, and the counts of torch.optim go on."""
    experiment = Experiment(**EVERYTHING)
    engine = static(experiment, capture_after=5)
    plans = [plan_of(experiment, 17, seed) for seed in range(4)]
    check_together(engine, eager(experiment), SAME_KERNELS, plans)
    assert set(steps_of(engine).recordings) == {EVALUATION, 10, 5}


def test_noise_in_several_spans_and_tables_that_fill(monkeypatch: pytest.MonkeyPatch) -> None:
    experiment = Experiment(**EVERYTHING)
    for tables in ("playground.engine.reference.static_step", "playground.engine.reference.captured"):
        monkeypatch.setattr(f"{tables}.EVALUATIONS", 3)
    monkeypatch.setattr("playground.engine.noise.CHUNK_NUMBERS", 1500)
    monkeypatch.setattr(static_step, "CHUNK_NUMBERS", 40)  # room grows, recordings are made anew
    monkeypatch.setattr(static_step, "PLAN_ROWS", 25)
    assert len(list(NoiseSource(experiment).spans(plan_of(experiment).offsets))) > 3
    check_together(static(experiment), eager(experiment), SAME_KERNELS, [plan_of(experiment)] * 2)


def test_only_so_many_recordings_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_RECORDINGS", 2)
    experiment = Experiment(**SMALL)
    engine, expected = static(experiment), eager(experiment)
    plans = [plan_of(experiment.replace(batch_size=size), 20) for size in (10, 7, 45)]
    check_together(engine, expected, SAME_KERNELS, plans)
    assert len(steps_of(engine).recordings) <= 2


def change(engine: ReferenceEngine, experiment: Experiment) -> None:
    engine.reconfigure(experiment)
    engine.noise.reconfigure(experiment)


CHANGES: list[dict[str, Any]] = [
    {"learning_rate": 0.003},
    {"l2": 0.1},
    {"optimizer": {"name": "adam", "beta1": 0.5}},
    {"batch_size": 7},
    {"dropout": 0.3, "input_noise": 0.1},
    {"dropout": 0.0, "mixup": 0.3},
    {"clipping": "value"},
    {"optimizer": "momentum", "weight_decay": 0.1},
    {"learning_rate": 0.01},
]


def check_changes(found: ReferenceEngine, expected: ReferenceEngine, tolerance: dict[str, float]) -> None:
    experiment = found.experiment
    for seed, fields in enumerate([{}, *CHANGES]):
        experiment = experiment.replace(**fields)
        for engine in (found, expected):
            change(engine, experiment)
        check_together(found, expected, tolerance, [plan_of(experiment, 20, seed)])


CHANGING = Experiment(**{**SMALL, "optimizer": "adam", "learning_rate": 0.005})


def test_settings_change_under_way() -> None:
    check_changes(static(CHANGING), eager(CHANGING), SAME_KERNELS)


def test_a_new_learning_rate_needs_no_new_recording() -> None:
    made: list[Action] = []

    def record(action: Action, rewind: Action) -> Action:
        made.append(action)
        return action

    engine = static(CHANGING, record)
    engine.run(plan_of(CHANGING))
    assert len(made) == 3  # ten rows, five rows, the metrics
    change(engine, CHANGING.replace(learning_rate=0.5, schedule="cosine", early_stopping="patience"))
    engine.run(plan_of(CHANGING))
    assert len(made) == 3
    change(engine, CHANGING.replace(l2=0.01))
    engine.run(plan_of(CHANGING))
    assert len(made) == 6


def check_state_and_load(make: Callable[[Experiment], ReferenceEngine], tolerance: dict[str, float]) -> None:
    experiment = Experiment(**EVERYTHING)
    first = make(experiment)
    first.run(plan_of(experiment))
    kept, streams = first.state(), first.noise.state()
    first.run(plan_of(experiment, seed=1))
    later = first.state()
    first.run(plan_of(experiment, seed=2))
    first.load(kept)
    first.noise.load(streams)
    np.testing.assert_array_equal(first.state().slots, kept.slots)
    other = make(experiment.replace(init_seed=5))
    other.load(kept)
    other.noise.load(streams)
    for engine in (first, other):
        engine.run(plan_of(experiment, seed=1))
        again = engine.state()
        for name in ("params", "buffers", "slots", "counts"):
            np.testing.assert_allclose(getattr(again, name), getattr(later, name), **tolerance)
    first.load(kept.without_slots())
    assert first.state().counts[0] == 0
    first.run(plan_of(experiment))
    assert first.state().counts[0] == STEPS


def test_state_and_load_between_recorded_steps() -> None:
    check_state_and_load(static, {"rtol": 1e-6, "atol": 1e-7})


def test_other_rows_are_trained_on() -> None:
    experiment = Experiment(**SMALL)
    other = prepare(Experiment(**{**SMALL, "seed": 9, "n_samples": 60}))
    engine, expected = static(experiment), eager(experiment)
    check_together(engine, expected, SAME_KERNELS)
    for each in (engine, expected):
        each.set_data(other)
    plan = plan_of(Experiment(**{**SMALL, "seed": 9, "n_samples": 60}))
    check_together(engine, expected, SAME_KERNELS, [plan])


def diverging(device: str = "cpu") -> tuple[Experiment, Plan]:
    """Squared error far too fast: not finite after some thirty steps."""
    fields = {**SMALL, "activation": "identity", "loss": "squared_error", "optimizer": "momentum"}
    experiment = Experiment(**fields, device=device)
    plan = plan_of(experiment, 100)
    return experiment, plan._replace(lr=np.full(100, 2.0))


def check_divergence(make: Callable[[Experiment], ReferenceEngine], expected: ReferenceEngine) -> None:
    experiment, plan = diverging()
    engine = make(experiment)
    found, true = engine.run(plan), expected.run(plan)
    assert found.diverged
    assert (found.steps, len(found.metrics)) == (true.steps, len(true.metrics))
    assert 0 < found.steps < 100
    assert np.isfinite(found.metrics).all()
    state = engine.state()
    assert state.finite
    assert np.isfinite(state.slots).all()
    # the state of the last finite evaluation: large numbers, which differ by their rounding
    np.testing.assert_allclose(state.params, expected.state().params, rtol=0.05)
    calm = plan._replace(lr=np.full(100, 1e-9))
    engine.load(make(experiment).state())
    assert not engine.run(calm).diverged


def test_divergence_falls_back_on_the_last_finite_evaluation() -> None:
    check_divergence(static, eager(diverging()[0]))


def test_divergence_without_an_evaluation_is_found_at_the_end() -> None:
    experiment, plan = diverging()
    engine = static(experiment)
    start = engine.state().params
    outcome = engine.run(plan._replace(evaluate=np.zeros(100, bool)))
    assert (outcome.diverged, outcome.steps) == (True, 100)
    np.testing.assert_array_equal(engine.state().params, start)


def test_lbfgs_stays_eager() -> None:
    experiment = Experiment(**{**SMALL, "optimizer": "lbfgs", "learning_rate": 1.0})
    engine = static(experiment)
    assert not steps_of(engine).covers
    plan = plan_of(experiment.replace(batch_size=45), 2)
    assert engine.run(plan).steps == 2
    assert not steps_of(engine).recordings


# --- when recording goes wrong --------------------------------------------------------------------------


def fails(action: Action, rewind: Action) -> Action:
    rewind()
    action()
    raise RuntimeError("no recording today")


def fails_later(action: Action, rewind: Action) -> Action:
    """A recording that cannot be played."""

    def play() -> None:
        action()
        raise RuntimeError("no playing today")

    return play


def differs(action: Action, rewind: Action) -> Action:
    """A recording that forgets its step."""
    action()
    return lambda: None


def is_off(action: Action, rewind: Action) -> Action:
    """A recording that takes one step too many."""

    def play() -> None:
        action()
        rewind()
        action()

    return play


@pytest.mark.parametrize("record", [fails, fails_later, differs, is_off])
@pytest.mark.parametrize("capture_after", [0, 7])
def test_a_bad_recording_leaves_the_eager_trajectory_bit_for_bit(
    record: Any, capture_after: int, caplog: pytest.LogCaptureFixture
) -> None:
    experiment = Experiment(**EVERYTHING)
    engines = [static(experiment, record, capture_after) for _ in range(2)]
    expected = eager(experiment)
    with caplog.at_level(logging.WARNING):
        for seed in (0, 1):
            plan = plan_of(experiment, seed=seed)
            true = expected.run(plan)
            for engine in engines:
                found = engine.run(plan)
                assert found.steps == true.steps
                np.testing.assert_array_equal(found.metrics, true.metrics)
    b = expected.state()
    for engine in engines:
        assert steps_of(engine).refused
        assert not steps_of(engine).recordings
        a = engine.state()
        np.testing.assert_array_equal(a.params, b.params)
        np.testing.assert_array_equal(a.buffers, b.buffers)
        np.testing.assert_array_equal(a.slots, b.slots)
        np.testing.assert_allclose(a.counts, b.counts, rtol=1e-6)
    assert len(caplog.records) == 1


def test_a_bad_recording_of_the_metrics_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    experiment = Experiment(**SMALL)
    monkeypatch.setattr(StaticStep, "evaluate", lambda self: None)
    engine, expected = static(experiment), eager(experiment)
    plan = plan_of(experiment)
    np.testing.assert_allclose(engine.run(plan).metrics, expected.run(plan).metrics, **SAME_KERNELS)
    assert "agree" in steps_of(engine).refused


def test_the_check_measures_by_the_length_of_the_step() -> None:
    before = torch.tensor([1.0, 2.0, 0.0])
    expected = torch.tensor([1.5, 2.0, 0.0])
    assert cuda_graph.close(expected + torch.tensor([1e-4, 1e-4, 1e-4]), expected, before)
    assert not cuda_graph.close(expected + torch.tensor([0.0, 1e-2, 0.0]), expected, before)
    assert not cuda_graph.close(before, expected, before)
    inf = torch.tensor([torch.inf, torch.nan, 0.0])
    assert cuda_graph.close(inf, inf.clone(), before)
    assert not cuda_graph.close(before, inf, before)


def test_nothing_is_recorded_on_the_cpu_or_when_turned_off(monkeypatch: pytest.MonkeyPatch) -> None:
    experiment = Experiment(**SMALL)
    assert ReferenceEngine(experiment, prepare(experiment), NoiseSource(experiment))._captured is None
    assert cuda_graph.wanted()
    monkeypatch.setenv(cuda_graph.SWITCH, "0")
    assert not cuda_graph.wanted()


def test_an_engine_is_not_kept_alive_by_its_recordings() -> None:
    engine = static(Experiment(**SMALL))
    engine.run(plan_of(engine.experiment))
    ended = weakref.ref(engine)
    gc.disable()
    try:
        del engine
        assert ended() is None
    finally:
        gc.enable()


def test_momentum_without_memory_can_be_reconfigured() -> None:
    experiment = Experiment(**SMALL, optimizer={"name": "momentum", "beta": 0.0})
    for engine in (eager(experiment), static(experiment)):
        engine.run(plan_of(experiment))
        change(engine, experiment.replace(learning_rate=0.001))
        assert engine.run(plan_of(experiment)).steps == STEPS


# --- on a GPU -------------------------------------------------------------------------------------------


def recorded_all(engine: ReferenceEngine) -> None:
    assert steps_of(engine).refused == ""
    assert EVALUATION in steps_of(engine).recordings


@pytest.mark.cuda
@pytest.mark.parametrize("fields", SETTINGS, ids=name_of)
def test_cuda_recorded_against_eager(fields: dict[str, Any]) -> None:
    experiment = Experiment(**{**SMALL, **fields})
    engine = on_gpu(experiment)
    check_together(engine, eager(experiment, "cuda"), {"rtol": 1e-3, "atol": 1e-4})
    recorded_all(engine)


@pytest.mark.cuda
@pytest.mark.parametrize("fields", SETTINGS, ids=name_of)
def test_cuda_against_cpu(fields: dict[str, Any]) -> None:
    experiment = Experiment(**{**SMALL, **fields})
    engine = on_gpu(experiment)
    check_together(engine, eager(experiment), ACROSS_DEVICES, slots=False)
    recorded_all(engine)


@pytest.mark.cuda
def test_cuda_settings_change_under_way() -> None:
    check_changes(on_gpu(CHANGING), eager(CHANGING, "cuda"), {"rtol": 1e-3, "atol": 1e-4})


@pytest.mark.cuda
def test_cuda_state_and_load() -> None:
    check_state_and_load(on_gpu, {"rtol": 1e-4, "atol": 1e-5})


@pytest.mark.cuda
def test_cuda_divergence() -> None:
    check_divergence(on_gpu, eager(diverging()[0], "cuda"))


@pytest.mark.cuda
def test_cuda_bad_recording_leaves_the_stream_and_the_state() -> None:
    """A wait for the device is not allowed while recording: the engine must get over it."""
    experiment = Experiment(**EVERYTHING)

    def waits(action: Action, rewind: Action) -> Action:
        def act() -> None:
            action()
            torch.cuda.current_stream().synchronize()

        return cuda_graph.captured(act, rewind)

    stream = torch.cuda.current_stream()
    engine = eager(experiment, "cuda")
    engine._captured = CapturedSteps(engine, waits, 3)
    check = eager(experiment, "cuda")
    plan = plan_of(experiment)
    np.testing.assert_allclose(engine.run(plan).metrics, check.run(plan).metrics, rtol=1e-3, atol=1e-4)
    assert steps_of(engine).refused
    assert torch.cuda.current_stream() == stream


@pytest.mark.cuda
def test_cuda_trainers_on_several_threads() -> None:
    """Threads record and train at the same time, as the sessions of a server do."""
    experiments = [Experiment(**{**EVERYTHING, "seed": seed}, device="cuda") for seed in range(4)]
    trainers = [Trainer(experiment) for experiment in experiments]
    threads = [threading.Thread(target=trainer.run, kwargs={"epochs": 40}) for trainer in trainers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for trainer, experiment in zip(trainers, experiments, strict=True):
        assert isinstance(trainer.engine, ReferenceEngine)
        recorded_all(trainer.engine)
        alone = Trainer(experiment)
        alone.run(epochs=40)
        losses = [t.history.frame()["loss"] for t in (trainer, alone)]
        np.testing.assert_allclose(*losses, rtol=1e-2, atol=1e-3)


@pytest.mark.cuda
def test_cuda_can_be_turned_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(cuda_graph.SWITCH, "0")
    trainer = Trainer(Experiment(**SMALL, device="cuda"))
    assert isinstance(trainer.engine, ReferenceEngine)
    assert trainer.engine._captured is None
    trainer.run(epochs=2)
    assert trainer.status == "running"
