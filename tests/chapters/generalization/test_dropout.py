"""Dropout, DropConnect and stochastic depth."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from playground.chapters import sections
from playground.chapters.generalization import average, depth, dropout, runs, scaling
from playground.engine.noise import NoiseSource

T = runs.Treatment


def test_masks_keep_their_share_and_thin_the_network() -> None:
    experiment = runs.SMALL.replace(hidden=(40, 30), dropout=(0.3, 0.0))
    first, second = dropout.masks(experiment, 500)
    assert first.shape == (500, 40)
    assert first.mean() == pytest.approx(0.7, abs=0.01)
    assert second.all()
    found = dropout.thinned(runs.SMALL.replace(hidden=(6, 5), dropout=0.5))
    assert found.of == 2 * 6 + 6 * 5 + 5
    for sample, left in enumerate(found.left, start=1):
        kept = found.units[(found.units["sample"] == sample) & found.units["kept"]].groupby("x").size()
        a, b = kept.get(1.0, 0), kept.get(2.0, 0)
        assert left == 2 * a + a * b + b


@pytest.mark.parametrize("rate", [0.2, 0.5, 0.8])
def test_both_scalings_agree_in_expectation(rate: float) -> None:
    found = scaling.scaling(rate, 20_000)
    table = found.table
    np.testing.assert_allclose(table["classic_train"], table["classic_test"], rtol=0.06)
    np.testing.assert_allclose(table["inverted_train"], table["inverted_test"], rtol=0.06)
    assert max(found.off) < 4 * found.expected
    many = [scaling.scaling(rate, 100, seed=seed) for seed in range(100)]
    expected = np.sqrt(np.mean([one.expected**2 for one in many]))
    assert np.sqrt(np.mean([one.off[1] ** 2 for one in many])) == pytest.approx(expected, rel=0.3)
    last = found.running[found.running["masks"] == 20_000]
    np.testing.assert_allclose(last["mean"], last["goal"], rtol=0.03)


def test_one_layer_averages_to_the_evaluation_scores_exactly() -> None:
    # Scores are linear in the one hidden layer, so their mean over all 2⁴ masks is the evaluation score.
    trainer = runs.trained(runs.SMALL.replace(hidden=(4,), dropout=0.5), 20)
    x = torch.tensor(trainer.data.F_train)
    network = runs.network_of(trainer)
    h, score = (torch.from_numpy(np.asarray(v)) for v in trainer.engine.forward(trainer.data.F_train))
    total = torch.zeros(len(x))
    for code in range(16):
        mask = torch.tensor([[code >> i & 1 for i in range(4)]]) * 2.0
        total += network.output(h * mask)[:, 0].detach() / 16
    torch.testing.assert_close(total, score[:, 0], atol=1e-5, rtol=1e-4)


def test_the_average_over_masks_is_near_evaluation_and_unsure_at_the_boundary() -> None:
    section = sections["generalization/average"]
    found = section.run(dataset="moons", rate=0.3, epochs=200)
    assert found.disagreement < 0.08
    assert found.accuracies["average"] > found.accuracies["thinned"] - 0.005
    near, far = found.spreads
    assert near > 1.3 * far
    assert set(found.boundaries()["kind"]) == {"thinned", "average", "evaluation"}


def test_masks_asked_in_slices_are_those_asked_at_once() -> None:
    trainer = runs.trained(runs.SMALL.replace(dropout=0.5), 5)
    X, _ = runs.fresh(runs.SMALL, 20)
    found = average.masked_probabilities(trainer, X, 4, seed=3)
    assert found.shape == (4, 20)
    np.testing.assert_array_equal(found[:2], average.masked_probabilities(trainer, X, 2, seed=3))


def test_half_of_the_units_close_the_gap_and_a_fifth_cannot_learn() -> None:
    section = sections["generalization/rates"]
    table = section.run(connect=True, seeds=4, epochs=200)
    assert set(table["treatment"]) == {"none", "dropout 0.2", "dropout 0.5", "dropout 0.8", "dropconnect"}
    means = table.groupby("treatment")[["gap", "accuracy_train"]].mean()
    assert means.loc["dropconnect", "gap"] < means.loc["none", "gap"]
    assert means.loc["dropout 0.8", "accuracy_train"] < means.loc["dropout 0.2", "accuracy_train"]


def test_drawn_blocks_are_those_that_training_keeps() -> None:
    deep = depth.RESIDUAL.replace(stochastic_depth=0.7)
    frame = depth.blocks_frame(deep, 4000)
    expected = [1 - block / 7 * 0.7 for block in range(1, 8)]  # in a line from block to block
    np.testing.assert_allclose(frame.groupby("block")["kept"].mean(), expected, atol=0.03)
    # Training draws the same chances, step by step, whatever else it drops.
    source = NoiseSource(deep.replace(dropout=0.3))
    for step in range(1, 4):
        drawn = source.draw(np.array([10])).blocks
        kept = drawn >= np.array([rate for rate in deep.drop_rates if rate], np.float32)
        assert frame.loc[frame["step"] == step, "kept"].tolist() == kept.tolist()


@pytest.mark.parametrize("dataset", ["moons", "circle"])
def test_stochastic_depth_narrows_the_gap(dataset: str) -> None:
    base = depth.RESIDUAL.replace(dataset=dataset, noise=0.3 if dataset == "moons" else 0.1)
    *_, (share, table) = runs.compare(base, [T("stochastic_depth", 0.5)], 300, 6)
    assert share == 1
    found = runs.summary(table).set_index("treatment")
    assert found.loc["stochastic_depth", "gap"] < found.loc["none", "gap"] - 0.03
    assert found.loc["stochastic_depth", "loss_test"] < 0.8 * found.loc["none", "loss_test"]
    assert found.loc["stochastic_depth", "gain"] > 0
