"""Compiled forms of ``playground.techniques.losses``: one for each loss and kind of task.

A new loss is one entry of ``FORMS``. Scores lie in ``values`` as rows of sixteen samples, one row a score,
from ``s`` on; a form returns the loss of each sample and writes the gradient ∂L/∂s in the same shape from ``d`` on.
``y`` holds the targets (0 or 1, class index, or value), ``smoothing`` the label smoothing ε and ``a`` the
technique's first parameter.
"""

# mypy: allow-untyped-defs, allow-untyped-calls

from __future__ import annotations

from typing import Any, Final

import numpy as np

from playground.engine.fused.lanes import LANES, absolute, larger, load, smaller, spread, store, where
from playground.engine.fused.maths import exp, log, sigmoid, softplus
from playground.engine.fused.rules import rule, switch

ZERO: Final = np.float32(0.0)
HALF: Final = np.float32(0.5)
ONE: Final = np.float32(1.0)
TWO: Final = np.float32(2.0)


@rule
def _cross_entropy_binary(values, s, d, n, y, smoothing, a):
    # -y ln σ(s) - (1 - y) ln(1 - σ(s)) = softplus(s) - y s
    score = load(values, s)
    y = y * (ONE - smoothing) + smoothing * HALF
    store(values, d, sigmoid(score) - y)
    return softplus(score) - y * score


@rule
def _cross_entropy_classes(values, s, d, n, y, smoothing, a):
    # ln Σ e^s_j - (1 - ε) s_y - ε/C Σ s_j, with the largest score taken out first
    top = load(values, s)
    for j in range(1, n):
        top = larger(load(values, s + j * LANES), top)
    total = spread(ZERO)
    for j in range(n):
        e = exp(load(values, s + j * LANES) - top)
        store(values, d + j * LANES, e)
        total = total + e
    share = smoothing / np.float32(n)
    aimed = spread(ZERO)
    for j in range(n):
        target = where(y == np.float32(j), ONE - smoothing + share, share)
        aimed = aimed + target * (load(values, s + j * LANES) - top)
        store(values, d + j * LANES, load(values, d + j * LANES) / total - target)
    return log(total) - aimed


@rule
def _hinge_binary(values, s, d, n, y, smoothing, a):
    sign = TWO * y - ONE
    margin = ONE - sign * load(values, s)
    store(values, d, where(margin > ZERO, -sign, ZERO))
    return larger(margin, ZERO)


@rule
def _hinge_classes(values, s, d, n, y, smoothing, a):
    right = spread(ZERO)
    for j in range(n):
        right = where(y == np.float32(j), load(values, s + j * LANES), right)
    loss = spread(ZERO)
    share = ONE / np.float32(n)
    violated = spread(ZERO)
    for j in range(n):
        other = where(y == np.float32(j), ZERO, ONE)
        margin = other * (ONE - right + load(values, s + j * LANES))
        loss = loss + larger(margin, ZERO)
        grad = where(margin > ZERO, share, ZERO)
        violated = violated + grad
        store(values, d + j * LANES, grad)
    for j in range(n):
        grad = load(values, d + j * LANES)
        store(values, d + j * LANES, where(y == np.float32(j), -violated, grad))
    return loss * share


@rule
def _squared_error(values, s, d, n, y, smoothing, a):
    error = load(values, s) - y
    store(values, d, TWO * error)
    return error * error


@rule
def _squared_error_binary(values, s, d, n, y, smoothing, a):
    return _squared_error(values, s, d, n, TWO * y - ONE, smoothing, a)


@rule
def _squared_error_classes(values, s, d, n, y, smoothing, a):
    loss = spread(ZERO)
    share = ONE / np.float32(n)
    for j in range(n):
        error = load(values, s + j * LANES) - where(y == np.float32(j), ONE, ZERO)
        store(values, d + j * LANES, TWO * share * error)
        loss = loss + error * error
    return loss * share


@rule
def _huber(values, s, d, n, y, smoothing, a):
    error = load(values, s) - y
    store(values, d, larger(smaller(error, a), -a))
    size = absolute(error)
    return where(size <= a, HALF * error * error, a * (size - HALF * a))


FORMS: Final[dict[tuple[str, str], Any]] = {
    ("cross_entropy", "binary"): _cross_entropy_binary,
    ("cross_entropy", "multiclass"): _cross_entropy_classes,
    ("hinge", "binary"): _hinge_binary,
    ("hinge", "multiclass"): _hinge_classes,
    ("squared_error", "regression"): _squared_error,
    ("squared_error", "binary"): _squared_error_binary,
    ("squared_error", "multiclass"): _squared_error_classes,
    ("huber", "regression"): _huber,
}

CODES: Final = {name: code for code, name in enumerate(FORMS)}

loss = switch(*FORMS.values())
"""``loss(code, (values, s, d, n, y, smoothing, a)) -> loss of each sample``."""
