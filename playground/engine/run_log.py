"""A run as a value: the experiment that it began with, and what was done to it at which step.

Everything that a run does follows from its experiment and its seed. What somebody changes on the way is noted with the
step before which it was changed, so that the same run can be taken again, bit for bit (``playground.engine.replay``).
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from playground.data.points import Points
from playground.data.prepare import points_from_experiment
from playground.engine.choose import can_continue
from playground.experiment import FIELDS, Experiment
from playground.experiment_text import plain, read_json
from playground.layout import Layout
from playground.registry import InvalidValue, no_choice, number, whole

if TYPE_CHECKING:
    from playground.engine.plan import State

VERSION: Final = 1
MOST_ENTRIES: Final = 1000
MOST_BYTES: Final = 48_000
"""Of the entries as JSON. A run to which more was done cannot be repeated."""
OBJECT_BYTES: Final = 80
"""Of a number or a name in memory, about."""
MOST_STEPS: Final = 10_000_000
MOST_CHARACTERS: Final = 1500
"""Of a log in a link."""
MOST_UNPACKED: Final = 4 * MOST_BYTES

PARAMETER_LIMIT: Final = 1e6
"""Largest magnitude that a user may set a parameter to."""

_STEP = whole("step", 0, 0, MOST_STEPS)
_VALUE = number("value", 0.0, -PARAMETER_LIMIT, PARAMETER_LIMIT)
ENGINES: Final = ("reference", "fused")


class Entry(NamedTuple):
    """One thing that was done to a run.

    Attributes:
        step: steps that had been taken by then.
        what: one of ``KINDS``: ``settings`` (fields changed while it went on), ``parameter`` (one number set by hand),
            ``weights`` (all of them), ``engine`` (it went on with another one), ``trace`` (the step was taken slowly,
            on the reference engine).
        value: what JSON can hold: changed fields by name; ``[index, number]``; base64 of the float32 numbers, lowest
            byte first, parameters before running statistics; the engine's name; None.
    """

    step: int
    what: str
    value: Any


@dataclass(frozen=True)
class RunLog:
    """A run, up to a step.

    Args:
        experiment: what it began with.
        engine: where it began, ``"reference"`` or ``"fused"``; "" for wherever it can, as in a link.
        entries: what was done to it, in this order; at most 1,000, of 48 kB as JSON.
        step: how far it went, at most 10,000,000 steps.

    Raises:
        InvalidValue: an entry cannot have been made on this run; the field names it, as in ``did[3].learning_rate``.
    """

    experiment: Experiment
    engine: str
    entries: tuple[Entry, ...] = ()
    step: int = 0

    def __post_init__(self) -> None:
        if self.engine and self.engine not in ENGINES:
            raise no_choice("engine", ENGINES, self.engine)
        _STEP.check(self.step, "step")
        if len(self.entries) > MOST_ENTRIES or size_of(self.entries) > MOST_BYTES:
            most = f"{MOST_ENTRIES:,}"
            raise InvalidValue("did", "run.long", len(self.entries), most=most, kilobytes=MOST_BYTES // 1000)
        experiment, before = self.experiment, 0
        for i, entry in enumerate(self.entries):
            if not before <= entry.step <= self.step:
                raise InvalidValue(f"did[{i}].step", "expected.int", entry.step, low=before, high=self.step)
            before = entry.step
            if entry.what not in KINDS:
                raise no_choice(f"did[{i}]", KINDS, entry.what)
            try:
                experiment = KINDS[entry.what](entry.value, experiment)
            except InvalidValue as refused:
                raise refused.within(f"did[{i}]") from refused

    @property
    def last(self) -> Experiment:
        """The experiment as it was in the end."""
        experiment = self.experiment
        for entry in self.entries:
            if entry.what == "settings":
                experiment = changed(experiment, entry.value)
        return experiment

    @property
    def nbytes(self) -> int:
        """Memory of the entries, about."""
        return OBJECT_BYTES * sum(_cells(entry.value) for entry in self.entries)

    # --- text forms ---------------------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "version": VERSION,
            "experiment": self.experiment.to_dict(),
            "engine": self.engine,
            "did": [list(entry) for entry in self.entries],
            "step": self.step,
        }

    @classmethod
    def from_dict(cls, fields: Any) -> RunLog:
        """Read ``to_dict``'s result; ``kept``, what a page keeps beside it, is left out. Raises InvalidValue."""
        if not isinstance(fields, Mapping):
            raise InvalidValue("run", "run.object", fields)
        known = ("version", "experiment", "engine", "did", "step", "kept")
        for name in fields:
            if name not in known:
                raise no_choice(str(name)[:80], known, name)
        if fields.get("version") != VERSION:
            raise InvalidValue("version", "json.version", fields.get("version"), version=VERSION)
        return cls(
            Experiment.from_dict(fields.get("experiment", {})),
            fields.get("engine", ""),
            _entries(fields.get("did", [])),
            _STEP.check(fields.get("step"), "step"),
        )

    def to_json(self) -> str:
        """The run as JSON text."""
        return json.dumps(self.to_dict(), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> RunLog:
        """Read a run from JSON. Raises InvalidValue, also for malformed or oversized text."""
        return cls.from_dict(read_json(text, "run"))

    def packed(self) -> str | None:
        """Entries and step for a link, beside the parameters of the experiment; None where they do not fit.

        Base64 (RFC 4648, section 5, without padding) of a zlib stream (RFC 1950) of a JSON list ``[step, entries]``. On
        which engine a step was taken is left out: a link is opened on other machines.
        """
        kept = [list(entry) for entry in self.entries if entry.what != "engine"]
        told = json.dumps([self.step, kept], ensure_ascii=False, separators=(",", ":"))
        text = base64.urlsafe_b64encode(zlib.compress(told.encode(), 9)).decode().rstrip("=")
        return text if len(text) <= MOST_CHARACTERS else None

    @classmethod
    def unpacked(cls, experiment: Experiment, text: str) -> RunLog:
        """Read ``packed``'s result for the experiment of the same link. Raises InvalidValue."""
        if len(text) > MOST_CHARACTERS:
            raise InvalidValue("run", "run.packed", text)
        try:
            inflate = zlib.decompressobj()
            told = inflate.decompress(
                base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True), MOST_UNPACKED
            )
            if not inflate.eof:
                raise InvalidValue("run", "run.packed", text)
        except (binascii.Error, ValueError, zlib.error) as error:
            raise InvalidValue("run", "run.packed", text) from error
        found = read_json(told, "run")
        if not isinstance(found, list) or len(found) != 2:
            raise InvalidValue("run", "run.packed", text)
        return cls(experiment, "", _entries(found[1]), _STEP.check(found[0], "step"))


def size_of(entries: tuple[Entry, ...]) -> int:
    """Bytes of entries as JSON."""
    return sum(len(json.dumps(entry.value)) for entry in entries)


def _cells(value: Any) -> int:
    """Numbers and names in a JSON value; of a long text so many as take its memory."""
    if isinstance(value, dict):
        return len(value) + sum(map(_cells, value.values()))
    if isinstance(value, list):
        return 1 + sum(map(_cells, value))
    return 1 + len(value) // OBJECT_BYTES if isinstance(value, str) else 1


def _entries(given: Any) -> tuple[Entry, ...]:
    if not isinstance(given, list):
        raise InvalidValue("did", "run.entries", given)
    found = []
    for i, entry in enumerate(given[: MOST_ENTRIES + 1]):
        if not isinstance(entry, list) or len(entry) != 3 or not isinstance(entry[1], str):
            raise InvalidValue(f"did[{i}]", "run.entry", entry)
        found.append(Entry(_STEP.check(entry[0], f"did[{i}].step"), entry[1], entry[2]))
    return tuple(found)


# --- settings -----------------------------------------------------------------------------------------------


def change(old: Experiment, new: Experiment) -> dict[str, Any]:
    """The fields in which ``new`` differs from ``old``, as JSON holds them; of points only which came and went."""
    names = [name for name in FIELDS if getattr(old, name) != getattr(new, name)]
    found = {name: plain(getattr(new, name)) for name in names}
    if new.points is not None and "points" in found:
        found["points"] = _point_change(old.points or points_from_experiment(old), new.points)
    return found


def changed(old: Experiment, fields: Mapping[str, Any]) -> Experiment:
    """``old`` with what ``change`` told. Raises InvalidValue."""
    fields = dict(fields)
    points = fields.get("points")
    if isinstance(points, Mapping) and "drop" in points:
        fields["points"] = _points_after(old, points)
    return Experiment(**{**old.settings(), **fields})


def _point_change(old: Points, new: Points) -> dict[str, Any]:
    if replace(old, rows=()) != replace(new, rows=()):
        return new.to_dict()
    gone, kept = [], 0
    for i, row in enumerate(old.rows):
        if kept < len(new.rows) and row == new.rows[kept]:
            kept += 1
        else:
            gone.append(i)
    return {"drop": gone, "add": [list(row) for row in new.rows[kept:]]}


def _points_after(old: Experiment, told: Mapping[str, Any]) -> Points:
    drop, add = told["drop"], told.get("add")
    if not isinstance(drop, list) or not isinstance(add, list) or set(told) != {"drop", "add"}:
        raise InvalidValue("points", "run.points", told)
    if any(isinstance(i, bool) or not isinstance(i, int) for i in drop):
        raise InvalidValue("points", "run.points", told)
    left = (old.points or points_from_experiment(old)).without(drop)
    return left.append(tuple(row) if isinstance(row, list) else row for row in add)


# --- weights ------------------------------------------------------------------------------------------------


def weights_text(params: np.ndarray, buffers: np.ndarray) -> str:
    """All numbers of a network as base64."""
    return base64.b64encode(np.concatenate([params, buffers]).astype("<f4").tobytes()).decode()


def weights_of(text: str, layout: Layout) -> tuple[np.ndarray, np.ndarray]:
    """Parameters and running statistics, float32. Raises InvalidValue: not those of such a network, or not finite."""
    n_params, n_buffers = layout.n_parameters, layout.n_buffers
    try:
        numbers = np.frombuffer(base64.b64decode(text, validate=True), "<f4").astype(np.float32)
    except (TypeError, ValueError) as error:
        raise InvalidValue("weights", "run.weights", n=n_params + n_buffers) from error
    if len(numbers) != n_params + n_buffers or not np.isfinite(numbers).all():
        raise InvalidValue("weights", "run.weights", n=n_params + n_buffers)
    return numbers[:n_params], numbers[n_params:]


# --- what an entry may say ----------------------------------------------------------------------------------


def _settings(value: Any, experiment: Experiment) -> Experiment:
    if not isinstance(value, dict):
        raise InvalidValue("", "run.fields", value)
    after = changed(experiment, value)
    if not can_continue(experiment, after):
        raise InvalidValue("", "run.continue", sorted(value))
    return after


def _parameter(value: Any, experiment: Experiment) -> Experiment:
    if not isinstance(value, list) or len(value) != 2:
        raise InvalidValue("", "run.parameter", value)
    last = Layout.of(experiment).n_parameters - 1
    whole("index", 0, 0, last).check(value[0], "index")
    _VALUE.check(value[1], "value")
    return experiment


def _weights(value: Any, experiment: Experiment) -> Experiment:
    if not isinstance(value, str):
        raise InvalidValue("", "run.weights", value, n=Layout.of(experiment).n_parameters)
    weights_of(value, Layout.of(experiment))
    return experiment


def _engine(value: Any, experiment: Experiment) -> Experiment:
    if value not in ENGINES:
        raise no_choice("", ENGINES, value)
    return experiment


def _trace(value: Any, experiment: Experiment) -> Experiment:
    if value is not None:
        raise InvalidValue("", "run.nothing", value)
    return experiment


KINDS: Final[dict[str, Callable[[Any, Experiment], Experiment]]] = {
    "settings": _settings,
    "parameter": _parameter,
    "weights": _weights,
    "engine": _engine,
    "trace": _trace,
}
"""What can be done to a run: each checks an entry's value and gives the experiment that goes on after it."""


# --- noting -------------------------------------------------------------------------------------------------


class Recorder:
    """Notes what is done to a run while it goes on.

    Args:
        experiment: what it begins with. engine: where.

    Attributes:
        entries: so far.
        complete: whether they tell everything; no longer once they were too many, or the run cannot be repeated.
    """

    def __init__(self, experiment: Experiment, engine: str) -> None:
        self.experiment, self.engine = experiment, engine
        self.entries: list[Entry] = []
        self.complete = True
        self._bytes = self._objects = 0
        self._where = engine

    @classmethod
    def of(cls, log: RunLog | None, experiment: Experiment, engine: str) -> Recorder:
        """Goes on with a log; without one nothing is complete."""
        if log is None:
            found = cls(experiment, engine)
            found.lose()
            return found
        found = cls(log.experiment, log.engine)
        for entry in log.entries:
            found._add(entry)
        engines = [entry.value for entry in log.entries if entry.what == "engine"]
        found._where = engines[-1] if engines else log.engine
        return found

    def log(self, step: int) -> RunLog | None:
        """The run up to here; None where it cannot be repeated."""
        if not self.complete or step > MOST_STEPS:
            return None
        found = object.__new__(RunLog)  # what was noted here needs no check
        vars(found).update(
            experiment=self.experiment, engine=self.engine, entries=tuple(self.entries), step=step
        )
        return found

    def lose(self) -> None:
        """The run can no longer be repeated."""
        self.complete = False
        self.entries.clear()
        self._objects = 0

    @property
    def nbytes(self) -> int:
        """Memory of the entries, about."""
        return OBJECT_BYTES * self._objects

    def settings(self, step: int, old: Experiment, new: Experiment) -> None:
        """Fields were changed while it went on. Before the first step it simply begins with them."""
        if self.at_start(step):
            self.experiment = new
        elif self.complete:
            self._add(Entry(step, "settings", change(old, new)))

    def at_start(self, step: int) -> bool:
        """Whether nothing has happened yet."""
        return self.complete and step == 0 and not self.entries

    def parameter(self, step: int, index: int, value: float) -> None:
        """One number was set by hand; of a movement without a step between only the end counts."""
        last = self.entries[-1] if self.entries else None
        if last and last[:2] == (step, "parameter") and last.value[0] == index:
            self._drop()
        self._add(Entry(step, "parameter", [index, value]))

    def weights(self, step: int, state: State) -> None:
        """All weights were set."""
        self._add(Entry(step, "weights", weights_text(state.params, state.buffers)))

    def went_on(self, step: int, engine: str) -> None:
        """It goes on with this engine."""
        if self.at_start(step):
            self.engine = self._where = engine
            return
        if self.entries and self.entries[-1][:2] == (step, "engine"):
            self._drop()
            earlier = [entry.value for entry in self.entries if entry.what == "engine"]
            self._where = earlier[-1] if earlier else self.engine
        if engine != self._where:
            self._where = engine
            self._add(Entry(step, "engine", engine))

    def trace(self, step: int) -> None:
        """A step was taken on the reference engine, slowly."""
        self._add(Entry(step, "trace", None))

    def _add(self, entry: Entry) -> None:
        if not self.complete:
            return
        self._bytes += size_of((entry,))
        self._objects += _cells(entry.value)
        self.entries.append(entry)
        if len(self.entries) > MOST_ENTRIES or self._bytes > MOST_BYTES:
            self.lose()

    def _drop(self) -> None:
        entry = self.entries.pop()
        self._bytes -= size_of((entry,))
        self._objects -= _cells(entry.value)
