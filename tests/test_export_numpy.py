"""The trained network as NumPy code: it gives the scores of the PyTorch network, and needs no PyTorch."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from playground.data import FEATURES, PREPROCESSINGS, Points, expand, prepare
from playground.engine.trainer import Trainer
from playground.engine.weights import named
from playground.experiment import Experiment
from playground.export import to_numpy
from playground.model import Network
from playground.techniques import ACTIVATIONS, NORMALIZATIONS, REGULARIZERS, SKIPS
from playground.text import LANGUAGES

POINTS = np.random.default_rng(0).normal(0.0, 2.0, (50, 2))
SMALL: dict[str, Any] = {"n_samples": 60, "hidden": (4, 4, 3)}
VALUES = Points(("x1", "x2"), "y", (), tuple((0.1 * i, 40.0 - i, 3.0 * i) for i in range(40)))


def _samples() -> Iterator[tuple[str, dict[str, Any]]]:
    for name in ACTIVATIONS:
        yield f"activation {name}", {"activation": name}
    for name in NORMALIZATIONS:
        yield f"normalization {name}", {"normalization": name, "activation": "maxout"}
    for name in SKIPS:
        yield f"skip {name}", {"skip": name}
    for name, entry in REGULARIZERS.items():
        yield f"regularizer {name}", {entry.field: 0.1, "skip": "residual"}
    for name in PREPROCESSINGS:
        yield f"preprocessing {name}", {"preprocessing": name, "features": ("x1", "x2", "x1x2")}
    yield "every feature", {"features": tuple(FEATURES)}
    yield "no hidden layer", {"hidden": ()}
    yield "three classes", {"dataset": {"name": "blobs", "classes": 3}}
    yield "values", {"dataset": "plane", "activation": ("tanh", "prelu", "selu")}
    yield "own values", {"dataset": "custom", "points": VALUES, "preprocessing": "standardize"}
    yield "wide", {"hidden": (64, 64)}


CASES = {name: Experiment(**{**SMALL, **fields}) for name, fields in _samples()}


def _trained(experiment: Experiment) -> Trainer:
    trainer = Trainer(experiment)
    trainer.run(epochs=3)
    return trainer


def _functions(code: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    exec(compile(code, "network.py", "exec"), found)
    return found


@pytest.mark.parametrize("name", CASES)
def test_the_code_gives_the_networks_scores(name: str) -> None:
    experiment = CASES[name]
    trainer = _trained(experiment)
    state = trainer.engine.state()
    network = Network(experiment).double()
    weights = named(state, trainer.engine.layout)
    network.load_state_dict(
        {key: torch.from_numpy(value.copy()) for key, value in weights.items()}, strict=False
    )
    network.eval()
    inputs = prepare(experiment).affine.apply(expand(experiment.features, POINTS))
    expected = network(torch.from_numpy(inputs)).detach().numpy()
    module = _functions(to_numpy(experiment, state, trainer.epoch))
    np.testing.assert_allclose(module["scores"](POINTS), expected, rtol=1e-6, atol=1e-6)
    if experiment.task == "regression":
        np.testing.assert_array_equal(module["values"](POINTS), module["scores"](POINTS)[:, 0])
    elif experiment.n_classes == 2:
        np.testing.assert_array_equal(module["classes"](POINTS), (expected[:, 0] > 0).astype(int))
    else:
        np.testing.assert_array_equal(module["classes"](POINTS), expected.argmax(axis=1))


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_runs_without_pytorch_on_short_lines(language: str, tmp_path: Path) -> None:
    experiment = CASES["activation gelu"].replace(hidden=(64, 8))
    trainer = _trained(experiment)
    code = to_numpy(experiment, trainer.engine.state(), trainer.epoch, language)
    assert max(map(len, code.splitlines())) <= 120
    path = tmp_path / "network.py"
    path.write_text(code, "utf-8")
    blocked = (
        f"import sys, runpy; sys.modules['torch'] = None; runpy.run_path({str(path)!r}, run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", blocked], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() in ("[0 0]", "[0 1]", "[1 0]", "[1 1]")
