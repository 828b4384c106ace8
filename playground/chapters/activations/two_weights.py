"""Why inputs of one sign make the weights zig-zag, on a problem with two weights.

A neuron s = w₁h₁ + w₂h₂ gets the outputs of two units of the layer before. Its gradient for one sample is
(s − y)·(h₁, h₂): with h₁, h₂ > 0 both entries have the same sign, so that a step can only go up-right or
down-left, and a target that lies up-left is reached in a zig-zag.

Source: LeCun, Bottou, Orr & Müller 1998, Efficient BackProp, section 4.3.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from playground.registry import Spec
from playground.techniques import ACTIVATIONS

SAMPLES = 64
START = (0.0, 0.0)


@dataclass(frozen=True, eq=False)
class ZigZag:
    """A run of the two-weight problem.

    Args:
        path: columns ``update``, ``w1``, ``w2``, ``dw1``, ``dw2`` (the step taken from there; nan at the end),
            ``angle`` (of the step, degrees in [0, 360)), ``distance`` (to the goal).
        inputs: (SAMPLES, 2) outputs of the layer before.
        goal: weights of zero loss.
        same_sign: share of steps whose two entries have the same sign (a zero counts as either).
        detour: length of the path up to its end divided by the length of the way straight there; 1 = straight.
        arrival: first update within a tenth of the starting distance, None if never.
    """

    path: pd.DataFrame
    inputs: np.ndarray
    goal: tuple[float, float]
    same_sign: float
    detour: float
    arrival: int | None


def zigzag(
    activation: Spec,
    goal_angle: float = 135.0,
    learning_rate: float = 0.3,
    batch_size: int = 1,
    updates: int = 200,
    seed: int = 0,
) -> ZigZag:
    """Stochastic gradient descent on ½(w·h − w*·h)², from w = 0 to a goal at distance 1.

    Args:
        activation: of the layer before, whose pre-activations are standard normal. Not maxout.
        goal_angle: direction of the goal in degrees; 135 is up-left, where all-positive inputs cannot go straight.
        learning_rate: η.
        batch_size: samples averaged in a step, 1 to SAMPLES.
        updates: steps at most; the run ends early within a hundredth of the starting distance.
        seed: of the samples and their order.
    """
    rng = np.random.default_rng(seed)
    z = torch.tensor(rng.standard_normal((SAMPLES, 2)))
    H = ACTIVATIONS[activation.name].forward(z, activation).numpy()
    goal = np.array([math.cos(math.radians(goal_angle)), math.sin(math.radians(goal_angle))])
    w = np.array(START)
    rows: list[tuple[float, ...]] = []
    order: list[int] = []
    for update in range(updates):
        if len(order) < batch_size:
            order = list(rng.permutation(SAMPLES))
        h = H[[order.pop() for _ in range(batch_size)]]
        step = -learning_rate * (h * (h @ (w - goal))[:, None]).mean(axis=0)
        rows.append((update, *w, *step))
        w = w + step
        distance = np.linalg.norm(w - goal)
        if distance < 0.01 or not distance < 1e6:
            break
    rows.append((len(rows), *w, np.nan, np.nan))
    path = pd.DataFrame(rows, columns=["update", "w1", "w2", "dw1", "dw2"])
    path["update"] = path["update"].astype(int)
    path["angle"] = np.degrees(np.arctan2(path["dw2"], path["dw1"])) % 360
    path["distance"] = np.hypot(path["w1"] - goal[0], path["w2"] - goal[1])
    steps = path[["dw1", "dw2"]].to_numpy()[:-1]
    near = path.loc[path["distance"] <= 0.1, "update"]
    straight = np.linalg.norm(path[["w1", "w2"]].iloc[-1].to_numpy() - np.array(START))
    return ZigZag(
        path=path,
        inputs=H,
        goal=(float(goal[0]), float(goal[1])),
        same_sign=float((steps[:, 0] * steps[:, 1] >= 0).mean()),
        detour=float(np.linalg.norm(steps, axis=1).sum() / max(straight, 1e-12)),
        arrival=None if near.empty else int(near.iloc[0]),
    )


def direction_frame(run: ZigZag, sectors: int = 24) -> pd.DataFrame:
    """How many steps went in which direction.

    Returns:
        Columns ``start``, ``end`` (degrees), ``count``, ``same_sign`` (whether the sector lies in the quadrants
        where both weights move in the same direction).
    """
    edges = np.linspace(0, 360, sectors + 1)
    steps = run.path[["dw1", "dw2"]].dropna().to_numpy()
    # A step along an axis moves one weight only; it is counted on the side of equal signs.
    nudged = steps + 1e-9 * np.linalg.norm(steps, axis=1, keepdims=True) * np.sign(
        steps.sum(1, keepdims=True)
    )
    counts, _ = np.histogram(np.degrees(np.arctan2(nudged[:, 1], nudged[:, 0])) % 360, bins=edges)
    middle = (edges[:-1] + edges[1:]) / 2
    return pd.DataFrame(
        {"start": edges[:-1], "end": edges[1:], "count": counts, "same_sign": (middle % 180) < 90}
    )
