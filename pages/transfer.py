"""Chapter: transfer. What a network that was trained on many pictures is worth for a task with few."""

from playground.ui import sections

sections.draw("transfer")
