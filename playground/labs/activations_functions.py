"""Activations as functions: values, derivatives, properties and what a call costs."""

from __future__ import annotations

import math
import time
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
OUTPUTS = 65_536
"""Outputs of one call whose time is taken."""
UNITS = 256
"""Inputs and units of the layer whose matrix product stands beside it."""
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
        ``mean``, ``variance``: of the output for a standard normal z (by quantiles); ``zero_centred``:
        |mean| < 0.01; ``max_slope``; ``saturates``: ``"both"``, ``"left"``, ``"right"`` or ``"no"``, where the
        slope at ∓FAR is flat; ``flat_share``: share of standard normal z with a slope below 0.01.
    """
    wide = np.linspace(-REACH, REACH, 20_001)
    normal = torch.special.ndtri((torch.arange(20_000, dtype=torch.float64) + 0.5) / 20_000).numpy()
    rows = []
    for spec in specs:
        all_values, usual = evaluate(spec, wide), evaluate(spec, normal)
        ends = evaluate(spec, np.array([-FAR, FAR])).slope
        left, right = (abs(end) < FLAT for end in ends)
        rows.append(
            {
                "activation": label(spec),
                "low": float(all_values.h.min()),
                "high": float(all_values.h.max()),
                "mean": float(usual.h.mean()),
                "variance": float(usual.h.var()),
                "zero_centred": bool(abs(usual.h.mean()) < 0.01),
                "max_slope": float(all_values.slope.max()),
                "saturates": "both" if left and right else "left" if left else "right" if right else "no",
                "flat_share": float((np.abs(usual.slope) < 0.01).mean()),
            }
        )
    return pd.DataFrame(rows)


def tanh_identity(low: float = -6, high: float = 6, points: int = 241) -> pd.DataFrame:
    """tanh z beside 2σ(2z) − 1, both from the registry's entries.

    Returns:
        Columns ``z``, ``tanh``, ``from_sigmoid``, ``difference`` (float64).
    """
    z = np.linspace(low, high, points)
    tanh = evaluate(ACTIVATIONS["tanh"].spec(), z).h
    rebuilt = 2 * evaluate(ACTIVATIONS["sigmoid"].spec(), 2 * z).h - 1
    return pd.DataFrame({"z": z, "tanh": tanh, "from_sigmoid": rebuilt, "difference": tanh - rebuilt})


def product_cost(outputs: int = OUTPUTS, units: int = UNITS, repeats: int = 15) -> float:
    """Microseconds of the matrix product that makes ``outputs`` sums of ``units`` inputs each; the fastest one."""
    generator = torch.Generator().manual_seed(0)
    rows = torch.randn(outputs // units, units, generator=generator)
    weight = torch.randn(units, units, generator=generator)
    best = math.inf
    for _ in range(repeats):
        start = time.perf_counter()
        rows @ weight
        best = min(best, time.perf_counter() - start)
    return best * 1e6


def cost_frame(specs: Sequence[Spec], outputs: int = OUTPUTS, repeats: int = 15) -> pd.DataFrame:
    """Time of a call on this machine: the fastest of ``repeats``, taken in turns with the others.

    Args:
        specs: activations; ReLU is measured as well, as the unit.
        outputs: number of outputs of one call (float32, on the CPU).
        repeats: rounds.

    Returns:
        Columns ``activation``, ``pass`` (``"forward"`` or ``"backward"``: forward and gradient together),
        ``microseconds``, ``relative`` (to ReLU's same pass).
    """
    relu = ACTIVATIONS["relu"].spec()
    chosen = list(dict.fromkeys([relu, *specs]))
    generator = torch.Generator().manual_seed(0)
    inputs = [
        torch.randn(ACTIVATIONS[spec.name].pieces(spec) * outputs, generator=generator) for spec in chosen
    ]
    best = np.full((len(chosen), 2), np.inf)
    for _ in range(repeats):
        for i, (spec, z) in enumerate(zip(chosen, inputs, strict=True)):
            forward = ACTIVATIONS[spec.name].forward
            start = time.perf_counter()
            with torch.no_grad():
                forward(z, spec)
            middle = time.perf_counter()
            leaf = z.detach().requires_grad_()
            torch.autograd.grad(forward(leaf, spec).sum(), leaf)
            end = time.perf_counter()
            best[i] = np.minimum(best[i], ((middle - start) * 1e6, (end - middle) * 1e6))
    return pd.DataFrame(
        [
            {
                "activation": label(spec),
                "pass": name,
                "microseconds": best[i, k],
                "relative": best[i, k] / best[0, k],
            }
            for i, spec in enumerate(chosen)
            for k, name in enumerate(("forward", "backward"))
        ]
    )
