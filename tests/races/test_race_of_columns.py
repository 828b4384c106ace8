"""A race on all columns of a set: its lanes are all shown on the same plane."""

from __future__ import annotations

import numpy as np
import pytest
from race_watch import Watched, small_race

from playground import InvalidValue
from playground.races import Lane, Race

pytestmark = pytest.mark.usefixtures("auto")

WINE = {"dataset": {"name": "wine", "inputs": "all"}, "preprocessing": "standardize"}


def test_lanes_train_on_all_columns_and_say_what_is_held() -> None:
    race = small_race(Lane(hidden=(3,)), Lane(activation="relu"), base=WINE, seeds=2)
    assert Race.from_json(race.to_json()) == race
    assert Race.from_query(race.to_query()) == race
    watched = Watched(race)
    watched.do("epoch")
    watched.session.settle()
    lanes = watched.session.lanes
    assert all(lane.trainers[0].step > 0 for lane in lanes)
    scenes = [scene for message in watched.texts.values() for told in message for scene in found(told)]
    assert scenes
    assert all(scene["x_names"] == ["alcohol", "flavanoids"] for scene in scenes)
    assert all("11" in scene["plane_note"] for scene in scenes)
    assert watched.frames


def test_all_lanes_show_the_plane_that_was_chosen() -> None:
    watched = Watched(small_race(Lane(seed=1), Lane(activation="relu"), base=WINE, seeds=2))
    before = {i: frame[1]["map"] for i, frame in enumerate(watched.frames[-1])}
    step = watched.session.lockstep.step
    reply = watched.do("plane", kind="columns", across=3, down=12, point=4, lane=1)
    assert reply["revision"] == watched.session.revision
    point = watched.session.lanes[1].trainer.data.all("X")[4]
    assert watched.session.lockstep.step == step
    for i, scene in enumerate(watched.texts["scene"][-2:]):
        assert scene["x_names"] == ["alcalinity_of_ash", "proline"]
        assert "Other inputs (11) are held at chosen values" in scene["plane_note"]
        assert scene["plane"]["origin"][0] == point[0]
        assert not np.array_equal(watched.frames[-1][i][1]["map"], before[i])
    watched.session.apply(watched.session.race.replace(seeds=1))
    assert watched.session.view is not None  # the columns are the same
    with pytest.raises(InvalidValue):
        watched.do("plane", kind="columns", across=3, down=3)
    watched.do("plane", kind=None)
    assert watched.session.view is None


def found(told: object) -> list[dict]:
    """Every scene inside a message."""
    if isinstance(told, dict):
        own = [told] if "plane_note" in told else []
        return own + [scene for value in told.values() for scene in found(value)]
    if isinstance(told, list):
        return [scene for value in told for scene in found(value)]
    return []
