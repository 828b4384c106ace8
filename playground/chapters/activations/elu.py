"""ELU: outputs nearer to mean 0, and units that are off stay off under noise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from playground.chapters.activations import parts
from playground.chapters.activations.curves import evaluate, label
from playground.chapters.controls import Number, Settings
from playground.chapters.section import Figure, Section, Table, Verdict
from playground.experiment import Experiment
from playground.registry import Spec
from playground.techniques import ACTIVATIONS
from playground.views.lines import lines

QUANTILES = 400
OFF = -4.0
"""A sum that counts as far on the negative side."""
KNOWN = ("relu", "prelu", "elu")
"""Measured in any case, as the verdict speaks of them."""


@dataclass(frozen=True, eq=False)
class Result:
    """Noise that comes through, and the mean of the outputs.

    Args:
        passed: columns ``activation``, ``z``, ``share``: standard deviation of the output over that of the noise, where
            the sum is z + noise.
        means: by activation, the mean output for standard normal sums.
    """

    passed: pd.DataFrame
    means: pd.Series


def passed(specs: Sequence[Spec], noise: float, z: np.ndarray) -> pd.DataFrame:
    """How much of normal noise (standard deviation ``noise``) on a sum z (n,) an activation lets through."""
    levels = (torch.arange(QUANTILES, dtype=torch.float64) + 0.5) / QUANTILES
    normal = torch.special.ndtri(levels).numpy()
    frames = []
    for spec in specs:
        sums = z[:, None] + noise * normal
        outputs = evaluate(spec, sums.ravel()).h.reshape(sums.shape)
        share = outputs.std(axis=1) / (noise * normal.std())
        frames.append(pd.DataFrame({"activation": label(spec), "z": z, "share": share}))
    return pd.concat(frames, ignore_index=True)


def run(settings: Settings) -> Iterator[tuple[float, Result]]:
    """Integrate over the noise."""
    specs = parts.specs(dict.fromkeys((*settings.names, *KNOWN)))
    z = np.append(np.linspace(-6, 3, 91), OFF)
    z.sort()
    frame = passed(specs, settings.noise, np.unique(z))
    normal = torch.special.ndtri((torch.arange(20_000, dtype=torch.float64) + 0.5) / 20_000).numpy()
    means = pd.Series({label(spec): float(evaluate(spec, normal).h.mean()) for spec in specs})
    yield 1.0, Result(frame, means)


def picture(result: Result, settings: Settings, language: str) -> list[Figure]:
    """The share of the noise that comes through, against the sum."""
    frame = result.passed[result.passed["activation"].isin(settings.names)]
    chart = lines(
        frame,
        parts.axis("z", language),
        parts.axis("share", language, format=".0%", zero=True),
        "activation",
        parts.say("activation", language),
        name=parts.named(language),
        width=3.5,
    )
    return [Figure(chart, frame, columns=parts.titles(("activation", "z", "share"), language))]


def tables(result: Result, settings: Settings, language: str) -> list[Table]:
    """Means of the outputs."""
    off = result.passed[result.passed["z"] == OFF].set_index("activation")["share"]
    frame = pd.DataFrame(
        {
            "activation": [parts.shown(name, language) for name in result.means.index],
            "mean": result.means.to_numpy(),
            "off": off[result.means.index].to_numpy(),
        }
    )
    columns = parts.titles(("activation", "mean"), language) | {"off": SECTION.say("off", language)}
    return [Table(frame, columns, SECTION.say("means", language), {"mean": "%.3f", "off": "percent"})]


def verdict(result: Result, settings: Settings) -> Verdict:
    """Is ELU's mean nearer to 0 than ReLU's, and is it quieter than a slope of 0.25 where it is off?"""
    off = result.passed[result.passed["z"] == OFF].set_index("activation")["share"]
    means = result.means
    holds = abs(means["elu"]) < abs(means["relu"]) and off["elu"] < off["prelu"]
    values = {
        "elu": f"{means['elu']:.2f}",
        "relu": f"{means['relu']:.2f}",
        "quiet": f"{off['elu']:.1%}",
        "loud": f"{off['prelu']:.0%}",
    }
    return Verdict("quiet" if holds else "loud", bool(holds), values)


SECTION = Section(
    rows=("elu_mean",),
    controls=(
        parts.activations("relu", "leaky_relu", "prelu", "elu"),
        Number("noise", 0.1, 2.0, default=0.5, step=0.1, symbol="σ"),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    experiment=lambda settings: Experiment(
        hidden=(8, 8), activation="elu", init="he_normal", input_noise=0.2
    ),
    lanes=lambda settings: parts.raced(Experiment(hidden=(8, 8), input_noise=0.2), settings.names, 60),
    formula=lambda settings: ACTIVATIONS["elu"].formula,
)
