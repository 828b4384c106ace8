"""Activations against formulas written out here, torch.nn modules and finite differences."""

import math

import pytest
import torch

from playground.techniques import ACTIVATIONS


def sigma(z):
    return 1 / (1 + math.exp(-z))


def phi(z):
    return (1 + math.erf(z / math.sqrt(2))) / 2


def bell(z):
    return math.exp(-z * z / 2) / math.sqrt(2 * math.pi)


def tanh_of_softplus(z):
    return math.tanh(math.log1p(math.exp(z)))


SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772

# name: (parameters, h(z), dh/dz), for one pre-activation
WRITTEN_OUT = {
    "identity": ({}, lambda z: z, lambda z: 1),
    "sigmoid": ({}, sigma, lambda z: sigma(z) * (1 - sigma(z))),
    "tanh": ({}, lambda z: 2 * sigma(2 * z) - 1, lambda z: 1 - math.tanh(z) ** 2),
    "relu": ({}, lambda z: max(0, z), lambda z: float(z > 0)),
    "leaky_relu": ({"slope": 0.2}, lambda z: max(0.2 * z, z), lambda z: 1 if z > 0 else 0.2),
    "prelu": (
        {"start": 0.3},
        lambda z: max(0, z) + 0.3 * min(0, z),
        lambda z: 1 if z > 0 else 0.3,
    ),
    "elu": (
        {"alpha": 1.5},
        lambda z: z if z > 0 else 1.5 * (math.exp(z) - 1),
        lambda z: 1 if z > 0 else 1.5 * math.exp(z),
    ),
    "selu": (
        {},
        lambda z: SELU_SCALE * (z if z > 0 else SELU_ALPHA * (math.exp(z) - 1)),
        lambda z: SELU_SCALE * (1 if z > 0 else SELU_ALPHA * math.exp(z)),
    ),
    "gelu": ({}, lambda z: z * phi(z), lambda z: phi(z) + z * bell(z)),
    "silu": ({}, lambda z: z * sigma(z), lambda z: sigma(z) * (1 + z * (1 - sigma(z)))),
    "mish": (
        {},
        lambda z: z * tanh_of_softplus(z),
        lambda z: tanh_of_softplus(z) + z * (1 - tanh_of_softplus(z) ** 2) * sigma(z),
    ),
    "softplus": (
        {"beta": 2.0},
        lambda z: math.log1p(math.exp(2 * z)) / 2,
        lambda z: sigma(2 * z),
    ),
}

Z = torch.linspace(-5, 5, 24, dtype=torch.float64)  # without 0, where some have a kink

each_activation = pytest.mark.parametrize("name", ACTIVATIONS)
each_elementwise = pytest.mark.parametrize("name", [name for name in ACTIVATIONS if name != "maxout"])


@each_elementwise
def test_value_and_derivative_are_those_of_the_formula(name):
    parameters, value, slope = WRITTEN_OUT[name]
    spec = ACTIVATIONS[name].spec(**parameters)
    z = Z.clone().requires_grad_()
    h = ACTIVATIONS[name].forward(z, spec)
    (gradient,) = torch.autograd.grad(h.sum(), z)
    points = z.tolist()
    torch.testing.assert_close(h, torch.tensor([value(x) for x in points], dtype=z.dtype))
    torch.testing.assert_close(gradient, torch.tensor([float(slope(x)) for x in points], dtype=z.dtype))


@each_activation
def test_gradient_passes_the_finite_difference_check(name):
    technique = ACTIVATIONS[name]
    z = Z.reshape(2, 12).clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda z: technique.forward(z, technique.spec()), (z,))


@each_activation
def test_exported_module_does_the_same(name, run_code):
    technique = ACTIVATIONS[name]
    spec = technique.spec(**WRITTEN_OUT.get(name, ({"pieces": 3},))[0])
    z = torch.randn(6, 12, generator=torch.Generator().manual_seed(0))
    module = run_code(technique.export(spec))
    assert torch.equal(module(z), technique.forward(z, spec))


@each_activation
@pytest.mark.parametrize("size", [1e2, 1e4])
def test_extreme_inputs_stay_finite_with_finite_gradients(name, size):
    technique = ACTIVATIONS[name]
    z = torch.tensor([[-size, size, 0.0, -0.0]], requires_grad=True)
    h = technique.forward(z, technique.spec())
    (gradient,) = torch.autograd.grad(h.sum(), z)
    assert torch.isfinite(h).all()
    assert torch.isfinite(gradient).all()


def bounds(text, parameters):
    """Read "(-1, \\infty)" as numbers."""
    numbers = {r"-\infty": -math.inf, r"\infty": math.inf}
    numbers.update({rf"-\{key}": -value for key, value in parameters.items()})
    return [numbers[part] if part in numbers else float(part) for part in text[1:-1].split(", ")]


@each_activation
def test_range_is_the_range(name):
    technique = ACTIVATIONS[name]
    spec = technique.spec()
    low, high = bounds(technique.range, spec.params)
    z = torch.linspace(-1000, 1000, 200_001, dtype=torch.float64)
    h = technique.forward(z.repeat_interleave(technique.pieces(spec)), spec)
    # either the bound is approached, or there is none and the values run away (slope 0.01 at least)
    for bound, reached in ((low, h.min().item()), (high, h.max().item())):
        if math.isinf(bound):
            assert abs(reached) >= 10
            assert math.copysign(1, reached) == math.copysign(1, bound)
        else:
            assert reached == pytest.approx(bound, abs=1e-3)


@each_activation
def test_zero_centered_means_mean_zero_for_normal_input(name):
    technique = ACTIVATIONS[name]
    spec = technique.spec()
    z = torch.randn(200_000 * technique.pieces(spec), generator=torch.Generator().manual_seed(0))
    mean = technique.forward(z, spec).mean().item()
    assert (abs(mean) < 0.01) == technique.zero_centered


def test_sigmoid_derivative_is_at_most_a_quarter():
    z = torch.tensor([-1.0, 0.0, 1.0], requires_grad=True)
    h = ACTIVATIONS["sigmoid"].forward(z, ACTIVATIONS["sigmoid"].spec())
    (gradient,) = torch.autograd.grad(h.sum(), z)
    assert gradient.max().item() == gradient[1].item() == 0.25


def test_selu_keeps_mean_zero_and_variance_one():
    # the integral over the normal density, by the trapezoidal rule
    z = torch.linspace(-10, 10, 200_001, dtype=torch.float64)
    density = torch.exp(-z.square() / 2) / math.sqrt(2 * math.pi)
    h = ACTIVATIONS["selu"].forward(z, ACTIVATIONS["selu"].spec())
    assert torch.trapezoid(h * density, z).item() == pytest.approx(0, abs=1e-6)
    assert torch.trapezoid(h.square() * density, z).item() == pytest.approx(1, abs=1e-6)


def test_maxout_takes_the_largest_of_neighbouring_columns():
    technique = ACTIVATIONS["maxout"]
    spec = technique.spec(pieces=3)
    z = torch.tensor([[1.0, 5.0, 2.0, -3.0, -1.0, -2.0]], requires_grad=True)
    h = technique.forward(z, spec)
    assert h.tolist() == [[5.0, -1.0]]
    (gradient,) = torch.autograd.grad(h.sum(), z)
    assert gradient.tolist() == [[0, 1, 0, 0, 1, 0]]
    assert technique.pieces(spec) == 3


def test_maxout_passes_the_gradient_to_the_first_of_equal_pieces():
    technique = ACTIVATIONS["maxout"]
    z = torch.ones(1, 4, requires_grad=True)
    (gradient,) = torch.autograd.grad(technique.forward(z, technique.spec()).sum(), z)
    assert gradient.tolist() == [[1, 0, 1, 0]]


def test_only_prelu_learns_and_only_maxout_has_pieces():
    assert [name for name, a in ACTIVATIONS.items() if a.learned] == ["prelu"]
    assert [name for name, a in ACTIVATIONS.items() if a.pieces(a.spec()) > 1] == ["maxout"]


@each_activation
def test_kinked_means_that_the_derivative_jumps(name):
    technique = ACTIVATIONS[name]
    spec = technique.spec()
    z = torch.zeros(400_001, technique.pieces(spec), dtype=torch.float64)
    z[:, 0] = torch.linspace(-4, 4, len(z), dtype=torch.float64)  # steps of 2e-5
    z.requires_grad_()
    (slope,) = torch.autograd.grad(technique.forward(z, spec).sum(), z)
    assert (float(slope[:, 0].diff().abs().max()) > 1e-2) == technique.kinked
