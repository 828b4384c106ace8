"""The file of a network's weights: the exported script's ``model`` loads it as it is, and so does a run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load
from test_export import CASES

from playground.data import prepare
from playground.engine import weights
from playground.engine.trainer import Trainer
from playground.engine.weights import named
from playground.experiment import Experiment
from playground.export import weights_file
from playground.export.sections import sections
from playground.model import Network

KINDS = {
    (e.hidden, e.activations, e.normalization, e.skips, e.dropouts, e.drop_rates, e.dropconnect > 0): e
    for e, _ in CASES.values()
}
"""An experiment for each kind of network among the cases."""


def _model(experiment: Experiment) -> Any:
    """The script's ``model`` before it is trained."""
    found: dict[str, Any] = {}
    for section in sections(experiment, 1):
        if section.key not in ("loss", "optimizer", "training") and not section.key.startswith(
            ("evaluation", "result")
        ):
            exec(compile(section.code, "script.py", "exec"), found)
    return found["model"]


@pytest.mark.parametrize("experiment", KINDS.values(), ids=[str(i) for i in range(len(KINDS))])
def test_the_scripts_model_loads_the_file_and_a_run_takes_it_back(experiment: Experiment) -> None:
    trainer = Trainer(experiment.replace(engine="reference", device="cpu"))
    trainer.run(epochs=1)
    state = trainer.engine.state()
    file = weights_file(trainer.experiment, state)
    network, model = Network(experiment), _model(experiment)
    model.load_state_dict({name: torch.tensor(values) for name, values in load(file).items()})
    own = named(state, trainer.engine.layout)
    network.load_state_dict({name: torch.tensor(v) for name, v in own.items()}, strict=False)
    inputs = torch.tensor(prepare(experiment).F_train)
    with torch.no_grad():
        torch.testing.assert_close(model.eval()(inputs), network.eval()(inputs))

    other = Trainer(experiment.replace(engine="reference", device="cpu", init_seed=7))
    other.set_weights(weights.read(file))
    np.testing.assert_array_equal(other.engine.state().params, state.params)
    np.testing.assert_array_equal(other.engine.state().buffers, state.buffers)
    saved = {name: values.numpy() for name, values in model.state_dict().items()}
    other.set_weights(saved)  # with the counter of batches that PyTorch keeps besides
    np.testing.assert_array_equal(other.engine.state().params, state.params)
