"""The probe: layers, slopes, gradients and statistics against the engine and against plain arithmetic."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from playground.engine.probe import (
    LayerValues,
    Probe,
    confusion,
    dead_units,
    gradient_norms,
    histogram,
    layer_statistics,
    sample_rows,
    saturated_units,
    unit_statistics,
)
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.techniques import ACTIVATIONS, LOSSES

THREE_BLOBS = {"name": "blobs", "classes": 3}


def _trained(**fields: Any) -> tuple[Trainer, Probe]:
    given = {"n_samples": 60, "hidden": (5, 4), "engine": "reference", "device": "cpu", **fields}
    trainer = Trainer(Experiment(**given))
    trainer.run(epochs=3)
    probe = Probe(trainer.experiment)
    probe.load(trainer.engine.state())
    return trainer, probe


@pytest.mark.parametrize("normalization", ["none", "batch_norm", "layer_norm"])
@pytest.mark.parametrize("activation", ["tanh", "prelu", "maxout"])
def test_layers_are_those_of_the_engine(activation: str, normalization: str) -> None:
    trainer, probe = _trained(activation=activation, normalization=normalization, dropout=0.2)
    layers, scores = probe.layers(trainer.data.F_test)
    *hidden, last = trainer.engine.forward(trainer.data.F_test)
    for layer, h in zip(layers, hidden, strict=True):
        np.testing.assert_allclose(layer.h, h, atol=1e-6)
    np.testing.assert_allclose(scores, last, atol=1e-6)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_slopes_are_those_of_finite_differences(name: str) -> None:
    trainer, probe = _trained(activation=name)
    layers, _ = probe.layers(trainer.data.F_test)
    for layer, block in zip(layers, probe.network.hidden, strict=True):
        if ACTIVATIONS[name].pieces(trainer.experiment.activations[0]) > 1:
            assert (layer.slope == 1).all()
            continue
        z = torch.tensor(layer.z, dtype=torch.float64)

        def forward(z: torch.Tensor, block: Any = block) -> torch.Tensor:
            if block.prelu is not None:
                return torch.where(z > 0, z, z * block.slope.detach())
            return block.technique.forward(z, block.activation)

        step = 1e-6
        difference = (forward(z + step) - forward(z - step)) / (2 * step)
        smooth = np.abs(layer.z) > 1e-4  # not across a kink
        np.testing.assert_allclose(layer.slope[smooth], difference.numpy()[smooth], atol=1e-4)


@pytest.mark.parametrize("fields", [{}, {"dataset": THREE_BLOBS}, {"dataset": "plane", "loss": "huber"}])
def test_gradients_are_those_of_the_reference_engine(fields: dict[str, Any]) -> None:
    trainer, probe = _trained(**fields)
    engine, data = trainer.engine, trainer.data
    rows = torch.arange(len(data.F_train))
    _, loss = engine.batch_loss(engine.batch(rows, None, 0))  # type: ignore[attr-defined]
    expected = engine.fill_gradient(loss).detach().numpy()  # type: ignore[attr-defined]
    found = probe.gradients(data.F_train, data.y_train)
    np.testing.assert_allclose(found, expected, atol=1e-6)
    norms = gradient_norms(probe.layout, found)
    weights = [block.view(expected) for block in probe.layout.parameters if block.kind == "weight"]
    np.testing.assert_allclose(norms, [np.sqrt((w**2).sum()) for w in weights], rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("name", LOSSES)
def test_losses_of_rows_average_to_the_history(name: str) -> None:
    for task in LOSSES[name].tasks:
        dataset = {"binary": "circle", "multiclass": THREE_BLOBS, "regression": "plane"}[task]
        trainer, probe = _trained(dataset=dataset, loss=name)
        _, scores = probe.layers(trainer.data.F_train)
        losses = probe.loss(scores, trainer.data.y_train)
        assert losses.mean() == pytest.approx(trainer.history.last()["loss_train"], rel=1e-5)


def _layer(h: list[list[float]], slope: list[list[float]]) -> LayerValues:
    return LayerValues(np.array(h), np.array(h), np.array(slope))


def test_dead_and_saturated_units() -> None:
    # units: dead ReLU; tanh at its end, slope rounded to 0; nearly flat on all rows; flat on half; alive
    h = [[0.0, 1.0, 0.999, 0.999, 0.3], [0.0, 1.0, -0.999, 0.1, 0.0]]
    slope = [[0.0, 0.0, 0.002, 0.002, 0.9], [0.0, 0.0, 0.002, 0.99, 0.0]]
    layer = _layer(h, slope)
    assert dead_units(layer).tolist() == [True, False, False, False, False]
    assert saturated_units(layer).tolist() == [False, True, True, False, False]
    inputs, scores = np.array([[1.0], [3.0]]), np.array([[-1.0], [0.0]])
    table = unit_statistics([layer], inputs, scores)
    assert table.shape == (7, 4)
    assert table[:, 3].tolist() == [0, 1, 2, 2, 0, 0, 0]
    assert table[0].tolist() == [2.0, 1.0, 3.0, 0.0]
    assert table[-1].tolist() == [-0.5, -1.0, 0.0, 0.0]


def test_layer_statistics_tell_scales_and_shares() -> None:
    trainer, probe = _trained(activation="prelu", normalization="batch_norm", init="zeros")
    layers, _ = probe.layers(trainer.data.F_train)
    first, second, output = layer_statistics(probe, trainer.engine.state(), layers)
    assert first["share_zero"] == 1.0
    assert len(first["gamma"]) == len(first["beta"]) == 5
    assert len(second["slope"]) == 1
    assert "z_hist" not in output
    assert sum(first["z_hist"]["counts"]) == layers[0].z.size


def test_histogram_ignores_what_is_not_finite() -> None:
    found = histogram(np.array([0.0, 1.0, np.nan, np.inf]))
    assert sum(found["counts"]) == 2
    assert found["edges"][0] == 0.0
    assert found["edges"][-1] == 1.0
    assert histogram(np.array([np.nan]))["counts"] == [0]
    assert sum(histogram(np.full(5, 2.0))["counts"]) == 5


def test_confusion_counts_rows_by_true_and_predicted_class() -> None:
    assert confusion(np.array([[-1.0], [2.0], [3.0]]), np.array([0.0, 0.0, 1.0]), 2) == [[1, 1], [0, 1]]
    scores = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 5.0]])
    assert confusion(scores, np.array([0, 1]), 3) == [[1, 0, 0], [0, 0, 1], [0, 0, 0]]


def test_sampled_rows_are_spread_evenly() -> None:
    trainer, _ = _trained(n_samples=1500, train_fraction=0.8)
    F, y = sample_rows(trainer.data)
    assert len(F) == len(y) == 240  # every fifth of 1200
    np.testing.assert_array_equal(F[1], trainer.data.F_train[5])
