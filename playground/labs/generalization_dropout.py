"""Dropout looked at closely: masks, thinned networks, the two scalings, averages over masks.

Sources: Srivastava et al. 2014, Dropout (sections 4 and 7.5; section 10 for the inverted form);
Gal & Ghahramani 2016, Dropout as a Bayesian approximation (Monte-Carlo dropout).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
import torch

from playground.engine.noise import NoiseSource
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.labs.contours import isolines
from playground.labs.generalization_runs import (
    SMALL,
    Grid,
    accuracy_of,
    fresh,
    network_of,
    scores,
    sigmoid,
    trained,
)
from playground.model import Masks

CHUNK = 25
"""Masks that pass the network at once."""


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


RESIDUAL = SMALL.replace(hidden=(16,) * 8, skip="residual")
"""As many layers as there may be; all but the first are residual blocks."""


def blocks_frame(experiment: Experiment, steps: int) -> pd.DataFrame:
    """Which residual blocks the first ``steps`` updates keep, just as training draws them.

    Returns:
        Columns ``step``, ``block`` (both from 1), ``kept``.
    """
    rates = np.array([rate for rate in experiment.drop_rates if rate > 0], np.float32)
    drawn = NoiseSource(experiment.replace(dropout=0.0)).draw(np.ones(steps, int)).blocks
    kept = drawn.reshape(steps, len(rates)) >= rates
    step, block = np.indices(kept.shape)
    return pd.DataFrame({"step": step.ravel() + 1, "block": block.ravel() + 1, "kept": kept.ravel()})


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
    widths = (len(experiment.features), *experiment.hidden, experiment.n_outputs)
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
class Scaling:
    """Classic and inverted dropout on the same activations and masks.

    Args:
        table: columns ``unit``, ``h``, ``classic_train`` (mean of m·h), ``classic_test`` ((1 − p)·h),
            ``inverted_train`` (mean of m·h/(1 − p)), ``inverted_test`` (h).
        running: columns ``masks``, ``form``, ``mean`` (over units and masks so far), ``goal`` (over units, of what
            the form uses in evaluation).
        expected: relative standard error of such a mean over all units: chance alone puts it that far from its goal.
    """

    table: pd.DataFrame
    running: pd.DataFrame
    expected: float

    @property
    def off(self) -> tuple[float, float]:
        """How far the means in training are from the value in evaluation, as shares of it: classic and inverted."""
        sums = self.table.drop(columns="unit").sum()
        return (
            float(abs(sums["classic_train"] / sums["classic_test"] - 1)),
            float(abs(sums["inverted_train"] / sums["inverted_test"] - 1)),
        )


def scaling(rate: float, count: int, units: int = 6, seed: int = 0) -> Scaling:
    """Average ``count`` masks of ``units`` activations.

    Args:
        rate: p, the share dropped, in [0, 1).
        count: masks.
    """
    rng = np.random.default_rng([seed, 21])
    h = np.round(rng.uniform(0.2, 2.0, units), 2)
    kept = rng.random((count, units)) >= rate
    classic, inverted = kept * h, kept * h / (1 - rate)
    table = pd.DataFrame(
        {
            "unit": np.arange(1, units + 1),
            "h": h,
            "classic_train": classic.mean(axis=0),
            "classic_test": (1 - rate) * h,
            "inverted_train": inverted.mean(axis=0),
            "inverted_test": h,
        }
    )
    after = np.unique(np.geomspace(1, count, 60).astype(int))
    frames = []
    for form, values, goal in (("classic", classic, (1 - rate) * h), ("inverted", inverted, h)):
        means = np.cumsum(values.mean(axis=1)) / np.arange(1, count + 1)
        columns = {"masks": after, "form": form, "mean": means[after - 1], "goal": goal.mean()}
        frames.append(pd.DataFrame(columns))
    # The mean of m over the masks has variance p(1 − p)/count around 1 − p, for each unit on its own.
    expected = np.sqrt(rate / (1 - rate) / count * (h**2).sum()) / h.sum()
    return Scaling(table, pd.concat(frames, ignore_index=True), float(expected))


def masked_probabilities(trainer: Trainer, X: np.ndarray, count: int, seed: int = 0) -> np.ndarray:
    """Probabilities of class 1 with dropout left on: float64 (count, n), one mask of the network for each row.

    Args:
        X: (n, 2).
        count: masks. All points see the same one, as one thinned network has one boundary.
    """
    network = network_of(trainer)
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


def trained_and_averaged(
    base: Experiment, rate: float, epochs: int, count: int
) -> Iterator[tuple[float, Averaged | None]]:
    """Train with dropout and average ``count`` thinned networks; the share done, and the result at the end."""
    trainer = trained(base.replace(dropout=rate), epochs)
    yield 0.5, None
    yield 1.0, averaged(trainer, base, count)


def averaged(trainer: Trainer, base: Experiment, count: int = 100, seed: int = 0) -> Averaged:
    """Average ``count`` thinned networks of a trained run."""
    grid = Grid.over(trainer.data.domain)
    X, y = fresh(base, 500)
    both = masked_probabilities(trainer, np.concatenate([grid.X, X]), count, seed)
    on_map, on_fresh = both[:, : len(grid.X)], both[:, len(grid.X) :]
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
