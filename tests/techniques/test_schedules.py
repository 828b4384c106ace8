"""Schedules against torch.optim.lr_scheduler and worked numbers."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.optim import lr_scheduler

from playground.techniques import SCHEDULES, Plateau

ETA = 0.3
EPOCHS = 60


def sgd(lr=ETA):
    return torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr)


def rates(optimizer, scheduler, epochs=EPOCHS):
    """The learning rate of each epoch as PyTorch has it."""
    found = []
    for _ in range(epochs):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return found


# name: (parameters, PyTorch's scheduler, epochs for which it is defined)
REFERENCES = {
    "constant": ({}, lambda o: lr_scheduler.ConstantLR(o, factor=1.0), EPOCHS),
    "step": (
        {"period": 7, "gamma": 0.3},
        lambda o: lr_scheduler.StepLR(o, 7, 0.3),
        EPOCHS,
    ),
    "multi_step": (
        {"milestones": [5, 12, 12, 30], "gamma": 0.5},
        lambda o: lr_scheduler.MultiStepLR(o, [5, 12, 12, 30], 0.5),
        EPOCHS,
    ),
    "exponential": ({"gamma": 0.93}, lambda o: lr_scheduler.ExponentialLR(o, 0.93), EPOCHS),
    # 10^(-t/20) = (10^(-1/20))^t
    "power_of_ten": ({"n": 20}, lambda o: lr_scheduler.ExponentialLR(o, 10 ** (-1 / 20)), EPOCHS),
    "cosine": (
        {"period": 40, "floor": 0.1},
        lambda o: lr_scheduler.CosineAnnealingLR(o, 40, eta_min=0.1 * ETA),
        41,
    ),
    "warm_up": (
        {"epochs": 9, "start": 0.05},
        lambda o: lr_scheduler.LinearLR(o, 0.05, 1.0, 9),
        EPOCHS,
    ),
    "one_cycle": (
        {"total": 50, "peak": 8.0, "rise": 0.25, "final": 0.001},
        lambda o: lr_scheduler.OneCycleLR(
            o,
            max_lr=8 * ETA,
            total_steps=50,
            pct_start=0.25,
            div_factor=8,
            final_div_factor=1000,
            cycle_momentum=False,
        ),
        50,
    ),
}

open_loop = pytest.mark.parametrize("name", [n for n, s in SCHEDULES.items() if not s.feedback])


@open_loop
def test_rates_are_those_of_pytorch(name):
    parameters, make, epochs = REFERENCES[name]
    technique = SCHEDULES[name]
    spec = technique.spec(**parameters)
    optimizer = sgd()
    expected = rates(optimizer, make(optimizer), epochs)
    assert [ETA * technique.factor(t, spec) for t in range(epochs)] == pytest.approx(expected, rel=1e-9)


@open_loop
def test_exported_code_gives_the_same_rates_also_past_the_end(name, run_code):
    technique = SCHEDULES[name]
    spec = technique.spec(**REFERENCES[name][0])
    if name == "constant":
        assert technique.export(spec) == ""
        return
    optimizer = sgd()
    scheduler = run_code(technique.export(spec), technique.definition(spec), optimizer=optimizer)
    expected = [ETA * technique.factor(t, spec) for t in range(EPOCHS)]
    assert rates(optimizer, scheduler) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("name", SCHEDULES)
def test_factors_are_finite_and_not_negative_over_the_whole_range(name, specs_at_the_ends):
    technique = SCHEDULES[name]
    for spec in specs_at_the_ends(technique):
        for epoch in (*range(15), 100, 10**5, 10**6):
            factor = technique.factor(epoch, spec)
            assert isinstance(factor, float)
            assert math.isfinite(factor)
            assert factor >= 0


def test_worked_numbers():
    def factor(name, epoch, **parameters):
        return SCHEDULES[name].factor(epoch, SCHEDULES[name].spec(**parameters))

    assert factor("power_of_ten", 20, n=20) == pytest.approx(0.1)
    assert factor("step", 99, period=100, gamma=0.5) == 1
    assert factor("step", 100, period=100, gamma=0.5) == 0.5
    assert factor("multi_step", 200, milestones=[100, 200], gamma=0.1) == pytest.approx(0.01)
    assert factor("cosine", 50, period=100, floor=0.0) == pytest.approx(0.5)
    assert factor("cosine", 500, period=100, floor=0.2) == pytest.approx(0.2)
    assert factor("warm_up", 0, epochs=10, start=0.1) == pytest.approx(0.1)
    assert factor("warm_up", 5, epochs=10, start=0.1) == pytest.approx(0.55)
    assert factor("warm_up", 10, epochs=10, start=0.1) == 1
    # rise over epochs 0 … 0.3 · 100 - 1 = 29, then down to epoch 99
    assert factor("one_cycle", 0, total=100) == pytest.approx(1)
    assert factor("one_cycle", 29, total=100, peak=10.0) == pytest.approx(10)
    assert factor("one_cycle", 64, total=100, peak=10.0, final=0.5) == pytest.approx(5.25)
    assert factor("one_cycle", 99, total=100, final=0.5) == pytest.approx(0.5)
    assert factor("one_cycle", 1000, total=100, final=0.5) == pytest.approx(0.5)


@settings(max_examples=60, deadline=None)
@given(
    losses=st.lists(st.floats(-1, 2) | st.just(math.nan), min_size=1, max_size=40),
    factor=st.sampled_from([0.1, 0.5, 0.99]),
    patience=st.integers(0, 4),
    threshold=st.sampled_from([0.0, 1e-4, 0.3]),
    min_lr=st.sampled_from([0.0, 0.05, 1.0]),
)
def test_plateau_does_what_pytorch_does(losses, factor, patience, threshold, min_lr):
    parameters = {"factor": factor, "patience": patience, "threshold": threshold, "min_lr": min_lr}
    spec = SCHEDULES["reduce_on_plateau"].spec(**parameters)
    optimizer = sgd()
    scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, **parameters)
    state = Plateau(ETA)
    for loss in losses:
        scheduler.step(loss)
        state = state.after(loss, spec)
        assert state.learning_rate == optimizer.param_groups[0]["lr"]
        assert state.bad_epochs == scheduler.num_bad_epochs
        assert state.best == scheduler.best


def test_exported_plateau_is_the_same(run_code):
    technique = SCHEDULES["reduce_on_plateau"]
    spec = technique.spec(patience=2)
    optimizer = sgd()
    scheduler = run_code(technique.export(spec), optimizer=optimizer)
    state = Plateau(ETA)
    for loss in [1.0, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.5]:
        scheduler.step(loss)
        state = state.after(loss, spec)
        assert optimizer.param_groups[0]["lr"] == state.learning_rate
    assert state.learning_rate == pytest.approx(ETA * 0.25)  # two plateaus, each halves
