"""One visitor's experiment while it is on the stage: what trains, what is shown, and what changed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from copy import copy
from typing import Any

import numpy as np

from playground.data.plane import View
from playground.data.points import MAX_ROWS, Points
from playground.data.prepare import points_from_experiment
from playground.diagnosis import describe, diagnose
from playground.engine.probe import LayerValues
from playground.engine.replay import Replay
from playground.engine.run_log import RunLog
from playground.engine.snapshot import Checkpoint
from playground.engine.trainer import Trainer
from playground.experiment import FIELDS, Experiment
from playground.layout import Layout
from playground.live import ending, painter
from playground.live.base import QUICK_SECONDS, Session
from playground.live.limits import Limits
from playground.live.pacing import Pace
from playground.live.runs import Run, Runs
from playground.live.scene import Shown
from playground.live.sight import Sight
from playground.live.trace import trace_message
from playground.live.undo import Undo
from playground.live.viewer import Viewer
from playground.registry import InvalidValue
from playground.text import text

UNBOUNDED = 2**62
MESSAGE_ROOM = 500
"""Bytes of a message besides the run in it."""
DEFAULT_SPEED = 5_000.0
"""Steps a second at first: fast, and still slow enough to be watched. Lifted by the speed control."""


class LiveSession(Session):
    """An experiment that is trained while it is watched.

    Args:
        experiment: what to train first.
        language: of the texts that the stage is sent.
        bounds: limits of the server.

    Attributes:
        experiment: the current experiment, the single truth for controls and stage.
    """

    def __init__(self, experiment: Experiment, language: str = "en", bounds: Limits | None = None) -> None:
        super().__init__(language, bounds, DEFAULT_SPEED)
        check_size(experiment, self.bounds)
        self.experiment = experiment
        self.draft = ""
        """Why the painted points don't suffice for a run yet; "" while they do."""
        self.trainer = Trainer(experiment)
        self.runs = Runs(self.trainer)
        self.pace = Pace(lambda: self.trainer.step)
        self.focus: tuple[int, int] | None = None
        self.painter = painter.Painter(self.trainer)
        self.touched_step = -1
        """The step at which weights or data were last changed by hand; the history's row does not tell of it."""
        self._again: Replay | None = None
        """The run that is being taken again."""
        self._goal: int | None = None
        """The step up to which it walks."""
        self.sight = Sight()
        self._undo = Undo()
        self._suggestions: dict[str, dict[str, Any]] = {}

    # --- what the controls do ---------------------------------------------------------------------

    def apply(self, experiment: Experiment) -> None:
        """Take over a changed experiment: at once where a running network can, else rebuilt from its seed.

        Raises:
            InvalidValue: the change cannot be carried out; the running experiment goes on unchanged.
        """
        with self.lock:
            if experiment == self.experiment:
                return
            check_size(experiment, self.bounds)
            self._take(experiment)

    def change(self, made: Callable[[Experiment], Mapping[str, Any]] | None = None, /, **fields: Any) -> None:
        """Change some fields of the experiment as it is now; what others have changed meanwhile stands.

        Args:
            made: from the experiment to the changed fields; called with the lock held.
            fields: further changed fields.

        Raises:
            InvalidValue: as ``apply`` does, or for a refused value.
        """
        with self.lock:
            changes = {**(made(self.experiment) if made else {}), **fields}
            if changes:
                self.apply(self.experiment.replace(**changes))

    def _take(self, experiment: Experiment) -> None:
        """Go on with ``experiment``, or start it; points that don't suffice become a draft to paint on."""
        went_on = False
        self._leave_log()
        # A rebuilt trainer lets go of its parts, this keeps them.
        ended = None if self.draft or self.failed else copy(self.trainer)
        try:
            if self.draft or self.failed:
                self.trainer = Trainer(experiment)
            else:
                went_on = self.trainer.reconfigure(experiment)
            self.draft = ""
        except InvalidValue as refused:
            if experiment.points is None or not refused.field.startswith("points"):
                raise
            if len(experiment.columns) != 2:  # they were not painted, and cannot be painted on
                raise
            self.draft = text("live.draft", self.language)
            self.rest()
        self.experiment = experiment
        if not went_on:
            self._new_run(ended)
        self.changed()

    def refuse_draft(self) -> None:
        """Raise InvalidValue while there are too few points for a run."""
        if self.draft:
            raise InvalidValue("points", "sentence.draft")

    def changed(self) -> None:
        """Tell viewers and scheduler that scene or state are new."""
        with self.lock:
            self.touched_step = self.trainer.step
            self.painter.forget(self.trainer)
            super().changed()

    def _new_run(self, ended: Trainer | None, again: Run | None = None) -> None:
        """Another run has begun; ``ended`` is the one before it, ``again`` the kept run that goes on."""
        if ended is not None:
            self.runs.end(ended)
        self.runs.begin(self.trainer, again)
        for viewer in self.viewers:
            viewer.past = None
        self.run_number += 1
        self.failed = False
        if self.walking:
            self.rest()
        self.focus = None
        self.pace.restart()

    def refuse_play(self) -> None:
        """Raise InvalidValue when the run cannot go on; a mark that it has passed goes."""
        self.refuse_draft()
        self._refuse_ended("play")
        if self.stop_at is not None and self.trainer.epoch >= self.stop_at:
            self.stop_at = None

    def _refuse_ended(self, field: str) -> None:
        if self.trainer.status == "diverged":
            raise InvalidValue(field, "sentence.diverged")
        if self.trainer.status == "stopped":
            raise InvalidValue(field, "sentence.stopped")

    @property
    def walking(self) -> bool:
        """Whether it plays up to a goal and no further."""
        return self._goal is not None

    def begin_walk(self, steps: int | None, epochs: int | None) -> bool:
        """Set the goal of a walk, see ``Session``. A run that has ended has none."""
        self.refuse_draft()
        trainer = self.trainer
        if trainer.status != "running":
            return False
        start = max(self._goal or 0, trainer.step)
        if steps is None:
            each = trainer.steps_per_epoch
            into = (start - trainer.step - trainer.steps_left) % each  # steps into the epoch at the start
            steps = each - into + ((epochs or 1) - 1) * each
        self._goal = start + steps
        return True

    def end_walk(self) -> None:
        """Forget the goal of a walk, and what is still to be done to a run that is taken again."""
        self._goal = self._again = None

    def replay(self, epoch: int) -> None:
        """Train a run that has not begun up to an epoch, and pause there. Raises InvalidValue as ``walk`` does."""
        with self.lock:
            if not self.begun:
                self.walk(epochs=epoch)

    @property
    def log(self) -> RunLog | None:
        """The run as a value; None where it cannot be repeated."""
        return None if self.draft or self.failed else self.trainer.log

    @property
    def repeats(self) -> bool:
        """Whether a run is being taken again."""
        return self._again is not None

    def take_again(self, log: RunLog) -> None:
        """Begin a run anew, do to it what was done, and pause where it was; whatever else is changed ends that.

        Raises:
            InvalidValue: the run cannot be taken here, or too many train.
        """
        with self.lock:
            check_size(log.experiment, self.bounds)
            self.admit()
            again = Replay(log)
            ended = None if self.draft or self.failed else self.trainer
            self.rest()
            self.trainer, self.experiment, self.draft = again.trainer, again.trainer.experiment, ""
            self._new_run(ended)
            self._again, self._goal = again, log.step
            self.changed()
            self._set_off()
            self._work_until(time.perf_counter() + QUICK_SECONDS)
            if self.playing:
                self.refresh()
        self.wake()

    def whole_run(self, number: int | None) -> dict[str, Any]:
        """A run for the page to keep: a kept one by its number, or the current one.

        Raises:
            InvalidValue: it is gone, has not begun, or is too large for a message that brings it back.
        """
        with self.lock:
            if number is None:
                self.refuse_draft()
                self.refuse_failed("run")
                number = self.runs.number
            told = self.runs.whole(self.trainer, number, self.language)
            if not _fits_a_message(RunLog.from_dict(told), self.bounds):
                raise InvalidValue("run", "sentence.run_large", kilobytes=self.bounds.message_bytes // 1000)
            return told

    def _leave_log(self) -> None:
        """Somebody changes a run that is being taken again: it stops here and is theirs."""
        if self._again is not None:
            self.rest()

    def _follow_log(self) -> None:
        """Do to a run that is being taken again what is due."""
        again = self._again
        if again is None:
            return
        done = again.follow()
        if done:
            self.experiment = self.trainer.experiment
            self.touched_step = self.trainer.step
        if again.over:
            self.rest()
        if done or again.over:
            self.changed()

    def trace(self) -> dict[str, Any]:
        """Pause, take one step and tell every number of it. Raises InvalidValue when the run has ended."""
        with self.lock:
            self.refuse_draft()
            self.refuse_failed("step")
            self._refuse_ended("step")
            self.rest()
            told = trace_message(self.trainer.trace_step(), self.experiment)
            self.runs.timeline.note(self.trainer)
            self.refresh()
            return told

    def set_parameter(self, index: int, value: float) -> None:
        """Set one number of the flat parameter vector; the run goes on from there."""
        with self.lock:
            self.refuse_draft()
            self._leave_log()
            self.trainer.set_parameter(index, value)
            self.touched_step = self.trainer.step
            self.refresh()

    def set_weights(self, tensors: Mapping[str, np.ndarray]) -> None:
        """Set all weights by name; the run goes on from there. Raises InvalidValue: they do not fit the network."""
        with self.lock:
            self.refuse_draft()
            self._leave_log()
            self.trainer.set_weights(tensors)
            self.touched_step = self.trainer.step
            self.refresh()

    def reset(self, new_weights: bool) -> None:
        """Start the run again from the same weights, or from newly drawn ones."""
        with self.lock:
            experiment = self.experiment
            if new_weights:
                experiment = experiment.replace(init_seed=(experiment.weights_seed + 1) % 2**31)
            self.refuse_draft()
            ended = None if self.failed else self.trainer
            self.trainer = Trainer(experiment)
            self.experiment = experiment
            self.rest()
            focus = self.focus
            self._new_run(ended)
            self.focus = focus
            self.changed()

    def reopen(self, number: int) -> None:
        """Go on with a run that was kept, from where it ended. Raises InvalidValue when that cannot be."""
        with self.lock:
            run = self.runs.find(number)
            if number == self.runs.number:
                return
            self._go_on(run.checkpoint, run)

    def adopt(self, checkpoint: Checkpoint) -> None:
        """Go on with a run that began elsewhere, as a run of its own. Raises InvalidValue when that cannot be."""
        with self.lock:
            self._go_on(checkpoint)

    def _go_on(self, checkpoint: Checkpoint, again: Run | None = None) -> None:
        experiment = checkpoint.experiment
        check_size(experiment, self.bounds)
        trainer = Trainer(experiment)
        trainer.restore(checkpoint)
        ended = None if self.draft or self.failed else self.trainer
        self.trainer, self.experiment, self.draft = trainer, experiment, ""
        self.rest()
        self._new_run(ended, again)
        self.changed()

    def look_back(self, viewer: Viewer, epoch: int | None) -> int | None:
        """Show a viewer the checkpoint nearest to an epoch, or the present again.

        Returns:
            The checkpoint's epoch.

        Raises:
            InvalidValue: there is no checkpoint yet.
        """
        with self.lock:
            mark = None if epoch is None else self.runs.timeline.nearest(epoch)
            if mark is None and epoch is not None:
                raise InvalidValue("epoch", "sentence.no_checkpoint")
            viewer.past = mark
            viewer.last_sent.pop("past", None)
            viewer.units_time = 0.0
            self.refresh(viewer)
            return None if mark is None else mark.epoch

    def see(self, view: View | None) -> None:
        """Choose what the map shows of other than two inputs; None for the first view.

        It stays while the data's columns do. Raises InvalidValue: it does not fit them.
        """
        with self.lock:
            if self.sight.choose(view, self.x_names):
                super().changed()

    @property
    def x_names(self) -> tuple[str, ...]:
        """The columns that the map is of."""
        return self.trainer.data.x_names

    @property
    def view(self) -> View | None:
        """What was chosen to be seen of these columns; None for the first view."""
        return self.sight.view(self.x_names)

    # --- painted points ---------------------------------------------------------------------------

    def points(self) -> Points:
        """The current data as editable points."""
        return self.experiment.points or points_from_experiment(self.experiment)

    def paint(self, points: Points, continues: bool = False) -> None:
        """Train on these points from now on; the network keeps its weights where it fits them.

        Args:
            points: all of them.
            continues: the change belongs to the stroke before it and is undone with it.
        """
        with self.lock:
            if not continues or not self._undo:
                self._undo.keep(self.experiment)
            self._take(points_experiment(self.experiment, points))

    def undo_points(self) -> None:
        """Take back the last painting."""
        with self.lock:
            if not self._undo:
                raise InvalidValue("undo", "sentence.nothing_to_undo")
            self._take(self.experiment.replace(**self._undo.take_back()))

    # --- advice -----------------------------------------------------------------------------------

    def diagnosis(self, layers: list[LayerValues], norms: list[float]) -> list[dict[str, Any]]:
        """What the curves say, in the visitor's language; suggestions can be carried out by their id."""
        findings = diagnose(self.trainer, layers, norms)
        self._suggestions = {f.key: f.changes for f in findings if f.changes}
        return [describe(finding, self.language) for finding in findings]

    def apply_suggestion(self, key: str) -> None:
        """Carry out the change that a finding suggested. Raises InvalidValue for an unknown one."""
        with self.lock:
            if key not in self._suggestions:
                raise InvalidValue("suggestion", "sentence.suggestion_gone")
            self.apply(self.experiment.replace(**self._suggestions[key]))

    # --- what the scheduler does ------------------------------------------------------------------

    def sizes(self) -> dict[str, int]:
        """Memory by kind, see ``Session``."""
        return super().sizes() | {
            "history": self.trainer.history.nbytes,
            "runs": self.runs.nbytes,
            "marks": self.runs.timeline.nbytes,
            "log": self.trainer.log_nbytes,
            "painted": self._undo.nbytes,
        }

    @property
    def waits(self) -> bool:
        """Whether it waits for a device while it trains."""
        return self.trainer.engine.device != "cpu"

    @property
    def n_parameters(self) -> int:
        """Parameters of the network."""
        return Layout.of(self.experiment).n_parameters

    @property
    def begun(self) -> bool:
        """Whether a step has been taken."""
        return self.playing or self.trainer.step > 0

    def send(self, viewer: Viewer, now: float) -> None:
        """Send the viewer what it lacks and a frame. Called with the lock held."""
        shown = self.shown()
        if viewer.scene_revision != self.revision:
            viewer.send(self.painter.scene(shown))
            viewer.scene_revision = self.revision
            viewer.units_time = viewer.stats_time = 0.0
        self.runs.inform(viewer, self.trainer, self.revision, self.language)
        self._tell_log(viewer)
        self.post_frame(viewer, now, lambda: self.painter.frame(shown, viewer, now))
        if self.failed or self.draft:
            return
        if viewer.panels and now - viewer.stats_time >= painter.STATS_INTERVAL:
            viewer.stats_time = now
            viewer.send(self.painter.statistics(shown, viewer.panels, self.diagnosis))
        elif self.playing:
            self.painter.watch_gradients(shown, now)

    def _tell_log(self, viewer: Viewer) -> None:
        """Give the page the run as a value, from which another server can take it again; nothing where it is too large.

        How far the run is the page learns from its frames.
        """
        log = self.log
        state = (self.run_number, self.revision, log and (log.experiment, log.engine, log.entries))
        if viewer.last_sent.get("log") == state:
            return
        viewer.last_sent["log"] = state
        told = log.to_dict() if log and _fits_a_message(log, self.bounds) else None
        viewer.send({"type": "log", "revision": self.revision, "log": told})

    def shown(self) -> Shown:
        """What is on the stage now."""
        return Shown(
            experiment=self.experiment,
            trainer=self.trainer,
            language=self.language,
            revision=self.revision,
            run_number=self.run_number,
            status=self.status,
            reason=self.reason,
            playing=self.playing,
            speed=self.speed,
            steps_per_second=self.steps_per_second,
            stop_at=self.stop_at,
            focus=self.focus,
            grid_size=self.grid_size,
            crowded=self.crowded,
            draft=self.draft,
            touched_step=self.touched_step,
            repeats=self.repeats,
            view=self.sight.plane(self.trainer.data),
        )

    @property
    def steps_per_epoch(self) -> int:
        """Steps that make an epoch."""
        return self.trainer.steps_per_epoch

    def paced_steps(self) -> float:
        """Steps that make one slice, see ``due``."""
        return (1.0 if self.crowded else 0.5) * (self.speed or 0.0) * self.frame_interval

    def train(self, seconds: float) -> None:
        """Train for about ``seconds``, within speed limit and goal, and hand out frames that are due."""
        left = self._steps_to_stop()
        if self.speed is not None and not self.walking:
            left = min(left, self._whole_epochs(self.pace.allowed(self.speed)))
        deadline = time.perf_counter() + seconds
        while True:
            most = min(left, self.runs.timeline.room(self.trainer))
            if self._again is not None:
                most = min(most, self._again.room)
            left -= self.trainer.run_for(seconds, most)
            self.runs.timeline.note(self.trainer)
            if self._again is not None:
                self._follow_log()
                left = self._steps_to_stop() if self._again else 0
            seconds = deadline - time.perf_counter()
            if not left or seconds <= 0.0 or self.trainer.status != "running":
                break
        self.pace.measure()
        if self.trainer.status != "running" or not self._steps_to_stop():
            self.rest()
            self.refresh()
        else:
            self.send_due()

    def give_up(self) -> None:
        """Nothing is under way between two slices."""

    def take_over(self) -> None:
        """Go on with the compiled engine once it is ready, where the experiment leaves the choice open."""
        engine = self.trainer.engine
        if self._again is not None:
            return
        if engine.name == "reference" and engine.device == "cpu" and self.experiment.engine == "auto":
            self.trainer.switch_engine("auto")

    def _whole_epochs(self, steps: int) -> int:
        """As many of these steps as end with an epoch, or all of them: a plan for whole epochs is made at once."""
        behind = steps - self.trainer.steps_left
        return steps if behind < 0 else steps - behind % self.trainer.steps_per_epoch

    def _steps_to_stop(self) -> int:
        trainer = self.trainer
        if self._goal is not None:
            return max(0, self._goal - trainer.step)
        if self.stop_at is None:
            return UNBOUNDED
        epochs = self.stop_at - trainer.epoch
        return trainer.steps_left + (epochs - 1) * trainer.steps_per_epoch if epochs > 0 else 0

    @property
    def status(self) -> str:
        """``playing``, ``paused``, ``diverged``, ``stopped`` (by early stopping) or ``failed``."""
        if self.failed:
            return "failed"
        if self.trainer.status in ("diverged", "stopped"):
            return self.trainer.status
        return "playing" if self.playing else "paused"

    @property
    def reason(self) -> str:
        """Why the run ended, in the visitor's language; "" while it can go on."""
        return self.failure or ending.reason(self.trainer, self.language)


def _fits_a_message(log: RunLog, bounds: Limits) -> bool:
    """Whether a page can send the log back in one message."""
    points = log.experiment.points
    if points is not None and len(points.rows) * (1 + len(points.x_names)) > bounds.message_bytes:
        return False
    return len(log.to_json()) + MESSAGE_ROOM < bounds.message_bytes


def points_experiment(experiment: Experiment, points: Points) -> Experiment:
    """The experiment on these points, all of them, instead of its data set."""
    few = FIELDS["n_samples"].default  # as long as it lets all of them in, no address has to hold it
    n_samples = few if len(points.rows) <= few else MAX_ROWS
    return experiment.replace(dataset="custom", points=points, n_samples=n_samples)


def check_size(experiment: Experiment, bounds: Limits) -> None:
    """Refuse a network larger than the whole server may hold. Raises InvalidValue."""
    n = Layout.of(experiment).n_parameters
    if n > bounds.max_parameters:
        raise InvalidValue("hidden", "live.parameters", n, most=f"{bounds.max_parameters:,}")
