"""A race of update rules on a function of two weights.

The rules are the registered optimizers themselves, working on a parameter of two numbers, and Newton's method,
written out here. Every rule meets the same noise.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from playground.chapters.optimization.surfaces import SURFACES, Pair, Surface, noise_of
from playground.engine.reference import one_thread
from playground.registry import Spec
from playground.techniques import OPTIMIZERS

NEWTON = "newton"
UNCORRECTED = "adam_uncorrected"
LINE_SEARCH = 25
"""Evaluations that L-BFGS may take in one step; PyTorch's own limit depends on the number of iterations."""
FAR = 1e8
"""A path that is farther from 0 than this has diverged."""
RATES = (0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
"""Learning rates that the search tries first: three a decade."""
NOISE_SEED = 0
"""Of the noise that every rule meets."""
REFINED = (0.6, 0.8, 1.25, 1.5)
"""Factors on the best of them that it tries then."""


@dataclass(frozen=True)
class Rule:
    """One participant.

    Args:
        name: identifier; a registered optimizer's name, or one of the variants.
        spec: the optimizer's choice; None for Newton's method.
        rate: learning rate to begin with.
        tunable: whether the learning rate is to be searched; Newton's and L-BFGS's own step is η = 1.
    """

    name: str
    spec: Spec | None
    rate: float = 0.02
    tunable: bool = True

    @property
    def full_batch(self) -> bool:
        """Whether the rule takes its own gradients, as many as it likes."""
        return self.spec is not None and OPTIMIZERS[self.spec.name].full_batch


def _rules() -> dict[str, Rule]:
    found: list[Rule] = []
    for name, technique in OPTIMIZERS.items():
        # a whole L-BFGS search in one step would leave no path to look at
        if technique.full_batch:
            found.append(Rule(name, technique.spec(max_iter=1), 1.0, tunable=False))
            continue
        found.append(Rule(name, technique.spec()))
        if "bias_correction" in technique.spec().params:
            found.append(Rule(UNCORRECTED, technique.spec(bias_correction=False)))
    return {rule.name: rule for rule in (*found, Rule(NEWTON, None, 1.0, tunable=False))}


RULES: dict[str, Rule] = _rules()
"""Every participant by name: all registered optimizers, Adam without correction, Newton."""


@dataclass(frozen=True, eq=False)
class Path:
    """What one rule did in T steps (fewer when it diverged).

    Args:
        rule: its name.
        rate: learning rate.
        positions: (T + 1, 2).
        losses: (T + 1,), of the surface itself, without noise.
        gradients: (T + 1, 2), as the rule saw them, with noise; nan in the last row.
        state: by PyTorch's name, (T + 1, 2) after each step; zeros in the first row.
        evaluations: int (T + 1,), how often value and gradient were asked for so far.
        diverged: whether it left all bounds.
    """

    rule: str
    rate: float
    positions: np.ndarray
    losses: np.ndarray
    gradients: np.ndarray
    state: dict[str, np.ndarray]
    evaluations: np.ndarray
    diverged: bool

    @property
    def effective(self) -> np.ndarray:
        """(T + 1, 2): how far each coordinate went per unit of its gradient, −Δw/g; nan in the last row.

        η for gradient descent; about η/(1 − β) in steady motion with momentum; η/(√s + ε) with AdaGrad and RMSProp.
        """
        steps = np.vstack([np.diff(self.positions, axis=0), np.full((1, 2), np.nan)])
        return np.divide(
            -steps, self.gradients, out=np.full_like(steps, np.nan), where=np.abs(self.gradients) > 1e-12
        )


def noise_for(spec: Spec, steps: int, seed: int) -> np.ndarray:
    """What the mini-batches of a race add to the gradients, (steps, 2): the same for every rule."""
    return np.random.default_rng(seed).standard_normal((steps, 2)) * noise_of(spec)


class _Weights:
    """Two weights that a torch optimizer and NumPy see at once, in float64, and the surface under them."""

    def __init__(self, surface: Surface, spec: Spec, start: Pair) -> None:
        self.parameter = torch.nn.Parameter(torch.tensor(start, dtype=torch.float64))
        self.parameter.grad = torch.zeros_like(self.parameter)
        self.w = self.parameter.detach().numpy()
        self.g = self.parameter.grad.numpy()
        self.surface, self.spec = surface, spec
        self.noise = np.zeros(2)
        self.evaluations = 0

    def look(self) -> None:
        """The gradient of f(w) + ε·w into ``g``; ε is this step's noise."""
        x, y = self.w.tolist()
        try:
            self.g[:] = self.surface.gradient(x, y, self.spec)
        except OverflowError:
            self.g[:] = math.inf
        self.g += self.noise

    def closure(self) -> float:
        """The value of f(w) + ε·w; its gradient comes into ``g``."""
        self.evaluations += 1
        self.look()
        x, y = self.w.tolist()
        try:
            return float(self.surface.value(x, y, self.spec)) + float(self.noise @ self.w)
        except OverflowError:
            return math.inf

    def newton(self, rate: float) -> None:
        """w ← w − η H⁻¹ g, with the pseudo-inverse where H is singular (Nocedal & Wright 2006, section 2.2)."""
        x, y = self.w.tolist()
        xx, xy, yy = self.surface.hessian(x, y, self.spec)
        step, *_ = np.linalg.lstsq(np.array([[xx, xy], [xy, yy]]), self.g, rcond=1e-12)
        self.w -= rate * step


@one_thread()
def run_rule(
    surface: Spec, rule: Rule, rate: float, start: Pair, steps: int, noise: np.ndarray | None = None
) -> Path:
    """Let one rule descend.

    Args:
        surface: a choice out of ``SURFACES``.
        rule: out of ``RULES``, or with other parameters.
        rate: learning rate η.
        start: first position.
        steps: at most.
        noise: (steps, 2), added to the gradients; None for none.
    """
    technique = SURFACES[surface.name]
    weights = _Weights(technique, surface, start)
    optimizer = None
    slots: tuple[str, ...] = ()
    if rule.spec is not None:
        made = OPTIMIZERS[rule.spec.name]
        optimizer = made.make([{"params": [weights.parameter]}], rate, rule.spec)
        if rule.full_batch:
            optimizer.param_groups[0]["max_eval"] = LINE_SEARCH
        slots = ("d",) if made.full_batch else made.slot_names
    w = weights.w
    positions, gradients, evaluations = [w.copy()], [], [0]
    state: dict[str, list[np.ndarray]] = {name: [np.zeros(2)] for name in slots}
    diverged = False
    for step in range(steps):
        if noise is not None:
            weights.noise = noise[step]
        weights.look()
        gradients.append(weights.g.copy())
        if optimizer is not None and rule.full_batch:
            optimizer.step(weights.closure)
        else:
            weights.evaluations += 1
            if optimizer is None:
                weights.newton(rate)
            else:
                optimizer.step()
        kept = {} if optimizer is None else optimizer.state[weights.parameter]
        for name in slots:
            value = kept.get(name)
            state[name].append(state[name][-1] if value is None else value.detach().numpy().copy())
        evaluations.append(weights.evaluations)
        if not (np.isfinite(w).all() and np.abs(w).max() < FAR):
            diverged = True
            evaluations.pop()
            gradients.pop()
            for values in state.values():
                values.pop()
            break
        positions.append(w.copy())
    gradients.append(np.full(2, np.nan))
    where = np.array(positions)
    with np.errstate(over="ignore", invalid="ignore"):
        losses = np.asarray(technique.value(where[:, 0], where[:, 1], surface), dtype=float)
    return Path(
        rule.name,
        rate,
        where,
        losses,
        np.array(gradients),
        {name: np.array(values) for name, values in state.items()},
        np.array(evaluations),
        diverged,
    )


def race(
    surface: Spec, rates: dict[str, float], start: Pair, steps: int = 150, seed: int = 0
) -> tuple[Path, ...]:
    """The paths of several rules from one start, with the same noise.

    Args:
        rates: learning rate by name of the rule, out of ``RULES``.
    """
    noise = noise_for(surface, steps, seed)
    return tuple(run_rule(surface, RULES[name], rate, start, steps, noise) for name, rate in rates.items())


def score(path: Path, surface: Spec) -> float:
    """How well a rule did, lower is better: the mean of log₁₀ of the height above the lowest minimum.

    Over all steps, so that getting there early counts, and not only arriving. inf when it diverged or left the
    picture by more than the picture's own size.
    """
    low, high = np.array(SURFACES[surface.name].domain(surface)).T
    away = np.maximum(low - path.positions, path.positions - high).max(axis=0)
    if path.diverged or (away > high - low).any():
        return math.inf
    height = path.losses - SURFACES[surface.name].lowest(surface)
    return float(np.log10(np.clip(height, 1e-12, 1e12)).mean())


def tuned(
    surface: Spec,
    names: Sequence[str],
    start: Pair,
    steps: int = 150,
    seed: int = 0,
) -> Iterator[tuple[float, dict[str, float]]]:
    """The best learning rate of each rule for just this surface, start and number of steps.

    The grid ``RATES``, then four values around the best one. Rules with a step of their own keep it.

    Yields:
        After each run the share done, and the rates found so far.
    """
    noise = noise_for(surface, steps, seed)
    result: dict[str, float] = {}
    runs = len(RATES) + len(REFINED)
    for i, name in enumerate(names):
        best: tuple[float, float] = (math.inf, RULES[name].rate)
        done = 0
        for coarse in (True, False) if RULES[name].tunable else ():
            for rate in RATES if coarse else [best[1] * factor for factor in REFINED]:
                path = run_rule(surface, RULES[name], rate, start, steps, noise)
                best = min(best, (score(path, surface), rate))
                done += 1
                yield (i + done / (runs + 1)) / len(names), dict(result)
        result[name] = float(f"{best[1]:.3g}")
        yield (i + 1) / len(names), dict(result)


def standings(paths: Sequence[Path], surface: Spec) -> pd.DataFrame:
    """One row a rule, best first.

    Returns:
        Columns ``rule``, ``rate``, ``loss`` (last), ``height`` (last, above the lowest minimum), ``steps``,
        ``arrival`` (first step within a thousandth of the starting height, nan if never), ``evaluations``,
        ``diverged``.
    """
    lowest = SURFACES[surface.name].lowest(surface)
    rows = []
    for path in paths:
        height = path.losses - lowest
        near = np.flatnonzero(height <= 1e-3 * height[0])
        rows.append(
            {
                "rule": path.rule,
                "rate": path.rate,
                "loss": float(path.losses[-1]),
                "height": float(height[-1]),
                "steps": len(path.positions) - 1,
                "arrival": float(near[0]) if len(near) else math.nan,
                "evaluations": int(path.evaluations[-1]),
                "diverged": path.diverged,
            }
        )
    frame = pd.DataFrame(rows)
    order = (
        frame.assign(height=frame["height"].where(~frame["diverged"], math.inf)).sort_values("height").index
    )
    return frame.loc[order].reset_index(drop=True)


def path_frame(path: Path) -> pd.DataFrame:
    """A path coordinate by coordinate.

    Returns:
        Columns ``step``, ``coordinate`` (``"x"`` or ``"y"``), ``position``, ``gradient`` (magnitude), ``effective``
        (magnitude of the effective step, −Δw/g).
    """
    parts = []
    for i, coordinate in enumerate(("x", "y")):
        parts.append(
            pd.DataFrame(
                {
                    "step": np.arange(len(path.positions)),
                    "coordinate": coordinate,
                    "position": path.positions[:, i],
                    "gradient": np.abs(path.gradients[:, i]),
                    "effective": np.abs(path.effective[:, i]),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def grounding(
    surface: Spec, columns: int = 160, rows: int = 120, slices: int = 12
) -> Iterator[tuple[float, np.ndarray]]:
    """The surface's values over its domain, (rows, columns), the first row at the lowest y.

    Yields:
        The share done and the rows so far, a slice at a time: a network's loss takes a while.
    """
    technique = SURFACES[surface.name]
    (x_low, x_high), (y_low, y_high) = technique.domain(surface)
    x, y = np.meshgrid(np.linspace(x_low, x_high, columns), np.linspace(y_low, y_high, rows))
    parts: list[np.ndarray] = []
    for part in np.array_split(np.arange(rows), slices):
        parts.append(np.asarray(technique.value(x[part], y[part], surface), dtype=float))
        yield len(parts) / slices, np.vstack(parts)


def heights(surface: Spec) -> np.ndarray:
    """The complete result of ``grounding``."""
    *_, (_, values) = grounding(surface)
    return values
