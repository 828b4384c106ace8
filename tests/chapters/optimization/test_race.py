"""The race: every rule against hand-written updates, torch loops, and the claims of the lecture."""

from __future__ import annotations

import math

import numpy as np
import pytest

from playground.chapters import sections
from playground.chapters.optimization import race
from playground.chapters.optimization import racing as lab
from playground.chapters.optimization.charts import COLOURS, rule_looks, rule_name
from playground.chapters.optimization.programs import race_code
from playground.chapters.optimization.surfaces import SURFACES
from playground.stage.surface import levels
from playground.techniques import OPTIMIZERS
from playground.text import LANGUAGES
from playground.ui.handles_surface import packed

QUADRATIC = SURFACES["quadratic"].spec(kappa=20.0)


def by_hand(name, rate, start, steps, kappa=20.0):
    """Textbook updates on ½(x² + κy²) in NumPy."""
    w = np.array(start)
    m, s, v = np.zeros(2), np.zeros(2), np.zeros(2)
    path = [w.copy()]
    for t in range(1, steps + 1):
        g = np.array([1.0, kappa]) * w
        if name == "sgd":
            w = w - rate * g
        elif name == "momentum":
            m = 0.9 * m + rate * g
            w = w - m
        elif name == "adagrad":
            s = s + g**2
            w = w - rate * g / (np.sqrt(s) + 1e-10)
        elif name == "rmsprop":
            s = 0.99 * s + 0.01 * g**2
            w = w - rate * g / (np.sqrt(s) + 1e-8)
        elif name == "newton":
            w = w - rate * g / np.array([1.0, kappa])
        else:
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
            corrected = name == "adam"
            m_hat = m / (1 - 0.9**t) if corrected else m
            v_hat = v / (1 - 0.999**t) if corrected else v
            w = w - rate * m_hat / (np.sqrt(v_hat) + 1e-8)
        path.append(w.copy())
    return np.array(path)


@pytest.mark.parametrize(
    "name", ["sgd", "momentum", "adagrad", "rmsprop", "adam", "adam_uncorrected", "newton"]
)
def test_rules_are_the_textbooks(name):
    path = lab.run_rule(QUADRATIC, lab.RULES[name], 0.03, (1.5, -0.7), 25)
    np.testing.assert_allclose(path.positions, by_hand(name, 0.03, (1.5, -0.7), 25), rtol=1e-8, atol=1e-12)


def test_every_registered_optimizer_takes_part_and_descends():
    assert set(OPTIMIZERS) | {lab.NEWTON, lab.UNCORRECTED} == set(lab.RULES)
    paths = lab.race(QUADRATIC, {name: rule.rate for name, rule in lab.RULES.items()}, (1.0, 0.3), 60)
    assert [path.rule for path in paths] == list(lab.RULES)
    for path in paths:
        assert not path.diverged
        assert path.losses[-1] < 0.5 * path.losses[0], path.rule


def test_the_state_is_the_optimizers_own():
    path = lab.run_rule(QUADRATIC, lab.RULES["adagrad"], 0.5, (1.0, 1.0), 10)
    g = path.gradients[:-1]
    np.testing.assert_allclose(path.state["sum"][1:], np.cumsum(g**2, axis=0))
    np.testing.assert_allclose(path.effective[:-1], 0.5 / (np.sqrt(np.cumsum(g**2, axis=0)) + 1e-10))
    momentum = lab.run_rule(QUADRATIC, lab.RULES["momentum"], 0.01, (1.0, 1.0), 3)
    assert momentum.state["momentum_buffer"][1] == pytest.approx(g[0])
    assert lab.run_rule(QUADRATIC, lab.RULES["sgd"], 0.01, (1.0, 1.0), 3).effective[:-1] == pytest.approx(
        0.01
    )


def test_newton_solves_a_quadratic_in_one_step_and_stays_on_a_saddle():
    assert lab.run_rule(QUADRATIC, lab.RULES["newton"], 1.0, (2.0, -1.0), 1).losses[-1] == pytest.approx(
        0, abs=1e-20
    )
    saddle = SURFACES["saddle"].spec()
    newton, sgd = lab.race(saddle, {"newton": 1.0, "sgd": 0.3}, (-2.5, 0.02), 100)
    assert np.abs(newton.positions[-1]).max() < 1e-6
    assert sgd.losses[-1] == pytest.approx(-0.5, abs=1e-6)


def test_lbfgs_needs_few_steps_but_several_gradients():
    spec = SURFACES["rosenbrock"].spec()
    path = lab.run_rule(spec, lab.RULES["lbfgs"], 1.0, (-1.2, 1.0), 60)
    table = lab.standings([path], spec)
    assert table["arrival"][0] < 50
    assert path.evaluations[int(table["arrival"][0])] > table["arrival"][0]


def test_too_large_a_rate_diverges_and_ends_the_path():
    path = lab.run_rule(QUADRATIC, lab.RULES["sgd"], 1.0, (1.0, 1.0), 200)
    assert path.diverged
    assert np.isfinite(path.positions).all()
    assert len(path.positions) == len(path.gradients) == len(path.evaluations) < 200
    beale = SURFACES["beale"].spec()
    wild = lab.run_rule(beale, lab.RULES["sgd"], 2.0, (4.0, 2.0), 50)
    assert wild.diverged


def test_all_rules_meet_the_same_noise():
    spec = SURFACES["ravine"].spec(noise=2.0)
    noise = lab.noise_for(spec, 5, seed=1)
    assert noise.std() > 0.5
    sgd, adam = lab.race(spec, {"sgd": 0.01, "adam": 0.1}, (-5.0, 2.0), 5, seed=1)
    assert sgd.gradients[0] == pytest.approx(adam.gradients[0])
    clean = SURFACES["ravine"].gradient(-5.0, 2.0, spec)
    assert sgd.gradients[0] == pytest.approx(np.array(clean) + noise[0])


def test_the_search_is_at_least_as_good_as_its_grid():
    start = (-2.5, 1.2)
    found = [rates for _, rates in lab.tuned(QUADRATIC, ["sgd", "adam", "newton"], start, 60)][-1]
    assert found["newton"] == 1.0
    best = lab.score(lab.run_rule(QUADRATIC, lab.RULES["sgd"], found["sgd"], start, 60), QUADRATIC)
    for rate in lab.RATES:
        assert best <= lab.score(lab.run_rule(QUADRATIC, lab.RULES["sgd"], rate, start, 60), QUADRATIC) + 1e-9
    # gradient descent is best near 2/(1 + κ)
    assert 0.5 * 2 / 21 < found["sgd"] < 1.05 * 2 / 21


def test_turning_a_valley_takes_the_lead_from_adagrad_but_not_from_descent():
    start = (-2.0, 1.0)
    turned = math.radians(45)
    other = (
        start[0] * math.cos(turned) - start[1] * math.sin(turned),
        start[0] * math.sin(turned) + start[1] * math.cos(turned),
    )
    straight, askew = QUADRATIC, SURFACES["quadratic"].spec(kappa=20.0, angle=45.0)
    rates = {"sgd": 0.05, "adagrad": 1.5}
    sgd, adagrad = lab.race(straight, rates, start, 30)
    sgd_turned, adagrad_turned = lab.race(askew, rates, other, 30)
    np.testing.assert_allclose(sgd.losses, sgd_turned.losses, rtol=1e-6)
    assert adagrad_turned.losses[-1] > 100 * adagrad.losses[-1]


@pytest.mark.parametrize("name", ["momentum", "adam_uncorrected", "lbfgs", "newton"])
def test_shown_code_takes_the_same_paths(name, capsys):
    spec, start, steps = SURFACES["himmelblau"].spec(), (-0.5, 1.5), 6
    rule = lab.RULES[name]
    rates = (0.01, 0.003) if rule.tunable else (1.0,)
    source = race_code(spec, rule, rates, start, steps)
    exec(compile(source, name, "exec"), {})
    printed = [[float(v) for v in line.split()] for line in capsys.readouterr().out.splitlines()]
    assert [line[0] for line in printed] == list(rates)
    for rate, *where in printed:
        expected = lab.run_rule(spec, rule, rate, start, steps).positions[-1]
        assert where == pytest.approx(expected.tolist(), rel=1e-6)


@pytest.mark.parametrize("name", ["sgd", "adam_uncorrected", "lbfgs", "newton"])
def test_noisy_code_runs(name, capsys):
    source = race_code(SURFACES["ravine"].spec(), lab.RULES[name], (0.1,), (1.0, 1.0), 5)
    exec(compile(source, name, "exec"), {})
    assert len(capsys.readouterr().out.split()) == 3


def test_a_network_has_its_own_script():
    source = race_code(SURFACES["network"].spec(), lab.RULES["sgd"], (0.1,), (1.0, 1.0), 5)
    assert "torch.nn" in source


def test_what_the_browser_gets():
    path = lab.run_rule(QUADRATIC, lab.RULES["adam"], 0.1, (1.0, 1.0), 7)
    columns, values = packed(path)
    assert values.dtype == np.float32
    assert values.shape == (8, len(columns))
    assert columns[:2] == ["w.x", "w.y"]
    assert values[3, columns.index("exp_avg_sq.y")] == pytest.approx(path.state["exp_avg_sq"][3, 1], rel=1e-6)
    *_, (_, ground) = lab.grounding(QUADRATIC, 40, 30)
    shades = levels(ground)
    assert shades.shape == (30, 40)
    assert (shades.min(), shades.max()) == (0, 255)


def test_rules_are_told_apart():
    assert len({rule_looks(name) for name in lab.RULES}) == len(lab.RULES) <= len(COLOURS)
    for language in LANGUAGES:
        assert len({rule_name(name, language) for name in lab.RULES}) == len(lab.RULES)


# --- the section -----------------------------------------------------------------------------------------


def test_the_race_is_fair_unless_rates_are_set_by_hand():
    given = {"rules": ["sgd", "newton"], "steps": 40, "surface": "himmelblau"}
    searched = race.SECTION.run(**given)
    settings = race.SECTION.settings(**given)
    *_, (_, best) = lab.tuned(searched.surface, ("sgd", "newton"), searched.start, 40)
    assert {path.rule: path.rate for path in searched.paths} == best
    assert race.SECTION.query(settings).keys() == {"rules", "steps", "surface"}
    by_hand = race.SECTION.run(**given, by_hand=True, rate_sgd=0.001)
    assert {path.rule: path.rate for path in by_hand.paths} == {"sgd": 0.001, "newton": 1.0}
    query = race.SECTION.query(race.SECTION.settings(**given, by_hand=True, rate_sgd=0.001))
    assert query["rate_sgd"] == "0.001"


def test_the_start_is_the_surfaces_own_until_it_is_set_and_stays_in_the_picture():
    assert race.start_of(race.SECTION.settings()) == SURFACES["quadratic"].start(SURFACES["quadratic"].spec())
    assert race.start_of(race.SECTION.settings(start="1+-0.5")) == (1.0, -0.5)
    assert race.start_of(race.SECTION.settings(start="9+-9")) == (3.0, -2.0)


def test_momentum_is_behind_on_a_wide_valley():
    # up to κ = 38, (κ − 1)/(κ + 1) is below √0.9
    settings = race.SECTION.settings(kappa=15)
    found = race.verdict(race.SECTION.run(kappa=15, rules=["sgd", "momentum"]), settings)
    assert (found.key, found.holds) == ("descent_ahead", False)


def test_a_parameter_of_a_surface_has_one_control():
    names = [param.name for technique in SURFACES.values() for param in technique.params]
    assert len(set(names)) == len(names)
    for name in names:
        assert race.SECTION.control(name)
    for language in LANGUAGES:
        for name in SURFACES:
            assert sections["optimization/race"].say(f"surfaces.{name}", language)
