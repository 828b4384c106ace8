"""Chapter: initial weights. What the first weights decide, one experiment a section."""

from playground.ui import chapter
from playground.ui.labs import (
    initialization_layers,
    initialization_pretraining,
    initialization_race,
    initialization_scale,
    initialization_symmetry,
)

SECTIONS = {
    "layers": (initialization_layers.draw,),
    "symmetry": (initialization_symmetry.draw,),
    "race": (initialization_race.draw,),
    "scale": (initialization_scale.draw,),
    "pretraining": (initialization_pretraining.draw,),
}
"""The experiments of each section; only the open section computes."""

chapter.draw("initialization", SECTIONS)
