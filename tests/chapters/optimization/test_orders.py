"""First order against second order: L-BFGS wins with the full batch and fails with small ones."""

from __future__ import annotations

import pytest

from playground.chapters.optimization import orders
from playground.experiment import Experiment
from playground.techniques import OPTIMIZERS


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


def test_with_small_batches_the_verdict_turns():
    given = {"batch": "10", "rules": ["adam", "lbfgs"], "passes": 40}
    found = orders.verdict(orders.SECTION.run(**given), orders.SECTION.settings(**given))
    assert (found.key, found.holds) == ("mini_behind", True)


def test_memory():
    table = orders.memory(Experiment(hidden=(4, 2))).set_index("rule")["numbers"]
    P = 2 * 4 + 4 + 4 * 2 + 2 + 2 + 1
    assert table["newton"] == P * P
    assert table["adam"] == 2 * P
    assert table["sgd"] == 0
    assert table["lbfgs"] == 20 * P
    assert set(table.index) == set(OPTIMIZERS) | {"newton"}


def test_the_shown_program_says_what_the_section_says(capsys):
    exec(compile(orders.code(orders.SECTION.settings()), "orders", "exec"), {})
    full, small = map(float, capsys.readouterr().out.split())
    assert full < 1e-3 < small
