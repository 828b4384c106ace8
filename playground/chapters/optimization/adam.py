"""The first Adam steps, with the moments corrected for their start at 0 and as they are."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from playground.chapters.controls import Number, Settings
from playground.chapters.optimization.charts import axis, columns, measured_on_formula, named, say
from playground.chapters.optimization.steps import steps_under
from playground.chapters.section import Figure, Section, Verdict
from playground.experiment import Experiment
from playground.techniques import OPTIMIZERS
from playground.views.lines import lines

STEPS = 300


def first_step_factor(beta1: float, beta2: float) -> float:
    """The first uncorrected Adam step over η: (1 − β₁)/√(1 − β₂), for any gradient (Kingma & Ba 2015, section 3)."""
    return (1 - beta1) / math.sqrt(1 - beta2)


def first_steps(beta1: float = 0.9, beta2: float = 0.999) -> pd.DataFrame:
    """The first Adam step for gradients of very different sizes.

    Returns:
        Columns ``gradient``, ``corrected`` (bool), ``size`` (−Δw/η).
    """
    gradients = 10.0 ** np.arange(-4, 5)
    parts = []
    for corrected in (True, False):
        spec = OPTIMIZERS["adam"].spec(beta1=beta1, beta2=beta2, eps=1e-12, bias_correction=corrected)
        steps = steps_under(spec, gradients[None, :])[0]
        parts.append(pd.DataFrame({"gradient": gradients, "corrected": corrected, "size": steps}))
    return pd.concat(parts, ignore_index=True)


def adam_steps(beta1: float = 0.9, beta2: float = 0.999, steps: int = STEPS) -> pd.DataFrame:
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


@dataclass(frozen=True, eq=False)
class Result:
    """``first``: as ``first_steps``; ``steps``: as ``adam_steps``."""

    first: pd.DataFrame
    steps: pd.DataFrame


def run(settings: Settings) -> Iterator[tuple[float, Result]]:
    """The first step for nine gradients, and 300 steps under one."""
    first = first_steps(settings.beta1, settings.beta2)
    yield 0.3, Result(first, adam_steps(settings.beta1, settings.beta2, 1))
    yield 1.0, Result(first, adam_steps(settings.beta1, settings.beta2))


def picture(result: Result, settings: Settings, language: str) -> Sequence[Figure]:
    """Size of the step over the steps; of the first one over the gradient."""

    def name(corrected: bool) -> str:
        return SECTION.say("corrected" if corrected else "uncorrected", language)

    size, which = axis("size", language, zero=True), say("axes.corrected", language)
    steps = measured_on_formula(result.steps, axis("step", language), size, "corrected", which, name=name)
    first = lines(
        result.first,
        axis("gradient", language, log=True),
        size,
        "corrected",
        which,
        name=name,
        mark="point",
    )
    return [
        Figure(
            steps,
            named(result.steps, "corrected", name),
            columns=columns(language, "step", "corrected", "size", "formula"),
        ),
        Figure(
            first,
            named(result.first, "corrected", name),
            SECTION.say("first", language),
            columns(language, "gradient", "corrected", "size"),
        ),
    ]


def verdict(result: Result, settings: Settings) -> Verdict:
    """The first steps, and the longest one without correction."""
    sizes = result.first.groupby("corrected")["size"].agg(["min", "max", "mean"])
    factor = first_step_factor(settings.beta1, settings.beta2)
    spread = float((sizes["max"] - sizes["min"]).max())
    plain = result.steps[~result.steps["corrected"]]
    longest, step = float(plain["size"].max()), int(plain["step"].iloc[plain["size"].argmax()])
    values = {
        "corrected": f"{sizes['mean'][True]:.2f}",
        "uncorrected": f"{sizes['mean'][False]:.2f}",
        "factor": f"{factor:.2f}",
        "longest": f"{longest:.2f}",
        "step": step,
    }
    holds = spread < 1e-4 * factor and math.isclose(sizes["mean"][False], factor, rel_tol=1e-4)
    return Verdict("grows" if step > 1 else "first", holds, values)


def code(settings: Settings) -> str:
    """The corrected and the uncorrected first step for three gradients."""
    return f"""\
import torch

eta, betas = 0.01, ({settings.beta1:g}, {settings.beta2:g})
for gradient in [1e-4, 1.0, 1e4]:
    w = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([w], lr=eta, betas=betas, eps=1e-12)
    w.grad = torch.full_like(w, gradient)
    optimizer.step()
    m, v = optimizer.state[w]["exp_avg"], optimizer.state[w]["exp_avg_sq"]
    # corrected step, and the step that the moments give as they are
    print(abs(w.item()) / eta, (m / v.sqrt()).item())
"""


def experiment(settings: Settings) -> Experiment:
    """The first run of the playground under Adam without correction."""
    rule = {"name": "adam", "beta1": settings.beta1, "beta2": settings.beta2, "bias_correction": False}
    return Experiment(optimizer=rule, learning_rate=0.01)


SECTION = Section(
    rows=("adam",),
    controls=(
        Number("beta1", 0.0, 0.99, default=0.9, step=0.01, symbol="β₁"),
        Number(
            "beta2",
            0.9,
            0.9999,
            default=0.999,
            values=(0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 0.9999),
            symbol="β₂",
        ),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    experiment=experiment,
    code=code,
    formula=lambda settings: (
        r"\frac{\Delta w_1}{\eta} = \frac{(1 - \beta_1)\, g}{\sqrt{(1 - \beta_2)\, g^2}} "
        r"= \pm\frac{1 - \beta_1}{\sqrt{1 - \beta_2}}"
    ),
)
