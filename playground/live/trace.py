"""A traced step as a message for the stage's slow motion."""

from __future__ import annotations

from typing import Any

import numpy as np

from playground.data.prepare import prepare
from playground.engine.probe import gradient_norms
from playground.engine.trace import StepTrace
from playground.experiment import Experiment
from playground.later import torch
from playground.layout import Layout
from playground.techniques import LOSSES, class_weights

MAX_ROWS = 10
"""Rows of the batch that are told; the gradients are always those of the whole batch."""


def row_losses(trace: StepTrace, experiment: Experiment) -> np.ndarray:
    """Loss of each told row (n,), with label smoothing, class weights and mixup as in training."""
    loss = LOSSES[experiment.loss.name]
    weights = class_weights(experiment.class_weighting, prepare(experiment).y_train, experiment.n_classes)

    def of(targets: np.ndarray) -> np.ndarray:
        scores = torch.tensor(trace.scores[:MAX_ROWS])
        smoothing = experiment.label_smoothing if loss.smooths else 0.0
        told = torch.tensor(targets[:MAX_ROWS])
        losses = loss.per_sample(scores, told, experiment.loss, smoothing, experiment.task).numpy()
        return losses if weights is None else weights[told.long().numpy()] * losses

    if trace.partner_y is None:
        return of(trace.y)
    return trace.lam * of(trace.y) + (1 - trace.lam) * of(trace.partner_y)


def trace_message(trace: StepTrace, experiment: Experiment) -> dict[str, Any]:
    """The numbers of one step as JSON values; parameters in the flat order of the layout."""
    layout = Layout.of(experiment)

    def rows(values: np.ndarray | None) -> list[Any] | None:
        return None if values is None else values[:MAX_ROWS].tolist()

    def flat(named: dict[str, np.ndarray]) -> np.ndarray:
        return np.concatenate([named[block.name].ravel() for block in layout.parameters])

    gradients = flat(trace.gradients)
    return {
        "step": trace.step,
        "epoch": trace.epoch,
        "batch": {
            "rows": rows(trace.rows),
            "x": rows(trace.x),
            "y": rows(trace.y),
            "partner_y": rows(trace.partner_y),
            "share": trace.lam,
            "size": len(trace.rows),
        },
        "layers": [
            {
                "z": rows(z),
                "f": rows(f),
                "h": rows(h),
                "block_kept": block_kept,
                "kept": rows(kept),
                "z_gradient": rows(z_gradient),
                "weights_kept": None if weights is None else weights.ravel().tolist(),
            }
            for z, f, h, kept, block_kept, z_gradient, weights in zip(
                trace.z,
                trace.f,
                trace.h,
                trace.unit_masks,
                trace.kept,
                trace.z_gradients,
                trace.weight_masks,
                strict=True,
            )
        ],
        "scores": rows(trace.scores),
        "score_gradients": rows(trace.score_gradients),
        "losses": row_losses(trace, experiment).tolist(),
        "loss": trace.loss,
        "penalty": trace.penalty,
        "gradients": gradients.tolist(),
        "updates": flat(trace.updates).tolist(),
        "before": flat(trace.before).tolist(),
        "learning_rate": trace.learning_rate,
        "norms": gradient_norms(layout, gradients),
        "gradient_norm": trace.gradient_norm,
        "clipped_norm": trace.clipped_norm,
        "finite": trace.finite,
    }
