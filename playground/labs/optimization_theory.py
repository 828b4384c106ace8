"""Formulas of the lecture beside what the optimizers really do."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from playground.engine.reference import one_thread
from playground.registry import Spec
from playground.techniques import OPTIMIZERS

MEASURED_STEPS = 400
SMALLEST = 1e-140
"""Distances below this are not trusted: squares of them underflow."""


# --- contraction on a quadratic ½ (x² + κ y²) ------------------------------------------------------------


@dataclass(frozen=True)
class Constants:
    """The best constant learning rate and momentum for a quadratic, and the contraction they give.

    Args:
        rate, beta: η and β (0 for gradient descent).
        contraction: factor on the distance in each step, in the limit.
    """

    rate: float
    beta: float
    contraction: float


def best_descent(kappa: float) -> Constants:
    """Gradient descent: η = 2/(1 + κ) contracts by (κ − 1)/(κ + 1) (Polyak 1987, section 1.4.2)."""
    return Constants(2 / (1 + kappa), 0.0, (kappa - 1) / (kappa + 1))


def best_momentum(kappa: float) -> Constants:
    """Momentum: η = (2/(1 + √κ))², β = ((√κ − 1)/(√κ + 1))² contracts by √β (Polyak 1964)."""
    root = math.sqrt(kappa)
    ratio = (root - 1) / (root + 1)
    return Constants((2 / (1 + root)) ** 2, ratio**2, ratio)


def contraction(kappa: float, rate: float | np.ndarray, beta: float = 0.0) -> np.ndarray:
    """The factor on the distance in each step on ½(x² + κy²), in the limit; above 1 the run diverges.

    The largest modulus of the eigenvalues of (w, m) ↦ (w − η(βm + hw), βm + hw) over the curvatures h = 1, κ:
    the roots of z² − (1 + β − ηh) z + β (Goh 2017).

    Args:
        rate: η, one or several.

    Returns:
        The shape of ``rate``.
    """
    moduli = []
    for h in (1.0, kappa):
        middle = (1 + beta - np.asarray(rate) * h) / 2
        inside = middle**2 - beta
        # Complex roots have the modulus √β; of two real ones the outer one counts.
        real = np.abs(middle) + np.sqrt(np.maximum(inside, 0.0))
        moduli.append(np.where(inside < 0, math.sqrt(beta), real))
    return np.maximum(*moduli)


def distances(kappa: float, rate: float, beta: float = 0.0, steps: int = MEASURED_STEPS) -> np.ndarray:
    """Distance to the minimum of ½(x² + κy²) after 0, 1, … steps of the registered optimizer, (steps + 1,).

    From (1, 1), in float64. Ends early where the distance leaves [1e-140, 1e140].
    """
    return distances_at(kappa, (rate,), beta, steps)[0]


@one_thread()
def distances_at(kappa: float, rates: Sequence[float], beta: float, steps: int) -> list[np.ndarray]:
    """``distances`` for several learning rates: one optimizer with a parameter group for each."""
    name = "momentum" if beta else "sgd"
    spec = OPTIMIZERS[name].spec(**({"beta": beta} if beta else {}))
    # All weights in one block of memory, so that the gradient of all of them is one product.
    w = torch.ones(len(rates), 2, dtype=torch.float64)
    gradients = torch.zeros_like(w)
    weights = [torch.nn.Parameter(row) for row in w]
    for weight, row in zip(weights, gradients, strict=True):
        weight.grad = row
    groups = [{"params": [weight], "lr": rate} for weight, rate in zip(weights, rates, strict=True)]
    optimizer = OPTIMIZERS[name].make(groups, rates[0], spec)
    position, gradient, curvature = w.numpy(), gradients.numpy(), np.array([1.0, kappa])
    found = np.empty((steps + 1, len(rates)))
    found[0] = math.sqrt(2.0)
    with np.errstate(over="ignore", invalid="ignore"):
        for step in range(1, steps + 1):
            np.multiply(curvature, position, out=gradient)
            optimizer.step()
            found[step] = np.hypot(position[:, 0], position[:, 1])
        outside = ~((found > SMALLEST) & (found < 1 / SMALLEST))
    ends = np.where(outside.any(axis=0), outside.argmax(axis=0), steps)
    return [found[: end + 1, i].copy() for i, end in enumerate(ends)]


def measured(path: np.ndarray) -> float:
    """The contraction a step over the second half of a run's distances."""
    half = len(path) // 2
    return float((path[-1] / path[half]) ** (1 / (len(path) - 1 - half)))


def contraction_frame(kappa: float, betas: tuple[float, ...], points: int = 121) -> pd.DataFrame:
    """Contraction over the learning rate, from the formula.

    Returns:
        Columns ``rate``, ``beta``, ``contraction``; only where the run converges or nearly (up to 1.1).
    """
    parts = []
    for beta in betas:
        # with momentum β the run is stable up to η = 2 (1 + β)/κ
        rate = np.geomspace(0.02 / kappa, 2.2 * (1 + beta) / kappa, points)
        parts.append(
            pd.DataFrame({"rate": rate, "beta": beta, "contraction": contraction(kappa, rate, beta)})
        )
    frame = pd.concat(parts, ignore_index=True)
    return frame[frame["contraction"] <= 1.1].reset_index(drop=True)


def measured_frame(kappa: float, betas: tuple[float, ...], points: int = 8, steps: int = 160) -> pd.DataFrame:
    """Contraction as measured on runs of the registered optimizers; columns as ``contraction_frame``."""
    rows = []
    for beta in betas:
        rates = np.geomspace(0.05 / kappa, 1.99 * (1 + beta) / kappa, points).tolist()
        paths = distances_at(kappa, rates, beta, steps)
        rows += [(rate, beta, measured(path)) for rate, path in zip(rates, paths, strict=True)]
    return pd.DataFrame(rows, columns=["rate", "beta", "contraction"])


def distance_frame(kappa: float, steps: int = 200) -> pd.DataFrame:
    """Runs at the best constants, with the line that the formula predicts.

    Returns:
        Columns ``step``, ``rule`` (``"sgd"`` or ``"momentum"``), ``kind`` (``"measured"`` or ``"formula"``),
        ``distance``.
    """
    parts = []
    for rule, best in (("sgd", best_descent(kappa)), ("momentum", best_momentum(kappa))):
        path = distances(kappa, best.rate, best.beta, steps)
        step = np.arange(len(path))
        line = path[0] * best.contraction**step
        parts.append(pd.DataFrame({"step": step, "rule": rule, "kind": "measured", "distance": path}))
        parts.append(pd.DataFrame({"step": step, "rule": rule, "kind": "formula", "distance": line}))
    return pd.concat(parts, ignore_index=True)


# --- steps under a steady gradient -----------------------------------------------------------------------


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


def first_step_factor(beta1: float, beta2: float) -> float:
    """The first uncorrected Adam step over η: (1 − β₁)/√(1 − β₂), for any gradient (Kingma & Ba 2015, section 3)."""
    return (1 - beta1) / math.sqrt(1 - beta2)


def first_steps(beta1: float = 0.9, beta2: float = 0.999) -> pd.DataFrame:
    """The first Adam step for gradients of very different sizes.

    Returns:
        Columns ``gradient``, ``corrected`` (bool), ``step`` (−Δw/η).
    """
    sizes = 10.0 ** np.arange(-4, 5)
    parts = []
    for corrected in (True, False):
        spec = OPTIMIZERS["adam"].spec(beta1=beta1, beta2=beta2, eps=1e-12, bias_correction=corrected)
        steps = steps_under(spec, sizes[None, :])[0]
        parts.append(pd.DataFrame({"gradient": sizes, "corrected": corrected, "step": steps}))
    return pd.concat(parts, ignore_index=True)


def adam_steps(beta1: float = 0.9, beta2: float = 0.999, steps: int = 300) -> pd.DataFrame:
    """Adam under a constant gradient, with and without correction.

    Returns:
        Columns ``step`` (from 1), ``corrected`` (bool), ``size`` (−Δw/η measured), ``formula``:
        (1 − β₁ᵗ)/√(1 − β₂ᵗ) without correction, 1 with it.
    """
    t = np.arange(1, steps + 1)
    parts = []
    for corrected in (True, False):
        spec = OPTIMIZERS["adam"].spec(beta1=beta1, beta2=beta2, eps=1e-12, bias_correction=corrected)
        formula = np.ones(steps) if corrected else (1 - beta1**t) / np.sqrt(1 - beta2**t)
        size = steps_under(spec, np.ones(steps))
        parts.append(pd.DataFrame({"step": t, "corrected": corrected, "size": size, "formula": formula}))
    return pd.concat(parts, ignore_index=True)


def momentum_steps(betas: tuple[float, ...] = (0.0, 0.5, 0.9, 0.95), steps: int = 80) -> pd.DataFrame:
    """Momentum under a constant gradient.

    Returns:
        Columns ``step`` (from 1), ``beta``, ``size`` (−Δw/(ηg) measured), ``formula``: (1 − βᵗ)/(1 − β).
    """
    t = np.arange(1, steps + 1)
    parts = []
    for beta in betas:
        spec = OPTIMIZERS["momentum"].spec(beta=beta) if beta else OPTIMIZERS["sgd"].spec()
        formula = (1 - beta**t) / (1 - beta)
        size = steps_under(spec, np.ones(steps))
        parts.append(pd.DataFrame({"step": t, "beta": beta, "size": size, "formula": formula}))
    return pd.concat(parts, ignore_index=True)


def shrinking_steps(
    gradient: float = 1.0, steps: int = 1000, rules: tuple[str, ...] = ("sgd", "adagrad", "rmsprop", "adam")
) -> pd.DataFrame:
    """Steps under a constant gradient for several rules.

    Returns:
        Columns ``step`` (from 1), ``rule``, ``size`` (−Δw/η), ``distance`` (travelled so far over η). AdaGrad's steps
        are 1/√t, whatever the gradient's size.
    """
    t = np.arange(1, steps + 1)
    parts = []
    for rule in rules:
        size = steps_under(OPTIMIZERS[rule].spec(), np.full(steps, gradient))
        parts.append(pd.DataFrame({"step": t, "rule": rule, "size": size, "distance": size.cumsum()}))
    return pd.concat(parts, ignore_index=True)


def rare_and_frequent(steps: int = 200, every: int = 10) -> pd.DataFrame:
    """AdaGrad on two weights: one gets a gradient in each step, the other in every n-th only.

    Returns:
        Columns ``step`` (from 1), ``weight`` (``"frequent"`` or ``"rare"``), ``gradient``, ``effective`` (−Δw/(ηg), nan
        where the gradient is 0).
    """
    t = np.arange(1, steps + 1)
    gradients = np.stack([np.ones(steps), (t % every == 0).astype(float)], axis=1)
    moves = steps_under(OPTIMIZERS["adagrad"].spec(), gradients)
    parts = []
    for i, weight in enumerate(("frequent", "rare")):
        g = gradients[:, i]
        effective = np.divide(moves[:, i], g, out=np.full(steps, np.nan), where=g > 0)
        parts.append(pd.DataFrame({"step": t, "weight": weight, "gradient": g, "effective": effective}))
    return pd.concat(parts, ignore_index=True)
