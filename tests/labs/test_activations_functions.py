"""Activations as functions: properties against closed values, the identity of tanh, the cost's shape."""

from __future__ import annotations

import math

import numpy as np
import pytest

from playground.labs import activations_functions as lab
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
    centred = set(PROPERTIES.index[PROPERTIES["zero_centred"]])
    assert centred == {name for name, entry in ACTIVATIONS.items() if entry.zero_centred}


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


def test_tanh_is_a_sigmoid() -> None:
    frame = lab.tanh_identity()
    assert frame["difference"].abs().max() < 1e-15
    np.testing.assert_allclose(frame["tanh"], np.tanh(frame["z"]), atol=1e-15)


def test_cost_is_relative_to_relu() -> None:
    frame = lab.cost_frame(SPECS[:3], outputs=1000, repeats=2)
    assert set(frame["activation"]) == {"relu", "identity", "sigmoid", "tanh"}
    assert frame.loc[frame["activation"] == "relu", "relative"].tolist() == [1.0, 1.0]
    assert (frame["microseconds"] > 0).all()


def test_maxout_s_picture_is_made_of_tangents() -> None:
    values = lab.evaluate(ACTIVATIONS["maxout"].spec(pieces=3), np.array([-3.0, 0.0, 3.0]))
    assert values.h.tolist() == pytest.approx([9 / 4, 0, 9 / 4])


def test_a_wide_layers_product_costs_more_than_a_narrow_ones() -> None:
    assert lab.product_cost(65_536, 512, 3) > lab.product_cost(65_536, 4, 3) > 0
