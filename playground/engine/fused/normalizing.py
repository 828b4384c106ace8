"""The normalizations' compiled rules, forward and backward. See ``linear`` for the work space.

A new one has a code and its two rules at the end of this file.
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
    square_root,
    store,
    total,
    where,
)
from playground.engine.fused.rules import part

ZERO: Final = np.float32(0.0)
ONE: Final = np.float32(1.0)

CODES: Final = {"none": 0, "batch_norm": 1, "layer_norm": 2}
BATCH: Final = CODES["batch_norm"]
LAYER: Final = CODES["layer_norm"]
PER_SAMPLE: Final = frozenset({LAYER})
"""Those that keep one number for each sample between the passes, in the row ``layer.narrow``."""

# --- batch normalization (Ioffe & Szegedy 2015, algorithm 1) ---------------------------------------


@part
def _batch(params, buffers, work, statistics, layer, blocks, span, size, training):
    """``z = γ (s - μ)/√(σ² + ε) + β`` from the sums at ``layer.normal``, which become normalized.

    ``statistics`` takes 1/√(σ² + ε) of each row for the backward pass. In training μ and σ² are the
    batch's, and the running statistics move towards them (the variance unbiased, so not for one sample).
    """
    for i in range(layer.rows):
        row = layer.normal + i * LANES
        mean = np.float64(buffers[layer.mean + i])
        var = np.float64(buffers[layer.var + i])
        if training:
            s = spread(ZERO)
            for block in range(blocks):
                here = first_lanes(size - block * LANES)
                s = s + where(here, load(work, block * span + row), ZERO)
            mean = np.float64(total(s)) / size
            s = spread(ZERO)
            for block in range(blocks):
                here = first_lanes(size - block * LANES)
                off = where(here, load(work, block * span + row) - mean, ZERO)
                s = fma(off, off, s)
            squares = np.float64(total(s))
            var = squares / size
            keep = 1.0 - layer.momentum
            buffers[layer.mean + i] = keep * buffers[layer.mean + i] + layer.momentum * mean
            if size > 1:
                unbiased = squares / (size - 1)
                buffers[layer.var + i] = keep * buffers[layer.var + i] + layer.momentum * unbiased
        scale = np.float32(1.0 / np.sqrt(var + layer.eps))
        centre = np.float32(mean)
        statistics[layer.gamma + i] = scale
        gamma, beta = params[layer.gamma + i], params[layer.beta + i]
        for block in range(blocks):
            here = block * span
            normal = (load(work, here + row) - centre) * scale
            if training and size == 1:
                normal = spread(ZERO)
            store(work, here + row, normal)
            store(work, here + layer.z + i * LANES, fma(gamma, normal, beta))


@part
def _batch_back(params, gradient, work, statistics, layer, d, blocks, span, size, training):
    """The gradient at ``d`` from ∂L/∂z to ∂L/∂s, and the gradients of γ and β."""
    for i in range(layer.rows):
        row = d + i * LANES
        normal = layer.normal + i * LANES
        shift = spread(ZERO)
        scale = spread(ZERO)
        for block in range(blocks):
            grad = load(work, block * span + row)
            shift = shift + grad
            scale = fma(grad, load(work, block * span + normal), scale)
        by_beta, by_gamma = total(shift), total(scale)
        gradient[layer.beta + i] = by_beta
        gradient[layer.gamma + i] = by_gamma
        factor = params[layer.gamma + i] * statistics[layer.gamma + i]
        if training and size == 1:
            factor = ZERO
        beta_share = np.float32(by_beta / np.float64(size)) if training else ZERO
        gamma_share = np.float32(by_gamma / np.float64(size)) if training else ZERO
        for block in range(blocks):
            here = block * span
            moved = load(work, here + row) - beta_share - load(work, here + normal) * gamma_share
            valid = first_lanes(size - block * LANES)
            store(work, here + row, where(valid, moved * factor, ZERO))


# --- layer normalization (Ba, Kiros & Hinton 2016, equations 3 and 4) ------------------------------


@part
def _layer(params, work, layer, blocks, span):
    """``z = γ (s - μ)/√(σ² + ε) + β``, where μ and σ² are those of each sample's sums, in all modes alike.

    The row at ``layer.narrow`` takes each sample's 1/√(σ² + ε) for the backward pass.
    """
    rows, share = layer.rows, ONE / np.float32(layer.rows)
    for block in range(blocks):
        normal = block * span + layer.normal
        z = block * span + layer.z
        mean = spread(ZERO)
        for i in range(rows):
            mean = mean + load(work, normal + i * LANES)
        mean = mean * share
        var = spread(ZERO)
        for i in range(rows):
            off = load(work, normal + i * LANES) - mean
            var = fma(off, off, var)
        scale = ONE / square_root(fma(var, share, np.float32(layer.eps)))
        store(work, block * span + layer.narrow, scale)
        for i in range(rows):
            each = (load(work, normal + i * LANES) - mean) * scale
            store(work, normal + i * LANES, each)
            store(work, z + i * LANES, fma(params[layer.gamma + i], each, params[layer.beta + i]))


@part
def _layer_back(params, gradient, work, layer, d, blocks, span):
    """The gradient at ``d`` from ∂L/∂z to ∂L/∂s, and the gradients of γ and β."""
    rows, share = layer.rows, ONE / np.float32(layer.rows)
    for i in range(rows):
        by_beta, by_gamma = spread(ZERO), spread(ZERO)
        for block in range(blocks):
            here = block * span
            grad = load(work, here + d + i * LANES)
            by_beta = by_beta + grad
            by_gamma = fma(grad, load(work, here + layer.normal + i * LANES), by_gamma)
        gradient[layer.beta + i] = total(by_beta)
        gradient[layer.gamma + i] = total(by_gamma)
    for block in range(blocks):
        row = block * span + d
        normal = block * span + layer.normal
        plain, along = spread(ZERO), spread(ZERO)
        for i in range(rows):
            grad = load(work, row + i * LANES) * params[layer.gamma + i]
            plain = plain + grad
            along = fma(grad, load(work, normal + i * LANES), along)
        plain, along = plain * share, along * share
        scale = load(work, block * span + layer.narrow)
        for i in range(rows):
            grad = load(work, row + i * LANES) * params[layer.gamma + i]
            moved = grad - plain - load(work, normal + i * LANES) * along
            store(work, row + i * LANES, moved * scale)


# --- whichever a layer has -------------------------------------------------------------------------


@part
def normalize(net, layer, blocks, span, size, training):
    """From the sums at ``layer.normal`` to what enters the activation; nothing for a layer without one."""
    if layer.normalized == BATCH:
        _batch(net.params, net.buffers, net.work, net.statistics, layer, blocks, span, size, training)
    elif layer.normalized == LAYER:
        _layer(net.params, net.work, layer, blocks, span)


@part
def normalize_back(net, layer, d, blocks, span, size, training):
    """From ∂L/∂z in the rows ``d`` to the gradient of the sums, in place; adds up those of γ and β."""
    if layer.normalized == BATCH:
        _batch_back(
            net.params, net.gradient, net.work, net.statistics, layer, d, blocks, span, size, training
        )
    elif layer.normalized == LAYER:
        _layer_back(net.params, net.gradient, net.work, layer, d, blocks, span)


__all__ = ["CODES", "PER_SAMPLE", "normalize", "normalize_back"]
