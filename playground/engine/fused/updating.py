"""From the gradient to the new parameters: decay and the optimizer's rule."""

# mypy: allow-untyped-defs, allow-untyped-calls

from __future__ import annotations

from typing import Final

import numpy as np

from playground.engine.fused import optimizers
from playground.engine.fused.lanes import (
    LANES,
    absolute,
    fma,
    load,
    record,
    spread,
    store,
    total,
    where,
)
from playground.engine.fused.rules import part

ZERO: Final = np.float32(0.0)
ONE: Final = np.float32(1.0)
TINY: Final = np.float32(2.0**-126)
"""The smallest normal number. What lies below takes a processor some hundred times as long."""


@part
def _normal(x):
    """0 in place of what is too small for a normal number, as momentum becomes where the gradient stays 0."""
    return where(absolute(x) < TINY, ZERO, x)


@part
def update(net, lr):
    """Decoupled decay, then the optimizer's rule. False when a parameter is not finite any more."""
    settings = record(net.settings, 0)
    net.counts[0] += 1.0
    code, slots = settings.optimizer, settings.slots
    coefficients = optimizers.coefficients(code, (net.options, lr, net.counts))
    decays = settings.decay > 0.0 or settings.optimizer_decay > 0.0
    decay = np.float32(lr * settings.decay)
    optimizer_decay = np.float32(lr * settings.optimizer_decay)
    params, gradient, first, second = net.params, net.gradient, net.first, net.second
    check = spread(ZERO)
    for j in range(0, settings.parameters, LANES):
        w = load(params, j)
        if decays:
            held = load(net.weight_mask, j)
            w = w * (ONE - held * decay) * (ONE - held * optimizer_decay)
        m = spread(ZERO)
        v = spread(ZERO)
        if slots > 0:
            m = load(first, j)
        if slots > 1:
            v = load(second, j)
        w, m, v = optimizers.update(code, (w, load(gradient, j), m, v, coefficients))
        store(params, j, w)
        if slots > 0:
            store(first, j, _normal(m))
        if slots > 1:
            store(second, j, _normal(v))
        check = fma(w, ZERO, check)  # NaN from the first number that is not finite
    return total(check) == ZERO
