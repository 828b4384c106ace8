"""Chapter: hyper-parameters. How to choose the settings that training does not find by itself."""

from playground.ui import sections

sections.draw("tuning")
