"""A network's weights as a file that the exported script's ``model`` loads as it is."""

from __future__ import annotations

from playground.engine.plan import State
from playground.engine.weights import named
from playground.experiment import Experiment
from playground.export.model_code import script_names
from playground.layout import Layout


def weights_file(experiment: Experiment, state: State) -> bytes:
    """Parameters and running statistics in safetensors' form, named as in the script, the experiment as metadata."""
    from safetensors.numpy import save

    names = script_names(experiment)
    tensors = {names[name]: values for name, values in named(state, Layout.of(experiment)).items()}
    return save(tensors, metadata={"experiment": experiment.to_json()})
