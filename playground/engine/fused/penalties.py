"""Compiled forms of the penalties among ``playground.techniques.regularizers``, in the same order.

A new penalty is one entry of ``FORMS``, written for sixteen numbers at once (see ``lanes``):

    rule(w, strength, g) -> the gradient ``g`` with strength · ∂value/∂w added

Biases come as ``w = 0``, where the derivative is 0.
"""

# mypy: allow-untyped-defs, allow-untyped-calls

from __future__ import annotations

from typing import Any, Final

import numpy as np

from playground.engine.fused.lanes import LANES, fma, load, record, store, where
from playground.engine.fused.optimizers import N_OPTIONS
from playground.engine.fused.rules import part, rule, switch

ZERO: Final = np.float32(0.0)


@rule
def _l1(w, strength, g):
    return g + where(w > ZERO, strength, where(w < ZERO, -strength, ZERO))


@rule
def _l2(w, strength, g):
    return fma(strength, w, g)


FORMS: Final[dict[str, Any]] = {
    "l1": _l1,
    "l2": _l2,
}

CODES: Final = {name: code for code, name in enumerate(FORMS)}

FIRST: Final = N_OPTIONS
"""Where the strengths stand in ``Tables.options``, behind the optimizer's parameters, in the order of ``FORMS``."""
LAST: Final = N_OPTIONS + len(FORMS)

added = switch(*FORMS.values())
"""``added(code, (w, strength, g)) -> g``."""


@part
def penalize(net):
    """Add the gradients of all penalties that are on."""
    settings = record(net.settings, 0)
    for place in range(FIRST, LAST):
        strength = np.float32(net.options[place])
        if strength > ZERO:
            for j in range(0, settings.parameters, LANES):
                w = load(net.params, j) * load(net.weight_mask, j)
                store(net.gradient, j, added(place - FIRST, (w, strength, load(net.gradient, j))))


__all__ = ["CODES", "FIRST", "FORMS", "LAST", "added", "penalize"]
