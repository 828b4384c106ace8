"""The experiment: one immutable, validated value from which everything that a run does follows."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache, cached_property
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from playground.data import DATASETS, FEATURES, PREPROCESSINGS
from playground.data.points import Points
from playground.registry import (
    InvalidValue,
    Param,
    Registry,
    Spec,
    format_spec,
    format_value,
    no_choice,
    number,
    whole,
)
from playground.techniques import (
    ACTIVATIONS,
    CLIPPINGS,
    INITIALIZERS,
    LOSSES,
    NORMALIZATIONS,
    OPTIMIZERS,
    REGULARIZERS,
    SCHEDULES,
    SKIPS,
    STOPPINGS,
)

VERSION = 1
MAX_LAYERS = 8
MAX_UNITS = 64
MAX_JSON_BYTES = 1_000_000
MAX_JSON_DEPTH = 12
"""Lists and objects inside one another; a race with painted points has six."""
MAX_QUERY_CHARACTERS = 4_000

Task = Literal["binary", "multiclass", "regression"]

_STRENGTHS = {entry.field: entry.param(entry.field) for entry in REGULARIZERS.values()}

DROPOUT = _STRENGTHS.pop("dropout")
"""The range of a dropout rate; ``dropout`` takes one, or one per hidden layer."""

NUMBERS: dict[str, Param] = {
    p.name: p
    for p in (
        whole("n_samples", 500, 10, 5000),
        number("noise", 0.0, 0.0, 0.5, 0.05),
        number("label_noise", 0.0, 0.0, 0.5, 0.05),
        number("class_balance", 0.5, 0.1, 0.9, 0.05),
        number("train_fraction", 0.5, 0.1, 0.9, 0.05),
        *_STRENGTHS.values(),
        number("learning_rate", 0.03, 1e-5, 10.0, log=True),
        whole("batch_size", 10, 1, 5000, log=True),
        whole("seed", 0, 0, 2**31 - 1),
    )
}
"""The plain numeric fields with range and default."""

LAYER_SIZE = whole("hidden", 4, 1, MAX_UNITS)
DEVICES = ("auto", "cpu", "cuda", "mps")
ENGINES = ("auto", "fused", "reference")

CHOICES: dict[str, tuple[Registry[Any], str]] = {
    "dataset": (DATASETS, "circle"),
    "preprocessing": (PREPROCESSINGS, "none"),
    "activation": (ACTIVATIONS, "tanh"),
    "init": (INITIALIZERS, "xavier_normal"),
    "normalization": (NORMALIZATIONS, "none"),
    "skip": (SKIPS, "none"),
    "loss": (LOSSES, "auto"),
    "optimizer": (OPTIMIZERS, "sgd"),
    "schedule": (SCHEDULES, "constant"),
    "clipping": (CLIPPINGS, "none"),
    "early_stopping": (STOPPINGS, "none"),
}
"""The fields that name a technique: its registry and default."""

HOT_FIELDS = frozenset(
    [
        "learning_rate",
        "schedule",
        "batch_size",
        "l1",
        "l2",
        "weight_decay",
        "dropout",
        "dropconnect",
        "skip",
        "stochastic_depth",
        "input_noise",
        "mixup",
        "label_smoothing",
        "optimizer",
        "clipping",
        "early_stopping",
        "loss",
    ]
)
"""Fields that a running network takes over without being built anew."""

DATA_FIELDS = frozenset(
    [
        "dataset",
        "points",
        "n_samples",
        "noise",
        "label_noise",
        "class_balance",
        "train_fraction",
        "seed",
        "features",
        "preprocessing",
    ]
)
"""Fields that decide what the network is shown."""


def read_json(text: str | bytes, field: str) -> Any:
    """The value that JSON text from outside holds. Raises InvalidValue: malformed, too long, or too deeply nested.

    Args:
        field: what is read, for the refusal.
    """
    if len(text) > MAX_JSON_BYTES:
        expected, size = f"at most {MAX_JSON_BYTES} bytes of JSON", f"{len(text) / 10**6:.1f} MB"
        raise InvalidValue(field, expected, f"{len(text)} bytes", "json.size", size=size)
    start = text[:40] if isinstance(text, str) else text[:40].decode("utf-8", "replace")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidValue(field, "JSON text", start, "json.text") from None
    level = [found] if isinstance(found, dict | list) else []
    for _ in range(MAX_JSON_DEPTH):
        within = (value.values() if isinstance(value, dict) else value for value in level)
        level = [inner for values in within for inner in values if isinstance(inner, dict | list)]
    if level:
        expected = f"JSON text with at most {MAX_JSON_DEPTH} lists inside one another"
        raise InvalidValue(field, expected, start, "json.deep", most=MAX_JSON_DEPTH)
    return found


class Experiment(BaseModel):
    """Everything that decides a run.

    Fields, ranges and defaults are listed in ``NUMBERS`` and ``CHOICES``; a technique is given as a name
    or as ``{"name": "adam", "beta1": 0.9}``; ``activation`` and ``dropout`` take one value or one per
    hidden layer. ``batch_norm=True`` (or a mapping of its parameters) is accepted for
    ``normalization="batch_norm"``, and ``skip=True`` for ``skip="residual"``.

    Raises:
        InvalidValue: an unknown field or a refused value; names the field, what was expected, what came.

    Example:
        >>> Experiment(dataset="spiral", hidden=(8, 8), activation="relu", learning_rate=0.1).task
        'binary'
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    dataset: Spec
    points: Points | None
    n_samples: int
    noise: float
    label_noise: float
    class_balance: float
    train_fraction: float
    features: tuple[str, ...]
    preprocessing: Spec
    hidden: tuple[int, ...]
    activation: Spec | tuple[Spec, ...]
    init: Spec
    normalization: Spec
    skip: Spec
    dropout: float | tuple[float, ...]
    dropconnect: float
    stochastic_depth: float
    input_noise: float
    mixup: float
    label_smoothing: float
    l1: float
    l2: float
    weight_decay: float
    loss: Spec
    optimizer: Spec
    learning_rate: float
    schedule: Spec
    clipping: Spec
    batch_size: int
    early_stopping: Spec
    seed: int
    init_seed: int | None
    device: str
    engine: str

    def __init__(self, /, **fields: Any) -> None:
        super().__init__(**_checked(fields))

    # --- what follows from the fields -------------------------------------------------------------

    @cached_property
    def task(self) -> Task:
        """The kind of problem, decided by the data set."""
        return DATASETS[self.dataset.name].task(self.dataset, self.points)

    @cached_property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes; empty for regression."""
        return tuple(DATASETS[self.dataset.name].class_names(self.dataset, self.points))

    @property
    def n_classes(self) -> int:
        """Number of classes, 0 for regression."""
        return len(self.class_names)

    @property
    def n_outputs(self) -> int:
        """Units of the output layer: one score for two classes and for regression, else one a class."""
        return self.n_classes if self.task == "multiclass" else 1

    @cached_property
    def activations(self) -> tuple[Spec, ...]:
        """The activation of each hidden layer."""
        if isinstance(self.activation, tuple):
            return self.activation
        return (self.activation,) * len(self.hidden)

    @cached_property
    def dropouts(self) -> tuple[float, ...]:
        """The dropout rate of each hidden layer."""
        if isinstance(self.dropout, tuple):
            return self.dropout
        return (self.dropout,) * len(self.hidden)

    @cached_property
    def skips(self) -> tuple[bool, ...]:
        """Whether each hidden layer is a residual block: as wide as what enters it, which it adds."""
        widths = (len(self.features), *self.hidden)
        adds = SKIPS[self.skip.name].adds
        return tuple(adds and n_in == n for n_in, n in zip(widths, self.hidden, strict=False))

    @cached_property
    def drop_rates(self) -> tuple[float, ...]:
        """The chance that a step leaves out each hidden layer's block; 0 for layers that are none.

        It grows linearly from block to block up to ``stochastic_depth`` at the last one (Huang et al. 2016,
        equation 4, with 1 - p_L as the parameter).
        """
        total, rates, block = sum(self.skips), [], 0
        for skips in self.skips:
            block += skips
            rates.append(block / total * self.stochastic_depth if skips else 0.0)
        return tuple(rates)

    @property
    def weights_seed(self) -> int:
        """The seed that the initial weights are drawn from."""
        return self.seed if self.init_seed is None else self.init_seed

    def notices(self) -> tuple[str, ...]:
        """Keys of the settings that have no effect in this combination, for the reader to be told."""
        found = []
        if self.label_smoothing and self.loss.name != "cross_entropy":
            found.append("label_smoothing_needs_cross_entropy")
        if self.label_noise and self.task == "regression":
            found.append("label_noise_needs_classes")
        if OPTIMIZERS[self.optimizer.name].full_batch:
            found.append("optimizer_uses_full_batch")
        if not self.hidden and (self.dropout or self.dropconnect):
            found.append("dropout_needs_hidden_layers")
        if SKIPS[self.skip.name].adds and not any(self.skips):
            found.append("skip_needs_equal_widths")
        if self.stochastic_depth and not any(self.skips):
            found.append("stochastic_depth_needs_residual_blocks")
        return tuple(found)

    def settings(self) -> dict[str, Any]:
        """Every field by name, as ``Experiment(**settings)`` takes them."""
        return {name: getattr(self, name) for name in type(self).model_fields}

    # --- new values from old ----------------------------------------------------------------------

    def replace(self, /, **changes: Any) -> Experiment:
        """A new experiment with some fields changed, and what depends on them kept consistent.

        Settings given per layer follow a changed number of layers (the last one is repeated), a loss that
        does not fit the new task gives way to the task's default, and points are dropped with the
        ``custom`` data set.
        """
        fields = self.settings()
        if "batch_norm" in changes:
            fields.pop("normalization")
        fields.update(changes)
        if "hidden" in changes:
            depth = len(tuple(fields["hidden"]))
            for name in ("activation", "dropout"):
                per_layer = fields[name]
                if isinstance(per_layer, (tuple, list)) and name not in changes:
                    filled = tuple(per_layer[:depth]) + (per_layer[-1],) * (depth - len(per_layer))
                    fields[name] = filled or per_layer[0]
        if "points" not in changes and DATASETS.spec(fields["dataset"], "dataset").name != "custom":
            fields["points"] = None
        if ("dataset" in changes or "points" in changes) and "loss" not in changes:
            probe = Experiment(**{**fields, "loss": "auto"})
            if probe.task not in LOSSES[self.loss.name].tasks or self.task != probe.task:
                return probe
        return Experiment(**fields)

    # --- text forms -------------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON: every field, with the version."""
        result: dict[str, Any] = {"version": VERSION}
        for name in type(self).model_fields:
            result[name] = _plain(getattr(self, name))
        return result

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Experiment:
        """Read ``to_dict``'s result; missing fields take their defaults. Raises InvalidValue."""
        if not isinstance(fields, Mapping):
            raise InvalidValue("experiment", "an object with fields", fields, "json.object")
        given = dict(fields)
        _check_version(given.pop("version", VERSION))
        return cls(**given)

    def to_json(self) -> str:
        """The experiment as indented JSON text."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> Experiment:
        """Read an experiment from JSON. Raises InvalidValue, also for malformed or oversized text."""
        return cls.from_dict(read_json(text, "experiment"))

    def to_query(self) -> dict[str, str]:
        """The URL's parameters: the version and every field that differs from the defaults.

        Points of a ``custom`` data set do not fit into a link; they travel in the JSON form only.
        """
        query = {"v": str(VERSION)}
        plain = Experiment(dataset=self.dataset, points=self.points)
        for name in type(self).model_fields:
            value = getattr(self, name)
            if name == "points" or (value == getattr(plain, name) and name != "dataset"):
                continue
            if name == "dataset" and value == default_experiment().dataset:
                continue
            query[name] = query_text(name, value)
        return query

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Experiment:
        """Read a URL's parameters. Raises InvalidValue that names the refused parameter."""
        if sum(len(k) + len(v) for k, v in query.items()) > MAX_QUERY_CHARACTERS:
            most = f"{MAX_QUERY_CHARACTERS:,}"
            raise InvalidValue("link", f"at most {most} characters", "more", "json.link", most=most)
        given: dict[str, Any] = dict(query)
        _check_version(given.pop("v", VERSION))
        for name in ("hidden", "features", "activation", "dropout"):
            if name in given:
                given[name] = tuple(part for part in given[name].split(",") if part)
        for name in ("activation", "dropout"):
            if name in given and len(given[name]) == 1:
                given[name] = given[name][0]
        if "points" in given:
            raise InvalidValue(
                "points", "points in a JSON file, not in a link", given["points"], "json.no_points"
            )
        return cls(**given)


def _check_version(version: object) -> None:
    if str(version) != str(VERSION):
        raise InvalidValue("version", f"{VERSION}", version, "json.version", version=VERSION)


def _plain(value: Any) -> Any:
    if isinstance(value, Spec):
        return {"name": value.name, **{k: _plain(v) for k, v in value.values}} if value.values else value.name
    if isinstance(value, Points):
        return value.to_dict()
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    return value


def query_text(name: str, value: Any) -> str:
    if isinstance(value, Spec):
        return format_spec(CHOICES[name][0][value.name], value)
    if isinstance(value, tuple):
        return ",".join(query_text(name, v) for v in value)
    return format_value(value)


# --- checking -------------------------------------------------------------------------------------


def _checked(given: dict[str, Any]) -> dict[str, Any]:
    """Complete and check the fields of an experiment, in the order in which they depend on each other."""
    given = _with_batch_norm(given)
    if str(given.get("skip")).lower() in ("true", "false"):
        given = {**given, "skip": "residual" if str(given["skip"]).lower() == "true" else "none"}
    for name in given:
        if name not in Experiment.model_fields:
            known = ", ".join(Experiment.model_fields)
            raise InvalidValue(
                str(name) or "experiment",
                "a field of Experiment: " + known,
                name,
                "expected.field",
                choices=known,
            )
    fields: dict[str, Any] = {}
    for name, param in NUMBERS.items():
        fields[name] = param.check(given.get(name, param.default), name)
    fields["hidden"] = _sequence("hidden", given.get("hidden", (4, 2)), LAYER_SIZE.check, 0, MAX_LAYERS)
    depth = len(fields["hidden"])
    for name, (registry, default) in CHOICES.items():
        if name not in ("activation", "loss"):
            fields[name] = registry.spec(given.get(name, default), name)
    fields["activation"] = _per_layer(
        "activation", given.get("activation", CHOICES["activation"][1]), ACTIVATIONS.spec, depth
    )
    fields["dropout"] = _per_layer("dropout", given.get("dropout", 0.0), DROPOUT.check, depth)
    fields["features"] = _features(given.get("features", ("x1", "x2")))
    fields["points"] = _points(given.get("points"), fields["dataset"])
    fields["loss"] = _loss(given.get("loss", "auto"), fields["dataset"], fields["points"])
    init_seed = given.get("init_seed")
    fields["init_seed"] = None if init_seed in (None, "") else NUMBERS["seed"].check(init_seed, "init_seed")
    for name, allowed in (("device", DEVICES), ("engine", ENGINES)):
        fields[name] = given.get(name, "auto")
        if fields[name] not in allowed:
            raise no_choice(name, allowed, fields[name])
    return fields


def _with_batch_norm(given: dict[str, Any]) -> dict[str, Any]:
    if "batch_norm" not in given:
        return given
    given = dict(given)
    value = given.pop("batch_norm")
    if "normalization" in given:
        expected = "either batch_norm or normalization, not both"
        raise InvalidValue("batch_norm", expected, value, "own.normalization_twice")
    if isinstance(value, Mapping):
        given["normalization"] = {"name": "batch_norm", **value}
    elif value in (True, "true", "True", "1"):
        given["normalization"] = "batch_norm"
    elif value in (False, None, "false", "False", "0"):
        given["normalization"] = "none"
    else:
        raise InvalidValue("batch_norm", "true, false or its parameters", value, "own.batch_norm")
    return given


def _sequence(
    name: str, value: Any, check: Callable[[Any, str], Any], shortest: int, longest: int
) -> tuple[Any, ...]:
    if not isinstance(value, (list, tuple)) or not shortest <= len(value) <= longest:
        expected = f"a list of {shortest} to {longest} values"
        raise InvalidValue(name, expected, value, "expected.list", low=shortest, high=longest)
    return tuple(check(entry, f"{name}[{i}]") for i, entry in enumerate(value))


def _per_layer(name: str, value: Any, check: Callable[[Any, str], Any], depth: int) -> Any:
    if not isinstance(value, (list, tuple)):
        return check(value, name)
    if len(value) != depth or depth == 0:
        expected = f"one value, or one for each of the {depth} hidden layers"
        raise InvalidValue(name, expected, value, "expected.per_layer", count=depth)
    values = tuple(check(entry, f"{name}[{i}]") for i, entry in enumerate(value))
    return values[0] if len(set(values)) == 1 else values


def _features(value: Any) -> tuple[str, ...]:
    known = ", ".join(FEATURES)
    if isinstance(value, str) or not isinstance(value, (list, tuple)) or not value:
        key = "own.no_feature" if isinstance(value, (str, list, tuple)) and not value else "own.features"
        raise InvalidValue("features", "at least one of " + known, value, key, choices=known)
    for name in value:
        if not isinstance(name, str) or name not in FEATURES:
            raise no_choice("features", FEATURES, name)
    return tuple(name for name in FEATURES if name in value)


def _points(value: Any, dataset: Spec) -> Points | None:
    if isinstance(value, Mapping):
        value = Points.from_dict(value)
    if value is not None and not isinstance(value, Points):
        raise InvalidValue("points", "points with their columns", value, "points.object")
    if dataset.name == "custom" and value is None:
        raise InvalidValue("points", "points, as the data set is custom", value, "own.needed")
    if dataset.name != "custom" and value is not None:
        expected = f"no points, as the data set is {dataset.name}"
        raise InvalidValue("points", expected, "points", "own.unused", dataset=dataset.name)
    return value


def _loss(value: Any, dataset: Spec, points: Points | None) -> Spec:
    task = DATASETS[dataset.name].task(dataset, points)
    if value == "auto":
        value = "squared_error" if task == "regression" else "cross_entropy"
    spec = LOSSES.spec(value, "loss")
    if task not in LOSSES[spec.name].tasks:
        fitting = ", ".join(name for name, loss in LOSSES.items() if task in loss.tasks)
        expected = f"one of {fitting} for a {task} task"
        raise InvalidValue("loss", expected, spec.name, "expected.loss", choices=fitting)
    return spec


@cache
def default_experiment() -> Experiment:
    """The experiment with every field at its default."""
    return Experiment()
