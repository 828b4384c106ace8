"""Optimizers against update rules written out in NumPy, against torch.optim and against worked numbers."""

import copy
import itertools
import math

import numpy as np
import pytest
import torch

from playground.techniques import OPTIMIZERS

ETA = 0.1
STEPS = 12
START = np.array([1.0, -2.0, 0.5])
CURVATURE = np.array([1.0, 4.0, 0.3])

each_optimizer = pytest.mark.parametrize("name", OPTIMIZERS)
first_order = pytest.mark.parametrize("name", [n for n in OPTIMIZERS if n != "lbfgs"])


def gradient(w):
    """Of the quadratic with this curvature and its minimum at 0."""
    return CURVATURE * w


def descend(optimizer, w, steps=STEPS):
    """The weights after each step on the quadratic."""
    curvature = torch.from_numpy(CURVATURE)

    def closure():
        optimizer.zero_grad()
        loss = (curvature * w.square()).sum() / 2
        loss.backward()
        return loss

    path = []
    for _ in range(steps):
        optimizer.step(closure)
        path.append(w.detach().numpy().copy())
    return np.array(path)


def made(name, lr=ETA, **parameters):
    """The weights and their optimizer."""
    w = torch.tensor(START, requires_grad=True)
    technique = OPTIMIZERS[name]
    return w, technique.make([{"params": [w]}], lr, technique.spec(**parameters))


RULES = {}
"""The textbook's rule of each optimizer: a generator of the weights after each step, from its parameters."""


def rule_of(*names):
    """Write a rule out, of one optimizer or of several that share it."""

    def add(rule):
        RULES.update(dict.fromkeys(names, rule))
        return rule

    return add


@rule_of("sgd")
def sgd(name, p):
    w = START.copy()
    while True:
        w = w - ETA * gradient(w)
        yield w


@rule_of("momentum")
def momentum(name, p):
    w, m = START.copy(), 0
    while True:
        m = p["beta"] * m + ETA * gradient(w)
        w = w - m
        yield w


@rule_of("nesterov")
def nesterov(name, p):
    w, m = START.copy(), 0
    while True:
        # the gradient at the look-ahead point, which is the point that PyTorch holds
        m = p["beta"] * m + ETA * gradient(w - p["beta"] * m)
        w = w - m
        yield w - p["beta"] * m


@rule_of("adagrad")
def adagrad(name, p):
    w, s = START.copy(), 0
    while True:
        s = s + gradient(w) ** 2
        w = w - ETA * gradient(w) / (np.sqrt(s) + p["eps"])
        yield w


@rule_of("rmsprop")
def rmsprop(name, p):
    w, s = START.copy(), 0
    while True:
        s = p["alpha"] * s + (1 - p["alpha"]) * gradient(w) ** 2
        w = w - ETA * gradient(w) / (np.sqrt(s) + p["eps"])
        yield w


@rule_of("adam", "adamw", "nadam")
def adam(name, p):
    w, m, v, mu_product = START.copy(), 0, 0, 1.0
    for t in itertools.count(1):
        g = gradient(w)
        if name == "adamw":
            w = w - ETA * p["weight_decay"] * w
        m = p["beta1"] * m + (1 - p["beta1"]) * g
        v = p["beta2"] * v + (1 - p["beta2"]) * g**2
        m_hat, v_hat = m / (1 - p["beta1"] ** t), v / (1 - p["beta2"] ** t)
        if name == "adam" and not p["bias_correction"]:
            m_hat, v_hat = m, v
        if name == "nadam":
            mu, mu_next = (p["beta1"] * (1 - 0.5 * 0.96 ** (0.004 * step)) for step in (t, t + 1))
            mu_product *= mu
            m_hat = mu_next * m / (1 - mu_product * mu_next) + (1 - mu) * g / (1 - mu_product)
        w = w - ETA * m_hat / (np.sqrt(v_hat) + p["eps"])
        yield w


def other_value(param):
    """Not the default: the other switch, or between the default and the low or, on a log scale, high end."""
    if param.kind == "bool":
        return not param.default
    if param.kind == "int":
        return (param.default + int(param.low)) // 2
    return math.sqrt(param.default * param.high) if param.log else (param.default + param.low) / 2


def other_values(name):
    return {param.name: other_value(param) for param in OPTIMIZERS[name].params}


@first_order
@pytest.mark.parametrize("values", ["default", "other"])
def test_path_follows_the_rule(name, values):
    parameters = other_values(name) if values == "other" else {}
    w, optimizer = made(name, **parameters)
    path = RULES[name](name, OPTIMIZERS[name].spec(**parameters).params)
    expected = np.array(list(itertools.islice(path, STEPS)))
    tolerance = 1e-6 if name == "nadam" else 1e-9  # PyTorch keeps NAdam's product of mu in float32
    np.testing.assert_allclose(descend(optimizer, w), expected, rtol=tolerance, atol=1e-12)


@each_optimizer
@pytest.mark.parametrize("values", ["default", "other"])
def test_exported_code_takes_the_same_path(name, values, run_code):
    technique = OPTIMIZERS[name]
    spec = technique.spec(**(other_values(name) if values == "other" else {}))
    w, optimizer = made(name, **spec.params)
    w2 = torch.tensor(START, requires_grad=True)
    theirs = run_code(technique.export(spec), technique.definition(spec), params=[w2], lr=ETA)
    np.testing.assert_array_equal(descend(optimizer, w), descend(theirs, w2))


@each_optimizer
def test_every_accepted_value_makes_an_optimizer_that_steps(name, specs_at_the_ends):
    for spec in specs_at_the_ends(OPTIMIZERS[name]):
        w, optimizer = made(name, **spec.params)
        assert np.isfinite(descend(optimizer, w, steps=2)).all()


@each_optimizer
def test_slot_names_are_the_state_of_the_optimizer(name):
    w, optimizer = made(name)
    descend(optimizer, w, steps=2)
    technique = OPTIMIZERS[name]
    assert technique.slots == len(technique.slot_names)
    if name == "lbfgs":
        return
    vectors = [
        key
        for key, value in optimizer.state[w].items()
        if isinstance(value, torch.Tensor) and value.shape == w.shape
    ]
    assert vectors == list(technique.slot_names)


@pytest.mark.parametrize(("corrected", "size"), [(True, 1.0), (False, math.sqrt(10))])
def test_first_step_of_adam(corrected, size):
    # corrected: m/v have their means, so g/sqrt(g²) = 1; uncorrected: 0.1 g / sqrt(0.001 g²) = 3.162
    w, optimizer = made("adam", bias_correction=corrected)
    change = descend(optimizer, w, steps=1)[0] - START
    np.testing.assert_allclose(np.abs(change), size * ETA, rtol=1e-5)


def test_momentum_makes_a_constant_gradient_ten_times_as_strong():
    w = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    technique = OPTIMIZERS["momentum"]
    optimizer = technique.make([{"params": [w]}], ETA, technique.spec())
    w.grad = torch.ones_like(w)
    for _ in range(200):
        before = w.item()
        optimizer.step()
    assert before - w.item() == pytest.approx(10 * ETA, rel=1e-6)


def test_momentum_differs_from_the_textbook_only_when_the_rate_changes():
    # gradient 1, beta 0.9, rate 1 then 0.5: textbook m = 1, then 0.9 + 0.5; PyTorch 0.5 (0.9 + 1)
    w = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    technique = OPTIMIZERS["momentum"]
    optimizer = technique.make([{"params": [w]}], 1.0, technique.spec())
    w.grad = torch.ones_like(w)
    optimizer.step()
    optimizer.param_groups[0]["lr"] = 0.5
    optimizer.step()
    assert -w.item() == pytest.approx(1 + 0.95)
    assert -w.item() != pytest.approx(1 + 1.4)


def test_adagrad_steps_shrink_like_one_over_the_root_of_time():
    w = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    technique = OPTIMIZERS["adagrad"]
    optimizer = technique.make([{"params": [w]}], ETA, technique.spec())
    w.grad = torch.ones_like(w)
    for _ in range(100):
        before = w.item()
        optimizer.step()
    assert before - w.item() == pytest.approx(ETA / 10)


def test_weight_decay_of_adamw_spares_a_group_that_says_so():
    weight, bias = (torch.ones(2, requires_grad=True) for _ in range(2))
    technique = OPTIMIZERS["adamw"]
    groups = [{"params": [weight]}, {"params": [bias], "weight_decay": 0.0}]
    optimizer = technique.make(groups, ETA, technique.spec(weight_decay=0.5))
    weight.grad, bias.grad = torch.zeros(2), torch.zeros(2)
    optimizer.step()
    assert weight.tolist() == pytest.approx([0.95, 0.95])  # 1 - 0.1 · 0.5
    assert bias.tolist() == [1, 1]


@first_order
def test_every_first_order_optimizer_takes_such_groups(name):
    technique = OPTIMIZERS[name]
    weight, bias = torch.ones(2, requires_grad=True), torch.ones(1, requires_grad=True)
    groups = [{"params": [weight]}, {"params": [bias], "weight_decay": 0.0}]
    optimizer = technique.make(groups, ETA, technique.spec())
    weight.grad, bias.grad = torch.ones(2), torch.ones(1)
    optimizer.step()
    assert [group["lr"] for group in optimizer.param_groups] == [ETA, ETA]


def test_lbfgs_solves_a_quadratic_in_one_call_and_takes_all_groups():
    technique = OPTIMIZERS["lbfgs"]
    a = torch.tensor([1.0, -2.0], requires_grad=True)
    b = torch.tensor([3.0], requires_grad=True)
    optimizer = technique.make([{"params": [a]}, {"params": [b], "weight_decay": 0.0}], 1.0, technique.spec())

    def closure():
        optimizer.zero_grad()
        loss = (a.square() * torch.tensor([1.0, 30.0])).sum() + (b - 1).square().sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    assert closure().item() < 1e-8
    assert technique.full_batch
    assert [name for name, o in OPTIMIZERS.items() if o.full_batch] == ["lbfgs"]


def test_uncorrected_adam_gives_the_loss_back_and_skips_what_has_no_gradient():
    w, optimizer = made("adam", bias_correction=False)
    idle = torch.ones(1, requires_grad=True)
    optimizer.add_param_group({"params": [idle]})
    w.grad = torch.ones_like(w)
    assert optimizer.step() is None
    assert optimizer.step(lambda: torch.tensor(3.0)).item() == 3.0
    assert idle.item() == 1.0


def test_uncorrected_adam_goes_on_from_a_saved_state():
    w, optimizer = made("adam", bias_correction=False)
    descend(optimizer, w, steps=3)
    w2, other = made("adam", bias_correction=False)
    with torch.no_grad():
        w2.copy_(w)
    other.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    np.testing.assert_array_equal(descend(optimizer, w, 3), descend(other, w2, 3))


def test_only_uncorrected_adam_needs_a_definition(specs_at_the_ends):
    needing = {
        (name, spec.params.get("bias_correction"))
        for name, technique in OPTIMIZERS.items()
        for spec in specs_at_the_ends(technique)
        if technique.definition(spec)
    }
    assert needing == {("adam", False)}
