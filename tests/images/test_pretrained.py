"""The networks that come with the package: what stands with them is true, and the recipe makes such networks."""

from __future__ import annotations

import numpy as np
import pytest

from playground import ImageExperiment
from playground.images.data import FASHION
from playground.images.pretrained import SOURCES, Source, facts, only, pretrain, weights
from playground.images.trainer import ImageTrainer

HERE = [
    name
    for name, source in SOURCES.items()
    if source.experiment.dataset.name != "fashion" or FASHION.is_dir()
]
GOOD = {"fashion": 0.8}
"""Shirts, pullovers and coats look alike in 28 × 28 pixels; all others are told in more than nine of ten cases."""


@pytest.mark.parametrize("name", HERE)
def test_each_reads_its_test_pictures_as_well_as_its_file_says(name: str) -> None:
    source = SOURCES[name]
    told = facts(name)
    assert ImageExperiment.from_json(told["experiment"]) == source.experiment
    assert told["epochs"] == source.epochs
    fresh = Source(source.experiment.replace(seed=7), source.epochs, source.labels)
    trainer = ImageTrainer(source.experiment, fresh.pictures(600))  # pictures that it has never seen
    trainer.set_weights(weights(name))
    assert trainer.metrics()[3] >= told["accuracy"] - 0.05
    assert told["accuracy"] > GOOD.get(name, 0.9)
    assert sum(tensor.nbytes for tensor in weights(name).values()) < 100_000


def test_the_recipe_learns_in_small_what_the_file_holds() -> None:
    trainer = pretrain(SOURCES["printed"], n_samples=1000, epochs=4)
    assert trainer.epoch == 4
    assert trainer.history.last()["accuracy_test"] >= facts("printed")["accuracy"] - 0.15
    assert {name: tensor.shape for name, tensor in trainer.weights().items()} == {
        name: tensor.shape for name, tensor in weights("printed").items()
    }


def test_half_the_classes_are_left_out() -> None:
    train, test = SOURCES["half"].pictures(100)
    assert set(np.concatenate([train.labels, test.labels]).tolist()) == {0, 1, 2, 3, 4}
    assert len(only(train, ())) == len(train)
    with pytest.raises(KeyError):
        weights("nothing")
