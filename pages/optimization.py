"""The chapter on optimization (curriculum 5)."""

from playground.ui import sections

sections.draw("optimization")
