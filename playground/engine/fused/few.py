"""Steps with fewer than five samples: the lanes are units, where ``linear`` has samples in them.

Each sample has a block of the work space to itself, in which a run of sixteen numbers holds sixteen units of a layer,
and not one unit of sixteen samples. What acts on numbers one by one (activation, dropout, skip connection) is the same
code for both, over fewer runs. Lanes beyond a layer's last unit are zeros in its sums and gradients, and in its outputs
once the next layer has read them. Scores, and what the loss needs beside them, stay as ``linear`` has them.
"""

# mypy: allow-untyped-defs, allow-untyped-calls

from __future__ import annotations

from typing import Final

import numpy as np

from playground.engine.fused.lanes import (
    LANES,
    first_lanes,
    fma,
    load,
    spread,
    store,
    store_totals,
    total,
    where,
)
from playground.engine.fused.rules import part

ZERO: Final = np.float32(0.0)
FEW: Final = 4
"""Samples of a step at most; with five, empty lanes cost less than taking the samples one by one."""
WIDE: Final = 8
"""Units that the widest hidden layer has at least: below, runs of units are as empty as those of few samples."""


@part
def place_of(settings, sample, few):
    """Where a sample's first number of a row lies, and how far it is to its next."""
    if few:
        return sample * settings.span, 1
    return (sample // LANES) * settings.span + sample % LANES, LANES


@part
def linear_few(weights, params, work, layer, to, size, span):
    """``z = W x + b``, four rows of W at a time. Beyond a row of W lie other weights, so the inputs end with zeros."""
    n_in, rows = layer.n_in, layer.rows
    last = (n_in - 1) // LANES * LANES
    for sample in range(size):
        x, z = sample * span + layer.x, sample * span + to
        store(work, x + last, where(first_lanes(n_in - last), load(work, x + last), ZERO))
        for i in range(0, rows, LANES):
            store(work, z + i, where(first_lanes(rows - i), load(params, layer.bias + i), ZERO))
        i = 0
        w0 = layer.weight
        while i + 4 <= rows:
            z0, z1, z2, z3 = spread(ZERO), spread(ZERO), spread(ZERO), spread(ZERO)
            for k in range(0, n_in, LANES):
                x_k, w = load(work, x + k), w0 + k
                z0 = fma(x_k, load(weights, w), z0)
                z1 = fma(x_k, load(weights, w + n_in), z1)
                z2 = fma(x_k, load(weights, w + 2 * n_in), z2)
                z3 = fma(x_k, load(weights, w + 3 * n_in), z3)
            store_totals(work, z + i, z0, z1, z2, z3)
            w0 += 4 * n_in
            i += 4
        while i < rows:
            z0 = spread(ZERO)
            for k in range(0, n_in, LANES):
                z0 = fma(load(work, x + k), load(weights, w0 + k), z0)
            work[z + i] += total(z0)
            w0 += n_in
            i += 1


@part
def few_to_inputs(weights, work, layer, d, to, size, span):
    """``∂L/∂x = Wᵀ ∂L/∂z`` from the runs at ``d`` to those at ``to``, where a layer that skips adds it."""
    n_in, rows = layer.n_in, layer.rows
    for sample in range(size):
        z, x = sample * span + d, sample * span + to
        for k in range(0, n_in, LANES):
            x0, x1, x2, x3 = spread(ZERO), spread(ZERO), spread(ZERO), spread(ZERO)
            if layer.skips > 0:
                x0 = load(work, x + k)
            i = 0
            w = layer.weight + k
            while i + 4 <= rows:
                x0 = fma(work[z + i], load(weights, w), x0)
                x1 = fma(work[z + i + 1], load(weights, w + n_in), x1)
                x2 = fma(work[z + i + 2], load(weights, w + 2 * n_in), x2)
                x3 = fma(work[z + i + 3], load(weights, w + 3 * n_in), x3)
                w += 4 * n_in
                i += 4
            while i < rows:
                x0 = fma(work[z + i], load(weights, w), x0)
                w += n_in
                i += 1
            store(work, x + k, where(first_lanes(n_in - k), (x0 + x1) + (x2 + x3), ZERO))


@part
def few_to_weights(work, gradient, layer, d, size, span):
    """``∂L/∂W = Σ ∂L/∂z xᵀ`` and ``∂L/∂b = Σ ∂L/∂z``, sixteen inputs and four rows of W at once.

    The last run of a row may reach into the next one, whose first run is written after it; at the end it is cut off.
    """
    n_in, rows = layer.n_in, layer.rows
    end = layer.weight + rows * n_in
    last = (n_in - 1) // LANES * LANES
    beyond = last + LANES - n_in
    for i in range(0, rows, LANES):
        s = spread(ZERO)
        for sample in range(size):
            s = s + load(work, sample * span + d + i)
        to = layer.bias + i
        store(gradient, to, where(first_lanes(rows - i), s, load(gradient, to)))
    i = 0
    to = layer.weight
    while to + 4 * n_in + beyond <= end:
        for k in range(last, -1, -LANES):
            g0, g1, g2, g3 = spread(ZERO), spread(ZERO), spread(ZERO), spread(ZERO)
            x, d_i = layer.x + k, d + i
            for _ in range(size):
                x_k = load(work, x)
                g0 = fma(work[d_i], x_k, g0)
                g1 = fma(work[d_i + 1], x_k, g1)
                g2 = fma(work[d_i + 2], x_k, g2)
                g3 = fma(work[d_i + 3], x_k, g3)
                x += span
                d_i += span
            store(gradient, to + k, g0)
            store(gradient, to + n_in + k, g1)
            store(gradient, to + 2 * n_in + k, g2)
            store(gradient, to + 3 * n_in + k, g3)
        to += 4 * n_in
        i += 4
    while i < rows:
        for k in range(0, n_in, LANES):
            g = spread(ZERO)
            for sample in range(size):
                here = sample * span
                g = fma(work[here + d + i], load(work, here + layer.x + k), g)
            store(gradient, to + k, where(first_lanes(end - to - k), g, load(gradient, to + k)))
        to += n_in
        i += 1
