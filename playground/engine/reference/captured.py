"""The reference engine with recorded steps: a step is recorded once and played again with one call.

On networks of this size a GPU needs a few microseconds for a step whose dozens of kernels take the host a
millisecond to start one by one. Before a recording is used, it must agree with the same step taken eagerly; if it
does not, or if anything goes wrong, the engine stays eager.
"""

from __future__ import annotations

import weakref
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from torch import Tensor

from playground.engine.plan import Outcome, Plan
from playground.engine.reference.batches import BatchNoise
from playground.engine.reference.cuda_graph import Action, captured, close, warn_once
from playground.engine.reference.flat_rules import RULES
from playground.engine.reference.static_step import EVALUATIONS, StaticStep

if TYPE_CHECKING:
    from playground.engine.reference import ReferenceEngine

READ_EACH_STEP = {"learning_rate", "schedule", "batch_size", "early_stopping", "engine", "device"}
"""Fields that a recorded step does not hold fast."""

CAPTURE_AFTER = 16
"""Eager steps of a batch size before recording pays: a slider that is dragged changes settings all the time."""

CHECKED_STEPS = 3
"""Steps in which a recording is compared with the eager step, each from where the eager one was."""

MOST_RECORDINGS = 8
"""Batch sizes whose recordings are kept at once."""

EVALUATION = 0
"""The recording that takes metrics; the others are numbered by their batch size."""

Record = Callable[[Action, Action], Action]
Row = tuple[float, float, float, float]


class _Copy(NamedTuple):
    everything: Tensor
    slots: Tensor


class CapturedSteps:
    """Takes an engine's plans with recorded steps.

    Args:
        engine: it is not kept alive.
        record: makes a recording out of an action and what rewinds it.
        capture_after: eager steps of a batch size before it is recorded.

    Attributes:
        recordings: by batch size, ``EVALUATION`` for the metrics.
        refused: why nothing is recorded any more, "" while all is well.
    """

    def __init__(
        self, engine: ReferenceEngine, record: Record = captured, capture_after: int = CAPTURE_AFTER
    ) -> None:
        self._engine: ReferenceEngine = weakref.proxy(engine)
        self._record = record
        self._capture_after = capture_after
        self._experiment = engine.experiment
        self._static: StaticStep | None = None
        self.recordings: dict[int, Action] = {}
        self.refused = ""
        self._held: list[object] = []
        self._seen: Counter[int] = Counter()
        self._pending: list[int] = []
        self._at = -1

    @property
    def covers(self) -> bool:
        """Whether the engine's present optimizer can be recorded and nothing has gone wrong."""
        return not self.refused and self._engine.experiment.optimizer.name in RULES

    def run(self, plan: Plan) -> Outcome:
        """Take the plan's steps; what is not finite is found at evaluations and at the end."""
        engine = self._engine
        self._renew()
        engine.train_mode(True)
        metrics: list[Row] = []
        for first, last in engine.noise.spans(plan.offsets):
            self._load(plan, first, last)
            failed = self._span(plan, first, last, metrics)
            if failed is not None:
                return engine._diverged(failed, metrics, failed + 1)
        steps = len(plan.lr)
        if not engine._finite(None):
            return engine._diverged(steps - 1, metrics, steps)
        return Outcome(steps, np.array(metrics).reshape(-1, 4), False)

    # --- before the steps ------------------------------------------------------------------------

    def _renew(self) -> None:
        """Begin anew when anything has changed that a recorded step holds fast."""
        engine, static = self._engine, self._static
        old, new = self._experiment, engine.experiment
        names = () if old is new else type(new).model_fields
        changed = {name for name in names if getattr(old, name) != getattr(new, name)}
        self._experiment = new
        if static is None or changed - READ_EACH_STEP or static.x is not engine._x:
            self._forget()
            self._seen.clear()
            self._static = StaticStep(engine)

    def _forget(self) -> None:
        self.recordings.clear()
        self._held.clear()

    def _load(self, plan: Plan, first: int, last: int) -> None:
        engine, static = self._engine, self._stepper
        offsets = plan.offsets[first : last + 1]
        self._lr = plan.lr[first:last].tolist()
        self._offsets = (offsets - offsets[0]).tolist()
        self._sizes = np.diff(offsets)
        self._noise = engine.noise.draw(self._sizes)
        self._batch_noise: BatchNoise | None = None
        counts = engine._steps_taken, self._adopt_slots()
        order = plan.order[offsets[0] : offsets[-1]]
        if not static.load(order, offsets - offsets[0], plan.lr[first:last], self._noise, counts):
            self._forget()
        self._pending.clear()
        self._at = -1

    @property
    def _stepper(self) -> StaticStep:
        assert self._static
        return self._static

    def _kept(self) -> dict[str, Tensor]:
        """torch.optim's state of the flat parameter."""
        return self._engine._optimizer.state.get(self._engine._flat, {})

    def _adopt_slots(self) -> float:
        """Let torch.optim's state be the recorded step's vectors. Returns NAdam's running product."""
        engine, slots = self._engine, self._stepper.slots
        kept = self._kept()
        if not kept and len(slots):
            kept = engine._first_slots()
            for name, start in (("step", 0.0), ("mu_product", 1.0)):
                if name in kept:
                    kept[name].fill_(start)
            engine._optimizer.state[engine._flat] = kept
        for slot, name in zip(slots, engine._technique.slot_names, strict=True):
            present = kept.get(name)
            if present is None:
                slot.zero_()
            elif present.data_ptr() != slot.data_ptr():
                slot.copy_(present)
            kept[name] = slot
        return float(kept["mu_product"]) if "mu_product" in kept else 1.0

    # --- the steps -------------------------------------------------------------------------------

    def _span(self, plan: Plan, first: int, last: int, metrics: list[Row]) -> int | None:
        """Take the loaded steps. Returns the step after which something was not finite."""
        evaluate = plan.evaluate[first:last].tolist()
        failed, step = None, -1
        for step, size in enumerate(self._sizes.tolist()):
            play = self._recording(size, step)
            if play is None:
                self._eager_step(step)
                self._at = -1
            else:
                if self._at != step:
                    self._stepper.seek(step)
                play()
                self._at = step + 1
            if evaluate[step]:
                failed = self._evaluate(first + step, metrics)
                if failed is not None:
                    break
        self._write_counts(step + 1)
        return self._collect(metrics) if failed is None else failed

    def _eager_step(self, step: int) -> None:
        engine = self._engine
        if self._batch_noise is None and engine.noise.on:
            self._batch_noise = BatchNoise(
                self._noise, self._sizes, engine.experiment, engine.device, engine._dtype
            )
        self._write_counts(step)
        rows = self._stepper.order[self._offsets[step] : self._offsets[step + 1]]
        engine._step(engine.batch(rows, self._batch_noise, step), self._lr[step], step)

    def _write_counts(self, step: int) -> None:
        """Tell engine and torch.optim how many steps were taken before loaded step ``step``."""
        kept, (steps, product) = self._kept(), self._stepper.counts(step)
        self._engine._steps_taken = steps
        for name, count in (("step", steps), ("mu_product", product)):
            if name in kept:
                kept[name].fill_(count)

    def _evaluate(self, step: int, metrics: list[Row]) -> int | None:
        if EVALUATION not in self.recordings:
            failed = self._collect(metrics)
            if failed is not None:
                return failed
        play = self._recording(EVALUATION, 0)
        if play is None:
            row = self._engine.metrics()
            if not self._engine._finite(row):
                return step
            metrics.append(row)
            return None
        if not self._pending:
            self._stepper.rewind()
        play()
        self._pending.append(step)
        return self._collect(metrics) if len(self._pending) == EVALUATIONS else None

    def _collect(self, metrics: list[Row]) -> int | None:
        """Fetch the noted evaluations. Returns the step of the first that was not finite."""
        if not self._pending:
            return None
        steps, self._pending = self._pending, []
        for step, (values, finite) in zip(steps, self._stepper.evaluations(len(steps)), strict=True):
            if not finite:
                return step
            metrics.append(self._engine.metrics_of(values))
        return None

    # --- recording, and trusting a recording -----------------------------------------------------

    def _recording(self, key: int, step: int) -> Action | None:
        """The recording for a batch size, made when it pays; None for an eager step."""
        play = self.recordings.get(key)
        if play is None and not self.refused:
            self._seen[key] += 1
            if self._seen[key] > self._capture_after:
                play = self._make(key, step)
        return play

    def _make(self, key: int, step: int) -> Action | None:
        engine, static = self._engine, self._stepper
        before, good = self._copy(), engine._good.clone()
        try:
            if key == EVALUATION:
                play = self._record(static.evaluate, static.rewind)
                agrees = self._evaluation_agrees(play)
            else:
                play = self._record(partial(static.take, key), partial(static.seek, step))
                agrees = self._step_agrees(play, step)
            if not agrees:
                raise RuntimeError("a recorded step does not agree with the same step taken eagerly")
        except Exception as error:  # whatever it is, eager steps go on from the same state
            self.refused = f"{type(error).__name__}: {error}"
            warn_once(self.refused)
            self._forget()
            return None
        finally:
            self._restore(before)
            engine._good.copy_(good)
            engine.train_mode(True)
            self._at = -1
        if len(self.recordings) >= MOST_RECORDINGS:
            self._forget()
        self.recordings[key] = play
        # A recording reads these where they lie, also after the engine has made itself new ones.
        self._held.append((engine._l1, engine._l2))
        return play

    def _copy(self) -> _Copy:
        return _Copy(self._engine._everything.clone(), self._stepper.slots.clone())

    def _restore(self, copy: _Copy) -> None:
        self._engine._everything.copy_(copy.everything)
        self._stepper.slots.copy_(copy.slots)

    def _step_agrees(self, play: Action, step: int) -> bool:
        here = self._copy()
        for _ in range(CHECKED_STEPS):
            self._eager_step(step)
            there = self._copy()
            self._restore(here)
            self._stepper.seek(step)
            play()
            found = self._copy()
            rows = zip((found[0], *found[1]), (there[0], *there[1]), (here[0], *here[1]), strict=True)
            if not all(close(*row) for row in rows):
                return False
            self._restore(there)
            here = there
        return True

    def _evaluation_agrees(self, play: Action) -> bool:
        expected = self._engine.metrics()
        self._stepper.rewind()
        play()
        values, _ = self._stepper.evaluations(1)[0]
        return np.allclose(self._engine.metrics_of(values), expected, rtol=1e-4, atol=1e-5, equal_nan=True)
