"""Compiled forms of ``playground.techniques.optimizers``, in the same order.

A new optimizer is one entry of ``FORMS``: a function that turns this step's settings into a few coefficients, and
the rule itself, written for sixteen parameters at once (see ``lanes``).

    coefficients(options, lr, counts) -> seven float32 numbers, the rule's own
    update(w, g, first, second, coefficients) -> (w, first, second)

``options`` are the technique's parameters in the order of their registration; ``counts`` are the steps so
far, this one included, and NAdam's running product, which ``coefficients`` keeps. ``first`` and ``second`` are the
slots in the order of ``Optimizer.slot_names``.
"""

# mypy: allow-untyped-defs, allow-untyped-calls

from __future__ import annotations

from typing import Any, Final

import numpy as np

from playground.engine.fused.lanes import square_root
from playground.engine.fused.rules import rule, switch

NADAM_DECAY: Final = 0.004
"""``momentum_decay`` of torch.optim.NAdam: how fast the momentum coefficient rises to beta1."""


@rule
def _coefficients(a, b, c, d, e, f, g):
    f32 = np.float32
    return f32(a), f32(b), f32(c), f32(d), f32(e), f32(f), f32(g)


@rule
def _plain_coefficients(options, lr, counts):
    return _coefficients(lr, options[0], options[1], 1.0 - options[0], 0.0, 0.0, 0.0)


@rule
def _sgd(w, g, m, v, coefficients):
    return w - coefficients[0] * g, m, v


@rule
def _momentum(w, g, m, v, coefficients):
    lr, beta = coefficients[0], coefficients[1]
    m = beta * m + g
    return w - lr * m, m, v


@rule
def _nesterov(w, g, m, v, coefficients):
    lr, beta = coefficients[0], coefficients[1]
    m = beta * m + g
    return w - lr * (g + beta * m), m, v


@rule
def _adagrad_coefficients(options, lr, counts):
    return _coefficients(lr, options[0], 0.0, 0.0, 0.0, 0.0, 0.0)


@rule
def _adagrad(w, g, s, v, coefficients):
    lr, eps = coefficients[0], coefficients[1]
    s = s + g * g
    return w - lr * g / (square_root(s) + eps), s, v


@rule
def _rmsprop(w, g, s, v, coefficients):
    lr, alpha, eps, rest = coefficients[0], coefficients[1], coefficients[2], coefficients[3]
    s = alpha * s + rest * g * g
    return w - lr * g / (square_root(s) + eps), s, v


@rule
def _adam_coefficients(options, lr, counts):
    beta1, beta2, eps, correct = options[0], options[1], options[2], options[3]
    rate, root = lr, 1.0
    if correct != 0.0:
        rate = lr / (1.0 - beta1 ** counts[0])
        root = np.sqrt(1.0 - beta2 ** counts[0])
    return _coefficients(rate, 1.0 - beta1, beta2, 1.0 - beta2, root, eps, 0.0)


@rule
def _adamw_coefficients(options, lr, counts):
    # the fourth option, the decay, is applied before the rule to the weights alone
    beta1, beta2, eps = options[0], options[1], options[2]
    rate = lr / (1.0 - beta1 ** counts[0])
    root = np.sqrt(1.0 - beta2 ** counts[0])
    return _coefficients(rate, 1.0 - beta1, beta2, 1.0 - beta2, root, eps, 0.0)


@rule
def _adam(w, g, m, v, coefficients):
    rate, rest1, beta2, rest2, root, eps, _ = coefficients
    m = m + rest1 * (g - m)
    v = beta2 * v + rest2 * g * g
    return w - rate * m / (square_root(v) / root + eps), m, v


@rule
def _nadam_coefficients(options, lr, counts):
    beta1, beta2, eps = options[0], options[1], options[2]
    t = counts[0]
    mu = beta1 * (1.0 - 0.5 * 0.96 ** (t * NADAM_DECAY))
    following = beta1 * (1.0 - 0.5 * 0.96 ** ((t + 1.0) * NADAM_DECAY))
    counts[1] *= mu
    by_gradient = lr * (1.0 - mu) / (1.0 - counts[1])
    by_moment = lr * following / (1.0 - counts[1] * following)
    return _coefficients(by_gradient, by_moment, 1.0 - beta1, beta2, 1.0 - beta2, 1.0 - beta2**t, eps)


@rule
def _nadam(w, g, m, v, coefficients):
    by_gradient, by_moment, rest1, beta2, rest2, correction, eps = coefficients
    m = m + rest1 * (g - m)
    v = beta2 * v + rest2 * g * g
    root = square_root(v / correction) + eps
    return w - by_gradient * g / root - by_moment * m / root, m, v


FORMS: Final[dict[str, tuple[Any, Any]]] = {
    "sgd": (_plain_coefficients, _sgd),
    "momentum": (_plain_coefficients, _momentum),
    "nesterov": (_plain_coefficients, _nesterov),
    "adagrad": (_adagrad_coefficients, _adagrad),
    "rmsprop": (_plain_coefficients, _rmsprop),
    "adam": (_adam_coefficients, _adam),
    "adamw": (_adamw_coefficients, _adam),
    "nadam": (_nadam_coefficients, _nadam),
}

CODES: Final = {name: code for code, name in enumerate(FORMS)}

N_OPTIONS: Final = 8
"""Length of the option vector; unused places are 0."""

coefficients = switch(*(form[0] for form in FORMS.values()))
"""``coefficients(code, (options, lr, counts))``."""

update = switch(*(form[1] for form in FORMS.values()))
"""``update(code, (w, g, first, second, coefficients))``."""
