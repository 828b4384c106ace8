"""What a trained network makes of each column: how much it goes by one, and how its answer moves with one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from playground.data.prepare import Data, Part, prepare
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.later import pd, torch
from playground.registry import InvalidValue, whole
from playground.techniques import LOSSES

if TYPE_CHECKING:
    import pandas

    from playground.members import Members

REPEATS = whole("repeats", 10, 1, 1000)
PLACES = whole("places", 30, 2, 1000)
MOST_ROWS = 500
"""Points that a partial dependence is averaged over; of more, evenly spaced ones."""
ONE_OF = " = "
"""Between a column's name and one of its texts, where each text makes an input of its own."""


@dataclass(frozen=True, eq=False)
class Asked:
    """A network that is asked about its columns.

    Args:
        experiment: its settings. data: what it learns from.
        scores: from prepared features (n, d) to scores (n, n_outputs).
    """

    experiment: Experiment
    data: Data
    scores: Callable[[NDArray[np.float32]], NDArray[np.float32]]

    @classmethod
    def of(cls, trainer: Trainer) -> Asked:
        """The network of a run, as it stands."""
        return cls(trainer.experiment, trainer.data, lambda F: trainer.engine.forward(F)[-1])

    def answers(self, X: NDArray[np.float64]) -> NDArray[np.float32]:
        """The scores of inputs (n, columns)."""
        return self.scores(self.data.features(X))

    def points(self, part: Part) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Inputs and targets of a part. Raises InvalidValue: it has no points."""
        return points_of(self.data, part)


def points_of(data: Data, part: Part) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Inputs and targets of a part. Raises InvalidValue: it has no points."""
    X, y = getattr(data, f"X_{part}"), getattr(data, f"y_{part}")
    if not len(X):
        raise InvalidValue("part", "own.empty_part", part)
    return X, y


def importance(trainer: Trainer, part: Part = "test", repeats: int = 10, seed: int = 0) -> pandas.DataFrame:
    """How much worse the network gets where one column is shuffled (Breiman 2001, section 10; permutation importance).

    Of columns that tell the same, each may seem to matter little: what one loses the other still has. The inputs that
    one column of texts has made are shuffled together.

    Args:
        trainer: the run, as it stands.
        part: whose points are shuffled; the training part shows what the network goes by, the test part what helps.
        repeats: shuffles of each column, 1 to 1,000.
        seed: of the shuffles.

    Returns:
        One row a column, the most important first: ``column``; ``importance``, the mean drop of accuracy, or of R² in
        regression; ``std`` over the repeats.

    Raises:
        InvalidValue: ``repeats`` out of range, or a part without points.
    """
    *_, (_, frame) = importance_steps(Asked.of(trainer), part, repeats, seed)
    return frame


def importance_steps(
    asked: Asked, part: Part, repeats: int = 10, seed: int = 0
) -> Iterator[tuple[float, pandas.DataFrame]]:
    """The work of ``importance`` in slices: the share done, and the rows so far."""
    X, y = asked.points(part)
    rows: list[tuple[str, float, float]] = []
    for share, name, drops in _drops(
        asked.data.x_names, X, repeats, seed, lambda X: np.array([score(asked, X, y)])
    ):
        rows.append((name, float(drops.mean()), float(drops.std())))
        yield share, _ranked(pd.DataFrame(rows, columns=["column", "importance", "std"]))


def importance_over(
    experiment: Experiment, epochs: int = 100, count: int = 8, **asked: Any
) -> pandas.DataFrame:
    """``importance`` over networks from other initial weights: how much of it is due to the start.

    Args:
        experiment: of the networks. epochs, count: as ``playground.members.train_members`` takes them.
        asked: ``part``, ``repeats`` and ``seed``, as ``importance`` takes them.

    Returns:
        One row a column: ``column``; ``importance``, the mean over networks and repeats; ``std`` over the networks;
        ``first``, the number of networks that lose most without this column. Networks that diverged are left out;
        no rows if all did.

    Raises:
        InvalidValue: as ``importance`` and ``train_members`` do.
    """
    from playground.members import train_members

    *_, (_, frame) = importance_over_steps(train_members(experiment, epochs, count), **asked)
    return frame


def importance_over_steps(
    members: Members, part: Part = "test", repeats: int = 10, seed: int = 0
) -> Iterator[tuple[float, pandas.DataFrame]]:
    """The work of ``importance_over`` in slices, of trained networks: the share done, and the rows so far."""
    experiment, data = members.experiments[0], prepare(members.experiments[0])
    X, y = points_of(data, part)

    def judged(X: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.array([score_of(experiment, scores, y) for scores in members.scores(X)])

    names: list[str] = []
    means: list[NDArray[np.float64]] = []
    for share, name, drops in _drops(data.x_names, X, repeats, seed, judged):
        names.append(name)
        means.append(drops.mean(axis=0))
        each = np.stack(means)
        if not each.size:  # all have diverged
            yield 1.0, pd.DataFrame(columns=["column", "importance", "std", "first"])
            return
        first = np.bincount(each.argmax(axis=0), minlength=len(names))
        rows = {"column": names, "importance": each.mean(axis=1), "std": each.std(axis=1), "first": first}
        yield share, _ranked(pd.DataFrame(rows))


def _drops(
    x_names: tuple[str, ...],
    X: NDArray[np.float64],
    repeats: int,
    seed: int,
    judged: Callable[[NDArray[np.float64]], NDArray[np.float64]],
) -> Iterator[tuple[float, str, NDArray[np.float64]]]:
    """Column by column: the share done, its name, and what each of K networks loses by each shuffle (repeats, K)."""
    repeats = REPEATS.check(repeats)
    whole_scores, rng = judged(X), np.random.default_rng(seed)
    columns = columns_of(x_names)
    for number, (name, inputs) in enumerate(columns.items(), 1):
        drops = []
        for _ in range(repeats):
            shuffled = X.copy()
            shuffled[:, inputs] = X[rng.permutation(len(X))][:, inputs]
            drops.append(whole_scores - judged(shuffled))
        yield number / len(columns), name, np.stack(drops)


def _ranked(frame: pandas.DataFrame) -> pandas.DataFrame:
    return frame.sort_values("importance", ascending=False, kind="stable", ignore_index=True)


def columns_of(x_names: tuple[str, ...]) -> dict[str, list[int]]:
    """The columns and the inputs that each has made: one, or one a text of it."""
    found: dict[str, list[int]] = {}
    for i, name in enumerate(x_names):
        found.setdefault(name.rpartition(ONE_OF)[0] or name, []).append(i)
    return {x_names[inputs[0]] if len(inputs) == 1 else name: inputs for name, inputs in found.items()}


def partial_dependence(
    trainer: Trainer, column: str, part: Part = "train", places: int = 30
) -> pandas.DataFrame:
    """The network's mean answer where all points are given the same value of one column (Friedman 2001, section 8.2).

    Args:
        trainer: the run, as it stands.
        column: name of the column.
        part: whose points the mean is over.
        places: values from the smallest to the largest of the part, 2 to 1,000; of a column that has fewer different
            ones, these.

    Returns:
        One row a value, and of classes one a value and class: ``value``, ``class`` ("" in regression) and ``answer``:
        the mean probability of the class, the share of points that are answered so where the loss has no
        probabilities, or the mean predicted value in the target's unit.

    Raises:
        InvalidValue: an unknown column, ``places`` out of range, or a part without points.
    """
    *_, (_, frame) = dependence_steps(Asked.of(trainer), column, part, places)
    return frame


def dependence_steps(
    asked: Asked, column: str, part: Part = "train", places: int = 30
) -> Iterator[tuple[float, pandas.DataFrame]]:
    """The work of ``partial_dependence`` in slices: the share done, and the rows so far."""
    names = asked.data.x_names
    if column not in names:
        raise InvalidValue("column", "csv.column", column, choices=", ".join(names[:20]))
    i, places = names.index(column), PLACES.check(places)
    X, _y = asked.points(part)
    values = np.unique(X[:, i])
    if len(values) > places:
        values = np.linspace(values[0], values[-1], places)
    X = X[:: -(-len(X) // MOST_ROWS)].copy()
    classes = asked.experiment.class_names or ("",)
    rows: list[tuple[float, str, float]] = []
    for k, value in enumerate(values.tolist()):
        X[:, i] = value
        means = _means(asked, asked.answers(X))
        rows += [(value, name, float(mean)) for name, mean in zip(classes, means, strict=True)]
        yield (k + 1) / len(values), pd.DataFrame(rows, columns=["value", "class", "answer"])


def _means(asked: Asked, scores: NDArray[np.float32]) -> NDArray[np.float64]:
    """The mean answer for each class, or in the target's unit (1,), of scores (n, n_outputs)."""
    experiment = asked.experiment
    if experiment.task == "regression":
        mean, sd = experiment.target_scale
        return np.array([mean + sd * scores[:, 0].astype(np.float64).mean()])
    loss = LOSSES[experiment.loss.name]
    if not loss.probabilistic:
        return np.bincount(_decided(experiment, scores), minlength=experiment.n_classes) / len(scores)
    chance = loss.probability(torch.from_numpy(np.ascontiguousarray(scores)), experiment.loss).numpy()
    if experiment.task == "binary":
        chance = np.column_stack([1.0 - chance.reshape(-1), chance.reshape(-1)])
    return np.asarray(chance.mean(axis=0, dtype=np.float64))


def _decided(experiment: Experiment, scores: NDArray[np.float32]) -> NDArray[np.int64]:
    """The class that is answered."""
    found = scores[:, 0] > 0 if experiment.task == "binary" else scores.argmax(axis=1)
    return found.astype(np.int64)


def score(asked: Asked, X: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """Accuracy, or R² in regression: 0 for targets that are all the same."""
    return score_of(asked.experiment, asked.answers(X), y)


def score_of(experiment: Experiment, scores: NDArray[np.float32], y: NDArray[np.float64]) -> float:
    """Likewise of scores (n, n_outputs)."""
    if experiment.task == "regression":
        rest = float(((y - scores[:, 0]) ** 2).sum())
        spread = float(((y - y.mean()) ** 2).sum())
        return 1.0 - rest / spread if spread else 0.0
    return float((_decided(experiment, scores) == y).mean())
