"""A wall as a value: where its networks stand, what they train, which rectangles are taken, who is good."""

import math

import numpy as np
import pytest

from playground import Experiment
from playground.walls.wall import COUNTS, DEPTH, Side, Wall, nested, standing

RATES, DECAYS, RATE_OF_UNITS = (
    Side("learning_rate", 1e-3, 1.0),
    Side("l2", 1e-4, 0.1),
    Side("dropout", 0.0, 0.9),
)
BASE = Experiment(n_samples=40)


@pytest.mark.parametrize("count", COUNTS)
def test_a_grid_goes_row_by_row_from_the_bottom_left(count):
    side = math.isqrt(count)
    assert side**2 == count
    experiments = Wall(BASE, RATES, DECAYS, count).experiments
    assert len(experiments) == count
    first, last = experiments[0], experiments[-1]
    assert (first.learning_rate, first.l2) == (1e-3, 1e-4)
    assert (last.learning_rate, last.l2) == (1.0, 0.1)
    assert (experiments[side - 1].learning_rate, experiments[side - 1].l2) == (1.0, 1e-4)
    assert experiments[1].learning_rate == float(f"{1e-3 * 1000 ** (1 / (side - 1)):.3g}")


def test_scattered_networks_are_the_same_again_and_others_in_a_rectangle():
    walls = [Wall(BASE, RATES, DECAYS, 25, "random", boxes) for boxes in ((), (), ((0.0, 0.5, 0.0, 0.5),))]
    assert walls[0].experiments == walls[1].experiments
    assert not np.array_equal(walls[0].places, walls[2].places)
    assert walls[2].places.min() >= 0
    assert walls[2].places.max() <= 1


def test_the_networks_stand_in_the_last_rectangle():
    wall = Wall(BASE, RATES, RATE_OF_UNITS, 25, boxes=((0.0, 0.5, 0.0, 1.0), (1 / 3, 0.5, 0.5, 1.0)))
    rates = [experiment.learning_rate for experiment in wall.experiments]
    assert (min(rates), max(rates)) == (0.01, 0.0316)
    dropouts = [experiment.dropout for experiment in wall.experiments]
    assert (min(dropouts), max(dropouts)) == (0.45, 0.9)
    assert len(set(dropouts)) == 5


def test_only_rectangles_inside_each_other_are_taken():
    outer, inner = (0.2, 0.8, 0.2, 0.8), (0.3, 0.5, 0.3, 0.5)
    assert nested((*outer, *inner)) == (outer, inner)
    assert nested((*inner, *outer)) == (inner,)
    assert nested((*outer, 0.5, 0.5, 0.2, 0.8, *inner)) == (outer, inner)
    assert nested((*outer, 0.4)) == (outer,)
    assert nested((0.2, 0.201, 0.2, 0.8)) == ()
    assert len(nested([0.0, 1.0, 0.0, 1.0] * 9)) == DEPTH


def test_those_within_twice_the_lowest_loss_are_good():
    assert standing([0.3, 0.1, 0.2, 0.21, math.nan, math.inf]) == (1, 2)
    assert standing([math.nan, math.inf]) == (None, 0)
