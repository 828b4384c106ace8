"""What the chapter's sections share: small noisy training sets, scores on fresh points, maps, comparisons.

The training sets are small so that there is something to overfit. What a network is worth is measured on
``FRESH_POINTS`` points that were drawn anew and that no training ever saw.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch

from playground.chapters.controls import Number, Technique
from playground.chapters.generalization.moves import AUGMENTATIONS, augmented
from playground.chapters.running import fast as fast
from playground.chapters.running import trained as trained
from playground.data import DATASETS
from playground.data.points import Domain, Points
from playground.data.prepare import draw, prepare, split
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.model import Layout, Network, build
from playground.techniques import REGULARIZERS
from playground.views.contours import isolines

FRESH_POINTS = 2000
FRESH_SEED = 900_000
"""Added to the seed for the fresh points: far from any seed that trains."""
SIZE = 45
"""Points on each side of a map."""

SMALL = Experiment(
    dataset="moons",
    n_samples=400,
    train_fraction=0.1,
    noise=0.3,
    label_noise=0.1,
    hidden=(32, 32),
    activation="relu",
    init="he_normal",
    optimizer="adam",
    learning_rate=0.003,
)
"""Forty training points, a tenth of them with the wrong label, and a network large enough to learn them by heart."""


NOISE = {"moons": 0.3, "circle": 0.1, "xor": 0.1, "spiral": 0.1}
"""The chapter's data sets, and how noisy each is drawn."""
SETS = 100
"""Seeds between two values of a section's ``seed``: none of its data sets are drawn again."""


def dataset(default: str) -> Technique:
    """The control of the data set."""
    return Technique("dataset", DATASETS, default=default, names=tuple(NOISE), params=False)


def sets(default: int, most: int) -> Number:
    """The control of how many data sets a comparison takes."""
    return Number("seeds", 2, most, default=default)


def on(name: str, base: Experiment = SMALL, seed: int = 0) -> Experiment:
    """The base experiment on a data set of the chapter, with other seeds."""
    return at_seed(base.replace(dataset=name, noise=NOISE[name]), seed)


def at_seed(experiment: Experiment, seed: int) -> Experiment:
    """Other data, batches, noise and weights: the experiment's seeds moved on by ``seed``."""
    moved = None if experiment.init_seed is None else experiment.init_seed + seed
    return experiment.replace(seed=experiment.seed + seed, init_seed=moved)


def fresh(experiment: Experiment, n: int = FRESH_POINTS) -> tuple[np.ndarray, np.ndarray]:
    """New points of the same distribution: X (n, 2), y (n,). Labels are not made noisy."""
    sample = draw(experiment.replace(n_samples=n, seed=experiment.seed + FRESH_SEED))
    return sample.X, sample.y


def scores(trainer: Trainer, X: np.ndarray) -> np.ndarray:
    """A two-class network's scores, float64 (n,), in evaluation mode at X (n, 2)."""
    return trainer.engine.forward(trainer.data.features(X))[-1][:, 0].astype(np.float64)


def sigmoid(s: np.ndarray) -> np.ndarray:
    """Scores as probabilities of class 1."""
    return 0.5 * (1.0 + np.tanh(0.5 * s))


def loss_of(s: np.ndarray, y: np.ndarray) -> float:
    """Mean cross-entropy of scores (n,) against 0/1 targets (n,)."""
    return float(np.mean(np.logaddexp(0.0, s) - s * y))


def accuracy_of(s: np.ndarray, y: np.ndarray) -> float:
    """Share of scores (n,) on the right side of 0."""
    return float(np.mean((s > 0) == (y > 0.5)))


def network_of(trainer: Trainer) -> Network:
    """The trainer's network as a PyTorch module, in evaluation mode."""
    network = build(trainer.experiment)
    state = trainer.engine.state()
    layout = Layout.of(trainer.experiment)
    with torch.no_grad():
        for block, parameter in zip(layout.parameters, network.parameters(), strict=True):
            parameter.copy_(torch.from_numpy(block.view(state.params).copy()))
    return network.eval()


# --- maps ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Grid:
    """An even grid over the map.

    Args:
        x, y: (size,), the columns and rows.
    """

    x: np.ndarray
    y: np.ndarray

    @classmethod
    def over(cls, domain: Domain, size: int = SIZE) -> Grid:
        """``size`` × ``size`` points over ``((x1 low, x1 high), (x2 low, x2 high))``."""
        return cls(np.linspace(*domain[0], size), np.linspace(*domain[1], size))

    @property
    def X(self) -> np.ndarray:
        """The grid's points, (size², 2), row by row."""
        return np.stack(np.meshgrid(self.x, self.y), axis=-1).reshape(-1, 2)

    def heights(self, values: np.ndarray) -> np.ndarray:
        """Values (size²,) at ``X`` as (rows, columns)."""
        return values.reshape(len(self.y), len(self.x))


def points_frame(X: np.ndarray, y: np.ndarray) -> pd.DataFrame:
    """Columns ``x1``, ``x2``, ``label``."""
    return pd.DataFrame({"x1": X[:, 0], "x2": X[:, 1], "label": np.asarray(y, dtype=float)})


def boundary(trainer: Trainer, kind: str, grid: Grid | None = None) -> pd.DataFrame:
    """The line where a network's two classes meet: columns ``kind``, ``x``, ``y``, ``x2``, ``y2``."""
    grid = grid or Grid.over(trainer.data.domain)
    found = isolines(grid.x, grid.y, grid.heights(scores(trainer, grid.X)), np.array([0.0]))
    return found.drop(columns="level").assign(kind=kind)


# --- comparisons --------------------------------------------------------------------------------------


class Treatment(NamedTuple):
    """One thing done against overfitting.

    Args:
        name: ``"none"``, a regularizer or an augmentation.
        strength: the regularizer's, or the augmentation's.
    """

    name: str
    strength: float = 0.0


NONE = Treatment("none")


def placed(
    X: np.ndarray, y: np.ndarray, X_test: np.ndarray, y_test: np.ndarray, like: Experiment
) -> Experiment:
    """An experiment whose training and test parts are the points given.

    Rows are written where the experiment's own split will find them.

    Args:
        X, y: (n, 2) and (n,), to train on.
        X_test, y_test: the test part; at least a ninth of ``n`` and at most 9n points.
        like: everything else.
    """
    n = len(y) + len(y_test)
    fraction = len(y) / n
    train, _, test = split(n, fraction, like.seed)
    rows = np.empty((n, 3))
    rows[train] = np.column_stack([X, y])
    rows[test] = np.column_stack([X_test, y_test])
    points = Points(
        class_names=prepare(like).class_names,
        rows=tuple((float(a), float(b), int(c)) for a, b, c in rows),
        domain=prepare(like).domain,
    )
    return like.replace(
        dataset="custom",
        points=points,
        n_samples=max(n, 10),
        train_fraction=fraction,
        noise=0.0,  # these points have theirs
        label_noise=0.0,
    )


def treated(base: Experiment, treatment: Treatment) -> Experiment:
    """The experiment with a treatment; an augmentation writes its copies into the training part.

    Raises:
        KeyError: no such treatment.
    """
    if treatment.name == "none":
        return base
    if treatment.name in REGULARIZERS:
        return base.replace(**{REGULARIZERS[treatment.name].field: treatment.strength})
    data = prepare(base)
    augmentation = AUGMENTATIONS[treatment.name]
    X, y = augmented(data.X_train, data.y_train, augmentation, treatment.strength, base.seed)
    few = max(1, min(len(data.y_test), 8 * len(y)))
    return placed(X, y, data.X_test[:few], data.y_test[:few], base)


def epochs_for(base: Experiment, experiment: Experiment, epochs: int) -> int:
    """The epochs that give a larger training part as many updates as ``base`` gets in ``epochs``."""
    return max(1, round(epochs * len(prepare(base).y_train) / len(prepare(experiment).y_train)))


def measured(trainer: Trainer, base: Experiment) -> dict[str, float]:
    """Accuracy and loss on the base's training part, as labelled, and on fresh points."""
    data = prepare(base)
    X, y = fresh(base)
    s_train, s_test = scores(trainer, data.X_train), scores(trainer, X)
    return {
        "accuracy_train": accuracy_of(s_train, data.y_train),
        "accuracy_test": accuracy_of(s_test, y),
        "loss_train": loss_of(s_train, data.y_train),
        "loss_test": loss_of(s_test, y),
    }


def compare(
    base: Experiment, treatments: Sequence[Treatment], epochs: int = 300, seeds: int = 10
) -> Iterator[tuple[float, pd.DataFrame]]:
    """Treatments against none, on the same data sets and with the same first weights.

    Args:
        base: what is treated; two classes.
        treatments: besides none, which always runs.
        epochs: how long, in epochs of the untreated run.
        seeds: data sets, each with its own first weights.

    Yields:
        The share done and the table thus far: columns ``treatment`` (with its strength where several of
        one name are compared, ``"dropout 0.5"``), ``strength``, ``seed``, ``accuracy_train``, ``accuracy_test``,
        ``loss_train``, ``loss_test``, ``gap`` (of the accuracies).
    """
    rows: list[dict[str, object]] = []
    runners = [NONE, *(t for t in treatments if t != NONE)]
    families = [t.name for t in runners]
    called = [t.name if families.count(t.name) == 1 else f"{t.name} {t.strength:g}" for t in runners]
    for seed in range(seeds):
        own = at_seed(base, seed)
        for name, treatment in zip(called, runners, strict=True):
            experiment = treated(own, treatment)
            found = measured(trained(experiment, epochs_for(own, experiment, epochs)), own)
            rows.append({"treatment": name, "strength": treatment.strength, "seed": seed, **found})
            yield len(rows) / (seeds * len(runners)), with_gap(pd.DataFrame(rows))


def with_gap(table: pd.DataFrame) -> pd.DataFrame:
    """The table with the column ``gap``: training minus test accuracy."""
    return table.assign(gap=table["accuracy_train"] - table["accuracy_test"])


class Comparison(NamedTuple):
    """What a comparison says for certain and what it does not.

    Args:
        gap: between training and test accuracy without treatment.
        narrowest, least: the treatment with the smallest gap, and that gap.
        better, worse, unclear: treatments by the gain in test accuracy: beyond twice its standard error, or not.
    """

    gap: float
    narrowest: str
    least: float
    better: tuple[str, ...]
    worse: tuple[str, ...]
    unclear: tuple[str, ...]


def read(found: pd.DataFrame) -> Comparison:
    """Read a comparison.

    Args:
        found: of ``summary``, with one treatment besides none at least.
    """
    gaps = found.set_index("treatment")["gap"]
    others = found[found["treatment"] != "none"]
    sure = others["gain"].abs() > 2 * others["error"]
    narrowest = str(gaps.drop("none").idxmin())

    def names(rows: pd.Series) -> tuple[str, ...]:
        return tuple(others.loc[rows, "treatment"])

    return Comparison(
        float(gaps["none"]),
        narrowest,
        float(gaps[narrowest]),
        names(sure & (others["gain"] > 0)),
        names(sure & (others["gain"] < 0)),
        names(~sure),
    )


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Means over the seeds, and how far each treatment is from none, seed by seed.

    Args:
        table: of ``compare``.

    Returns:
        One row for each treatment: ``treatment``, ``accuracy_train``, ``accuracy_test``, ``gap``, ``loss_test``,
        ``gain`` (in test accuracy over none), ``error`` (standard error of the gain; nan with one seed),
        ``seeds``.
    """
    test = table.pivot(index="seed", columns="treatment", values="accuracy_test")
    names = list(dict.fromkeys(table["treatment"]))
    means = table.groupby("treatment")[["accuracy_train", "accuracy_test", "gap", "loss_test"]].mean()
    rows = []
    for name in names:
        differences = (test[name] - test["none"]).dropna()
        n = len(differences)
        error = float(differences.std(ddof=1) / np.sqrt(n)) if n > 1 else float("nan")
        rows.append({"treatment": name, "gain": float(differences.mean()), "error": error, "seeds": n})
    return (
        means.reset_index()
        .merge(pd.DataFrame(rows), on="treatment")
        .set_index("treatment")
        .loc[names]
        .reset_index()
    )
