"""What a call of each activation costs on the machine that serves the page."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd
import torch

from playground.chapters.activations import parts
from playground.chapters.activations.curves import label
from playground.chapters.activations.parts import say
from playground.chapters.controls import Number, Settings
from playground.chapters.section import Figure, Section, Verdict
from playground.registry import Spec
from playground.techniques import ACTIVATIONS
from playground.views.theme import CLASS_COLOURS, label_expression

OUTPUTS = 65_536
"""Outputs of one call whose time is taken."""
ROUNDS = 15
PASSES = ("forward", "backward")


@dataclass(frozen=True, eq=False)
class Costs:
    """Times of a call.

    Args:
        frame: columns ``activation``, ``pass`` (``"forward"`` or ``"backward"``: forward and gradient together),
            ``microseconds`` (the fastest so far), ``relative`` (to ReLU's same pass).
        product: of the layer's matrix product, relative to ReLU's forward pass.
    """

    frame: pd.DataFrame
    product: float


def product_seconds(rows: torch.Tensor, weight: torch.Tensor) -> float:
    """Time of one matrix product."""
    start = time.perf_counter()
    rows @ weight
    return time.perf_counter() - start


def measured(
    specs: Sequence[Spec], units: int = 256, outputs: int = OUTPUTS, rounds: int = ROUNDS
) -> Iterator[tuple[float, Costs]]:
    """Time of a call on this machine: the fastest of some rounds, in each of which all have their turn.

    Args:
        specs: activations; ReLU is measured as well, as the unit.
        units: inputs and units of the layer whose matrix product is measured beside them.
        outputs: number of outputs of one call (float32, on the CPU).
    """
    relu = ACTIVATIONS["relu"].spec()
    chosen = list(dict.fromkeys([relu, *specs]))
    generator = torch.Generator().manual_seed(0)
    inputs = [
        torch.randn(ACTIVATIONS[spec.name].pieces(spec) * outputs, generator=generator) for spec in chosen
    ]
    rows = torch.randn(max(1, outputs // units), units, generator=generator)
    weight = torch.randn(units, units, generator=generator)
    best, product = np.full((len(chosen), 2), np.inf), math.inf
    for done in range(1, rounds + 1):
        for i, (spec, z) in enumerate(zip(chosen, inputs, strict=True)):
            forward = ACTIVATIONS[spec.name].forward
            start = time.perf_counter()
            with torch.no_grad():
                forward(z, spec)
            middle = time.perf_counter()
            leaf = z.detach().requires_grad_()
            torch.autograd.grad(forward(leaf, spec).sum(), leaf)
            end = time.perf_counter()
            best[i] = np.minimum(best[i], (middle - start, end - middle))
        product = min(product, product_seconds(rows, weight))
        frame = pd.DataFrame(
            [
                {
                    "activation": label(spec),
                    "pass": name,
                    "microseconds": best[i, k] * 1e6,
                    "relative": best[i, k] / best[0, k],
                }
                for i, spec in enumerate(chosen)
                for k, name in enumerate(PASSES)
            ]
        )
        yield done / rounds, Costs(frame, product / best[0, 0])


def run(settings: Settings) -> Iterator[tuple[float, Costs]]:
    """Measure all activations."""
    return measured([entry.spec() for entry in ACTIVATIONS.values()], settings.units)


def picture(costs: Costs, settings: Settings, language: str) -> list[Figure]:
    """A bar for each activation and pass, and a line at ReLU's time."""
    passes = {name: SECTION.say(name, language) for name in PASSES}
    data = costs.frame.assign(
        activation=[parts.shown(label, language) for label in costs.frame["activation"]]
    )
    bars = (
        alt.Chart(data)
        .mark_bar()
        .encode(
            x=alt.X(
                "activation:N",
                title=None,
                sort=None,
                axis=alt.Axis(labelAngle=-35, labelLimit=120, labelOverlap=False),
            ),
            xOffset=alt.XOffset("pass:N", sort=list(passes)),
            y=alt.Y("relative:Q", title=say("axes.relative", language)),
            color=alt.Color(
                "pass:N",
                title=None,
                sort=list(passes),
                scale=alt.Scale(domain=list(passes), range=list(CLASS_COLOURS[:2])),
                legend=alt.Legend(orient="top", labelExpr=label_expression(passes)),
            ),
            tooltip=[
                alt.Tooltip("activation:N", title=say("activation", language)),
                alt.Tooltip("relative:Q", title=say("axes.relative", language), format=".2f"),
                alt.Tooltip("microseconds:Q", title=say("axes.microseconds", language), format=".0f"),
            ],
        )
    )
    columns = parts.titles(("activation", "pass", "microseconds", "relative"), language)
    return [Figure(alt.layer(bars, parts.rule(1)), costs.frame, columns=columns)]


def verdict(costs: Costs, settings: Settings) -> Verdict:
    """Does the exponential cost, and does it matter?"""
    forward = costs.frame[costs.frame["pass"] == "forward"].set_index("activation")["relative"]
    sigmoid = float(forward["sigmoid"])
    values = {
        "sigmoid": f"{sigmoid:.1f}",
        "slowest": f"{forward.max():.0f}",
        "product": f"{costs.product:.0f}" if costs.product >= 2 else f"{costs.product:.1f}",
        "units": settings.units,
    }
    small = costs.product > sigmoid
    return Verdict("small" if small else "large", small, values)


def code(settings: Settings) -> str:
    """The measurement, without this project."""
    rows = max(1, OUTPUTS // settings.units)
    return f"""import timeit

import torch
import torch.nn.functional as F

torch.set_num_threads(1)
z, weight = torch.randn({rows}, {settings.units}), torch.randn({settings.units}, {settings.units})
calls = {{"relu": F.relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "elu": F.elu, "gelu": F.gelu, "mish": F.mish}}
calls["matrix product"] = lambda z: z @ weight
seconds = {{name: min(timeit.repeat(lambda: call(z), number=5, repeat=5)) for name, call in calls.items()}}
for name, taken in seconds.items():
    print(f"{{name:15s}} {{taken / seconds['relu']:5.1f}} times as long as ReLU")
"""


SECTION = Section(
    rows=("exponential",),
    controls=(
        Number("units", 16, 1024, default=256, log=True, values=(16, 32, 64, 128, 256, 512, 1024)),
        Number("measurement", 1, 9, default=1),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    code=code,
)
