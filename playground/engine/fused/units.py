"""What a layer's units do with their sums, forward and backward: activation, dropout, skip connection."""

# mypy: allow-untyped-defs, allow-untyped-calls

from __future__ import annotations

from typing import Final

import numpy as np

from playground.engine.fused.activations import derivative, prelu_by_parameter, value
from playground.engine.fused.lanes import LANES, fma, larger, load, spread, store, total, where
from playground.engine.fused.rules import part

ZERO: Final = np.float32(0.0)


@part
def activate(params, work, layer, runs, blocks, span, dropping, factor):
    """``h = f(z)``, the largest of a unit's pieces for maxout; then dropout's mask and the skip connection.

    Args:
        runs: runs of sixteen numbers that the units take in each block.
        factor: what the layer counts for beside the inputs that it adds.
    """
    a = layer.a
    if layer.slope >= 0:
        a = params[layer.slope]
    pieces = layer.pieces
    for block in range(blocks):
        here = block * span
        for i in range(runs):
            z = here + layer.z + i * pieces * LANES
            h = value(layer.activation, (load(work, z), a))
            for piece in range(1, pieces):
                h = larger(h, load(work, z + piece * LANES))
            store(work, here + layer.h + i * LANES, h)
            if dropping:
                h = h * load(work, here + layer.mask + i * LANES)
            if layer.skips > 0:
                h = fma(factor, h, load(work, here + layer.x + i * LANES))
            if layer.out != layer.h:
                store(work, here + layer.out + i * LANES, h)


@part
def activate_back(params, gradient, work, layer, runs, d, to, blocks, span, dropping, factor):
    """The gradient from ∂L/∂out at ``d`` (a row a unit) to ∂L/∂z at ``to`` (a row a piece)."""
    a = layer.a
    if layer.slope >= 0:
        a = params[layer.slope]
    pieces = layer.pieces
    by_slope = spread(ZERO)
    for block in range(blocks):
        here = block * span
        for i in range(runs):
            grad = load(work, here + d + i * LANES)
            if layer.skips > 0:
                grad = grad * factor
            if dropping:
                grad = grad * load(work, here + layer.mask + i * LANES)
            h = load(work, here + layer.h + i * LANES)
            row = here + layer.z + i * pieces * LANES
            if pieces == 1:
                z = load(work, row)
                if layer.slope >= 0:
                    by_slope = fma(grad, prelu_by_parameter(z), by_slope)
                store(work, here + to + i * LANES, grad * derivative(layer.activation, (z, h, a)))
            else:
                for piece in range(pieces):
                    chosen = load(work, row + piece * LANES) == h
                    mine = where(chosen, grad, ZERO)
                    grad = where(chosen, ZERO, grad)  # only the first of equal pieces
                    store(work, here + to + (i * pieces + piece) * LANES, mine)
    if layer.slope >= 0:
        gradient[layer.slope] = total(by_slope)
