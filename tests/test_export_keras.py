"""The experiment as Keras code: it trains, and with the page's weights it gives the network's scores."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from test_export import CASES

from playground.data import prepare
from playground.engine.trainer import Trainer
from playground.engine.weights import named
from playground.experiment import Experiment
from playground.export import keras_forms, to_keras, weights_file
from playground.model import Network
from playground.registry import InvalidValue
from playground.techniques import (
    ACTIVATIONS,
    CLIPPINGS,
    INITIALIZERS,
    LOSSES,
    NORMALIZATIONS,
    OPTIMIZERS,
    REGULARIZERS,
    SCHEDULES,
)
from playground.text import LANGUAGES, text

needs_keras = pytest.mark.skipif(importlib.util.find_spec("keras") is None, reason="Keras is not installed")
WRITTEN = {name: case for name, case in CASES.items() if keras_forms.missing(case[0]) is None}

# Runs scripts one after the other, each in its own folder, and writes what each network gives for its test points.
RUNNER = """
import contextlib, io, json, os, runpy, sys
import torch
torch.set_num_threads(1)
found = {}
for folder in sys.argv[1:]:
    os.chdir(folder)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        made = runpy.run_path("script.py")
    before = made["before"]
    found[folder] = [before.tolist(), out.getvalue().splitlines()[-1]]
json.dump(found, sys.stdout)
"""


def _trained(experiment: Experiment) -> Trainer:
    trainer = Trainer(experiment.replace(engine="reference", device="cpu"))
    trainer.run(epochs=2)
    return trainer


def _scores(trainer: Trainer) -> list[list[float]]:
    """What the network gives for the training points, in evaluation."""
    network = Network(trainer.experiment)
    weights = named(trainer.engine.state(), trainer.engine.layout)
    network.load_state_dict({k: torch.from_numpy(v.copy()) for k, v in weights.items()}, strict=False)
    network.eval()
    inputs = torch.tensor(prepare(trainer.experiment).F_train)
    found: list[list[float]] = network(inputs).detach().tolist()
    return found


def _small() -> Iterator[tuple[str, Experiment]]:
    """Of the cases those that together hold every technique which Keras has."""
    seen: set[tuple[str, str]] = set()
    for name, (experiment, _) in WRITTEN.items():
        specs = (*experiment.activations, experiment.init, experiment.optimizer, experiment.schedule)
        specs += (experiment.loss, experiment.normalization, experiment.clipping, experiment.early_stopping)
        specs += (experiment.class_weighting, experiment.skip)
        holds = {(spec.name, experiment.task) for spec in specs}
        holds |= {(key, "") for key, entry in REGULARIZERS.items() if entry.acts(experiment)}
        if holds - seen:
            seen |= holds
            yield name, experiment


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Trainer, list[list[float]], str]]:
    """By name of a case: the trained network, what Keras gives with its weights, and the script's last line."""
    folder = tmp_path_factory.mktemp("keras")
    trainers = {}
    for name, experiment in _small():
        trainers[name] = trainer = _trained(experiment)
        own = folder / name.replace(" ", "_").replace("/", "_")
        own.mkdir()
        (own / "weights.safetensors").write_bytes(weights_file(trainer.experiment, trainer.engine.state()))
        code = to_keras(experiment, 1)
        asked = "before = model.predict(x_train, verbose=0)\nmodel.fit("
        assert code.count("model.fit(") == 1
        (own / "script.py").write_text(code.replace("model.fit(", asked), "utf-8")
    folders = {name: str(folder / name.replace(" ", "_").replace("/", "_")) for name in trainers}
    environment = {**os.environ, "KERAS_BACKEND": "torch", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", RUNNER, *folders.values()], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout)
    return {name: (trainers[name], *found[place]) for name, place in folders.items()}


@needs_keras
def test_with_the_pages_weights_keras_gives_the_networks_scores_and_trains(ran: dict[str, Any]) -> None:
    for name, (trainer, scores, last) in ran.items():
        expected = torch.tensor(_scores(trainer))
        torch.testing.assert_close(torch.tensor(scores), expected, rtol=1e-4, atol=1e-4, msg=name)
        assert re.fullmatch(r"loss train [\d.e+-]+( \w+ [\d.e+-]+)*", last), (name, last)


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_names_what_keras_does_otherwise(language: str) -> None:
    adam = to_keras(Experiment(optimizer="adam", init="xavier_normal"), 3, language)
    assert "epsilon=1e-08" in adam
    assert "1e-7" in adam
    assert "Glorot" in adam
    rmsprop = to_keras(Experiment(optimizer="rmsprop"), 3, language)
    assert "epsilon=1e-08 ** 2" in rmsprop
    assert "PyTorch" in rmsprop.split('"""')[1]
    mixed = to_keras(Experiment(mixup=0.2), 3, language)
    assert text("fields.mixup.label", language) in mixed.split('"""')[1]
    assert "torch." not in adam.split('"""')[2]


def test_what_keras_has_nothing_for_is_refused_by_name() -> None:
    with pytest.raises(InvalidValue) as refused:
        to_keras(Experiment(optimizer="lbfgs"), 3)
    assert refused.value.field == "optimizer"
    assert "lbfgs" in str(refused.value)
    with pytest.raises(InvalidValue):
        to_keras(Experiment(optimizer={"name": "adam", "bias_correction": False}), 3)


def test_the_tables_hold_techniques_only() -> None:
    for table, registry in (
        (keras_forms.ACTIVATIONS, ACTIVATIONS),
        (keras_forms.NORMALIZATIONS, NORMALIZATIONS),
        (keras_forms.INITIALIZERS, INITIALIZERS),
        (keras_forms.OPTIMIZERS, OPTIMIZERS),
        (keras_forms.CLIPPINGS, CLIPPINGS),
        (keras_forms.SCHEDULES, SCHEDULES),
        (dict.fromkeys(keras_forms.REGULARIZING), REGULARIZERS),
        (dict.fromkeys(name for name, _ in keras_forms.LOSSES), LOSSES),
    ):
        assert set(table) <= set(registry)


def test_the_scripts_are_clean(tmp_path: Path) -> None:
    for i, (experiment, epochs) in enumerate(WRITTEN.values()):
        for language in LANGUAGES:
            script = to_keras(experiment, epochs, language)
            (tmp_path / f"{i}_{language}.py").write_text(script, "utf-8")
    rules = ["--isolated", "--no-cache", "--select", "E,F,I", "--line-length", "120"]
    command = [sys.executable, "-m", "ruff", "check", *rules, "--target-version", "py311", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:]
