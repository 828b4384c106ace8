"""What the sections on transfer compute, against something independent."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from playground.chapters import sections
from playground.chapters.transfer import charts, own, runs
from playground.chapters.transfer.pictures_needed import compared_at, needed
from playground.images.data import DRAWN, Pictures
from playground.images.pretrained import CHANNELS, weights
from playground.images.reading import Album
from playground.images.trainer import ImageTrainer
from playground.registry import InvalidValue


def parts_of(task: str, each: int = 1) -> tuple[Pictures, Pictures]:
    *_, parts = runs.gathered(task, each)
    assert parts is not None
    return parts


@pytest.mark.parametrize("task", runs.TASKS)
def test_each_task_has_as_many_pictures_of_each_class_as_it_says(task: str) -> None:
    own = runs.TASKS[task]
    pool, test = parts_of(task, own.most if own.dataset == "digits" else runs.POOL // own.classes)
    found = np.bincount(pool.labels)
    assert min(found[found > 0]) >= min(own.most, runs.POOL // own.classes)
    assert (found > 0).sum() == own.classes
    if own.dataset == "digits":
        assert min(found[found > 0]) == own.most
    assert len(test) == runs.TEST
    settings = sections["transfer/little_data"].settings(
        task=task, each=("5", "10", "20", "50", "200", "1000")
    )
    expected = (5, 10, 20, 50, 200, 1000) if own.most == 1000 else (5, 10, 20, 50, own.most)
    assert charts.numbers(settings) == expected


def test_a_thousand_pictures_a_class_are_drawn_in_slices_and_trained_on() -> None:
    section = sections["transfer/pictures_needed"]
    given = {"task": "colours", "each": ("5", "1000"), "seeds": 1, "steps": 20, "starts": ("frozen",)}
    steps = list(section.steps(section.settings(**given)))
    frame = steps[-1][1]
    assert frame["pictures"].tolist() == [5, 1000]
    assert sum(share == 0 for share, _ in steps) > 5000 / DRAWN, "others are served meanwhile"


def test_few_pictures_are_the_first_of_more_and_even_by_class() -> None:
    pool, test = parts_of("handwritten")
    assert pool.images.shape[1:] == (1, 28, 28)
    assert len(test) == runs.TEST
    few, more = (runs.chosen(pool, count, 3) for count in (20, 50))
    np.testing.assert_array_equal(more.images[:20], few.images)
    assert np.bincount(few.labels).tolist() == [2] * 10
    assert np.bincount(runs.chosen(parts_of("classes")[0], 10, 0).labels).tolist() == [0] * 5 + [2] * 5
    tested = {picture.tobytes() for picture in test.images}
    shared = sum(picture.tobytes() in tested for picture in pool.images)
    assert shared <= 2, "scikit-learn's digits have next to no picture twice"


@pytest.mark.parametrize("start", runs.STARTS)
def test_a_start_takes_the_blocks_and_never_the_classifier(start: str) -> None:
    parts = parts_of("handwritten")
    trainer = runs.begun("handwritten", start, parts, 20, 0.01, seed=1)
    fresh = ImageTrainer(runs.experiment("handwritten", 0.01, 1), parts, every=runs.NEVER)
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
    given = {"task": "handwritten", "each": ("2",), "steps": 60}
    assert section.verdict(section.run(**given), section.settings(**given)).key == "helps"


def test_own_pictures_are_learned_and_stand_in_no_address() -> None:
    section = sections["transfer/own"]
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 2
    images = np.clip(rng.normal(0.4, 0.1, (60, 3, 32, 32)), 0, 1).astype(np.float32)
    images[:, 0] += 0.5 * labels[:, None, None]
    album = Album(Pictures(images, labels, ("no", "yes")))
    given = {"album": album, "count": 4, "steps": 40, "starts": ("scratch", "frozen")}
    settings = section.settings(**given)
    assert section.query(settings).keys() == {"count", "steps", "starts"}
    assert settings == section.settings(**{**given, "album": Album(album.pictures.of(slice(None)))})
    assert settings != section.settings(**{**given, "album": Album(album.pictures.of(slice(59)))})
    assert "Album(60 pictures)" in repr(settings), "a log tells nothing of what is on them"
    result = section.run(**given)
    assert result.source == "shapes"
    assert result.counts == (8, 52)
    assert result.classes == ("no", "yes")
    assert result.frame.groupby("start")["accuracy"].last().max() > 0.95
    assert section.run(**{**given, "album": None, "steps": 20}).source == "printed"
    for wrong in ("zip", 3, images):
        with pytest.raises(InvalidValue, match="album"):
            section.settings(album=wrong)


def test_each_class_keeps_pictures_to_test_on() -> None:
    labels = np.array([0] * 3 + [1] * 40)
    pictures = Pictures(np.zeros((43, 1, 2, 2), np.float32), labels, ("few", "many"))
    train, test = own.divided(pictures, 10, 0)
    assert np.bincount(train.labels).tolist() == [2, 10]
    assert np.bincount(test.labels).tolist() == [1, 30]
