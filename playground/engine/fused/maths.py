"""Elementary functions of sixteen numbers at once, from arithmetic that every processor has.

Errors against float64, in units in the last place of the float32 result (tests/engine/test_fused_maths.py):
at most 2 for ``exp``, ``expm1``, ``log`` and ``log1p_unit``, 3 for ``tanh``, ``sigmoid`` and ``softplus``;
``normal_cdf`` is within 2e-7 of the true value. Results too small for a normal float32 become 0. NaN stays NaN,
except in ``log``.
"""

# mypy: allow-untyped-defs, allow-untyped-calls

from __future__ import annotations

from typing import Final

import numpy as np

from playground.engine.fused.lanes import (
    absolute,
    exponent,
    fma,
    larger,
    mantissa,
    nearest,
    power_of_two,
    smaller,
    where,
)
from playground.engine.fused.rules import rule

LOG2_E: Final = np.float32(1.4426950408889634)
LN2_HIGH: Final = np.float32(0.693359375)
"""ln 2 in two parts; the high part has so few digits that its product with a whole n < 2¹⁵ is exact."""
LN2_LOW: Final = np.float32(-2.12194440054690583e-4)
TAIL_SCALE: Final = 0.3
TAIL: Final = (
    0.1196292978226053,
    0.12075397231038176,
    0.0999133859052881,
    0.1285619906761006,
    -0.053684355683379405,
    0.20635430255556286,
    -0.15720355727726407,
    0.035674890812328594,
)
"""See ``normal_cdf``; largest relative error 1.5e-7."""
SQRT_2: Final = np.float32(1.4142135623730951)
SQRT_HALF: Final = np.float32(0.7071067811865476)


@rule
def _expm1_reduced(r):
    """``e^r - 1`` for |r| <= ln(2)/2: the Taylor series to r⁸, whose remainder is below 2e-10."""
    q = fma(r, np.float32(1 / 40320), np.float32(1 / 5040))
    q = fma(q, r, np.float32(1 / 720))
    q = fma(q, r, np.float32(1 / 120))
    q = fma(q, r, np.float32(1 / 24))
    q = fma(q, r, np.float32(1 / 6))
    q = fma(q, r, np.float32(0.5))
    return fma(q * r, r, r)


@rule
def expm1(x):
    """``e^x - 1``, accurate near 0. From x = n·ln 2 + r: ``2ⁿ(e^r - 1) + (2ⁿ - 1)``; above 88.7 infinite."""
    x = smaller(larger(x, np.float32(-87.0)), np.float32(89.0))
    n = nearest(x * LOG2_E)
    r = fma(-n, LN2_LOW, fma(-n, LN2_HIGH, x))
    # 2^n in two factors, as n = 128 alone would not fit the exponent
    half = nearest(n * np.float32(0.5))
    p = power_of_two(half)
    q = power_of_two(n - half)
    return fma(p * _expm1_reduced(r), q, fma(p, q, np.float32(-1.0)))


@rule
def exp(x):
    """``e^x``; 0 below -87.3, infinite above 88.7."""
    inside = smaller(larger(x, np.float32(-87.3)), np.float32(89.0))
    n = nearest(inside * LOG2_E)
    r = fma(-n, LN2_LOW, fma(-n, LN2_HIGH, inside))
    half = nearest(n * np.float32(0.5))
    value = (_expm1_reduced(r) + np.float32(1.0)) * power_of_two(half) * power_of_two(n - half)
    return where(x < np.float32(-87.3), np.float32(0.0), value)


@rule
def _twice_artanh(s):
    """``ln((1 + s)/(1 - s)) = 2(s + s³/3 + s⁵/5 + …)`` for |s| <= 1/3, to s¹⁵."""
    t = s * s
    q = fma(t, np.float32(2 / 15), np.float32(2 / 13))
    q = fma(q, t, np.float32(2 / 11))
    q = fma(q, t, np.float32(2 / 9))
    q = fma(q, t, np.float32(2 / 7))
    q = fma(q, t, np.float32(2 / 5))
    q = fma(q, t, np.float32(2 / 3))
    return fma(q * t, s, s + s)


@rule
def log(x):
    """Natural logarithm of normal ``x > 0``."""
    n = exponent(x)
    m = mantissa(x)
    n = where(m > SQRT_2, n + np.float32(1.0), n)
    m = where(m > SQRT_2, m * np.float32(0.5), m)
    s = (m - np.float32(1.0)) / (m + np.float32(1.0))
    return fma(n, LN2_HIGH, fma(n, LN2_LOW, _twice_artanh(s)))


@rule
def log1p_unit(x):
    """``ln(1 + x)`` for x in [0, 1], accurate near 0."""
    return _twice_artanh(x / (x + np.float32(2.0)))


@rule
def tanh(x):
    """``(e^2x - 1)/(e^2x + 1)``; ±1 beyond |x| = 9.1, where float32 can hold nothing nearer."""
    t = smaller(larger(x, np.float32(-9.1)), np.float32(9.1))
    e = expm1(t + t)
    return e / (e + np.float32(2.0))


@rule
def sigmoid(x):
    """``1/(1 + e^-x)``."""
    return np.float32(1.0) / (np.float32(1.0) + exp(-x))


@rule
def softplus(x):
    """``ln(1 + e^x)`` as ``max(x, 0) + ln(1 + e^-|x|)``."""
    return larger(x, np.float32(0.0)) + log1p_unit(exp(-absolute(x)))


@rule
def normal_density(x):
    """``e^(-x²/2) / √(2π)``."""
    return np.float32(0.3989422804014327) * exp(np.float32(-0.5) * x * x)


@rule
def normal_cdf(x):
    """Φ(x), the standard normal distribution function.

    For t = |x| the tail is ``Φ(-t) = φ(t)·R(t)``, with Mills' ratio R as a polynomial in u = 1/(1 + 0.3 t)
    without constant term (least squares on relative error for 0 <= t <= 14, iterated to equal ripples).
    """
    t = absolute(x)
    u = np.float32(1.0) / fma(t, np.float32(TAIL_SCALE), np.float32(1.0))
    p = fma(u, np.float32(TAIL[7]), np.float32(TAIL[6]))
    p = fma(p, u, np.float32(TAIL[5]))
    p = fma(p, u, np.float32(TAIL[4]))
    p = fma(p, u, np.float32(TAIL[3]))
    p = fma(p, u, np.float32(TAIL[2]))
    p = fma(p, u, np.float32(TAIL[1]))
    p = fma(p, u, np.float32(TAIL[0]))
    tail = p * u * exp(np.float32(-0.5) * t * t)
    return where(x < np.float32(0.0), tail, np.float32(1.0) - tail)
