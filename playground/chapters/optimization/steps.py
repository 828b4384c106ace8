"""The steps that registered optimizers take under given gradients."""

from __future__ import annotations

import numpy as np
import torch

from playground.engine.reference import one_thread
from playground.registry import Spec
from playground.techniques import OPTIMIZERS


@one_thread()
def steps_under(spec: Spec, gradients: np.ndarray, rate: float = 1.0) -> np.ndarray:
    """What a registered optimizer does with given gradients: −Δw for each step.

    Args:
        gradients: (T,) or (T, n), one row a step.
        rate: η.

    Returns:
        float64, the shape of ``gradients``.
    """
    rows = np.asarray(gradients, dtype=np.float64).reshape(len(gradients), -1)
    w = torch.nn.Parameter(torch.zeros(rows.shape[1], dtype=torch.float64))
    w.grad = torch.zeros_like(w)
    optimizer = OPTIMIZERS[spec.name].make([{"params": [w]}], rate, spec)
    position, gradient = w.detach().numpy(), w.grad.numpy()
    moves = np.empty_like(rows)
    for i, row in enumerate(rows):
        before = position.copy()
        gradient[:] = row
        optimizer.step()
        moves[i] = before - position
    return moves.reshape(np.shape(gradients))
