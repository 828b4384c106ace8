"""From one neuron to a network, and its activations (curriculum 1 and 2)."""

from playground.ui import sections

sections.draw("activations")
