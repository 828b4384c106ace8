"""Every family of techniques, in the reference page's order: the list that reference, README and export walk."""

from __future__ import annotations

from typing import Any

from playground.data import DATASETS, FEATURES, PREPROCESSINGS, SPLITS
from playground.registry import Registry
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

FAMILIES: dict[str, Registry[Any]] = {
    registry.family: registry
    for registry in (
        ACTIVATIONS,
        INITIALIZERS,
        NORMALIZATIONS,
        SKIPS,
        LOSSES,
        WEIGHTINGS,
        OPTIMIZERS,
        SCHEDULES,
        CLIPPINGS,
        REGULARIZERS,
        STOPPINGS,
        DATASETS,
        SPLITS,
        FEATURES,
        PREPROCESSINGS,
    )
}
