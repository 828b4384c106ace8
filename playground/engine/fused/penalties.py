"""Compiled forms of the penalties among ``playground.techniques.regularizers``, in the same order.

A new penalty is one entry of ``FORMS``, written for sixteen numbers at once (see ``lanes``):

    rule(w) -> value(w), ∂value/∂w

Biases come as ``w = 0``, where both are 0.
"""

# mypy: allow-untyped-defs, allow-untyped-calls

from __future__ import annotations

from typing import Any, Final

import numpy as np

from playground.engine.fused.lanes import LANES, fma, load, record, spread, store, total, where
from playground.engine.fused.optimizers import N_OPTIONS
from playground.engine.fused.rules import part, rule, switch

ZERO: Final = np.float32(0.0)
HALF: Final = np.float32(0.5)
ONE: Final = np.float32(1.0)


@rule
def _l1(w):
    sign = where(w > ZERO, ONE, where(w < ZERO, -ONE, ZERO))
    return sign * w, sign


@rule
def _l2(w):
    return HALF * w * w, w


FORMS: Final[dict[str, Any]] = {
    "l1": _l1,
    "l2": _l2,
}

CODES: Final = {name: code for code, name in enumerate(FORMS)}

FIRST: Final = N_OPTIONS
"""Where the strengths stand in ``Tables.options``, behind the optimizer's parameters, in the order of ``FORMS``."""
LAST: Final = N_OPTIONS + len(FORMS)

told = switch(*FORMS.values())
"""``told(code, (w,)) -> value, derivative``."""


@part
def penalize(net):
    """Add the gradients of all penalties that are on."""
    settings = record(net.settings, 0)
    for place in range(FIRST, LAST):
        strength = np.float32(net.options[place])
        if strength > ZERO:
            for j in range(0, settings.parameters, LANES):
                w = load(net.params, j) * load(net.weight_mask, j)
                _, derivative = told(place - FIRST, (w,))
                store(net.gradient, j, fma(strength, derivative, load(net.gradient, j)))


@part
def penalty(net):
    """The penalties' terms of the loss: strength times the sum of the values, float64."""
    settings = record(net.settings, 0)
    found = 0.0
    for place in range(FIRST, LAST):
        strength = net.options[place]
        if strength > 0.0:
            summed = spread(ZERO)
            for j in range(0, settings.parameters, LANES):
                value, _ = told(place - FIRST, (load(net.params, j) * load(net.weight_mask, j),))
                summed = summed + value
            found += np.float64(strength) * np.float64(total(summed))
    return found


__all__ = ["CODES", "FIRST", "FORMS", "LAST", "penalize", "penalty", "told"]
