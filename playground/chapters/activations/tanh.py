"""tanh is a sigmoid, shifted and stretched."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from playground.chapters.activations import parts
from playground.chapters.activations.curves import evaluate
from playground.chapters.controls import Number, Settings
from playground.chapters.section import Figure, Section, Verdict
from playground.experiment import Experiment
from playground.techniques import ACTIVATIONS
from playground.views.lines import lines

NAMES = {"tanh": "tanh z", "rebuilt": "a σ(b z) − c"}


def stretched(
    a: float = 2.0, b: float = 2.0, c: float = 1.0, reach: float = 6, points: int = 241
) -> pd.DataFrame:
    """tanh z beside a·σ(b·z) − c, both from the registry's entries.

    Returns:
        Columns ``z``, ``tanh``, ``rebuilt``, ``difference`` (float64).
    """
    z = np.linspace(-reach, reach, points)
    tanh = evaluate(ACTIVATIONS["tanh"].spec(), z).h
    rebuilt = a * evaluate(ACTIVATIONS["sigmoid"].spec(), b * z).h - c
    return pd.DataFrame({"z": z, "tanh": tanh, "rebuilt": rebuilt, "difference": tanh - rebuilt})


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """Both curves."""
    yield 1.0, stretched(settings.a, settings.b, settings.c)


def picture(frame: pd.DataFrame, settings: Settings, language: str) -> list[Figure]:
    """tanh as a solid line and the sigmoid as a dashed one."""
    long = frame.melt("z", list(NAMES), var_name="curve", value_name="y")
    chart = lines(
        long,
        parts.axis("z", language),
        parts.axis("y", language),
        "curve",
        parts.say("axes.curve", language),
        name=NAMES.__getitem__,
        dashes={"tanh": (1, 0), "rebuilt": (8, 6)},
        width=4,
    )
    return [Figure(chart, frame, columns={"z": "z", "tanh": "tanh z", "rebuilt": NAMES["rebuilt"]})]


def verdict(frame: pd.DataFrame, settings: Settings) -> Verdict:
    """Are they the same?"""
    most = float(frame["difference"].abs().max())
    same = most < 1e-12
    return Verdict(
        "same" if same else "apart", same, {"difference": f"{most:.1e}" if same else f"{most:.2f}"}
    )


SECTION = Section(
    rows=("tanh",),
    controls=(
        Number("a", 1.0, 3.0, default=2.0, step=0.25),
        Number("b", 0.5, 3.0, default=2.0, step=0.25),
        Number("c", 0.0, 2.0, default=1.0, step=0.25),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    experiment=lambda settings: Experiment(activation="tanh"),
    code=lambda settings: (
        f"""import torch

z = torch.linspace(-6, 6, 241, dtype=torch.float64)
difference = torch.tanh(z) - ({settings.a} * torch.sigmoid({settings.b} * z) - {settings.c})
print("largest difference", difference.abs().max().item())
"""
    ),
    formula=lambda settings: r"\tanh z = 2\,\sigma(2z) - 1",
)
