"""What the lanes of a race look like, in its chart and on its page; without the charts, which take long to load."""

from __future__ import annotations

LANE_COLOURS = ("#0877bd", "#d55e00", "#009e73", "#b5559f", "#b08a00", "#6b6fd6")
"""Lanes in order: hues of Okabe and Ito that can be told apart by colour-blind people, on light and on dark."""

LANE_DASHES = ([1, 0], [7, 3], [2, 2], [9, 3, 2, 3], [4, 4], [12, 4])
"""A second mark besides the colour, in pixels."""

HEIGHT = 240
"""Pixels of the plotting area."""
