"""Compiled forms of ``playground.techniques.activations``, in the same order.

A new activation is one entry of ``FORMS``: its value and its derivative, written for sixteen numbers at once
(see ``lanes``). ``z`` is what enters, ``h`` what the value function gave, ``a`` the first parameter of the
registered technique (0 without parameters; the learned slope for PReLU). ``contract`` tests compare
both functions with the PyTorch form and its gradient.
"""

# mypy: allow-untyped-defs, allow-untyped-calls

from __future__ import annotations

from typing import Any, Final

import numpy as np

from playground.engine.fused.lanes import fma, larger, smaller, spread, where
from playground.engine.fused.maths import (
    exp,
    expm1,
    normal_cdf,
    normal_density,
    sigmoid,
    softplus,
    tanh,
)
from playground.engine.fused.rules import rule, switch

ZERO: Final = np.float32(0.0)
ONE: Final = np.float32(1.0)
TWO: Final = np.float32(2.0)
SELU_SCALE: Final = np.float32(1.0507009873554805)
SELU_ALPHA: Final = np.float32(1.6732632423543772)
SELU_FLOOR: Final = np.float32(1.0507009873554805 * 1.6732632423543772)


@rule
def _identity(z, a):
    return z


@rule
def _identity_derivative(z, h, a):
    return spread(ONE)


@rule
def _sigmoid(z, a):
    return sigmoid(z)


@rule
def _sigmoid_derivative(z, h, a):
    return h * (ONE - h)


@rule
def _tanh(z, a):
    return tanh(z)


@rule
def _tanh_derivative(z, h, a):
    return ONE - h * h


@rule
def _relu(z, a):
    return larger(z, ZERO)


@rule
def _relu_derivative(z, h, a):
    return where(z > ZERO, ONE, ZERO)


@rule
def _leaky_relu(z, a):
    return where(z > ZERO, z, a * z)


@rule
def _leaky_relu_derivative(z, h, a):
    return where(z > ZERO, ONE, a)


@rule
def prelu_by_parameter(z):
    """``∂h/∂a`` of PReLU, ``min(0, z)``."""
    return smaller(z, ZERO)


@rule
def _elu(z, a):
    return where(z > ZERO, z, a * expm1(smaller(z, ZERO)))


@rule
def _elu_derivative(z, h, a):
    return where(z > ZERO, ONE, h + a)


@rule
def _selu(z, a):
    return where(z > ZERO, SELU_SCALE * z, SELU_FLOOR * expm1(smaller(z, ZERO)))


@rule
def _selu_derivative(z, h, a):
    return where(z > ZERO, SELU_SCALE, h + SELU_FLOOR)


@rule
def _gelu(z, a):
    return z * normal_cdf(z)


@rule
def _gelu_derivative(z, h, a):
    return fma(z, normal_density(z), normal_cdf(z))


@rule
def _silu(z, a):
    return z * sigmoid(z)


@rule
def _silu_derivative(z, h, a):
    s = sigmoid(z)
    return s * fma(z, ONE - s, ONE)


@rule
def _mish(z, a):
    # tanh(ln(1 + e)) = ((1 + e)² - 1) / ((1 + e)² + 1); from z = 20 on the quotient is 1 in float32
    e = exp(smaller(z, np.float32(20.0)))
    n = e * (e + TWO)
    return z * (n / (n + TWO))


@rule
def _mish_derivative(z, h, a):
    e = exp(smaller(z, np.float32(20.0)))
    n = e * (e + TWO)
    t = n / (n + TWO)
    return fma(z * (ONE - t * t), e / (e + ONE), t)


@rule
def _softplus(z, a):
    return softplus(a * z) / a


@rule
def _softplus_derivative(z, h, a):
    return sigmoid(a * z)


FORMS: Final[dict[str, tuple[Any, Any]]] = {
    "identity": (_identity, _identity_derivative),
    "sigmoid": (_sigmoid, _sigmoid_derivative),
    "tanh": (_tanh, _tanh_derivative),
    "relu": (_relu, _relu_derivative),
    "leaky_relu": (_leaky_relu, _leaky_relu_derivative),
    "prelu": (_leaky_relu, _leaky_relu_derivative),
    "elu": (_elu, _elu_derivative),
    "selu": (_selu, _selu_derivative),
    "maxout": (_identity, _identity_derivative),  # of each piece; the layer takes the largest
    "gelu": (_gelu, _gelu_derivative),
    "silu": (_silu, _silu_derivative),
    "mish": (_mish, _mish_derivative),
    "softplus": (_softplus, _softplus_derivative),
}

CODES: Final = {name: code for code, name in enumerate(FORMS)}

value = switch(*(form[0] for form in FORMS.values()))
"""``value(code, (z, a)) -> h``."""

derivative = switch(*(form[1] for form in FORMS.values()))
"""``derivative(code, (z, h, a)) -> dh/dz``."""

__all__ = ["CODES", "FORMS", "derivative", "prelu_by_parameter", "value"]
