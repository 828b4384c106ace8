"""A race on all columns of a set: its lanes are shown on the plane that the data show first."""

from __future__ import annotations

import pytest
from race_watch import Watched, small_race

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


def found(told: object) -> list[dict]:
    """Every scene inside a message."""
    if isinstance(told, dict):
        own = [told] if "plane_note" in told else []
        return own + [scene for value in told.values() for scene in found(value)]
    if isinstance(told, list):
        return [scene for value in told for scene in found(value)]
    return []
