"""L1, L2 and weight decay against scikit-learn and PyTorch."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.linear_model import Lasso, Ridge

from playground.chapters import sections
from playground.chapters.generalization import corners, runs, weights


@pytest.mark.parametrize("strength", [0.05, 0.4, 1.0])
@pytest.mark.parametrize("rho", [-0.6, 0.0, 0.7])
def test_two_weights_are_lasso_and_ridge(strength: float, rho: float) -> None:
    H, best = np.array([[1, rho], [rho, 1]]), np.array([1.2, -0.5])
    # ½‖Aw − Aw*‖² with AᵀA = H; scikit-learn divides the lasso's loss by the two rows.
    A = np.linalg.cholesky(H).T
    lasso = Lasso(alpha=strength / 2, fit_intercept=False, tol=1e-12).fit(A, A @ best).coef_
    ridge = Ridge(alpha=strength, fit_intercept=False).fit(A, A @ best).coef_
    np.testing.assert_allclose(corners.minimum(H, best, "l1", strength), lasso, atol=1e-7)
    np.testing.assert_allclose(corners.minimum(H, best, "l2", strength), ridge, atol=1e-10)


def test_the_picture_touches_where_it_says() -> None:
    found = corners.two_weights("l1", 0.6, 0.3, 1.4, 0.6)
    assert np.abs(found.found).sum() == pytest.approx(found.size)
    np.testing.assert_allclose(found.region[["w1", "w2"]].abs().sum(axis=1), found.size)
    assert found.path.iloc[0][["w1", "w2"]].tolist() == pytest.approx([1.4, 0.6])
    assert found.path.iloc[-1][["w1", "w2"]].abs().sum() == 0  # λ = 10


@pytest.mark.parametrize("seed", range(2))
def test_l1_makes_zeros_l2_makes_small_and_too_much_underfits(seed: int) -> None:
    base = weights.BASE.replace(seed=seed)
    found = {}
    for name in ("l1", "l2"):
        *_, (_, table) = weights.sweep(base, name, (1e-4, 1e-2, 3e-1), 400, 2)
        found[name] = table.groupby("strength").mean()
    assert found["l1"].loc[1e-2, "zeros"] > 0.7
    assert found["l1"].loc[1e-2, "zeros"] > 3 * found["l2"].loc[1e-2, "zeros"]
    for table in found.values():
        assert table["norm"].is_monotonic_decreasing
        assert table.loc[1e-4, "gap"] > table.loc[1e-2, "gap"]
        assert table["accuracy_train"].is_monotonic_decreasing
    assert found["l1"].loc[3e-1, "accuracy_train"] < 0.65  # nothing is left


def test_a_sweep_is_read_at_its_least_test_error() -> None:
    table = pd.DataFrame(
        {
            "strength": [0.1, 0.1, 1.0, 1.0, 10.0, 10.0],
            "seed": [0, 1] * 3,
            "accuracy_train": [1.0, 1.0, 0.9, 0.9, 0.5, 0.5],
            "accuracy_test": [0.7, 0.7, 0.8, 0.9, 0.5, 0.5],
            "zeros": [0.0, 0.0, 0.5, 0.7, 1.0, 1.0],
        }
    )
    found = weights.reading(runs.with_gap(table))
    assert found is not None
    assert (found.best, found.low, found.high) == (1.0, 0.1, 10.0)
    assert (found.error, found.gap, found.zeros) == pytest.approx((0.15, 0.05, 0.6))
    assert (found.error_low, found.gap_low, found.train_high) == pytest.approx((0.3, 0.3, 0.5))
    assert weights.reading(runs.with_gap(table[table["strength"] == 1.0])) is None


def test_sorted_sizes_by_hand() -> None:
    found = weights.sizes(np.array([0.5, -2.0, 0.0, 1.0]))
    assert found["size"].tolist() == [2.0, 1.0, 0.5, 0.0]
    assert found["rank"].tolist() == [0.25, 0.5, 0.75, 1.0]


def test_weight_decay_of_the_optimizer_is_l2_for_sgd_and_adam_and_not_for_adamw() -> None:
    def ends(name: str) -> float:
        found = []
        for in_loss in (True, False):
            w = torch.tensor([1.0, -2.0], requires_grad=True)
            optimizer = getattr(torch.optim, name)([w], lr=0.01, weight_decay=0.0 if in_loss else 0.1)
            for _ in range(50):
                optimizer.zero_grad()
                loss = (w - 1).square().sum() + (0.05 * w.square().sum() if in_loss else 0)
                loss.backward()
                optimizer.step()
            found.append(w.detach())
        return float((found[0] - found[1]).abs().max())

    assert ends("SGD") < 1e-6
    assert ends("Adam") < 1e-6
    assert ends("AdamW") > 1e-3


def test_the_two_penalties_part_under_adam_only() -> None:
    section = sections["generalization/decay"]
    found = section.verdict(section.run(epochs=100), section.settings(epochs=100))
    assert found.key == "differ"
    assert float(str(found.values["sgd"])) < 1e-4
