"""SELU's fixed point: mean and variance by layer."""

from __future__ import annotations

from collections.abc import Iterator

import altair as alt
import numpy as np
import pandas as pd

from playground.chapters.activations import depth, parts
from playground.chapters.controls import Number, Settings, seed
from playground.chapters.section import Figure, Section, Verdict
from playground.experiment import MAX_LAYERS, Experiment
from playground.views.lines import lines

MOMENTS = ("variance", "mean")
WIDTH = 200


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """Send normal inputs through, activation by activation."""
    frames = []
    for spec in parts.specs(settings.names):
        init = parts.drawn_from(settings.init, spec)
        frames.append(
            depth.moments_by_depth(
                [spec], init, settings.depth, WIDTH, 300, settings.seed, settings.mean, settings.variance
            )
        )
        yield len(frames) / len(settings.names), pd.concat(frames, ignore_index=True)


def picture(frame: pd.DataFrame, settings: Settings, language: str) -> list[Figure]:
    """Variance by layer, and the mean below; the fixed point is a dashed line."""
    figures = []
    for moment in MOMENTS:
        data = frame[np.isfinite(frame[moment])]
        log = moment == "variance"
        y = parts.axis(moment, language, log=log, powers=log)
        chart = lines(
            data[data["variance"] > 0],
            parts.axis("layer", language),
            y,
            "activation",
            parts.say("activation", language),
            name=parts.named(language),
            width=3.5,
        )
        title = "" if log else parts.say("axes.mean", language)
        columns = parts.titles(("activation", "layer", moment), language)
        figures.append(
            Figure(alt.layer(parts.rule(1 if log else 0), chart), data, title, columns, wide=not log)
        )
    return figures


def verdict(frame: pd.DataFrame, settings: Settings) -> Verdict:
    """Where do the variances end?"""
    last = frame[frame["layer"] == settings.depth].set_index("activation")
    if "selu" not in last.index:
        return Verdict(
            "others", True, {"low": f"{last['variance'].min():.1g}", "high": f"{last['variance'].max():.1g}"}
        )
    mean, variance = float(last.loc["selu", "mean"]), float(last.loc["selu", "variance"])
    holds = abs(mean) < 0.3 and 0.5 < variance < 1.6
    values = {"layers": settings.depth, "mean": f"{mean:.2f}", "variance": f"{variance:.2f}"}
    if "relu" in last.index:
        relu = float(last.loc["relu", "variance"])
        key = "kept" if holds and relu < 0.01 else "alone" if holds else "lost"
        return Verdict(key, holds, values | {"relu": f"{relu:.0e}"})
    return Verdict("alone" if holds else "lost", holds, values)


def experiment(settings: Settings) -> Experiment:
    """A deep network of SELU units."""
    hidden = (16,) * min(settings.depth, MAX_LAYERS)
    return Experiment(hidden=hidden, activation="selu", init="lecun_normal", seed=settings.seed)


SECTION = Section(
    rows=("selu", "lecun"),
    controls=(
        parts.activations("selu", "relu", "tanh"),
        parts.scheme("lecun_normal"),
        parts.slider("depth", 1, depth.MAX_DEPTH, 20),
        Number("mean", -1.0, 1.0, default=0.0, step=0.1),
        Number("variance", 0.1, 3.0, default=1.0, step=0.1),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    experiment=experiment,
    lanes=lambda settings: parts.raced(
        Experiment(hidden=(16,) * min(settings.depth, MAX_LAYERS)), settings.names, 100, settings.init
    ),
    code=lambda settings: (
        f"""import torch
import torch.nn.functional as F

g = torch.Generator().manual_seed({settings.seed})
h = {settings.mean} + {settings.variance} ** 0.5 * torch.randn(300, {WIDTH}, generator=g)
for layer in range(1, {settings.depth} + 1):
    W = torch.randn({WIDTH}, {WIDTH}, generator=g) / {WIDTH}**0.5  # LeCun: variance 1 / n_in
    h = F.selu(h @ W)
    print(f"layer {{layer:2d}}   mean {{h.mean():6.3f}}   variance {{h.var():.3f}}")
"""
    ),
    formula=lambda settings: (
        r"h = \lambda \begin{cases} z & z > 0 \\ \alpha (e^z - 1) & z \le 0 \end{cases}, "
        r"\quad \alpha = 1.6733,\ \lambda = 1.0507"
    ),
)
