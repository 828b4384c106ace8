"""The compiled rules one by one: elementary functions against float64, techniques against their PyTorch form."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from numba import njit
from scipy.special import expit, ndtr

from playground.engine.fused import activations, clipping, losses, maths, normalizing, optimizers, penalties
from playground.engine.fused.lanes import LANES, load, pointer, store
from playground.techniques import ACTIVATIONS, CLIPPINGS, LOSSES, NORMALIZATIONS, OPTIMIZERS, REGULARIZERS


def applied(rule: Any, x: np.ndarray) -> np.ndarray:
    """A compiled rule over an array whose length is a multiple of sixteen."""

    @njit
    def walk(x, out):
        source, target = pointer(x), pointer(out)
        for i in range(0, len(x), LANES):
            store(target, i, rule(load(source, i)))

    result = np.empty_like(x)
    walk(x, result)
    return result


def units_in_last_place(found: np.ndarray, true: np.ndarray) -> np.ndarray:
    spacing = np.spacing(np.maximum(np.abs(true), np.finfo(np.float32).tiny).astype(np.float32))
    return np.abs(found.astype(np.float64) - true) / spacing


def everywhere() -> np.ndarray:
    rng = np.random.default_rng(0)
    tiny = 10 ** rng.uniform(-30, 1, 16_000) * rng.choice([-1, 1], 16_000)
    return np.concatenate([np.linspace(-87, 88, 64_000), rng.normal(size=16_000), tiny]).astype(np.float32)


def softplus64(x: np.ndarray) -> np.ndarray:
    return np.logaddexp(0, x)


POSITIVE = (10 ** np.random.default_rng(1).uniform(-37, 38, 16_000)).astype(np.float32)
NEAR_ONE = np.linspace(0.5, 2, 16_000, dtype=np.float32)
UNIT = np.linspace(0, 1, 16_000, dtype=np.float32)


@pytest.mark.parametrize(
    ("rule", "true", "x", "limit"),
    [
        (maths.exp, np.exp, everywhere(), 2),
        (maths.expm1, np.expm1, everywhere(), 2),
        (maths.tanh, np.tanh, everywhere(), 3),
        (maths.sigmoid, expit, everywhere(), 3),
        (maths.softplus, softplus64, everywhere(), 3),
        (maths.log, np.log, POSITIVE, 2),
        (maths.log, np.log, NEAR_ONE, 2),
        (maths.log1p_unit, np.log1p, UNIT, 2),
    ],
    ids=["exp", "expm1", "tanh", "sigmoid", "softplus", "log", "log near 1", "log1p"],
)
def test_elementary_functions_keep_their_stated_accuracy(
    rule: Any, true: Callable[[np.ndarray], np.ndarray], x: np.ndarray, limit: float
) -> None:
    assert units_in_last_place(applied(rule, x), true(x.astype(np.float64))).max() <= limit


def test_normal_cdf_keeps_its_stated_accuracy() -> None:
    x = np.linspace(-15, 15, 32_000, dtype=np.float32)
    assert np.abs(applied(maths.normal_cdf, x) - ndtr(x.astype(np.float64))).max() < 2e-7


@pytest.mark.parametrize("rule", [maths.exp, maths.expm1, maths.tanh, maths.sigmoid, maths.softplus])
def test_extreme_arguments(rule: Any) -> None:
    x = np.array([np.nan, np.inf, -np.inf, 1e30, -1e30, 200, -200, 0] * 2, np.float32)
    true = {
        maths.exp: np.exp,
        maths.expm1: np.expm1,
        maths.tanh: np.tanh,
        maths.sigmoid: expit,
        maths.softplus: softplus64,
    }[rule]
    with np.errstate(over="ignore", invalid="ignore"):
        expected = true(x)
    np.testing.assert_allclose(applied(rule, x), expected, rtol=1e-6, atol=1e-37)


# --- every registered technique has a compiled form ---------------------------------------------------


def test_every_technique_has_a_compiled_form_in_the_same_order() -> None:
    assert list(activations.FORMS) == list(ACTIVATIONS)
    assert list(optimizers.FORMS) == [name for name in OPTIMIZERS if not OPTIMIZERS[name].full_batch]
    assert set(losses.FORMS) == {(name, task) for name, loss in LOSSES.items() for task in loss.tasks}
    assert list(clipping.CODES) == list(CLIPPINGS)
    assert list(normalizing.CODES) == list(NORMALIZATIONS)
    assert list(penalties.FORMS) == [name for name, entry in REGULARIZERS.items() if entry.acts_on == "loss"]


def test_the_tables_take_every_parameter() -> None:
    for name in optimizers.FORMS:
        technique = OPTIMIZERS[name]
        assert technique.slots <= 2
        assert len(technique.params) <= optimizers.N_OPTIONS
    for family in (ACTIVATIONS, LOSSES, CLIPPINGS):
        assert all(len(technique.params) <= 1 for technique in family.values())


@pytest.mark.parametrize("name", list(ACTIVATIONS))
def test_activation_and_slope(name: str) -> None:
    """Value and slope against PyTorch's forward and autograd; maxout is compared with its engine."""
    technique = ACTIVATIONS[name]
    if technique.pieces(technique.spec()) > 1:
        pytest.skip("not elementwise")
    form, slope_form = activations.FORMS[name]

    @njit
    def walk(x, a, h, d):
        source, values, slopes = pointer(x), pointer(h), pointer(d)
        for i in range(0, len(x), LANES):
            z = load(source, i)
            value = form(z, a)
            store(values, i, value)
            store(slopes, i, slope_form(z, value, a))

    z = np.concatenate([np.linspace(-30, 30, 3_999), [0.0]]).astype(np.float32)
    for share in (0.0, 0.3, 1.0):
        values = {p.name: p.low + share * (p.high - p.low) for p in technique.params}
        spec = technique.spec(**values)
        a = np.float32(next(iter(values.values()), 0.0))
        h, d = np.empty_like(z), np.empty_like(z)
        walk(z, a, h, d)
        leaf = torch.tensor(z, dtype=torch.float64, requires_grad=True)
        true = technique.forward(leaf, spec)
        (true_slope,) = torch.autograd.grad(true.sum(), leaf)
        np.testing.assert_allclose(h, true.detach().numpy(), rtol=2e-6, atol=5e-7)
        np.testing.assert_allclose(d, true_slope.numpy(), rtol=5e-6, atol=2e-6)


@pytest.mark.parametrize("name", list(penalties.FORMS))
def test_penalty_gives_its_value_and_derivative(name: str) -> None:
    form, technique = penalties.FORMS[name], REGULARIZERS[name]

    @njit
    def walk(weights, values, derivatives):
        w, v, d = pointer(weights), pointer(values), pointer(derivatives)
        for i in range(0, len(weights), LANES):
            value, derivative = form(load(w, i))
            store(v, i, value)
            store(d, i, derivative)

    w = np.concatenate([np.linspace(-20, 20, 3_999), [0.0]]).astype(np.float32)
    found = np.empty_like(w), np.empty_like(w)
    walk(w, *found)
    assert technique.penalty is not None
    exact = torch.tensor(w, dtype=torch.float64)
    for its, true in zip(found, (technique.penalty.value, technique.penalty.derivative), strict=True):
        np.testing.assert_allclose(its, true(exact).numpy(), rtol=2e-6, atol=1e-6)
        assert its[-1] == 0, "biases come as zeros"


@pytest.mark.parametrize(("name", "task"), list(losses.FORMS))
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_loss_and_slopes(name: str, task: str, smoothing: float) -> None:
    """Loss of each sample and ∂L/∂s against PyTorch's forward and autograd, also for large scores."""
    rng = np.random.default_rng(3)
    n = 4 if task == "multiclass" else 1
    scores = (rng.normal(size=(LANES, n)) * rng.choice([0.3, 3, 30], (LANES, 1))).astype(np.float32)
    y = {
        "binary": rng.integers(0, 2, LANES),
        "multiclass": rng.integers(0, n, LANES),
        "regression": rng.normal(size=LANES) * 2,
    }[task].astype(np.float32)
    spec = LOSSES[name].spec()
    code, a = losses.CODES[name, task], np.float32(spec.values[0][1] if spec.values else 0)
    choose = losses.loss

    @njit
    def call(values, y, loss, code, n, smoothing, a):
        at = pointer(values)
        y = load(pointer(y), 0)
        store(pointer(loss), 0, choose(code, (at, 0, n * LANES, n, y, smoothing, a)))

    values = np.concatenate([scores.T.ravel(), np.empty(n * LANES)]).astype(np.float32)
    found = np.empty(LANES, np.float32)
    call(values, y, found, code, n, np.float32(smoothing), a)
    leaf = torch.tensor(scores, dtype=torch.float64, requires_grad=True)
    targets = torch.tensor(y).long() if task == "multiclass" else torch.tensor(y).double()
    true = LOSSES[name].per_sample(leaf, targets, spec, smoothing, task)  # type: ignore[arg-type]
    (slopes,) = torch.autograd.grad(true.sum(), leaf)
    np.testing.assert_allclose(found, true.detach().numpy(), rtol=3e-6, atol=3e-6)
    np.testing.assert_allclose(values[n * LANES :].reshape(n, LANES).T, slopes.numpy(), rtol=3e-6, atol=1e-6)
