"""Restricted Boltzmann machines against numbers worked by hand, exhaustive sums and scikit-learn."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.neural_network import BernoulliRBM

from playground.chapters.initialization import rbm as lab
from playground.registry import InvalidValue


@pytest.fixture(scope="module")
def digits() -> np.ndarray:
    return load_digits().data / 16


@pytest.fixture(scope="module")
def trained(digits: np.ndarray) -> lab.Progress:
    *_, last = lab.fit(digits, 64, lab.Settings(epochs=8))
    return last


def small(seed: int = 0, n_hidden: int = 3, n_visible: int = 4) -> lab.RBM:
    rng = np.random.default_rng(seed)
    return lab.RBM(
        rng.standard_normal((n_hidden, n_visible)),
        rng.standard_normal(n_hidden),
        rng.standard_normal(n_visible),
    )


def draws(hidden: float) -> lab.Draws:
    return lab.Draws(np.full((1, 1, 1), hidden), np.empty((0, 1, 2)))


def test_one_update_worked_by_hand() -> None:
    # Two pixels, one hidden unit, all biases 0, W = (ln 3, 0); v = (1, 0).
    # Up: z = ln 3, P(h=1) = 3/4; with the draw 0.5 the unit is on.
    # Down: z = (ln 3, 0), P(v=1) = (3/4, 1/2). Up again: z = 3/4 ln 3, p = 3^.75 / (1 + 3^.75).
    rbm = lab.RBM(np.array([[math.log(3), 0.0]]), np.zeros(1), np.zeros(2))
    v = np.array([[1.0, 0.0]])
    seen = lab.contrastive_divergence(rbm, v, draws(0.5))
    p = 3**0.75 / (1 + 3**0.75)  # 0.69508
    np.testing.assert_allclose(seen.W, [[0.75 - 0.75 * p, -0.5 * p]], rtol=1e-12)
    np.testing.assert_allclose(seen.b, [0.75 - p], rtol=1e-12)
    np.testing.assert_allclose(seen.a, [0.25, -0.5], rtol=1e-12)
    assert seen.error == pytest.approx((0.25**2 + 0.5**2) / 2)
    # η = 0.1, momentum 0.5 with a last step of 0.2, decay 0.01: Δw = 0.1 + 0.1 (g − 0.01 w).
    settings = lab.Settings(learning_rate=0.1, momentum=0.5, weight_decay=0.01)
    last = [np.full_like(part, 0.2) for part in (rbm.W, rbm.b, rbm.a)]
    after, step = lab.update(rbm, seen, last, settings)
    assert after.W[0, 0] == pytest.approx(math.log(3) + 0.1 + 0.1 * (0.75 - 0.75 * p - 0.01 * math.log(3)))
    assert after.a[1] == pytest.approx(0.1 + 0.1 * -0.5)
    np.testing.assert_allclose(step[1], after.b - rbm.b)


def test_a_hidden_unit_that_is_off_sends_nothing_down() -> None:
    rbm = lab.RBM(np.array([[math.log(3), 0.0]]), np.zeros(1), np.zeros(2))
    seen = lab.contrastive_divergence(rbm, np.array([[1.0, 0.0]]), draws(0.8))
    np.testing.assert_allclose(seen.a, [0.5, -0.5])  # the reconstruction is (1/2, 1/2)


def test_k_steps_are_k_steps() -> None:
    rbm, v = small(), np.array([[1.0, 0.0, 1.0, 0.0], [0.0, 0.0, 1.0, 1.0]])
    chain = lab.Draws.of(np.random.default_rng(1), 3, 2, rbm)
    picture = v
    for step in range(2):
        h = (rbm.hidden(picture) > chain.hidden[step]).astype(float)
        picture = (rbm.visible(h) > chain.visible[step]).astype(float)
    last = rbm.visible((rbm.hidden(picture) > chain.hidden[2]).astype(float))
    expected = (rbm.hidden(v).T @ v - rbm.hidden(last).T @ last) / 2
    np.testing.assert_allclose(lab.contrastive_divergence(rbm, v, chain).W, expected, rtol=1e-12)


def test_free_energy_is_the_sum_over_all_hidden_states() -> None:
    rbm = small()
    for v in itertools.product((0.0, 1.0), repeat=4):
        energies = [
            -np.dot(rbm.a, v) - np.dot(rbm.b, h) - np.dot(h, rbm.W @ v)
            for h in itertools.product((0.0, 1.0), repeat=3)
        ]
        expected = -math.log(sum(math.exp(-e) for e in energies))
        assert rbm.free_energy(np.array([v]))[0] == pytest.approx(expected)


def test_the_gradient_points_up_the_exact_likelihood() -> None:
    # All 16 pictures can be summed: CD-k with large k estimates the likelihood's gradient (Hinton 2002).
    rbm = small(3)
    states = np.array(list(itertools.product((0.0, 1.0), repeat=4)))
    v = states[[3, 5, 5, 12]]
    weights = np.exp(-rbm.free_energy(states))
    weights /= weights.sum()
    exact = rbm.hidden(v).T @ v / len(v) - (rbm.hidden(states) * weights[:, None]).T @ states
    batch = np.repeat(v, 2000, axis=0)
    chain = lab.Draws.of(np.random.default_rng(0), 20, len(batch), rbm)
    found = lab.contrastive_divergence(rbm, batch, chain).W
    cosine = (found * exact).sum() / np.linalg.norm(found) / np.linalg.norm(exact)
    assert cosine > 0.95


def test_free_energy_and_pseudo_likelihood_are_scikit_learns(
    digits: np.ndarray, trained: lab.Progress
) -> None:
    binary = (digits > 0.5).astype(float)
    other = BernoulliRBM(64, random_state=0).fit(digits[:50])
    rbm = trained.rbm
    other.components_, other.intercept_hidden_, other.intercept_visible_ = rbm.W, rbm.b, rbm.a
    np.testing.assert_allclose(rbm.hidden(digits), other.transform(digits), rtol=1e-9)
    np.testing.assert_allclose(rbm.free_energy(digits), other._free_energy(digits), rtol=1e-9)
    # Both flip one random pixel of each row, so that a single estimate has a standard error of about 1.
    mine = [rbm.pseudo_likelihood(digits, np.random.default_rng(seed)).mean() for seed in range(30)]
    theirs = [other.set_params(random_state=seed).score_samples(binary).mean() for seed in range(30)]
    assert np.mean(mine) == pytest.approx(np.mean(theirs), abs=0.8)


def test_it_learns_the_digits_as_well_as_scikit_learns_machine(
    digits: np.ndarray, trained: lab.Progress
) -> None:
    binary = (digits > 0.5).astype(float)
    other = BernoulliRBM(64, learning_rate=0.06, batch_size=20, n_iter=8, random_state=0).fit(digits)
    theirs = other.score_samples(binary).mean()
    assert trained.pseudo_likelihoods[-1] > theirs - 2
    assert trained.errors[-1] < 0.6 * trained.errors[0]
    as_mine = lab.RBM(other.components_, other.intercept_hidden_, other.intercept_visible_)
    error = ((digits - trained.rbm.reconstruct(digits)) ** 2).mean()
    assert error < 1.1 * ((digits - as_mine.reconstruct(digits)) ** 2).mean()


def test_before_training_the_visible_biases_are_the_data() -> None:
    X = np.array([[1.0, 0.0, 0.5]] * 10)
    machine = lab.start(X, 4, np.random.default_rng(0))
    np.testing.assert_allclose(lab.sigmoid(machine.a), [0.99, 0.01, 0.5])
    assert machine.W.std() < 0.03


def test_weight_decay_makes_smaller_weights(digits: np.ndarray) -> None:
    norms = []
    for decay in (0.0, 0.01):
        *_, last = lab.fit(digits[:300], 16, lab.Settings(epochs=5, weight_decay=decay))
        norms.append(np.linalg.norm(last.rbm.W))
    assert norms[1] < 0.95 * norms[0]


def test_runs_are_repeatable(digits: np.ndarray) -> None:
    first, second = (list(lab.fit(digits[:100], 8, lab.Settings(epochs=2), 5))[-1] for _ in range(2))
    np.testing.assert_array_equal(first.rbm.W, second.rbm.W)


def test_layers_are_trained_one_after_the_other(digits: np.ndarray) -> None:
    settings = lab.Settings(epochs=2)
    states = list(lab.pretrain(digits[:200], (12, 6), settings))
    assert [len(state.layers) for state in states] == [1, 1, 2, 2]
    assert [state.share for state in states] == [0.25, 0.5, 0.75, 1.0]
    last = states[-1]
    # The first machine is left alone while the second one learns its hidden probabilities.
    np.testing.assert_array_equal(last.machines[0].W, states[1].machines[0].W)
    assert last.machines[1].W.shape == (6, 12)
    assert lab.filters(last.machines[1], last.machines[:1]).shape == (6, 64)
    np.testing.assert_allclose(
        lab.filters(last.machines[1], last.machines[:1]), last.machines[1].W @ last.machines[0].W
    )


@pytest.mark.parametrize(
    ("name", "value"), [("k", 0), ("momentum", 1.5), ("batch_size", 0), ("epochs", 1000)]
)
def test_settings_out_of_range_are_refused(name: str, value: float) -> None:
    with pytest.raises(InvalidValue) as refusal:
        lab.Settings(**{name: value})
    assert refusal.value.field == name
