"""Preprocessing, its loss and its leaks, held to closed formulas and to PyTorch."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from playground.labs import normalization_preprocessing as lab
from playground.labs.normalization_code import SNIPPETS

DATA = lab.cloud()


def test_the_same_points_are_pulled() -> None:
    plain, pulled = lab.cloud(1.0, (0.0, 0.0), 0.0), lab.cloud(3.0, (2.0, -1.0), 0.0)
    np.testing.assert_allclose(pulled.X, (plain.X + np.array([2.0, -1.0])) * [3.0, 1.0])
    np.testing.assert_array_equal(plain.y, pulled.y)
    for correlation in (-0.9, 0.5):
        X = lab.cloud(5.0, (1.0, 1.0), correlation, n=20_000).X
        assert np.corrcoef(X.T)[0, 1] == pytest.approx(correlation, abs=0.02)


@pytest.mark.parametrize("name", ["none", "centring", "standardising", "min_max", "pca", "whitening"])
def test_the_bowl_is_the_mean_squared_error(name: str) -> None:
    b = lab.bowl(DATA, name)

    def loss(theta: torch.Tensor) -> torch.Tensor:
        scores = torch.tensor(b.F) @ theta[:2] + theta[2]
        return torch.nn.functional.mse_loss(scores, torch.tensor(DATA.y))

    at = torch.tensor([0.3, -2.0, 1.5], dtype=torch.float64)
    assert b.least + b.excess(at.numpy()) == pytest.approx(float(loss(at)))
    np.testing.assert_allclose(
        torch.autograd.functional.hessian(loss, at).numpy(), b.hessian, rtol=1e-9, atol=1e-12
    )
    assert float(loss(torch.tensor(b.best))) == pytest.approx(b.least)


@pytest.mark.parametrize("seed", range(3))
def test_step_by_step_from_ellipse_to_circle(seed: int) -> None:
    table = lab.compare(lab.cloud(seed=seed)).set_index("preprocessing")
    kappa = table["condition"]
    assert kappa["none"] > 3 * kappa["centring"] > 3 * kappa["standardising"] > kappa["whitening"]
    assert kappa["pca"] == pytest.approx(kappa["centring"])  # turned, not stretched
    # whitening divides by n - 1, the Hessian by n: 120/119
    assert kappa["whitening"] == pytest.approx(120 / 119)
    steps = table["steps"]
    assert steps["none"] > steps["centring"] > steps["standardising"] > steps["whitening"] == 1
    assert (steps <= table["theory"]).all()
    assert (steps >= 0.3 * table["theory"]).all()


def test_the_best_rate_is_the_best() -> None:
    b = lab.bowl(DATA, "centring")
    best, _ = lab.descend(b, b.rate)
    assert best is not None
    for factor in (0.5, 0.8):
        slower, _ = lab.descend(b, factor * b.rate)
        assert slower is not None
        assert slower > best
    assert lab.descend(b, 1.1 * b.rate)[0] is None  # beyond 2/λ_max when κ is large
    assert lab.descend(b, 1e-9, most=50)[0] is None


def test_contours_hold_start_and_minimum() -> None:
    b = lab.bowl(DATA, "whitening")
    _, way = lab.descend(b, b.rate)
    w1, w2, excess = lab.contours(b, way)
    assert w1[0] < 0 < w1[-1]
    assert w2[0] < 0 < w2[-1]
    i, j = np.unravel_index(excess.argmin(), excess.shape)
    assert (w1[j], w2[i]) == pytest.approx(tuple(b.best[:2]))
    # a circle: the same at equal distances on both axes
    assert excess[30, 0] == pytest.approx(excess[0, 30], rel=0.02)


@pytest.mark.parametrize("name", ["centring", "standardising", "min_max", "whitening"])
def test_training_points_move_only_when_statistics_leak(name: str) -> None:
    clean, leaking = lab.leak(name, 8.0, False), lab.leak(name, 8.0, True)
    assert clean.moved == 0.0
    assert leaking.moved > 0.05
    train = clean.points["part"] == "train"
    assert train.sum() == 40
    # without a leak a farther outlier changes nothing in the training part
    further = lab.leak(name, 12.0, False)
    columns = ["x1", "x2"]
    np.testing.assert_array_equal(clean.points.loc[train, columns], further.points.loc[train, columns])
    assert lab.leak(name, 12.0, True).moved > leaking.moved


def test_clean_statistics_are_those_of_the_training_part() -> None:
    split = lab.leak("standardising", 8.0, False)
    train = split.points[split.points["part"] == "train"]
    np.testing.assert_allclose(train[["x1", "x2"]].mean(), 0, atol=1e-12)
    np.testing.assert_allclose(train[["x1", "x2"]].std(ddof=0), 1)


@pytest.mark.parametrize("name", SNIPPETS)
def test_shown_programs_run(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    exec(SNIPPETS[name], {})
    lines = capsys.readouterr().out.splitlines()
    if name == "preprocessing":
        steps = [int(line.split()[-1]) for line in lines]
        assert steps[0] > steps[1] > steps[2] >= steps[3] == 1
    elif name == "leak":
        assert float(lines[0].split()[-1]) > 0.1
    elif name == "stages":
        assert all(float(line) < 1e-5 for line in lines)
    else:
        right, two, fifty = (float(line.split()[-1]) for line in lines)
        assert right > 0.85
        assert two < right - 0.2
        assert two < fifty
