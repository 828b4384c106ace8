"""Several networks like a run's from other initial weights: how far their answers for new rows lie apart."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from playground import judging
from playground.answering import distinct
from playground.data.prepare import Data, prepare
from playground.engine.flock import Flock, flocks
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.later import pd
from playground.registry import whole
from playground.techniques import LOSSES

if TYPE_CHECKING:
    import pandas

COUNT = whole("members", 8, 2, 32)
EPOCHS = whole("epochs", 100, 0, 2000)
"""Members of a longer run are trained so far."""
SLICE = 0.05
"""Seconds of training in a slice of work, about."""


@dataclass(frozen=True)
class Members:
    """Networks that differ by their initial weights alone.

    Args:
        experiments: of each. data: of all.
        epochs: how long each was trained; one that diverged, or stopped early, less.
    """

    experiments: tuple[Experiment, ...]
    data: Data
    epochs: int
    _runs: tuple[Flock | Trainer, ...]

    def scores(self, X: NDArray[np.float64]) -> NDArray[np.float32]:
        """Scores of each for inputs ``X`` (n, columns) in the data's own units, float32 (K, n, n_outputs).

        Those that diverged are left out.
        """
        F, found = self.data.features(X), []
        for run in self._runs:
            if isinstance(run, Trainer):
                if run.status != "diverged":
                    found.append(run.engine.forward(F)[-1][None])
            elif run.running:
                found.append(run.scores(X)[run.running])
        outputs = self.experiments[0].n_outputs
        return np.concatenate(found) if found else np.empty((0, len(X), outputs), np.float32)


def train_members(experiment: Experiment, epochs: int = 100, count: int = 8) -> Members:
    """Train networks of an experiment that differ by their initial weights: same data, parts, order and noise.

    Args:
        epochs: how long, 0 to 2,000.
        count: how many, 2 to 32; their initial weights are drawn from the seeds that follow that of the experiment.

    Raises:
        InvalidValue: a number out of range, or data that cannot be drawn.

    Source: Lakshminarayanan, Pritzel & Blundell 2017, Simple and scalable predictive uncertainty estimation using deep
        ensembles (there with data in another order for each).
    """
    *_, (_, members) = steps(experiment, epochs, count)
    assert members is not None
    return members


def steps(experiment: Experiment, epochs: int, count: int) -> Iterator[tuple[float, Members | None]]:
    """The work of ``train_members`` in slices: the share done, and in the end the members."""
    epochs, count = EPOCHS.check(epochs), COUNT.check(count)
    seed = experiment.weights_seed
    experiments = tuple(experiment.replace(init_seed=(seed + 1 + k) % 2**31) for k in range(count))
    together, alone = flocks(experiments, count)
    runs: list[Flock | Trainer] = [Flock([experiments[k] for k in places]) for places in together]
    runs += [Trainer(experiments[k]) for k in alone]
    for number, run in enumerate(runs):
        for share in _trained(run, epochs):
            yield (number + share) / len(runs), None
    yield 1.0, Members(experiments, prepare(experiment), epochs, tuple(runs))


def _trained(run: Flock | Trainer, epochs: int) -> Iterator[float]:
    """Train in slices; the share done."""
    total, taken, size = epochs * run.steps_per_epoch, 0, 1
    while taken < total:
        started = time.perf_counter()
        done = run.run(steps=min(size, total - taken))
        if not done:
            return
        taken += done
        pace = (time.perf_counter() - started) / done
        size = max(1, min(4 * size, int(SLICE / max(pace, 1e-9))))
        yield taken / total


def answered_together(
    members: Members, X: NDArray[np.float64], title: str, words: Sequence[str]
) -> pandas.DataFrame:
    """The rows with what the members answer together, and how far they lie apart.

    Args:
        X: float64 (n, columns), inputs in the data's own units; a missing one (nan) is filled as in training.
        title: of the column with the answers.
        words: titles of what lies beside: the share of the members that answer this class; the standard deviation.

    Returns:
        The inputs; for classes the one that most members answer, the share of them that do, and of losses that give
        probabilities the mean and the standard deviation of each class's probability; for a regression the mean and
        the standard deviation of the values, in the target's unit.
    """
    experiment, data = members.experiments[0], members.data
    agree, sd = words
    scores = members.scores(X).astype(np.float64)
    columns: list[tuple[str, Any]] = [(name, X[:, k]) for k, name in enumerate(data.x_names)]
    if not experiment.n_classes:
        mean, scale = experiment.target_scale
        values = mean + scale * scores[:, :, 0]
        columns += [(title, values.mean(axis=0)), (sd, values.std(axis=0))]
    else:
        votes = (
            scores.argmax(axis=2) if experiment.task == "multiclass" else (scores[:, :, 0] > 0).astype(int)
        )
        counts = np.stack([(votes == k).sum(axis=0) for k in range(experiment.n_classes)])
        names = np.array(experiment.class_names, dtype=object)
        columns += [(title, names[counts.argmax(axis=0)]), (agree, counts.max(axis=0) / max(1, len(votes)))]
        if LOSSES[experiment.loss.name].probabilistic:
            chances = np.stack([judging.probabilities(each) for each in scores])
            for k, name in enumerate(experiment.class_names):
                columns += [
                    (f"P({name})", chances[:, :, k].mean(axis=0)),
                    (f"{sd} P({name})", chances[:, :, k].std(axis=0)),
                ]
    names_ = distinct([name for name, _ in columns])
    return pd.DataFrame(dict(zip(names_, (values for _, values in columns), strict=True)))
