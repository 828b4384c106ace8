"""A race while it is watched: all lanes and repeats train in lockstep, as one work of the scheduler."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from playground.data.plane import View
from playground.engine.history import GROWTH, MAX_ROWS
from playground.layout import Layout
from playground.live.base import Session
from playground.live.limits import Limits
from playground.live.memory import RACE_BYTES, ROW_BYTES
from playground.live.session import check_size
from playground.live.sight import Sight
from playground.live.viewer import Viewer
from playground.races import export, messages
from playground.races.export import Record, records
from playground.races.lane import LaneRun
from playground.races.lockstep import Lockstep
from playground.races.messages import Told
from playground.races.pacing import Goal, RacePace
from playground.races.race import Race
from playground.races.sending import Sender, Sent
from playground.races.shared import shared
from playground.races.standings import Standings, standings
from playground.registry import InvalidValue

if TYPE_CHECKING:
    import pandas as pd

DEFAULT_SPEED = 1_000.0
"""Steps a second of each lane at first: some forty epochs of the default experiment."""
EPOCH_BYTES = GROWTH * ROW_BYTES
"""Memory of an epoch of one network; a lane's own curves take twice as much."""


class RaceSession(Session):
    """A race that is trained while it is watched.

    Args:
        race: who runs.
        language: of the texts that viewers are sent.
        bounds: limits of the server.

    Attributes:
        race: the current race. lanes: what runs in each lane.
        prediction: the lane that the viewer has named; None before.
        revision: grows with every change of what viewers must know before a frame.

    Raises:
        InvalidValue: an experiment cannot be run here, or the networks are too large together.
    """

    def __init__(self, race: Race, language: str = "en", bounds: Limits | None = None) -> None:
        super().__init__(language, bounds, DEFAULT_SPEED)
        self.pace: RacePace
        self._sender = Sender()
        self.sight = Sight()
        self._start(race)

    def _start(self, race: Race) -> None:
        """Put the race at the start; changes nothing if it is refused."""
        for experiment in race.experiments:
            check_size(experiment, self.bounds)
        total = race.seeds * sum(Layout.of(e).n_parameters for e in race.experiments)
        if total > self.bounds.max_parameters:
            most = self.bounds.max_parameters
            raise InvalidValue("seeds", "race.parameters", total, most=f"{most:,}")
        lockstep = Lockstep(race)
        self.race = race
        self.lockstep = lockstep
        self.lanes = [LaneRun(self, lockstep, i, self.sight) for i in range(len(lockstep.lanes))]
        first = self.lanes[0].trainer
        self.shared = [shared(first, lane.trainer) for lane in self.lanes]
        self.prediction: int | None = None
        self.run_number += 1
        self.pace = RacePace(lockstep)
        self.version = 0
        """Grows when the standings may have changed."""
        self.failed = self._decided = False
        self._goal: Goal | None = None
        self.rest()

    # --- what the page does -------------------------------------------------------------------------

    def apply(self, race: Race) -> None:
        """Take over a changed race: from the start where the runs differ, else in place.

        Raises:
            InvalidValue: the change cannot be carried out; the running race goes on unchanged.
        """
        with self.lock:
            if race == self.race:
                return
            if race.experiments == self.race.experiments and race.seeds == self.race.seeds:
                if race.predict and not self.race.predict and not self.begun:
                    self.prediction = None
                self.lockstep.finish()
                self.race = self.lockstep.race = race
                self._decided = self.places().decided
            else:
                self._start(race)
            self.changed()

    def change(self, made: Callable[[Race], Race]) -> None:
        """Change the race as it is now; what others have changed meanwhile stands. Raises InvalidValue.

        Args:
            made: from the race to the changed one; called with the lock held.
        """
        with self.lock:
            self.apply(made(self.race))

    def see(self, view: View | None) -> None:
        """Choose what all maps show of other than two inputs; None for the first view of each lane's data.

        It stays while the first lane's columns do, and holds for the lanes that have the same columns. Raises
        InvalidValue: it does not fit them.
        """
        with self.lock:
            if self.sight.choose(view, self.x_names):
                super().changed()

    @property
    def x_names(self) -> tuple[str, ...]:
        """The columns that the first lane's map is of."""
        return self.lanes[0].trainer.data.x_names

    @property
    def view(self) -> View | None:
        """What was chosen to be seen of these columns; None for the first view."""
        return self.sight.view(self.x_names)

    def changed(self) -> None:
        """Tell viewers and scheduler that scene or state are new."""
        with self.lock:
            self.version += 1
            super().changed()

    @property
    def begun(self) -> bool:
        """Whether a step has been taken."""
        return any(trainer.step for trainer in self.lockstep) or self.lockstep.busy

    @property
    def last_epoch(self) -> int:
        """The epoch at which a race ends at the latest, as its histories take memory."""
        return min(int(RACE_BYTES / (EPOCH_BYTES * (self.race.seeds + 2) * len(self.lanes))), MAX_ROWS) - 1

    def predict(self, lane: int) -> None:
        """Name the lane that will win. Raises InvalidValue once the race has begun."""
        with self.lock:
            if self.begun:
                raise InvalidValue("prediction", "sentence.too_late")
            self.prediction = lane
            self.changed()

    def _refuse_unpredicted(self) -> None:
        if self.race.predict and self.prediction is None:
            raise InvalidValue("prediction", "sentence.predict_first")

    def refuse_play(self) -> None:
        """Raise InvalidValue when no lane can go on; a mark that all have passed goes."""
        self._refuse_unpredicted()
        self._refuse_ended()
        if self.stop_at is not None and self.lockstep.steps_to(self.stop_at) is None:
            self.stop_at = None

    def _refuse_ended(self) -> None:
        if not self.lockstep.running:
            raise InvalidValue("play", "sentence.no_lane_left")
        if self.lockstep.steps_to(self.last_epoch) is None:
            raise InvalidValue("play", "sentence.longest", epochs=self.last_epoch)

    def pause(self) -> None:
        """Stop training; the round that is under way is brought to its end first."""
        with self.lock:
            self.version += 1
            super().pause()

    @property
    def walking(self) -> bool:
        """Whether it plays up to a goal and no further."""
        return self._goal is not None

    def begin_walk(self, steps: int | None, epochs: int | None) -> bool:
        """Set the goal of a walk, see ``Session``: every lane takes some steps, or gets to the end of some epochs."""
        self._refuse_unpredicted()
        self._refuse_ended()
        before = self._goal or Goal()
        if steps is None and self.race.mode == "epoch":
            start = max(before.epoch or 0, self.lockstep.epoch)
            self._goal = Goal(epoch=start + (epochs or 1))
            return True
        if steps is None:
            # Lanes whose epochs have other lengths take the steps of the first one's epochs.
            leader = self.lockstep.running[0].leader
            steps = ((epochs or 1) - 1) * leader.steps_per_epoch
            steps += leader.steps_per_epoch if before.step is not None else leader.steps_left
        self._goal = Goal(step=max(before.step or 0, self.lockstep.step) + steps)
        return True

    def end_walk(self) -> None:
        """Forget the goal of a walk."""
        self._goal = None

    def settle(self) -> None:
        """Build what is left to build, and bring a walk and a round to their ends."""
        with self.lock:
            super().settle()
            self.finish_round()

    def finish_round(self) -> None:
        """Build what is left to build, and bring the round that is under way to its end; a walk goes on later."""
        with self.lock:
            self.lockstep.build()
            if self.lockstep.busy:
                self.lockstep.finish()
                self._round_done()

    def reset(self, new_weights: bool) -> None:
        """Back to the start, from the same weights or from newly drawn ones."""
        with self.lock:
            race = self.race
            if new_weights:
                seed = (race.base.weights_seed + race.seeds) % (2**31 - race.seeds)
                race = race.replace(base=race.base.replace(init_seed=seed))
            prediction, focus = self.prediction, [lane.focus for lane in self.lanes]
            self._start(race)
            self.prediction = prediction
            for lane, place in zip(self.lanes, focus, strict=True):
                lane.focus = place
            self.changed()

    # --- what the scheduler does --------------------------------------------------------------------

    def sizes(self) -> dict[str, int]:
        """Memory by kind, see ``Session``."""
        networks = sum(trainer.history.nbytes for lane in self.lockstep.lanes for trainer in [*lane.trainers])
        return super().sizes() | {"race": networks + sum(lane.curves.nbytes for lane in self.lanes)}

    @property
    def n_parameters(self) -> int:
        """Parameters of all networks."""
        return self.race.seeds * sum(Layout.of(e).n_parameters for e in self.race.experiments)

    @property
    def pressing(self) -> bool:
        """Whether a round is under way or networks are left to build."""
        return self.lockstep.busy or not self.lockstep.ready

    @property
    def steps_per_epoch(self) -> int:
        """Steps that make an epoch."""
        return self.lanes[0].trainer.steps_per_epoch

    def paced_steps(self) -> float:
        """Steps of each lane that make one round under a speed limit."""
        return self.pace.paced_steps(self.speed or 0.0, self.race.mode, self.frame_interval)

    def train(self, seconds: float) -> None:
        """Work on the current round for about ``seconds``; between rounds hand out frames that are due."""
        if not self.lockstep.ready:
            if self.lockstep.build(seconds):
                for lane in self.lanes:
                    lane.curves.forget()
                self.resume_clock()
                self.refresh()
            return
        if not self.lockstep.busy:
            speed = None if self.walking else self.speed
            self.pace.begin(self.race.mode, speed, self._marks(), self._goal)
        if self.pace.work(seconds):
            self._round_done()

    def give_up(self) -> None:
        """Leave the round where the error ended it."""
        self.lockstep.give_up()

    def _marks(self) -> list[int]:
        """Epochs at whose end the race is to be looked at."""
        if self.walking:
            return [self.last_epoch]
        marks = [self.stop_at, None if self._decided else self.race.criterion.epoch, self.last_epoch]
        return [mark for mark in marks if mark]

    def _round_done(self) -> None:
        """The lanes stand side by side: see whether it is decided, and show it."""
        self.pace.measure()
        self.version += 1
        for lane in self.lanes:
            lane.curves.update()
        if not self._decided and self.places().decided:
            self._decided = True
            if not self.walking:
                self.rest()
        if not self.lockstep.running or self._at_stop():
            self.rest()
        if self.playing:
            self.send_due()
        else:
            self.refresh()

    def _at_stop(self) -> bool:
        if self._goal is not None and self._goal.reached(self.lockstep):
            return True
        ends = [self.last_epoch] if self.stop_at is None or self.walking else [self.stop_at, self.last_epoch]
        return any(self.lockstep.steps_to(end) is None for end in ends)

    def take_over(self) -> None:
        """Go on with the compiled engine once it is ready, between two rounds."""
        if not self.pressing:
            self.lockstep.take_over()

    # --- what viewers are sent ----------------------------------------------------------------------

    def told(self) -> Told:
        """What viewers are told now."""
        return Told(
            race=self.race,
            lanes=self.lanes,
            networks=self.lockstep.lanes,
            shared=self.shared,
            language=self.language,
            revision=self.revision,
            version=self.version,
            run_number=self.run_number,
            prediction=self.prediction,
            playing=self.playing,
            speed=self.speed,
            stop_at=self.stop_at,
            grid_size=self.grid_size,
            failed=self.failed,
        )

    def compare(self, a: int, b: int, measure: str) -> dict[str, Any]:
        """Two lanes against each other as they are now, or at the criterion's epoch where both have passed it."""
        with self.lock:
            self.finish_round()
            return messages.comparison_message(self.told(), a, b, measure)

    def places(self) -> Standings:
        """Who is where as of now. Call with the lock held, between rounds."""
        for lane in self.lanes:
            lane.curves.update()
        return standings(self.race, self.lockstep.lanes, [lane.curves for lane in self.lanes])

    def standings(self) -> dict[str, Any]:
        """The standings message. With a round under way, as of its end."""
        with self.lock:
            self.finish_round()
            return messages.standings_message(self.told(), self.places())

    def records(self) -> tuple[Record, ...]:
        """Copies of all runs, to be exported without the lock. A round under way is brought to its end."""
        with self.lock:
            self.finish_round()
            return records(self.race, self.lockstep.lanes, self.language)

    def frame(self) -> pd.DataFrame:
        """Tidy table of all lanes and repeats, see ``playground.races.export.frame``."""
        return export.frame(self.records())

    def tensorboard(self) -> bytes:
        """Zip of TensorBoard event files, one run a lane and seed."""
        return export.tensorboard(self.records())

    def sent(self, viewer: Viewer) -> Sent:
        """What the viewer has of each lane."""
        return self._sender.sent(viewer, len(self.lanes))

    def send(self, viewer: Viewer, now: float) -> None:
        """Send the viewer what it lacks and a frame. In a round nothing is sent: it comes at its end."""
        if self.lockstep.busy:
            return
        told = self.told()
        self._sender.send_scenes(told, viewer)
        viewer.dirty = False
        viewer.next_time = now + self.frame_interval
        started = time.perf_counter()
        self._sender.send_frame(told, viewer, now)
        self.frame_cost += 0.1 * (time.perf_counter() - started - self.frame_cost)
        if not self.failed:
            self._sender.send_news(told, viewer, now, self.places)


def open_race(race: Race, language: str = "en") -> RaceSession:
    """A race on this process's server, paused. Raises InvalidValue when the server is full."""
    from playground.live import sessions

    session = RaceSession(race, language, sessions.server().bounds)
    sessions.server().ensure(session)
    return session
