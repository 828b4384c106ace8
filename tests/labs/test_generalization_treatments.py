"""What is done against overfitting: penalties, dropout, noise, augmentation, stopping, ensembles, more data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.linear_model import Lasso, Ridge

from playground.data.prepare import prepare
from playground.engine.noise import NoiseSource
from playground.labs import generalization_dropout as dropout
from playground.labs import generalization_ensembles as ensembles
from playground.labs import generalization_noise as noise
from playground.labs import generalization_penalties as penalties
from playground.labs import generalization_reading as reading
from playground.labs import generalization_runs as runs
from playground.labs import generalization_size as size
from playground.labs import generalization_stopping as stopping
from playground.labs.generalization_augmentation import AUGMENTATIONS, augmented

T = runs.Treatment
CIRCLE = runs.SMALL.replace(dataset="circle", noise=0.1)


# --- reading --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("train", "validation", "cell"),
    [
        (0.02, 0.04, "good"),
        (0.02, 0.20, "overfit"),
        (0.30, 0.32, "underfit"),
        (0.30, 0.50, "both"),
        (0.30, 0.10, "odd"),
    ],
)
def test_the_table(train: float, validation: float, cell: str) -> None:
    assert reading.read(train, validation).cell == cell


def test_readings_refuse_what_is_no_error() -> None:
    for value in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match="share from 0 to 1"):
            reading.read(value, 0.1)


def test_the_examples_land_in_different_cells() -> None:
    cells = reading.examples().set_index("name")["cell"].to_dict()
    assert cells == {
        "linear": "underfit",
        "large": "overfit",
        "regularized": "underfit",
        "both": "both",
        "right": "good",
    }


def test_regression_errors_are_shares_of_the_variance() -> None:
    trainer = runs.trained(runs.SMALL.replace(dataset="plane", loss="auto", label_noise=0.0, noise=0.0), 100)
    train, test = reading.errors(trainer) or (1.0, 1.0)
    assert train < test < 0.1


# --- penalties ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("strength", [0.05, 0.4, 1.0])
@pytest.mark.parametrize("rho", [-0.6, 0.0, 0.7])
def test_two_weights_are_lasso_and_ridge(strength: float, rho: float) -> None:
    H, best = np.array([[1, rho], [rho, 1]]), np.array([1.2, -0.5])
    # ½‖Aw − Aw*‖² with AᵀA = H; scikit-learn divides the lasso's loss by the two rows.
    A = np.linalg.cholesky(H).T
    lasso = Lasso(alpha=strength / 2, fit_intercept=False, tol=1e-12).fit(A, A @ best).coef_
    ridge = Ridge(alpha=strength, fit_intercept=False).fit(A, A @ best).coef_
    np.testing.assert_allclose(penalties.minimum(H, best, "l1", strength), lasso, atol=1e-7)
    np.testing.assert_allclose(penalties.minimum(H, best, "l2", strength), ridge, atol=1e-10)


def test_the_picture_touches_where_it_says() -> None:
    found = penalties.two_weights("l1", 0.6, 0.3, 1.4, 0.6)
    assert np.abs(found.found).sum() == pytest.approx(found.size)
    np.testing.assert_allclose(found.region[["w1", "w2"]].abs().sum(axis=1), found.size)
    assert found.path.iloc[0][["w1", "w2"]].tolist() == pytest.approx([1.4, 0.6])
    assert found.path.iloc[-1][["w1", "w2"]].abs().sum() == 0  # λ = 10


@pytest.mark.parametrize("seed", range(2))
def test_l1_makes_zeros_l2_makes_small_and_too_much_underfits(seed: int) -> None:
    base = penalties.BASE.replace(seed=seed)
    found = {}
    for name in ("l1", "l2"):
        *_, (_, table) = penalties.sweep(base, name, (1e-4, 1e-2, 3e-1), 400, 2)
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
    found = penalties.reading(runs.with_gap(table))
    assert found is not None
    assert (found.best, found.low, found.high) == (1.0, 0.1, 10.0)
    assert (found.error, found.gap, found.zeros) == pytest.approx((0.15, 0.05, 0.6))
    assert (found.error_low, found.gap_low, found.train_high) == pytest.approx((0.3, 0.3, 0.5))
    assert penalties.reading(runs.with_gap(table[table["strength"] == 1.0])) is None


# --- dropout --------------------------------------------------------------------------------------------


def test_masks_keep_their_share_and_thin_the_network() -> None:
    experiment = runs.SMALL.replace(hidden=(40, 30), dropout=(0.3, 0.0))
    first, second = dropout.masks(experiment, 500)
    assert first.shape == (500, 40)
    assert first.mean() == pytest.approx(0.7, abs=0.01)
    assert second.all()
    found = dropout.thinned(runs.SMALL.replace(hidden=(6, 5), dropout=0.5))
    assert found.of == 2 * 6 + 6 * 5 + 5
    for sample, left in enumerate(found.left, start=1):
        kept = found.units[(found.units["sample"] == sample) & found.units["kept"]].groupby("x").size()
        a, b = kept.get(1.0, 0), kept.get(2.0, 0)
        assert left == 2 * a + a * b + b


@pytest.mark.parametrize("rate", [0.2, 0.5, 0.8])
def test_both_scalings_agree_in_expectation(rate: float) -> None:
    found = dropout.scaling(rate, 20_000)
    table = found.table
    np.testing.assert_allclose(table["classic_train"], table["classic_test"], rtol=0.06)
    np.testing.assert_allclose(table["inverted_train"], table["inverted_test"], rtol=0.06)
    assert max(found.off) < 4 * found.expected
    many = [dropout.scaling(rate, 100, seed=seed) for seed in range(100)]
    expected = np.sqrt(np.mean([one.expected**2 for one in many]))
    assert np.sqrt(np.mean([one.off[1] ** 2 for one in many])) == pytest.approx(expected, rel=0.3)
    last = found.running[found.running["masks"] == 20_000]
    np.testing.assert_allclose(last["mean"], last["goal"], rtol=0.03)


def test_one_layer_averages_to_the_evaluation_scores_exactly() -> None:
    # Scores are linear in the one hidden layer, so their mean over all 2⁴ masks is the evaluation score.
    trainer = runs.trained(runs.SMALL.replace(hidden=(4,), dropout=0.5), 20)
    x = torch.tensor(trainer.data.F_train)
    network = runs.network_of(trainer)
    h, score = (torch.from_numpy(np.asarray(v)) for v in trainer.engine.forward(trainer.data.F_train))
    total = torch.zeros(len(x))
    for code in range(16):
        mask = torch.tensor([[code >> i & 1 for i in range(4)]]) * 2.0
        total += network.output(h * mask)[:, 0].detach() / 16
    torch.testing.assert_close(total, score[:, 0], atol=1e-5, rtol=1e-4)


def test_the_average_over_masks_is_near_evaluation_and_unsure_at_the_boundary() -> None:
    trainer = runs.trained(runs.SMALL.replace(dropout=0.3), 200)
    found = dropout.averaged(trainer, runs.SMALL, 60)
    assert found.disagreement < 0.08
    assert found.accuracies["average"] > found.accuracies["thinned"] - 0.005
    near, far = found.spreads
    assert near > 1.3 * far
    assert set(found.boundaries()["kind"]) == {"thinned", "average", "evaluation"}


# --- stochastic depth -----------------------------------------------------------------------------------


def test_drawn_blocks_are_those_that_training_keeps() -> None:
    deep = dropout.RESIDUAL.replace(stochastic_depth=0.7)
    frame = dropout.blocks_frame(deep, 4000)
    expected = [1 - block / 7 * 0.7 for block in range(1, 8)]  # in a line from block to block
    np.testing.assert_allclose(frame.groupby("block")["kept"].mean(), expected, atol=0.03)
    # Training draws the same chances, step by step, whatever else it drops.
    source = NoiseSource(deep.replace(dropout=0.3))
    for step in range(1, 4):
        drawn = source.draw(np.array([10])).blocks
        kept = drawn >= np.array([rate for rate in deep.drop_rates if rate], np.float32)
        assert frame.loc[frame["step"] == step, "kept"].tolist() == kept.tolist()


@pytest.mark.parametrize("dataset", ["moons", "circle"])
def test_stochastic_depth_narrows_the_gap(dataset: str) -> None:
    base = dropout.RESIDUAL.replace(dataset=dataset, noise=0.3 if dataset == "moons" else 0.1)
    *_, (share, table) = runs.compare(base, [T("stochastic_depth", 0.5)], 300, 6)
    assert share == 1
    found = runs.summary(table).set_index("treatment")
    assert found.loc["stochastic_depth", "gap"] < found.loc["none", "gap"] - 0.03
    assert found.loc["stochastic_depth", "loss_test"] < 0.8 * found.loc["none", "loss_test"]
    assert found.loc["stochastic_depth", "gain"] > 0


# --- comparisons ----------------------------------------------------------------------------------------


def test_treatments_narrow_the_gap() -> None:
    treatments = [
        T("dropout", 0.5),
        T("dropconnect", 0.3),
        T("input_noise", 0.5),
        T("mixup", 1.0),
        T("l2", 0.03),
    ]
    *_, (share, table) = runs.compare(runs.SMALL, [*treatments, T("label_smoothing", 0.2)], 250, 8)
    assert share == 1
    found = runs.summary(table).set_index("treatment")
    read = runs.verdict(found.reset_index())
    assert read.gap == found.loc["none", "gap"]
    assert read.least == found["gap"].min()
    assert {*read.better, *read.worse, *read.unclear} == {*found.index} - {"none"}
    for treatment in treatments:
        assert found.loc[treatment.name, "gap"] < found.loc["none", "gap"] - 0.05
        assert found.loc[treatment.name, "gain"] > 0
    # Label smoothing leaves the boundary and softens wrong answers.
    assert found.loc["label_smoothing", "loss_test"] < 0.8 * found.loc["none", "loss_test"]
    assert found.loc["none", "gain"] == 0


def test_a_true_symmetry_helps_and_a_false_one_hurts() -> None:
    for base, better in ((CIRCLE, True), (runs.SMALL, False)):
        *_, (_, table) = runs.compare(base, [T("rotate", 180.0)], 250, 6)
        gain = runs.summary(table).set_index("treatment").loc["rotate", "gain"]
        assert bool(gain > 0.03) is better
        assert bool(gain < -0.03) is not better
        assert noise.holds(T("rotate", 180.0), base.dataset.name) is better
    assert noise.holds(T("mixup", 1.0), "circle") is None


def test_a_verdict_is_certain_beyond_twice_the_error() -> None:
    table = pd.DataFrame(
        {
            "treatment": ["none", "l1", "l2", "mixup", "jitter"],
            "gap": [0.2, 0.1, 0.05, 0.3, 0.2],
            "gain": [0.0, 0.03, 0.01, -0.05, -0.01],
            "error": [0.0, 0.01, 0.01, 0.01, 0.02],
        }
    )
    read = runs.verdict(table)
    assert (read.gap, read.narrowest, read.least) == (0.2, "l2", 0.05)
    assert (read.better, read.worse, read.unclear) == (("l1",), ("mixup",), ("l2", "jitter"))


def test_looking_at_turned_copies_helps_where_turning_keeps_the_class() -> None:
    gains = {}
    for base in (CIRCLE, runs.SMALL):
        found = [noise.at_test_time(runs.at_seed(base, s), T("rotate", 180.0), 200) for s in range(4)]
        gains[base.dataset.name] = np.mean([f["plain_looks"] - f["plain"] for f in found])
        assert set(found[0]) == {"plain", "plain_looks", "trained", "trained_looks"}
    assert gains["circle"] > 0.01
    assert gains["moons"] < -0.1


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_augmentations_are_the_maps_they_claim(name: str) -> None:
    entry = AUGMENTATIONS[name]
    X = np.random.default_rng(0).uniform(-4, 4, (50, 2))
    y = (X[:, 0] * X[:, 1] >= 0).astype(float)
    moved, labels = augmented(X, y, entry, entry.default, 0, copies=3)
    assert moved.shape == (200, 2)
    np.testing.assert_array_equal(moved[:50], X)
    np.testing.assert_array_equal(labels, np.tile(y, 4))
    if name != "jitter":
        np.testing.assert_allclose((moved**2).sum(axis=1), np.tile((X**2).sum(axis=1), 4))
    if name == "reflect":  # the classes of XOR stay
        np.testing.assert_array_equal((moved[:, 0] * moved[:, 1] >= 0).astype(float), labels)


def test_an_augmented_training_part_is_where_the_split_finds_it() -> None:
    experiment = runs.treated(runs.SMALL, T("jitter", 0.5))
    before, after = prepare(runs.SMALL), prepare(experiment)
    assert len(after.y_train) == 5 * len(before.y_train)
    X, y = augmented(before.X_train, before.y_train, AUGMENTATIONS["jitter"], 0.5, runs.SMALL.seed)
    np.testing.assert_allclose(after.X_train, X)
    np.testing.assert_array_equal(after.y_train, y)
    np.testing.assert_allclose(after.X_test, before.X_test[: len(after.X_test)])
    assert runs.epochs_for(runs.SMALL, experiment, 300) == 60


def test_mixed_points_lie_between_their_parents() -> None:
    frame = noise.seen_points(runs.SMALL, T("mixup", 1.0), 3)
    made = frame[frame["kind"] == "made"]
    assert len(made) == 120
    given = frame[frame["kind"] == "given"]
    assert made["x1"].between(given["x1"].min(), given["x1"].max()).all()
    assert made["label"].between(0, 1).all()
    assert made["label"].between(0.01, 0.99).any()
    np.testing.assert_allclose(noise.smoothed(np.array([0.0, 1.0]), 0.2), [0.1, 0.9])


# --- early stopping -------------------------------------------------------------------------------------


def test_patience_by_hand() -> None:
    losses = np.array([5.0, 4.0, 4.5, 4.2, 3.0, 3.1, 3.2, 3.3])
    assert stopping.stop_at(losses, 1) == (2, 3)
    assert stopping.stop_at(losses, 3) == (5, 8)
    assert stopping.stop_at(losses, 10) == (5, 8)


def test_the_rule_is_the_trainers_and_stops_before_overfitting() -> None:
    found = stopping.stopped(stopping.BASE, 20, 200)
    watched = found.curve[(found.curve["split"] == "test") & (found.curve["epoch"] > 0)]["loss"].to_numpy()
    assert (found.best, found.stop) == stopping.stop_at(watched, 20)
    assert found.stop == found.best + 20
    losses = found.scores.set_index("kind")["loss_fresh"]
    assert losses["best"] < 0.7 * losses["end"]


def test_patience_over_data_sets() -> None:
    *_, (_, table) = stopping.by_patience(stopping.BASE, (1, 20), 200, 5)
    means = table.groupby("patience").mean()
    assert means.loc[1, "stop"] < means.loc[20, "stop"] < 200
    assert means.loc[20, "loss"] < 0.7 * means.loc[0, "loss"]
    read = stopping.best_patience(table)
    assert read.loss == pytest.approx(means["loss"].drop(0).min())
    assert read.never == pytest.approx(means.loc[0, "loss"])
    assert read.epochs == pytest.approx(means.loc[read.patience, "stop"])
    assert read.better >= 4


# --- ensembles and data ---------------------------------------------------------------------------------


def test_an_average_beats_its_members_mean() -> None:
    *_, (_, table) = ensembles.over_seeds(CIRCLE, 200, 6, 4)
    gains = ensembles.gains(table)
    assert gains["average"].mean() > 0
    assert gains["average"].min() > -0.01
    assert gains["average"].max() < 0.06
    assert table.groupby("kind").size().to_dict() == {"average": 4, "member": 24, "snapshots": 4}
    # All of the gain comes from where the members are not of one mind.
    split = table[table["kind"] == "average"].set_index("seed")["disagreement"]
    where = table.groupby(["kind", "seed"])["disputed"].mean()
    np.testing.assert_allclose(
        gains.set_index("seed")["average"], split * (where["average"] - where["member"]), atol=1e-9
    )
    assert split.between(0.01, 0.4).all()


def test_members_of_small_networks_differ_more_and_gain_more() -> None:
    split, gain = {}, {}
    for name in ("small", "large"):
        base = runs.SMALL.replace(dataset="spiral", noise=0.1, hidden=ensembles.SIZES[name])
        found = [list(ensembles.ensemble(runs.at_seed(base, s), 200, 6))[-1][1] for s in range(5)]
        split[name] = np.mean([e.disagreement for e in found])
        gain[name] = np.mean([e.gain for e in found])
    assert split["small"] > 1.5 * split["large"]
    assert gain["small"] > gain["large"]
    assert gain["large"] < ensembles.LECTURE_GAIN


def test_disagreement_by_hand() -> None:
    p = np.array([[0.9, 0.2, 0.6, 0.4], [0.8, 0.3, 0.4, 0.4]])  # only the third point is disputed
    assert ensembles.disputed(p).tolist() == [False, False, True, False]


def test_snapshots_cost_one_run() -> None:
    parts = [found for _, found in ensembles.snapshots(CIRCLE, 60, 3)]
    assert [len(found.accuracies) for found in parts] == [1, 2, 3]
    assert ensembles.member(CIRCLE, 0).weights_seed == CIRCLE.weights_seed
    assert ensembles.member(CIRCLE, 2).weights_seed != ensembles.member(CIRCLE, 1).weights_seed


def test_more_data_helps_the_large_model_most() -> None:
    *_, (_, table) = size.learning_curves(size.BASE, ("linear", "large"), (10, 40, 320), 800, 4)
    error = table.groupby(["model", "count"])["error_test"].mean()
    train = table.groupby(["model", "count"])["error_train"].mean()
    assert error["large", 10] > error["linear", 10]
    assert error["large", 320] < error["linear", 320] - 0.02
    assert error["large", 40] - error["large", 320] > error["linear", 40] - error["linear", 320]
    assert error["linear", 320] - train["linear", 320] < 0.03  # the two meet
    assert size.best_models(table)["model"].tolist()[::2] == ["linear", "large"]
    told = size.gained(table, "linear")
    assert told is not None
    assert (told.few, told.many) == (10, 320)
    assert (told.first, told.last) == pytest.approx((error["linear", 10], error["linear", 320]))
    assert told.gap == pytest.approx(error["linear", 320] - train["linear", 320])
