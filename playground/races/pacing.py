"""How far the next round of a race goes: what fits between two frames, the speed limit and the next mark."""

from __future__ import annotations

import time
from collections.abc import Sequence

from playground.live.session import MAX_LAG, RATE_WINDOW
from playground.races.lockstep import Lockstep
from playground.races.race import Mode

ROUND_SECONDS = 0.02
"""Work in one round: between two rounds a frame can be made."""
CALL_SECONDS = 1.2e-4
"""What a call of a network's trainer takes besides its steps. With hundreds of networks a round must be longer than
``ROUND_SECONDS``, or nearly all of it would be calls."""


class Pace:
    """Measures a race and decides the length of its rounds.

    Args:
        lockstep: what is brought forward.
    """

    def __init__(self, lockstep: Lockstep) -> None:
        self.lockstep = lockstep
        self.rate = 0.0
        """Steps of each lane per second of playing, over the last measured half second."""
        self._step_cost = 0.0
        self._round = (0, 0.0)
        self.resume()

    def resume(self) -> None:
        """Time has passed in which nothing was to be trained."""
        self._since = self._rate_since = time.monotonic()
        self._step = self._rate_step = self.lockstep.step

    def due(self, speed: float, mode: Mode, frame_interval: float) -> float:
        """When (monotonic seconds) enough steps are allowed for a round: a frame's share, or an epoch."""
        steps = int(speed * frame_interval)
        if mode == "epoch" and self.lockstep.running:
            steps = self.lockstep.running[0].leader.steps_left
        return self._since + (self.lockstep.step - self._step + max(1, steps)) / speed

    def begin(self, mode: Mode, speed: float | None, marks: Sequence[int]) -> None:
        """Begin a round.

        Args:
            speed: most steps a second; None for as many as go.
            marks: epochs that no lane may pass in the round.
        """
        lockstep = self.lockstep
        self._round = (lockstep.step, 0.0)
        calls = self._calls()
        seconds = max(ROUND_SECONDS, 2 * calls) - calls
        most = max(1, int(seconds / self._step_cost)) if self._step_cost else 1
        if speed is not None:
            most = min(most, self._allowed(speed))
        for mark in marks:
            left = lockstep.steps_to(mark)
            most = most if left is None else min(most, left)
        if mode == "step":
            lockstep.aim_steps(most)
        elif mode == "epoch":
            ahead = [mark - lockstep.epoch for mark in marks if mark > lockstep.epoch]
            epochs = max(1, most // lockstep.running[0].leader.steps_per_epoch)
            lockstep.aim_epochs(min([epochs, *ahead]))
        else:
            lockstep.aim_seconds(ROUND_SECONDS / max(1, len(lockstep.running)))

    def _allowed(self, speed: float) -> int:
        """Steps that the limit allows by now, at least one."""
        now = time.monotonic()
        allowed = int((now - self._since) * speed) - (self.lockstep.step - self._step)
        if allowed > speed * MAX_LAG:
            # The machine cannot keep this speed; don't run after it in bursts.
            self._since, self._step = now, self.lockstep.step
        return max(1, allowed)

    def _calls(self) -> float:
        """Seconds that calling every network once takes."""
        return CALL_SECONDS * sum(len(field.running) for field in self.lockstep.fields)

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

    def measure(self) -> None:
        """Take down the rate, twice a second."""
        now = time.monotonic()
        if now - self._rate_since >= RATE_WINDOW:
            self.rate = (self.lockstep.step - self._rate_step) / (now - self._rate_since)
            self._rate_since, self._rate_step = now, self.lockstep.step
