"""The chapter on initial weights (curriculum 4)."""

from playground.ui import sections

sections.draw("initialization")
