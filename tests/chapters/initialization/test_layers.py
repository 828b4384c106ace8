"""Deep networks before and after training: the lecture's figures as bands over seeds, and independent sums."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from playground.chapters.initialization import signals as lab
from playground.chapters.initialization.programs import layers_code
from playground.registry import InvalidValue, Spec
from playground.techniques import ACTIVATIONS, INITIALIZERS

SEEDS = (0, 1, 2)


def activation(name: str) -> Spec:
    return ACTIVATIONS[name].spec()


def init(name: str, **values: float) -> Spec:
    return INITIALIZERS[name].spec(**values)


def stds(scheme: str, name: str) -> np.ndarray:
    """(seeds, layers) for 10 layers of 500."""
    frame = lab.spreads(activation(name), [init(scheme)], seeds=SEEDS)
    return frame.pivot(index="seed", columns="layer", values="std").to_numpy()


def test_small_weights_let_tanh_collapse() -> None:
    # std shrinks by 0.01 · √500 = 0.2236 a layer once tanh is in its linear part.
    found = stds("small_normal", "tanh")
    for layer, figure in enumerate((0.2138, 0.0476, 0.0106, 0.0024, 0.00053)):
        np.testing.assert_allclose(found[:, layer], figure, rtol=0.03)
    assert (found[:, -1] < 1e-6).all()


def test_large_weights_saturate_tanh() -> None:
    frame = lab.spreads(activation("tanh"), [init("large_normal")], seeds=SEEDS)
    assert frame["beyond"].between(0.88, 0.93).all()


def test_slopes_and_weights_tell_what_becomes_of_the_gradients() -> None:
    for name, scheme in (("tanh", "large_normal"), ("tanh", "small_normal"), ("relu", "he_normal")):
        by = lab.look(lab.Setting(activation(name), init(scheme))).layers.set_index(["quantity", "layer"])
        found = by.loc["gradient"]["std"]
        expected = by.loc["activation"]["back"].iloc[:-1].astype(float).prod()
        assert found.iloc[0] / found.iloc[-1] == pytest.approx(expected, rel=0.15)
        if scheme == "large_normal":
            # Saturated, and yet they grow: of z ~ N(0, 500) a slope's mean square is near 4/3 / sqrt(2 pi 500) = 0.024,
            # and 500 * 0.024 = 3.45 squared.
            assert by.loc["activation"]["flat"].astype(float).min() > 0.8
            assert by.loc["activation"]["back"].iloc[4] == pytest.approx(3.45, rel=0.05)
            assert found.iloc[0] / found.iloc[-1] > 1e4


def test_xavier_suits_tanh_and_decays_with_relu() -> None:
    tanh, relu = stds("xavier_fan_in", "tanh"), stds("xavier_fan_in", "relu")
    np.testing.assert_allclose(tanh[:, 0], 0.628, rtol=0.02)
    assert ((tanh[:, -1] > 0.20) & (tanh[:, -1] < 0.26)).all()
    np.testing.assert_allclose(relu[:, 0], 0.585, rtol=0.02)
    assert ((relu[:, -1] > 0.017) & (relu[:, -1] < 0.031)).all()


def test_he_suits_relu() -> None:
    found = stds("he_normal", "relu")
    np.testing.assert_allclose(found[:, 0], 0.827, rtol=0.02)
    assert ((found[:, -1] > 0.55) & (found[:, -1] < 1.05)).all()


def test_lecun_keeps_selu_at_its_fixed_point() -> None:
    frame = lab.spreads(activation("selu"), [init("lecun_normal")], 15, 200)
    assert frame["std"].between(0.85, 1.15).all()


def test_a_look_holds_what_plain_pytorch_finds() -> None:
    setting = lab.Setting(activation("tanh"), init("xavier_normal"), 3, 20, 4)
    look = lab.look(setting)
    g = torch.Generator().manual_seed(4)
    layers = [nn.Linear(20, 20), nn.Linear(20, 20), nn.Linear(20, 20), nn.Linear(20, 10)]
    for layer in layers:
        nn.init.xavier_normal_(layer.weight, generator=g)
        nn.init.zeros_(layer.bias)
    x, y = lab.task(20, 4)
    zs, hs, h = [], [], x
    for layer in layers[:-1]:
        z = layer(h)
        z.retain_grad()
        h = torch.tanh(z)
        zs.append(z)
        hs.append(h)
    loss = nn.functional.cross_entropy(layers[-1](h), y, reduction="sum")
    loss.backward()
    assert look.loss == pytest.approx(loss.item() / lab.ROWS, rel=1e-5)
    by = look.layers.set_index(["quantity", "layer"])
    for number, (z, h) in enumerate(zip(zs, hs, strict=True), start=1):
        assert by.loc[("activation", number), "std"] == pytest.approx(h.std(correction=0).item(), rel=1e-4)
        assert by.loc[("gradient", number), "std"] == pytest.approx(z.grad.std(correction=0).item(), rel=1e-4)
        beyond = float((h.abs() > 0.99).float().mean())
        assert by.loc[("activation", number), "flat"] == pytest.approx(beyond, abs=1e-3)


def test_histograms_are_numpys() -> None:
    setting = lab.Setting(activation("relu"), init("he_normal"), 2, 12)
    look = lab.look(setting)
    with torch.no_grad():
        h = lab.network(setting).forward(lab.task(12, 0)[0]).h[0].numpy()
    frame = look.histograms.query("layer == 1 and quantity == 'activation' and scale == 'own'")
    counts, edges = np.histogram(h, lab.BINS)
    np.testing.assert_allclose(frame["lower"], edges[:-1], atol=1e-5)
    np.testing.assert_allclose(frame["share"], counts / h.size, atol=2e-4)
    shares = look.histograms.groupby(["layer", "quantity", "scale"])["share"].sum()
    np.testing.assert_allclose(shares, 1.0)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_with_every_scheme(name: str) -> None:
    for scheme in INITIALIZERS:
        look = lab.look(lab.Setting(activation(name), init(scheme), 2, 10))
        assert len(look.layers) == 4
        assert look.layers["flat"].dropna().between(0, 1).all()


def test_values_that_overflow_are_told_not_drawn() -> None:
    look = lab.look(lab.Setting(activation("identity"), init("normal", std=10.0), 20, 500))
    assert not look.layers["finite"].all()
    assert np.isnan(look.layers["std"]).any()
    assert np.isfinite(look.histograms[["lower", "upper", "share"]]).all().all()


def test_zeros_make_one_bin() -> None:
    look = lab.look(lab.Setting(activation("tanh"), init("zeros"), 2, 10))
    assert (look.layers["std"] == 0).all()
    assert look.loss == pytest.approx(math.log(10), rel=1e-5)
    assert (look.histograms["share"] == 1).all()


def final(scheme: str, name: str, seed: int = 0) -> lab.Course:
    *_, (share, course) = lab.train(lab.Setting(activation(name), init(scheme), 6, 60, seed), 0.2, 30)
    assert share == 1
    return course


def test_the_right_scale_learns_and_the_small_one_does_not() -> None:
    for seed in SEEDS[:2]:
        xavier, small = final("xavier_normal", "tanh", seed), final("small_normal", "tanh", seed)
        assert xavier.after.loss < 0.75 * xavier.before.loss
        # All it can learn is how frequent the classes are.
        assert small.after.loss > 0.97 * math.log(10)
        he, relu_small = final("he_normal", "relu", seed), final("small_normal", "relu", seed)
        assert he.after.loss < 0.95 * relu_small.after.loss


def test_training_is_plain_gradient_descent() -> None:
    setting = lab.Setting(activation("tanh"), init("xavier_normal"), 2, 10)
    *_, (_, course) = lab.train(setting, 0.5, 3)
    stack = lab.network(setting)
    x, y = lab.task(10, 0)
    rows = torch.from_numpy(np.random.default_rng([0, 4]).permutation(1000))
    losses = []
    for step in range(3):
        batch = rows[100 * step : 100 * step + 100]
        loss = nn.functional.cross_entropy(stack.forward(x[batch]).scores[0], y[batch])
        gradients = torch.autograd.grad(loss, stack.parameters)
        losses.append(loss.item())
        with torch.no_grad():
            for parameter, gradient in zip(stack.parameters, gradients, strict=True):
                parameter -= 0.5 * gradient
    np.testing.assert_allclose(course.curve["loss"], losses, rtol=1e-5)
    assert list(course.curve["update"]) == [1, 2, 3]


def test_a_diverging_run_ends_early() -> None:
    setting = lab.Setting(activation("relu"), init("large_normal"), 12, 100)
    *_, (share, course) = lab.train(setting, 1.0, 100)
    assert share == 1
    assert len(course.curve) < 100


def test_progress_comes_on_the_way_and_can_be_stopped() -> None:
    steps = lab.train(lab.Setting(activation("tanh"), init("xavier_normal"), 2, 10), 0.1, 100)
    shares = [share for share, _ in (next(steps) for _ in range(5))]
    assert shares == sorted(shares)
    assert shares[0] == 0
    steps.close()


@pytest.mark.parametrize(("name", "value"), [("depth", 1), ("depth", 21), ("width", 501), ("seed", -1)])
def test_numbers_out_of_range_are_refused(name: str, value: int) -> None:
    with pytest.raises(InvalidValue) as refusal:
        lab.Setting(activation("tanh"), init("zeros"), **{name: value})
    assert refusal.value.field == name


@pytest.mark.parametrize(
    ("name", "scheme"), [("tanh", "xavier_fan_in"), ("relu", "he_normal"), ("maxout", "pytorch")]
)
def test_the_shown_code_runs_and_finds_the_same_spread(
    name: str, scheme: str, capsys: pytest.CaptureFixture[str]
) -> None:
    setting = lab.Setting(activation(name), init(scheme), 4, 200)
    exec(compile(layers_code(setting), "shown", "exec"), {})
    printed = [float(line.split()[-1]) for line in capsys.readouterr().out.splitlines()]
    found = lab.spreads(setting.activation, [setting.init], 4, 200)
    np.testing.assert_allclose(printed, found["std"], rtol=0.15)
    assert isinstance(found, pd.DataFrame)
