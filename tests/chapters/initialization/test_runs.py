"""Symmetry, the race of schemes and the sweep over scale and depth, held to theory and to plain training."""

from __future__ import annotations

import math

import numpy as np
import pytest

from playground import Experiment, train
from playground.chapters.initialization import runs as lab
from playground.model import Layout
from playground.techniques import ACTIVATIONS, INITIALIZERS

XOR = Experiment(dataset="xor", hidden=(4, 3), activation="tanh", learning_rate=0.1)
DEEP = Experiment(dataset="circle", hidden=(12,) * 6, activation="relu", learning_rate=0.03)


def gradient_zeros(found: lab.Symmetry, kind: str) -> list[bool]:
    return found.gradients[found.gradients["kind"] == kind]["zero"].tolist()


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_zeros_give_hidden_weights_no_gradient_at_all(name: str) -> None:
    found = lab.symmetry(XOR.replace(init="zeros", activation=name), 3, looks=1)
    assert gradient_zeros(found, "weight")[:2] == [True, True]
    assert gradient_zeros(found, "bias")[:2] == [True, True]
    # The output's bias alone sees that the classes are not quite balanced.
    assert gradient_zeros(found, "bias")[2] is False


@pytest.mark.parametrize(("name", "zero"), [("tanh", True), ("relu", True), ("sigmoid", False)])
def test_with_zeros_the_output_learns_only_from_outputs_that_are_not_zero(name: str, zero: bool) -> None:
    # h = f(0) is the gradient's factor: 0 for tanh and ReLU, 1/2 for the sigmoid.
    found = lab.symmetry(XOR.replace(init="zeros", activation=name), 1, looks=1)
    assert gradient_zeros(found, "weight")[2] is zero


def test_zeros_stay_zero_with_tanh() -> None:
    found = lab.symmetry(XOR.replace(init="zeros"), 100)
    assert (found.weights["weight"] == 0).all()
    # The best that a constant score can do: the entropy of the class frequencies, at most ln 2.
    assert found.curve["loss"].iloc[-2] == pytest.approx(math.log(2), abs=0.02)


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "relu", "maxout", "prelu"])
@pytest.mark.parametrize("seed", [0, 1])
def test_units_that_start_alike_stay_alike(name: str, seed: int) -> None:
    found = lab.symmetry(XOR.replace(init="constant", activation=name, seed=seed), 100)
    assert (found.distinct["distinct"] == 1).all()
    # Not that they stood still.
    weights = found.weights.groupby("epoch")["weight"].mean()
    assert abs(weights.iloc[-1] - weights.iloc[0]) > 1e-3


def test_random_weights_and_a_nudge_tell_units_apart() -> None:
    random = lab.symmetry(XOR.replace(init="xavier_normal"), 20)
    assert random.distinct.groupby("layer")["distinct"].min().tolist() == [4, 3]
    nudged = lab.symmetry(XOR.replace(init="constant"), 100, nudge=0.01)
    assert (nudged.distinct.groupby("layer")["distinct"].max() == 2).all()


def test_gradients_are_those_of_a_finite_difference() -> None:
    experiment = XOR.replace(init="xavier_normal", hidden=(3,))
    frame = lab.symmetry(experiment, 1, looks=1).gradients
    data = lab.prepare(experiment)
    layout = Layout.of(experiment)
    params = np.concatenate([p.detach().numpy().ravel() for p in lab.build(experiment).parameters()])

    def loss(flat: np.ndarray) -> float:
        parts = [block.view(flat) for block in layout.parameters]
        h = np.tanh(data.F_train @ parts[0].T + parts[1])
        s = (h @ parts[2].T + parts[3])[:, 0]
        return float(np.mean(np.logaddexp(0, s) - s * data.y_train))

    slopes = []
    for i in range(len(params)):
        ends = []
        for step in (1e-5, -1e-5):
            moved = params.astype(np.float64)
            moved[i] += step
            ends.append(loss(moved))
        slopes.append((ends[0] - ends[1]) / 2e-5)
    for block, largest in zip(layout.parameters, frame["largest"], strict=True):
        assert largest == pytest.approx(np.abs(slopes[block.start : block.stop]).max(), rel=1e-3)


def test_distinct_units_are_counted() -> None:
    layout = Layout.of(XOR)
    params = np.zeros(layout.n_parameters, np.float32)
    weight = layout.find("weight", 0).view(params)
    weight[:] = [[1, 2], [1, 2], [1, 2.5], [1, 2 + 1e-7]]
    layout.find("bias", 1).view(params)[:] = [0, 0, 1]
    assert lab.distinct_units(layout, params)["distinct"].tolist() == [2, 2]


def test_a_race_is_a_set_of_plain_runs() -> None:
    inits = [INITIALIZERS[name].spec() for name in ("he_normal", "zeros")]
    *_, (share, table) = lab.race(DEEP, inits, 6, seeds=2, rounds=3)
    assert share == 1
    assert table.groupby(["init", "network"]).size().tolist() == [7] * 4
    alone = train(DEEP.replace(init="he_normal", init_seed=1), 6)
    raced = table[(table["init"] == "he_normal") & (table["network"] == 1)]
    np.testing.assert_allclose(raced["loss_train"], alone["loss_train"], rtol=1e-3)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_scheme_decides_whether_a_deep_network_learns(seed: int) -> None:
    names = ("he_normal", "xavier_normal", "small_normal", "zeros", "large_normal")
    inits = [INITIALIZERS[name].spec() for name in names]
    *_, (_, table) = lab.race(DEEP.replace(seed=seed), inits, 60, seeds=2)
    ranking = lab.ranking(table).set_index("init")
    assert ranking.loc["he_normal", "accuracy_test"] > 0.95
    for stuck in ("small_normal", "zeros"):
        assert ranking.loc[stuck, "loss_train"] == pytest.approx(math.log(2), abs=0.05)
    assert ranking.loc["large_normal", "loss_train"] > 10 * ranking.loc["he_normal", "loss_train"]


def test_with_one_layer_every_random_scheme_learns() -> None:
    shallow = DEEP.replace(hidden=(12,), learning_rate=0.1)
    inits = [INITIALIZERS[name].spec() for name in ("small_normal", "xavier_normal", "he_normal")]
    *_, (_, table) = lab.race(shallow, inits, 100, seeds=2)
    assert (lab.ranking(table)["accuracy_test"] > 0.9).all()


def test_the_band_of_trainable_scales_narrows_with_depth() -> None:
    stds = (0.01, 0.03, 0.1, 0.35, 1.0, 3.0)
    *_, (share, table) = lab.trainability(DEEP, stds, (1, 4, 8), 16, 40)
    assert share == 1
    assert len(table) == 18
    trained = table[table["accuracy"] > 0.95].groupby("depth")["std"].agg(["min", "max"])
    widths = np.log(trained["max"] / trained["min"])
    assert widths[1] > widths[4] >= widths[8]
    low, high = trained.loc[8]
    assert low <= lab.theory(16)["he_normal"] <= high + 0.01


def test_theory_is_the_rules() -> None:
    assert lab.theory(50) == pytest.approx(
        {"xavier_normal": math.sqrt(1 / 50), "he_normal": math.sqrt(2 / 50)}
    )


def test_long_runs_can_be_stopped_after_any_step() -> None:
    steps = lab.trainability(DEEP, (0.1, 0.3), (1, 2), 4, 2)
    share, table = next(steps)
    assert share == 0.25
    assert len(table) == 1
    steps.close()
