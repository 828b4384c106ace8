"""A playground for learning how neural networks are trained.

The names below are the Python API; they load on first use, so that importing the package is cheap.

Example:
    >>> from playground import Experiment, train
    >>> history = train(Experiment(dataset="moons", learning_rate=0.1), epochs=20)
    >>> list(history.frame().columns)
    ['epoch', 'step', 'split', 'loss', 'accuracy', 'learning_rate']
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playground.columns import importance, importance_over, partial_dependence
    from playground.data.reading import Table, read_table
    from playground.engine.history import History
    from playground.engine.replay import take_again
    from playground.engine.run_log import RunLog
    from playground.experiment import Experiment
    from playground.images.experiment import ImageExperiment
    from playground.races.api import race
    from playground.races.race import Race
    from playground.registry import InvalidValue
    from playground.simpler import baselines
    from playground.training import Trainer, train
    from playground.tuning.range_test import lr_range_test
    from playground.tuning.sweep import sweep
    from playground.tuning.tune import tune

__all__ = [
    "Experiment",
    "History",
    "ImageExperiment",
    "InvalidValue",
    "Race",
    "RunLog",
    "Table",
    "Trainer",
    "baselines",
    "importance",
    "importance_over",
    "lr_range_test",
    "partial_dependence",
    "race",
    "read_table",
    "sweep",
    "take_again",
    "train",
    "tune",
]

_HOMES = {
    "Experiment": "playground.experiment",
    "History": "playground.engine.history",
    "ImageExperiment": "playground.images.experiment",
    "InvalidValue": "playground.registry",
    "Race": "playground.races.race",
    "RunLog": "playground.engine.run_log",
    "Table": "playground.data.reading",
    "Trainer": "playground.training",
    "baselines": "playground.simpler",
    "importance": "playground.columns",
    "importance_over": "playground.columns",
    "lr_range_test": "playground.tuning.range_test",
    "partial_dependence": "playground.columns",
    "race": "playground.races.api",
    "read_table": "playground.data.reading",
    "sweep": "playground.tuning.sweep",
    "take_again": "playground.engine.replay",
    "train": "playground.training",
    "tune": "playground.tuning.tune",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'playground' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
