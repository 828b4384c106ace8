"""AdaGrad's steps shrink without end; rare gradients keep long ones; squares are summed, not absolute values."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from playground.chapters.controls import Number, Settings
from playground.chapters.optimization.charts import axis, columns, named, rule_looks, rule_name, say
from playground.chapters.optimization.steps import steps_under
from playground.chapters.section import Figure, Section, Verdict
from playground.experiment import Experiment
from playground.techniques import OPTIMIZERS
from playground.views.lines import lines
from playground.views.theme import CLASS_COLOURS

STEPS = 1000
RARE_STEPS = 200
SHOWN = 120
"""Steps that a curve over a logarithmic axis shows."""
RULES = ("adagrad", "rmsprop", "adam")
ABSOLUTE = "absolute"
"""The rule that nobody uses: the sum of absolute values instead of the root of the sum of squares."""


def shrinking_steps(gradient: float = 1.0, steps: int = STEPS, rules: Sequence[str] = RULES) -> pd.DataFrame:
    """Steps under a constant gradient for several rules.

    Args:
        rules: registered optimizers, or ``ABSOLUTE``: s ← s + |g|, Δw = −ηg/s.

    Returns:
        Columns ``step`` (from 1), ``rule``, ``size`` (−Δw/η), ``travelled`` (so far, over η). AdaGrad's steps are
        1/√t, whatever the gradient's size; with absolute values they would be 1/t.
    """
    t = np.arange(1, steps + 1)
    parts = []
    for rule in rules:
        gradients = np.full(steps, gradient)
        if rule == ABSOLUTE:
            size = gradients / np.abs(gradients).cumsum()
        else:
            size = steps_under(OPTIMIZERS[rule].spec(), gradients)
        parts.append(pd.DataFrame({"step": t, "rule": rule, "size": size, "travelled": size.cumsum()}))
    return pd.concat(parts, ignore_index=True)


def rare_and_frequent(steps: int = RARE_STEPS, every: int = 10) -> pd.DataFrame:
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


@dataclass(frozen=True, eq=False)
class Result:
    """``shrinking``: as ``shrinking_steps``; ``rare``: as ``rare_and_frequent``, where there is a gradient."""

    shrinking: pd.DataFrame
    rare: pd.DataFrame


def run(settings: Settings) -> Iterator[tuple[float, Result]]:
    """A thousand steps of each rule, rule by rule."""
    rare = rare_and_frequent(RARE_STEPS, settings.every).dropna()
    parts: list[pd.DataFrame] = []
    names = (*RULES, ABSOLUTE)
    for rule in names:
        parts.append(shrinking_steps(settings.gradient, STEPS, (rule,)))
        yield len(parts) / len(names), Result(pd.concat(parts, ignore_index=True), rare)


def picture(result: Result, settings: Settings, language: str) -> Sequence[Figure]:
    """Size of the step over the steps; effective step of a rare and a frequent weight."""

    def name(rule: str) -> str:
        return SECTION.say("absolute", language) if rule == ABSOLUTE else rule_name(rule, language)

    def weight(which: str) -> str:
        return SECTION.say(which, language)

    seen = set(np.geomspace(1, STEPS, SHOWN).round().astype(int))
    shown = result.shrinking[result.shrinking["step"].isin(seen)]
    shrinking = lines(
        shown,
        axis("step", language, log=True),
        axis("size", language, log=True),
        "rule",
        say("axes.rule", language),
        name=name,
        colours={**{rule: rule_looks(rule)[0] for rule in RULES}, ABSOLUTE: CLASS_COLOURS[8]},
    )
    rare = lines(
        result.rare,
        axis("step", language),
        axis("effective", language, log=True),
        "weight",
        say("axes.weight", language),
        name=weight,
        mark="point",
    )
    return [
        Figure(
            shrinking,
            named(shown, "rule", name),
            columns=columns(language, "step", "rule", "size", "travelled"),
        ),
        Figure(
            rare,
            named(result.rare, "weight", weight),
            SECTION.say("rare_title", language),
            columns(language, "step", "weight", "effective"),
        ),
    ]


def verdict(result: Result, settings: Settings) -> Verdict:
    """The last steps, how far each came, and the rare weight's advantage."""
    last = result.shrinking.groupby("rule").last()
    ends = result.rare.groupby("weight")["effective"].last()
    advantage = float(ends["rare"] / ends["frequent"])
    values = {
        "steps": f"{STEPS:,}",
        "adagrad": f"{last['size']['adagrad']:.3f}",
        "rmsprop": f"{last['size']['rmsprop']:.2f}",
        "far": f"{last['travelled']['adagrad']:.0f}",
        "absolute": f"{last['travelled'][ABSOLUTE]:.1f}",
        "every": settings.every,
        "advantage": f"{advantage:.1f}",
    }
    shrinks = math.isclose(last["size"]["adagrad"], STEPS**-0.5, rel_tol=1e-3)
    return Verdict("shrinks", shrinks and last["size"]["rmsprop"] > 0.9 and advantage > 1, values)


def code(settings: Settings) -> str:
    """AdaGrad's step beside 1/√t."""
    return f"""\
import torch

eta = 0.01
w = torch.zeros(1, dtype=torch.float64, requires_grad=True)
optimizer = torch.optim.Adagrad([w], lr=eta)
for step in range(1, {STEPS + 1}):
    before = w.item()
    w.grad = torch.full_like(w, {settings.gradient:g})
    optimizer.step()
    if step in (1, 10, 100, 1000):
        print((before - w.item()) / eta, step**-0.5)
"""


SECTION = Section(
    rows=("adagrad", "rmsprop"),
    controls=(
        Number("gradient", 0.01, 100.0, default=1.0, values=(0.01, 0.1, 1.0, 10.0, 100.0), symbol="g"),
        Number("every", 2, 50, default=10, symbol="n"),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    experiment=lambda settings: Experiment(optimizer="adagrad", learning_rate=0.1),
    code=code,
    formula=lambda settings: (
        r"s_t = t\,g^2 \ \Rightarrow\ \Delta w_t = \frac{\eta}{\sqrt t}, \quad "
        r"\sum_{i \le t} \Delta w_i \approx 2\eta\sqrt t"
    ),
)
