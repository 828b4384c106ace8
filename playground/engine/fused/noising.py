"""What a step's random numbers do: mixed and shaken inputs, dropped units, weights and blocks."""

# mypy: allow-untyped-defs, allow-untyped-calls

from __future__ import annotations

from typing import Final

import numpy as np

from playground.engine.fused.few import place_of
from playground.engine.fused.lanes import record
from playground.engine.fused.rules import part

ZERO: Final = np.float32(0.0)
ONE: Final = np.float32(1.0)
MANY: Final = np.bool_(False)


@part
def mix(net, F, y, rows, partners, first, start, size, lam, few):
    """Mixup (Zhang et al. 2018, equation 1): inputs between each sample and its partner."""
    settings, work = record(net.settings, 0), net.work
    n = settings.inputs
    part, rest = np.float32(lam), np.float32(1.0 - lam)
    for sample in range(size):
        here, apart = place_of(settings, sample, few)
        row = rows[first + partners[start + sample]]
        for k in range(n):
            place = here + k * apart
            work[place] = part * work[place] + rest * F[row * n + k]
        of_loss, _ = place_of(settings, sample, MANY)
        work[of_loss + settings.partner_y] = y[row]


@part
def add_noise(net, noise, start, size, few):
    settings, work = record(net.settings, 0), net.work
    n = settings.inputs
    for sample in range(size):
        here, apart = place_of(settings, sample, few)
        for k in range(n):
            work[here + k * apart] += noise[start + sample * n + k]


@part
def drop_units(net, uniform, start, size, few):
    """Dropout's masks: 1/(1 - rate) where the uniform number is at least the rate, else 0."""
    layers, settings, work = net.layers, record(net.settings, 0), net.work
    for index in range(settings.layers):
        layer = record(layers, index)
        if layer.rate > ZERO:
            for sample in range(size):
                here, apart = place_of(settings, sample, few)
                place = here + layer.mask
                for i in range(layer.units):
                    kept = uniform[start + i] >= layer.rate
                    work[place + i * apart] = layer.keep if kept else ZERO
                start += layer.units


@part
def drop_weights(net, uniform, start):
    """DropConnect: the weights that this step's forward pass sees, to ``net.masked_weights``."""
    layers, settings = net.layers, record(net.settings, 0)
    for index in range(settings.layers):
        layer = record(layers, index)
        w = layer.weight
        n = layer.rows * layer.n_in
        if layer.activation < 0:  # the output layer keeps all
            for j in range(n):
                net.masked_weights[w + j] = net.params[w + j]
            return
        for j in range(n):
            kept = uniform[start + j] >= settings.dropconnect_rate
            net.masked_weights[w + j] = net.params[w + j] * settings.dropconnect_keep if kept else ZERO
        start += n


@part
def drop_weights_back(net, uniform, start):
    """The gradient of a dropped weight is 0, of a kept one scaled as the weight was."""
    layers, settings = net.layers, record(net.settings, 0)
    for index in range(settings.layers - 1):
        layer = record(layers, index)
        n = layer.rows * layer.n_in
        for j in range(n):
            kept = uniform[start + j] >= settings.dropconnect_rate
            net.gradient[layer.weight + j] *= settings.dropconnect_keep if kept else ZERO
        start += n


@part
def drop_blocks(net, uniform, start):
    """Stochastic depth: which layers this step keeps, to ``net.block_keep``."""
    for index in range(record(net.settings, 0).layers):
        layer = record(net.layers, index)
        if layer.drop_rate > ZERO:
            net.block_keep[index] = ONE if uniform[start] >= layer.drop_rate else ZERO
            start += 1
