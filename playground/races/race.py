"""The race: a base experiment, lanes that change some of its settings, and what decides who wins."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as dataclass_replace
from functools import cached_property
from typing import Any, Literal, get_args

from playground import naming
from playground.data.splits import fold_of, has_folds
from playground.experiment import Experiment
from playground.experiment_text import VERSION, read_json, read_object, read_version
from playground.races import links
from playground.registry import InvalidValue, Param, no_choice, number, whole
from playground.text.characters import all_seen

MIN_LANES, MAX_LANES = 2, 6
MAX_NAME = 60
"""Characters of a lane's own name."""

Mode = Literal["step", "epoch", "time"]
MODES: tuple[Mode, ...] = get_args(Mode)
"""What the lanes have in common when they are compared: steps, epochs, or training time."""

SEEDS = whole("seeds", 1, 1, 64, log=True)
"""Repeats of each lane."""

CRITERIA: dict[str, Param] = {
    "reach_loss": number("criterion.value", 0.1, 1e-6, 1e6, log=True),
    "best_loss": whole("criterion.value", 100, 1, 100_000, log=True),
    "best_accuracy": whole("criterion.value", 100, 1, 100_000, log=True),
}
"""Each criterion with its number: a test loss to reach, or the epoch at which lanes are compared."""

MAX_SEED = 2**31 - 1


@dataclass(frozen=True)
class Criterion:
    """What decides a race.

    Args:
        kind: ``reach_loss``: the first lane whose test loss is at or below ``value``; ``best_loss`` and
            ``best_accuracy``: the lowest test loss, or the highest test accuracy, at epoch ``value``. With
            several seeds the median over them counts.
        value: see above.

    Raises:
        InvalidValue: unknown kind, or a value out of range.
    """

    kind: str = "best_loss"
    value: float = 100

    def __post_init__(self) -> None:
        if self.kind not in CRITERIA:
            raise no_choice("criterion.kind", CRITERIA, self.kind)
        object.__setattr__(self, "value", CRITERIA[self.kind].check(self.value))

    @property
    def epoch(self) -> int | None:
        """The epoch at which lanes are compared; None for ``reach_loss``."""
        return None if self.kind == "reach_loss" else int(self.value)

    @classmethod
    def read(cls, value: object) -> Criterion:
        """A criterion from itself, a mapping or the link's ``kind~value``. Raises InvalidValue."""
        if isinstance(value, Criterion):
            return value
        if isinstance(value, str):
            kind, _, number_text = value.partition("~")
            value = {"kind": kind, "value": number_text} if number_text else {"kind": kind}
        if not isinstance(value, Mapping) or not set(value) <= {"kind", "value"}:
            raise InvalidValue("criterion", "race.criterion", value)
        kind = value.get("kind", "best_loss")
        if not isinstance(kind, str) or kind not in CRITERIA:
            raise no_choice("criterion.kind", CRITERIA, kind)
        return cls(kind, value.get("value", CRITERIA[kind].default))


@dataclass(frozen=True, init=False)
class Lane:
    """What one runner changes in the base experiment, and its name if the label made from that won't do.

    Args:
        name: shown instead of the label made from the differences.
        changes: fields of ``Experiment``.

    Example:
        >>> Lane(activation="relu", name="the modern one").name
        'the modern one'
    """

    changes: tuple[tuple[str, Any], ...]
    name: str

    def __init__(self, /, name: str = "", **changes: Any) -> None:
        if not isinstance(name, str) or len(name) > MAX_NAME or not all_seen(name):
            raise InvalidValue("name", "race.name", name, most=MAX_NAME)
        object.__setattr__(self, "changes", tuple((key, _hashable(value)) for key, value in changes.items()))
        object.__setattr__(self, "name", name.strip())


def _hashable(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_hashable(entry) for entry in value)
    return value


@dataclass(frozen=True)
class Race:
    """Everything that decides a race.

    Args:
        base: what the lanes have in common.
        lanes: 2 to 6, no two with the same experiment. A tuple of Lane, of mappings (``{"changes": …, "name": …}``,
            or plain changes) or of Experiment.
        seeds: repeats of each lane, 1 to 64; repeat r has the base's seed + r, in all lanes.
        mode: see ``MODES``.
        criterion: what decides; also as a mapping.
        predict: whether the viewer must name a winner before the lanes are shown.

    Raises:
        InvalidValue: names the refused field, within a lane as ``"lanes[1].learning_rate"``.

    Example:
        >>> race = Race(lanes=(Lane(activation="relu"), Lane(activation="tanh")), seeds=4)
        >>> [e.seed for e in (race.experiment(0, 3), race.experiment(1, 3))]
        [3, 3]
    """

    base: Experiment = field(default_factory=Experiment)
    lanes: tuple[Lane, ...] = ()
    seeds: int = 1
    mode: Mode = "step"
    criterion: Criterion = field(default_factory=Criterion)
    predict: bool = False

    def __post_init__(self) -> None:
        put = object.__setattr__
        if isinstance(self.base, Mapping):
            put(self, "base", _within("base", Experiment.from_dict, self.base))
        if not isinstance(self.base, Experiment):
            raise InvalidValue("base", "race.experiment", self.base)
        if not isinstance(self.lanes, Sequence) or isinstance(self.lanes, str):
            raise _lanes_refused(self.lanes)
        if not MIN_LANES <= len(self.lanes) <= MAX_LANES:
            raise _lanes_refused(len(self.lanes))
        read = [_within(f"lanes[{i}]", _lane, lane, self.base) for i, lane in enumerate(self.lanes)]
        experiments = tuple(experiment for _, experiment in read)
        put(self, "lanes", tuple(lane for lane, _ in read))
        put(self, "seeds", SEEDS.check(self.seeds))
        if self.mode not in MODES:
            raise no_choice("mode", MODES, self.mode)
        put(self, "criterion", Criterion.read(self.criterion))
        if not isinstance(self.predict, bool):
            raise InvalidValue("predict", "expected.bool", self.predict)
        self.__dict__["experiments"] = experiments
        self._check(experiments)

    def _check(self, experiments: tuple[Experiment, ...]) -> None:
        for i, experiment in enumerate(experiments):
            if experiment in experiments[:i]:
                twin = self.lanes[i].name or i + 1
                raise InvalidValue(f"lanes[{i}]", "race.twin", twin)
            if experiment.task != experiments[0].task:
                raise InvalidValue(f"lanes[{i}].dataset", "race.task", experiment.task)
            if not experiment.tested and (experiment.train_fraction == 1 or experiment.has_parts):
                raise InvalidValue(f"lanes[{i}].train_fraction", "race.tested", experiment.train_fraction)
            if not experiment.tested and experiment.points:
                raise InvalidValue(f"lanes[{i}].points", "race.few_points", len(experiment.points.rows))
            for name in ("seed", "init_seed"):
                value = getattr(experiment, name)
                if value is not None and value + self.seeds - 1 > MAX_SEED:
                    most = MAX_SEED - self.seeds + 1
                    raise InvalidValue(name, "expected.int", value, low=0, high=most)
        if self.criterion.kind == "best_accuracy" and experiments[0].task == "regression":
            raise InvalidValue("criterion.kind", "race.criterion_of_regression", self.criterion.kind)

    # --- what follows -----------------------------------------------------------------------------

    @cached_property
    def experiments(self) -> tuple[Experiment, ...]:
        """Each lane's experiment, repeat 0."""
        return tuple(_lane(lane, self.base)[1] for lane in self.lanes)

    def experiment(self, lane: int, repeat: int) -> Experiment:
        """The experiment of one repeat: seed (and the weights' own, where it is set) are counted on.

        Where the points are dealt out in folds, repeats are the folds, with the same data and start, and the seeds are
        counted on when all folds have been tested on (Kohavi 1995).
        """
        experiment = self.experiments[lane]
        if repeat == 0:
            return experiment
        if has_folds(experiment.split) and not experiment.has_parts:
            fold, repeat = fold_of(experiment.split, repeat)
            experiment = experiment.replace(split=fold)
        seeds: dict[str, int] = {"seed": experiment.seed + repeat}
        if experiment.init_seed is not None:
            seeds["init_seed"] = experiment.init_seed + repeat
        return experiment.replace(**seeds)

    @property
    def folds(self) -> bool:
        """Whether the repeats of every lane are the folds of its points."""
        return all(has_folds(each.split) and not each.has_parts for each in self.experiments)

    @property
    def task(self) -> str:
        """The kind of problem, the same in all lanes."""
        return self.experiments[0].task

    def labels(self, language: str = "en") -> tuple[str, ...]:
        """One label a lane, all different: its own name, or made from only what differs between the lanes."""
        return naming.labels(self.experiments, tuple(lane.name for lane in self.lanes), language)

    def differences(self, language: str = "en") -> tuple[list[dict[str, str]], ...]:
        """For each lane the settings in which the lanes differ: ``field``, ``label`` and ``value``."""
        return naming.differences(self.experiments, language)

    def replace(self, **changes: Any) -> Race:
        """A new race with some fields changed. Raises InvalidValue."""
        for name in changes:
            if name not in FIELDS:
                raise no_choice(name, FIELDS, name)
        return dataclass_replace(self, **changes)

    # --- text forms -------------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, with the version; each lane with what it changes."""
        return {
            "version": VERSION,
            "base": self.base.to_dict(),
            "lanes": [
                {"changes": links.plain_changes(self.base, experiment), "name": lane.name}
                for lane, experiment in zip(self.lanes, self.experiments, strict=True)
            ],
            "seeds": self.seeds,
            "mode": self.mode,
            "criterion": {"kind": self.criterion.kind, "value": self.criterion.value},
            "predict": self.predict,
        }

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Race:
        """Read ``to_dict``'s result. Raises InvalidValue."""
        given, version = read_object(fields, "race")
        for name in given:
            if name not in FIELDS:
                raise no_choice(str(name), FIELDS, name)
        return cls(**given)._as_meant(version)

    def to_json(self) -> str:
        """The whole race as indented JSON text."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> Race:
        """Read a race from JSON. Raises InvalidValue, also for malformed or oversized text."""
        return cls.from_dict(read_json(text, "race"))

    def to_query(self) -> dict[str, str]:
        """The URL's parameters: those of the base, ``lane1=activation:relu;…``, and what is not at its default.

        Points of a ``custom`` data set do not fit into a link; they travel in the JSON form only.
        """
        query = self.base.to_query()
        for i, (lane, experiment) in enumerate(zip(self.lanes, self.experiments, strict=True), 1):
            query[f"lane{i}"] = links.changes_text(self.base, experiment)
            if lane.name:
                query[f"name{i}"] = lane.name
        if self.seeds != 1:
            query["seeds"] = str(self.seeds)
        if self.mode != "step":
            query["mode"] = self.mode
        query["criterion"] = f"{self.criterion.kind}~{links.short(self.criterion.value)}"
        if self.predict:
            query["predict"] = "true"
        return query

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Race:
        """Read a URL's parameters. Raises InvalidValue that names the refused parameter."""
        given = dict(query)
        own = {name: given.pop(name) for name in ("seeds", "mode", "criterion", "predict") if name in given}
        lanes, names = links.take_lanes(given, MAX_LANES)
        base = Experiment.from_query(given)
        read = []
        for i, changes in enumerate(lanes):
            experiment = _within(f"lanes[{i}]", links.changed, base, changes)
            read.append(lane_of(experiment, base, names[i]))
        if "predict" in own:
            own["predict"] = Param("predict", False, kind="bool").check(own["predict"])  # type: ignore[assignment]
        race = cls(base=base, lanes=tuple(read), **own)  # type: ignore[arg-type]
        return race._as_meant(read_version(query.get("v", VERSION)))

    def _as_meant(self, version: int) -> Race:
        """What a link or file of this version meant: before version 2 what chose did so on the test part."""
        if version < 2 and any(experiment.chooses for experiment in self.experiments):
            return self.replace(base=self.base.replace(choose_on="test"))
        return self


FIELDS = ("base", "lanes", "seeds", "mode", "criterion", "predict")


def _within(where: str, read: Any, *arguments: Any) -> Any:
    """Call ``read``; a refusal names the place."""
    try:
        return read(*arguments)
    except InvalidValue as refused:
        raise refused.within(where) from None


def _lane(given: Any, base: Experiment) -> tuple[Lane, Experiment]:
    """A lane in its canonical form, its changes being just what differs from the base, and its experiment."""
    if isinstance(given, Experiment):
        return lane_of(given, base), given
    if isinstance(given, Mapping):
        fields = dict(given)
        if set(fields) <= {"changes", "name"}:
            changes, name = fields.get("changes", {}), fields.get("name", "")
        else:
            name = fields.pop("name", "")
            changes = fields
        if not isinstance(changes, Mapping) or not all(isinstance(key, str) for key in changes):
            raise InvalidValue("changes", "race.changes", changes)
        if "name" in changes:
            raise InvalidValue("changes", "race.no_name", "name")
        given = Lane(name, **changes)
    if not isinstance(given, Lane):
        raise InvalidValue("", "race.lane", given)
    experiment = base.replace(**dict(given.changes)) if given.changes else base
    return lane_of(experiment, base, given.name), experiment


def lane_of(experiment: Experiment, base: Experiment, name: str = "") -> Lane:
    """The lane that runs ``experiment``."""
    return Lane(name, **{key: getattr(experiment, key) for key in links.changed_fields(base, experiment)})


def vary(base: Experiment, name: str, values: Iterable[Any]) -> tuple[Lane, ...]:
    """One lane for each value of one field.

    Args:
        name: a field of Experiment, or a parameter of its technique: ``"optimizer.beta1"``.

    Raises:
        InvalidValue: an unknown field, a refused value, or too many or too few values.
    """
    field_name, _, param = name.partition(".")
    values = list(values)
    if not MIN_LANES <= len(values) <= MAX_LANES:
        raise _lanes_refused(len(values))
    lanes = []
    for value in values:
        if param:
            spec = getattr(base, field_name, None)
            if spec is None or not hasattr(spec, "params"):
                raise InvalidValue(name, "race.parameter", value)
            value = {"name": spec.name, **spec.params, param: value}
        lanes.append(lane_of(base.replace(**{field_name: value}), base))
    return tuple(lanes)


def _lanes_refused(got: object) -> InvalidValue:
    return InvalidValue("lanes", "race.lanes", got, low=MIN_LANES, high=MAX_LANES)


def evenly(low: float, high: float, count: int) -> tuple[float, ...]:
    """``count`` values from low to high, evenly on a logarithmic scale, rounded to two digits."""
    ratio = (high / low) ** (1.0 / max(1, count - 1))
    return tuple(float(f"{low * ratio**i:.2g}") for i in range(count))
