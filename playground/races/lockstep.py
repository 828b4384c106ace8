"""Brings all networks of a race forward together."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from playground.engine.trainer import Trainer
from playground.races.race import Race


class LaneTrainers:
    """The networks of one lane, one a repeat, and the training time they have had.

    Attributes:
        trainers: repeat by repeat; grows until all are built.
        seconds: training time of the lane, mean over its repeats.
    """

    def __init__(self) -> None:
        self.trainers: list[Trainer] = []
        self.seconds = 0.0
        self._marks: list[tuple[int, float]] = [(0, 0.0)]

    @property
    def running(self) -> list[Trainer]:
        """The repeats that can go on."""
        return [trainer for trainer in self.trainers if trainer.status == "running"]

    @property
    def leader(self) -> Trainer:
        """The first repeat that can go on, else the first."""
        return next(iter(self.running), self.trainers[0])

    def mark(self) -> None:
        """Note when the current epoch was reached."""
        epoch = self.leader.epoch
        if epoch > self._marks[-1][0]:
            self._marks.append((epoch, self.seconds))

    def seconds_at(self, epoch: float) -> float:
        """Training time at which an epoch ended, between notes by proportion."""
        epochs, seconds = zip(*self._marks, strict=True)
        return float(np.interp(epoch, epochs, seconds))


class Lockstep:
    """All networks of a race. A *round* brings each of them to a common aim, in slices of time.

    Only between rounds (``busy`` is False) do the lanes stand side by side and may be looked at.

    Args:
        race: who runs. The first repeat of every lane is built at once, the others by ``build``.

    Raises:
        InvalidValue: an experiment cannot be run here.
    """

    def __init__(self, race: Race) -> None:
        self.race = race
        self.lanes = [LaneTrainers() for _ in race.lanes]
        self._to_build = iter(
            [(lane, repeat) for repeat in range(race.seeds) for lane in range(len(race.lanes))]
        )
        self._left = race.seeds * len(race.lanes)
        self._pending: list[tuple[LaneTrainers, Trainer, int]] = []
        self._time_left: list[tuple[LaneTrainers, Trainer, float]] = []
        for _ in race.lanes:
            self._build_one()

    def _build_one(self) -> None:
        # Repeat by repeat and not lane by lane, as the lanes of one repeat share their data.
        lane, repeat = next(self._to_build)
        self.lanes[lane].trainers.append(Trainer(self.race.experiment(lane, repeat)))
        self._left -= 1

    @property
    def ready(self) -> bool:
        """Whether every network is built."""
        return self._left == 0

    def build(self, seconds: float | None = None) -> bool:
        """Build networks for about ``seconds``, or all; whether every one is built."""
        deadline = None if seconds is None else time.perf_counter() + seconds
        while self._left and (deadline is None or time.perf_counter() < deadline):
            self._build_one()
        return self.ready

    # --- where they are -----------------------------------------------------------------------------

    def __iter__(self) -> Iterator[Trainer]:
        return (trainer for lane in self.lanes for trainer in lane.trainers)

    @property
    def running(self) -> list[LaneTrainers]:
        """The lanes of which a repeat can go on."""
        return [lane for lane in self.lanes if lane.running]

    @property
    def step(self) -> int:
        """Steps taken by whoever has taken most of those that can go on (of all, when none can)."""
        running = self.running
        return max(lane.leader.step for lane in (running or self.lanes))

    @property
    def epoch(self) -> int:
        """Epochs, counted like ``step``."""
        running = self.running
        return max(lane.leader.epoch for lane in (running or self.lanes))

    def steps_to(self, epoch: int) -> int | None:
        """Steps until the next lane gets to the end of ``epoch``; None when all are there."""
        left = [_steps_to(lane.leader, epoch) for lane in self.running if lane.leader.epoch < epoch]
        return min(left) if left else None

    # --- rounds -------------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether a round is under way."""
        return bool(self._pending or self._time_left)

    def aim_steps(self, steps: int) -> None:
        """Begin a round: every lane takes ``steps`` more than the furthest one has."""
        goal = self.step + steps
        self._pending = [(lane, t, goal) for lane in self.lanes for t in lane.running]

    def aim_epochs(self, epochs: int) -> None:
        """Begin a round: every lane gets to the end of the same epoch, ``epochs`` after the furthest one's."""
        goal = self.epoch + epochs
        self._pending = [(lane, t, t.step + _steps_to(t, goal)) for lane in self.lanes for t in lane.running]

    def aim_seconds(self, seconds: float) -> None:
        """Begin a round: every lane trains for ``seconds``, shared among its repeats."""
        self._time_left = [
            (lane, t, seconds / len(lane.running)) for lane in self.lanes for t in lane.running
        ]

    def run(self, seconds: float) -> bool:
        """Work on the round for about ``seconds``; whether it is done."""
        deadline = time.perf_counter() + seconds
        while self._pending:
            lane, trainer, goal = self._pending[0]
            self._train(lane, trainer, deadline, goal - trainer.step)
            if trainer.step >= goal or trainer.status != "running":
                self._pending.pop(0)
            if time.perf_counter() >= deadline:
                break
        while self._time_left and time.perf_counter() < deadline:
            lane, trainer, share = self._time_left.pop(0)
            self._train(lane, trainer, time.perf_counter() + share, None)
        if self.busy:
            return False
        for lane in self.lanes:
            lane.mark()
        return True

    def finish(self) -> None:
        """Bring the round to its end."""
        while self.busy:
            self.run(1.0)

    def give_up(self) -> None:
        """Leave the round where it is; the lanes need not stand side by side."""
        self._pending, self._time_left = [], []

    @staticmethod
    def _train(lane: LaneTrainers, trainer: Trainer, deadline: float, most: int | None) -> None:
        if most is not None and most <= 0:
            return
        started = time.perf_counter()
        trainer.run_for(deadline - started, most)
        lane.seconds += (time.perf_counter() - started) / len(lane.trainers)

    def take_over(self) -> None:
        """Go on with the compiled engine once it is ready, where the experiments leave the choice open."""
        for trainer in self:
            engine = trainer.engine
            if engine.name == "reference" and engine.device == "cpu" and trainer.experiment.engine == "auto":
                trainer.switch_engine("auto")


def _steps_to(trainer: Trainer, epoch: int) -> int:
    ahead = epoch - trainer.epoch
    return trainer.steps_left + (ahead - 1) * trainer.steps_per_epoch if ahead > 0 else 0
