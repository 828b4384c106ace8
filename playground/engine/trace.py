"""One training step with every number kept, for walking through it slowly."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from playground.engine.plan import METRICS, Outcome, Plan
from playground.later import torch

if TYPE_CHECKING:
    from torch import Tensor

    from playground.engine.reference import ReferenceEngine


@dataclass(frozen=True, eq=False)
class StepTrace:
    """All numbers of one step; arrays are float32 unless said otherwise.

    Args:
        step: number of the step, from 1.
        epoch: epochs finished before it.
        learning_rate: η.
        rows: int64 (B,), rows of the training part.
        x: (B, d), inputs after mixup and input noise.
        y: (B,), targets; int64 for more than two classes.
        partner_y, lam: mixup's second targets and λ; None and 1 without mixup.
        z: for each hidden layer what enters the activation, (B, units · pieces).
        f: for each hidden layer what it gives by itself, after dropout, (B, units).
        h: for each hidden layer what leaves it: ``f``, with the layer's inputs where it skips, (B, units).
        scores: (B, n_outputs).
        unit_masks, weight_masks: for each hidden layer 0 or 1 / (1 - rate); None where nothing drops.
        kept: for each hidden layer whether stochastic depth kept its block; None where it leaves out none.
        loss: mean loss of the batch, without penalties.
        penalty: L1 and L2 terms.
        z_gradients: dL/dz for each hidden layer, in the shape of ``z``.
        score_gradients: dL/ds, (B, n_outputs).
        gradients: by parameter name, of loss and penalties, before clipping.
        gradient_norm: Euclidean norm of all ``gradients`` together.
        clipped_norm: the norm after clipping.
        before: the parameters by name.
        updates: change of each parameter, decay included; zero when the loss was not finite.
        finite: whether loss and new parameters are finite.
    """

    step: int
    epoch: int
    learning_rate: float
    rows: np.ndarray
    x: np.ndarray
    y: np.ndarray
    partner_y: np.ndarray | None
    lam: float
    z: tuple[np.ndarray, ...]
    f: tuple[np.ndarray, ...]
    h: tuple[np.ndarray, ...]
    scores: np.ndarray
    unit_masks: tuple[np.ndarray | None, ...]
    weight_masks: tuple[np.ndarray | None, ...]
    kept: tuple[bool | None, ...]
    loss: float
    penalty: float
    z_gradients: tuple[np.ndarray, ...]
    score_gradients: np.ndarray
    gradients: dict[str, np.ndarray]
    gradient_norm: float
    clipped_norm: float
    before: dict[str, np.ndarray]
    updates: dict[str, np.ndarray]
    finite: bool


def _array(tensor: Tensor) -> np.ndarray:
    return np.array(tensor.detach().cpu().numpy())


def _arrays(tensors: Sequence[Tensor]) -> tuple[np.ndarray, ...]:
    return tuple(_array(t) for t in tensors)


def _masks(masks: Sequence[Tensor | None], depth: int) -> tuple[np.ndarray | None, ...]:
    return tuple(None if m is None else _array(m) for m in masks or (None,) * depth)


def traced_step(engine: ReferenceEngine, plan: Plan, step: int, epoch: int) -> tuple[StepTrace, Outcome]:
    """Take the one step of ``plan`` on ``engine`` and keep its numbers.

    Args:
        engine: on the CPU; holds the new state afterwards, just as if it had run the plan.
        plan: of one step.
        step, epoch: for the trace.
    """
    names = [block.name for block in engine.layout.parameters]
    state = engine.state()
    before = engine.layout.named(state.params)
    lr = float(plan.lr[0])
    noise = engine.draw_noise(np.diff(plan.offsets))
    engine.train_mode(True)
    batch = engine.batch(torch.from_numpy(plan.order), noise, 0)
    values, loss = engine.batch_loss(batch)
    inner = torch.autograd.grad(loss, [*values.z, values.scores], retain_graph=True)
    penalty = float(engine.penalty())
    gradient = engine.fill_gradient(loss).clone()
    engine.clip()
    clipped_norm = float(engine.gradient.norm())
    finite = math.isfinite(float(loss.detach()))
    if finite:
        if engine.full_batch:  # whose closure does the forward pass again
            engine.load(state)
        engine.update(batch, lr)
        finite = engine.state().finite
    row = engine.metrics() if finite and plan.evaluate[0] else None
    if row is not None:
        finite = engine.finite_losses(row)
    if not finite:
        engine.load(state)
    after = engine.layout.named(engine.state().params)
    gradients = engine.layout.named(_array(gradient))
    from playground.model import Masks

    masks = batch.masks or Masks()
    depth = len(values.h)
    trace = StepTrace(
        step=step,
        epoch=epoch,
        learning_rate=lr,
        rows=plan.order.copy(),
        x=_array(batch.x),
        y=_array(batch.y),
        partner_y=None if batch.partner_y is None else _array(batch.partner_y),
        lam=float(batch.lam),
        z=_arrays(values.z),
        f=_arrays(values.f),
        h=_arrays(values.h),
        scores=_array(values.scores),
        unit_masks=_masks(masks.units, depth),
        weight_masks=_masks(masks.weights, depth),
        kept=tuple(None if b is None else bool(b) for b in masks.blocks or (None,) * depth),
        loss=float(loss.detach()),
        penalty=penalty,
        z_gradients=_arrays(inner[:-1]),
        score_gradients=_array(inner[-1]),
        gradients=gradients,
        gradient_norm=float(gradient.norm()),
        clipped_norm=clipped_norm,
        before=before,
        updates={name: after[name] - before[name] for name in names},
        finite=finite,
    )
    metrics = np.array([row] if row is not None and finite else []).reshape(-1, len(METRICS))
    return trace, Outcome(int(finite), metrics, not finite)
