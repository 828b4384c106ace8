"""The stack against torch networks; vanishing gradients and SELU's fixed point as bands over seeds."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from playground.chapters import sections
from playground.chapters.activations import depth as lab
from playground.chapters.activations import gradients, parts
from playground.engine.population import Stack
from playground.experiment import Experiment
from playground.model import build
from playground.techniques import ACTIVATIONS, INITIALIZERS

XAVIER, HE, LECUN = (INITIALIZERS[name].spec() for name in ("xavier_normal", "he_normal", "lecun_normal"))
SIGMOID, TANH, RELU, SELU = (ACTIVATIONS[name].spec() for name in ("sigmoid", "tanh", "relu", "selu"))


@pytest.mark.parametrize("name", list(ACTIVATIONS))
def test_each_network_of_a_stack_is_the_playground_s(name: str) -> None:
    activation = ACTIVATIONS[name].spec()
    stack = Stack((2, 5, 4, 1), activation, [(HE, seed) for seed in (3, 8)])
    x, y, _, _ = lab.points()
    losses, gradients = stack.gradients(x, y, lab.CROSS_ENTROPY, "binary")
    for s, seed in enumerate((3, 8)):
        network = build(Experiment(hidden=(5, 4), activation=activation, init=HE, seed=seed))
        scores = network(x)[:, 0]
        loss = torch.nn.functional.binary_cross_entropy_with_logits(scores, y)
        loss.backward()
        assert float(losses[s]) == pytest.approx(loss.item(), rel=1e-5)
        linears = [*(layer.linear for layer in network.hidden), network.output]
        for k, linear in enumerate(linears):
            torch.testing.assert_close(gradients[k][s], linear.weight.grad, rtol=1e-4, atol=1e-6)
        if stack.slopes:
            for k, layer in enumerate(network.hidden):
                torch.testing.assert_close(gradients[-2 + k][s, 0], layer.slope.grad, rtol=1e-4, atol=1e-6)


def test_descending_is_sgd() -> None:
    stack = Stack((2, 3, 1), TANH, [(XAVIER, 0)])
    network = build(Experiment(hidden=(3,), activation="tanh", init="xavier_normal", seed=0))
    optimizer = torch.optim.SGD(network.parameters(), lr=0.2)
    x, y, _, _ = lab.points()
    for _ in range(5):
        _, gradients = stack.gradients(x, y, lab.CROSS_ENTROPY, "binary")
        stack.descend(gradients, 0.2)
        optimizer.zero_grad()
        torch.nn.functional.binary_cross_entropy_with_logits(network(x)[:, 0], y).backward()
        optimizer.step()
    torch.testing.assert_close(stack.weights[0][0], network.hidden[0].linear.weight)


def ratio(activation: object, init: object, depth: int) -> float:
    frame = lab.gradients_at_start([activation], init, depth)  # type: ignore[list-item, arg-type]
    norms = frame.loc[frame["measure"] == "signal", "norm"].to_numpy()
    assert len(norms) == depth
    return norms[0] / norms[-1]


def test_sigmoid_s_gradient_dies_out_and_relu_s_arrives() -> None:
    # A factor of at most 1/4 a layer, times a weight matrix of gain about 1.
    assert ratio(SIGMOID, XAVIER, 10) < 4.0**-8
    assert ratio(SIGMOID, XAVIER, 20) < ratio(SIGMOID, XAVIER, 10) * 1e-4
    assert 0.1 < ratio(RELU, HE, 10) < 10
    assert 0.1 < ratio(TANH, XAVIER, 10) < 10
    assert ratio(RELU, XAVIER, 20) < 0.05


def test_large_weights_explode() -> None:
    large = INITIALIZERS["large_normal"].spec()
    assert ratio(ACTIVATIONS["relu"].spec(), large, 10) > 100


def test_the_weights_measure_has_a_layer_more() -> None:
    frame = lab.gradients_at_start([TANH], XAVIER, 3)
    assert frame.groupby("measure")["layer"].max().to_dict() == {"signal": 3, "weights": 4}


def test_the_grid_names_every_pair() -> None:
    *_, (share, grid) = lab.survival_grid(4, 8, 1)
    assert share == 1
    assert len(grid) == len(ACTIVATIONS) * len(INITIALIZERS)
    assert grid.loc[grid["init"] == "zeros", "decades"].isna().all()
    table = grid.pivot(index="activation", columns="init", values="decades")
    assert table.loc["sigmoid", "xavier_normal"] < table.loc["relu", "he_normal"]


def test_six_sigmoid_layers_do_not_learn_and_relu_does() -> None:
    results = {}
    for activation, init in ((SIGMOID, XAVIER), (RELU, HE)):
        *_, (_, (norms, curve)) = lab.gradients_in_training(activation, init, 6, updates=150, seeds=3)
        results[activation.name] = curve.iloc[-1]
        assert {0, 1, 150} <= set(norms["update"])
    assert results["sigmoid"]["loss"] > 0.68
    assert results["relu"]["loss"] < 0.2
    assert results["relu"]["test"] > 0.95


def test_a_diverged_training_ends() -> None:
    *_, (share, (_, curve)) = lab.gradients_in_training(
        ACTIVATIONS["identity"].spec(), INITIALIZERS["large_normal"].spec(), 8, learning_rate=3.0, updates=60
    )
    assert share <= 1
    assert len(curve) >= 1


@pytest.mark.parametrize("seed", range(3))
def test_selu_keeps_its_fixed_point_and_relu_does_not(seed: int) -> None:
    frame = lab.moments_by_depth([SELU, RELU], LECUN, 20, 150, 300, seed)
    last = frame[frame["layer"] == 20].set_index("activation")
    assert abs(last.loc["selu", "mean"]) < 0.25
    assert 0.6 < last.loc["selu", "variance"] < 1.5
    assert last.loc["relu", "variance"] < 1e-4


def test_selu_pulls_other_variances_back() -> None:
    frame = lab.moments_by_depth([SELU], LECUN, 20, 150, 300, variance=2.5)
    assert abs(frame["variance"].iloc[-1] - 1) < abs(frame["variance"].iloc[1] - 1)


def test_selu_s_map_has_the_fixed_point() -> None:
    mean, variance = lab.selu_moments(0, 1)
    assert (mean, variance) == pytest.approx((0, 1), abs=1e-4)
    assert np.isfinite(lab.selu_moments(0.5, 2)).all()


def test_gradients_start_from_the_weights_made_for_each_activation() -> None:
    section = sections["activations/gradients"]
    own = gradients.ratios(section.run())
    alone = lab.gradients_at_start([RELU], parts.drawn_from(parts.OWN, RELU), 10)
    assert parts.drawn_from(parts.OWN, RELU).name == "he_normal"
    signal = alone.loc[alone["measure"] == "signal", "norm"].to_numpy()
    assert own["relu"] == pytest.approx(signal[0] / signal[-1])
    # With Xavier's weights ReLU loses √½ a layer: 0.5^4.5 = 0.044 after ten.
    xavier = section.settings(init="xavier_normal")
    lost = section.run(init="xavier_normal")
    assert gradients.ratios(lost)["relu"] < 0.1 < own["relu"]
    assert section.verdict(lost, xavier).key == "lost"


def test_training_says_when_the_sigmoid_learns_as_well() -> None:
    section = sections["activations/training"]
    settings = section.settings(depth=1, rate=3.0, updates=1000)
    found = section.verdict(section.run(**settings), settings)
    assert (found.key, found.holds) == ("both", False)


def test_selu_with_he_s_weights_says_that_the_point_is_lost() -> None:
    section = sections["activations/selu"]
    settings = section.settings(init="he_normal")
    found = section.verdict(section.run(init="he_normal"), settings)
    assert (found.key, found.holds) == ("lost", False)
