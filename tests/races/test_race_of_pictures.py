"""Races of experiments on pictures: each lane over the same seeds, told as races of points are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from playground import ImageExperiment, InvalidValue, race, train
from playground.races.export import COLUMNS, tensorboard
from playground.races.pictures import ImageRace

SMALL = ImageExperiment(n_samples=60, channels=(3,), batch_size=16)


def test_a_race_is_its_runs_side_by_side() -> None:
    lanes = [SMALL, SMALL.replace(pooling="average", dropout2d=0.3)]
    table = race(lanes, seeds=2, epochs=2)
    assert tuple(table.columns) == COLUMNS
    assert table.groupby("label")["seed"].unique().map(list).to_dict() == {
        "pooling=max, dropout2d=0": [0, 1],
        "pooling=average, dropout2d=0.3": [0, 1],
    }
    for lane, experiment in enumerate(lanes):
        for seed in (0, 1):
            own = table[(table["lane"] == lane) & (table["seed"] == seed)]
            alone = train(experiment.replace(seed=seed), epochs=2).frame()
            np.testing.assert_array_equal(own["loss"].to_numpy(), alone["loss"].to_numpy())


def test_a_mapping_names_the_lanes_and_runs_come_one_by_one() -> None:
    table = race({"max": SMALL, "mean": SMALL.replace(pooling="average")}, seeds=1, epochs=1)
    assert table["label"].unique().tolist() == ["max", "mean"]
    steps = list(ImageRace([("a", SMALL), ("b", SMALL.replace(seed=5, l2=0.1))], 2, 1).run())
    assert [share for share, _ in steps] == sorted(share for share, _ in steps)
    assert steps[-1][0] == 1.0
    records = steps[-1][1]
    assert [(run.lane, run.seed) for run in records] == [(0, 0), (1, 0), (0, 1), (1, 1)]
    assert tensorboard(records)[:2] == b"PK"


@pytest.mark.parametrize(
    ("lanes", "options", "field"),
    [
        ([SMALL], {}, "lanes"),
        ([SMALL, SMALL], {}, r"lanes\[1\]"),
        ([SMALL, "digits"], {}, r"experiments\[1\]"),
        ([SMALL, SMALL.replace(l2=0.1)], {"seeds": 65}, "seeds"),
        ([SMALL, SMALL.replace(l2=0.1)], {"epochs": -1}, "epochs"),
        ([SMALL.replace(seed=2**31 - 1), SMALL], {"seeds": 2}, "seed"),
    ],
)
def test_what_cannot_race_is_refused(lanes: list[Any], options: dict[str, int], field: str) -> None:
    with pytest.raises(InvalidValue, match=f"^{field}: expected"):
        race(lanes, **{"seeds": 1, "epochs": 1, **options})
