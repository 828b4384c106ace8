"""The compiled training loop: many steps in one call, without the interpreter and without its lock.

``compute`` is its one entry: it takes the steps of a plan, or gives metrics, the activations of a grid of
points, or a gradient to look at, for one network or for many of one shape. Everything works in place on flat float32
arrays and allocates nothing. ``layers``, ``settings`` and ``options`` are the tables of ``tables.py``.
"""

# mypy: allow-untyped-defs, allow-untyped-calls

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from playground.engine.fused.clipping import clip
from playground.engine.fused.compiling import cached
from playground.engine.fused.few import place_of
from playground.engine.fused.lanes import (
    LANES,
    beyond,
    first_lanes,
    larger,
    load,
    pointer,
    record,
    spread,
    store,
    total,
    where,
)
from playground.engine.fused.noising import (
    add_noise,
    drop_blocks,
    drop_units,
    drop_weights,
    drop_weights_back,
    mix,
)
from playground.engine.fused.passes import Network, backward, batch_loss, forward
from playground.engine.fused.penalties import penalize, penalty
from playground.engine.fused.rules import part, within
from playground.engine.fused.updating import update

ZERO: Final = np.float32(0.0)
ONE: Final = np.float32(1.0)
EVALUATED_BLOCKS: Final = 4
"""Blocks of sixteen samples that an evaluation passes through the network at once."""

TRAINING: Final = np.bool_(True)
EVALUATION: Final = np.bool_(False)
MANY: Final = np.bool_(False)
"""NumPy's, as plain True and False would be types of their own and compile every function twice."""

METRICS: Final = 7
"""Numbers of one evaluation, in the order of ``plan.METRICS``."""

RUN: Final = 0
EVALUATE: Final = 1
ACTIVATIONS: Final = 2
GRADIENT: Final = 3
TRAINING_GRADIENT: Final = 4

FINISHED: Final = 0
BAD_LOSS: Final = 1
BAD_STATE: Final = 2


class Parts(NamedTuple):
    """Pointers to the rows to train on, to test on and to choose by, and their numbers."""

    F_train: Any
    y_train: Any
    n_train: Any
    F_test: Any
    y_test: Any
    n_test: Any
    F_validation: Any
    y_validation: Any
    n_validation: Any


class Steps(NamedTuple):
    """Pointers to the arrays of ``Plan``, and the number of steps."""

    order: Any
    offsets: Any
    lr: Any
    evaluate: Any
    steps: Any


class Draws(NamedTuple):
    """Pointers to the arrays of ``Noise``."""

    dropout: Any
    dropconnect: Any
    inputs: Any
    lams: Any
    partners: Any
    blocks: Any


# --- rows -------------------------------------------------------------------------------------------


@part
def _gather(net, F, y, rows, first, size, blocks, few):
    """Bring the rows ``rows[first:first + size]`` into the work space, zeros behind them."""
    settings, work = record(net.settings, 0), net.work
    n = settings.inputs
    last = (blocks - 1) * settings.span
    store(work, last + settings.y, ZERO)
    for k in range(n):
        store(work, last + k * LANES, ZERO)
    for sample in range(size):
        row = rows[first + sample]
        here, apart = place_of(settings, sample, few)
        for k in range(n):
            work[here + k * apart] = F[row * n + k]
        of_loss, _ = place_of(settings, sample, MANY)
        work[of_loss + settings.y] = y[row]


@part
def _evaluate(net, data, result, place):
    """Mean loss and accuracy over all rows of each part, in evaluation mode, nan of an empty one; and the penalty."""
    settings, work = record(net.settings, 0), net.work
    scores = record(net.layers, settings.layers - 1).z
    inputs = settings.inputs
    F, y, n = data.F_train, data.y_train, data.n_train
    loss_place, accuracy_place = METRICS * place, METRICS * place + 2
    for side in range(3):
        if side == 1:
            F, y, n = data.F_test, data.y_test, data.n_test
            loss_place, accuracy_place = METRICS * place + 1, METRICS * place + 3
        elif side == 2:
            F, y, n = data.F_validation, data.y_validation, data.n_validation
            loss_place, accuracy_place = METRICS * place + 4, METRICS * place + 5
        if n == 0:
            result[loss_place] = np.nan
            result[accuracy_place] = np.nan
            continue
        loss = 0.0
        right = spread(ZERO)
        start = 0
        while start < n:
            size = min(EVALUATED_BLOCKS * LANES, n - start)
            blocks = (size + LANES - 1) // LANES
            for sample in range(size):
                here = (sample // LANES) * settings.span + sample % LANES
                for k in range(inputs):
                    work[here + k * LANES] = F[(start + sample) * inputs + k]
                work[here + settings.y] = y[start + sample]
            forward(net, blocks, size, EVALUATION, EVALUATION, net.params, MANY)
            loss += batch_loss(net, blocks, size, 1.0, EVALUATION, ZERO, EVALUATION) * size
            if settings.classes > 0:
                for block in range(blocks):
                    here = block * settings.span
                    valid = first_lanes(size - block * LANES)
                    target = load(work, here + settings.y)
                    s = load(work, here + scores)
                    predicted = where(s > ZERO, ONE, ZERO)
                    if settings.scores > 1:
                        predicted = spread(ZERO)
                        for j in range(1, settings.scores):
                            s_j = load(work, here + scores + j * LANES)
                            predicted = where(s_j > s, np.float32(j), predicted)
                            s = larger(s_j, s)
                    right = right + where(valid, where(predicted == target, ONE, ZERO), ZERO)
            start += size
        result[loss_place] = loss / n
        result[accuracy_place] = np.float64(total(right)) / n if settings.classes > 0 else np.nan
    result[METRICS * place + 6] = penalty(net)


# --- many steps, and looking ------------------------------------------------------------------------


@part
def _run(net, data, plan, noise, metrics):
    """The plan's steps. Returns the finished steps, the evaluations done and how it ended."""
    settings = record(net.settings, 0)
    weights = net.params
    if settings.n_dropconnect > 0:
        weights = net.masked_weights
    done = np.int64(0)
    start = plan.offsets[0]
    for step in range(plan.steps):
        first = plan.offsets[step]
        size = plan.offsets[step + 1] - first
        sample = first - start
        blocks = (size + LANES - 1) // LANES
        few = size <= settings.few
        _gather(net, data.F_train, data.y_train, plan.order, first, size, blocks, few)
        lam, mixed = 1.0, settings.mixes > 0
        if mixed:
            lam = noise.lams[step]
            mix(net, data.F_train, data.y_train, plan.order, noise.partners, first, sample, size, lam, few)
        if settings.noisy > 0:
            add_noise(net, noise.inputs, sample * settings.inputs, size, few)
        if settings.dropped > 0:
            drop_units(net, noise.dropout, sample * settings.dropped, size, few)
        if settings.n_dropconnect > 0:
            drop_weights(net, noise.dropconnect, step * settings.n_dropconnect)
        if settings.blocks > 0:
            drop_blocks(net, noise.blocks, step * settings.blocks)
        forward(net, blocks, size, TRAINING, TRAINING, weights, few)
        loss = batch_loss(net, blocks, size, lam, mixed, settings.smoothing, settings.weighted > 0)
        if not np.isfinite(loss):
            return step, done, BAD_LOSS
        backward(net, blocks, size, TRAINING, TRAINING, weights, few)
        if settings.n_dropconnect > 0:
            drop_weights_back(net, noise.dropconnect, step * settings.n_dropconnect)
        penalize(net)
        clip(net)
        if not update(net, plan.lr[step]):
            return step, done, BAD_STATE
        if plan.evaluate[step]:
            _evaluate(net, data, metrics, done)
            losses_at = METRICS * done
            if not np.isfinite(metrics[losses_at]):
                return step, done, BAD_STATE
            if data.n_test > 0 and not np.isfinite(metrics[losses_at + 1]):
                return step, done, BAD_STATE
            if data.n_validation > 0 and not np.isfinite(metrics[losses_at + 4]):
                return step, done, BAD_STATE
            done += 1
    return plan.steps, done, FINISHED


@within
def _activations(net, F, n, result):
    layers, settings, work = net.layers, record(net.settings, 0), net.work
    inputs = settings.inputs
    start = 0
    while start < n:
        size = min(EVALUATED_BLOCKS * LANES, n - start)
        blocks = (size + LANES - 1) // LANES
        for sample in range(size):
            here = (sample // LANES) * settings.span + sample % LANES
            for k in range(inputs):
                work[here + k * LANES] = F[(start + sample) * inputs + k]
        forward(net, blocks, size, EVALUATION, EVALUATION, net.params, MANY)
        place = 0
        for index in range(settings.layers):
            layer = record(layers, index)
            for sample in range(size):
                here = (sample // LANES) * settings.span + layer.out + sample % LANES
                to = place + (start + sample) * layer.units
                for i in range(layer.units):
                    result[to + i] = work[here + i * LANES]
            place += n * layer.units
        start += size


@within
def _gradient(net, F, y, rows, size, training):
    blocks = (size + LANES - 1) // LANES
    _gather(net, F, y, rows, np.int64(0), size, blocks, MANY)
    forward(net, blocks, size, training, EVALUATION, net.params, MANY)
    loss = batch_loss(net, blocks, size, 1.0, EVALUATION, ZERO, EVALUATION)
    backward(net, blocks, size, training, EVALUATION, net.params, MANY)
    return loss


# --- the entry point --------------------------------------------------------------------------------


@part
def _network(net, k):
    """Network ``k`` of the stack; all of them use the same work space, one after the other."""
    n = len(net.settings)
    params = k * (len(net.params) // n)
    layers = k * (len(net.layers) // n)
    return Network(
        beyond(pointer(net.layers), layers),
        beyond(pointer(net.settings), k),
        beyond(pointer(net.options), k * (len(net.options) // n)),
        beyond(pointer(net.params), params),
        beyond(pointer(net.first), params),
        beyond(pointer(net.second), params),
        beyond(pointer(net.gradient), params),
        beyond(pointer(net.weight_mask), params),
        beyond(pointer(net.masked_weights), params),
        beyond(pointer(net.buffers), k * (len(net.buffers) // n)),
        beyond(pointer(net.counts), k * (len(net.counts) // n)),
        beyond(pointer(net.statistics), params),
        beyond(pointer(net.block_keep), k * (len(net.block_keep) // n)),
        pointer(net.work),
        pointer(net.x_transposed),
    )


@cached
def compute(task, net, which, data, plan, noise, metrics, result, ended):
    """All that the kernel does, behind one door, so that the layers are compiled once.

    What a task does not use is passed as an empty array.

    Args:
        task: RUN takes the steps of ``plan`` on ``data`` with ``noise``, which must be exactly that of these
            steps; network by network and row by row ``metrics`` (W * E, 7) takes the evaluations. EVALUATE fills
            ``metrics`` (W, 7). ACTIVATIONS passes ``data.F_train`` in evaluation mode and fills ``result``, float32:
            network by network for each hidden layer (n, units), then (n, scores), one after the other. GRADIENT puts
            the gradient of the mean loss over ``data.F_train[plan.order]``, without noise and penalties, into
            ``net.gradient``, normalized by the running statistics; TRAINING_GRADIENT by the batch's own,
            and the running ones move.
        net: ``Net`` of K networks of one shape, one after the other in each array.
        which: int64 (W,), the networks that are meant.
        data: ``Rows``. plan: ``Plan``, with the learning rates (W * S,) network by network. noise: ``Noise``.
        ended: int64 (3 W,). RUN fills it network by network: steps whose update left a finite state, evaluations
            done, how it ended.

    Returns:
        The mean loss of the last network's gradient.
    """
    F_train, y_train = pointer(data.F_train), pointer(data.y_train)
    F_test, y_test = pointer(data.F_test), pointer(data.y_test)
    order = pointer(plan.order)
    parts = Parts(
        F_train,
        y_train,
        len(data.y_train),
        F_test,
        y_test,
        len(data.y_test),
        pointer(data.F_validation),
        pointer(data.y_validation),
        len(data.y_validation),
    )
    n_steps = len(plan.offsets) - 1
    draws = Draws(
        pointer(noise.dropout),
        pointer(noise.dropconnect),
        pointer(noise.inputs),
        pointer(noise.lams),
        pointer(noise.partners),
        pointer(noise.blocks),
    )
    loss = 0.0
    for place in range(len(which)):
        network = _network(net, which[place])
        own = METRICS * place * (len(metrics) // len(which))
        if task == ACTIVATIONS:
            n = len(data.F_train) // record(network.settings, 0).inputs
            values = place * (len(result) // len(which))
            _activations(network, F_train, n, beyond(pointer(result), values))
        elif task in (GRADIENT, TRAINING_GRADIENT):
            training = np.bool_(task == TRAINING_GRADIENT)
            loss = _gradient(network, F_train, y_train, order, len(plan.order), training)
        elif task == EVALUATE:
            _evaluate(network, parts, beyond(pointer(metrics), own), np.int64(0))
        else:
            rates = beyond(pointer(plan.lr), place * n_steps)
            planned = Steps(order, pointer(plan.offsets), rates, pointer(plan.evaluate), n_steps)
            steps, done, ending = _run(network, parts, planned, draws, beyond(pointer(metrics), own))
            ended[3 * place] = steps
            ended[3 * place + 1] = done
            ended[3 * place + 2] = ending
    return loss
