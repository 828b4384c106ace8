"""The effective step of momentum: a geometric series that ends at η/(1 − β)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from playground.chapters.controls import Number, Settings
from playground.chapters.optimization.charts import axis, columns, measured_on_formula, say
from playground.chapters.optimization.steps import steps_under
from playground.chapters.section import Figure, Section, Verdict
from playground.experiment import Experiment
from playground.techniques import OPTIMIZERS

STEPS = 120
SETTLED = 0.01
"""The series has come to its end when the step is this share of it away from it."""


def momentum_steps(betas: Sequence[float], steps: int = STEPS) -> pd.DataFrame:
    """Momentum under a constant gradient.

    Returns:
        Columns ``step`` (from 1), ``beta``, ``size`` (−Δw/(ηg) measured), ``formula``: (1 − βᵗ)/(1 − β).
    """
    t = np.arange(1, steps + 1)
    parts = []
    for beta in dict.fromkeys(betas):
        spec = OPTIMIZERS["momentum"].spec(beta=beta) if beta else OPTIMIZERS["sgd"].spec()
        formula = (1 - beta**t) / (1 - beta)
        size = steps_under(spec, np.ones(steps))
        parts.append(pd.DataFrame({"step": t, "beta": beta, "size": size, "formula": formula}))
    return pd.concat(parts, ignore_index=True)


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """The steps without momentum, with β = 0.5 and with the chosen β."""
    yield 1.0, momentum_steps((0.0, 0.5, settings.beta))


def picture(frame: pd.DataFrame, settings: Settings, language: str) -> Sequence[Figure]:
    """Size of the step over the steps."""
    chart = measured_on_formula(
        frame,
        axis("step", language),
        axis("size", language, zero=True),
        "beta",
        say("axes.beta", language),
        name=lambda beta: f"β = {beta:g}",
    )
    return [Figure(chart, frame, columns=columns(language, "step", "beta", "size", "formula"))]


def verdict(frame: pd.DataFrame, settings: Settings) -> Verdict:
    """How long the step became, and how many steps that took."""
    own = frame[frame["beta"] == settings.beta]
    end = 1 / (1 - settings.beta)
    last = float(own["size"].iloc[-1])
    settled = own["step"][own["size"] >= (1 - SETTLED) * end]
    values = {"beta": f"{settings.beta:g}", "steps": STEPS, "last": f"{last:.2f}", "end": f"{end:.2f}"}
    holds = bool(np.allclose(own["size"], own["formula"], rtol=1e-6))
    if settled.empty:
        return Verdict("growing", holds, values)
    return Verdict("settled", holds, {**values, "settled": int(settled.iloc[0])})


def code(settings: Settings) -> str:
    """The last step under a constant gradient, beside the series' end."""
    return f"""\
import torch

eta, beta = 0.01, {settings.beta:g}
w = torch.zeros(1, dtype=torch.float64, requires_grad=True)
optimizer = torch.optim.SGD([w], lr=eta, momentum=beta)
for step in range({STEPS}):
    before = w.item()
    w.grad = torch.ones_like(w)
    optimizer.step()
print((before - w.item()) / eta, 1 / (1 - beta))
"""


SECTION = Section(
    rows=("momentum", "nesterov"),
    controls=(Number("beta", 0.1, 0.99, default=0.9, step=0.01, symbol="β"),),
    run=run,
    picture=picture,
    verdict=verdict,
    experiment=lambda settings: Experiment(optimizer={"name": "momentum", "beta": settings.beta}),
    code=code,
    formula=lambda settings: (
        r"\Delta w_t = \eta\, g\, \frac{1 - \beta^t}{1 - \beta} \longrightarrow \frac{\eta\, g}{1 - \beta}"
    ),
)
