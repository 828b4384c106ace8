"""Chapter: preprocessing and normalization (curriculum 3 and 6)."""

from playground.ui import chapter
from playground.ui.labs import (
    normalization_modes,
    normalization_preprocessing,
    normalization_stages,
    normalization_sweeps,
    normalization_training,
)

SECTIONS = {
    "preprocessing": (normalization_preprocessing.draw, normalization_preprocessing.draw_leak),
    "stages": (normalization_stages.draw,),
    "training": (normalization_training.draw,),
    "robust": (normalization_sweeps.draw_scale, normalization_sweeps.draw_rate),
    "batches": (normalization_sweeps.draw_batches, normalization_modes.draw),
    "effect": (normalization_modes.draw_regularizing, normalization_modes.draw_cost),
}
"""The experiments of each section; only the open section computes."""

chapter.draw("normalization", SECTIONS)
