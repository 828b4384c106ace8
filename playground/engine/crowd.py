"""Any experiments side by side: those of one kin as flocks, the others each with a trainer of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import numpy as np

from playground.engine.flock import Flock, flocks
from playground.engine.history import History
from playground.engine.snapshot import Checkpoint, Status
from playground.engine.trainer import Trainer
from playground.experiment import Experiment

MOST = 64
"""Networks of a flock: making one, or a step of one, is a short piece of work."""


class Lone:
    """A trainer as a flock of one."""

    def __init__(self, experiment: Experiment) -> None:
        self.trainer = Trainer(experiment)
        self.data = self.trainer.data

    @property
    def running(self) -> list[int]:
        """See ``Flock``."""
        return [0] if self.trainer.status == "running" else []

    @property
    def status(self) -> list[Status]:
        """See ``Flock``."""
        return [self.trainer.status]

    @property
    def epochs(self) -> list[int]:
        """See ``Flock``."""
        return [self.trainer.epoch]

    @property
    def histories(self) -> list[History]:
        """See ``Flock``."""
        return [self.trainer.history]

    @property
    def step(self) -> int:
        """See ``Flock``."""
        return self.trainer.step

    @property
    def epoch(self) -> int:
        """See ``Flock``."""
        return self.trainer.epoch

    @property
    def steps_per_epoch(self) -> int:
        """See ``Flock``."""
        return self.trainer.steps_per_epoch

    def run(self, steps: int | None = None, epochs: int | None = None) -> int:
        """See ``Flock``."""
        return self.trainer.run(steps, epochs)

    def scores(self, X: np.ndarray) -> np.ndarray:
        """See ``Flock``."""
        return self.trainer.engine.forward(self.data.features(X))[-1][None]

    def checkpoint(self, k: int) -> Checkpoint:
        """See ``Flock``."""
        return self.trainer.checkpoint()


class Crowd:
    """Experiments whose epochs have the same number of steps, trained in step with each other.

    It is built in slices, and a *round* brings all of them forward by some steps, in slices too: only between rounds
    (``busy`` is False) do they stand side by side.

    Args:
        experiments: at least one.
        most: networks of a flock.
        threads: how many train at most.

    Raises:
        InvalidValue: an experiment cannot be run here.
    """

    def __init__(self, experiments: Sequence[Experiment], most: int = MOST, threads: int = 1) -> None:
        self.experiments = tuple(experiments)
        together, alone = flocks(self.experiments, most)
        self._to_build = [*together, *([place] for place in alone)]
        self._alone = set(alone)
        self._threads = threads
        self.parts: list[tuple[list[int], Flock | Lone]] = []
        self._places: dict[int, tuple[Flock | Lone, int]] = {}
        self._pending: list[Flock | Lone] = []
        self._round = 0
        self.build(0.0)

    def __len__(self) -> int:
        return len(self.experiments)

    # --- building --------------------------------------------------------------------------------

    @property
    def ready(self) -> bool:
        """Whether every network is built."""
        return not self._to_build

    def build(self, seconds: float | None = None) -> bool:
        """Build networks for about ``seconds``, at least some, or all; whether every one is built."""
        deadline = None if seconds is None else time.perf_counter() + seconds
        while self._to_build:
            places = self._to_build.pop(0)
            own = [self.experiments[place] for place in places]
            part = Lone(own[0]) if places[0] in self._alone else Flock(own, self._threads)
            self.parts.append((places, part))
            self._places |= {place: (part, k) for k, place in enumerate(places)}
            if deadline is not None and time.perf_counter() >= deadline:
                break
        return self.ready

    def share(self, threads: int) -> None:
        """Train on so many threads from now on."""
        self._threads = threads
        for _, part in self.parts:
            if isinstance(part, Flock):
                part.threads = threads

    # --- running ---------------------------------------------------------------------------------

    @property
    def step(self) -> int:
        """Steps taken by those that go on."""
        return max(part.step for _, part in self.parts)

    @property
    def epoch(self) -> int:
        """Epochs finished by those that go on."""
        return max(part.epoch for _, part in self.parts)

    @property
    def steps_per_epoch(self) -> int:
        """Steps in a full epoch."""
        return self.parts[0][1].steps_per_epoch

    @property
    def running(self) -> bool:
        """Whether a network can go on."""
        return any(part.running for _, part in self.parts)

    @property
    def busy(self) -> bool:
        """Whether a round is under way."""
        return bool(self._pending)

    def aim(self, steps: int) -> None:
        """Begin a round of some steps."""
        self._round = steps
        self._pending = [part for _, part in self.parts if part.running]

    def work(self, seconds: float) -> bool:
        """Work on the round for about ``seconds``; whether it is done."""
        deadline = time.perf_counter() + seconds
        while self._pending:
            self._pending.pop(0).run(steps=self._round)
            if time.perf_counter() >= deadline:
                break
        return not self._pending

    def give_up(self) -> None:
        """Leave the round where it is."""
        self._pending = []

    def run(self, epochs: int) -> None:
        """Train all of them up to so many epoch ends more."""
        self.build()
        for _, part in self.parts:
            part.run(epochs=epochs)

    # --- looking ---------------------------------------------------------------------------------

    def _each(self) -> Iterator[tuple[Flock | Lone, int]]:
        return (self._places[place] for place in range(len(self.experiments)))

    @property
    def status(self) -> list[Status]:
        """Of each network, see ``Trainer``."""
        return [part.status[k] for part, k in self._each()]

    @property
    def epochs(self) -> list[int]:
        """Epochs that each network has finished."""
        return [part.epochs[k] for part, k in self._each()]

    @property
    def histories(self) -> list[History]:
        """Of each network."""
        return [part.histories[k] for part, k in self._each()]

    def checkpoint(self, place: int) -> Checkpoint:
        """With which a ``Trainer`` goes on with one network. RuntimeError: it has diverged."""
        part, k = self._places[place]
        return part.checkpoint(k)
