"""Many networks of one shape, trained in one call: a sweep's, a wall's, a committee's, a race's on a GPU.

On the compiled engine they share data and seed, so they take the same rows in the same order with the same noise, and
all of this is made once. What each becomes is what a ``Trainer`` makes of its experiment, to the last bit. On a GPU,
where one network leaves most of it idle, each may have a seed of its own, and rounding tells it from its ``Trainer``.
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
from playground.experiment import FIELDS, Experiment
from playground.layout import Layout
from playground.techniques import SCHEDULES, WEIGHTINGS

if TYPE_CHECKING:
    from playground.data.prepare import Data


BATCHED = frozenset({"cuda"})
"""Devices on which PyTorch trains networks as one batch; on a CPU the compiled engine is faster."""


def on_gpu(experiment: Experiment) -> bool:
    """Whether it runs where networks train as one batch. Raises InvalidValue as ``choose.resolve`` does."""
    return resolve(experiment)[1] in BATCHED and resolve(experiment)[0] != "fused"


def kin(experiment: Experiment) -> Hashable | None:
    """What experiments have in common that can be one flock; None where one needs a trainer of its own.

    That is where another engine runs it, and where its own losses decide how it goes on: early stopping and schedules
    that watch the loss. Raises InvalidValue as ``choose.resolve`` does.
    """
    if experiment.chooses:
        return None
    engine, device = resolve(experiment)
    resampling = WEIGHTINGS[experiment.class_weighting.name].resample
    if engine != "fused":
        if device not in BATCHED or resampling:  # where each seed has epochs of its own length
            return None
        from playground.engine.reference.stack import OWN, uncovered

        shared = tuple(getattr(experiment, name) for name in FIELDS if name not in OWN)
        return None if uncovered(experiment) else (device, Layout.of(experiment), shared)
    return (
        data_settings(experiment),
        Layout.of(experiment),
        experiment.seed,
        experiment.batch_size,
        resampling and experiment.class_weighting,
        experiment.input_noise,
        experiment.mixup,
        experiment.dropconnect > 0,
        tuple(rate > 0 for rate in experiment.dropouts),
        tuple(rate > 0 for rate in experiment.drop_rates),
    )


BATCH_ROWS = 1 << 22
"""Training rows in the plans of a batch at most, of all its seeds together: 32 MB of indices."""


class _Source:
    """What networks of one seed draw from: data, noise, order."""

    def __init__(self, experiment: Experiment) -> None:
        self.data: Data = prepare(experiment)
        self.noise = NoiseSource(experiment)
        self.order = BatchOrder.of(experiment, self.data)


class Flock:
    """Trains experiments of one ``kin``, all of them by the same steps.

    Args:
        experiments: at least one.
        threads: how many train at most.

    Attributes:
        experiments, data: what is trained, and on what (the first of them).
        engine, device: where.
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
        self.engine, self.device = resolve(first)
        firsts = {experiment.seed: experiment for experiment in reversed(experiments)}
        sources = {seed: _Source(experiment) for seed, experiment in firsts.items()}
        self._sources = [sources[experiment.seed] for experiment in experiments]
        own = self._sources[0]
        self.data, self._order = own.data, own.order
        if self.engine == "fused":
            fused: Any = fused_module()
            self._stack = fused.FusedStack(self.experiments, self.data, own.noise, threads)
        else:
            from playground.engine.reference import ReferenceStack

            data = [source.data for source in self._sources]
            noise = [source.noise for source in self._sources]
            self._stack = ReferenceStack(self.experiments, data, noise, self.device)
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
        """How many train at most; on a GPU one, which tells it what to do."""
        return int(self._stack.threads) if self.engine == "fused" else 1

    @threads.setter
    def threads(self, count: int) -> None:
        if self.engine == "fused":
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
        orders = list(dict.fromkeys(source.order for source in self._sources))
        limit = min(limit, max(1, BATCH_ROWS // (len(orders) * self._order.size)))
        plans = {order: order.plan(limit, np.ones) for order in orders}
        plan = plans[self._order]
        rates = self._learning_rates(which, 1 + len(plan.lr) // self.steps_per_epoch)
        # The epoch of each step, counted from the current one: an epoch ends behind the steps that are evaluated.
        ahead = np.cumsum(plan.evaluate) - plan.evaluate
        plan = plan._replace(lr=rates[:, ahead])
        if self.engine != "fused":
            plan = plan._replace(order=np.stack([plans[source.order].order for source in self._sources]))
        outcomes = self._stack.run(which, plan)
        ends = np.flatnonzero(plan.evaluate)
        for row, (k, outcome) in enumerate(zip(which, outcomes, strict=True)):
            self._record(k, plan.lr[row], ends, outcome)
        self.step += len(plan.evaluate)
        ended = {order: order.advance(plan.order.shape[-1]) for order in orders}
        self.epoch += ended[self._order]
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
        F = self.data.features(X)
        if self.engine != "fused":
            F = np.stack([source.data.features(X) for source in self._sources])
        found: np.ndarray = self._stack.scores(F)
        return found

    def state(self, k: int) -> State:
        """A copy of one network's numbers."""
        found: State = self._stack.state(k)
        return found

    def checkpoint(self, k: int) -> Checkpoint:
        """With which a ``Trainer`` of network ``k``'s experiment goes on from here (compiled: bit for bit).

        Raises:
            RuntimeError: the network has diverged.
        """
        if self.status[k] != "running":
            raise RuntimeError(f"expected a running network, got a {self.status[k]} one")
        return Checkpoint(
            experiment=self.experiments[k],
            engine=self.engine,
            device=self.device,
            state=self.state(k),
            step=self.step,
            epoch=self.epoch,
            status="running",
            reason="",
            order=self._sources[k].order.state(),
            noise=self._sources[k].noise.state(),
            plateau=None,
            patience=None,
            best=None,
            history=self.histories[k].rows(),
            history_stride=self.histories[k].stride,
            log=RunLog(self.experiments[k], self.engine, (), self.step) if self.step <= MOST_STEPS else None,
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
