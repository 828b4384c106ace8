"""Activations as functions: properties against closed values, the identity of tanh, the cost's shape."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from playground.chapters import sections
from playground.chapters.activations import curves as lab
from playground.chapters.activations import elu
from playground.chapters.activations.cost import measured, product_seconds
from playground.chapters.activations.tanh import stretched
from playground.techniques import ACTIVATIONS

SPECS = [entry.spec() for entry in ACTIVATIONS.values()]
PROPERTIES = lab.property_frame(SPECS).set_index("activation")


@pytest.mark.parametrize("name", list(ACTIVATIONS))
def test_the_derivative_is_the_curve_s_slope(name: str) -> None:
    z = np.linspace(-3.03, 3.01, 40)  # no point on a kink
    step = 1e-6
    spec = ACTIVATIONS[name].spec()
    difference = (lab.evaluate(spec, z + step).h - lab.evaluate(spec, z - step).h) / (2 * step)
    np.testing.assert_allclose(lab.evaluate(spec, z).slope, difference, atol=1e-5)


def test_every_curve_has_value_and_derivative() -> None:
    frame = lab.function_frame(SPECS, points=11)
    assert set(frame["activation"]) == set(ACTIVATIONS)
    assert (frame.groupby(["activation", "quantity"]).size() == 11).all()


def test_parameters_reach_the_curve_and_its_name() -> None:
    spec = ACTIVATIONS["leaky_relu"].spec(slope=0.3)
    frame = lab.function_frame([spec], -1, 1, 3)
    assert frame.loc[frame["quantity"] == "value", "y"].tolist() == pytest.approx([-0.3, 0, 1])
    assert set(frame["activation"]) == {"leaky_relu~slope:0.3"}


def test_known_properties() -> None:
    assert PROPERTIES.loc["sigmoid", "max_slope"] == pytest.approx(0.25)
    assert PROPERTIES.loc["sigmoid", "mean"] == pytest.approx(0.5)
    assert PROPERTIES.loc["tanh", "max_slope"] == pytest.approx(1.0)
    # E[max(0, z)] = 1/√(2π) for a standard normal z, and half of them are cut off.
    assert PROPERTIES.loc["relu", "mean"] == pytest.approx(1 / math.sqrt(2 * math.pi), abs=1e-4)
    assert PROPERTIES.loc["relu", "flat_share"] == pytest.approx(0.5)
    assert PROPERTIES.loc["selu", "variance"] == pytest.approx(1, abs=0.01)
    centered = set(PROPERTIES.index[PROPERTIES["zero_centered"]])
    assert centered == {name for name, entry in ACTIVATIONS.items() if entry.zero_centered}


@pytest.mark.parametrize(
    ("name", "side"),
    [
        ("identity", "no"),
        ("sigmoid", "both"),
        ("tanh", "both"),
        ("relu", "left"),
        ("leaky_relu", "no"),
        ("elu", "left"),
    ],
)
def test_saturation(name: str, side: str) -> None:
    assert PROPERTIES.loc[name, "saturates"] == side


def test_sums_that_spread_wide_find_the_sigmoid_flat() -> None:
    # Its slope is below 0.01 beyond |z| = 4.585: P(|N(0, 10)| > 4.585) = erfc(0.4585 / √2) = 0.647.
    assert PROPERTIES.loc["sigmoid", "flat_share"] < 1e-4
    assert PROPERTIES.loc["sigmoid", "far_share"] == pytest.approx(math.erfc(0.4585 / math.sqrt(2)), abs=1e-3)


def test_tanh_is_a_sigmoid() -> None:
    frame = stretched()
    assert frame["difference"].abs().max() < 1e-15
    np.testing.assert_allclose(frame["tanh"], np.tanh(frame["z"]), atol=1e-15)
    section = sections["activations/tanh"]
    settings = section.settings(a=1.0)
    found = section.verdict(section.run(a=1.0), settings)
    assert not found.holds
    assert float(found.values["difference"]) == pytest.approx(1.0, abs=0.01)  # at z = 6: 1 against 1 - 1


def test_cost_is_relative_to_relu() -> None:
    *_, (share, costs) = measured(SPECS[:3], 16, outputs=1000, rounds=2)
    assert share == 1
    assert set(costs.frame["activation"]) == {"relu", "identity", "sigmoid", "tanh"}
    assert costs.frame.loc[costs.frame["activation"] == "relu", "relative"].tolist() == [1.0, 1.0]
    assert (costs.frame["microseconds"] > 0).all()
    assert costs.product > 0


def test_maxout_s_picture_is_made_of_tangents() -> None:
    values = lab.evaluate(ACTIVATIONS["maxout"].spec(pieces=3), np.array([-3.0, 0.0, 3.0]))
    assert values.h.tolist() == pytest.approx([9 / 4, 0, 9 / 4])


def test_a_wide_layers_product_costs_more_than_a_narrow_ones() -> None:
    wide, narrow = (
        min(product_seconds(torch.randn(65_536 // n, n), torch.randn(n, n)) for _ in range(3))
        for n in (512, 4)
    )
    assert wide > narrow > 0


def test_noise_comes_through_as_steep_as_the_curve_is() -> None:
    z = np.array([-4.0, -1.0, 3.0])
    frame = elu.passed([ACTIVATIONS[name].spec() for name in ("identity", "relu", "prelu", "elu")], 0.05, z)
    share = frame.pivot(index="activation", columns="z", values="share")
    assert share.loc["identity"].tolist() == pytest.approx([1, 1, 1])
    assert share.loc["relu"].tolist() == pytest.approx([0, 0, 1])
    assert share.loc["prelu"].tolist() == pytest.approx([0.25, 0.25, 1])
    # Little noise is multiplied by the slope, e^z.
    assert share.loc["elu"].tolist() == pytest.approx([math.exp(-4), math.exp(-1), 1], rel=0.01)


def test_elu_s_mean_by_hand() -> None:
    # E[elu] = 1/√(2π) + e^½ Φ(-1) - ½ for a standard normal sum.
    expected = 1 / math.sqrt(2 * math.pi) + math.exp(0.5) * 0.5 * math.erfc(1 / math.sqrt(2)) - 0.5
    result = sections["activations/elu"].run()
    assert result.means["elu"] == pytest.approx(expected, abs=1e-4)


def test_every_curve_is_drawn_with_its_derivative_dashed() -> None:
    section = sections["activations/functions"]
    settings = section.settings(names=("relu",), tuned="leaky_relu~slope:0.5")
    (figure,) = section.picture(section.run(**settings), settings, "en")
    assert set(figure.frame["activation"]) == {"relu", "leaky_relu~slope:0.5"}
    scale = figure.chart.to_dict()["encoding"]["strokeDash"]["scale"]
    dashed = {name for name, dash in zip(scale["domain"], scale["range"], strict=True) if dash != [1, 0]}
    assert dashed == {name for name in scale["domain"] if name.endswith("h′")}
    assert len(dashed) == 2
