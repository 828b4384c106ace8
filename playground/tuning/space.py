"""Where a search looks, and how: the ranges of fields as Optuna's distributions, its samplers and its pruners."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from playground.experiment import Experiment
from playground.registry import InvalidValue

if TYPE_CHECKING:
    import optuna

GRID_POINTS = 10_000
"""Points that a grid may have: the sampler holds them all, and their number doubles with each further field."""
Field = tuple[Any, ...] | list[Any]
"""``(low, high)`` or ``(low, high, "log")`` is a range, a list a choice."""


def samplers() -> dict[str, Callable[[Ranges, int, int], optuna.samplers.BaseSampler]]:
    """What makes each of Optuna's samplers, from the ranges, the number of trials and a seed."""
    from optuna import samplers as kinds

    return {
        "random": lambda ranges, trials, seed: kinds.RandomSampler(seed=seed),
        "grid": lambda ranges, trials, seed: _grid_sampler(grid(ranges, trials), seed),
        "qmc": lambda ranges, trials, seed: _qmc(seed),
        "tpe": lambda ranges, trials, seed: kinds.TPESampler(seed=seed),
        "gp": lambda ranges, trials, seed: _gp(seed),
        "cmaes": lambda ranges, trials, seed: kinds.CmaEsSampler(seed=seed, warn_independent_sampling=False),
    }


def trials_of(sampler: str, ranges: Ranges, trials: int) -> int:
    """How many of so many trials there are: a grid ends with its points."""
    return min(trials, math.prod(map(len, grid(ranges, trials).values()))) if sampler == "grid" else trials


def _grid_sampler(points: dict[str, list[Any]], seed: int) -> optuna.samplers.BaseSampler:
    from optuna.samplers import GridSampler

    class Grid(GridSampler):
        """After its last point it ends the study. Where trials are asked for and told one by one nothing is under way
        that it could end, which Optuna refuses; who asks knows by ``trials_of``."""

        def after_trial(self, *told: Any) -> None:
            with suppress(RuntimeError):
                super().after_trial(*told)

    return Grid(points, seed=seed)


def _qmc(seed: int) -> optuna.samplers.BaseSampler:
    from optuna.exceptions import ExperimentalWarning
    from optuna.samplers import QMCSampler

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)  # it is called that since 2022
        return QMCSampler(scramble=True, seed=seed, warn_independent_sampling=False)


def _gp(seed: int) -> optuna.samplers.BaseSampler:
    from playground.tuning.gaussian import GPSampler

    return GPSampler(seed=seed, warn_independent_sampling=False)


def pruners() -> dict[str, Callable[[int], optuna.pruners.BasePruner]]:
    """What makes each of Optuna's pruners, from the epochs of a trial."""
    from optuna import pruners as kinds

    return {
        "none": lambda epochs: kinds.NopPruner(),
        "median": lambda epochs: kinds.MedianPruner(n_startup_trials=5),
        "hyperband": lambda epochs: kinds.HyperbandPruner(min_resource=1, max_resource=max(1, epochs)),
    }


Ranges = Mapping[str, "Values"]


@dataclass(frozen=True)
class Values:
    """What a field may be.

    Args:
        low, high: ends of a range; None for a choice.
        log: whether the range is logarithmic.
        choices: by what each is called.
    """

    low: float | None = None
    high: float | None = None
    log: bool = False
    choices: Mapping[str, Any] | None = None

    def suggest(self, trial: optuna.Trial, name: str) -> Any:
        """What the sampler chooses for a trial."""
        if self.choices is not None:
            return self.choices[trial.suggest_categorical(name, list(self.choices))]
        assert self.low is not None
        assert self.high is not None
        if isinstance(self.low, int) and isinstance(self.high, int):
            return trial.suggest_int(name, self.low, self.high, log=self.log)
        return trial.suggest_float(name, self.low, self.high, log=self.log)


def checked(experiment: Experiment, space: Mapping[str, Field]) -> dict[str, Values]:
    """The space, checked: every end of a range and every choice is a value that the experiment takes."""
    if not space:
        raise InvalidValue("space", "tuning.space", space)
    found = {}
    for name, given in space.items():
        if isinstance(given, list):
            if not given:
                raise InvalidValue(name, "tuning.empty", given)
            for value in given:
                experiment.replace(**{name: value})
            found[name] = Values(choices={str(value): value for value in given})
            continue
        numbers = isinstance(given, tuple) and len(given) in (2, 3) and given[2:] in ((), ("log",))
        if not numbers or any(isinstance(v, bool) or not isinstance(v, (int, float)) for v in given[:2]):
            raise InvalidValue(name, "tuning.field", given)
        low, high, log = given[0], given[1], len(given) == 3
        for value in (low, high):
            experiment.replace(**{name: value})
        if not low < high or (log and low <= 0):
            raise InvalidValue(name, "tuning.field", given)
        found[name] = Values(low, high, log)
    return found


def grid(ranges: Ranges, trials: int) -> dict[str, list[Any]]:
    """As many values of each field as make a grid of at least so many points.

    Raises:
        InvalidValue: it would have more than ``GRID_POINTS``.
    """
    spans = [name for name, values in ranges.items() if values.choices is None]
    fixed = math.prod(len(values.choices) for values in ranges.values() if values.choices is not None)
    side = max(2, math.ceil((trials / fixed) ** (1 / len(spans)) - 1e-9)) if spans else 1
    found: dict[str, list[Any]] = {}
    for name, values in ranges.items():
        if values.choices is not None:
            found[name] = list(values.choices)
            continue
        assert values.low is not None
        assert values.high is not None
        spaced = np.geomspace if values.log else np.linspace
        points = spaced(values.low, values.high, side)
        whole = isinstance(values.low, int) and isinstance(values.high, int)
        found[name] = sorted({round(float(p)) for p in points}) if whole else [float(p) for p in points]
    count = math.prod(map(len, found.values()))
    if count > GRID_POINTS:
        raise InvalidValue("sampler", "tuning.grid_points", count, most=f"{GRID_POINTS:,}")
    return found
