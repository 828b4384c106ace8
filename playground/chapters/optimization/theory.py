"""Contraction on the quadratic ½(x² + κy²): the factor on the distance in each step, as formula and as measured."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import altair as alt
import numpy as np
import pandas as pd
import torch

from playground.chapters.controls import Number, Settings
from playground.chapters.optimization.charts import (
    axis,
    columns,
    measured_on_formula,
    named,
    rule_looks,
    rule_name,
    say,
)
from playground.chapters.section import Figure, Section, Verdict
from playground.engine.reference import one_thread
from playground.experiment import Experiment
from playground.techniques import OPTIMIZERS
from playground.views.lines import lines
from playground.views.theme import NEUTRAL_COLOUR

MEASURED_STEPS = 400
SMALLEST = 1e-140
"""Distances below this are not trusted: squares of them underflow."""
CLOSE = 0.01
"""How far the measured contraction may be from the formula's, which holds in the limit only."""


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


def distance_frame(kappa: float, rule: str, best: Constants, steps: int = 120) -> pd.DataFrame:
    """A run at the best constants, with the line that the formula predicts.

    Args:
        rule: ``"sgd"`` or ``"momentum"``, whose constants ``best`` are.

    Returns:
        Columns ``step``, ``rule``, ``distance`` (measured), ``formula``.
    """
    path = distances(kappa, best.rate, best.beta, steps)
    step = np.arange(len(path))
    return pd.DataFrame(
        {"step": step, "rule": rule, "distance": path, "formula": path[0] * best.contraction**step}
    )


# --- the section -----------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Result:
    """Both best constants, and what was measured.

    Args:
        best: constants by rule, ``"sgd"`` and ``"momentum"``.
        formula: as ``contraction_frame``, for no momentum, the visitor's and the best.
        measured: as ``measured_frame``, as far as it has come.
        distance: as ``distance_frame``, of both rules.
        found: measured contraction at the best constants, by rule.
    """

    best: dict[str, Constants]
    formula: pd.DataFrame
    measured: pd.DataFrame
    distance: pd.DataFrame
    found: dict[str, float]


def run(settings: Settings) -> Iterator[tuple[float, Result]]:
    """The formula at once; then runs of the registered optimizers, β by β."""
    kappa = settings.kappa
    best = {"sgd": best_descent(kappa), "momentum": best_momentum(kappa)}
    betas = tuple(dict.fromkeys((0.0, settings.beta, best["momentum"].beta)))
    nothing = pd.DataFrame(columns=["rate", "beta", "contraction"], dtype=float)
    result = Result(best, contraction_frame(kappa, betas), nothing, nothing, {})
    yield 0.1, result
    for rule, constants in best.items():
        frame = distance_frame(kappa, rule, constants)
        factor = measured(distances(kappa, constants.rate, constants.beta))
        result = replace(
            result,
            distance=pd.concat([result.distance, frame], ignore_index=True) if result.found else frame,
            found={**result.found, rule: factor},
        )
        yield 0.2 * len(result.found), result
    parts: list[pd.DataFrame] = []
    for beta in betas:
        parts.append(measured_frame(kappa, (beta,)))
        share = 0.4 + 0.6 * len(parts) / len(betas)
        yield share, replace(result, measured=pd.concat(parts, ignore_index=True))


def picture(result: Result, settings: Settings, language: str) -> Sequence[Figure]:
    """Contraction over the learning rate; the distance over the steps at the best constants."""
    best = result.best["momentum"].beta

    def name(beta: float) -> str:
        return SECTION.say("best_beta", language, beta=f"{beta:.3g}") if beta == best else f"β = {beta:.3g}"

    ends = result.formula["rate"].min(), result.formula["rate"].max()
    rate = axis("rate", language, log=True, domain=ends)
    low = max(0.0, float(result.formula["contraction"].min()) - 0.02)
    factor = axis("contraction", language, domain=(low, 1.05))
    title = say("axes.beta", language)
    marks = pd.DataFrame(
        {
            "rate": [constants.rate for constants in result.best.values()],
            "label": [SECTION.say(f"best_{rule}", language) for rule in result.best],
        }
    )
    rules = (
        alt.Chart(marks)
        .mark_rule(strokeDash=[4, 3], color=NEUTRAL_COLOUR, strokeWidth=1.5)
        .encode(x="rate:Q", tooltip=[alt.Tooltip("label:N", title=" "), alt.Tooltip("rate:Q", format=".4g")])
    )
    layers = [rules, lines(result.formula, rate, factor, "beta", title, name=name)]
    if len(result.measured):
        layers.append(lines(result.measured, rate, factor, "beta", title, name=name, mark="point"))

    kinds = pd.concat([result.measured, result.formula], keys=["measured", "formula"], names=["kind"])
    table = named(kinds.reset_index(level=0), "kind", lambda kind: say(f"kinds.{kind}", language))
    main = Figure(alt.layer(*layers), table, columns=columns(language, "kind", "beta", "rate", "contraction"))
    if not result.found:
        return [main]

    def rule(name: str) -> str:
        return rule_name(name, language)

    distance = measured_on_formula(
        result.distance,
        axis("step", language),
        axis("distance", language, log=True),
        "rule",
        say("axes.rule", language),
        name=rule,
        colours={rule: rule_looks(rule)[0] for rule in result.best},
    )
    heads = columns(language, "rule", "step", "distance", "formula")
    shown = named(result.distance, "rule", rule)
    return [main, Figure(distance, shown, SECTION.say("distance_title", language), heads)]


def verdict(result: Result, settings: Settings) -> Verdict:
    """Measured and predicted contraction of both rules, and what they mean in steps."""
    values: dict[str, object] = {"kappa": f"{settings.kappa:g}"}
    holds = True
    for rule, best in result.best.items():
        values[rule] = f"{result.found[rule]:.3f}"
        values[f"{rule}_formula"] = f"{best.contraction:.3f}"
        values[f"{rule}_steps"] = math.ceil(math.log(0.1) / math.log(best.contraction))
        holds &= abs(result.found[rule] - best.contraction) < CLOSE
    faster = result.found["momentum"] < result.found["sgd"]
    return Verdict("seen", bool(holds and faster), values)


def code(settings: Settings) -> str:
    """Contraction at the best constants, measured with torch.optim over as many steps as float64 has digits for."""
    steps = 400 if settings.kappa >= 10 else 80
    return f"""\
import torch

kappa = {float(settings.kappa)!r}
root = kappa**0.5
beta = ((root - 1) / (root + 1)) ** 2
curvature = torch.tensor([1.0, kappa], dtype=torch.float64)

for lr, momentum in [(2 / (1 + kappa), 0.0), ((2 / (1 + root)) ** 2, beta)]:
    w = torch.ones(2, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=lr, momentum=momentum)
    distances = []
    for step in range({steps + 1}):
        distances.append(w.detach().norm().item())
        optimizer.zero_grad()
        (0.5 * (curvature * w**2).sum()).backward()
        optimizer.step()
    print((distances[{steps}] / distances[{steps // 2}]) ** (1 / {steps // 2}))
"""


def experiment(settings: Settings) -> Experiment:
    """The first run of the playground under this momentum."""
    return Experiment(optimizer={"name": "momentum", "beta": settings.beta})


SECTION = Section(
    rows=("contraction",),
    controls=(
        Number("kappa", 2.0, 1000.0, default=100.0, log=True, symbol="κ"),
        Number("beta", 0.0, 0.99, default=0.9, step=0.01, symbol="β"),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    experiment=experiment,
    code=code,
    formula=lambda settings: (
        r"\rho_{\mathrm{GD}} = \frac{\kappa - 1}{\kappa + 1}, \quad "
        r"\rho_{\mathrm{m}} = \frac{\sqrt\kappa - 1}{\sqrt\kappa + 1}"
    ),
)
