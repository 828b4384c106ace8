"""Choosing hyper-parameters: many short runs over ranges of settings, and the search for a learning rate."""

from playground.tuning.range_test import lr_range_test
from playground.tuning.sweep import sweep

__all__ = ["lr_range_test", "sweep"]
