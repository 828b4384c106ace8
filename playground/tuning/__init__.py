"""Choosing hyper-parameters: many short runs over ranges of settings, and the search for a learning rate."""

from playground.tuning.range_test import lr_range_test
from playground.tuning.study import Study
from playground.tuning.sweep import sweep
from playground.tuning.tune import tune

__all__ = ["Study", "lr_range_test", "sweep", "tune"]
