"""Preprocessing, its loss and its leaks, held to closed formulas and to PyTorch."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from playground.chapters import sections
from playground.chapters.normalization import clouds as lab
from playground.chapters.normalization import preprocessing, programs
from playground.chapters.normalization.charts import square
from playground.chapters.normalization.leak import leak, learned
from playground.data.preprocessing import PREPROCESSINGS

DATA = lab.cloud()


def test_the_same_points_are_pulled() -> None:
    plain, pulled = lab.cloud(1.0, (0.0, 0.0), 0.0), lab.cloud(3.0, (2.0, -1.0), 0.0)
    np.testing.assert_allclose(pulled.X, (plain.X + np.array([2.0, -1.0])) * [3.0, 1.0])
    np.testing.assert_array_equal(plain.y, pulled.y)
    for correlation in (-0.9, 0.5):
        X = lab.cloud(5.0, (1.0, 1.0), correlation, n=20_000).X
        assert np.corrcoef(X.T)[0, 1] == pytest.approx(correlation, abs=0.02)


@pytest.mark.parametrize("name", ["none", "center", "standardize", "min_max", "pca", "whitening"])
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
    assert kappa["none"] > 3 * kappa["center"] > 3 * kappa["standardize"] > kappa["whitening"]
    assert kappa["pca"] == pytest.approx(kappa["center"])  # turned, not stretched
    # whitening divides by n - 1, the Hessian by n: 120/119
    assert kappa["whitening"] == pytest.approx(120 / 119)
    steps = table["steps"]
    assert steps["none"] > steps["center"] > steps["standardize"] > steps["whitening"] == 1
    assert (steps <= table["theory"]).all()
    assert (steps >= 0.3 * table["theory"]).all()


def test_the_best_rate_is_the_best() -> None:
    b = lab.bowl(DATA, "center")
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


def test_each_preprocessing_puts_its_own_right() -> None:
    table = preprocessing.moments(sections["normalization/preprocessing"].run()).set_index("preprocessing")
    assert table.loc["none", "mean1"] > 5
    assert table.loc["center", ["mean1", "mean2"]].abs().max() < 1e-9
    assert table.loc["center", "std1"] == pytest.approx(table.loc["none", "std1"])
    assert table.loc["standardize", ["std1", "std2"]].tolist() == pytest.approx([1, 1])
    for name in ("center", "standardize", "min_max"):
        assert table.loc[name, "correlation"] == pytest.approx(table.loc["none", "correlation"])
    for name in ("pca", "whitening"):
        assert abs(table.loc[name, "correlation"]) < 1e-9
    assert table.loc["whitening", ["std1", "std2"]].tolist() == pytest.approx([1, 1], abs=0.01)


def test_the_descents_start_at_one_step_and_fall_to_the_goal() -> None:
    from playground.chapters.normalization.contours import descents

    frame = descents(sections["normalization/contours"].run())
    assert set(frame["preprocessing"]) == set(PREPROCESSINGS)
    assert (frame.groupby("preprocessing")["step"].first() == 1).all()
    assert frame.groupby("preprocessing")["remaining"].last()["whitening"] < lab.GOAL


@pytest.mark.parametrize("name", [name for name in PREPROCESSINGS if name != "none"])
def test_only_the_statistics_of_all_points_hear_of_the_outlier(name: str) -> None:
    near, far = leak(name, 8.0), leak(name, 12.0)
    columns = ["x1", "x2"]

    def part(split, of):  # type: ignore[no-untyped-def]
        return split.points.loc[split.points["part"] == of, columns].to_numpy()

    np.testing.assert_array_equal(part(near, "train"), part(far, "train"))
    assert np.abs(part(near, "leaked") - part(far, "leaked")).max() > 1e-3
    assert near.moved > 0.01
    assert (near.statistics["train"] == far.statistics["train"]).all()
    assert (near.statistics["all"] != far.statistics["all"]).any()


def test_the_table_shows_what_the_chosen_preprocessing_learned() -> None:
    X = np.array([[0.0, 1.0], [2.0, 5.0], [4.0, 3.0]])
    assert learned("min_max", X) == {"least1": 0, "greatest1": 4, "least2": 1, "greatest2": 5}
    assert learned("center", X) == {"mean1": 2, "mean2": 3}
    std = float(np.sqrt(8 / 3))
    assert learned("standardize", X) == pytest.approx({"mean1": 2, "mean2": 3, "std1": std, "std2": std})
    diagonal = np.array([[-1.0, -1.0], [0.0, 0.0], [1.0, 1.0]])
    assert learned("whitening", diagonal) == pytest.approx(
        {"mean1": 0, "mean2": 0, "direction": 45, "axis1": np.sqrt(2), "axis2": 0}, abs=1e-7
    )


def test_clean_statistics_are_those_of_the_training_part() -> None:
    points = leak("standardize", 8.0).points
    train = points[points["part"] == "train"]
    np.testing.assert_allclose(train[["x1", "x2"]].mean(), 0, atol=1e-12)
    np.testing.assert_allclose(train[["x1", "x2"]].std(ddof=0), 1)


def test_a_circle_looks_like_one() -> None:
    spans = [np.ptp(domain) for domain in square(DATA.X[:, 0], DATA.X[:, 1])]
    assert spans[0] == pytest.approx(spans[1])


def printed(program: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    exec(program, {})
    return capsys.readouterr().out.splitlines()


def test_the_program_of_the_contours_needs_fewer_steps(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(programs.contours(sections["normalization/contours"].settings()), capsys)
    steps = [int(line.split()[-1]) for line in lines]
    assert steps[0] > steps[1] > steps[2] >= steps[3] == 1


@pytest.mark.parametrize("name", list(programs.FITS))
def test_the_program_of_the_leak_moves_the_training_inputs(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = printed(programs.leak(sections["normalization/leak"].settings(preprocessing=name)), capsys)
    assert float(lines[0].split()[-1]) > 0.05


@pytest.mark.parametrize("kind", ["batch_norm", "layer_norm"])
@pytest.mark.parametrize("batch", [1, 8])
def test_the_program_of_the_stages_is_pytorch_s(
    kind: str, batch: int, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = sections["normalization/stages"].settings(kind=kind, batch=batch)
    lines = printed(programs.stages(settings), capsys)
    if (kind, batch) == ("batch_norm", 1):
        assert lines[0].startswith("tensor([[0., 0.")
    else:
        assert float(lines[0].split()[-1]) < 1e-5


def test_the_program_of_the_modes_loses_when_it_forgets(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(programs.modes(sections["normalization/modes"].settings(epochs=100)), capsys)
    right, two, fifty = (float(line.split()[-1]) for line in lines)
    assert right > 0.85
    assert two < right - 0.2
    assert two < fifty
