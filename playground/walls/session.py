"""A wall while it is watched: all networks learn in step, as one work of the scheduler."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from playground.engine.choose import fused_module
from playground.engine.crowd import Crowd
from playground.engine.history import GROWTH, MAX_ROWS
from playground.engine.snapshot import Checkpoint
from playground.experiment import Experiment
from playground.layout import Layout
from playground.live.base import Session
from playground.live.frames import encode
from playground.live.limits import Limits
from playground.live.memory import ROW_BYTES, WALL_BYTES
from playground.live.pacing import Pace
from playground.live.viewer import Viewer
from playground.registry import InvalidValue
from playground.walls import messages, picture
from playground.walls.wall import Wall, standing

DEFAULT_SPEED = 100.0
"""Steps a second of each network at first: some seven epochs, slow enough to be watched."""
FRAME_SECONDS = 1 / 20
"""Between two frames at least: one holds the maps of all networks."""
ROUND_SECONDS = 0.02
"""Work in one round, about: between two rounds a frame can be made."""
WAITING_SECONDS = 0.1
"""Between two looks at whether the compiled engine is ready."""
EPOCH_BYTES = GROWTH * ROW_BYTES
COARSE = 12
"""Cells a side of the maps while the server is crowded."""


class WallSession(Session):
    """A wall that is trained while it is watched, up to the wall's epochs.

    Args:
        wall: what hangs there.
        language: of the texts that viewers are sent.
        bounds: limits of the server.

    Attributes:
        wall: the current one. crowd: its networks.

    Raises:
        InvalidValue: an experiment cannot be run here, or the networks are too large together.
    """

    def __init__(self, wall: Wall, language: str = "en", bounds: Limits | None = None) -> None:
        super().__init__(language, bounds, DEFAULT_SPEED)
        self._start(wall)

    def _start(self, wall: Wall) -> None:
        """Put the wall at its start, paused; changes nothing if it is refused."""
        experiments = wall.experiments
        total = sum(Layout.of(experiment).n_parameters for experiment in experiments)
        if total > self.bounds.max_parameters:
            raise InvalidValue("count", "wall.parameters", total, most=f"{self.bounds.max_parameters:,}")
        self._open = experiments
        self.crowd: Crowd | None = None
        self._next_look = 0.0
        """When it is looked again whether the compiled engine is ready."""
        self._build()
        self.wall = wall
        self.run_number += 1
        self.failed = False
        self.stop_at = wall.epochs
        self._goal: int | None = None
        self._round = (0, 0.0)
        """The step at which the round that is under way began, and the seconds that it has taken."""
        self._step_cost = 0.0
        self._drawn: tuple[int, dict[str, np.ndarray]] | None = None
        self._curves: tuple[int, np.ndarray] | None = None
        self._stands: dict[str, Any] = {}
        """The best network, how many are good, and the highest loss that one began with."""
        self.pace = Pace(lambda: self.step)
        self.rest()

    def _build(self) -> None:
        """Begin to make the networks, unless the compiled engine for them is still on its way."""
        fused = fused_module()
        waits = fused is not None and all(
            one.engine != "reference" and fused.covers(one) for one in self._open
        )
        if not waits or (fused is not None and fused.usable()):
            self.crowd = Crowd(self._open, threads=self.threads)

    # --- what the page does -------------------------------------------------------------------------

    def apply(self, wall: Wall) -> None:
        """Take over a changed wall: more epochs are gone on to, all else starts anew.

        Raises:
            InvalidValue: the change cannot be carried out; the wall stays as it was.
        """
        with self.lock:
            if wall == self.wall:
                return
            longer = Wall(**{**vars(self.wall), "epochs": wall.epochs}) == wall and wall.epochs >= self.epoch
            if longer:
                self.wall, self.stop_at = wall, wall.epochs
            else:
                self._start(wall)
            self.begin()
            self.changed()

    def begin(self) -> None:
        """Play, unless it has been played to its end or too many train: then it rests until somebody presses play."""
        with self.lock:
            try:
                self.admit()
            except InvalidValue:
                self.rest()
                return
            self.playing = self.crowd is None or (self.crowd.running and self._steps_to_stop() > 0)
            self.end_walk()
            self.resume_clock()
        self.wake()

    def reset(self, new_weights: bool) -> None:
        """Start all networks again, from the same weights or from newly drawn ones."""
        with self.lock:
            base = self.wall.base
            if new_weights:
                base = base.replace(init_seed=(base.weights_seed + 1) % 2**31)
            self._start(Wall(**{**vars(self.wall), "base": base}))
            self.changed()

    def checkpoint(self, place: int) -> Checkpoint | None:
        """With which one network goes on elsewhere; None where it has diverged or is not made yet."""
        with self.lock:
            self._finish_round()
            if self.crowd is None or not self.crowd.ready or self.crowd.status[place] == "diverged":
                return None
            return self.crowd.checkpoint(place)

    def experiment(self, place: int) -> Experiment:
        """What one network trains. Raises InvalidValue: there is none."""
        if not 0 <= place < len(self._open):
            raise InvalidValue("network", "expected.int", place, low=0, high=len(self._open) - 1)
        return self._open[place]

    # --- where it is --------------------------------------------------------------------------------

    @property
    def step(self) -> int:
        """Steps taken."""
        return self.crowd.step if self.crowd else 0

    @property
    def epoch(self) -> int:
        """Epochs finished."""
        return self.crowd.epoch if self.crowd else 0

    @property
    def begun(self) -> bool:
        """Whether a step has been taken."""
        return self.step > 0

    @property
    def n_parameters(self) -> int:
        """Parameters of all networks."""
        return sum(Layout.of(experiment).n_parameters for experiment in self._open)

    def sizes(self) -> dict[str, int]:
        """Memory by kind, see ``Session``."""
        crowd = self.crowd
        kept = sum(history.nbytes for _, part in crowd.parts for history in part.histories) if crowd else 0
        return super().sizes() | {"wall": kept}

    @property
    def last_epoch(self) -> int:
        """The epoch at which a wall ends at the latest, as its curves take memory."""
        return min(int(WALL_BYTES / (EPOCH_BYTES * self.wall.count)), MAX_ROWS) - 1

    @property
    def steps_per_epoch(self) -> int:
        """Steps that make an epoch."""
        return self.crowd.steps_per_epoch if self.crowd else 1

    @property
    def status(self) -> str:
        """``playing``, ``paused``, ``diverged`` (all of them) or ``failed``."""
        if self.failed:
            return "failed"
        if self.crowd is not None and self.crowd.ready and not self.crowd.running:
            return "diverged"
        return "playing" if self.playing else "paused"

    # --- play, pause, walk --------------------------------------------------------------------------

    def refuse_play(self) -> None:
        """Raise InvalidValue when no network can go on; a mark that all have passed goes."""
        self._refuse_ended("play")
        if self.stop_at is not None and self.epoch >= self.stop_at:
            self.stop_at = None

    def _refuse_ended(self, field: str) -> None:
        if self.status == "diverged":
            raise InvalidValue(field, "sentence.diverged")
        if self.epoch >= self.last_epoch:
            raise InvalidValue(field, "sentence.longest_wall", epochs=self.last_epoch)

    @property
    def walking(self) -> bool:
        """Whether it plays up to a goal and no further."""
        return self._goal is not None

    def begin_walk(self, steps: int | None, epochs: int | None) -> bool:
        """Set the goal of a walk, see ``Session``."""
        self._refuse_ended("step")
        if self.crowd is None:
            return False
        start, each = max(self._goal or 0, self.step), self.steps_per_epoch
        self._goal = start + (
            steps if steps is not None else each - start % each + ((epochs or 1) - 1) * each
        )
        return True

    def end_walk(self) -> None:
        """Forget the goal of a walk."""
        self._goal = None

    # --- what the scheduler does --------------------------------------------------------------------

    @property
    def pressing(self) -> bool:
        """Whether a round is under way or networks are left to make."""
        return self.crowd is None or self.crowd.busy or not self.crowd.ready

    def due(self, now: float) -> float | None:
        """When the next slice may start, see ``Session``; without the compiled engine it waits for that."""
        found = super().due(now)
        return found if found is None or self.crowd is not None else max(found, self._next_look)

    def paced_steps(self) -> float:
        """Steps that make one round under a speed limit: those of a frame."""
        return (self.speed or 0.0) * max(self.frame_interval, FRAME_SECONDS)

    def train(self, seconds: float) -> None:
        """Work on the current round for about ``seconds``; between rounds hand out frames that are due."""
        if self.crowd is None:
            self._next_look = time.monotonic() + WAITING_SECONDS
            self._build()
            return
        if not self.crowd.ready:
            if self.crowd.build(seconds):
                self.resume_clock()
                self.refresh()
            return
        if not self.crowd.busy:
            self.crowd.share(self.threads)
            self.crowd.aim(self._next_steps())
            self._round = (self.step, 0.0)
        started = time.perf_counter()
        done = self.crowd.work(seconds)
        step, cost = self._round
        cost += time.perf_counter() - started
        self._round = (step, cost)
        if done:
            self._step_cost = cost / max(1, self.step - step)
            self._round_done()

    def _next_steps(self) -> int:
        """How many steps the next round takes."""
        steps = min(self._steps_to_stop(), int(ROUND_SECONDS / self._step_cost) if self._step_cost else 1)
        if self.speed is not None and not self.walking:
            steps = min(steps, self.pace.allowed(self.speed))
        return max(1, steps)

    def _steps_to_stop(self) -> int:
        if self._goal is not None:
            return max(0, self._goal - self.step)
        last = self.last_epoch if self.stop_at is None else min(self.stop_at, self.last_epoch)
        return max(0, last * self.steps_per_epoch - self.step)

    def _round_done(self) -> None:
        assert self.crowd is not None
        self.pace.measure()
        if not self.crowd.running or not self._steps_to_stop():
            self.rest()
        if self.playing:
            self.send_due()
        else:
            self.refresh()

    def _finish_round(self) -> None:
        while self.crowd is not None and self.crowd.busy:
            self.crowd.work(1.0)

    def pause(self) -> None:
        """Stop training; the round that is under way is brought to its end first."""
        with self.lock:
            self._finish_round()
            super().pause()

    def give_up(self) -> None:
        """Leave the round where the error ended it."""
        if self.crowd is not None:
            self.crowd.give_up()

    def take_over(self) -> None:
        """Walls begin on the compiled engine where it does them."""

    # --- what viewers are sent ----------------------------------------------------------------------

    def send(self, viewer: Viewer, now: float) -> None:
        """Send the viewer what it lacks and a frame. In a round nothing is sent: it comes at its end."""
        if viewer.scene_revision != self.revision:
            viewer.scene_revision = self.revision
            viewer.send(messages.wall_message(self.wall, self._open, self._told()))
        if self.crowd is None or not self.crowd.ready or self.crowd.busy:
            return
        viewer.dirty = False
        viewer.next_time = now + max(self.frame_interval, FRAME_SECONDS)
        started = time.thread_time()
        # After an error the page keeps what it shows.
        arrays = {} if self.failed else self._arrays(self.crowd)
        header = {**self._told(), **self._stands, "frame": viewer.frames + 1}
        viewer.post_frame(encode(header, arrays))
        self.frame_cost += 0.1 * (time.thread_time() - started - self.frame_cost)

    def _told(self) -> dict[str, Any]:
        return {
            "revision": self.revision,
            "run": self.run_number,
            "status": self.status,
            "reason": self.failure,
            "step": self.step,
            "epoch": self.epoch,
            "speed": self.speed,
            "stop_at": self.stop_at,
            "steps_per_second": self.steps_per_second,
        }

    def _arrays(self, crowd: Crowd) -> dict[str, np.ndarray]:
        """What all viewers see of this step."""
        if self._drawn is None or self._drawn[0] != crowd.step:
            if self._curves is None or self._curves[0] != crowd.epoch:
                self._curves = crowd.epoch, picture.curves(crowd)
            size = picture.map_size(len(crowd))
            found = picture.maps(crowd, min(size, COARSE) if self.crowded else size)
            numbers = picture.numbers(crowd)
            self._drawn = crowd.step, {**found, **numbers, "curves": self._curves[1]}
            self._stands = {**standing(numbers["loss"])._asdict(), "begin": picture.first_loss(crowd)}
        return self._drawn[1]


def open_wall(wall: Wall, language: str = "en") -> WallSession:
    """A wall on this process's server. Raises InvalidValue when the server is full."""
    from playground.live import sessions

    session = WallSession(wall, language, sessions.server().bounds)
    sessions.server().ensure(session)
    session.begin()
    return session
