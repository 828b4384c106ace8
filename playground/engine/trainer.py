"""The trainer: decides batches, learning rates and when to stop, and records the history."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from playground.data.prepare import Data, data_settings, prepare
from playground.engine import weights
from playground.engine.choose import awaits_code, can_continue, make_engine, resolve
from playground.engine.history import History
from playground.engine.noise import NoiseSource
from playground.engine.order import BatchOrder, rows_of_batch, shown_rows
from playground.engine.plan import METRICS, Engine, Outcome, Plan, State
from playground.engine.run_log import PARAMETER_LIMIT, Entry, Recorder, RunLog, changed, weights_of
from playground.engine.snapshot import Checkpoint, Reason, Snapshot, Status
from playground.experiment import Experiment
from playground.registry import InvalidValue
from playground.techniques import SCHEDULES, STOPPINGS, Patience, Plateau

if TYPE_CHECKING:
    from playground.engine.trace import StepTrace

FIRST_SLICE = 8
"""Steps of the first plan of ``run_for``, before the speed is known."""

STEADY = 0.7
"""Share of the speed of the plan before that is expected at least of the next."""

REST = 0.2
"""Share of the time of ``run_for`` that is not worth a further plan."""

WAITING_STEPS = 256
"""Steps of a plan while the compiled engine is on its way: some 0.1 s, then the run may be taken over."""


class Trainer:
    """Trains one experiment, a step at a time or many.

    Where the compiled engine would do it but is not ready yet, the run begins on the reference engine at once and is
    taken over between two steps; ``engine.name`` tells where it is.

    Args:
        experiment: what to train.

    Attributes:
        experiment, data, engine, noise, history: the parts.
        step, epoch: steps taken and epochs finished.
        status: ``"running"``, ``"stopped"`` (early stopping) or ``"diverged"``.
        reason: ``""``, ``"early_stopping"`` or ``"not_finite"``.
        best_epoch: the epoch whose weights early stopping would restore, None without early stopping.

    Raises:
        InvalidValue: the device or engine is not here, or the data set cannot be drawn.
    """

    def __init__(self, experiment: Experiment) -> None:
        self._start(experiment)

    def _start(self, experiment: Experiment) -> None:
        """Begin anew: fresh data, weights, noise and history. Changes nothing if it raises."""
        data = prepare(experiment)
        noise = NoiseSource(experiment)
        engine = make_engine(experiment, data, noise)
        self.experiment = experiment
        self.data: Data = data
        self.noise = noise
        self.engine: Engine = engine
        self.step = self.epoch = 0
        self.status: Status = "running"
        self.reason: Reason = ""
        self._order = BatchOrder.of(experiment, data)
        self._speed = 0.0
        self._awaits_code = awaits_code(experiment, engine)
        self._plateau: Plateau | None = None
        self._patience: Patience | None = None
        self._best: State | None = None
        self._recorder = Recorder(experiment, engine.name)
        self._use_settings()
        self._begin_history()

    def _begin_history(self) -> None:
        self.history = History()
        zero = np.zeros(1)
        self.history.extend(zero, zero, np.array([self.engine.metrics()]), self._learning_rates(1))

    def reset(self, init_seed: int | None = None) -> None:
        """Start again: with the same weights, or with those of another ``init_seed``."""
        if init_seed is None:
            self._start(self.experiment)
        else:
            self._start(self.experiment.replace(init_seed=init_seed))

    # --- settings --------------------------------------------------------------------------------

    def _use_settings(self) -> None:
        experiment = self.experiment
        n = len(self.data.F_train)
        self._order.resize(n, rows_of_batch(experiment, n), shown_rows(experiment, self.data))
        self._schedule = SCHEDULES[experiment.schedule.name]
        if not self._schedule.feedback:
            self._plateau = None
        elif self._plateau is None:
            self._plateau = Plateau(experiment.learning_rate)
        if not STOPPINGS[experiment.early_stopping.name].watches:
            self._patience = self._best = None
        elif self._patience is None:
            self._patience = Patience()

    def _forget_best(self) -> None:
        """Count anew from here: losses of another kind, or on other rows, cannot be compared with the best one."""
        self._patience = self._best = None
        if self._plateau is not None:
            self._plateau = Plateau(self._plateau.learning_rate)

    @property
    def learning_rate(self) -> float:
        """The learning rate of the current epoch."""
        return float(self._learning_rates(1)[0])

    def _learning_rates(self, epochs: int) -> np.ndarray:
        """float64 (epochs,), from the current epoch on."""
        experiment = self.experiment
        if self._plateau is not None:
            return np.full(epochs, self._plateau.learning_rate)
        if experiment.schedule.name == "constant":
            return np.full(epochs, experiment.learning_rate)
        factor, spec = self._schedule.factor, experiment.schedule
        factors = [factor(epoch, spec) for epoch in range(self.epoch, self.epoch + epochs)]
        return experiment.learning_rate * np.array(factors)

    @property
    def best_epoch(self) -> int | None:
        """The epoch with the lowest loss of the watched part so far, None without early stopping."""
        return None if self._patience is None else self._patience.best_epoch

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
        """Train on.

        Args:
            steps: how many steps.
            epochs: or up to how many epoch ends; an epoch begun counts as the first.

        Returns:
            The steps taken: fewer than asked for when training stopped or diverged.
        """
        asked, taken = self._order.steps_asked(steps, epochs), 0
        while taken < asked and self.status == "running":
            taken += self._advance(self._slice(asked - taken))
        return taken

    def run_for(self, seconds: float, most_steps: int | None = None) -> int:
        """Train for about ``seconds``: at least one step, at most ``most_steps``. Returns the steps taken."""
        now = time.perf_counter()
        deadline = now + seconds
        taken = 0
        while self.status == "running" and taken != most_steps:
            if taken and deadline - now <= REST * seconds:
                break
            wanted = max(1, int(self._speed * (deadline - now)) if self._speed else FIRST_SLICE)
            wanted = self._slice(wanted)
            done = self._advance(wanted if most_steps is None else min(wanted, most_steps - taken))
            before, now = now, time.perf_counter()
            # A plan during which the machine did something else says little of the next one's speed.
            self._speed = max(done / max(now - before, 1e-9), STEADY * self._speed)
            taken += done
        return taken

    def _slice(self, steps: int) -> int:
        """Be taken over by the compiled engine if that is due, else the steps to take before looking again."""
        if not self._awaits_code:
            return steps
        if resolve(self.experiment) == (self.engine.name, self.engine.device):
            return min(steps, WAITING_STEPS)
        self._hand_over(self.experiment)
        self._recorder.went_on(self.step, self.engine.name)
        self._awaits_code = False
        return steps

    def _advance(self, limit: int) -> int:
        """Take at most ``limit`` steps in one plan."""
        if self._plateau is not None or self._patience is not None:
            limit = min(limit, self.steps_left)
        plan = self._order.plan(limit, self._learning_rates)
        outcome = self.engine.run(plan)
        self._record(plan, outcome)
        return outcome.steps

    def _record(self, plan: Plan, outcome: Outcome) -> None:
        """Take down what became of a plan, and do what is due at an epoch end."""
        finished = len(outcome.metrics)
        if finished:
            ends = np.flatnonzero(plan.evaluate)[:finished]
            epochs = np.arange(self.epoch + 1, self.epoch + 1 + finished)
            self.history.extend(epochs, self.step + 1 + ends, outcome.metrics, plan.lr[ends])
        self.step += outcome.steps
        self.epoch += self._order.advance(int(plan.offsets[outcome.steps]))
        if outcome.diverged:
            self.status, self.reason = "diverged", "not_finite"
        elif finished:
            watched = METRICS.index(f"loss_{self.experiment.watched}")
            self._end_epoch(float(outcome.metrics[-1, watched]))

    def _end_epoch(self, watched_loss: float) -> None:
        """Reduce-on-plateau and early stopping; both watch the loss of the part to choose on."""
        if self._plateau is not None:
            self._plateau = self._plateau.after(watched_loss, self.experiment.schedule)
        if self._patience is None:
            return
        spec = self.experiment.early_stopping
        self._patience = self._patience.after(self.epoch, watched_loss, spec)
        if self._patience.bad_epochs == 0:
            self._best = self.engine.state()
        elif self._patience.exhausted(spec):
            if self._best is not None:
                self.engine.load(self._best)
            self.status, self.reason = "stopped", "early_stopping"

    # --- changes while running -------------------------------------------------------------------

    def reconfigure(self, experiment: Experiment) -> bool:
        """Go on with a changed experiment.

        Hot fields, engine and device change under way and the weights stay; so do painted points as long
        as the network fits them, from the next epoch on. A stopped or diverged run may then go on. Early stopping
        and reduce-on-plateau forget a best that was measured with another loss, class weighting, label smoothing or
        data, or on another part of it.
        Anything else starts anew.

        Returns:
            Whether the run went on.

        Raises:
            InvalidValue: and nothing has changed.
        """
        old = self.experiment
        if experiment == old:
            return True
        if not can_continue(old, experiment):
            self._start(experiment)
            return False
        other_rows = data_settings(old) != data_settings(experiment)
        data = prepare(experiment) if other_rows else self.data
        if resolve(experiment) != (self.engine.name, self.engine.device):
            self._hand_over(experiment)
        else:
            self.engine.reconfigure(experiment)
        self.experiment = experiment
        self._awaits_code = awaits_code(experiment, self.engine)
        self.noise.reconfigure(experiment)
        if other_rows:
            self.data = data
            self.engine.set_data(data)
            self._order.position = 0
        if (old.learning_rate, old.schedule) != (experiment.learning_rate, experiment.schedule):
            self._plateau = None
        measured = [(e.loss, e.class_weighting, e.label_smoothing, e.watched) for e in (old, experiment)]
        if other_rows or measured[0] != measured[1]:
            self._forget_best()
        if self.status == "diverged":
            self._recorder.lose()  # how far order and noise had been drawn by then depends on the slices
        self.status, self.reason = "running", ""
        self._use_settings()
        begins = self._recorder.at_start(self.step)
        self._recorder.settings(self.step, old, experiment)
        self._recorder.went_on(self.step, self.engine.name)
        if begins:
            self._begin_history()
        return True

    def switch_engine(self, name: str) -> None:
        """Continue on another engine (``"fused"``, ``"reference"`` or ``"auto"``), between two steps.

        Weights, optimizer, noise and order go on; ``experiment`` keeps its own setting.
        Raises InvalidValue, with nothing changed, when that engine cannot do this experiment.
        """
        experiment = self.experiment.replace(engine=name)
        if resolve(experiment) != (self.engine.name, self.engine.device):
            self._hand_over(experiment)
            self._recorder.went_on(self.step, self.engine.name)
        self._awaits_code = name == "auto" and awaits_code(experiment, self.engine)

    def _hand_over(self, experiment: Experiment) -> None:
        old = self.engine
        engine = make_engine(experiment, self.data, self.noise)
        state = old.state()
        if old.experiment.optimizer.name != experiment.optimizer.name:
            state = state.without_slots()
        engine.load(state)
        self.engine = engine
        self._speed = 0.0

    def set_parameter(self, index: int, value: float) -> None:
        """Set one entry of the flat parameter vector, as a user does on a weight.

        Raises:
            InvalidValue: no such entry, or not a finite number.
        """
        n = self.engine.layout.n_parameters
        if not 0 <= index < n:
            raise InvalidValue("index", "expected.int", index, low=0, high=n - 1)
        if not math.isfinite(value) or abs(value) > PARAMETER_LIMIT:
            most = f"{PARAMETER_LIMIT:g}"
            raise InvalidValue("value", "expected.float", value, low=f"-{most}", high=most)
        state = self.engine.state()
        params = state.params.copy()
        params[index] = value
        self.engine.load(state.with_params(params))
        self._recorder.parameter(self.step, index, value)

    def set_weights(self, tensors: Mapping[str, np.ndarray]) -> None:
        """Set all parameters and running statistics; the run goes on from there.

        Args:
            tensors: by name and in the shapes of an exported script's ``model.state_dict()``.

        Raises:
            InvalidValue: they do not fit the network; nothing has changed.
        """
        state = weights.replaced(self.engine.state(), self.engine.layout, tensors)
        self.engine.load(state)
        self._recorder.weights(self.step, state)

    # --- the run as a value ----------------------------------------------------------------------

    @property
    def log_nbytes(self) -> int:
        """Memory of what was done to the run, about."""
        return self._recorder.nbytes

    @property
    def log(self) -> RunLog | None:
        """The run so far: with what it began and what was done to it; None where it cannot be repeated.

        That is after too much was done to it, or where a diverged run went on.
        """
        return self._recorder.log(self.step)

    def do_again(self, entry: Entry) -> None:
        """Do what an entry of a log tells of; ``engine`` entries are ``go_on_with``'s."""
        if entry.what == "settings":
            self.reconfigure(changed(self.experiment, entry.value))
        elif entry.what == "parameter":
            self.set_parameter(*entry.value)
        elif entry.what == "weights":
            state, layout = self.engine.state(), self.engine.layout
            params, buffers = weights_of(entry.value, layout)
            given = State(params, buffers, state.slots, state.counts)
            self.set_weights(weights.named(given, layout))
        elif entry.what == "trace":
            self.trace_step()
        else:
            raise ValueError(f"expected settings, parameter, weights or trace, got {entry.what!r}")

    def go_on_with(self, name: str) -> None:
        """Continue on the engine ``name``, which is there, whatever the experiment says."""
        self._hand_over(self.experiment.replace(engine=name))
        self._recorder.went_on(self.step, name)

    def stay(self) -> None:
        """Do not be taken over by the compiled engine."""
        self._awaits_code = False

    def await_code(self) -> None:
        """Be taken over by the compiled engine when it is ready, where the experiment leaves the choice open."""
        self._awaits_code = awaits_code(self.experiment, self.engine)

    # --- looking and keeping ---------------------------------------------------------------------

    def trace_step(self) -> StepTrace:
        """Take one real step on the CPU and return every number of it.

        Raises:
            RuntimeError: the run is stopped or diverged.
        """
        if self.status != "running":
            raise RuntimeError(f"expected a running trainer, got a {self.status} one")
        from playground.engine.reference import ReferenceEngine
        from playground.engine.trace import traced_step

        self._recorder.trace(self.step)
        plan = self._order.plan(1, self._learning_rates)
        engine = self.engine
        if not isinstance(engine, ReferenceEngine) or engine.device != "cpu":
            engine = ReferenceEngine(self.engine.experiment, self.data, self.noise, "cpu")
            engine.load(self.engine.state())
        trace, outcome = traced_step(engine, plan, self.step + 1, self.epoch)
        if engine is not self.engine:
            self.engine.load(engine.state())
        self._record(plan, outcome)
        return trace

    def snapshot(self) -> Snapshot:
        """An immutable copy of what there is to see."""
        return Snapshot(
            experiment=self.experiment,
            step=self.step,
            epoch=self.epoch,
            status=self.status,
            reason=self.reason,
            engine=self.engine.name,
            device=self.engine.device,
            learning_rate=self.learning_rate,
            state=self.engine.state(),
            metrics=self.history.last(),
        )

    def checkpoint(self) -> Checkpoint:
        """Everything needed to go on bit for bit from here."""
        return Checkpoint(
            experiment=self.experiment,
            engine=self.engine.name,
            device=self.engine.device,
            state=self.engine.state(),
            step=self.step,
            epoch=self.epoch,
            status=self.status,
            reason=self.reason,
            order=self._order.state(),
            noise=self.noise.state(),
            plateau=self._plateau,
            patience=self._patience,
            best=self._best,
            history=self.history.rows(),
            history_stride=self.history.stride,
            log=self.log,
        )

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go back (or on) to ``checkpoint``, on the engine and device that it was made on.

        Raises:
            InvalidValue: engine or device are not here; nothing has changed.
        """
        where = {"engine": checkpoint.engine, "device": checkpoint.device}
        resolve(checkpoint.experiment.replace(**where))
        self._start(checkpoint.experiment)
        if (self.engine.name, self.engine.device) != (checkpoint.engine, checkpoint.device):
            self._hand_over(checkpoint.experiment.replace(**where))
        self._awaits_code = False
        self.engine.load(checkpoint.state)
        self.step, self.epoch = checkpoint.step, checkpoint.epoch
        self.status, self.reason = checkpoint.status, checkpoint.reason
        self._order.load(checkpoint.order)
        self.noise.load(checkpoint.noise)
        self._plateau, self._patience = checkpoint.plateau, checkpoint.patience
        self._best = checkpoint.best
        self.history = History.from_rows(checkpoint.history, checkpoint.history_stride)
        self._recorder = Recorder.of(checkpoint.log, checkpoint.experiment, checkpoint.engine)
