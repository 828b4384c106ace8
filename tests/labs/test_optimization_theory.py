"""Formulas beside measurements, first against second order, schedules, and the shown programs."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from playground.chapters.optimization import orders as orders
from playground.experiment import Experiment
from playground.labs import optimization_schedules as schedules
from playground.labs import optimization_theory as theory
from playground.labs.optimization_code import SNIPPETS
from playground.techniques import OPTIMIZERS, SCHEDULES


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


def test_first_adam_step():
    frame = theory.first_steps()
    corrected = frame[frame["corrected"]]["step"]
    uncorrected = frame[~frame["corrected"]]["step"]
    np.testing.assert_allclose(corrected, 1.0, rtol=1e-6)
    np.testing.assert_allclose(uncorrected, 0.1 / math.sqrt(0.001), rtol=1e-6)
    assert uncorrected.iloc[0] == pytest.approx(3.16, abs=0.01)


def test_adam_and_momentum_under_a_constant_gradient():
    adam = theory.adam_steps()
    np.testing.assert_allclose(adam["size"], adam["formula"], rtol=1e-6)
    momentum = theory.momentum_steps((0.0, 0.9), 100)
    np.testing.assert_allclose(momentum["size"], momentum["formula"], rtol=1e-9)
    assert momentum[momentum["beta"] == 0.9]["size"].iloc[-1] == pytest.approx(10, rel=1e-3)


@pytest.mark.parametrize("gradient", [0.01, 1.0, 100.0])
def test_adagrads_step_shrinks_like_one_over_root_t(gradient):
    frame = theory.shrinking_steps(gradient, 400, ("adagrad", "rmsprop"))
    adagrad = frame[frame["rule"] == "adagrad"]
    np.testing.assert_allclose(adagrad["size"], adagrad["step"] ** -0.5, rtol=1e-6)
    rmsprop = frame[frame["rule"] == "rmsprop"]
    assert rmsprop["size"].iloc[-1] == pytest.approx(1, abs=0.02)


def test_rare_gradients_keep_long_steps():
    frame = theory.rare_and_frequent(200, 10).dropna()
    last = frame.groupby("weight")["effective"].last()
    assert last["rare"] / last["frequent"] == pytest.approx(math.sqrt(10), rel=1e-6)


# --- first against second order --------------------------------------------------------------------------


def last(generator):
    *_, (_, result) = generator
    return result


def ends(frame):
    return frame.groupby("rule")["loss"].last()


@pytest.mark.parametrize("seed", [0, 1])
def test_lbfgs_wins_with_the_full_batch_and_fails_with_small_ones(seed):
    experiment = orders.network("moons", (8, 8), seed)
    full = last(orders.race(experiment, passes=40))
    assert ends(full)["lbfgs"] < 0.1 * ends(full).drop("lbfgs").min()
    small = last(orders.race(experiment, (orders.Runner("adam", 0.02), orders.Runner("lbfgs", 1.0)), 10, 15))
    assert ends(small)["lbfgs"] > 1.3 * ends(small)["adam"]
    for frame in (full, small):
        assert set(frame.groupby("rule")["loss"].first()) == {frame["loss"].iloc[0]}
        assert (frame.groupby("rule")["passes"].max() < 60).all()
        assert frame.groupby("rule")["seconds"].apply(lambda s: s.is_monotonic_increasing).all()
    lbfgs = full[full["rule"] == "lbfgs"]
    assert lbfgs["evaluations"].iloc[-1] > 3 * lbfgs["step"].iloc[-1]


def test_memory():
    table = orders.memory(Experiment(hidden=(4, 2))).set_index("rule")["numbers"]
    P = 2 * 4 + 4 + 4 * 2 + 2 + 2 + 1
    assert table["newton"] == P * P
    assert table["adam"] == 2 * P
    assert table["sgd"] == 0
    assert table["lbfgs"] == 20 * P
    assert set(table.index) == set(OPTIMIZERS) | {"newton"}


# --- schedules -------------------------------------------------------------------------------------------

SHORT = schedules.noisy_run().replace(n_samples=120)


def test_every_schedule_fits_a_run():
    specs = tuple(schedules.fitted(name, 40) for name in SCHEDULES)
    frame = schedules.curve_frame(specs, 40, 0.5)
    assert set(frame["schedule"]) == {name for name, s in SCHEDULES.items() if not s.feedback}
    for spec in specs:
        if not SCHEDULES[spec.name].feedback:
            rates = frame[frame["schedule"] == spec.name]["rate"]
            assert rates.tolist() == pytest.approx(
                [0.5 * SCHEDULES[spec.name].factor(t, spec) for t in range(40)]
            )


def test_decay_calms_the_run():
    found = last(schedules.decay_against_constant(SHORT, schedules.fitted("cosine", 30), 30, 3))
    means = found.groupby("schedule")["jitter"].mean()
    assert means["cosine"] < means["constant"]
    assert sorted(found["seed"].unique()) == [0, 1, 2]


def test_plateau_is_replayed_as_the_trainer_took_it():
    spec = SCHEDULES["reduce_on_plateau"].spec(patience=2, threshold=0.01)
    run = last(schedules.run_frame(SHORT, (spec,), 20))
    events = schedules.plateau_frame(run, spec, SHORT.learning_rate)
    # a row's rate is that of the epochs after it
    assert events["rate"].tolist()[:-1] == pytest.approx(run["rate"].tolist()[2:])
    lowered = events["event"] == "lowers"
    assert lowered.any()
    before = events["rate"].shift(fill_value=SHORT.learning_rate)
    assert (events["rate"][lowered] < before[lowered]).all()
    assert (events["rate"][~lowered] == before[~lowered]).all()


def test_plateau_by_hand():
    spec = SCHEDULES["reduce_on_plateau"].spec(patience=1, threshold=0.1, factor=0.5)
    run = pd.DataFrame({"epoch": [0, 1, 2, 3, 4], "test_loss": [9.0, 1.0, 0.95, 0.92, 0.5]})
    events = schedules.plateau_frame(run, spec, 0.8)
    assert events["event"].tolist() == ["better", "waits", "lowers", "better"]
    assert events["rate"].tolist() == [0.8, 0.8, 0.4, 0.4]


def test_endings():
    frame = pd.DataFrame(
        {"schedule": "constant", "epoch": range(30), "loss": 1.0, "test_loss": 2.0, "rate": 0.1}
    )
    found = schedules.endings(frame).iloc[0]
    assert (found["loss"], found["test_loss"]) == (1.0, 2.0)
    assert found["jitter"] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("name", list(SNIPPETS))
def test_shown_programs_say_what_the_page_says(name, capsys):
    exec(compile(SNIPPETS[name], name, "exec"), {"__name__": name})
    numbers = [[float(v) for v in line.split()] for line in capsys.readouterr().out.splitlines()]
    if name == "contraction":
        assert [n[0] for n in numbers] == pytest.approx([0.980, 0.818], abs=5e-3)
    elif name == "adam":
        assert np.array(numbers) == pytest.approx(np.tile([1.0, 3.1623], (3, 1)), abs=1e-3)
    elif name in ("momentum", "adagrad"):
        for measured, formula in numbers:
            assert measured == pytest.approx(formula, rel=1e-3)
    elif name == "lbfgs":
        assert numbers[0][0] < 1e-3 < numbers[0][1]
    else:
        assert [n[2] for n in numbers] == [0.5] * 5 + [0.25] * 3
