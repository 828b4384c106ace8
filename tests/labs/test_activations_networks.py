"""Approximation, linear models, counting and the traced step, against scikit-learn, torch and hand-worked numbers."""

from __future__ import annotations

import contextlib
import io
import itertools

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from playground.labs import activations_approximation as approximation
from playground.labs import activations_neuron as neuron
from playground.labs import activations_size as size
from playground.labs.activations_code import SNIPPETS
from playground.model import Layout
from playground.registry import InvalidValue
from playground.techniques import ACTIVATIONS

TANH, RELU, IDENTITY = (ACTIVATIONS[name].spec() for name in ("tanh", "relu", "identity"))


@pytest.mark.parametrize("name", list(SNIPPETS))
def test_shown_programs_run(name: str) -> None:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), torch.random.fork_rng():
        exec(compile(SNIPPETS[name], name, "exec"), {"__name__": "__main__"})
    assert printed.getvalue().strip()
    if name == "count":
        assert printed.getvalue().rstrip().endswith("26")


def fitted(target: np.ndarray, n: int, activation: object = TANH) -> approximation.Fit:
    *_, (share, fit) = approximation.fit(target, n, activation, 12)  # type: ignore[arg-type]
    assert share == 1
    return fit


def test_more_units_fit_better() -> None:
    wave = approximation.preset("wave")
    errors = [fitted(wave, n).rmse for n in (1, 4, 16)]
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 0.03


def test_identity_stays_a_line() -> None:
    wave = approximation.preset("wave")
    fit = fitted(wave, 8, IDENTITY)
    slope, offset = np.polyfit(wave[:, 0], wave[:, 1], 1)
    best = np.sqrt(((slope * wave[:, 0] + offset - wave[:, 1]) ** 2).mean())
    assert fit.rmse == pytest.approx(best, rel=0.05)


def test_units_and_bias_add_up() -> None:
    fit = fitted(approximation.preset("hat"), 5, RELU)
    rest = fit.curve["network"] - fit.units.groupby("x")["contribution"].sum().to_numpy()
    assert rest.std() < 1e-5
    assert fit.parameters == 16


def test_a_drawn_curve() -> None:
    found = approximation.sampled(np.array([[3, 1], [-3, -5], [0, 0.5], [0, 1]]), 7)
    # Beyond ±2 a value is cut; of two points at one place the later one counts.
    assert found[:, 0].tolist() == [-3, -2, -1, 0, 1, 2, 3]
    assert found[:, 1].tolist() == [-2, -1, 0, 1, 1, 1, 1]
    for bad in ([[0, 1]], [[0, 1], [1, np.nan]], []):
        with pytest.raises(InvalidValue):
            approximation.sampled(np.array(bad))


def test_a_neuron_by_hand() -> None:
    unit = neuron.Neuron(3, 4, 5)
    assert unit.length == 5
    assert unit.scores(np.array([[1.0, 0.5], [1, 1]])).tolist() == [0, 2]
    ends = neuron.line(unit, 2)
    assert (3 * ends["x1"] + 4 * ends["x2"]).tolist() == pytest.approx([5, 5])
    assert neuron.line(neuron.Neuron(0, 0, 1), 2).empty
    judged = neuron.judge(unit, np.array([[1.0, 1], [0, 0]]), np.array([1, 1]))
    # Scores 2 and -5: hinge 0 and 6, cross-entropy ln(1 + e^-2) and ln(1 + e^5).
    assert (judged.accuracy, judged.errors, judged.hinge) == (0.5, 1, 3)
    assert judged.cross_entropy == pytest.approx((np.log1p(np.exp(-2)) + np.log1p(np.exp(5))) / 2)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("model", list(neuron.MODELS))
def test_a_network_without_hidden_layers_is_scikit_learn_s_model(model: str, seed: int) -> None:
    setting = neuron.linear_experiment(model, l2=0.03, seed=seed)
    *_, (share, network) = neuron.train_linear(setting, 1000)
    assert share == 1
    table = neuron.comparison(setting, network).set_index("who")
    assert table.loc["network", "objective"] == pytest.approx(
        table.loc["scikit_learn", "objective"], rel=3e-3
    )
    other = neuron.scikit_learn(setting)
    assert (network.w1, network.w2) == pytest.approx((other.w1, other.w2), rel=0.06)


def test_scikit_learn_s_solution_is_the_minimum_of_the_stated_objective() -> None:
    setting = neuron.linear_experiment("logistic")
    X, y = neuron.points(setting)
    model = LogisticRegression(C=1 / (len(X) * setting.l2), tol=1e-8).fit(X, y)
    best = neuron.Neuron(*model.coef_[0], -model.intercept_[0])
    lowest = neuron.objective(best, setting)
    for change in ((0.1, 0, 0), (0, -0.1, 0), (0, 0, 0.1)):
        moved = neuron.Neuron(*(np.array([best.w1, best.w2, best.threshold]) + change))
        assert neuron.objective(moved, setting) > lowest


def test_the_worked_example() -> None:
    counted = size.count(size.WORKED)
    assert (counted.units, counted.weights, counted.biases, counted.parameters) == (6, 20, 6, 26)


@pytest.mark.parametrize("sizes", [(3, 4, 2), (10, 7), (5, 64, 3, 9, 1)])
def test_counting_agrees_with_torch(sizes: tuple[int, ...]) -> None:
    layers = [torch.nn.Linear(a, b) for a, b in itertools.pairwise(sizes)]
    assert size.count(sizes).parameters == sum(p.numel() for layer in layers for p in layer.parameters())


@pytest.mark.parametrize(("activation", "norm"), [("maxout", False), ("prelu", True), ("relu", True)])
def test_counting_agrees_with_the_playground(activation: str, norm: bool) -> None:
    setting = size.step_experiment(activation, (5, 3)).replace(batch_norm=norm)
    pieces = ACTIVATIONS[activation].pieces(ACTIVATIONS[activation].spec())
    counted = size.count((2, 5, 3, 1), pieces, norm, activation == "prelu")
    assert counted.parameters == Layout.of(setting).n_parameters


def test_sizes_are_read_and_bounded() -> None:
    assert size.parse_sizes("3-4-2") == size.parse_sizes("3, 4 2") == (3, 4, 2)
    for bad in ("", "3", "3-0-2", "3-x-2", "1-" * 20 + "1", "5-99999-1", "²-3"):
        with pytest.raises(InvalidValue):
            size.parse_sizes(bad)


def test_a_diagram_draws_at_most_so_many() -> None:
    units, weights = size.diagram((3, 20, 1), 5)
    assert units.groupby("layer").size().tolist() == [3, 5, 1]
    assert units.loc[units["layer"] == 1, "left_out"].unique().tolist() == [15]
    assert len(weights) == 3 * 5 + 5


def test_the_step_s_numbers_fit_together() -> None:
    setting = size.step_experiment("sigmoid", (3, 2), 3, 0.5)
    trace = size.traced(setting, 4)
    assert trace.step == 4
    forward, update = size.forward_frame(trace), size.update_frame(trace)
    assert len(update) == Layout.of(setting).n_parameters
    assert (update["update"] - (-0.5 * update["gradient"])).abs().max() < 1e-6
    assert (update["after"] - update["before"] - update["update"]).abs().max() < 1e-12
    # Chain rule by hand: the first hidden layer's first weight.
    gradients = forward[(forward["layer"] == 1) & (forward["unit"] == 1)]["gradient"].to_numpy()
    inputs = forward[(forward["layer"] == 0) & (forward["unit"] == 1)]["h"].to_numpy()
    assert update.loc[update["parameter"] == "w¹₁₁", "gradient"].iloc[0] == pytest.approx(
        gradients @ inputs, rel=1e-4
    )
    hidden = forward[forward["layer"] == 1]
    np.testing.assert_allclose(hidden["h"], 1 / (1 + np.exp(-hidden["z"])), rtol=1e-5)
    assert set(size.worked_lines(trace, 2, 3, 1)) == {"forward", "backward", "weight", "update"}
    assert size.worked_lines(trace, 1, 2, 2)["backward"].endswith(f"{trace.z_gradients[1][0, 1]:.4f}")
