"""The race as a value: what it holds, what it refuses, and its text forms."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from playground import Experiment, InvalidValue
from playground.data.points import Points
from playground.naming import names
from playground.races import Criterion, Lane, Race, vary
from playground.races.race import CRITERIA, MODES, evenly

TWO = (Lane(activation="relu"), Lane(activation="tanh"))

RACES = [
    Race(lanes=TWO),
    Race(
        Experiment(hidden=(8, 8), activation=("relu", "tanh"), dropout=(0.1, 0.2), init_seed=4),
        (
            Lane(optimizer={"name": "adam", "beta1": 0.8}, name="α & β; 100 %"),
            Lane(hidden=()),
            Lane(init_seed=None, dropout=0.0),
        ),
        seeds=16,
        mode="time",
        criterion=Criterion("reach_loss", 0.05),
        predict=True,
    ),
    Race(Experiment(dataset="x_sin"), (Lane(loss="huber"), Lane(features=("x1",))), mode="epoch"),
    Race(lanes=(Lane(batch_norm=True), Lane(schedule="cosine"), Lane(dataset="spiral"), Lane(seed=9))),
]


@pytest.mark.parametrize("race", RACES)
def test_text_forms_read_back_to_the_same_race(race):
    assert Race.from_json(race.to_json()) == race
    assert Race.from_query(race.to_query()) == race
    assert hash(Race.from_query(race.to_query())) == hash(race)


def test_the_link_is_readable():
    assert Race(Experiment(hidden=(8,)), TWO, seeds=4).to_query() == {
        "v": "2",
        "hidden": "8",
        "lane1": "activation:relu",
        "lane2": "",
        "seeds": "4",
        "criterion": "best_loss~100",
    }


def test_lanes_are_what_differs_from_the_base():
    race = Race(lanes=(Lane(activation="tanh", learning_rate=0.03), Lane(activation="relu")))
    assert race.lanes[0].changes == ()
    assert [name for name, _ in race.lanes[1].changes] == ["activation"]
    assert race.replace(base=Experiment(hidden=(5,))).experiments[1].hidden == (5,)


def test_lanes_may_come_as_mappings_and_experiments():
    base = Experiment()
    given = (
        {"activation": "relu"},
        {"changes": {"learning_rate": 0.1}, "name": "fast"},
        base.replace(hidden=()),
    )
    race = Race(base, given)
    assert race.experiments[0].activations[0].name == "relu"
    assert race.lanes[1].name == "fast"
    assert race.experiments[2].hidden == ()


def test_repeats_count_the_seeds_on_alike_in_all_lanes():
    race = Race(Experiment(seed=5), (*TWO, Lane(init_seed=100)), seeds=4)
    assert [race.experiment(i, 3).seed for i in range(3)] == [8, 8, 8]
    assert [race.experiment(i, 3).weights_seed for i in range(3)] == [8, 8, 103]
    assert race.experiment(1, 0) == race.experiments[1]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"lanes": TWO[:1]}, "lanes"),
        ({"lanes": [Lane(learning_rate=0.01 * i) for i in range(1, 8)]}, "lanes"),
        ({"lanes": (Lane(), Lane(activation="tanh"))}, "lanes[1]"),
        ({"lanes": (Lane(), Lane(learning_rate=-1.0))}, "lanes[1].learning_rate"),
        ({"lanes": (Lane(), Lane(optimizer={"name": "adam", "beta1": 3}))}, "lanes[1].optimizer.beta1"),
        ({"lanes": (Lane(), Lane(nonsense=1))}, "lanes[1].nonsense"),
        ({"lanes": (Lane(), {"changes": 3})}, "lanes[1].changes"),
        ({"lanes": (Lane(), 7)}, "lanes[1]"),
        ({"lanes": (Lane(), Lane(dataset="x_sin"))}, "lanes[1].dataset"),
        ({"lanes": "abc"}, "lanes"),
        ({"seeds": 0}, "seeds"),
        ({"seeds": 65}, "seeds"),
        ({"seeds": "many"}, "seeds"),
        ({"mode": "feet"}, "mode"),
        ({"criterion": {"kind": "luck"}}, "criterion.kind"),
        ({"criterion": "best_loss~0"}, "criterion.value"),
        ({"criterion": 3}, "criterion"),
        ({"base": Experiment(dataset="x_sin"), "criterion": "best_accuracy"}, "criterion.kind"),
        ({"predict": "yes"}, "predict"),
        ({"base": 3}, "base"),
        ({"base": {"hidden": 3}}, "base.hidden"),
        ({"lanes": [{"name": "half of a character: \ud800"}, {"noise": 0.2}]}, "lanes[0].name"),
        ({"base": Experiment(seed=2**31 - 3), "seeds": 4}, "seed"),
    ],
)
def test_refusals_name_the_field(fields, field):
    with pytest.raises(InvalidValue) as info:
        Race(**{"lanes": TWO, **fields})
    assert info.value.field == field


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"lane1": "activation:relu"},
        {"lane1": "", "lane2": "activation"},
        {"lane1": "", "lane2": "points:3"},
        {"lane1": "", "lane2": "activation:relu", "seeds": "x"},
        {"lane1": "", "lane2": "activation:relu", "predict": "perhaps"},
        {"lane1": "", "lane2": "x" * 5000},
        {"lane1": "", "lane2": "activation:relu", "lane9": ""},
    ],
)
def test_bad_links_are_refused(query):
    with pytest.raises(InvalidValue):
        Race.from_query(query)


@pytest.mark.parametrize(
    "garbage", ["", "null", "[]", "{", '{"lanes": null}', '{"version": 9}', '{"x": 1}', "[" * 9000]
)
def test_bad_json_is_refused(garbage):
    with pytest.raises(InvalidValue):
        Race.from_json(garbage)


def test_custom_points_travel_in_json():
    rows = tuple((float(i), float(-i), i % 2) for i in range(10))
    points = Points(("a", "b"), "class", ("no", "yes"), rows)
    race = Race(Experiment(dataset="custom", points=points), TWO)
    assert Race.from_json(race.to_json()) == race


def test_labels_say_only_what_differs():
    base = Experiment(hidden=(8, 8), learning_rate=0.1)
    assert Race(base, TWO).labels("en") == ("ReLU", "tanh")
    rates = Race(base, vary(base, "learning_rate", [0.01, 0.1])).labels("en")
    assert all(label.endswith(value) for label, value in zip(rates, ("0.01", "0.1"), strict=True))
    assert len(set(Race(base, (Lane(normalization="none"), Lane(batch_norm=True))).labels("ko"))) == 2
    named = Race(base, (Lane(name="same"), Lane(name="same", seed=3))).labels()
    assert len(set(named)) == 2


def test_a_name_says_the_share_that_is_held_out():
    lanes = (Lane(validation_fraction=0.4), Lane(early_stopping="patience"))
    labels = Race(lanes=lanes).labels("en")
    assert "0.4" in labels[0]
    assert "0.2" in labels[1]
    short = [name for name, _ in names(Race(lanes=lanes).experiments, "en")]
    assert "0.2" in short[1]


@pytest.mark.parametrize("language", ["en", "ko"])
def test_differences_list_the_same_fields_for_every_lane(language):
    race = Race(lanes=(Lane(activation="relu"), Lane(learning_rate=0.1), Lane(hidden=(), dropout=0.5)))
    told = race.differences(language)
    fields = [[entry["field"] for entry in lane] for lane in told]
    assert fields == [["hidden", "activation", "learning_rate", "dropout"]] * 3
    assert all(entry["label"] and entry["value"] for lane in told for entry in lane)


def test_vary_makes_a_lane_for_each_value():
    base = Experiment(optimizer="adam")
    race = Race(base, vary(base, "optimizer.beta1", [0.5, 0.9, 0.99]))
    assert [e.optimizer["beta1"] for e in race.experiments] == [0.5, 0.9, 0.99]
    with pytest.raises(InvalidValue):
        vary(base, "learning_rate", [0.1])
    with pytest.raises(InvalidValue):
        vary(base, "hidden.x", [1, 2])


def test_evenly_is_even_on_a_logarithmic_scale():
    assert evenly(0.001, 1.0, 4) == (0.001, 0.01, 0.1, 1.0)


def test_every_mode_and_criterion_can_be_chosen():
    for mode in MODES:
        for kind, param in CRITERIA.items():
            race = Race(lanes=TWO, mode=mode, criterion=Criterion(kind))
            assert race.criterion.value == param.default or kind == "reach_loss"


@pytest.mark.parametrize("depth", [20, 500, 990, 5_000, 100_000])
@pytest.mark.parametrize("read", [Race.from_json, Experiment.from_json])
def test_json_that_is_nested_too_deeply_is_refused(read, depth):
    deep = b"[" * depth + b"]" * depth
    for text in (b'{"lanes":[{"hidden":' + deep + b"},{}]}", b'{"hidden":' + deep + b"}", deep):
        with pytest.raises(InvalidValue) as refused:
            read(text)
        assert refused.value.key in ("json.deep", "json.text")


def test_what_was_saved_by_an_earlier_version_opens_as_before():
    saved = json.loads((Path(__file__).parents[1] / "saved" / "version_1.json").read_text("utf-8"))["race"]
    race = Race.from_json(json.dumps(saved["json"]))
    assert race == Race.from_query(saved["link"])
    assert race == Race(
        Experiment(preprocessing="center"),
        (
            Lane(preprocessing="standardize", name="scaled"),
            Lane(preprocessing="whitening", learning_rate=0.1),
            Lane(),
        ),
        seeds=4,
        mode="epoch",
        criterion=Criterion("reach_loss", 0.2),
        predict=True,
    )


def test_a_lane_of_an_earlier_version_chooses_as_it_did():
    saved = json.loads((Path(__file__).parents[1] / "saved" / "version_1.json").read_text("utf-8"))
    race = Race.from_json(json.dumps(saved["race that chooses"]["json"]))
    assert race == Race.from_query(saved["race that chooses"]["link"])
    assert [experiment.watched for experiment in race.experiments] == ["test", "test"]
    assert race == Race(
        Experiment(hidden=(8,), n_samples=100, choose_on="test"),
        (Lane(early_stopping="patience"), Lane(schedule="step", learning_rate=0.1)),
    )
    assert Race.from_json(race.to_json()) == race == Race.from_query(race.to_query())
