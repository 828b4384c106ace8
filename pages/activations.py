"""The chapter on activations and on the way from one neuron to a network (curriculum 1 and 2)."""

from playground.ui import chapter
from playground.ui.labs import (
    activations_approximation,
    activations_functions,
    activations_gradients,
    activations_neuron,
    activations_size,
    activations_speed,
    activations_units,
)

SECTIONS = {
    "functions": (activations_functions.draw, activations_functions.draw_cost),
    "gradients": (
        activations_gradients.draw,
        activations_gradients.draw_training,
        activations_gradients.draw_selu,
    ),
    "units": (activations_units.draw_dead, activations_units.draw_prelu),
    "zigzag": (activations_units.draw_zigzag,),
    "speed": (
        activations_speed.draw_iris,
        activations_speed.draw_convergence,
        activations_speed.draw_maxout,
    ),
    "approximation": (activations_approximation.draw, activations_approximation.draw_errors),
    "neuron": (activations_neuron.draw, activations_neuron.draw_linear),
    "step": (activations_size.draw, activations_size.draw_step),
}
"""The experiments of each section; only the open section computes."""

chapter.draw("activations", SECTIONS)
