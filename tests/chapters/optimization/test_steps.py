"""Steps under given gradients: momentum, Adam and AdaGrad against their formulas."""

from __future__ import annotations

import math

import numpy as np
import pytest

from playground.chapters.optimization import adagrad, adam, momentum, racing
from playground.chapters.optimization.surfaces import SURFACES


def printed(capsys, code):
    exec(compile(code, "shown", "exec"), {})
    return [[float(v) for v in line.split()] for line in capsys.readouterr().out.splitlines()]


def test_momentum_is_a_geometric_series(capsys):
    frame = momentum.momentum_steps((0.0, 0.9), 100)
    np.testing.assert_allclose(frame["size"], frame["formula"], rtol=1e-9)
    assert frame[frame["beta"] == 0.9]["size"].iloc[-1] == pytest.approx(10, rel=1e-3)
    for measured, formula in printed(capsys, momentum.code(momentum.SECTION.settings(beta=0.8))):
        assert measured == pytest.approx(formula, rel=1e-3)
        assert formula == pytest.approx(5)


def test_nesterov_rewritten_is_the_textbooks_path_seen_from_the_point_ahead():
    curvature, rate, beta = np.array([1.0, 20.0]), 0.03, 0.9
    w, v = np.array([1.5, -0.7]), np.zeros(2)
    ahead = []
    for _ in range(25):
        v = beta * v + rate * curvature * (w - beta * v)
        w = w - v
        ahead.append(w - beta * v)
    path = racing.run_rule(
        SURFACES["quadratic"].spec(kappa=20.0), racing.RULES["nesterov"], rate, (1.5, -0.7), 25
    )
    np.testing.assert_allclose(path.positions[1:], ahead, rtol=1e-9, atol=1e-12)


def test_when_momentum_is_at_full_length():
    # 0.9^44 = 0.0097 is the first power of 0.9 below 1 %
    found = momentum.verdict(momentum.SECTION.run(), momentum.SECTION.settings())
    assert (found.key, found.values["settled"]) == ("settled", 44)
    slow = momentum.verdict(momentum.SECTION.run(beta=0.99), momentum.SECTION.settings(beta=0.99))
    assert (slow.key, slow.values["last"]) == ("growing", "70.06")
    assert slow.holds


def test_first_adam_step(capsys):
    frame = adam.first_steps()
    np.testing.assert_allclose(frame[frame["corrected"]]["size"], 1.0, rtol=1e-6)
    uncorrected = frame[~frame["corrected"]]["size"]
    np.testing.assert_allclose(uncorrected, 0.1 / math.sqrt(0.001), rtol=1e-6)
    assert uncorrected.iloc[0] == pytest.approx(3.16, abs=0.01)
    shown = printed(capsys, adam.code(adam.SECTION.settings()))
    assert np.array(shown) == pytest.approx(np.tile([1.0, 3.1623], (3, 1)), abs=1e-3)


def test_adam_under_a_constant_gradient():
    frame = adam.adam_steps()
    np.testing.assert_allclose(frame["size"], frame["formula"], rtol=1e-6)


def test_without_a_first_moment_the_first_uncorrected_step_is_the_longest():
    # (1 − 0ᵗ)/√(1 − β₂ᵗ) falls with t
    given = {"beta1": 0.0, "beta2": 0.9}
    found = adam.verdict(adam.SECTION.run(**given), adam.SECTION.settings(**given))
    assert found.key == "first"
    assert found.holds


@pytest.mark.parametrize("gradient", [0.01, 1.0, 100.0])
def test_adagrads_step_shrinks_like_one_over_root_t(gradient, capsys):
    frame = adagrad.shrinking_steps(gradient, 400, ("adagrad", "rmsprop"))
    own = frame[frame["rule"] == "adagrad"]
    np.testing.assert_allclose(own["size"], own["step"] ** -0.5, rtol=1e-6)
    assert frame[frame["rule"] == "rmsprop"]["size"].iloc[-1] == pytest.approx(1, abs=0.02)
    for measured, formula in printed(capsys, adagrad.code(adagrad.SECTION.settings(gradient=gradient))):
        assert measured == pytest.approx(formula, rel=1e-3)


def test_absolute_values_would_stall_after_a_harmonic_sum():
    frame = adagrad.shrinking_steps(3.0, 1000, (adagrad.ABSOLUTE, "adagrad"))
    far = frame.groupby("rule")["travelled"].last()
    assert far[adagrad.ABSOLUTE] == pytest.approx(sum(1 / t for t in range(1, 1001)))
    # Σ 1/√t is about 2√t − 1.46
    assert far["adagrad"] == pytest.approx(2 * math.sqrt(1000) - 1.46, abs=0.02)


def test_rare_gradients_keep_long_steps():
    frame = adagrad.rare_and_frequent(200, 10).dropna()
    last = frame.groupby("weight")["effective"].last()
    assert last["rare"] / last["frequent"] == pytest.approx(math.sqrt(10), rel=1e-6)
