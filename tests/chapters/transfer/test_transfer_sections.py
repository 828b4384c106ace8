"""What the sections on transfer compute, against something independent."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from playground.chapters import sections
from playground.chapters.transfer import runs
from playground.chapters.transfer.pictures_needed import compared_at, needed
from playground.images.pretrained import CHANNELS, weights
from playground.images.trainer import ImageTrainer


def test_few_pictures_are_the_first_of_more_and_even_by_class() -> None:
    pool, test = runs.pictures("handwritten")
    assert pool.images.shape[1:] == (1, 28, 28)
    assert len(test) == runs.TEST
    few, more = (runs.chosen("handwritten", count, 3) for count in (20, 50))
    np.testing.assert_array_equal(more.images[:20], few.images)
    assert np.bincount(few.labels).tolist() == [2] * 10
    assert np.bincount(runs.chosen("classes", 10, 0).labels).tolist() == [0] * 5 + [2] * 5
    tested = {picture.tobytes() for picture in test.images}
    shared = sum(picture.tobytes() in tested for picture in pool.images)
    assert shared <= 2, "scikit-learn's digits have next to no picture twice"


@pytest.mark.parametrize("start", runs.STARTS)
def test_a_start_takes_the_blocks_and_never_the_classifier(start: str) -> None:
    trainer = runs.begun("handwritten", start, 20, 0.01, seed=1)
    fresh = ImageTrainer(
        runs.experiment("handwritten", 0.01, 1), runs.pictures("handwritten"), every=runs.NEVER
    )
    source, new, own = weights("printed"), fresh.weights(), trainer.weights()
    for name in own:
        from_source = start != "scratch" and name != "10.weight" and name != "10.bias"
        np.testing.assert_array_equal(own[name], (source if from_source else new)[name])
    trainer.run(steps=2)
    moved = {
        int(name.split(".")[0]) for name, tensor in trainer.weights().items() if (tensor != own[name]).any()
    }
    assert moved == {"frozen": {10}, "last": {6, 10}}.get(start, {0, 3, 6, 10})
    assert trainer.learning_rate == pytest.approx(0.001 if start == "slow" else 0.01)
    assert len(CHANNELS) == 3


def frame(**curves: list[float]) -> pd.DataFrame:
    counts = (10, 40, 160)
    rows = [
        (start, count, 0, accuracy, 0.0)
        for start, values in curves.items()
        for count, accuracy in zip(counts, values, strict=True)
    ]
    return pd.DataFrame(rows, columns=["start", "pictures", "seed", "accuracy", "loss"])


def test_pictures_that_are_needed_lie_between_two_measured_numbers() -> None:
    made = frame(scratch=[0.5, 0.7, 0.9], frozen=[0.8, 0.9, 0.95])
    assert needed(made, 0.8) == pytest.approx({"scratch": 80.0, "frozen": 10.0})  # 80: halfway from 40 to 160
    assert np.isnan(needed(made, 0.95)["scratch"])
    goal, found = compared_at(made)
    assert (goal, found) == (0.9, pytest.approx({"scratch": 160.0, "frozen": 40.0}))
    settings = sections["transfer/pictures_needed"].settings()
    said = sections["transfer/pictures_needed"].verdict(made, settings)
    assert (said.key, said.values["times"]) == ("fewer", "4.0")
    assert sections["transfer/pictures_needed"].verdict(frame(scratch=[0.1, 0.1, 0.2]), settings).key == "one"


def test_the_comparison_says_so_when_features_do_not_help() -> None:
    section = sections["transfer/little_data"]
    verdict = section.verdict(frame(scratch=[0.5, 0.7, 0.9], frozen=[0.5, 0.6, 0.8]), section.settings())
    assert (verdict.key, verdict.holds) == ("none", False)
    negative = sections["transfer/negative_transfer"]
    told = negative.verdict(frame(scratch=[0.5, 0.7, 0.9], frozen=[0.6, 0.8, 0.95]), negative.settings())
    assert (told.key, told.holds) == ("helps", False)


def test_the_same_starts_help_where_the_task_fits() -> None:
    section = sections["transfer/negative_transfer"]
    given = {"task": "handwritten", "pictures": ("20",), "steps": 60}
    assert section.verdict(section.run(**given), section.settings(**given)).key == "helps"
