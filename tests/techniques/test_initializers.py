"""Initializers against their formulas, torch.nn.init and torch.nn.Linear."""

import math

import pytest
import torch
from torch import nn

from playground.techniques import INITIALIZERS

N_IN, N_OUT = 300, 500

# standard deviations worked by hand for 300 inputs and 500 outputs
WORKED = {
    "zeros": 0.0,
    "constant": 0.0,
    "small_normal": 0.01,
    "large_normal": 1.0,
    "normal": 0.5,
    "uniform": 0.288675,  # 0.5 / sqrt 3
    "xavier_normal": 0.05,  # sqrt(2 / 800)
    "xavier_uniform": 0.05,
    "xavier_fan_in": 0.0577350,  # sqrt(1 / 300)
    "he_normal": 0.0816497,  # sqrt(2 / 300)
    "he_fan_average": 0.0707107,  # sqrt(4 / 800)
    "lecun_normal": 0.0577350,
    "orthogonal": None,
    "pytorch": 0.0333333,  # 1 / sqrt(3 * 300)
}

each_initializer = pytest.mark.parametrize("name", INITIALIZERS)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def filled(name, n_out=N_OUT, n_in=N_IN, seed=0, **parameters):
    weight = torch.full((n_out, n_in), math.nan)
    INITIALIZERS[name].fill(weight, generator(seed), INITIALIZERS[name].spec(**parameters))
    return weight


@each_initializer
def test_standard_deviation_is_the_worked_number(name):
    std = INITIALIZERS[name].std(N_IN, N_OUT, INITIALIZERS[name].spec())
    if WORKED[name] is None:
        assert std is None
    else:
        assert std == pytest.approx(WORKED[name], rel=1e-5)


@each_initializer
def test_drawn_weights_have_that_mean_and_standard_deviation(name):
    weight = filled(name).double()
    std = WORKED[name]
    if std is None:
        return
    # 150,000 weights: the mean scatters by std/387, the standard deviation by at most 0.18 %
    assert weight.std().item() == pytest.approx(std, rel=0.01, abs=1e-12)
    mean = 0.5 if name == "constant" else 0.0
    assert weight.mean().item() == pytest.approx(mean, abs=4 * std / 387 + 1e-12)


@each_initializer
def test_exported_code_draws_the_same_weights_and_biases(name, run_code):
    technique = INITIALIZERS[name]
    spec = technique.spec()
    ours, theirs = generator(), generator()
    w, b = torch.empty(5, 7), torch.empty(5)
    technique.fill(w, ours, spec)
    technique.fill_bias(b, 7, ours, spec)
    w2, b2 = torch.empty(5, 7), torch.empty(5)
    run_code(technique.export(spec), w=w2, g=theirs)
    run_code(technique.export_bias(spec), w=w2, b=b2, g=theirs)
    assert torch.equal(w, w2)
    assert torch.equal(b, b2)


@each_initializer
def test_the_generator_is_the_only_source(name):
    before = torch.get_rng_state()
    assert torch.equal(filled(name, 6, 4, seed=3), filled(name, 6, 4, seed=3))
    assert torch.equal(torch.get_rng_state(), before)


@each_initializer
def test_biases_are_zero_except_for_the_default_of_pytorch(name):
    bias = torch.full((50,), math.nan)
    INITIALIZERS[name].fill_bias(bias, 16, generator(), INITIALIZERS[name].spec())
    assert bias.any().item() == (name == "pytorch")
    assert bias.abs().max().item() <= 1 / 4  # 1 / sqrt 16


@pytest.mark.parametrize(
    ("name", "bound"),
    [("uniform", 0.5), ("xavier_uniform", math.sqrt(6 / 800)), ("pytorch", 1 / math.sqrt(300))],
)
def test_uniform_draws_fill_their_interval(name, bound):
    weight = filled(name)
    assert 0.999 * bound < weight.abs().max().item() <= bound * (1 + 1e-6)


def test_pytorch_is_what_linear_starts_with():
    with torch.random.fork_rng():
        torch.manual_seed(7)
        linear = nn.Linear(6, 9)
    technique, g = INITIALIZERS["pytorch"], generator(7)
    weight, bias = torch.empty(9, 6), torch.empty(9)
    technique.fill(weight, g, technique.spec())
    technique.fill_bias(bias, 6, g, technique.spec())
    assert torch.equal(weight, linear.weight)
    assert torch.equal(bias, linear.bias)


@pytest.mark.parametrize(("n_out", "n_in"), [(4, 9), (9, 4), (5, 5)])
def test_orthogonal_keeps_lengths_up_to_the_gain(n_out, n_in):
    w = filled("orthogonal", n_out, n_in, gain=1.5)
    product = w @ w.T if n_out <= n_in else w.T @ w
    torch.testing.assert_close(product, 1.5**2 * torch.eye(min(n_out, n_in)), atol=1e-5, rtol=0)


def test_parameters_reach_the_weights():
    assert (filled("constant", value=-0.25) == -0.25).all()
    assert filled("normal", std=2.0).std().item() == pytest.approx(2.0, rel=0.01)
    assert filled("uniform", bound=3.0).abs().max().item() == pytest.approx(3.0, rel=0.001)
