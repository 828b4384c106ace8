"""The clippings' compiled rules: bounds on the flat gradient. A new one has a code and a branch in ``clip``."""

# mypy: allow-untyped-defs, allow-untyped-calls

from __future__ import annotations

from typing import Final

import numpy as np

from playground.engine.fused.lanes import LANES, larger, load, record, smaller, store
from playground.engine.fused.rules import part

CODES: Final = {"none": 0, "norm": 1, "value": 2}
NORM: Final = CODES["norm"]
VALUE: Final = CODES["value"]


@part
def _by_norm(gradient, n, limit):
    """As torch.nn.utils.clip_grad_norm_ (Pascanu, Mikolov & Bengio 2013, algorithm 1)."""
    squares = 0.0
    for j in range(n):
        squares += np.float64(gradient[j]) * np.float64(gradient[j])
    factor = np.float32(min(1.0, limit / (np.sqrt(squares) + 1e-6)))
    for j in range(0, n, LANES):
        store(gradient, j, load(gradient, j) * factor)


@part
def _by_value(gradient, n, limit):
    """As torch.nn.utils.clip_grad_value_."""
    most = np.float32(limit)
    for j in range(0, n, LANES):
        store(gradient, j, larger(smaller(load(gradient, j), most), -most))


@part
def clip(net):
    """Bound the gradient as the experiment says; ``settings.limit`` is the clipping's one parameter."""
    settings = record(net.settings, 0)
    if settings.clipping == NORM:
        _by_norm(net.gradient, settings.parameters, settings.limit)
    elif settings.clipping == VALUE:
        _by_value(net.gradient, settings.parameters, settings.limit)


__all__ = ["CODES", "clip"]
