"""The experiment: one immutable, checked value from which everything that a run does follows.

Its fields are declared here, and those that decide the data in ``playground.data.settings``; ``FIELDS`` is their table.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Literal, get_args

from playground.data import DATASETS
from playground.data.datasets import Task
from playground.data.packing import packed
from playground.data.points import Points
from playground.data.prepare import Part
from playground.data.settings import MAX_SEED, DataSettings
from playground.data.splits import has_folds
from playground.experiment_text import TextForms
from playground.fields import Group, fields_of, for_layers, number_field, own_field, technique_field
from playground.registry import InvalidValue, Spec, choice, number, whole
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
    WEIGHTINGS,
)
from playground.techniques.regularizers import drop_rates

HELD_OUT = 0.2
"""The share of the training points that is held out where something must choose and no share is set."""

MAX_LAYERS = 8
MAX_UNITS = 128

_UNITS = whole("hidden", 4, 1, MAX_UNITS)
_SEED = whole("init_seed", 0, 0, MAX_SEED)


def _hidden(value: Any, where: str) -> tuple[int, ...]:
    if not isinstance(value, (list, tuple)) or len(value) > MAX_LAYERS:
        raise InvalidValue(where, "expected.list", value, low=0, high=MAX_LAYERS)
    return tuple(_UNITS.check(units, f"{where}[{i}]") for i, units in enumerate(value))


def _init_seed(value: Any, where: str) -> int | None:
    return None if value in (None, "") else _SEED.check(value, where)


def _strength(name: str, **facts: Any) -> Any:
    """The strength of a regularizer, which a running network takes over."""
    return number_field(REGULARIZERS[name].param(name), "regularization", hot=True, **facts)


@dataclass(frozen=True, init=False, repr=False)
class Experiment(TextForms, DataSettings):
    """Everything that decides a run.

    A technique is given as a name or as ``{"name": "adam", "beta1": 0.9}``; ``activation`` and ``dropout`` take one
    value or one per hidden layer. ``batch_norm=True`` (or a mapping of its parameters) is accepted for
    ``normalization="batch_norm"``, and ``skip=True`` for ``skip="residual"``.

    Raises:
        InvalidValue: an unknown field or a refused value; names the field, what was expected, what came.

    Example:
        >>> Experiment(dataset="spiral", hidden=(8, 8), activation="relu", learning_rate=0.1).task
        'binary'
    """

    choose_on: Literal["validation", "test"] = number_field(
        choice("", "validation", ("validation", "test")), "data", "choice", hot=True
    )
    hidden: tuple[int, ...] = own_field(
        _hidden, (4, 2), "network", "layers", param=_UNITS, listed=True, in_race=True
    )
    skip: Spec = technique_field(SKIPS, "none", "network", hot=True)
    normalization: Spec = technique_field(NORMALIZATIONS, "none", "network")
    activation: Spec | tuple[Spec, ...] = technique_field(
        ACTIVATIONS, "tanh", "activation", per_layer=True, in_race=True
    )
    init: Spec = technique_field(INITIALIZERS, "xavier_normal", "activation", in_race=True)
    loss: Spec = technique_field(LOSSES, "cross_entropy", "optimizer", hot=True)
    class_weighting: Spec = technique_field(WEIGHTINGS, "none", "optimizer", hot=True)
    optimizer: Spec = technique_field(OPTIMIZERS, "sgd", "optimizer", hot=True, in_race=True)
    learning_rate: float = number_field(
        number("", 0.03, 1e-5, 10.0, log=True), "optimizer", "exact", hot=True, in_race=True
    )
    schedule: Spec = technique_field(SCHEDULES, "constant", "optimizer", hot=True)
    batch_size: int = number_field(whole("", 10, 1, 5000, log=True), "optimizer", hot=True, in_race=True)
    clipping: Spec = technique_field(CLIPPINGS, "none", "optimizer", hot=True)
    l2: float = _strength("l2")
    l1: float = _strength("l1")
    weight_decay: float = _strength("weight_decay")
    dropout: float | tuple[float, ...] = _strength("dropout", per_layer=True)
    dropconnect: float = _strength("dropconnect")
    stochastic_depth: float = _strength("stochastic_depth")
    input_noise: float = _strength("input_noise")
    mixup: float = _strength("mixup")
    label_smoothing: float = _strength("label_smoothing")
    early_stopping: Spec = technique_field(STOPPINGS, "none", "regularization", hot=True)
    init_seed: int | None = own_field(_init_seed, None, "run", "optional", param=_SEED)
    device: str = number_field(choice("", "auto", ("auto", "cpu", "cuda", "mps")), "run", "choice")
    engine: str = number_field(choice("", "auto", ("auto", "fused", "reference")), "run", "choice")

    def __init__(self, /, **fields: Any) -> None:
        vars(self).update(_checked(fields, _DEFAULTS))

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
        widths = (self.n_inputs, *self.hidden)
        adds = SKIPS[self.skip.name].adds
        return tuple(adds and n_in == n for n_in, n in zip(widths, self.hidden, strict=False))

    @cached_property
    def drop_rates(self) -> tuple[float, ...]:
        """The chance that a step leaves out each hidden layer's block; 0 for layers that are none."""
        return drop_rates(self.skips, self.stochastic_depth)

    @property
    def weighs_classes(self) -> bool:
        """Whether the loss that is trained on counts the classes differently."""
        return self.n_classes > 0 and WEIGHTINGS[self.class_weighting.name].weigh is not None

    @property
    def resamples(self) -> bool:
        """Whether an epoch shows some training points several times."""
        return self.n_classes > 0 and WEIGHTINGS[self.class_weighting.name].resample is not None

    @property
    def chooses(self) -> bool:
        """Whether the run chooses by a loss that it does not train on: weights to go back to, or a learning rate."""
        return STOPPINGS[self.early_stopping.name].watches or SCHEDULES[self.schedule.name].feedback

    @property
    def held_out(self) -> float:
        """The share of the training points that is held out as the validation part."""
        if self.given_share:
            return self.given_share
        if self.validation_fraction == 0.0 and self.chooses and not self._tests_to_choose:
            return HELD_OUT
        return self.validation_fraction

    @property
    def _tests_to_choose(self) -> bool:
        """Whether what chooses looks at the test part."""
        return self.choose_on == "test" and self.tested

    @property
    def watched(self) -> Part:
        """The part that the run is watched on: what chooses looks at it, and what is said while it trains is of it.

        Where all points are trained on, there is only the training part to look at.
        """
        if self.held_out and not self._tests_to_choose:
            return "validation"
        return "test" if self.tested else "train"

    def for_choosing(self) -> Experiment:
        """The experiment as one of several that are chosen among: with a part to choose on, and that said."""
        if self._tests_to_choose or self.validation_fraction or self.given_share:
            return self
        return self.replace(validation_fraction=HELD_OUT)

    @property
    def weights_seed(self) -> int:
        """The seed that the initial weights are drawn from."""
        return self.seed if self.init_seed is None else self.init_seed

    def notices(self) -> tuple[str, ...]:
        """Keys of what the reader should be told of these settings: that some have no effect in this combination, or
        what the run is chosen by."""
        found = []
        if self.features != _DEFAULTS["features"] and self.inputs is not self.features:
            found.append("features_need_two_inputs")
        if self.label_smoothing and self.loss.name != "cross_entropy":
            found.append("label_smoothing_needs_cross_entropy")
        if self.label_noise and self.task == "regression":
            found.append("label_noise_needs_classes")
        if self.class_weighting.name != "none" and self.task == "regression":
            found.append("class_weighting_needs_classes")
        if OPTIMIZERS[self.optimizer.name].full_batch:
            found.append("optimizer_uses_full_batch")
        if not self.hidden and (self.dropout or self.dropconnect):
            found.append("dropout_needs_hidden_layers")
        if SKIPS[self.skip.name].adds and not any(self.skips):
            found.append("skip_needs_equal_widths")
        if self.stochastic_depth and not any(self.skips):
            found.append("stochastic_depth_needs_residual_blocks")
        if self.chooses and self._tests_to_choose:
            found.append("chooses_on_test")
        elif self.held_out not in (self.validation_fraction, self.given_share):
            found.append("validation_held_out")
        if self.has_parts:
            found.append("parts_given")
        elif has_folds(self.split) and self.tested:
            found.append("folds_set_the_parts")
            if self.split["fold"] > self.split["folds"]:
                found.append("fold_beyond_the_last")
        if not self.tested:
            found.extend(self._why_nothing_is_tested_on())
        return tuple(found)

    def _why_nothing_is_tested_on(self) -> tuple[str, ...]:
        """Keys of what the reader is told where no point is kept to test on; nothing before there is a point."""
        if self.points is not None and not self.points.rows:
            return ()
        if self.held_out:
            return ("only_validation_part",)
        all_trained = self.train_fraction == 1.0 or self.has_parts
        return ("no_test_part" if all_trained else "too_few_to_test",)

    # --- new values from old ----------------------------------------------------------------------

    def replace(self, /, **changes: Any) -> Experiment:
        """A new experiment with some fields changed, and what depends on them kept consistent.

        Settings given per layer follow a changed number of layers (the last one is repeated), a new task takes its own
        loss, and points are dropped with the ``custom`` data set. Raises InvalidValue.
        """
        new = object.__new__(Experiment)
        vars(new).update(_checked(changes, self.settings()))
        return new

    def _own(self) -> dict[str, Any]:
        """The fields that differ from the defaults; a loss from that of the task."""
        usual = _checked({"dataset": self.dataset, "points": self.points}, _DEFAULTS)
        usual["dataset"], usual["points"] = _DEFAULTS["dataset"], None
        return {name: value for name, value in self.settings().items() if value != usual[name]}

    def to_query(self) -> dict[str, str]:
        """The URL's parameters: the version and every field that differs from the defaults.

        Points of a ``custom`` data set are among them where they fit (see ``fits_a_link``); the JSON form has them all.
        """
        found = super().to_query()
        if not found.get("points", "fits"):
            del found["points"]
        return found

    @property
    def fits_a_link(self) -> bool:
        """Whether ``to_query`` holds everything: up to some hundred points of a few decimals."""
        return self.points is None or packed(self.points) is not None

    def _as_meant(self, version: int) -> Experiment:
        return self.replace(choose_on="test") if version < 2 and self.chooses else self


FIELDS = fields_of(Experiment)
"""Every field by name, group by group: the one table that all others are read from."""

HOT_FIELDS = frozenset(name for name, field in FIELDS.items() if field.hot)
"""Fields that a running network takes over without being built anew."""

GROUPS = {
    group: tuple(name for name, field in FIELDS.items() if field.group == group and field.control != "none")
    for group in get_args(Group)
}
"""The fields of each group that can be set by hand; together all but the points."""

_PER_LAYER = tuple(name for name, field in FIELDS.items() if field.per_layer)
_DEFAULTS = {name: field.default for name, field in FIELDS.items()}

Experiment.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
    [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default)
        for name, default in _DEFAULTS.items()
    ]
)


# --- checking -------------------------------------------------------------------------------------


def _checked(given: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """All fields: those of ``known``, which are checked already, with ``given`` checked in their place.

    What depends on a changed field follows it: the settings of each layer their number, points and loss the data set.
    """
    given = _without_short_forms(given)
    for name in given:
        if name not in FIELDS:
            fields = ", ".join(FIELDS)
            raise InvalidValue(str(name) or "experiment", "expected.field", name, choices=fields)
    found = dict(known)
    if "hidden" in given:
        found["hidden"] = FIELDS["hidden"].check(given["hidden"], "hidden")
        for name in _PER_LAYER:
            found[name] = for_layers(found[name], len(found["hidden"]))
    for name, value in given.items():
        if name in _PER_LAYER:
            found[name] = FIELDS[name].check_layers(value, len(found["hidden"]))
        elif name not in ("hidden", "loss"):
            found[name] = FIELDS[name].check(value, name)
    if "points" not in given and found["dataset"].name != "custom":
        found["points"] = None
    _check_points(found["points"], found["dataset"])
    task = _task(found)
    if "loss" in given or task != _task(known):
        found["loss"] = _loss(given.get("loss", "auto"), task)
    return found


def _without_short_forms(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """``batch_norm=…`` as a normalization, and ``skip=True`` or ``False`` by name. Raises InvalidValue."""
    if "batch_norm" in given:
        given = dict(given)
        value = given.pop("batch_norm")
        if "normalization" in given:
            raise InvalidValue("batch_norm", "own.normalization_twice", value)
        if isinstance(value, Mapping):
            given["normalization"] = {"name": "batch_norm", **value}
        elif value in (True, "true", "True", "1"):
            given["normalization"] = "batch_norm"
        elif value in (False, None, "false", "False", "0"):
            given["normalization"] = "none"
        else:
            raise InvalidValue("batch_norm", "own.batch_norm", value)
    if "skip" in given and str(given["skip"]).lower() in ("true", "false"):
        given = {**given, "skip": "residual" if str(given["skip"]).lower() == "true" else "none"}
    return given


def _check_points(points: Points | None, dataset: Spec) -> None:
    if dataset.name == "custom" and points is None:
        raise InvalidValue("points", "own.needed")
    if dataset.name != "custom" and points is not None:
        raise InvalidValue("points", "own.unused", dataset=dataset.name)


def _task(fields: Mapping[str, Any]) -> Task:
    return DATASETS[fields["dataset"].name].task(fields["dataset"], fields["points"])


def _loss(value: Any, task: Task) -> Spec:
    """The loss, ``"auto"`` being that of the task. Raises InvalidValue for one that does not fit it."""
    if value == "auto":
        value = "squared_error" if task == "regression" else "cross_entropy"
    spec = LOSSES.spec(value, "loss")
    if task not in LOSSES[spec.name].tasks:
        fitting = ", ".join(name for name, loss in LOSSES.items() if task in loss.tasks)
        raise InvalidValue("loss", "expected.loss", spec.name, choices=fitting)
    return spec


@cache
def default_experiment() -> Experiment:
    """The experiment with every field at its default."""
    return Experiment()
