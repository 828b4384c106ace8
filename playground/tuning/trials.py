"""What one trial of a search is: networks that train together, a loss now and then, and an end that can come early."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import Executor, wait
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from playground.engine.threads import one_thread
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.layout import Layout
from playground.tuning.space import Ranges
from playground.tuning.study import UNOPENED, Pulse

if TYPE_CHECKING:
    import optuna

REPORTS = 10
"""How often a trial tells its loss, and may be ended early."""
GOALS = ("loss", "parameters")
"""What can be made small: the loss of the part that chooses, and the number of parameters."""
SLICE = 0.03
"""Seconds that a slice of a trial takes about."""


class Standing(NamedTuple):
    """How one network of a trial stands.

    Args:
        metrics: the newest row of its history by column name.
        epoch: finished so far.
        diverged: whether it did.
    """

    metrics: Mapping[str, float]
    epoch: int
    diverged: bool

    @classmethod
    def of(cls, trainer: Trainer) -> Standing:
        """How a trainer stands."""
        return cls(trainer.history.last(), int(trainer.epoch), trainer.status == "diverged")


@dataclass(frozen=True)
class Search:
    """What all trials of a search have in common.

    Args:
        experiment: what their settings change; it has a part to choose on.
        ranges: which settings, and where.
        epochs: how long a trial trains.
        seeds: networks of a trial; the mean of their losses counts.
        goals: of ``GOALS``.
    """

    experiment: Experiment
    ranges: Ranges
    epochs: int
    seeds: int = 1
    goals: tuple[str, ...] = ("loss",)

    @property
    def stops(self) -> list[int]:
        """The epochs after which a trial tells its loss."""
        return sorted({max(1, round(self.epochs * part / REPORTS)) for part in range(1, REPORTS + 1)})

    def chosen(self, trial: optuna.Trial) -> Experiment:
        """The experiment that the sampler chooses for a trial."""
        return self.experiment.replace(
            **{name: values.suggest(trial, name) for name, values in self.ranges.items()}
        )

    def run(
        self, trial: optuna.Trial, pool: Executor | None = None
    ) -> Generator[float, None, tuple[float, ...]]:
        """Train a trial's networks in slices, each told by the share done; returns the values of the goals.

        The trial is given ``epochs``, ``parameters``, ``diverged``, and ``loss_…`` and ``accuracy_…`` of the training
        part and the one that chooses, means over its networks; and, for ``Study.frame(test=True)``, those of the test
        part, which choose nothing.

        Args:
            pool: trains the networks at once; else they train in turn.

        Raises:
            optuna.TrialPruned: the pruner has ended it, or it has no loss to tell.
        """
        own = self.chosen(trial)
        trainers = [Trainer(own.replace(seed=own.seed + repeat)) for repeat in range(self.seeds)]
        yield 0.0
        for stop in self.stops:
            if pool is not None:
                list(pool.map(lambda trainer, stop=stop: trainer.run(epochs=stop - trainer.epoch), trainers))
            else:
                for trainer in trainers:
                    yield from (trainer.epoch / self.epochs for _ in up_to(trainer, stop))
            values = self.told(trial, own, stop, [Standing.of(trainer) for trainer in trainers])
        return values

    def told(
        self, trial: optuna.Trial, own: Experiment, stop: int, networks: Sequence[Standing]
    ) -> tuple[float, ...]:
        """Tell how a trial's networks stand after an epoch of ``stops``; returns the values of the goals so far.

        Args:
            own: the trial's experiment.

        Raises:
            optuna.TrialPruned: the pruner has ended it, or it has no loss to tell.
        """
        import optuna

        loss = _mean(networks, f"loss_{own.watched}")
        diverged = any(network.diverged for network in networks) or not math.isfinite(loss)
        ended = stop == self.epochs
        if not diverged and len(self.goals) == 1:
            trial.report(loss, stop)
            ended = ended or trial.should_prune()
        if diverged or ended:
            self._describe(trial, own, networks, diverged)
        if diverged or (ended and stop < self.epochs):
            raise optuna.TrialPruned
        values = {"loss": loss, "parameters": float(Layout.of(own).n_parameters)}
        return tuple(values[goal] for goal in self.goals)

    def _describe(
        self, trial: optuna.Trial, own: Experiment, networks: Sequence[Standing], diverged: bool
    ) -> None:
        for kind in ("loss", "accuracy"):
            for part in ("train", own.watched):
                trial.set_user_attr(f"{kind}_{part}", _mean(networks, f"{kind}_{part}"))
        test = {f"{kind}_test": _mean(networks, f"{kind}_test") for kind in ("loss", "accuracy")}
        if own.watched != "test" and math.isfinite(test["loss_test"]):
            trial.set_user_attr(UNOPENED, test)
        trial.set_user_attr("epochs", networks[0].epoch)
        trial.set_user_attr("parameters", Layout.of(own).n_parameters)
        trial.set_user_attr("diverged", diverged)


def complete(work: Generator[float, None, tuple[float, ...]]) -> tuple[float, ...]:
    """The values of a trial that runs to its end."""
    while True:
        try:
            next(work)
        except StopIteration as ended:
            values: tuple[float, ...] = ended.value
            return values


def attempts(
    study: optuna.Study, search: Search, trials: int, chooser: Executor | None = None
) -> Iterator[float]:
    """Try so many settings one after the other, in slices, each told by the number of trials done.

    Args:
        chooser: where the sampler chooses, if that takes longer than a slice.
    """
    import optuna

    pulse = Pulse(study)

    def ask() -> optuna.Trial:
        with one_thread():
            trial = pulse.ask()
            search.chosen(trial)  # what is suggested once stays
        return trial

    for number in range(trials):
        if chooser is None:
            trial = pulse.ask()
        else:
            asked = chooser.submit(ask)
            while not wait([asked], SLICE).done:
                yield float(number)
            trial = asked.result()
        work = search.run(trial)
        pulse.beat([trial], begun=True)
        try:
            while True:
                yield number + next(work)
                pulse.beat([trial])
        except StopIteration as ended:
            study.tell(trial, ended.value)
        except optuna.TrialPruned:
            study.tell(trial, state=optuna.trial.TrialState.PRUNED)
        yield number + 1.0


def up_to(trainer: Trainer, epoch: int) -> Iterator[None]:
    """Train to an epoch in slices."""
    count = 1
    while trainer.status == "running" and trainer.epoch < epoch:
        began = perf_counter()
        trainer.run(epochs=min(count, epoch - trainer.epoch))
        if perf_counter() - began < SLICE / 2:
            count *= 2
        else:
            yield None


def _mean(networks: Sequence[Standing], metric: str) -> float:
    return float(np.mean([network.metrics[metric] for network in networks]))
