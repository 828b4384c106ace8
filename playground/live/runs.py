"""Every run of a session since it was opened: kept, named, listed, reopened, and drawn as a ghost."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from playground.engine.history import COLUMNS, History
from playground.engine.run_log import Entry, RunLog, weights_text
from playground.engine.snapshot import Checkpoint
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.live import picture
from playground.live.memory import RUNS_BYTES
from playground.live.timeline import Timeline, WeightSnapshot
from playground.live.viewer import Viewer
from playground.naming import names
from playground.registry import InvalidValue

if TYPE_CHECKING:
    import pandas as pd

MOST_RUNS = 12
"""Runs that are kept; the oldest that is not pinned makes way."""
MOST_PINNED = MOST_RUNS - 1
MARK_BYTES = 256 << 10
"""Memory of the checkpoints that stay with a run that has ended."""
KEPT_ROWS = 10_000
"""Rows of a kept run's history."""
EXTRA_VECTORS = 20
"""Vectors of the parameters' size that L-BFGS remembers, about."""
GHOST_ROWS = 300
THUMB = 32

NOTHING = object()

Choice = Literal["previous", "none"] | int


@dataclass(frozen=True, eq=False)
class Run:
    """A run that has ended.

    Args:
        number: counts the runs of the session from 1.
        checkpoint: experiment, weights and history, enough to go on bit for bit.
        snapshots: checkpoints to look back at.
        boundary: the arrays of the last picture, THUMB cells a side.
        pinned: whether it stays when room is needed.
    """

    number: int
    checkpoint: Checkpoint = field(repr=False)
    snapshots: tuple[WeightSnapshot, ...] = field(repr=False)
    boundary: dict[str, np.ndarray] = field(repr=False)
    pinned: bool = False

    @property
    def experiment(self) -> Experiment:
        """Its settings when it ended."""
        return self.checkpoint.experiment

    @property
    def history(self) -> History:
        """Its curves (a copy)."""
        return History.from_rows(self.checkpoint.history, self.checkpoint.history_stride)

    @property
    def nbytes(self) -> int:
        """Memory that it takes, about."""
        states = (self.checkpoint.state, self.checkpoint.best)
        sizes = [s.params.nbytes + s.buffers.nbytes + s.slots.nbytes for s in states if s is not None]
        sizes += [mark.nbytes for mark in self.snapshots]
        if self.checkpoint.state.extra is not None:
            sizes.append(EXTRA_VECTORS * self.checkpoint.state.params.nbytes)
        if self.checkpoint.log is not None:
            sizes.append(self.checkpoint.log.nbytes)
        return sum(sizes) + self.checkpoint.history.nbytes


def ended(number: int, trainer: Trainer, snapshots: tuple[WeightSnapshot, ...], pinned: bool = False) -> Run:
    """The record of a trainer's run."""
    history = trainer.history.copy()
    history.bound(KEPT_ROWS)
    checkpoint = replace(trainer.checkpoint(), history=history.rows(), history_stride=history.stride)
    return Run(number, checkpoint, snapshots, thumbnail(trainer), pinned)


def thumbnail(trainer: Trainer) -> dict[str, np.ndarray]:
    """The small picture of a boundary: ``map``, and ``confidence`` for several classes."""
    experiment = trainer.experiment
    scores = trainer.engine.forward(picture.grid_of(trainer.data, THUMB).F)[-1]
    span = picture.target_range(trainer.data)
    return picture.boundary(scores, experiment.task, experiment.loss.name, experiment.loss, span)


class Runs:
    """The runs of one session. Call with the session's lock held.

    Attributes:
        timeline: the checkpoints of the current run.
        version: grows whenever the list changes.
    """

    def __init__(self, trainer: Trainer) -> None:
        self._kept: dict[int, Run] = {}
        self._next = 1
        self._last = 0
        self._ghost: Choice = "previous"
        self.version = 0
        self.begin(trainer)

    # --- the course of things -------------------------------------------------------------------------

    def begin(self, trainer: Trainer, again: Run | None = None) -> None:
        """A run begins, or a kept one goes on."""
        self.number = again.number if again else self._next
        self._begun_at = trainer.step
        self.timeline = Timeline(again.snapshots if again else ())
        self.timeline.note(trainer)
        self.version += 1

    def end(self, trainer: Trainer) -> None:
        """The current run has ended: keep it, unless it never took a step.

        A reopened run takes its old place if its settings are still the same, else it becomes a run of its own.
        """
        if trainer.step == self._begun_at:
            return
        before = self._kept.get(self.number)
        if before is not None and before.experiment != trainer.experiment:
            before, self.number = None, self._next
        self._kept.pop(self.number, None)
        snapshots = self.timeline.within(MARK_BYTES)
        pinned = before is not None and before.pinned
        self._kept[self.number] = ended(self.number, trainer, snapshots, pinned)
        self._next = max(self._next, self.number + 1)
        self._last = self.number
        self._make_room()
        self.version += 1

    def _make_room(self) -> None:
        """Let the oldest go that nobody pinned, then even pinned ones; the newest always stays."""
        while len(self._kept) > MOST_RUNS or self.nbytes > RUNS_BYTES:
            others = [number for number in self._kept if number != self._last]
            if not others:
                return
            loose = [number for number in others if not self._kept[number].pinned]
            self._forget((loose or others)[0])

    def _forget(self, number: int) -> None:
        del self._kept[number]
        if self._ghost == number:
            self._ghost = "previous"

    @property
    def nbytes(self) -> int:
        """Memory of the kept runs."""
        return sum(run.nbytes for run in tuple(self._kept.values()))

    # --- what the visitor does ------------------------------------------------------------------------

    def __iter__(self) -> Iterator[Run]:
        return iter(self._kept.values())

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, number: int) -> Run:
        """A kept run. Raises InvalidValue when it is gone."""
        if number not in self._kept:
            raise InvalidValue("run", "sentence.run_gone")
        return self._kept[number]

    def delete(self, number: int) -> None:
        """Forget a run. Raises InvalidValue when it is gone already."""
        self._forget(self.find(number).number)
        self.version += 1

    def pin(self, number: int, on: bool) -> None:
        """Keep a run when room is needed. Raises InvalidValue when too many are."""
        run = self.find(number)
        if on and not run.pinned and sum(other.pinned for other in self._kept.values()) >= MOST_PINNED:
            raise InvalidValue("run", "sentence.pinned", most=MOST_PINNED)
        self._kept[number] = replace(run, pinned=on)
        self.version += 1

    def choose_ghost(self, choice: Choice) -> None:
        """Draw the previous run, a given one or none behind the current curves. Raises InvalidValue."""
        if isinstance(choice, int):
            self.find(choice)
        self._ghost = choice
        self.version += 1

    def ghost(self, experiment: Experiment) -> Run | None:
        """The run that is drawn behind the current one.

        The previous run only counts where its loss can be compared: for the same task and the same loss.
        """
        if isinstance(self._ghost, int):
            return self._kept.get(self._ghost)
        if self._ghost == "none":
            return None
        others = [run for run in self._kept.values() if run.number != self.number]
        newest = max(others, key=lambda run: (run.number == self._last, run.number), default=None)
        if newest is None or (newest.experiment.task, newest.experiment.loss.name) != (
            experiment.task,
            experiment.loss.name,
        ):
            return None
        return newest

    # --- what is told ---------------------------------------------------------------------------------

    def named(self, current: Experiment, language: str) -> dict[int, tuple[str, str]]:
        """Short and full name of each run by its number, the current one among them."""
        experiments = {run.number: run.experiment for run in self._kept.values()} | {self.number: current}
        return dict(zip(experiments, names(list(experiments.values()), language), strict=True))

    def inform(self, viewer: Viewer, trainer: Trainer, revision: int, language: str) -> None:
        """Tell a viewer what is new to it: the list, the ghost's curve, the checkpoints of the current run."""
        ghost = self.ghost(trainer.experiment)
        drawn = (ghost.number, ghost.checkpoint.step) if ghost else None
        epochs = [mark.epoch for mark in self.timeline.snapshots]
        news: dict[str, tuple[Any, Callable[[], dict[str, Any]]]] = {
            "runs": ((self.version, revision, language), lambda: self.message(trainer, language)),
            "ghost_run": (drawn, lambda: {"rows": curve(ghost.history) if ghost else []}),
            "marks": ((self.number, self.timeline.version), lambda: {"epochs": epochs}),
        }
        for kind, (state, told) in news.items():
            if viewer.last_sent.get(kind, NOTHING) != state:
                viewer.last_sent[kind] = state
                viewer.send({"type": kind, **told()})

    def message(self, trainer: Trainer, language: str) -> dict[str, Any]:
        """The list of runs, newest first."""
        named = self.named(trainer.experiment, language)
        ghost = self.ghost(trainer.experiment)
        return {
            "runs": [_entry(run, *named[run.number]) for run in reversed(self._kept.values())],
            "current": {"run": self.number, "name": named[self.number][0], "full": named[self.number][1]},
            "most": MOST_RUNS,
            "choice": self._ghost,
            "ghost": None if ghost is None else {"run": ghost.number, "name": named[ghost.number][0]},
        }

    def whole(self, trainer: Trainer, number: int, language: str) -> dict[str, Any]:
        """A run as a page keeps it, and as its file holds it: the log, and under ``kept`` what is seen of it.

        Args:
            number: of a kept run, or of the current one.

        Raises:
            InvalidValue: it is gone.
        """
        run = ended(number, trainer, ()) if number == self.number else self.find(number)
        log = run.checkpoint.log or _from_its_weights(run.checkpoint)
        state = run.checkpoint.state
        seen = _entry(run, *self.named(trainer.experiment, language)[number])
        del seen["run"], seen["pinned"]
        kept = {
            **{name: _number_or_none(value) for name, value in seen.items()},
            "again": run.checkpoint.log is not None,
            "weights": weights_text(state.params, state.buffers),
            "curve": [[_number_or_none(value) for value in row] for row in curve(run.history)],
        }
        return log.to_dict() | {"kept": kept}

    def records(self, trainer: Trainer, language: str) -> tuple[tuple[int, str, History], ...]:
        """Number, label and history (a copy) of all runs, the current one among them."""
        named = self.named(trainer.experiment, language)
        histories = {run.number: run.history for run in self._kept.values()}
        if trainer.step > self._begun_at or self.number not in histories:
            histories[self.number] = trainer.history.copy()
        return tuple((number, named[number][1], history) for number, history in sorted(histories.items()))


def _number_or_none(value: Any) -> Any:
    """JSON has no number that is not finite."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _from_its_weights(checkpoint: Checkpoint) -> RunLog:
    """A run that begins with the weights of one that cannot be repeated."""
    weights = Entry(0, "weights", weights_text(checkpoint.state.params, checkpoint.state.buffers))
    return RunLog(checkpoint.experiment, "", (weights,))


def table(records: Iterable[tuple[int, str, History]]) -> pd.DataFrame:
    """The histories of some runs as one tidy table.

    Columns: run, label, epoch, step, split, loss, accuracy, learning_rate, stride (rows of the run are at most so
    many epochs apart; 1: every epoch is there).
    """
    import pandas as pd

    parts = []
    for number, label, history in records:
        part = history.frame()
        part.insert(0, "run", number)
        part.insert(1, "label", label)
        part["stride"] = history.stride
        part.attrs = {}
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _final(run: Run) -> dict[str, float]:
    """The run's numbers at its end, by column: where it stopped early, of the weights that it went back to."""
    patience = run.checkpoint.patience
    best = patience.best_epoch if patience and run.checkpoint.status == "stopped" else None
    if best is None:
        return run.history.last()
    return dict(zip(COLUMNS, run.history.at(np.array([best]))[0].tolist(), strict=True))


def _entry(run: Run, name: str, full: str) -> dict[str, Any]:
    last = _final(run)
    return {
        "run": run.number,
        "name": name,
        "full": full,
        "task": run.experiment.task,
        "classes": run.experiment.n_classes,
        "epoch": run.checkpoint.epoch,
        "step": run.checkpoint.step,
        "status": run.checkpoint.status,
        "loss_train": last["loss_train"],
        "loss_test": last["loss_test"],
        "accuracy_train": last["accuracy_train"],
        "accuracy_test": last["accuracy_test"],
        "pinned": run.pinned,
        "size": THUMB,
        "picture": {key: base64.b64encode(cells.tobytes()).decode() for key, cells in run.boundary.items()},
    }


def curve(history: History) -> list[list[float]]:
    """Rows that draw a run both as a whole and in its first epochs, with four digits.

    In the order of the history's columns: about GHOST_ROWS that follow every bend, and as many on a log axis.
    """
    rows = history.rows()
    early = np.unique(np.geomspace(1, len(rows), GHOST_ROWS).astype(int) - 1)
    chosen = np.concatenate([rows[early], history.thinned(GHOST_ROWS).rows()])
    order = np.unique(chosen[:, 0], return_index=True)[1]
    return [[*row[:2], *(float(f"{value:.4g}") for value in row[2:])] for row in chosen[order].tolist()]
