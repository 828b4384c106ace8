"""The paired test against SciPy and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from playground.races.statistics import in_words, paired_test, paired_test_of


@pytest.mark.parametrize("n", [2, 5, 9, 12])
def test_exact_p_values_are_scipys(n):
    rng = np.random.default_rng(n)
    a, b = rng.standard_normal(n), rng.standard_normal(n) + 0.5
    theirs = stats.permutation_test(
        (a, b), lambda x, y: np.mean(x - y), permutation_type="samples", n_resamples=np.inf
    )
    ours = paired_test(a, b)
    assert ours.method == "exact"
    assert ours.p_value == pytest.approx(theirs.pvalue)
    assert ours.difference == pytest.approx(np.median(a - b))
    assert (ours.wins, ours.losses) == ((a < b).sum(), (a > b).sum())


def test_by_hand():
    # Four differences of one sign: of 16 assignments of signs only ++++ and ---- are as extreme.
    found = paired_test(np.array([1.0, 2, 3, 4]), np.array([2.0, 4, 6, 8]))
    assert found.p_value == 2 / 16
    assert (found.wins, found.losses, found.ties) == (4, 0, 0)
    swapped = found.swapped()
    assert (swapped.wins, swapped.losses, swapped.difference) == (0, 4, 2.5)


def test_sampled_p_values_come_close():
    rng = np.random.default_rng(3)
    a, b = rng.standard_normal(40), rng.standard_normal(40) + 0.35
    found = paired_test(a, b)
    assert found.method == "sampled"
    assert found.p_value == pytest.approx(stats.ttest_rel(a, b).pvalue, abs=0.03)
    assert paired_test(a, b) == found  # the generator is the test's own


def test_infinite_losses_are_ranked():
    # Two repeats of a diverged; both did in the last one, which is a tie.
    a = np.array([1.0, np.inf, 1.0, np.inf, np.inf])
    b = np.array([2.0, 1.0, 4.0, 1.0, np.inf])
    found = paired_test(a, b)
    assert found.method == "exact ranks"
    assert (found.wins, found.losses, found.ties) == (2, 2, 1)
    # ranks: -1, +3.5, -2, +3.5, 0: sum 4; of the 16 signs of four ranks as far from 0 as 4, counted by hand:
    # 3.5 + 3.5 ± 1 ± 2 = 10, 8, 6, 4 and the same below 0; 3.5 - 3.5 ± 1 ± 2 stays within 3
    assert found.p_value == 8 / 16
    assert np.isnan(found.low)


def test_accuracies_are_better_when_higher():
    found = paired_test(np.array([0.9, 0.8]), np.array([0.5, 0.4]), lower_is_better=False)
    assert found.wins == 2


def test_equal_lanes_are_not_different():
    found = paired_test(np.ones(6), np.ones(6))
    assert found.p_value == 1.0
    assert found.ties == 6
    assert found.difference == 0.0


@pytest.mark.parametrize("shapes", [((3,), (4,)), ((0,), (0,)), ((2, 2), (2, 2))])
def test_rows_that_are_no_pairs_are_refused(shapes):
    with pytest.raises(ValueError, match="expected two equally long"):
        paired_test(np.zeros(shapes[0]), np.zeros(shapes[1]))


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("measure", ["loss", "accuracy", "epochs", "seconds"])
def test_words_tell_who_how_often_and_whether_it_is_luck(language, measure):
    clear = in_words(paired_test(np.zeros(16), np.ones(16)), "ReLU", "sigmoid", measure, language)
    luck = in_words(paired_test(np.array([0.0, 1]), np.array([1.0, 0])), "ReLU", "sigmoid", measure, language)
    assert clear != luck
    assert all(word in clear for word in ("ReLU", "sigmoid", "16", "0.01"))
    endless = in_words(paired_test(np.zeros(3), np.full(3, np.inf)), "a", "b", measure, language)
    assert "inf" not in endless


def test_the_same_values_are_tested_once():
    values = tuple(np.random.default_rng(0).normal(size=64).tolist())
    once = paired_test_of(values, values[::-1])
    assert paired_test_of(values, values[::-1]) is once
    again = paired_test(np.array(values), np.array(values[::-1]))
    assert (once.p_value, once.low, once.high) == (again.p_value, again.low, again.high)
