"""Bytes of the maps from whatever a network puts out."""

from __future__ import annotations

import numpy as np
import pytest

from playground.live.picture import to_bytes, unit_maps, unit_range

HUGE = np.float32(3e38)


def test_an_input_that_is_held_has_an_empty_map() -> None:
    inputs = np.column_stack([np.full(4, -0.3), np.arange(4.0)])
    maps = unit_maps(inputs, [np.ones((4, 1))])
    assert (maps[0] == 128).all()
    assert maps[1].max() == 255
    assert (maps[2] == 255).all()  # a unit that says the same everywhere says it loudly


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "values", [[-HUGE, 0, HUGE], [-np.inf, 0, np.inf], [-HUGE, np.nan, HUGE], [-np.inf, np.nan, np.inf]]
)
def test_extreme_activations_are_drawn_without_a_warning(values):
    values = np.array(values, np.float32)
    assert to_bytes(values, *unit_range(values)).tolist() == [0, 128, 255]
