"""One visitor's experiment while it is on the stage: what trains, what is shown, and what changed."""

from __future__ import annotations

import time
from copy import copy
from typing import Any

from playground.data.points import MAX_ROWS, Points
from playground.data.prepare import points_from_experiment
from playground.diagnosis import describe, diagnose
from playground.engine.probe import LayerValues
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.layout import Layout
from playground.live import ending, painter
from playground.live.audience import Audience
from playground.live.limits import Limits
from playground.live.runs import Run, Runs
from playground.live.trace import trace_message
from playground.live.viewer import Viewer
from playground.registry import InvalidValue
from playground.text import text

MAX_UNDO = 50
UNBOUNDED = 2**62
TAKE_OVER_SECONDS = 1.0
"""How often a run on the reference engine looks whether the compiled one is ready."""
DEFAULT_SPEED = 5_000.0
"""Steps a second at first: fast, and still slow enough to be watched. Lifted by the speed control."""
MAX_LAG = 0.25
"""Seconds that a run may fall behind its speed limit before the lost steps are given up."""
RATE_WINDOW = 0.5
"""Seconds over which steps per second are measured."""


class LiveSession(Audience):
    """An experiment that is trained while it is watched.

    Args:
        experiment: what to train first.
        language: of the texts that the stage is sent.
        bounds: limits of the server.

    Attributes:
        experiment: the current experiment, the single truth for controls and stage.
        revision: grows with every change of the experiment, its data or its network.
    """

    def __init__(self, experiment: Experiment, language: str = "en", bounds: Limits | None = None) -> None:
        super().__init__(language, bounds)
        check_size(experiment, self.bounds)
        self.experiment = experiment
        self.draft = ""
        """Why the painted points don't suffice for a run yet; "" while they do."""
        self.trainer = Trainer(experiment)
        self.runs = Runs(self.trainer)
        self.revision = 0
        self.run_number = 0
        self.speed: float | None = DEFAULT_SPEED
        self.stop_at: int | None = None
        self.focus: tuple[int, int] | None = None
        self.grid_size = painter.GRID
        self.painter = painter.Painter(self)
        self.touched_step = -1
        """The step at which weights or data were last changed by hand; the history's row does not tell of it."""
        self._painted: list[Experiment] = []
        self._suggestions: dict[str, dict[str, Any]] = {}
        self._next_take_over = 0.0
        self._allowance_from = (time.monotonic(), 0)
        self._rate: tuple[float, int, float] = (time.monotonic(), 0, 0.0)

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

    def _take(self, experiment: Experiment) -> None:
        """Go on with ``experiment``, or start it; points that don't suffice become a draft to paint on."""
        went_on = False
        ended = (
            None if self.draft else copy(self.trainer)
        )  # a rebuilt trainer lets go of its parts, this keeps them
        try:
            if self.draft:
                self.trainer = Trainer(experiment)
            else:
                went_on = self.trainer.reconfigure(experiment)
            self.draft = ""
        except InvalidValue as refused:
            if experiment.points is None or not refused.field.startswith("points"):
                raise
            self.draft = text("live.draft", self.language)
            self.playing = False
        self.experiment = experiment
        if not went_on:
            self._new_run(ended)
        self.changed()

    def refuse_draft(self) -> None:
        """Raise InvalidValue while there are too few points for a run."""
        if self.draft:
            raise InvalidValue("points", self.draft, len(self.points().rows))

    def changed(self) -> None:
        """Tell viewers and scheduler that scene or state are new."""
        with self.lock:
            self.revision += 1
            self.touched_step = self.trainer.step
            self.painter.forget()
            self.refresh()
        self.wake()

    def _new_run(self, ended: Trainer | None, again: Run | None = None) -> None:
        """Another run has begun; ``ended`` is the one before it, ``again`` the kept run that goes on."""
        if ended is not None:
            self.runs.end(ended)
        self.runs.begin(self.trainer, again)
        for viewer in self.viewers:
            viewer.past = None
        self.run_number += 1
        self.focus = None
        self._allowance_from = (time.monotonic(), self.trainer.step)
        self._rate = (time.monotonic(), self.trainer.step, 0.0)

    def play(self) -> None:
        """Train on until paused. Raises InvalidValue when the run cannot go on."""
        self.admit()
        with self.lock:
            self.refuse_draft()
            if self.trainer.status == "diverged":
                raise InvalidValue("play", text("live.reset_first", self.language), None)
            if self.trainer.status == "stopped":
                raise InvalidValue("play", text("live.stopped_early", self.language), None)
            if self.stop_at is not None and self.trainer.epoch >= self.stop_at:
                self.stop_at = None
            self.playing = True
            self.resume_clock()
            self.refresh()
        self.wake()

    def pause(self) -> None:
        """Stop training; the run can go on later."""
        with self.lock:
            self.playing = False
            self.refresh()

    def walk(self, steps: int | None = None, epochs: int | None = None) -> None:
        """Pause, and take some steps or train to the end of some epochs. Raises InvalidValue for a draft."""
        with self.lock:
            self.refuse_draft()
            self.playing = False
            if epochs is not None:
                steps = self.trainer.steps_left + (epochs - 1) * self.trainer.steps_per_epoch
            while steps and self.trainer.status == "running":
                steps -= self.trainer.run(steps=min(steps, self.runs.track.room(self.trainer)))
                self.runs.track.note(self.trainer)
            self.refresh()

    def trace(self) -> dict[str, Any]:
        """Pause, take one step and tell every number of it. Raises InvalidValue when the run has ended."""
        with self.lock:
            self.refuse_draft()
            if self.trainer.status != "running":
                raise InvalidValue("step", text("live.reset_first", self.language), None)
            self.playing = False
            told = trace_message(self.trainer.trace_step(), self.experiment)
            self.runs.track.note(self.trainer)
            self.refresh()
            return told

    def set_parameter(self, index: int, value: float) -> None:
        """Set one number of the flat parameter vector; the run goes on from there."""
        with self.lock:
            self.refuse_draft()
            self.trainer.set_parameter(index, value)
            self.touched_step = self.trainer.step
            self.refresh()

    def reset(self, new_weights: bool) -> None:
        """Start the run again from the same weights, or from newly drawn ones."""
        with self.lock:
            experiment = self.experiment
            if new_weights:
                experiment = experiment.replace(init_seed=(experiment.weights_seed + 1) % 2**31)
            self.refuse_draft()
            ended, self.trainer = self.trainer, Trainer(experiment)
            self.experiment = experiment
            self.playing = False
            focus = self.focus
            self._new_run(ended)
            self.focus = focus
            self.changed()

    def reopen(self, number: int) -> None:
        """Go on with a run that was kept, from where it ended. Raises InvalidValue when that cannot be."""
        with self.lock:
            run = self.runs.find(number, self.language)
            if number == self.runs.number:
                return
            check_size(run.experiment, self.bounds)
            trainer = Trainer(run.experiment)
            trainer.restore(run.checkpoint)
            ended = None if self.draft else self.trainer
            self.trainer, self.experiment, self.draft = trainer, run.experiment, ""
            self.playing = False
            self._new_run(ended, run)
            self.changed()

    def look_back(self, viewer: Viewer, epoch: int | None) -> int | None:
        """Show a viewer the checkpoint nearest to an epoch, or the present again.

        Returns:
            The checkpoint's epoch.

        Raises:
            InvalidValue: there is no checkpoint yet.
        """
        with self.lock:
            mark = None if epoch is None else self.runs.track.nearest(epoch)
            if mark is None and epoch is not None:
                raise InvalidValue("epoch", text("runs.refused.no_checkpoint", self.language), epoch)
            viewer.past = mark
            viewer.told.pop("past", None)
            viewer.units_time = 0.0
            self.refresh(viewer)
            return None if mark is None else mark.epoch

    def set_speed(self, steps_per_second: float | None) -> None:
        """Limit the steps per second; None takes the limit away."""
        with self.lock:
            self.speed = steps_per_second
            self._allowance_from = (time.monotonic(), self.trainer.step)
        self.wake()

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
            if not continues or not self._painted:
                self._painted.append(self.experiment)
                del self._painted[:-MAX_UNDO]
            self._take(points_experiment(self.experiment, points))

    def undo_points(self) -> None:
        """Take back the last painting, as far back as MAX_UNDO times."""
        with self.lock:
            if not self._painted:
                raise InvalidValue("undo", text("live.nothing_to_undo", self.language), None)
            before = self._painted.pop()
            changes = {name: getattr(before, name) for name in ("dataset", "points", "n_samples")}
            self._take(self.experiment.replace(**changes))

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
                raise InvalidValue("suggestion", text("live.suggestion_gone", self.language), key)
            self.apply(self.experiment.replace(**self._suggestions[key]))

    # --- what the scheduler does ------------------------------------------------------------------

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
        if viewer.scene_revision != self.revision:
            viewer.tell(self.painter.scene())
            viewer.scene_revision = self.revision
            viewer.units_time = viewer.stats_time = 0.0
        self.runs.inform(viewer, self.trainer, self.revision, self.language)
        viewer.dirty = False
        viewer.next_time = now + self.frame_interval
        started = time.thread_time()
        viewer.post_frame(self.painter.frame(viewer, now))
        self.frame_cost += 0.1 * (time.thread_time() - started - self.frame_cost)
        if viewer.panels and now - viewer.stats_time >= painter.STATS_INTERVAL and not self.draft:
            viewer.stats_time = now
            viewer.tell(self.painter.statistics(viewer.panels))
        elif self.playing:
            self.painter.watch_gradients(now)

    def resume_clock(self) -> None:
        """Time has passed in which nothing was to be trained."""
        self._allowance_from = (time.monotonic(), self.trainer.step)
        self._rate = (time.monotonic(), self.trainer.step, self._rate[2])

    def due(self, now: float) -> float | None:
        """When the next slice may start (monotonic seconds); None while there is nothing to do.

        Under a speed limit the steps of one frame make one slice: more slices would show nothing more.
        """
        if not self.playing or not self.watched:
            return None
        if self.speed is None:
            return now
        since, step = self._allowance_from
        batch = max(1.0, 0.5 * self.speed * self.frame_interval)
        return since + (self.trainer.step - step + batch) / self.speed

    def advance(self, seconds: float) -> None:
        """Train for about ``seconds``, within the speed limit, and hand out frames that are due."""
        with self.lock:
            if not self.playing:
                return
            self._take_over()
            left = min(self._steps_to_stop(), self.runs.track.room(self.trainer))
            if self.speed is None:
                self.trainer.run_for(seconds, left)
            else:
                self._run_at_speed(seconds, left)
            self.runs.track.note(self.trainer)
            self._measure_rate()
            finished = self.stop_at is not None and self.trainer.epoch >= self.stop_at
            if self.trainer.status != "running" or finished:
                self.playing = False
                self.refresh()
                return
            now = time.monotonic()
            for viewer in tuple(self.viewers):
                if viewer.ready(now):
                    self.send(viewer, now)

    def _run_at_speed(self, seconds: float, most_steps: int) -> None:
        """Take the steps that the speed limit allows by now, for about ``seconds`` at most."""
        assert self.speed is not None
        now = time.monotonic()
        since, step = self._allowance_from
        allowed = max(1, int((now - since) * self.speed) - (self.trainer.step - step))
        self.trainer.run_for(seconds, min(allowed, most_steps))
        if allowed > self.speed * MAX_LAG:
            # The machine cannot keep this speed; don't run after it in bursts.
            self._allowance_from = (now, self.trainer.step)

    def _take_over(self) -> None:
        """Go on with the compiled engine once it is ready, where the experiment leaves the choice open."""
        now = time.monotonic()
        if now < self._next_take_over:
            return
        self._next_take_over = now + TAKE_OVER_SECONDS
        engine = self.trainer.engine
        if engine.name == "reference" and engine.device == "cpu" and self.experiment.engine == "auto":
            self.trainer.switch_engine("auto")

    def _steps_to_stop(self) -> int:
        if self.stop_at is None:
            return UNBOUNDED
        trainer = self.trainer
        return trainer.steps_left + max(0, self.stop_at - trainer.epoch - 1) * trainer.steps_per_epoch

    def _measure_rate(self) -> None:
        now = time.monotonic()
        since, step, _ = self._rate
        if now - since >= RATE_WINDOW:
            self._rate = (now, self.trainer.step, (self.trainer.step - step) / (now - since))

    @property
    def steps_per_second(self) -> float:
        """Steps taken per second of playing, over the last measured half second."""
        since, step, rate = self._rate
        elapsed = time.monotonic() - since
        if not rate and elapsed > 0.05 and self.trainer.step > step:
            return (self.trainer.step - step) / elapsed
        return rate

    @property
    def status(self) -> str:
        """``playing``, ``paused``, ``diverged`` or ``stopped`` (by early stopping)."""
        if self.trainer.status in ("diverged", "stopped"):
            return self.trainer.status
        return "playing" if self.playing else "paused"

    @property
    def reason(self) -> str:
        """Why the run ended, in the visitor's language; "" while it can go on."""
        return ending.reason(self.trainer, self.language)


def points_experiment(experiment: Experiment, points: Points) -> Experiment:
    """The experiment on these points instead of its data set."""
    return experiment.replace(dataset="custom", points=points, n_samples=MAX_ROWS)


def check_size(experiment: Experiment, bounds: Limits) -> None:
    """Refuse a network larger than the whole server may hold. Raises InvalidValue."""
    n = Layout.of(experiment).n_parameters
    if n > bounds.max_parameters:
        expected = f"a network of at most {bounds.max_parameters} parameters"
        raise InvalidValue("hidden", expected, n, "live.parameters", most=f"{bounds.max_parameters:,}")
