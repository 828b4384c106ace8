"""The linear maps' compiled rules, forward and backward.

Work space: blocks of sixteen samples, one after the other; within a block one row of sixteen numbers for each
unit of each layer. The rows of unit i start ``i · LANES`` numbers behind the place named in the layer's
table, and ``span`` numbers further in the next block. Lanes beyond the end of the batch compute on zeros;
their gradients are 0, so they add nothing to any gradient.
"""

# mypy: allow-untyped-defs, allow-untyped-calls

from __future__ import annotations

from typing import Final

import numpy as np

from playground.engine.fused.lanes import LANES, fma, load, spread, store, total
from playground.engine.fused.rules import part

ZERO: Final = np.float32(0.0)
WIDE: Final = LANES
"""Layers with at least so many inputs get their weights' gradient along the inputs."""


@part
def linear(weights, params, work, layer, to, blocks, span):
    """``z = W x + b`` for every block, to the rows at ``to``; blocks are taken in twos where there are two."""
    block = 0
    while block + 2 <= blocks:
        _linear_twice(weights, params, work, layer, block * span, to, span)
        block += 2
    if block < blocks:
        _linear_once(weights, params, work, layer, block * span, to)


@part
def _linear_once(weights, params, work, layer, here, to):
    """One block, four rows of W at a time."""
    n_in, rows, weight, bias = layer.n_in, layer.rows, layer.weight, layer.bias
    x, z = here + layer.x, here + to
    i = 0
    while i + 4 <= rows:
        w0 = weight + i * n_in
        w1, w2, w3 = w0 + n_in, w0 + 2 * n_in, w0 + 3 * n_in
        z0, z1 = spread(params[bias + i]), spread(params[bias + i + 1])
        z2, z3 = spread(params[bias + i + 2]), spread(params[bias + i + 3])
        for k in range(n_in):
            x_k = load(work, x + k * LANES)
            z0 = fma(weights[w0 + k], x_k, z0)
            z1 = fma(weights[w1 + k], x_k, z1)
            z2 = fma(weights[w2 + k], x_k, z2)
            z3 = fma(weights[w3 + k], x_k, z3)
        store(work, z + i * LANES, z0)
        store(work, z + (i + 1) * LANES, z1)
        store(work, z + (i + 2) * LANES, z2)
        store(work, z + (i + 3) * LANES, z3)
        i += 4
    while i < rows:
        w0 = weight + i * n_in
        z0 = spread(params[bias + i])
        for k in range(n_in):
            z0 = fma(weights[w0 + k], load(work, x + k * LANES), z0)
        store(work, z + i * LANES, z0)
        i += 1


@part
def _linear_twice(weights, params, work, layer, here, to, span):
    """Two blocks, four rows of W at a time: each weight that is read is used twice."""
    n_in, rows, weight, bias = layer.n_in, layer.rows, layer.weight, layer.bias
    x, z = here + layer.x, here + to
    i = 0
    while i + 4 <= rows:
        w0 = weight + i * n_in
        w1, w2, w3 = w0 + n_in, w0 + 2 * n_in, w0 + 3 * n_in
        z0, z1 = spread(params[bias + i]), spread(params[bias + i + 1])
        z2, z3 = spread(params[bias + i + 2]), spread(params[bias + i + 3])
        v0, v1, v2, v3 = z0, z1, z2, z3
        for k in range(n_in):
            x_k, y_k = load(work, x + k * LANES), load(work, x + span + k * LANES)
            w = weights[w0 + k]
            z0, v0 = fma(w, x_k, z0), fma(w, y_k, v0)
            w = weights[w1 + k]
            z1, v1 = fma(w, x_k, z1), fma(w, y_k, v1)
            w = weights[w2 + k]
            z2, v2 = fma(w, x_k, z2), fma(w, y_k, v2)
            w = weights[w3 + k]
            z3, v3 = fma(w, x_k, z3), fma(w, y_k, v3)
        here_z = z + i * LANES
        store(work, here_z, z0)
        store(work, here_z + LANES, z1)
        store(work, here_z + 2 * LANES, z2)
        store(work, here_z + 3 * LANES, z3)
        here_z += span
        store(work, here_z, v0)
        store(work, here_z + LANES, v1)
        store(work, here_z + 2 * LANES, v2)
        store(work, here_z + 3 * LANES, v3)
        i += 4
    while i < rows:
        w0 = weight + i * n_in
        z0 = spread(params[bias + i])
        v0 = z0
        for k in range(n_in):
            w = weights[w0 + k]
            z0 = fma(w, load(work, x + k * LANES), z0)
            v0 = fma(w, load(work, x + span + k * LANES), v0)
        store(work, z + i * LANES, z0)
        store(work, z + span + i * LANES, v0)
        i += 1


@part
def linear_to_inputs(weights, work, layer, d, to, blocks, span):
    """``∂L/∂x = Wᵀ ∂L/∂z`` from the rows at ``d`` to the rows at ``to``; four inputs and two blocks at a time.

    Of a layer that skips, ``to`` holds ``∂L/∂out``, which the inputs also get: it is added.
    """
    n_in, rows, weight = layer.n_in, layer.rows, layer.weight
    adds = layer.skips > 0
    for block in range(0, blocks, 2):
        z = block * span + d
        x = block * span + to
        next_block = span if block + 1 < blocks else 0
        k = 0
        while k + 4 <= n_in:
            x0, x1, x2, x3 = spread(ZERO), spread(ZERO), spread(ZERO), spread(ZERO)
            here = x + k * LANES
            if adds:
                x0, x1 = load(work, here), load(work, here + LANES)
                x2, x3 = load(work, here + 2 * LANES), load(work, here + 3 * LANES)
            w = weight + k
            if next_block == 0:
                for i in range(rows):
                    d_i = load(work, z + i * LANES)
                    x0 = fma(weights[w], d_i, x0)
                    x1 = fma(weights[w + 1], d_i, x1)
                    x2 = fma(weights[w + 2], d_i, x2)
                    x3 = fma(weights[w + 3], d_i, x3)
                    w += n_in
            else:
                y0, y1, y2, y3 = spread(ZERO), spread(ZERO), spread(ZERO), spread(ZERO)
                here += span
                if adds:
                    y0, y1 = load(work, here), load(work, here + LANES)
                    y2, y3 = load(work, here + 2 * LANES), load(work, here + 3 * LANES)
                for i in range(rows):
                    d_i, e_i = load(work, z + i * LANES), load(work, z + span + i * LANES)
                    x0, y0 = fma(weights[w], d_i, x0), fma(weights[w], e_i, y0)
                    x1, y1 = fma(weights[w + 1], d_i, x1), fma(weights[w + 1], e_i, y1)
                    x2, y2 = fma(weights[w + 2], d_i, x2), fma(weights[w + 2], e_i, y2)
                    x3, y3 = fma(weights[w + 3], d_i, x3), fma(weights[w + 3], e_i, y3)
                    w += n_in
                store(work, here, y0)
                store(work, here + LANES, y1)
                store(work, here + 2 * LANES, y2)
                store(work, here + 3 * LANES, y3)
                here -= span
            store(work, here, x0)
            store(work, here + LANES, x1)
            store(work, here + 2 * LANES, x2)
            store(work, here + 3 * LANES, x3)
            k += 4
        while k < n_in:
            x0, y0 = spread(ZERO), spread(ZERO)
            if adds:
                x0, y0 = load(work, x + k * LANES), load(work, x + next_block + k * LANES)
            for i in range(rows):
                w_ik = weights[weight + i * n_in + k]
                x0 = fma(w_ik, load(work, z + i * LANES), x0)
                y0 = fma(w_ik, load(work, z + next_block + i * LANES), y0)
            store(work, x + next_block + k * LANES, y0)
            store(work, x + k * LANES, x0)
            k += 1


@part
def linear_to_weights(work, x_transposed, gradient, layer, d, blocks, span, size):
    """``∂L/∂W = Σ ∂L/∂z xᵀ`` and ``∂L/∂b = Σ ∂L/∂z`` over the batch of ``size`` samples."""
    if layer.n_in >= WIDE:
        _along_inputs(work, x_transposed, gradient, layer, d, span, size)
    else:
        _along_samples(work, gradient, layer, d, blocks, span)
    for i in range(layer.rows):
        s = spread(ZERO)
        for block in range(blocks):
            s = s + load(work, block * span + d + i * LANES)
        gradient[layer.bias + i] = total(s)


@part
def _along_samples(work, gradient, layer, d, blocks, span):
    """Few inputs: multiply sixteen samples at once and sum the lanes in the end."""
    n_in = layer.n_in
    for i in range(layer.rows):
        g = layer.weight + i * n_in
        for k in range(n_in):
            s = spread(ZERO)
            for block in range(blocks):
                here = block * span
                s = fma(load(work, here + d + i * LANES), load(work, here + layer.x + k * LANES), s)
            gradient[g + k] = total(s)


@part
def _along_inputs(work, x_transposed, gradient, layer, d, span, size):
    """Many inputs: sixteen inputs at once, sample after sample. ``x_transposed`` takes x as (sample, input)."""
    n_in, rows = layer.n_in, layer.rows
    for sample in range(size):
        x = (sample // LANES) * span + layer.x + sample % LANES
        for k in range(n_in):
            x_transposed[sample * n_in + k] = work[x + k * LANES]
    for first in range(0, n_in, LANES):
        # the last run overlaps the one before when n_in is no multiple of sixteen
        k = min(first, n_in - LANES)
        i = 0
        while i + 4 <= rows:
            g0 = spread(ZERO)
            g1 = spread(ZERO)
            g2 = spread(ZERO)
            g3 = spread(ZERO)
            for sample in range(size):
                x = load(x_transposed, sample * n_in + k)
                d_i = (sample // LANES) * span + d + i * LANES + sample % LANES
                g0 = fma(work[d_i], x, g0)
                g1 = fma(work[d_i + LANES], x, g1)
                g2 = fma(work[d_i + 2 * LANES], x, g2)
                g3 = fma(work[d_i + 3 * LANES], x, g3)
            g = layer.weight + i * n_in + k
            store(gradient, g, g0)
            store(gradient, g + n_in, g1)
            store(gradient, g + 2 * n_in, g2)
            store(gradient, g + 3 * n_in, g3)
            i += 4
        while i < rows:
            g0 = spread(ZERO)
            for sample in range(size):
                d_i = (sample // LANES) * span + d + i * LANES + sample % LANES
                g0 = fma(work[d_i], load(x_transposed, sample * n_in + k), g0)
            store(gradient, layer.weight + i * n_in + k, g0)
            i += 1
