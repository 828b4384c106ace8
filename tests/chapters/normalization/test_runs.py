"""What the lecture says of batch normalization, over seeds, and the stages by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from playground.chapters import sections
from playground.chapters.normalization import (
    batches,
    charts,
    cost,
    effect,
    lag,
    modes,
    rate,
    robust,
    stages,
    training,
)
from playground.chapters.normalization.runs import DEEP, TRAINS
from playground.model import build

pytestmark = pytest.mark.usefixtures("kernel")


def last(steps: Iterator[tuple[float, Any]]) -> Any:
    shares, results = zip(*steps, strict=True)
    assert list(shares) == sorted(shares)
    assert shares[-1] == pytest.approx(1.0)
    return results[-1]


# --- stages -------------------------------------------------------------------------------------------


def test_stages_by_hand() -> None:
    # 1, 2, 6: mean 3, variance (4 + 1 + 9)/3 = 14/3
    found = stages.stages(np.array([1.0, 2.0, 6.0]), gamma=2.0, beta=1.0, eps=0.0)
    assert (found.mean, found.variance) == pytest.approx((3.0, 14 / 3))
    np.testing.assert_allclose(found.table["centered"], [-2, -1, 3])
    np.testing.assert_allclose(found.table["normal"], np.array([-2, -1, 3]) / np.sqrt(14 / 3))
    np.testing.assert_allclose(found.table["scaled"], 1 + 2 * np.array([-2, -1, 3]) / np.sqrt(14 / 3))


def test_gamma_and_beta_can_undo_it() -> None:
    z = stages.sums(8)[:, 2]
    back = stages.stages(z, gamma=float(np.sqrt(z.var() + 1e-5)), beta=float(z.mean())).table["scaled"]
    np.testing.assert_allclose(back, z)


@pytest.mark.parametrize(("kind", "module"), [("batch_norm", nn.BatchNorm1d), ("layer_norm", nn.LayerNorm)])
def test_the_grid_is_pytorch_s(kind: str, module: Any) -> None:
    z = stages.sums(8)
    frame = stages.grid(z, kind, 3)
    after = frame[frame["stage"] == "after"].pivot(index="sample", columns="unit", values="value")
    expected = module(z.shape[1], dtype=torch.float64)(torch.tensor(z)).detach().numpy()
    np.testing.assert_allclose(after, expected, atol=1e-12)
    marked = frame[frame["marked"] & (frame["stage"] == "before")]
    assert set(marked["unit" if kind == "batch_norm" else "sample"]) == {4}
    assert len(marked) == (8 if kind == "batch_norm" else 6)


def test_the_sums_are_those_of_the_playground_s_network() -> None:
    network = build(stages.EXPERIMENT)
    assert stages.sums(8).shape == (8, network.hidden[0].linear.out_features)


# --- the claims ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_a_deep_sigmoid_network_learns_only_with_batch_norm(seed: int) -> None:
    histograms, moments, curve = last(
        training.watch(DEEP.replace(init_seed=seed), ("none", "batch_norm"), epochs=60, looks=4)
    )
    final = curve.groupby("normalization").tail(1).set_index("normalization")["accuracy_test"]
    assert final["batch_norm"] > 0.9
    assert final["none"] < 0.65
    # At the start next to no gradient reaches the first layer without it.
    start = moments[(moments["epoch"] == 0) & (moments["layer"] == 1)].set_index("normalization")["gradient"]
    assert start["none"] < 1e-3 < 0.05 < start["batch_norm"]
    # without it the sums of all points huddle together in the last layers
    at_end = moments[moments["epoch"] == 60].set_index(["normalization", "layer"])
    assert at_end.loc[("none", 6), "std"] < 0.02
    assert at_end.loc[("batch_norm", 6), "std"] > 0.3
    sums = histograms.groupby(["normalization", "epoch", "layer"])["share"].sum()
    np.testing.assert_allclose(sums, 1.0)
    assert len(sums) == 2 * 5 * 6


def test_with_batch_norm_the_first_epoch_is_centered() -> None:
    experiment = DEEP.replace(batch_size=5000, learning_rate=1e-5)
    *_, (_, (_, moments, _)) = training.watch(
        experiment.replace(normalization="none"), ("batch_norm",), epochs=150, looks=1
    )
    # running averages of one and the same full batch: all but 0.9^150 of the way; the variance in them is n/(n-1)
    end = moments[moments["epoch"] == 150]
    assert end["mean"].abs().max() < 0.02
    assert end["std"].between(0.97, 1.01).all()


def test_the_initial_scale_matters_less_with_batch_norm() -> None:
    found = sections["normalization/robust"].run(networks=2)
    assert len(found) == 3 * 3 * 2 * len(robust.STDS)
    deep = found[found["depth"] == 6].groupby(["normalization", "std"])["accuracy_train"].mean()
    trained = (deep >= TRAINS).groupby("normalization").sum()
    assert trained["batch_norm"] > trained["none"]
    assert deep["batch_norm", 5.0] > 0.95 > deep["none", 5.0] + 0.1


def test_a_larger_rate_still_trains_with_batch_norm() -> None:
    largest = rate.largest_rates(sections["normalization/rate"].run(networks=5))
    assert largest["batch_norm"] >= 3 * largest["none"]


def test_largest_rates_leave_out_what_diverged() -> None:
    table = pd.DataFrame(
        {
            "normalization": "none",
            "rate": [0.1, 1.0, 10.0],
            "accuracy_train": [0.95, 0.99, 0.99],
            "diverged": [False, False, True],
        }
    )
    assert rate.largest_rates(table) == {"none": 1.0}
    assert np.isnan(rate.largest_rates(table, trains=1.5)["none"])


@pytest.mark.parametrize("depth", [2, 4])
def test_tiny_batches_break_batch_norm_and_not_layer_norm(depth: int) -> None:
    found = sections["normalization/batches"].run(depth=depth)
    median = found.groupby(["normalization", "batch"])["accuracy_test"].median()
    assert (median["batch_norm"][[1, 2]] < 0.7).all()
    assert (median["layer_norm"] > 0.85).all()
    # Four samples do in a shallow network and no longer in a deeper one.
    assert batches.behind(found, "batch_norm", "layer_norm") == ((1, 2) if depth == 2 else (1, 2, 4))


def test_a_larger_batch_is_behind_only_beyond_the_margin() -> None:
    table = pd.DataFrame(
        {
            "normalization": ["batch_norm"] * 3 + ["layer_norm"] * 3,
            "batch": [1, 2, 4] * 2,
            "accuracy_test": [0.5, 0.86, 0.95, 0.9, 0.9, 0.9],
        }
    )
    assert batches.behind(table, "batch_norm", "layer_norm") == (1,)
    assert batches.behind(table, "batch_norm", "layer_norm", 0.03) == (1, 2)


def test_forgetting_to_switch_makes_answers_depend_on_company() -> None:
    experiment = DEEP.replace(normalization="batch_norm", activation="tanh", hidden=(16, 16))
    table = last(modes.forgotten(experiment, 40, (1, 5, 50), 3))
    assert len(table) == 3 * 4 * 3
    for _, part in table.groupby("seed"):
        found = part.set_index(["mode", "order", "size"])["accuracy"]
        assert found["evaluation"].nunique() == 1  # the same answers however they are asked for
        assert found["evaluation", "mixed", 1] > 0.95
        assert found["training", "mixed", 1] < 0.65  # one answer for all
        assert found["training", "mixed", 50] > 0.9
        assert found["training", "sorted", 50] < 0.8


def test_slow_running_averages_lag_behind() -> None:
    found = sections["normalization/lag"].run(epochs=10).set_index(["momentum", "epoch"])["loss_test"]
    assert found[0.001, 10] > found[0.1, 10] + 0.1
    assert found[0.001, 0] == found[0.1, 0]
    assert set(found.index.get_level_values("momentum")) == set(lag.MOMENTA)


def test_batch_norm_narrows_the_gap_the_more_the_smaller_the_batches() -> None:
    section = sections["normalization/effect"]
    gaps = {batch: effect.means(section.run(batch=batch)).set_index("normalization") for batch in (10, 60)}
    left = {batch: table["gap"]["batch_norm"] / table["gap"]["none"] for batch, table in gaps.items()}
    assert left[10] < 0.5
    assert left[60] > left[10] + 0.2
    assert gaps[10]["loss_test"]["batch_norm"] < gaps[10]["loss_test"]["none"]


def test_cost_counts_what_is_added() -> None:
    found = last(cost.measured(DEEP.replace(hidden=(4, 3)), steps=5, rounds=1))
    sizes = found.drop_duplicates("normalization").set_index("normalization")
    extra = sizes["parameters"] - sizes["parameters"]["none"]
    # γ and β for 4 + 3 units; running mean and variance for batch norm only
    assert extra.to_dict() == {"none": 0, "batch_norm": 14, "layer_norm": 14}
    assert sizes["statistics"].to_dict() == {"none": 0, "batch_norm": 14, "layer_norm": 0}
    assert (found["microseconds"] > 0).all()


def test_what_is_added_is_read_from_the_table() -> None:
    table = pd.DataFrame(
        {
            "normalization": ["none", "none", "batch_norm", "batch_norm"],
            "engine": ["fused", "reference"] * 2,
            "parameters": [10, 10, 16, 16],
            "microseconds": [2.0, 100.0, 3.0, 150.0],
        }
    )
    assert cost.added(table, "batch_norm") == (6, {"fused": 1.5, "reference": 1.5})


# --- charts -------------------------------------------------------------------------------------------


def test_charts_name_their_columns() -> None:
    table = pd.DataFrame(
        {
            "normalization": ["none", "batch_norm"],
            "rate": [0.1, 0.1],
            "accuracy_train": [0.5, 0.9],
            "diverged": [True, False],
        }
    )
    for language in ("en", "ko"):
        drawn = charts.against(table, "rate", "accuracy_train", language).to_dict()
        line = drawn["layer"][0]["encoding"]
        assert line["x"]["field"] == "rate"
        assert line["x"]["scale"]["type"] == "log"
        assert line["y"]["field"] == "accuracy_train"
        assert line["color"]["field"] == "normalization"


def test_a_group_of_one_is_told() -> None:
    section = sections["normalization/stages"]
    settings = section.settings(batch=1)
    result = section.run(batch=1)
    assert result.found.table["normal"].tolist() == [0.0]
    assert section.verdict(result, settings).key == "single"


def test_relative_times_are_those_of_the_same_engine() -> None:
    table = pd.DataFrame(
        {
            "normalization": ["none", "none", "batch_norm", "batch_norm"],
            "engine": ["fused", "reference"] * 2,
            "microseconds": [2.0, 100.0, 3.0, 120.0],
        }
    )
    assert cost.relative(table)["relative"].tolist() == pytest.approx([1, 1, 1.5, 1.2])


def test_the_layers_are_shown_at_the_chosen_moment() -> None:
    section = sections["normalization/training"]
    result = section.run(epochs=20)
    at = [training.moment(result, section.settings(epochs=20, moment=name)) for name in training.MOMENTS]
    assert at == [0, 10, 20]
    assert set(result.curves["network"]) == set(range(training.NETWORKS))
