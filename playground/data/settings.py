"""The settings of an experiment that decide its data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from playground.data.features import FEATURES
from playground.data.points import Points
from playground.data.preprocessing import PREPROCESSINGS
from playground.data.splits import SPLITS
from playground.fields import number_field, own_field, technique_field
from playground.registry import InvalidValue, Registry, Spec, no_choice, number, whole

MAX_SEED = 2**31 - 1

FEW_POINTS = 10
"""Of fewer own points none is kept to test on: what a handful says of all others is chance."""

SETS: Registry[Any] = Registry("datasets")
"""The data sets, which ``playground.data.datasets`` describes: they are drawn from these settings, so stand above."""


def _features(value: Any, where: str) -> tuple[str, ...]:
    known = ", ".join(FEATURES)
    if isinstance(value, str) or not isinstance(value, (list, tuple)) or not value:
        key = "own.no_feature" if isinstance(value, (str, list, tuple)) and not value else "own.features"
        raise InvalidValue(where, key, value, choices=known)
    for name in value:
        if not isinstance(name, str) or name not in FEATURES:
            raise no_choice(where, FEATURES, name)
    return tuple(name for name in FEATURES if name in value)


def _points(value: Any, where: str) -> Points | None:
    if isinstance(value, Mapping):
        value = Points.from_dict(value)
    if value is not None and not isinstance(value, Points):
        raise InvalidValue(where, "points.object", value)
    return value


@dataclass(frozen=True, kw_only=True)
class DataSettings:
    """The settings that decide what a network is shown; every ``Experiment`` is one, and holds the others too."""

    dataset: Spec = technique_field(SETS, "circle", "data", in_race=True)
    points: Points | None = own_field(_points, None, "data", "none")
    n_samples: int = number_field(whole("", 500, 10, 5000), "data", in_race=True)
    noise: float = number_field(number("", 0.0, 0.0, 0.5, 0.05), "data", in_race=True)
    label_noise: float = number_field(number("", 0.0, 0.0, 0.5, 0.05), "data")
    class_balance: float = number_field(number("", 0.5, 0.1, 0.9, 0.05), "data")
    split: Spec = technique_field(SPLITS, "random", "data", in_race=True)
    train_fraction: float = number_field(number("", 0.5, 0.1, 1.0, 0.05), "data")
    validation_fraction: float = number_field(number("", 0.0, 0.0, 0.5, 0.05), "data")
    features: tuple[str, ...] = own_field(
        _features, ("x1", "x2"), "features", "several", listed=True, in_race=True
    )
    preprocessing: Spec = technique_field(PREPROCESSINGS, "none", "features", in_race=True)
    seed: int = number_field(whole("", 0, 0, MAX_SEED), "run", in_race=True)

    @property
    def tested(self) -> bool:
        """Whether some points are kept to test on: not where all are trained on, nor of a handful of own points.

        Points with parts of their own say it themselves.
        """
        if self.has_parts:
            return self.points.part_sizes[2] > 0  # type: ignore[union-attr]
        few = self.points is not None and len(self.points.rows) < FEW_POINTS
        return self.train_fraction < 1.0 and not few

    @property
    def has_parts(self) -> bool:
        """Whether the points come with parts of their own, which leaves at most a validation part to deal out."""
        return self.points is not None and bool(self.points.parts)

    @property
    def given_share(self) -> float:
        """The share of the points' own validation part among those that are not tested on; 0.0 where there is none."""
        train, validation, _ = self.points.part_sizes if self.points else (0, 0, 0)
        return validation / (train + validation) if validation else 0.0

    @property
    def target_scale(self) -> tuple[float, float]:
        """``(mean, sd)``: a value of the network stands for mean + sd · value in the target's own unit."""
        return (self.points.target_scale if self.points else None) or (0.0, 1.0)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the data's input columns, 1 to 64."""
        found: tuple[str, ...] = SETS[self.dataset.name].inputs(self.dataset, self.points)
        return found

    @property
    def inputs(self) -> tuple[str, ...]:
        """What the network is shown: the features of two columns, or the columns themselves where there are more, or
        one."""
        columns = self.columns
        return self.features if len(columns) == 2 else columns

    @property
    def n_inputs(self) -> int:
        """Units of the input layer."""
        return len(self.inputs)

    @property
    def held_out(self) -> float:
        """The share of the training points that is held out as the validation part."""
        return self.given_share or self.validation_fraction
