"""Activations as functions: values, derivatives and what distinguishes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from playground.registry import Spec, format_spec
from playground.techniques import ACTIVATIONS

FAR = 20.0
"""Where an activation counts as far out."""
FLAT = 1e-3
"""A slope below this in magnitude is flat."""
WIDE = 10.0
"""Standard deviation of the sums of a layer whose weights have grown, or started, too large."""
REACH = 50.0
"""Outputs are measured for inputs from -REACH to REACH."""


class Values(NamedTuple):
    """An activation on a grid: float64 arrays of one shape (n,)."""

    z: np.ndarray
    h: np.ndarray
    slope: np.ndarray


def label(spec: Spec) -> str:
    """The short text form of an activation, with the parameters that differ from their defaults."""
    return format_spec(ACTIVATIONS[spec.name], spec)


def evaluate(spec: Spec, z: np.ndarray) -> Values:
    """Value and derivative at ``z`` (n,).

    A maxout unit chooses its shape itself; shown is the one whose k pieces are tangents of z²/4 at k points
    spread evenly over -3 … 3 (k = 2: a shifted absolute value).
    """
    leaf = torch.tensor(np.asarray(z, dtype=np.float64), requires_grad=True)
    pieces = ACTIVATIONS[spec.name].pieces(spec)
    pre: Tensor = leaf
    if pieces > 1:
        touch = torch.linspace(-3, 3, pieces, dtype=torch.float64)
        pre = leaf[:, None] * touch / 2 - touch**2 / 4
    h = ACTIVATIONS[spec.name].forward(pre, spec).reshape(-1)
    (slope,) = torch.autograd.grad(h.sum(), leaf)
    return Values(leaf.detach().numpy(), h.detach().numpy(), slope.numpy())


def function_frame(
    specs: Sequence[Spec], low: float = -6, high: float = 6, points: int = 241
) -> pd.DataFrame:
    """Curves to overlay.

    Returns:
        Columns ``activation`` (label), ``quantity`` (``"value"`` or ``"derivative"``), ``z``, ``y``.
    """
    grid = np.linspace(low, high, points)
    frames = []
    for spec in specs:
        values = evaluate(spec, grid)
        for quantity, y in (("value", values.h), ("derivative", values.slope)):
            frames.append(pd.DataFrame({"activation": label(spec), "quantity": quantity, "z": grid, "y": y}))
    return pd.concat(frames, ignore_index=True)


def property_frame(specs: Sequence[Spec]) -> pd.DataFrame:
    """What distinguishes activations, measured from the functions themselves.

    Returns:
        One row each. ``activation``; ``low``, ``high``: smallest and largest output for |z| ≤ REACH;
        ``mean``, ``variance``: of the output for a standard normal z (by quantiles); ``zero_centered``:
        |mean| < 0.01; ``max_slope``; ``saturates``: ``"both"``, ``"left"``, ``"right"`` or ``"no"``, where the
        slope at ∓FAR is flat; ``flat_share``, ``far_share``: share of normal z with mean 0 and standard deviation 1,
        or WIDE, whose slope is below 0.01.
    """
    wide = np.linspace(-REACH, REACH, 20_001)
    normal = torch.special.ndtri((torch.arange(20_000, dtype=torch.float64) + 0.5) / 20_000).numpy()
    rows = []
    for spec in specs:
        all_values, usual = evaluate(spec, wide), evaluate(spec, normal)
        spread = evaluate(spec, WIDE * normal)
        ends = evaluate(spec, np.array([-FAR, FAR])).slope
        left, right = (abs(end) < FLAT for end in ends)
        rows.append(
            {
                "activation": label(spec),
                "low": float(all_values.h.min()),
                "high": float(all_values.h.max()),
                "mean": float(usual.h.mean()),
                "variance": float(usual.h.var()),
                "zero_centered": bool(abs(usual.h.mean()) < 0.01),
                "max_slope": float(all_values.slope.max()),
                "saturates": "both" if left and right else "left" if left else "right" if right else "no",
                "flat_share": float((np.abs(usual.slope) < 0.01).mean()),
                "far_share": float((np.abs(spread.slope) < 0.01).mean()),
            }
        )
    return pd.DataFrame(rows)
