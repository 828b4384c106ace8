"""Reading the curves: real runs that show each trouble, runs that show none, and what suggestions do."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from playground.data.points import Points
from playground.diagnosis import Finding, describe, diagnose, keys
from playground.engine.history import History
from playground.engine.probe import Probe, gradient_norms, sample_rows
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.text import LANGUAGES, catalog

SIX_SIGMOIDS: dict[str, Any] = {"hidden": (8,) * 6, "activation": "sigmoid"}
FEW_NOISY_POINTS: dict[str, Any] = {
    "dataset": "moons",
    "n_samples": 80,
    "noise": 0.3,
    "hidden": (32, 32),
    "activation": "relu",
    "init": "he_normal",
    "optimizer": "adam",
    "learning_rate": 0.01,
}
RAW_WINE: dict[str, Any] = {"dataset": {"name": "wine", "x1": "proline"}, "hidden": (6,)}

SHOWS: dict[str, tuple[dict[str, Any], int]] = {
    "not_started": ({}, 0),
    "diverged": ({"dataset": "plane", "hidden": (), "learning_rate": 0.15}, 20),
    "initial_loss": ({"hidden": (32, 32), "init": "large_normal"}, 0),
    "large_inputs": (RAW_WINE, 20),
    "rate_too_high": ({"dataset": "xor", "hidden": (), "learning_rate": 5.0}, 15),  # jumps from every start
    "exploding": (
        {"dataset": "plane", "features": ("x1_squared", "x1x2"), "hidden": (8,), "activation": "relu"},
        0,
    ),
    "symmetric": ({"init": "zeros"}, 5),
    "over_regularized": ({"l2": 0.5, "learning_rate": 0.1}, 40),
    "vanishing": (SIX_SIGMOIDS, 30),
    "dead": ({"activation": "relu", "learning_rate": 10.0}, 15),
    "saturated": ({"learning_rate": 10.0}, 15),
    "rate_too_low": ({"learning_rate": 1e-4}, 30),
    "overfitting": (FEW_NOISY_POINTS, 50),
    "underfitting": ({"dataset": "xor", "hidden": ()}, 40),
    "linear": ({"hidden": (8, 8), "activation": "identity"}, 40),
    "plateau": ({"hidden": (8,), "activation": "sigmoid", "init": "small_normal"}, 40),
    "majority": ({"dataset": "spiral", "class_balance": 0.9, "hidden": (4,)}, 100),
    "neglected": ({"dataset": "moons", "noise": 0.5, "class_balance": 0.9, "hidden": ()}, 100),
    "learning": ({}, 5),
    "learning_all": ({"train_fraction": 1.0}, 5),
    "fitted": ({"dataset": "moons", "hidden": (6, 4), "learning_rate": 0.1, "train_fraction": 1.0}, 50),
    "good": ({"dataset": "moons", "hidden": (6, 4), "learning_rate": 0.1}, 50),
}
"""For each finding a run, and its epochs, that shows it."""

HEALTHY: dict[str, dict[str, Any]] = {
    "default": {},
    "deep with ReLU": {"hidden": (8,) * 6, "activation": "relu", "init": "he_normal"},
    "deep with batch normalization": {**SIX_SIGMOIDS, "batch_norm": True},
    "wrong labels": {"label_noise": 0.2, "hidden": (8, 4), "learning_rate": 0.1},
    "four classes": {"dataset": {"name": "blobs", "classes": 4}, "hidden": ()},
    "regression": {"dataset": "plane", "hidden": (), "learning_rate": 0.01},
    "Huber": {"dataset": "plane", "hidden": (), "loss": "huber", "learning_rate": 0.01},
}


def _trained(fields: dict[str, Any], epochs: int) -> Trainer:
    trainer = Trainer(Experiment(**fields, engine="reference", device="cpu"))
    trainer.run(epochs=epochs)
    return trainer


def _findings(trainer: Trainer) -> dict[str, Finding]:
    probe = Probe(trainer.experiment)
    probe.look_at(trainer.engine.state())
    F, y = sample_rows(trainer.data)
    norms = gradient_norms(probe.layout, probe.gradients(F, y))
    return {finding.key: finding for finding in diagnose(trainer, probe.layers(F)[0], norms)}


@pytest.fixture(scope="module")
def shown() -> dict[str, dict[str, Finding]]:
    """The findings of each run in SHOWS."""
    return {key: _findings(_trained(*run)) for key, run in SHOWS.items()}


def test_every_finding_has_a_run() -> None:
    assert set(SHOWS) == set(keys())


@pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")
@pytest.mark.parametrize("key", SHOWS)
def test_a_run_shows_it(key: str, shown: dict[str, dict[str, Finding]]) -> None:
    assert key in shown[key]


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_run_gets_no_warning(name: str) -> None:
    trainer = _trained(HEALTHY[name], 1)
    for _ in range(8):
        assert [f.key for f in _findings(trainer).values() if f.level == "warn"] == []
        trainer.run(epochs=10)
    assert "good" in _findings(trainer)


def test_a_test_loss_that_only_wavers_is_no_overfitting() -> None:
    """Its last value may lie far above its lowest; their means over ten epochs do not."""
    trainer = _trained({"dataset": "moons", "hidden": (6, 4)}, 1)

    def found(test_loss: np.ndarray, accuracy_test: float) -> dict[str, Finding]:
        n = len(test_loss)
        accuracies = np.full((n, 2), (0.99, accuracy_test))
        rows = np.column_stack(
            (2 * np.arange(n), np.arange(n), np.linspace(0.7, 0.1, n), test_loss, accuracies)
        )
        rest = np.column_stack((np.full(n, 0.1), np.full((n, 3), np.nan)))
        trainer.history = History.from_rows(np.column_stack((rows, rest)))  # every second epoch
        trainer.epoch = 2 * (n - 1)
        return _findings(trainer)

    epochs = np.arange(41)
    assert "overfitting" not in found(
        np.where(epochs % 3 == 1, 0.3, 0.2), 0.95
    )  # the last epoch is a high one
    rising = np.where(epochs < 20, 0.2, 0.3) - 0.01 * (epochs == 7)
    assert found(rising, 0.95)["overfitting"].level == "info"  # nearly all answers are right
    trouble = found(rising, 0.85)["overfitting"]
    assert trouble.level == "warn"
    assert trouble.values["epoch"] == 14


@pytest.mark.parametrize("key", SHOWS)
def test_every_suggestion_makes_an_experiment(key: str, shown: dict[str, dict[str, Finding]]) -> None:
    experiment = Experiment(**SHOWS[key][0])
    for finding in shown[key].values():
        if finding.changes:
            assert experiment.replace(**finding.changes) != experiment


@pytest.mark.parametrize("hidden", [(), (64,), (3,) * 8])
def test_a_suggestion_fits_any_depth(hidden: tuple[int, ...]) -> None:
    trainer = _trained({"dataset": "xor", "hidden": hidden, "activation": "identity"}, 25)
    for finding in _findings(trainer).values():
        trainer.experiment.replace(**finding.changes)


@pytest.mark.parametrize(
    ("key", "epochs"),
    [
        ("vanishing", 60),
        ("symmetric", 100),
        ("underfitting", 40),
        ("linear", 100),
        ("rate_too_high", 60),
        ("over_regularized", 60),
        ("large_inputs", 60),
        ("diverged", 20),
        ("plateau", 100),
    ],
)
def test_the_suggestion_helps(key: str, epochs: int, shown: dict[str, dict[str, Finding]]) -> None:
    fields, _ = SHOWS[key]
    before = _trained(fields, epochs)
    after = Trainer(before.experiment.replace(**shown[key][key].changes))
    after.run(epochs=epochs)
    assert after.status == "running"
    assert after.history.last()["loss_train"] < 0.8 * before.history.last()["loss_train"]


def test_regularizing_narrows_the_gap(shown: dict[str, dict[str, Finding]]) -> None:
    fields, epochs = SHOWS["overfitting"]
    before = _trained(fields, 2 * epochs).history.last()
    changes = shown["overfitting"]["overfitting"].changes
    after = _trained({**fields, **changes}, 2 * epochs).history.last()
    assert after["loss_test"] < before["loss_test"]
    assert after["loss_test"] - after["loss_train"] < 0.5 * (before["loss_test"] - before["loss_train"])


def test_one_class_alone_is_nothing_good() -> None:
    """Thirty rare rows of 990, which lie among the others: a network that always answers "common" is 97 % right."""
    rows = tuple((float(i % 37), float(i % 23), int(i % 33 == 0)) for i in range(990))
    points = Points(class_names=("common", "rare"), rows=rows)
    fields = {"dataset": "custom", "points": points, "preprocessing": "standardize", "hidden": ()}
    found = _findings(_trained(fields, 20))
    assert "good" not in found
    assert found["majority"].values["worst"] == "rare"
    assert found["majority"].values["recall"] == "0"
    assert "good" not in _findings(_trained(fields, 5))  # nor before there is anything to say


@pytest.mark.parametrize("key", ["majority", "neglected"])
def test_weighing_the_classes_finds_more_of_the_rare_one(
    key: str, shown: dict[str, dict[str, Finding]]
) -> None:
    fields, epochs = SHOWS[key]

    def recall(fields: dict[str, Any]) -> float:
        trainer = _trained(fields, epochs)
        scores = trainer.engine.forward(trainer.data.F_train)[-1][:, 0]
        return float((scores[trainer.data.y_train == 1] > 0).mean())

    assert recall({**fields, **shown[key][key].changes}) > recall(fields) + 0.2


def test_trouble_comes_first(shown: dict[str, dict[str, Finding]]) -> None:
    for findings in shown.values():
        levels = [("warn", "info", "good").index(finding.level) for finding in findings.values()]
        assert levels == sorted(levels)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", list(keys()))
def test_every_finding_has_its_words(key: str, language: str, shown: dict[str, dict[str, Finding]]) -> None:
    finding = shown[key][key]
    words = describe(finding, language)
    assert words["id"] == key
    assert words["level"] == finding.level
    assert (words["action"] is not None) == bool(finding.changes)
    for name in ("title", "text", "action"):
        assert words[name] is None or (words[name] and "{" not in words[name])


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_words_without_a_rule(language: str) -> None:
    topics = {name.split(".")[1] for name in catalog(language) if name.startswith("diagnosis.")}
    assert topics == set(keys())


def test_languages_use_the_same_values() -> None:
    def placeholders(language: str) -> dict[str, set[str]]:
        words = {name: text for name, text in catalog(language).items() if name.startswith("diagnosis.")}
        return {name: set(re.findall(r"\{(\w+)\}", text)) for name, text in words.items()}

    assert placeholders("en") == placeholders("ko")
