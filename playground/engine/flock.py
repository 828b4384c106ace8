"""Many networks that share data, seed and shape, trained in one compiled call: a sweep's and a wall's.

They take the same rows in the same order with the same noise, so all of this is made once. What each becomes is what a
``Trainer`` makes of its experiment, to the last bit.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from playground.data.prepare import data_settings, prepare
from playground.engine.choose import fused_module, resolve
from playground.engine.history import History
from playground.engine.noise import NoiseSource
from playground.engine.order import BatchOrder
from playground.engine.plan import Outcome, State
from playground.engine.run_log import MOST_STEPS, RunLog
from playground.engine.snapshot import Checkpoint, Reason, Status
from playground.experiment import Experiment
from playground.layout import Layout
from playground.techniques import SCHEDULES, WEIGHTINGS

if TYPE_CHECKING:
    from playground.data.prepare import Data


def kin(experiment: Experiment) -> Hashable | None:
    """What experiments have in common that can be one flock; None where one needs a trainer of its own.

    That is where another engine runs it, and where its own losses decide how it goes on: early stopping and schedules
    that watch the loss. Raises InvalidValue as ``choose.resolve`` does.
    """
    if experiment.chooses or resolve(experiment)[0] != "fused":
        return None
    return (
        data_settings(experiment),
        Layout.of(experiment),
        experiment.seed,
        experiment.batch_size,
        WEIGHTINGS[experiment.class_weighting.name].resample and experiment.class_weighting,
        experiment.input_noise,
        experiment.mixup,
        experiment.dropconnect > 0,
        tuple(rate > 0 for rate in experiment.dropouts),
        tuple(rate > 0 for rate in experiment.drop_rates),
    )


class Flock:
    """Trains experiments of one ``kin``, all of them by the same steps.

    Args:
        experiments: at least one.
        threads: how many train at most.

    Attributes:
        experiments, data: what is trained, and on what.
        step, epoch: steps taken and epochs finished by those that run.
        status, reason: of each network, as a ``Trainer``'s.
        steps, epochs: of each network; one that diverged stays where it was.
        histories: of each network.

    Raises:
        InvalidValue: the data set cannot be drawn.
        ValueError: they are not of one kin.
    """

    def __init__(self, experiments: Sequence[Experiment], threads: int = 1) -> None:
        kinds = {kin(experiment) for experiment in experiments}
        if len(kinds) != 1 or None in kinds:
            raise ValueError(f"expected experiments that train alike, got {len(kinds)} kinds")
        first = experiments[0]
        self.experiments = tuple(experiments)
        self.data: Data = prepare(first)
        self.noise = NoiseSource(first)
        fused: Any = fused_module()
        self._stack = fused.FusedStack(self.experiments, self.data, self.noise, threads)
        self._order = BatchOrder.of(first, self.data)
        self.step = self.epoch = 0
        count = len(self.experiments)
        self.status: list[Status] = ["running"] * count
        self.reason: list[Reason] = [""] * count
        self.steps, self.epochs = [0] * count, [0] * count
        self.histories = [History() for _ in self.experiments]
        rates = self._learning_rates(range(count), 1)
        for history, metrics, rate in zip(self.histories, self._stack.metrics(), rates, strict=True):
            history.extend(np.zeros(1), np.zeros(1), metrics[None], rate)

    def __len__(self) -> int:
        return len(self.experiments)

    @property
    def threads(self) -> int:
        """How many train at most."""
        return int(self._stack.threads)

    @threads.setter
    def threads(self, count: int) -> None:
        self._stack.threads = count

    @property
    def running(self) -> list[int]:
        """The networks that can go on."""
        return [k for k, status in enumerate(self.status) if status == "running"]

    @property
    def steps_per_epoch(self) -> int:
        """Steps in a full epoch, the last short batch counted."""
        return self._order.steps_per_epoch

    @property
    def steps_left(self) -> int:
        """Steps to the end of the current epoch, at least 1."""
        return self._order.steps_left

    # --- running ---------------------------------------------------------------------------------

    def run(self, steps: int | None = None, epochs: int | None = None) -> int:
        """Train on, all that can.

        Args:
            steps: how many steps.
            epochs: or up to how many epoch ends; an epoch begun counts as the first.

        Returns:
            The steps taken: fewer than asked for when none is left that can go on.
        """
        asked, taken = self._order.steps_asked(steps, epochs), 0
        while taken < asked and (which := self.running):
            taken += self._advance(which, asked - taken)
        return taken

    def _advance(self, which: list[int], limit: int) -> int:
        plan = self._order.plan(limit, np.ones)
        rates = self._learning_rates(which, 1 + len(plan.lr) // self.steps_per_epoch)
        # The epoch of each step, counted from the current one: an epoch ends behind the steps that are evaluated.
        ahead = np.cumsum(plan.evaluate) - plan.evaluate
        plan = plan._replace(lr=rates[:, ahead])
        outcomes = self._stack.run(which, plan)
        ends = np.flatnonzero(plan.evaluate)
        for row, (k, outcome) in enumerate(zip(which, outcomes, strict=True)):
            self._record(k, plan.lr[row], ends, outcome)
        self.step += len(plan.evaluate)
        self.epoch += self._order.advance(len(plan.order))
        return len(plan.evaluate)

    def _record(self, k: int, rates: np.ndarray, ends: np.ndarray, outcome: Outcome) -> None:
        finished = len(outcome.metrics)
        if finished:
            mine = ends[:finished]
            epochs = np.arange(self.epoch + 1, self.epoch + 1 + finished)
            self.histories[k].extend(epochs, self.step + 1 + mine, outcome.metrics, rates[mine])
        self.steps[k] += outcome.steps
        self.epochs[k] += int(np.searchsorted(ends, outcome.steps))
        if outcome.diverged:
            self.status[k], self.reason[k] = "diverged", "not_finite"

    def _learning_rates(self, which: Sequence[int] | range, epochs: int) -> np.ndarray:
        """float64 (W, epochs): of each of these networks, from the current epoch on."""
        rates = np.empty((len(which), epochs))
        for row, k in zip(rates, which, strict=True):
            experiment = self.experiments[k]
            factor, spec = SCHEDULES[experiment.schedule.name].factor, experiment.schedule
            row[:] = experiment.learning_rate
            if spec.name != "constant":
                row *= np.array([factor(epoch, spec) for epoch in range(self.epoch, self.epoch + epochs)])
        return rates

    # --- looking and keeping ---------------------------------------------------------------------

    def scores(self, X: np.ndarray) -> np.ndarray:
        """Scores of every network at positions ``X`` (n, 2), float32 (K, n, n_outputs)."""
        found: np.ndarray = self._stack.scores(self.data.features(X))
        return found

    def state(self, k: int) -> State:
        """A copy of one network's numbers."""
        found: State = self._stack.state(k)
        return found

    def checkpoint(self, k: int) -> Checkpoint:
        """With which a ``Trainer`` of network ``k``'s experiment goes on from here, bit for bit.

        Raises:
            RuntimeError: the network has diverged.
        """
        if self.status[k] != "running":
            raise RuntimeError(f"expected a running network, got a {self.status[k]} one")
        return Checkpoint(
            experiment=self.experiments[k],
            engine="fused",
            device="cpu",
            state=self.state(k),
            step=self.step,
            epoch=self.epoch,
            status="running",
            reason="",
            order=self._order.state(),
            noise=self.noise.state(),
            plateau=None,
            patience=None,
            best=None,
            history=self.histories[k].rows(),
            history_stride=self.histories[k].stride,
            log=RunLog(self.experiments[k], "fused", (), self.step) if self.step <= MOST_STEPS else None,
        )


def flocks(experiments: Sequence[Experiment], most: int) -> tuple[list[list[int]], list[int]]:
    """Which experiments train together.

    Args:
        most: networks of a flock.

    Returns:
        The places of each flock's experiments, and those of the experiments that need a trainer of their own.
    """
    found: dict[Hashable, list[int]] = {}
    alone: list[int] = []
    for place, experiment in enumerate(experiments):
        key = kin(experiment)
        (alone if key is None else found.setdefault(key, [])).append(place)
    pieces = [
        places[start : start + most] for places in found.values() for start in range(0, len(places), most)
    ]
    return pieces, alone
