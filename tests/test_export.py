"""Exported code: it runs by itself, takes the app's trajectory, and is clean Python."""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from playground.data import DATASETS, FEATURES, PREPROCESSINGS, SPLITS, Points
from playground.data.prepare import PARTS
from playground.engine.plan import METRICS
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.export import to_notebook, to_script
from playground.export.code import fitted, import_lines, source_of, unannotated
from playground.export.sections import sections
from playground.export.words import in_language
from playground.presets import PRESETS
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
    SKIPS,
    STOPPINGS,
    WEIGHTINGS,
)
from playground.text import LANGUAGES

EPOCHS = 5
FULL_STEPS = {"learning_rate": 1.0, "epochs": 2}
"""For L-BFGS, which divides by the change of the gradient: over small steps that is little more than rounding."""
TOLERANCE = 1e-4
"""Relative: the same numbers in another order of summing, not the same bits."""

LAST_LINE = re.compile(r"loss train (\S+)(?: validation (\S+))?(?: test (\S+))?")

# Runs scripts one after the other, each in a namespace of its own, and prints the last line of each.
RUNNER = """
import contextlib, io, json, runpy, sys
import torch
torch.set_num_threads(1)
ends = {}
for path in sys.argv[1:]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        runpy.run_path(path, run_name="__main__")
    ends[path] = out.getvalue().splitlines()[-1]
print(json.dumps(ends))
"""

SMALL: dict[str, Any] = {"n_samples": 60, "hidden": (4, 3), "learning_rate": 0.02}
THREE_BLOBS = {"name": "blobs", "classes": 3}
POINTS = Points(
    ("width", "height"),
    "kind",
    ("a", "b", "c"),
    tuple((0.1 * i, math.sin(i), i % 3) for i in range(45)),
)
VALUES = Points(("x1", "x2"), "y", (), tuple((0.1 * i, math.cos(i), math.sin(0.1 * i)) for i in range(40)))
HANDFUL = Points(("x1", "x2"), "y", ("a", "b"), ((0.0, 0.0, 0), (0.0, 1.0, 1), (1.0, 0.0, 1), (1.0, 1.0, 0)))
PRICES = Points(
    ("area", "rooms"),
    "price",
    (),
    tuple((20.0 + i, float(i % 5), 250_000.0 + 4000 * i) for i in range(40)),
    target_scale=(328_000.0, 46_173.6),
)
LINE = Points(("x1", "x2"), "y", ("a", "b"), tuple((0.1 * i, 2.0, i % 2) for i in range(30)))


def _samples() -> Iterator[tuple[str, dict[str, Any]]]:
    """Experiments that use every entry of every registry, and every field, at least once."""
    for name in ACTIVATIONS:
        yield f"activation {name}", {"activation": name}
    for name in INITIALIZERS:
        yield f"init {name}", {"init": name, "init_seed": 7}
    for name, optimizer in OPTIMIZERS.items():
        few = {"optimizer": {"name": name, "max_iter": 4}, **FULL_STEPS} if optimizer.full_batch else {}
        yield f"optimizer {name}", {"optimizer": name, **few}
    for name in SCHEDULES:
        yield f"schedule {name}", {"schedule": name}
    for name, loss in LOSSES.items():
        for task in loss.tasks:
            dataset = {"binary": "moons", "multiclass": THREE_BLOBS, "regression": "plane"}[task]
            yield f"loss {name} {task}", {"loss": name, "dataset": dataset}
    for name in WEIGHTINGS:
        yield f"weighting {name}", {"class_weighting": name, "dataset": "moons", "class_balance": 0.2}
    for loss in ("cross_entropy", "hinge", "squared_error"):
        for dataset in ({"name": "blobs", "classes": 2}, THREE_BLOBS):
            smoothing = {"label_smoothing": 0.1} if loss == "cross_entropy" else {}
            weighed = {"class_weighting": "balanced", "dataset": dataset, "class_balance": 0.3, **smoothing}
            yield f"weighted {loss} {dataset['classes']}", {"loss": loss, **weighed}
    for name in NORMALIZATIONS:
        yield f"normalization {name}", {"normalization": name}
    for name in SKIPS:
        yield f"skip {name}", {"skip": name, "hidden": (2, 5, 5, 4)}
    for name in CLIPPINGS:
        yield f"clipping {name}", {"clipping": name, "learning_rate": 0.3}
    for name in STOPPINGS:
        yield f"stopping {name}", {"early_stopping": name}
    for name in REGULARIZERS:
        blocks = {"skip": "residual", "hidden": (5, 5, 5)} if REGULARIZERS[name].acts_on == "blocks" else {}
        yield f"regularizer {name}", {REGULARIZERS[name].field: 0.1, **blocks}
    for name in DATASETS:
        if name != "custom":
            yield f"dataset {name}", {"dataset": name, "n_samples": 90, "preprocessing": "standardize"}
            yield (
                f"noisy {name}",
                {"dataset": name, "noise": 0.2, "class_balance": 0.3, "learning_rate": 0.003},
            )
    for name in FEATURES:
        yield f"feature {name}", {"features": (name,)}
    for name in SPLITS:
        for dataset in (THREE_BLOBS, "plane"):
            yield f"split {name} {dataset}", {"split": name, "dataset": dataset, "validation_fraction": 0.2}
    for name in PREPROCESSINGS:
        yield f"preprocessing {name}", {"preprocessing": name, "features": ("x1", "x1_squared", "sin_x2")}


NOISY: dict[str, Any] = {
    "dropout": (0.2, 0.0, 0.4),
    "hidden": (6, 5, 4),
    "dropconnect": 0.1,
    "input_noise": 0.2,
    "mixup": 0.4,
}
MORE: dict[str, dict[str, Any]] = {
    "no hidden layer": {"hidden": ()},
    "everything": {
        **NOISY,
        "hidden": (6, 6, 4),
        "skip": True,
        "stochastic_depth": 0.3,
        "dataset": {"name": "spiral_arms", "arms": 4},
        "noise": 0.1,
        "label_noise": 0.2,
        "class_balance": 0.3,
        "train_fraction": 0.7,
        "features": tuple(FEATURES),
        "preprocessing": "standardize",
        "activation": ("prelu", {"name": "maxout", "pieces": 3}, "elu"),
        "normalization": {"name": "batch_norm", "momentum": 0.2},
        "label_smoothing": 0.1,
        "l1": 0.001,
        "l2": 0.01,
        "weight_decay": 0.02,
        "optimizer": "nesterov",
        "schedule": "one_cycle",
        "clipping": "norm",
        "early_stopping": "patience",
        "batch_size": 7,
        "seed": 11,
        "init_seed": 5,
        "learning_rate": 0.001,
    },
    "noisy residual blocks": {
        **NOISY,
        "hidden": (5, 5, 5),
        "skip": True,
        "stochastic_depth": 0.5,
        "batch_norm": True,
        "activation": ("prelu", {"name": "maxout", "pieces": 3}, "elu"),
        "init": "pytorch",
    },
    "blocks and full batch": {
        "hidden": (5, 5, 5),
        "skip": True,
        "stochastic_depth": 0.5,
        "optimizer": {"name": "lbfgs", "max_iter": 2},
        **FULL_STEPS,
    },
    "noise and full batch": {**NOISY, "optimizer": {"name": "lbfgs", "max_iter": 2}, **FULL_STEPS},
    "both decays": {"optimizer": "adamw", "weight_decay": 0.1, "activation": "prelu", "schedule": "cosine"},
    "penalties and full batch": {
        "optimizer": {"name": "lbfgs", "max_iter": 4},
        **FULL_STEPS,
        "l1": 0.001,
        "l2": 0.01,
        "weight_decay": 0.1,
        "clipping": {"name": "norm", "max_norm": 0.5},
        "batch_norm": True,
    },
    "decay under a schedule": {"weight_decay": 0.2, "schedule": {"name": "step", "period": 2}},
    "penalties and clipping": {"l1": 0.01, "l2": 0.1, "clipping": {"name": "value", "max_value": 0.05}},
    "mixup of values": {"dataset": "x_sin", "mixup": 0.5, "loss": "huber"},
    "smoothed mixup": {"dataset": THREE_BLOBS, "mixup": 0.5, "label_smoothing": 0.2},
    "smoothed binary": {"label_smoothing": 0.123456789},
    "wrong binary labels": {"label_noise": 0.3},
    "a last batch of one": {"n_samples": 62, "batch_norm": True},
    "batches of one": {"batch_size": 1, "batch_norm": True, "dropout": 0.2, "learning_rate": 0.002},
    "batches larger than the data": {"batch_size": 5000},
    "adam without correction": {"optimizer": {"name": "adam", "bias_correction": False}},
    "no decay in adamw": {"optimizer": {"name": "adamw", "weight_decay": 0.0}},
    "plateau": {
        "schedule": {"name": "reduce_on_plateau", "patience": 0, "threshold": 0.5},
        "optimizer": "momentum",
    },
    "stopped early": {
        "early_stopping": {"name": "patience", "patience": 1, "min_delta": 0.3},
        "learning_rate": 0.01,
    },
    "validation": {"validation_fraction": 0.3, "dataset": THREE_BLOBS, "label_noise": 0.2, "dropout": 0.2},
    "plateau on the test part": {
        "schedule": {"name": "reduce_on_plateau", "patience": 0, "threshold": 0.5},
        "choose_on": "test",
    },
    "stopped early on the test part": {
        "early_stopping": {"name": "patience", "patience": 1, "min_delta": 0.3},
        "learning_rate": 0.01,
        "validation_fraction": 0.1,
        "choose_on": "test",
    },
    "all trained": {"train_fraction": 1.0, "dataset": THREE_BLOBS, "label_noise": 0.2, "dropout": 0.2},
    "all trained, a handful": {"dataset": "custom", "points": HANDFUL},
    "all trained, and chosen": {"train_fraction": 1.0, "early_stopping": {"name": "patience", "patience": 1}},
    "validation of values": {"dataset": "x_sin", "validation_fraction": 0.2, "preprocessing": "standardize"},
    "components": {"dataset": {"name": "wine", "x1": "pc2", "x2": "pc1"}},
    "component and column": {"dataset": {"name": "breast_cancer", "x1": "mean_radius", "x2": "pc3"}},
    "all rows of a table": {"dataset": "iris", "n_samples": 500},
    "all rows, with noise": {"dataset": "iris", "n_samples": 500, "noise": 0.1},
    "points": {"dataset": "custom", "points": POINTS},
    "some points": {"dataset": "custom", "points": POINTS, "n_samples": 30, "noise": 0.1, "label_noise": 0.2},
    "values": {"dataset": "custom", "points": VALUES, "n_samples": 30},
    "scaled values": {"dataset": "custom", "points": PRICES, "preprocessing": "standardize"},
    "points on a line": {"dataset": "custom", "points": LINE, "preprocessing": "whitening"},
    "a constant column": {"dataset": "custom", "points": LINE, "preprocessing": "min_max"},
    "fewer points than features": {
        "n_samples": 20,
        "train_fraction": 0.2,
        "features": tuple(FEATURES),
        "preprocessing": "pca",
    },
    "cells": {"dataset": {"name": "checkerboard", "cells": 3}, "noise": 0.1},
    "periods": {"dataset": {"name": "x_sin", "periods": 2}, "features": ("x1",)},
    "three of each": {"dataset": {"name": "rings", "rings": 4}, "activation": ("relu", "tanh")},
}

CASES: dict[str, tuple[Experiment, int]] = {}
for _name, _fields in [*_samples(), *MORE.items()]:
    _given = {**SMALL, **_fields}
    _epochs = _given.pop("epochs", EPOCHS)
    CASES[_name] = Experiment(**_given), _epochs
for _name, _preset in PRESETS.items():
    # deep batch normalization blows rounding up by a thousand in two epochs
    _deep = _preset.experiment.normalization.name != "none" and len(_preset.experiment.hidden) > 3
    CASES[f"preset {_name}"] = _preset.experiment, 2 if _deep else EPOCHS

ALONE = ("everything", "preset first_look", "dataset digits")
"""Cases that run in a process of their own."""


def _environment() -> dict[str, str]:
    return {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": ""}


def _run(paths: list[Path], folder: Path) -> dict[str, str]:
    """Last line of each script's output, by file name without suffix."""
    done = subprocess.run(
        [sys.executable, "-c", RUNNER, *map(str, paths)],
        capture_output=True,
        text=True,
        cwd=folder,
        env=_environment(),
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return {Path(path).stem: line for path, line in json.loads(done.stdout).items()}


@pytest.fixture(scope="module")
def ends(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Last line of the script of each chosen case; all run in one process that does not know the playground."""
    folder = tmp_path_factory.mktemp("scripts")
    chosen = [item for item in request.session.items if isinstance(item, pytest.Function)]
    names = [item.callspec.params["name"] for item in chosen if "ends" in item.fixturenames]
    paths = []
    for name in names:
        paths.append(folder / f"{name}.py")
        paths[-1].write_text(to_script(*CASES[name]), "utf-8")
    return _run(paths, folder)


def _expected(experiment: Experiment, epochs: int) -> tuple[float, ...]:
    """Losses where the app's own run ends: of the restored weights after early stopping."""
    trainer = Trainer(experiment.replace(engine="reference", device="cpu"))
    trainer.run(epochs=epochs)
    if trainer.status == "diverged":
        return math.inf, math.inf
    found = dict(zip(METRICS, trainer.engine.metrics(), strict=True))
    losses = [found[f"loss_{part}"] for part in PARTS]
    return tuple(loss for loss in losses if not math.isnan(loss))


def _check(line: str, experiment: Experiment, epochs: int) -> None:
    found = LAST_LINE.fullmatch(line)
    assert found, line
    losses = tuple(float(number) for number in found.groups() if number is not None)
    expected = _expected(experiment, epochs)
    if math.isinf(expected[0]):
        assert not math.isfinite(losses[0])
    else:
        assert losses == pytest.approx(expected, rel=TOLERANCE, abs=1e-7)


@pytest.mark.parametrize("name", [name for name in CASES if name not in ALONE])
def test_script_ends_where_the_app_ends(name: str, ends: dict[str, str]) -> None:
    _check(ends[name], *CASES[name])


@pytest.mark.parametrize("name", ALONE)
def test_script_runs_alone(name: str, tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_text(to_script(*CASES[name], language="ko"), "utf-8")
    done = subprocess.run(
        [sys.executable, str(path)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=_environment(),
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    _check(done.stdout.splitlines()[-1], *CASES[name])


def test_cases_cover_every_entry_of_every_registry() -> None:
    used: set[tuple[str, str]] = set()
    for experiment, _ in CASES.values():
        used |= {("features", name) for name in experiment.features}
        used |= {("activations", spec.name) for spec in experiment.activations}
        for registry, spec in (
            (DATASETS, experiment.dataset),
            (PREPROCESSINGS, experiment.preprocessing),
            (INITIALIZERS, experiment.init),
            (OPTIMIZERS, experiment.optimizer),
            (SCHEDULES, experiment.schedule),
            (LOSSES, experiment.loss),
            (NORMALIZATIONS, experiment.normalization),
            (CLIPPINGS, experiment.clipping),
            (STOPPINGS, experiment.early_stopping),
            (WEIGHTINGS, experiment.class_weighting),
        ):
            used.add((registry.family, spec.name))
    families = (
        ACTIVATIONS,
        CLIPPINGS,
        DATASETS,
        FEATURES,
        INITIALIZERS,
        LOSSES,
        NORMALIZATIONS,
        OPTIMIZERS,
        PREPROCESSINGS,
        SCHEDULES,
        STOPPINGS,
        WEIGHTINGS,
    )
    assert used == {(registry.family, name) for registry in families for name in registry}


def test_scripts_are_clean(tmp_path: Path) -> None:
    for i, (experiment, epochs) in enumerate(CASES.values()):
        for language in LANGUAGES:
            script = to_script(experiment, epochs, language)
            assert "playground" not in re.sub(r'""".*?"""', "", script, count=1, flags=re.DOTALL)
            (tmp_path / f"{i}_{language}.py").write_text(script, "utf-8")
    rules = ["--isolated", "--no-cache", "--select", "E,F,I", "--line-length", "100"]
    command = [sys.executable, "-m", "ruff", "check", *rules, "--target-version", "py311", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.parametrize("name", CASES)
def test_nothing_is_defined_for_nothing(name: str) -> None:
    """Every name that a script binds at its top level is used somewhere else in it."""
    script = to_script(*CASES[name])
    bound = re.findall(r"^(?:def|class) (\w+)", script, flags=re.MULTILINE)
    for targets in re.findall(r"^([a-zA-Z_]\w*(?:, \w+)*) = ", script, flags=re.MULTILINE):
        bound += targets.split(", ")
    for target in bound:
        assert target == "_" or len(re.findall(rf"\b{target}\b", script)) > 1, target


@pytest.mark.parametrize("field", [entry.field for entry in REGULARIZERS.values()])
def test_a_regularizer_shows_only_where_it_is_used(field: str) -> None:
    base = Experiment(hidden=(4, 4), skip=True)
    plain = to_script(base, EPOCHS)
    assert to_script(base.replace(**{field: 0.0}), EPOCHS) == plain
    assert to_script(base.replace(**{field: 0.25}), EPOCHS) != plain


def test_the_default_script_is_short() -> None:
    script = to_script(Experiment(), 100)
    code = [line for line in script.splitlines() if line and not line.lstrip().startswith("#")]
    assert len(code) < 70
    for word in ("dropout", "eval()", "scheduler", "copy", "weights =", "rate ="):
        assert word not in script.lower()


@pytest.mark.parametrize("epochs", [0, -1, 10**7, "many"])
def test_epochs_out_of_range_are_refused(epochs: Any) -> None:
    with pytest.raises(InvalidValue, match="epochs"):
        to_script(Experiment(), epochs)


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(KeyError):
        to_script(Experiment(), 1, "xx")


# --- notebooks ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["everything", "no hidden layer", "points"])
def test_notebook_is_valid_and_holds_the_scripts_code(name: str, language: str) -> None:
    experiment, epochs = CASES[name]
    notebook = nbformat.reads(to_notebook(experiment, epochs, language).decode(), as_version=4)
    nbformat.validate(notebook)
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    assert code == [in_language(section.code.rstrip(), language) for section in sections(experiment, epochs)]
    markdown = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    assert len(markdown) == len(code) + 1


def test_notebooks_run_to_the_same_end(tmp_path: Path) -> None:
    names = ["everything", "no hidden layer", "dataset iris", "optimizer lbfgs"]
    paths = []
    for name in names:
        notebook = nbformat.reads(to_notebook(*CASES[name]).decode(), as_version=4)
        paths.append(tmp_path / f"{name}.py")
        code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
        paths[-1].write_text(code, "utf-8")
    for name, line in _run(paths, tmp_path).items():
        _check(line, *CASES[name])


def test_notebook_explains_what_it_uses() -> None:
    notebook = nbformat.reads(to_notebook(*CASES["everything"], "en").decode(), as_version=4)
    words = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    for entry in (
        OPTIMIZERS["nesterov"],
        ACTIVATIONS["maxout"],
        NORMALIZATIONS["batch_norm"],
        LOSSES["cross_entropy"],
    ):
        assert entry.formula in words
    for name in REGULARIZERS:
        assert REGULARIZERS[name].formula in words


# --- the tools ------------------------------------------------------------------------------------------


def _annotated(a: int, b: list[str], c: float = 0.5) -> tuple[int, str]:
    return a, b[int(c)]


def test_unannotated_source_is_the_same_function() -> None:
    assert source_of(_annotated) == "def _annotated(a, b, c=0.5):\n    return a, b[int(c)]\n"
    assert unannotated("class A:\n    x: int\n    y = 'é'  # type: ignore[x]\n") == "class A:\n    y = 'é'\n"


def test_long_calls_are_broken_at_their_arguments() -> None:
    assert fitted("f(a, g(b, c))") == "f(a, g(b, c))"
    assert fitted("f(a, g(b, c))", 5) == "f(\n    a,\n    g(b, c),\n)"


def test_imports_stand_in_their_usual_order() -> None:
    lines = import_lines({"F", "nn", "np", "copy", "load_iris", "PCA", "something"})
    assert lines.split("\n") == [
        "import copy",
        "",
        "import numpy as np",
        "from sklearn.datasets import load_iris",
        "from sklearn.decomposition import PCA",
        "from torch import nn",
        "from torch.nn import functional as F",
    ]
