"""Mixing two points: 40 % of one and 60 % of the other, inputs and labels alike.

Source: Zhang, Cisse, Dauphin & Lopez-Paz 2018, mixup: beyond empirical risk minimization, section 2.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from playground.chapters.controls import Number, Settings, seed
from playground.chapters.generalization import charts, runs
from playground.chapters.generalization.runs import points_frame
from playground.chapters.section import Figure, Lanes, Section, Verdict
from playground.data.points import Domain
from playground.data.prepare import prepare
from playground.experiment import Experiment
from playground.streams import generator
from playground.techniques import REGULARIZERS

STREAM = 33
"""Of the random numbers that find partners."""
EPOCHS = 300


@dataclass(frozen=True, eq=False)
class Mixed:
    """Every training point mixed with a partner, in one share.

    Args:
        points: the training points, ``runs.points_frame``.
        made: the mixtures, columns ``x1``, ``x2``, ``label`` (their target, from 0 to 1).
        pair: two points of different classes, columns as ``points``; a share of the first is mixed with the second.
        mixture: (3,), place and label of the pair's mixture.
        domain: of the map.
    """

    points: pd.DataFrame
    made: pd.DataFrame
    pair: pd.DataFrame
    mixture: np.ndarray
    domain: Domain


def mix(a: np.ndarray, b: np.ndarray, share: float) -> np.ndarray:
    """λa + (1 − λ)b."""
    return share * a + (1 - share) * b


def base(settings: Settings) -> Experiment:
    """The run without mixing."""
    return runs.on(settings.dataset.name, seed=runs.SETS * settings.seed)


def run(settings: Settings) -> Iterator[tuple[float, Mixed]]:
    """Mix every point with a partner drawn at random."""
    data = prepare(base(settings))
    rows = np.column_stack([data.X_train, data.y_train])
    partner = generator(settings.seed, STREAM).permutation(len(rows))
    columns = ["x1", "x2", "label"]
    # The pair that is shown: points of the two classes that lie far apart, so that the line between them is long.
    inside = np.all(
        [(low <= rows[:, k]) & (rows[:, k] <= high) for k, (low, high) in enumerate(data.domain)], axis=0
    )
    zero, one = (rows[inside & (rows[:, 2] == label)] for label in (0, 1))
    apart = ((zero[:, None, :2] - one[None, :, :2]) ** 2).sum(axis=-1)
    i, j = np.unravel_index(apart.argmax(), apart.shape)
    yield (
        1.0,
        Mixed(
            points_frame(data.X_train, data.y_train),
            pd.DataFrame(mix(rows, rows[partner], settings.share), columns=columns),
            pd.DataFrame([zero[i], one[j]], columns=columns),
            mix(zero[i], one[j], settings.share),
            data.domain,
        ),
    )


def picture(found: Mixed, settings: Settings, language: str) -> list[Figure]:
    """Training points and their mixtures; one pair with the line between its points."""
    points = pd.concat([found.points.assign(kind="given"), found.made.assign(kind="made")], ignore_index=True)
    (x1, y1, _), (x2, y2, _) = found.pair.to_numpy()
    x, y, label = found.mixture
    marks = pd.DataFrame(
        {
            "x1": [x1, x, x2],
            "x2": [y1, y, y2],
            "word": [f"{settings.share:.0%}", f"{label:.1f}", f"{1 - settings.share:.0%}"],
            "label": [0.0, label, 1.0],
        }
    )
    across = alt.X("x1:Q", scale=alt.Scale(domain=list(found.domain[0]), nice=False))
    up = alt.Y("x2:Q", scale=alt.Scale(domain=list(found.domain[1]), nice=False))
    base_marks = alt.Chart(marks)
    fill = alt.Fill(
        "label:Q", scale=alt.Scale(domain=[0, 0.5, 1], range=[charts.BLUE, "#9a9a9a", charts.ORANGE])
    )
    chart = alt.layer(
        charts.points_layer(points, found.domain),
        base_marks.mark_line(color=charts.NEUTRAL_COLOUR, strokeWidth=2, strokeDash=[5, 4]).encode(
            across, up
        ),
        base_marks.mark_circle(size=260, opacity=1, stroke="#444444", strokeWidth=2).encode(across, up, fill),
        base_marks.mark_text(dy=-20, fontSize=16, fontWeight="bold", color=charts.NEUTRAL_COLOUR).encode(
            across, up, text="word:N"
        ),
    )
    columns = {"x1": "x₁", "x2": "x₂", "label": charts.say("axis.label", language)}
    return [Figure(chart, found.made, columns=columns)]


def verdict(found: Mixed, settings: Settings) -> Verdict:
    """The label of the pair's mixture, and how many labels lie between the classes."""
    between = float(found.made["label"].between(0.001, 0.999).mean())
    values = {
        "blue": f"{100 * settings.share:.0f}",
        "orange": f"{100 * (1 - settings.share):.0f}",
        "x1": f"{found.mixture[0]:.2f}",
        "x2": f"{found.mixture[1]:.2f}",
        "label": f"{found.mixture[2]:.2f}",
        "between": f"{100 * between:.0f}",
    }
    mixed = 0 < settings.share < 1
    return Verdict("mixed" if mixed else "pure", mixed and between > 0, values)


def code(settings: Settings) -> str:
    """The loss of a mixed batch."""
    return f"""import torch
import torch.nn.functional as F

g = torch.Generator().manual_seed({settings.seed})
x, y = torch.randn(10, 2, generator=g), torch.randint(0, 2, (10,), generator=g).float()
net = torch.nn.Linear(2, 1)
share = {settings.share}  # mixup draws it for each batch: torch.distributions.Beta(0.4, 0.4).sample()
partner = torch.randperm(len(x), generator=g)
score = net(share * x + (1 - share) * x[partner])[:, 0]
loss = F.binary_cross_entropy_with_logits
print("mixed losses", (share * loss(score, y) + (1 - share) * loss(score, y[partner])).item())
print("mixed labels", loss(score, share * y + (1 - share) * y[partner]).item())  # the same
"""


SECTION = Section(
    rows=("mixup",),
    controls=(
        Number("share", 0.0, 1.0, default=0.4, step=0.05, symbol="λ"),
        runs.dataset("moons"),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    experiment=lambda s: base(s).replace(mixup=0.4),
    code=code,
    lanes=lambda s: Lanes(base(s), [{}, {"mixup": 0.4}, {"mixup": 1.0}], EPOCHS),
    formula=lambda s: REGULARIZERS["mixup"].formula,
)
