"""Bytes of the maps from whatever a network puts out."""

from __future__ import annotations

import numpy as np
import pytest

from playground.live.picture import to_bytes, unit_range

HUGE = np.float32(3e38)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "values", [[-HUGE, 0, HUGE], [-np.inf, 0, np.inf], [-HUGE, np.nan, HUGE], [-np.inf, np.nan, np.inf]]
)
def test_extreme_activations_are_drawn_without_a_warning(values):
    values = np.array(values, np.float32)
    assert to_bytes(values, *unit_range(values)).tolist() == [0, 128, 255]
