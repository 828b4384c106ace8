"""Weights by name: out of a run and back, out of an exported script's model, and what does not fit."""

from __future__ import annotations

import numpy as np
import pytest
from safetensors.numpy import save

from playground import Experiment, InvalidValue, Trainer
from playground.engine import weights
from playground.model import build

NETWORK = Experiment(
    hidden=(4, 3), n_samples=60, normalization="batch_norm", activation="prelu", device="cpu"
)


def test_the_weights_of_a_run_go_into_another(auto: str) -> None:
    trained, other = Trainer(NETWORK), Trainer(NETWORK.replace(init_seed=9))
    trained.run(epochs=3)
    found = weights.named(trained.engine.state(), trained.engine.layout)
    other.set_weights(weights.read(save(found)))
    assert other.engine.metrics() == pytest.approx(trained.engine.metrics(), rel=1e-5, nan_ok=True)
    other.run(epochs=1)
    assert other.status == "running"


def test_the_weights_of_pytorchs_model_fit(auto: str) -> None:
    network = build(NETWORK.replace(init_seed=5))
    tensors = {
        name: value.numpy() for name, value in network.state_dict().items() if "num_batches" not in name
    }
    trainer = Trainer(NETWORK)
    trainer.set_weights(tensors)
    assert trainer.engine.metrics() == pytest.approx(
        Trainer(NETWORK.replace(init_seed=5)).engine.metrics(), rel=1e-5, nan_ok=True
    )


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (lambda found, name: found.pop(name), "weights.missing"),
        (lambda found, name: found.update({name: found[name][:1]}), "weights.shape"),
        (lambda found, name: found.update({name: found[name] * np.nan}), "weights.finite"),
        (lambda found, name: found.update({name: found[name].astype(int)}), "weights.finite"),
        (lambda found, name: found.update({"nobody": found[name]}), "weights.known"),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(change, key: str) -> None:
    trainer = Trainer(NETWORK)
    before = trainer.engine.state().params.copy()
    found = weights.named(trainer.engine.state(), trainer.engine.layout)
    change(found, next(iter(found)))
    with pytest.raises(InvalidValue) as refused:
        trainer.set_weights(found)
    assert refused.value.key == key
    assert (trainer.engine.state().params == before).all()


@pytest.mark.parametrize("data", [b"", b"nothing", b"\xff" * 100, (10**9).to_bytes(8, "little") + b"{}"])
def test_what_is_no_safetensors_file_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidValue) as refused:
        weights.read(data)
    assert refused.value.key == "weights.file"
    with pytest.raises(InvalidValue) as refused:
        weights.read(bytes(weights.MOST_BYTES + 1))
    assert refused.value.key == "weights.size"
