"""Chapter: generalization. From the training points to all others."""

from playground.ui import sections

sections.draw("generalization")
