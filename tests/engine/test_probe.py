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
    health,
    histogram,
    layer_statistics,
    sample_rows,
    saturated_units,
    unit_statistics,
)
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.techniques import ACTIVATIONS, LOSSES, NORMALIZATIONS

THREE_BLOBS = {"name": "blobs", "classes": 3}
DATA_OF = {"binary": "circle", "multiclass": THREE_BLOBS, "regression": "plane"}


def _trained(**fields: Any) -> tuple[Trainer, Probe]:
    given = {"n_samples": 60, "hidden": (5, 4), "engine": "reference", "device": "cpu", **fields}
    trainer = Trainer(Experiment(**given))
    trainer.run(epochs=3)
    probe = Probe(trainer.experiment)
    probe.look_at(trainer.engine.state())
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


BOTH_WAYS: list[dict[str, Any]] = [
    *({"activation": name, "normalization": "none"} for name in ACTIVATIONS),
    {"activation": "prelu", "normalization": "batch_norm"},
    {"activation": "gelu", "normalization": "layer_norm"},
    {"activation": {"name": "maxout", "pieces": 3}, "normalization": "batch_norm"},
    {"activation": {"name": "maxout", "pieces": 3}, "normalization": "layer_norm"},
    {"activation": ("prelu", {"name": "maxout", "pieces": 4}), "dropout": (0.3, 0.0)},
    *({"loss": name, "dataset": DATA_OF[task]} for name in LOSSES for task in LOSSES[name].tasks),
    *({"normalization": name, "batch_size": 7} for name in NORMALIZATIONS),
    {"l1": 0.1, "l2": 0.2, "weight_decay": 0.1, "clipping": "norm"},
    {"dropout": 0.4, "dropconnect": 0.3, "input_noise": 0.5, "mixup": 0.5},
    {"label_smoothing": 0.3},
    {"label_smoothing": 0.3, "dataset": THREE_BLOBS},
    {"skip": "residual", "hidden": (5, 5, 5), "stochastic_depth": 0.5, "dropout": 0.2},
    {"hidden": ()},
    {"hidden": (33, 1, 18), "activation": "relu", "init": "zeros"},
]


@pytest.mark.parametrize("fields", BOTH_WAYS, ids=lambda f: "-".join(map(str, f.values()))[:60])
def test_the_compiled_engine_shows_what_pytorch_shows(fields: dict[str, Any]) -> None:
    trainer, _ = _trained(**{"engine": "fused", "n_samples": 150, **fields})
    copy, live = Probe(trainer.experiment), Probe(trainer.experiment)
    copy.look_at(trainer.engine.state())
    live.look(trainer.engine)
    F, y = sample_rows(trainer.data)
    expected, found = copy.activations(F, y), live.activations(F, y)
    assert live._network is None  # nothing of it came from PyTorch
    near = {"rtol": 1e-4, "atol": 1e-5}
    for theirs, ours in zip(expected.layers, found.layers, strict=True):
        assert (ours.z.shape, ours.h.shape, ours.slope.shape) == (
            theirs.z.shape,
            theirs.h.shape,
            theirs.slope.shape,
        )
        np.testing.assert_allclose(ours.z, theirs.z, **near)
        np.testing.assert_allclose(ours.h, theirs.h, **near)
        at_kink = np.abs(theirs.z) < 1e-5 if ours.h.shape == ours.z.shape else np.zeros(ours.h.shape, bool)
        if not (theirs.z == 0).all():
            np.testing.assert_allclose(ours.slope[~at_kink], theirs.slope[~at_kink], **near)
    np.testing.assert_allclose(found.scores, expected.scores, **near)
    np.testing.assert_allclose(found.gradient, expected.gradient, rtol=1e-3, atol=1e-5)
    np.testing.assert_array_equal(health(found.layers), health(expected.layers))
    layers, scores = live.layers(F)
    np.testing.assert_array_equal(scores, found.scores)
    np.testing.assert_array_equal(live.gradients(F, y), found.gradient)
    for again, first in zip(layers, found.layers, strict=True):
        np.testing.assert_array_equal(again.slope, first.slope)
    one, _ = live.layers(F[:1])
    assert [layer.h.shape for layer in one] == [(1, n) for n in trainer.experiment.hidden]


def test_slopes_at_zero_are_pytorchs() -> None:
    for name in ACTIVATIONS:
        trainer = Trainer(Experiment(hidden=(5, 4), engine="fused", activation=name, init="zeros"))
        live, copy = Probe(trainer.experiment), Probe(trainer.experiment)
        live.look(trainer.engine)
        copy.look_at(trainer.engine.state())
        F = np.zeros((5, 2), np.float32)
        for ours, theirs in zip(live.layers(F)[0], copy.layers(F)[0], strict=True):
            np.testing.assert_array_equal(ours.z, theirs.z)
            np.testing.assert_allclose(ours.slope, theirs.slope, atol=1e-6, err_msg=name)


@pytest.mark.parametrize("engine", ["reference", "fused"])
def test_an_engine_is_seen_as_it_is_and_a_state_as_it_was(engine: str) -> None:
    trainer, _ = _trained(engine=engine)
    live, copy = Probe(trainer.experiment), Probe(trainer.experiment)
    live.look(trainer.engine)
    copy.look_at(trainer.engine.state())
    F = trainer.data.F_test
    before = copy.layers(F)[1]
    trainer.run(steps=5)
    np.testing.assert_array_equal(copy.layers(F)[1], before)
    assert not np.array_equal(live.layers(F)[1], before)


def test_looking_does_not_disturb_a_compiled_run() -> None:
    fields = {"engine": "fused", "normalization": "batch_norm", "dropout": 0.3, "optimizer": "adam"}
    alone, _ = _trained(**fields)
    seen, _ = _trained(**fields)
    probe = Probe(seen.experiment)
    probe.look(seen.engine)
    before = probe.layers(seen.data.F_test)[1]
    for _ in range(3):
        probe.activations(*sample_rows(seen.data))
        seen.run(steps=5)
    alone.run(steps=15)
    np.testing.assert_array_equal(seen.engine.state().params, alone.engine.state().params)
    np.testing.assert_array_equal(seen.engine.state().buffers, alone.engine.state().buffers)
    after = probe.layers(seen.data.F_test)[1]  # it goes along with the engine, as does the copy
    assert not np.array_equal(after, before)
    np.testing.assert_array_equal(after, seen.engine.forward(seen.data.F_test)[-1])
    with torch.no_grad():
        copied = probe.network(torch.tensor(seen.data.F_test)).numpy()
    np.testing.assert_allclose(copied, after, atol=1e-5)


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


def test_histogram_is_numpys() -> None:
    rng = np.random.default_rng(0)
    for shape in ((250, 8), (7,), (1, 1), (40, 3)):
        values = rng.standard_normal(shape).astype(np.float32)
        ends = float(values.min()), float(values.max())
        counts, edges = np.histogram(values.astype(np.float64), bins=24, range=ends)
        found = histogram(values.T)
        if values.size > 1:
            assert found["counts"] == counts.tolist()
            np.testing.assert_allclose(found["edges"], edges)
        else:
            assert sum(found["counts"]) == 1


def test_confusion_counts_rows_by_true_and_predicted_class() -> None:
    assert confusion(np.array([[-1.0], [2.0], [3.0]]), np.array([0.0, 0.0, 1.0]), 2) == [[1, 1], [0, 1]]
    scores = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 5.0]])
    assert confusion(scores, np.array([0, 1]), 3) == [[1, 0, 0], [0, 0, 1], [0, 0, 0]]


def test_sampled_rows_are_spread_evenly() -> None:
    trainer, _ = _trained(n_samples=1500, train_fraction=0.8)
    F, y = sample_rows(trainer.data)
    assert len(F) == len(y) == 240  # every fifth of 1200
    np.testing.assert_array_equal(F[1], trainer.data.F_train[5])


def test_a_dead_unit_of_a_residual_layer_passes_its_input_and_is_dead_all_the_same() -> None:
    experiment = Experiment(n_samples=60, hidden=(4, 4), activation="relu", skip=True, engine="fused")
    trainer, copy, live = Trainer(experiment), Probe(experiment), Probe(experiment)
    trainer.set_parameter(trainer.engine.layout.find("bias", 1).start, -1000.0)
    copy.look_at(trainer.engine.state())
    live.look(trainer.engine)
    for probe in (copy, live):
        first, second = probe.layers(trainer.data.F_train)[0]
        assert dead_units(second).tolist() == [True, False, False, False]
        np.testing.assert_array_equal(second.h[:, 0], first.h[:, 0])
        assert second.h[:, 0].any()
