"""The stages of batch and of layer normalization, with every number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from playground.data.prepare import prepare
from playground.experiment import Experiment
from playground.model import build

KINDS = ("batch_norm", "layer_norm")
EXPERIMENT = Experiment(dataset="circle", hidden=(6,), activation="tanh", init="pytorch")
"""Whose first layer gives the sums."""


def sums(batch: int = 8, seed: int = 0, experiment: Experiment = EXPERIMENT) -> np.ndarray:
    """The first layer's sums z for the first ``batch`` training rows, float64 (batch, units)."""
    at = experiment.replace(seed=seed, normalization="none")
    with torch.no_grad():
        z = build(at).layers(torch.tensor(prepare(at).F_train[:batch])).z[0]
    return np.asarray(z.numpy(), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Stages:
    """One group of sums on its way through a normalization.

    Args:
        table: columns ``member`` (1 …: sample of the batch, or unit of the layer), ``z``, ``centred`` (z − μ),
            ``normal`` (ẑ), ``scaled`` (γẑ + β).
        mean, variance: of the group; the variance divides by its size.
    """

    table: pd.DataFrame
    mean: float
    variance: float


def stages(z: np.ndarray, gamma: float = 1.0, beta: float = 0.0, eps: float = 1e-5) -> Stages:
    """Normalize one group of sums, (n,), step by step.

    For batch normalization the group is one unit over the mini-batch (Ioffe & Szegedy 2015, algorithm 1), for
    layer normalization one sample over the layer's units (Ba, Kiros & Hinton 2016, equations 3 and 4).
    """
    mean, variance = float(z.mean()), float(z.var())
    normal = (z - mean) / np.sqrt(variance + eps)
    table = pd.DataFrame(
        {
            "member": np.arange(1, len(z) + 1),
            "z": z,
            "centred": z - mean,
            "normal": normal,
            "scaled": gamma * normal + beta,
        }
    )
    return Stages(table, mean, variance)


def grid(z: np.ndarray, kind: str, index: int, eps: float = 1e-5) -> pd.DataFrame:
    """The whole layer before and after normalizing, for drawing.

    Args:
        z: (batch, units).
        kind: ``"batch_norm"`` or ``"layer_norm"``.
        index: the unit (batch norm) or sample (layer norm) whose group is marked, from 0.

    Returns:
        Columns ``sample``, ``unit`` (1 …), ``stage`` (``"before"``, ``"after"``), ``value``, ``marked``.
    """
    axis = 0 if kind == "batch_norm" else 1
    normal = (z - z.mean(axis, keepdims=True)) / np.sqrt(z.var(axis, keepdims=True) + eps)
    samples, units = np.indices(z.shape)
    marked = (units if kind == "batch_norm" else samples) == index
    frames = [
        pd.DataFrame(
            {
                "sample": samples.ravel() + 1,
                "unit": units.ravel() + 1,
                "stage": stage,
                "value": values.ravel(),
                "marked": marked.ravel(),
            }
        )
        for stage, values in (("before", z), ("after", normal))
    ]
    return pd.concat(frames, ignore_index=True)
