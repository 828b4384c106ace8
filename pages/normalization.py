"""Chapter: preprocessing and normalization (curriculum 3 and 6)."""

from playground.ui import sections

sections.draw("normalization")
