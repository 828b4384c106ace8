"""The average over dropout's masks beside the network with all units, and what the masks disagree about.

Sources: Srivastava et al. 2014, Dropout, section 7.5; Gal & Ghahramani 2016, Dropout as a Bayesian approximation
(Monte-Carlo dropout).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd
import torch

from playground.chapters.controls import Number, Settings, seed
from playground.chapters.generalization import charts
from playground.chapters.generalization.runs import (
    SETS,
    Grid,
    accuracy_of,
    dataset,
    fast,
    fresh,
    network_of,
    on,
    points_frame,
    scores,
    sigmoid,
)
from playground.chapters.section import Figure, Section, Verdict
from playground.data.prepare import prepare
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.model import Masks, Network
from playground.views.contours import isolines

CHUNK = 5
"""Masks, or epochs, in one slice."""
FRESH = 500


def masked_probabilities(
    trainer: Trainer, X: np.ndarray, count: int, seed: int = 0, network: Network | None = None
) -> np.ndarray:
    """Probabilities of class 1 with dropout left on: float64 (count, n), one mask of the network for each row.

    Args:
        X: (n, 2).
        count: masks. All points see the same one, as one thinned network has one boundary.
        network: the trainer's, of ``network_of``, where it has been made already.
    """
    network = network or network_of(trainer)
    x = torch.from_numpy(trainer.data.features(X))
    g = torch.Generator().manual_seed(seed)
    found = []
    with torch.no_grad():
        for _ in range(count):
            units = [
                (torch.rand(1, n, generator=g) >= rate).float() / (1 - rate) if rate > 0 else None
                for n, rate in zip(trainer.experiment.hidden, trainer.experiment.dropouts, strict=True)
            ]
            found.append(network(x, Masks(units=units))[:, 0].numpy().astype(np.float64))
    return sigmoid(np.array(found))


@dataclass(frozen=True, eq=False)
class Averaged:
    """A network with dropout on a map: many thinned networks, their average, and the evaluation network.

    Args:
        grid: the map.
        probabilities: (masks, size²), of each thinned network.
        evaluation: (size²,), of the network with all units.
        accuracies: on fresh points: ``thinned`` (mean over masks), ``average``, ``evaluation``.
    """

    grid: Grid
    probabilities: np.ndarray
    evaluation: np.ndarray
    accuracies: dict[str, float]

    @property
    def average(self) -> np.ndarray:
        """Mean probability over the masks, (size²,)."""
        return self.probabilities.mean(axis=0)

    @property
    def uncertainty(self) -> np.ndarray:
        """Standard deviation of the probability over the masks, (size²,)."""
        return self.probabilities.std(axis=0)

    @property
    def disagreement(self) -> float:
        """Share of the map that average and evaluation give to different classes."""
        return float(np.mean((self.average > 0.5) != (self.evaluation > 0.5)))

    @property
    def spreads(self) -> tuple[float, float]:
        """Mean of the uncertainty where the average is within 0.2 of ½, and elsewhere."""
        near = np.abs(self.average - 0.5) < 0.2
        return float(self.uncertainty[near].mean()), float(self.uncertainty[~near].mean())

    def boundaries(self, most: int = 20) -> pd.DataFrame:
        """The lines p = ½ as segments: columns ``kind`` (``"thinned"``, ``"average"``, ``"evaluation"``), ``x``,
        ``y``, ``x2``, ``y2``; of at most ``most`` masks."""
        layers = [("thinned", p) for p in self.probabilities[:most]]
        layers += [("average", self.average), ("evaluation", self.evaluation)]
        frames = []
        for kind, p in layers:
            lines = isolines(self.grid.x, self.grid.y, self.grid.heights(p), np.array([0.5]))
            frames.append(lines.drop(columns="level").assign(kind=kind))
        return pd.concat(frames, ignore_index=True)


def uncertainty_frame(found: Averaged) -> pd.DataFrame:
    """Columns ``left``, ``right``, ``bottom``, ``top``, ``uncertainty``, ``probability``: the map as cells."""
    x, y = found.grid.x, found.grid.y
    dx, dy = (x[1] - x[0]) / 2, (y[1] - y[0]) / 2
    X = found.grid.X
    return pd.DataFrame(
        {
            "left": X[:, 0] - dx,
            "right": X[:, 0] + dx,
            "bottom": X[:, 1] - dy,
            "top": X[:, 1] + dy,
            "uncertainty": found.uncertainty.round(4),
            "probability": found.average.round(4),
        }
    )


def experiment(settings: Settings) -> Experiment:
    """The network that is trained with dropout."""
    return on(settings.dataset.name, seed=SETS * settings.seed).replace(dropout=settings.rate)


def run(settings: Settings) -> Iterator[tuple[float, Averaged | None]]:
    """Train with dropout, then ask thinned network after thinned network."""
    own = experiment(settings)
    trainer = Trainer(fast(own))
    while trainer.epoch < settings.epochs:
        trainer.run(epochs=min(CHUNK, settings.epochs - trainer.epoch))
        yield trainer.epoch / settings.epochs / 2, None
    network = network_of(trainer)
    yield 0.5, None
    found: list[np.ndarray] = []
    for first in range(0, settings.masks, CHUNK):
        count = min(CHUNK, settings.masks - first)
        found.append(masked_probabilities(trainer, _asked(trainer, own), count, first, network))
        yield 0.5 + (first + count) / settings.masks / 2, averaged(trainer, own, np.concatenate(found))


def _asked(trainer: Trainer, own: Experiment) -> np.ndarray:
    """The map's points and the fresh ones, (size² + FRESH, 2)."""
    return np.concatenate([Grid.over(trainer.data.domain).X, fresh(own, FRESH)[0]])


def averaged(trainer: Trainer, own: Experiment, probabilities: np.ndarray) -> Averaged:
    """What the thinned networks say together.

    Args:
        probabilities: (masks, size² + FRESH), of ``masked_probabilities`` on the map and the fresh points.
    """
    grid = Grid.over(trainer.data.domain)
    X, y = fresh(own, FRESH)
    on_map, on_fresh = probabilities[:, : len(grid.X)], probabilities[:, len(grid.X) :]
    return Averaged(
        grid,
        on_map,
        sigmoid(scores(trainer, grid.X)),
        {
            "thinned": float(np.mean([accuracy_of(p - 0.5, y) for p in on_fresh])),
            "average": accuracy_of(on_fresh.mean(axis=0) - 0.5, y),
            "evaluation": accuracy_of(scores(trainer, X), y),
        },
    )


def picture(found: Averaged | None, settings: Settings, language: str) -> list[Figure]:
    """Boundaries of thinned networks, of their average and of evaluation; below, where the masks disagree."""
    if found is None:
        return []
    data = prepare(experiment(settings))
    points = points_frame(data.X_train, data.y_train)
    kinds = {
        "thinned": charts.Line(SECTION.say("thinned", language), charts.MEMBER, 1, 0.4),
        "average": charts.Line(SECTION.say("average", language), charts.AVERAGE, 4),
        "evaluation": charts.Line(SECTION.say("evaluation", language), charts.OTHER, 2.5),
    }
    return [
        charts.map_figure(found.boundaries(), points, data.domain, kinds, language),
        _uncertainty(found, points, data.domain, language),
    ]


def _uncertainty(found: Averaged, points: pd.DataFrame, domain: charts.Domain, language: str) -> Figure:
    cells = uncertainty_frame(found)
    across = alt.Scale(domain=list(domain[0]), nice=False)
    up = alt.Scale(domain=list(domain[1]), nice=False)
    spread, mean = SECTION.say("uncertainty", language), SECTION.say("probability", language)
    scale = alt.Scale(scheme="viridis", domainMin=0)
    squares = (
        alt.Chart(cells)
        .mark_rect(clip=True, strokeWidth=1)
        .encode(
            x=alt.X("left:Q", title="x₁", scale=across, axis=alt.Axis(grid=False)),
            x2="right:Q",
            y=alt.Y("bottom:Q", title="x₂", scale=up, axis=alt.Axis(grid=False)),
            y2="top:Q",
            stroke=alt.Stroke("uncertainty:Q", scale=scale, legend=None),
            color=alt.Color(
                "uncertainty:Q",
                title=spread,
                scale=scale,
                legend=alt.Legend(orient="top", type="gradient", gradientLength=140, titleLimit=300),
            ),
            tooltip=[
                alt.Tooltip("probability:Q", format=".2f", title=mean),
                alt.Tooltip("uncertainty:Q", format=".3f", title=spread),
            ],
        )
    )
    own = alt.Resolve(scale=alt.ScaleResolveMap(fill="independent"))
    chart = alt.layer(squares, charts.points_layer(points, domain), resolve=own)
    return Figure(chart, cells, SECTION.say("where", language), {"probability": mean, "uncertainty": spread})


def verdict(found: Averaged, settings: Settings) -> Verdict:
    """Whether the network with all units does at least as well as one thinned network, as their average does."""
    right = found.accuracies
    near, far = found.spreads
    values = {
        "masks": len(found.probabilities),
        **{name: f"{100 * value:.1f}" for name, value in right.items()},
        "map": f"{100 * found.disagreement:.1f}",
        "near": f"{near:.2f}",
        "far": f"{far:.2f}",
    }
    holds = right["evaluation"] > right["thinned"] and right["average"] > right["thinned"]
    return Verdict("above" if holds else "below", bool(holds), values)


def code(settings: Settings) -> str:
    """Monte-Carlo dropout: answers with dropout left on, and with all units."""
    return f"""import torch

torch.manual_seed({settings.seed})
net = torch.nn.Sequential(
    torch.nn.Linear(2, 32), torch.nn.ReLU(), torch.nn.Dropout({settings.rate}), torch.nn.Linear(32, 1)
)
x = torch.randn(5, 2)
net.train()  # dropout stays on: each call is another thinned network
with torch.no_grad():
    answers = torch.stack([torch.sigmoid(net(x)[:, 0]) for _ in range({settings.masks})])
print("mean", answers.mean(0), "  standard deviation", answers.std(0))
net.eval()  # all units
print("all units", torch.sigmoid(net(x)[:, 0]).detach())
"""


SECTION = Section(
    rows=("dropout_ensemble",),
    controls=(
        dataset("xor"),
        Number("rate", 0.05, 0.8, default=0.5, step=0.05, symbol="p"),
        Number("masks", 5, 200, default=60, values=(5, 20, 60, 100, 200)),
        Number("epochs", 20, 400, default=100, step=20),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    experiment=experiment,
    code=code,
)
