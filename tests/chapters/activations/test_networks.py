"""Approximation, linear models, counting and the traced step, against scikit-learn, torch and hand-worked numbers."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from playground.chapters import sections
from playground.chapters.activations import approximation as drawn
from playground.chapters.activations import count as counting
from playground.chapters.activations import fits as approximation
from playground.chapters.activations import neurons as neuron
from playground.chapters.activations import one_step as stepping
from playground.chapters.activations import step as section_of_steps
from playground.experiment import MAX_UNITS
from playground.model import Layout
from playground.registry import InvalidValue
from playground.techniques import ACTIVATIONS

TANH, RELU, IDENTITY = (ACTIVATIONS[name].spec() for name in ("tanh", "relu", "identity"))


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
    counted = counting.count(counting.WORKED)
    assert (counted.units, counted.weights, counted.biases, counted.parameters) == (6, 20, 6, 26)


@pytest.mark.parametrize("sizes", [(3, 4, 2), (10, 7), (5, 64, 3, 9, 1)])
def test_counting_agrees_with_torch(sizes: tuple[int, ...]) -> None:
    layers = [torch.nn.Linear(a, b) for a, b in itertools.pairwise(sizes)]
    assert counting.count(sizes).parameters == sum(p.numel() for layer in layers for p in layer.parameters())


@pytest.mark.parametrize(("activation", "norm"), [("maxout", False), ("prelu", True), ("relu", True)])
def test_counting_agrees_with_the_playground(activation: str, norm: bool) -> None:
    setting = stepping.step_experiment(activation, (5, 3)).replace(batch_norm=norm)
    pieces = ACTIVATIONS[activation].pieces(ACTIVATIONS[activation].spec())
    counted = counting.count((2, 5, 3, 1), pieces, norm, activation == "prelu")
    assert counted.parameters == Layout.of(setting).n_parameters


def test_sizes_are_read_and_bounded() -> None:
    assert counting.parse_sizes("3-4-2") == counting.parse_sizes("3, 4 2") == (3, 4, 2)
    for bad in ("", "3", "3-0-2", "3-x-2", "1-" * 20 + "1", "5-99999-1", "²-3"):
        with pytest.raises(InvalidValue):
            counting.parse_sizes(bad)


def test_a_diagram_draws_at_most_so_many() -> None:
    units, weights = counting.diagram((3, 20, 1), 5)
    assert units.groupby("layer").size().tolist() == [3, 5, 1]
    assert units.loc[units["layer"] == 1, "left_out"].unique().tolist() == [15]
    assert len(weights) == 3 * 5 + 5


def test_the_step_s_numbers_fit_together() -> None:
    setting = stepping.step_experiment("sigmoid", (3, 2), 3, 0.5)
    trace = stepping.traced(setting, 4).trace
    assert trace.step == 4
    forward, update = stepping.forward_frame(trace), stepping.update_frame(trace)
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


@pytest.mark.parametrize("seed", range(3))
def test_the_picture_carries_the_numbers_of_the_step(seed: int) -> None:
    result = stepping.traced(stepping.step_experiment("sigmoid", (3, 2), 2, 0.5, seed=seed), 2)
    trace = result.trace
    units, weights = stepping.unit_frame(trace, 2), stepping.weight_frame(trace)
    assert units.groupby("layer").size().tolist() == [2, 3, 2, 1]
    assert len(weights) == 2 * 3 + 3 * 2 + 2
    np.testing.assert_allclose(units.loc[units["layer"] == 1, "h"], trace.h[0][1])
    np.testing.assert_allclose(units.loc[units["layer"] == 3, "h"], trace.scores[1])
    np.testing.assert_allclose(units.loc[units["layer"] == 2, "gradient"], trace.z_gradients[1][1])
    # By hand: the score is the sum over the lines that end in it, and its bias.
    ends = weights[weights["x2"] == 3]
    score = (ends["before"].to_numpy() * trace.h[1][1]).sum() + units["bias"].iloc[-1]
    assert score == pytest.approx(float(trace.scores[1, 0]), rel=1e-5)


@pytest.mark.parametrize("phase", section_of_steps.PHASES)
@pytest.mark.parametrize("hidden", list(section_of_steps.SHAPES))
def test_every_phase_of_every_network_is_drawn(phase: str, hidden: str) -> None:
    section = sections["activations/step"]
    settings = section.settings(phase=phase, hidden=hidden, activation="prelu", batch=1, sample=5)
    (figure,) = section.picture(section.run(**settings), settings, "ko")
    numbers = [row for rows in figure.chart.to_dict()["datasets"].values() for row in rows if "number" in row]
    assert all(row["number"] for row in numbers)
    assert any("→" in row["number"] for row in numbers) == (phase == "update")


def test_the_loss_after_a_step_is_that_of_torch() -> None:
    result = stepping.traced(stepping.step_experiment("tanh", (2,), 3, 0.5))
    trace = result.trace
    after = {name: torch.tensor(value + trace.updates[name]) for name, value in trace.before.items()}
    h = torch.tanh(torch.tensor(trace.x) @ after["hidden.0.linear.weight"].T + after["hidden.0.linear.bias"])
    s = (h @ after["output.weight"].T + after["output.bias"])[:, 0]
    loss = torch.nn.functional.binary_cross_entropy_with_logits(s, torch.tensor(trace.y))
    assert result.loss_after == pytest.approx(loss.item(), rel=1e-5)


def test_what_is_worked_out_gives_the_step_s_numbers() -> None:
    result = stepping.traced(stepping.step_experiment("sigmoid", (2,), 1, 0.5))
    table = stepping.worked_frame(result, 1).set_index("quantity")
    computed = eval(table.loc["z¹₁", "computation"].replace(")(", ")*("))
    assert computed == pytest.approx(table.loc["z¹₁", "value"], abs=5e-3)
    assert table.loc["L", "value"] == pytest.approx(table.loc["Lᵢ", "value"], rel=1e-5)  # a batch of one


def test_a_drawn_curve_is_fitted_and_stands_in_the_address() -> None:
    section = sections["activations/approximation"]
    flat = section.settings(curve=(0.5,) * drawn.KNOTS, units=2)
    assert section.settings(**section.query(flat)) == flat
    fit = section.run(**flat)
    assert fit.curve["target"].tolist() == pytest.approx([0.5] * approximation.SAMPLES)
    assert fit.rmse < 0.05
    line = section.settings(activation="identity")
    found = section.verdict(section.run(**line), line)
    assert (found.key, found.holds) == ("line", False)


def test_a_line_that_learns_is_shown_beside_the_visitor_s() -> None:
    section = sections["activations/neuron"]
    settings = section.settings(dataset="xor")
    result = section.run(**settings)
    assert result.own == neuron.Neuron(1.0, -0.5, 0.5)
    assert result.judged == neuron.judge(result.own, result.X, result.y)
    assert section.verdict(result, settings).key == "curved"


def test_layers_counted_in_the_formula_and_the_link() -> None:
    section = sections["activations/count"]
    settings = section.settings(sizes=(2, 8, 8, 1), pieces=2)
    assert section.run(**settings).parameters == 201
    assert section.formula(settings).endswith("= 201")
    assert section.experiment(settings).hidden == (8, 8)
    wide = section.experiment(section.settings(sizes=(3072, 500, 10)))
    assert wide.hidden == (MAX_UNITS,)
