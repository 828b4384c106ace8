"""Contraction on a quadratic: formulas against eigenvalues, runs and the lecture's numbers."""

from __future__ import annotations

import numpy as np
import pytest

from playground.chapters.optimization import theory


def test_contraction_at_the_best_constants_is_the_lectures():
    descent, momentum = theory.best_descent(100), theory.best_momentum(100)
    assert descent.contraction == pytest.approx(0.980, abs=5e-4)
    assert momentum.contraction == pytest.approx(0.818, abs=5e-4)
    assert theory.contraction(100, descent.rate) == pytest.approx(descent.contraction)
    assert theory.contraction(100, momentum.rate, momentum.beta) == pytest.approx(
        momentum.contraction, abs=1e-6
    )
    assert theory.measured(theory.distances(100, descent.rate)) == pytest.approx(0.980, abs=5e-4)
    assert theory.measured(theory.distances(100, momentum.rate, momentum.beta)) == pytest.approx(
        0.818, abs=5e-3
    )


@pytest.mark.parametrize("kappa", [3.0, 30.0, 300.0])
def test_the_best_constants_are_the_best(kappa):
    best = theory.best_descent(kappa)
    for factor in (0.9, 0.97, 1.03, 1.1):
        assert theory.contraction(kappa, factor * best.rate) > best.contraction
    heavy = theory.best_momentum(kappa)
    for rate_factor, beta_factor in ((0.9, 1), (1.1, 1), (1, 0.9), (1, 1.05)):
        beta = min(0.999, beta_factor * heavy.beta)
        assert theory.contraction(kappa, rate_factor * heavy.rate, beta) > heavy.contraction


@pytest.mark.parametrize("beta", [0.0, 0.4, 0.9])
def test_contraction_is_the_spectral_radius_of_one_step(beta):
    kappa, rates = 30.0, np.array([1e-3, 0.01, 0.06, 0.2])
    found = theory.contraction(kappa, rates, beta)
    for rate, value in zip(rates, found, strict=True):
        # (w, m) after a step: m' = βm + hw, w' = w − ηm'
        steps = [np.array([[1 - rate * h, -rate * beta], [h, beta]]) for h in (1.0, kappa)]
        assert value == pytest.approx(max(np.abs(np.linalg.eigvals(step)).max() for step in steps), abs=1e-7)


def test_measured_contraction_follows_the_formula():
    frame = theory.measured_frame(50.0, (0.0, 0.5), 5)
    for row in frame.itertuples():
        assert row.contraction == pytest.approx(theory.contraction(50.0, row.rate, row.beta), abs=0.01)


def test_too_large_a_rate_diverges_just_where_the_formula_says():
    assert theory.contraction(10, 1.999 / 10) < 1 < theory.contraction(10, 2.001 / 10)
    assert theory.contraction(10, 1.999 * 1.9 / 10, 0.9) < 1 < theory.contraction(10, 2.001 * 1.9 / 10, 0.9)


@pytest.mark.parametrize("kappa", [2.0, 10.0, 100.0, 1000.0])
def test_the_shown_program_measures_what_the_section_says(kappa, capsys):
    settings = theory.SECTION.settings(kappa=kappa)
    found = theory.verdict(theory.SECTION.run(kappa=kappa), settings)
    assert found.holds
    exec(compile(theory.code(settings), "theory", "exec"), {})
    printed = [float(line) for line in capsys.readouterr().out.splitlines()]
    assert printed == pytest.approx([float(found.values["sgd"]), float(found.values["momentum"])], abs=0.01)


def test_ten_times_the_distance_takes_as_many_steps_as_worked_by_hand():
    # ln 0.1 / ln 0.9802 = 115.1, ln 0.1 / ln 0.8182 = 11.5
    found = theory.verdict(theory.SECTION.run(), theory.SECTION.settings())
    assert (found.values["sgd_steps"], found.values["momentum_steps"]) == (116, 12)
