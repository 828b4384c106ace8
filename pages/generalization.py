"""Chapter: generalization. From the training points to all others, one experiment a section."""

from playground.ui import chapter
from playground.ui.labs import (
    generalization_bias,
    generalization_dropout,
    generalization_ensembles,
    generalization_noise,
    generalization_penalties,
    generalization_reading,
    generalization_size,
    generalization_stopping,
)

SECTIONS = {
    "bias": (generalization_bias.draw,),
    "reading": (generalization_reading.draw,),
    "penalties": (generalization_penalties.draw,),
    "dropout": (generalization_dropout.draw,),
    "noise": (generalization_noise.draw,),
    "stopping": (generalization_stopping.draw,),
    "ensembles": (generalization_ensembles.draw,),
    "size": (generalization_size.draw,),
}
"""The experiments of each section; only the open section computes."""

chapter.draw("generalization", SECTIONS)
