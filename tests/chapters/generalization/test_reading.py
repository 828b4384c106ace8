"""Training and validation error read."""

from __future__ import annotations

import pytest

from playground.chapters import sections
from playground.chapters.generalization import reading, runs
from playground.experiment import Experiment


@pytest.mark.parametrize(
    ("train", "validation", "cell"),
    [
        (0.02, 0.04, "good"),
        (0.02, 0.20, "overfit"),
        (0.30, 0.32, "underfit"),
        (0.30, 0.50, "both"),
        (0.30, 0.10, "odd"),
    ],
)
def test_the_table(train: float, validation: float, cell: str) -> None:
    assert reading.read(train, validation).cell == cell


def test_readings_refuse_what_is_no_error() -> None:
    for value in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match="share from 0 to 1"):
            reading.read(value, 0.1)


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("large", "overfit"),
        ("linear", "underfit"),
        ("regularized", "underfit"),
        ("both", "both"),
        ("right", "good"),
    ],
)
def test_the_examples_land_in_different_cells(name: str, cell: str) -> None:
    section = sections["generalization/reading"]
    settings = section.settings(example=name)
    result = section.run(example=name)
    assert section.verdict(result, settings).key == cell
    assert (result.runs[["train", "validation"]] < 0.5).all(axis=None), "no example is worse than guessing"


def test_the_visitors_own_run_is_read_in_place_of_the_example() -> None:
    section = sections["generalization/reading"]
    own = Experiment(dataset="xor", hidden=(), n_samples=200)
    result = section.run(own=own, epochs=20)
    assert result.chosen == "own"
    trainer = runs.trained(own, 20)
    error = 1 - trainer.history.last()["accuracy_train"]
    assert result.runs.set_index("name").loc["own", "train"] == pytest.approx(error)


def test_regression_errors_are_shares_of_the_variance() -> None:
    trainer = runs.trained(runs.SMALL.replace(dataset="plane", loss="auto", label_noise=0.0, noise=0.0), 100)
    train, test = reading.errors(trainer) or (1.0, 1.0)
    assert train < test < 0.1
