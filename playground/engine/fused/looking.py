"""Looking into the work space: what the kernel left there of a pass, and the activations' derivatives at it."""

# mypy: allow-untyped-defs, allow-untyped-calls

from __future__ import annotations

from playground.engine.fused.activations import derivative
from playground.engine.fused.compiling import cached
from playground.engine.fused.lanes import LANES, load, pointer, record, store


@cached
def take_out(layers, params, work, span, blocks, z, h, derivatives, fs):
    """Copy the values of ``blocks`` blocks of sixteen samples, a row of ``16 · blocks`` numbers for each unit.

    Args:
        layers, params, work: as in ``Net``. span: numbers of one block of the work space.
        z: takes what enters the activations, every hidden layer's rows one after the other.
        h: takes what leaves the layers, every hidden layer's units and then the scores.
        derivatives: takes the activation's derivative of every hidden layer's units; for maxout nothing.
        fs: takes what leaves the activations of the hidden layers that skip, at the places of their units.
    """
    table, numbers, rows = pointer(layers), pointer(params), pointer(work)
    to_z, to_h, to_derivatives, to_fs = pointer(z), pointer(h), pointer(derivatives), pointer(fs)
    row, unit = 0, 0
    width = blocks * LANES
    for index in range(len(layers)):
        layer = record(table, index)
        if layer.activation >= 0:
            a = layer.a
            if layer.slope >= 0:
                a = numbers[layer.slope]
            for i in range(layer.rows):
                for block in range(blocks):
                    to = (row + i) * width + block * LANES
                    store(to_z, to, load(rows, block * span + layer.z + i * LANES))
            row += layer.rows
        for i in range(layer.units):
            for block in range(blocks):
                to = (unit + i) * width + block * LANES
                here = block * span + i * LANES
                store(to_h, to, load(rows, here + layer.out))
                if layer.skips > 0:
                    store(to_fs, to, load(rows, here + layer.h))
                if layer.activation >= 0 and layer.pieces == 1:
                    values = load(rows, here + layer.z), load(rows, here + layer.h), a
                    store(to_derivatives, to, derivative(layer.activation, values))
        unit += layer.units
