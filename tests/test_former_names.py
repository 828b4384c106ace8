"""What was once called something else still opens by its former name: links, files, addresses of sections."""

from __future__ import annotations

import json

import pytest

from playground import Experiment
from playground.chapters import sections
from playground.data import PREPROCESSINGS
from playground.experiment import FIELDS
from playground.families import FAMILIES
from playground.races import Lane, Race
from playground.registry import FORMER_NAMES

OLD_PREPROCESSINGS = {old: new for old, new in FORMER_NAMES.items() if new in PREPROCESSINGS}


def test_a_former_name_is_the_name_of_nothing_else():
    controls = {control.name for section in sections.values() for control in section.controls}
    techniques = {name for registry in FAMILIES.values() for name in registry}
    assert not set(FORMER_NAMES) & (controls | techniques | set(FIELDS))
    assert set(FORMER_NAMES.values()) <= controls | techniques | set(FIELDS)
    assert {"centring", "standardising"} <= set(OLD_PREPROCESSINGS)


@pytest.mark.parametrize(("old", "new"), OLD_PREPROCESSINGS.items())
def test_experiments_and_races(old, new):
    experiment = Experiment(preprocessing=new)
    assert Experiment.from_query({"v": "1", "preprocessing": old}) == experiment
    assert Experiment.from_json(json.dumps({"version": 1, "preprocessing": old})) == experiment
    assert Experiment().replace(preprocessing={"name": old}) == experiment
    assert experiment.to_query()["preprocessing"] == experiment.to_dict()["preprocessing"] == new
    race = Race(lanes=(Lane(preprocessing=new), Lane()))
    assert Race.from_query({"v": "1", "lane1": f"preprocessing:{old}", "lane2": ""}) == race
    old_json = race.to_json().replace(f'"{new}"', f'"{old}"')
    assert old in old_json
    assert Race.from_json(old_json) == race


def test_settings_of_sections():
    iris = sections["activations/iris"]
    assert iris.settings(standardise="true") == iris.settings(standardize=True)
    contours = sections["normalization/contours"]
    assert contours.settings(preprocessing="centring") == contours.settings(preprocessing="center")
