"""Dropout: the masks of a mini-batch, and the thinned networks that its samples meet.

Source: Srivastava et al. 2014, Dropout, section 4.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import altair as alt
import numpy as np
import pandas as pd
from altair.typing import ChartType

from playground.chapters.controls import Number, Settings, seed
from playground.chapters.generalization import charts
from playground.chapters.generalization.runs import SMALL
from playground.chapters.section import Figure, Section, Verdict
from playground.engine.noise import NoiseSource
from playground.experiment import Experiment

HIDDEN = (6, 5)
"""Hidden layers of the networks that are drawn."""
SHOWN = 20
"""Samples whose masks are drawn."""
ACROSS = 2
"""Networks in a row."""


def masks(experiment: Experiment, batch: int) -> list[np.ndarray]:
    """The first mini-batch's masks, just as training draws them.

    Returns:
        For each hidden layer bool (batch, n), True where a unit is kept.
    """
    noise = NoiseSource(experiment).draw(np.array([batch])).dropout
    found, start = [], 0
    for n, rate in zip(experiment.hidden, experiment.dropouts, strict=True):
        if rate > 0:
            drawn = noise[start : start + batch * n].reshape(batch, n)
            start += batch * n
            found.append(drawn >= np.float32(rate))
        else:
            found.append(np.ones((batch, n), bool))
    return found


def masks_frame(found: list[np.ndarray]) -> pd.DataFrame:
    """Columns ``sample``, ``layer``, ``unit`` (all from 1), ``kept``."""
    frames = []
    for layer, kept in enumerate(found, start=1):
        sample, unit = np.indices(kept.shape)
        frames.append(
            pd.DataFrame(
                {"sample": sample.ravel() + 1, "layer": layer, "unit": unit.ravel() + 1, "kept": kept.ravel()}
            )
        )
    return pd.concat(frames, ignore_index=True)


@dataclass(frozen=True, eq=False)
class Thinned:
    """Networks as the first samples of a mini-batch see them, laid out for drawing.

    Args:
        units: columns ``sample``, ``x``, ``y``, ``kept``.
        links: columns ``sample``, ``x``, ``y``, ``x2``, ``y2``: the connections that are left.
        left: (samples,), weights that are left; ``of`` is how many there are.
    """

    units: pd.DataFrame
    links: pd.DataFrame
    left: tuple[int, ...]
    of: int


def thinned(experiment: Experiment, count: int = 4) -> Thinned:
    """The thinned networks of the first ``count`` samples."""
    found = masks(experiment, count)
    widths = (experiment.n_inputs, *experiment.hidden, experiment.n_outputs)
    places = [[(float(x), (j + 0.5) / n - 0.5) for j in range(n)] for x, n in enumerate(widths)]
    units, links, left = [], [], []
    for s in range(count):
        kept = [np.ones(widths[0], bool), *(m[s] for m in found), np.ones(widths[-1], bool)]
        for x, layer in enumerate(places):
            units += [(s + 1, *place, bool(kept[x][j])) for j, place in enumerate(layer)]
        here = [
            (s + 1, *a, *b)
            for x in range(len(widths) - 1)
            for i, a in enumerate(places[x])
            for j, b in enumerate(places[x + 1])
            if kept[x][i] and kept[x + 1][j]
        ]
        links += here
        left.append(len(here))
    total = sum(a * b for a, b in pairwise(widths))
    return Thinned(
        pd.DataFrame(units, columns=["sample", "x", "y", "kept"]),
        pd.DataFrame(links, columns=["sample", "x", "y", "x2", "y2"]),
        tuple(left),
        total,
    )


@dataclass(frozen=True, eq=False)
class Result:
    """A mini-batch's masks.

    Args:
        masks: of ``SHOWN`` samples, for each hidden layer bool (samples, n).
        thinned: the networks of the first four samples.
    """

    masks: list[np.ndarray]
    thinned: Thinned


def experiment(settings: Settings) -> Experiment:
    """A network whose two hidden layers have a rate each."""
    return SMALL.replace(hidden=HIDDEN, dropout=(settings.first, settings.second), seed=settings.seed)


def run(settings: Settings) -> Iterator[tuple[float, Result]]:
    """Draw the first mini-batch's masks as training draws them."""
    own = experiment(settings)
    yield 1.0, Result(masks(own, SHOWN), thinned(own))


def picture(result: Result, settings: Settings, language: str) -> list[Figure]:
    """Four thinned networks; below, the masks of twenty samples."""
    frame = masks_frame(result.masks)
    label = SECTION.say("masks", language, samples=SHOWN)
    place = frame["unit"] + HIDDEN[0] * (frame["layer"] - 1)
    cells = charts.cells_chart(frame.assign(unit=place), "unit", "sample", language)
    columns = charts.titles(("sample", "layer", "unit", "kept"), language)
    return [
        Figure(_networks(result.thinned, language), frame, columns=columns),
        Figure(cells, frame, label, columns, wide=True),
    ]


def _networks(found: Thinned, language: str) -> ChartType:
    """The four networks on one plane, two in a row."""
    depth = len(HIDDEN) + 1

    def moved(frame: pd.DataFrame) -> pd.DataFrame:
        across = (frame["sample"] - 1) % ACROSS * (depth + 1)
        up = -((frame["sample"] - 1) // ACROSS) * 1.3
        out = frame.assign(x=frame["x"] + across, y=frame["y"] + up)
        return out.assign(x2=frame["x2"] + across, y2=frame["y2"] + up) if "x2" in frame else out

    units, links = moved(found.units), moved(found.links)
    x = alt.X("x:Q", axis=None, scale=alt.Scale(nice=False, padding=20))
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(nice=False, padding=14))
    units = units.assign(state=["kept" if kept else "dropped" for kept in units["kept"]])
    samples = range(1, len(found.left) + 1)
    words = pd.DataFrame(
        {
            "sample": samples,
            "x": 0.0,
            "y": 0.58,
            "word": [
                SECTION.say("sample", language, sample=sample, left=left, of=found.of)
                for sample, left in zip(samples, found.left, strict=True)
            ],
        }
    )
    shades = charts.colour(
        "state", charts.names(("kept", "dropped"), language), (charts.BLUE, charts.PALE), "circle"
    )
    return alt.layer(
        alt.Chart(links)
        .mark_rule(color=charts.NEUTRAL_COLOUR, opacity=0.6)
        .encode(x=x, y=y, x2="x2:Q", y2="y2:Q"),
        alt.Chart(units).mark_circle(size=150, opacity=1).encode(x=x, y=y, color=shades),
        alt.Chart(moved(words))
        .mark_text(align="left", fontSize=13, color=charts.NEUTRAL_COLOUR)
        .encode(x=x, y=y, text="word:N"),
        view=alt.ViewBackground(stroke=None),
    )


def verdict(result: Result, settings: Settings) -> Verdict:
    """How many units are kept, and whether the samples meet different networks."""
    first, second = (float(mask.mean()) for mask in result.masks)
    different = len({tuple(np.concatenate([m[s] for m in result.masks])) for s in range(SHOWN)})
    values = {
        "first": f"{first:.0%}",
        "second": f"{second:.0%}",
        "expected_first": f"{1 - settings.first:.0%}",
        "expected_second": f"{1 - settings.second:.0%}",
        "different": different,
        "samples": SHOWN,
    }
    return Verdict("thinned" if different > SHOWN // 2 else "alike", different > SHOWN // 2, values)


SECTION = Section(
    rows=("dropout", "layer_rates"),
    controls=(
        Number("first", 0.0, 0.9, default=0.5, step=0.05, symbol="p₁"),
        Number("second", 0.0, 0.9, default=0.5, step=0.05, symbol="p₂"),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    experiment=experiment,
    formula=lambda s: r"\tilde h = \frac{m \odot h}{1 - p}, \quad m_j \sim \text{Bernoulli}(1 - p)",
)
