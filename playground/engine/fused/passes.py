"""One pass through the network, there and back, for the inputs that lie ready in the work space."""

# mypy: allow-untyped-defs, allow-untyped-calls

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from playground.engine.fused import losses
from playground.engine.fused.few import few_to_inputs, few_to_weights, linear_few
from playground.engine.fused.lanes import LANES, first_lanes, load, record, spread, store, total, where
from playground.engine.fused.linear import linear, linear_to_inputs, linear_to_weights
from playground.engine.fused.normalizing import normalize, normalize_back
from playground.engine.fused.rules import part
from playground.engine.fused.tables import CLASS_WEIGHTS
from playground.engine.fused.units import activate, activate_back

ZERO: Final = np.float32(0.0)
ONE: Final = np.float32(1.0)


class Network(NamedTuple):
    """Pointers to the arrays of ``memory.Net``, in its order."""

    layers: Any
    settings: Any
    options: Any
    params: Any
    first: Any
    second: Any
    gradient: Any
    weight_mask: Any
    masked_weights: Any
    buffers: Any
    counts: Any
    statistics: Any
    block_keep: Any
    work: Any
    x_transposed: Any


@part
def block_factor(net, layer, index, drops):
    """What a layer counts for beside its skip connection: 0 or 1 in a step with stochastic depth, or its survival."""
    return net.block_keep[index] if drops and layer.drop_rate > ZERO else layer.survival


@part
def forward(net, blocks, size, training, drops, weights, few):
    """All layers for the inputs that lie ready in the work space.

    Args:
        training: whether normalization goes by the batch. drops: whether units and blocks are left out.
        few: whether the lanes are units, and a block is a sample's.
    """
    layers, settings = net.layers, record(net.settings, 0)
    span = settings.span
    taken = size if few else blocks
    for index in range(settings.layers):
        layer = record(layers, index)
        to = layer.normal if layer.normalized else layer.z
        if few:
            to = to if layer.activation >= 0 else settings.other
            linear_few(weights, net.params, net.work, layer, to, size, span)
        else:
            linear(weights, net.params, net.work, layer, to, blocks, span)
            normalize(net, layer, blocks, span, size, training)
        if layer.activation >= 0:
            dropping = drops and layer.rate > ZERO
            factor = block_factor(net, layer, index, drops)
            runs = (layer.units + LANES - 1) // LANES if few else layer.units
            activate(net.params, net.work, layer, runs, taken, span, dropping, factor)
        elif few:  # the loss takes a sample a lane
            for sample in range(size):
                for j in range(layer.units):
                    net.work[layer.z + j * LANES + sample] = net.work[sample * span + to + j]


@part
def backward(net, blocks, size, training, drops, weights, few):
    """All gradients, from ∂L/∂scores in the rows ``settings.delta``."""
    layers, settings = net.layers, record(net.settings, 0)
    span = settings.span
    d, other = settings.delta, settings.other
    taken = size if few else blocks
    if few:
        for sample in range(size):
            for j in range(settings.scores):
                net.work[sample * span + other + j] = net.work[d + j * LANES + sample]
        d, other = other, d
    index = settings.layers - 1
    while index >= 0:
        layer = record(layers, index)
        if layer.activation >= 0:
            dropping = drops and layer.rate > ZERO
            factor = block_factor(net, layer, index, drops)
            runs = (layer.units + LANES - 1) // LANES if few else layer.units
            activate_back(
                net.params, net.gradient, net.work, layer, runs, d, other, taken, span, dropping, factor
            )
            d, other = other, d
        if few:
            few_to_weights(net.work, net.gradient, layer, d, size, span)
        else:
            normalize_back(net, layer, d, blocks, span, size, training)
            linear_to_weights(net.work, net.x_transposed, net.gradient, layer, d, blocks, span, size)
        if index > 0:
            if few:
                few_to_inputs(weights, net.work, layer, d, other, size, span)
            else:
                linear_to_inputs(weights, net.work, layer, d, other, blocks, span)
            d, other = other, d
        index -= 1


@part
def _weighted(net, d, n, y, loss):
    """Losses and their gradients in the rows at ``d`` times the weight of each sample's class."""
    w = spread(ZERO)
    for k in range(record(net.settings, 0).classes):
        w = where(y == np.float32(k), np.float32(net.options[CLASS_WEIGHTS + k]), w)
    for j in range(n):
        store(net.work, d + j * LANES, w * load(net.work, d + j * LANES))
    return w * loss


@part
def batch_loss(net, blocks, size, lam, mixed, smoothing, weighted):
    """The batch's mean loss (float64); writes ∂L/∂scores.

    With mixup the loss is ``lam · L(s, y) + (1 - lam) · L(s, y')``, with class weights each L times the weight of y.
    """
    settings, work = record(net.settings, 0), net.work
    scores = record(net.layers, settings.layers - 1).z
    n, code, a = settings.scores, settings.loss, settings.loss_a
    each = ONE / np.float32(size)
    sum_of_losses = 0.0
    for block in range(blocks):
        here = block * settings.span
        s, d, d2 = here + scores, here + settings.delta, here + settings.other
        valid = first_lanes(size - block * LANES)
        y = load(work, here + settings.y)
        loss = losses.loss(code, (work, s, d, n, y, smoothing, a))
        if weighted:
            loss = _weighted(net, d, n, y, loss)
        if mixed:
            rest = np.float32(1.0 - lam)
            part = np.float32(lam)
            y2 = load(work, here + settings.partner_y)
            other = losses.loss(code, (work, s, d2, n, y2, smoothing, a))
            if weighted:
                other = _weighted(net, d2, n, y2, other)
            loss = part * loss + rest * other
            for j in range(n):
                both = part * load(work, d + j * LANES) + rest * load(work, d2 + j * LANES)
                store(work, d + j * LANES, both)
        for j in range(n):
            store(work, d + j * LANES, where(valid, load(work, d + j * LANES) * each, ZERO))
        sum_of_losses += np.float64(total(where(valid, loss, ZERO)))
    return sum_of_losses / size
