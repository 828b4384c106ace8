"""The compiled training loop: many steps in one call, without the interpreter and without its lock.

``compute`` is its one entry: it takes the steps of a plan, or gives metrics, the activations of a grid of
points, or a gradient to look at. Everything works in place on flat float32 arrays and allocates
nothing. ``layers``, ``settings`` and ``options`` are the tables of ``tables.py``.
"""

# mypy: allow-untyped-defs, allow-untyped-calls

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from playground.engine.fused import layers as rules
from playground.engine.fused import losses, optimizers
from playground.engine.fused.compiling import cached
from playground.engine.fused.lanes import (
    LANES,
    first_lanes,
    fma,
    larger,
    load,
    pointer,
    record,
    smaller,
    spread,
    store,
    total,
    where,
)
from playground.engine.fused.rules import part
from playground.engine.fused.tables import BATCH

ZERO: Final = np.float32(0.0)
ONE: Final = np.float32(1.0)
EVALUATED_BLOCKS: Final = 4
"""Blocks of sixteen samples that an evaluation passes through the network at once."""

TRAINING: Final = np.bool_(True)
EVALUATION: Final = np.bool_(False)
"""NumPy's, as plain True and False would be types of their own and compile every function twice."""

RUN: Final = 0
EVALUATE: Final = 1
ACTIVATIONS: Final = 2
GRADIENT: Final = 3
TRAINING_GRADIENT: Final = 4

FINISHED: Final = 0
BAD_LOSS: Final = 1
BAD_STATE: Final = 2


class Network(NamedTuple):
    """Pointers to the arrays of ``engine.Net``, in its order."""

    layers: Any
    settings: Any
    options: Any
    params: Any
    first: Any
    second: Any
    gradient: Any
    weight_mask: Any
    linked: Any
    buffers: Any
    counts: Any
    statistics: Any
    kept: Any
    work: Any
    turned: Any


class Parts(NamedTuple):
    """Pointers to the rows to train on and to test on, and their numbers."""

    F_train: Any
    y_train: Any
    n_train: Any
    F_test: Any
    y_test: Any
    n_test: Any


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
    shares: Any
    partners: Any
    blocks: Any


# --- one pass ---------------------------------------------------------------------------------------


@part
def _counts(net, layer, index, drops):
    """What a layer counts for beside its skip connection: 0 or 1 in a step with stochastic depth, or its survival."""
    return net.kept[index] if drops and layer.drop_rate > ZERO else layer.survival


@part
def _forward(net, blocks, size, training, drops, weights):
    """All layers for the inputs that lie ready in the work space.

    Args:
        training: whether normalization goes by the batch. drops: whether units and blocks are left out.
    """
    layers, settings = net.layers, record(net.settings, 0)
    span = settings.span
    for index in range(settings.layers):
        layer = record(layers, index)
        to = layer.normal if layer.normalized else layer.z
        rules.linear(weights, net.params, net.work, layer, to, blocks, span)
        if layer.normalized == BATCH:
            rules.normalize(
                net.params, net.buffers, net.work, net.statistics, layer, blocks, span, size, training
            )
        elif layer.normalized > BATCH:
            rules.normalize_samples(net.params, net.work, layer, blocks, span)
        if layer.activation >= 0:
            dropping = drops and layer.rate > ZERO
            kept = _counts(net, layer, index, drops)
            rules.activate(net.params, net.work, layer, blocks, span, dropping, kept)


@part
def _backward(net, blocks, size, training, drops, weights):
    """All gradients, from the slopes ∂L/∂scores in the rows ``settings.delta``."""
    layers, settings = net.layers, record(net.settings, 0)
    span = settings.span
    d, other = settings.delta, settings.other
    index = settings.layers - 1
    while index >= 0:
        layer = record(layers, index)
        if layer.activation >= 0:
            dropping = drops and layer.rate > ZERO
            kept = _counts(net, layer, index, drops)
            rules.activate_back(
                net.params, net.gradient, net.work, layer, d, other, blocks, span, dropping, kept
            )
            d, other = other, d
        if layer.normalized == BATCH:
            rules.normalize_back(
                net.params, net.gradient, net.work, net.statistics, layer, d, blocks, span, size, training
            )
        elif layer.normalized > BATCH:
            rules.normalize_samples_back(net.params, net.gradient, net.work, layer, d, blocks, span)
        rules.linear_to_weights(net.work, net.turned, net.gradient, layer, d, blocks, span, size)
        if index > 0:
            rules.linear_to_inputs(weights, net.work, layer, d, other, blocks, span)
            d, other = other, d
        index -= 1


@part
def _loss(net, blocks, size, share, mixed, smoothing):
    """The batch's mean loss (float64); writes the slopes ∂L/∂scores.

    With mixup the loss is ``share · L(s, y) + (1 - share) · L(s, y')``.
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
        loss = losses.loss(code, (work, s, d, n, load(work, here + settings.y), smoothing, a))
        if mixed:
            rest = np.float32(1.0 - share)
            part = np.float32(share)
            y2 = load(work, here + settings.partner_y)
            loss = part * loss + rest * losses.loss(code, (work, s, d2, n, y2, smoothing, a))
            for j in range(n):
                both = part * load(work, d + j * LANES) + rest * load(work, d2 + j * LANES)
                store(work, d + j * LANES, both)
        for j in range(n):
            store(work, d + j * LANES, where(valid, load(work, d + j * LANES) * each, ZERO))
        sum_of_losses += np.float64(total(where(valid, loss, ZERO)))
    return sum_of_losses / size


# --- one step ---------------------------------------------------------------------------------------


@part
def _gather(net, F, y, rows, first, size, blocks):
    """Bring the rows ``rows[first:first + size]`` into the work space, zeros behind them."""
    settings, work = record(net.settings, 0), net.work
    n = settings.inputs
    for block in range(blocks):
        here = block * settings.span
        filled = min(LANES, size - block * LANES)
        for lane in range(filled):
            row = rows[first + block * LANES + lane]
            for k in range(n):
                work[here + k * LANES + lane] = F[row * n + k]
            work[here + settings.y + lane] = y[row]
        if filled < LANES:
            valid = first_lanes(filled)
            for k in range(n):
                store(work, here + k * LANES, where(valid, load(work, here + k * LANES), ZERO))
            y_here = here + settings.y
            store(work, y_here, where(valid, load(work, y_here), ZERO))


@part
def _mix(net, F, y, rows, partners, first, start, size, share):
    """Mixup (Zhang et al. 2018, equation 1): inputs between each sample and its partner."""
    settings, work = record(net.settings, 0), net.work
    n = settings.inputs
    part, rest = np.float32(share), np.float32(1.0 - share)
    for sample in range(size):
        here = (sample // LANES) * settings.span + sample % LANES
        row = rows[first + partners[start + sample]]
        for k in range(n):
            place = here + k * LANES
            work[place] = part * work[place] + rest * F[row * n + k]
        work[here + settings.partner_y] = y[row]


@part
def _add_noise(net, noise, start, size):
    settings, work = record(net.settings, 0), net.work
    n = settings.inputs
    for sample in range(size):
        here = (sample // LANES) * settings.span + sample % LANES
        for k in range(n):
            work[here + k * LANES] += noise[start + sample * n + k]


@part
def _drop_units(net, uniform, start, size):
    """Dropout's masks: 1/(1 - rate) where the uniform number is at least the rate, else 0."""
    layers, settings, work = net.layers, record(net.settings, 0), net.work
    for index in range(settings.layers):
        layer = record(layers, index)
        if layer.rate > ZERO:
            for sample in range(size):
                place = (sample // LANES) * settings.span + layer.mask + sample % LANES
                for i in range(layer.units):
                    kept = uniform[start + i] >= layer.rate
                    work[place + i * LANES] = layer.keep if kept else ZERO
                start += layer.units


@part
def _drop_links(net, uniform, start):
    """DropConnect: the weights that this step's forward pass sees, to ``net.linked``."""
    layers, settings = net.layers, record(net.settings, 0)
    for index in range(settings.layers):
        layer = record(layers, index)
        w = layer.weight
        n = layer.rows * layer.n_in
        if layer.activation < 0:  # the output layer keeps all
            for j in range(n):
                net.linked[w + j] = net.params[w + j]
            return
        for j in range(n):
            kept = uniform[start + j] >= settings.link_rate
            net.linked[w + j] = net.params[w + j] * settings.link_keep if kept else ZERO
        start += n


@part
def _drop_links_back(net, uniform, start):
    """The gradient of a dropped weight is 0, of a kept one scaled as the weight was."""
    layers, settings = net.layers, record(net.settings, 0)
    for index in range(settings.layers - 1):
        layer = record(layers, index)
        n = layer.rows * layer.n_in
        for j in range(n):
            kept = uniform[start + j] >= settings.link_rate
            net.gradient[layer.weight + j] *= settings.link_keep if kept else ZERO
        start += n


@part
def _drop_blocks(net, uniform, start):
    """Stochastic depth: which layers this step keeps, to ``net.kept``."""
    for index in range(record(net.settings, 0).layers):
        layer = record(net.layers, index)
        if layer.drop_rate > ZERO:
            net.kept[index] = ONE if uniform[start] >= layer.drop_rate else ZERO
            start += 1


@part
def _penalize(net):
    """Gradients of l1 Σ|w| + l2/2 Σw²."""
    settings = record(net.settings, 0)
    l1, l2 = settings.l1, settings.l2
    for j in range(0, settings.parameters, LANES):
        w = load(net.params, j) * load(net.weight_mask, j)
        sign = where(w > ZERO, l1, where(w < ZERO, -l1, ZERO))
        store(net.gradient, j, fma(l2, w, load(net.gradient, j) + sign))


@part
def _clip(net):
    """As torch.nn.utils.clip_grad_norm_ (code 1) and clip_grad_value_ (code 2)."""
    settings, gradient = record(net.settings, 0), net.gradient
    n = settings.parameters
    if settings.clipping == 1:
        squares = 0.0
        for j in range(n):
            squares += np.float64(gradient[j]) * np.float64(gradient[j])
        factor = np.float32(min(1.0, settings.limit / (np.sqrt(squares) + 1e-6)))
        for j in range(0, n, LANES):
            store(gradient, j, load(gradient, j) * factor)
    else:
        limit = np.float32(settings.limit)
        for j in range(0, n, LANES):
            store(gradient, j, larger(smaller(load(gradient, j), limit), -limit))


@part
def _update(net, lr):
    """Decoupled decay, then the optimizer's rule. False when a parameter is not finite any more."""
    settings = record(net.settings, 0)
    net.counts[0] += 1.0
    code, slots = settings.optimizer, settings.slots
    numbers = optimizers.numbers(code, (net.options, lr, net.counts))
    decays = settings.decay > 0.0 or settings.optimizer_decay > 0.0
    decay = np.float32(lr * settings.decay)
    optimizer_decay = np.float32(lr * settings.optimizer_decay)
    params, gradient, first, second = net.params, net.gradient, net.first, net.second
    check = spread(ZERO)
    for j in range(0, settings.parameters, LANES):
        w = load(params, j)
        if decays:
            held = load(net.weight_mask, j)
            w = w * (ONE - held * decay) * (ONE - held * optimizer_decay)
        m = spread(ZERO)
        v = spread(ZERO)
        if slots > 0:
            m = load(first, j)
        if slots > 1:
            v = load(second, j)
        w, m, v = optimizers.update(code, (w, load(gradient, j), m, v, numbers))
        store(params, j, w)
        if slots > 0:
            store(first, j, m)
        if slots > 1:
            store(second, j, v)
        check = fma(w, ZERO, check)  # NaN from the first number that is not finite
    return total(check) == ZERO


@part
def _evaluate(net, data, result, place):
    """Mean loss and accuracy over all rows of both parts, in evaluation mode."""
    settings, work = record(net.settings, 0), net.work
    scores = record(net.layers, settings.layers - 1).z
    inputs = settings.inputs
    F, y, n = data.F_train, data.y_train, data.n_train
    for side in range(2):
        if side == 1:
            F, y, n = data.F_test, data.y_test, data.n_test
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
            _forward(net, blocks, size, EVALUATION, EVALUATION, net.params)
            loss += _loss(net, blocks, size, 1.0, EVALUATION, ZERO) * size
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
        result[4 * place + side] = loss / n
        result[4 * place + side + 2] = np.float64(total(right)) / n if settings.classes > 0 else np.nan


# --- many steps, and looking ------------------------------------------------------------------------


@part
def _run(net, data, plan, noise, metrics):
    """The plan's steps. Returns the finished steps, the evaluations done and how it ended."""
    settings = record(net.settings, 0)
    weights = net.params
    if settings.links > 0:
        weights = net.linked
    done = np.int64(0)
    start = plan.offsets[0]
    for step in range(plan.steps):
        first = plan.offsets[step]
        size = plan.offsets[step + 1] - first
        sample = first - start
        blocks = (size + LANES - 1) // LANES
        _gather(net, data.F_train, data.y_train, plan.order, first, size, blocks)
        share, mixed = 1.0, settings.mixes > 0
        if mixed:
            share = noise.shares[step]
            _mix(net, data.F_train, data.y_train, plan.order, noise.partners, first, sample, size, share)
        if settings.noisy > 0:
            _add_noise(net, noise.inputs, sample * settings.inputs, size)
        if settings.dropped > 0:
            _drop_units(net, noise.dropout, sample * settings.dropped, size)
        if settings.links > 0:
            _drop_links(net, noise.dropconnect, step * settings.links)
        if settings.blocks > 0:
            _drop_blocks(net, noise.blocks, step * settings.blocks)
        _forward(net, blocks, size, TRAINING, TRAINING, weights)
        loss = _loss(net, blocks, size, share, mixed, settings.smoothing)
        if not np.isfinite(loss):
            return step, done, BAD_LOSS
        _backward(net, blocks, size, TRAINING, TRAINING, weights)
        if settings.links > 0:
            _drop_links_back(net, noise.dropconnect, step * settings.links)
        if settings.l1 > ZERO or settings.l2 > ZERO:
            _penalize(net)
        if settings.clipping != 0:
            _clip(net)
        if not _update(net, plan.lr[step]):
            return step, done, BAD_STATE
        if plan.evaluate[step]:
            _evaluate(net, data, metrics, done)
            if not (np.isfinite(metrics[4 * done]) and np.isfinite(metrics[4 * done + 1])):
                return step, done, BAD_STATE
            done += 1
    return plan.steps, done, FINISHED


@part
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
        _forward(net, blocks, size, EVALUATION, EVALUATION, net.params)
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


@part
def _gradient(net, F, y, rows, size, training):
    blocks = (size + LANES - 1) // LANES
    _gather(net, F, y, rows, np.int64(0), size, blocks)
    _forward(net, blocks, size, training, EVALUATION, net.params)
    loss = _loss(net, blocks, size, 1.0, EVALUATION, ZERO)
    _backward(net, blocks, size, training, EVALUATION, net.params)
    return loss


# --- the entry point --------------------------------------------------------------------------------


@cached
def compute(task, net, data, plan, noise, metrics, result):
    """All that the kernel does, behind one door, so that the layers are compiled once.

    What a task does not use is passed as an empty array.

    Args:
        task: RUN takes the steps of ``plan`` on ``data`` with ``noise``, which must be exactly that of these
            steps; row by row ``metrics`` (E, 4) takes the evaluations. EVALUATE fills ``metrics`` (1, 4).
            ACTIVATIONS passes ``data.F_train`` in evaluation mode and fills ``result``, float32: for each
            hidden layer (n, units), then (n, scores), one after the other. GRADIENT puts the gradient
            of the mean loss over ``data.F_train[plan.order]``, without noise and penalties, into
            ``net.gradient``, normalized by the running statistics; TRAINING_GRADIENT by the batch's own,
            and the running ones move.
        net: ``Net``. data: ``Rows``. plan: ``Plan``. noise: ``Noise``.

    Returns:
        (steps whose update left a finite state, evaluations done, how it ended, the gradient's mean loss).
    """
    network = Network(
        pointer(net.layers),
        pointer(net.settings),
        pointer(net.options),
        pointer(net.params),
        pointer(net.first),
        pointer(net.second),
        pointer(net.gradient),
        pointer(net.weight_mask),
        pointer(net.linked),
        pointer(net.buffers),
        pointer(net.counts),
        pointer(net.statistics),
        pointer(net.kept),
        pointer(net.work),
        pointer(net.turned),
    )
    F_train, y_train = pointer(data.F_train), pointer(data.y_train)
    F_test, y_test = pointer(data.F_test), pointer(data.y_test)
    order = pointer(plan.order)
    steps, done, ending = np.int64(0), np.int64(0), FINISHED
    loss = 0.0
    if task == ACTIVATIONS:
        n = len(data.F_train) // record(network.settings, 0).inputs
        _activations(network, F_train, n, pointer(result))
    elif task in (GRADIENT, TRAINING_GRADIENT):
        training = np.bool_(task == TRAINING_GRADIENT)
        loss = _gradient(network, F_train, y_train, order, len(plan.order), training)
    else:
        parts = Parts(F_train, y_train, len(data.y_train), F_test, y_test, len(data.y_test))
        if task == EVALUATE:
            _evaluate(network, parts, pointer(metrics), done)
        else:
            steps_planned = Steps(
                order, pointer(plan.offsets), pointer(plan.lr), pointer(plan.evaluate), len(plan.lr)
            )
            draws = Draws(
                pointer(noise.dropout),
                pointer(noise.dropconnect),
                pointer(noise.inputs),
                pointer(noise.shares),
                pointer(noise.partners),
                pointer(noise.blocks),
            )
            steps, done, ending = _run(network, parts, steps_planned, draws, pointer(metrics))
    return steps, done, ending, loss
