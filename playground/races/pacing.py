"""How far the next round of a race goes: what fits between two frames, the speed limit, a goal and the next mark."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import NamedTuple

from playground.live.pacing import Pace
from playground.races.lockstep import Lockstep
from playground.races.race import Mode

ROUND_SECONDS = 0.02
"""Work in one round: between two rounds a frame can be made."""
CALL_SECONDS = 1.2e-4
"""What a call of a network's trainer takes besides its steps. With hundreds of networks a round must be longer than
``ROUND_SECONDS``, or nearly all of it would be calls."""


class Goal(NamedTuple):
    """Where a walk ends: at a step, or else at the end of an epoch, of the lane that is ahead."""

    step: int | None = None
    epoch: int | None = None

    def reached(self, lockstep: Lockstep) -> bool:
        """Whether the lanes are there."""
        if self.step is not None:
            return lockstep.step >= self.step
        return lockstep.epoch >= (self.epoch or 0)


class RacePace(Pace):
    """Measures a race and decides the length of its rounds.

    Args:
        lockstep: what is brought forward.
    """

    def __init__(self, lockstep: Lockstep) -> None:
        super().__init__(lambda: lockstep.step)
        self.lockstep = lockstep
        self._step_cost = 0.0
        self._round = (0, 0.0)

    def paced_steps(self, speed: float, mode: Mode, frame_interval: float) -> float:
        """Steps that make one round under a speed limit: a frame's share, or an epoch."""
        if mode == "epoch" and self.lockstep.running:
            return self.lockstep.running[0].leader.steps_left
        return int(speed * frame_interval)

    def begin(self, mode: Mode, speed: float | None, marks: Sequence[int], goal: Goal | None = None) -> None:
        """Begin a round.

        Args:
            speed: most steps a second; None for as many as go.
            goal: of a walk, which counts steps or epochs and no seconds.
            marks: epochs that no lane may pass in the round.
        """
        lockstep = self.lockstep
        self._round = (lockstep.step, 0.0)
        calls = self._calls()
        seconds = max(ROUND_SECONDS, 2 * calls) - calls
        most = max(1, int(seconds / self._step_cost)) if self._step_cost else 1
        if speed is not None:
            most = min(most, self.allowed(speed))
        for mark in marks:
            left = lockstep.steps_to(mark)
            most = most if left is None else min(most, left)
        if goal is not None and goal.epoch is not None:
            marks, mode = [*marks, goal.epoch], "epoch"
        elif goal is not None and goal.step is not None:
            most, mode = min(most, goal.step - lockstep.step), "step"
        if mode == "step":
            lockstep.aim_steps(most)
        elif mode == "epoch":
            ahead = [mark - lockstep.epoch for mark in marks if mark > lockstep.epoch]
            epochs = max(1, most // lockstep.running[0].leader.steps_per_epoch)
            lockstep.aim_epochs(min([epochs, *ahead]))
        else:
            lockstep.aim_seconds(ROUND_SECONDS / max(1, len(lockstep.running)))

    def _calls(self) -> float:
        """Seconds that calling every network once takes."""
        return CALL_SECONDS * sum(len(lane.running) for lane in self.lockstep.lanes)

    def work(self, seconds: float) -> bool:
        """Work on the round for about ``seconds``; whether it is done."""
        started = time.perf_counter()
        done = self.lockstep.run(seconds)
        step, cost = self._round
        cost += time.perf_counter() - started
        self._round = (step, cost)
        if done:
            each = max(cost - self._calls(), 0.1 * cost) / max(1, self.lockstep.step - step)
            self._step_cost = (
                each if not self._step_cost else self._step_cost + 0.3 * (each - self._step_cost)
            )
        return done
