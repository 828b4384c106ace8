"""Scripts of experiments on pictures: run by themselves, they take the app's trajectory."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

from playground import ImageExperiment, InvalidValue, train
from playground.images.augment import AUGMENTATIONS
from playground.images.data import FASHION, PICTURE_SETS
from playground.images.experiment import POOLINGS
from playground.images.script import SOURCES, to_notebook, to_script
from playground.techniques import (
    ACTIVATIONS,
    CLIPPINGS,
    INITIALIZERS,
    LOSSES,
    OPTIMIZERS,
    REGULARIZERS,
    SCHEDULES,
    SKIPS,
)
from playground.text import LANGUAGES

EPOCHS = 2
TOLERANCE = 1e-3
"""Relative: sums in another order (channels last), which steps make larger."""
LAST_LINE = re.compile(r"loss train (\S+) test (\S+)")
# Runs scripts one after the other, each in a namespace of its own, and prints the last line of each.
RUNNER = """
import contextlib, io, json, runpy, sys
import torch
torch.set_num_threads(1)
ends = []
for path in sys.argv[1:]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        runpy.run_path(path, run_name="__main__")
    ends.append(out.getvalue().splitlines()[-1])
print(json.dumps(ends))
"""
SMALL: dict[str, Any] = {
    "n_samples": 60,
    "channels": (3, 4),
    "hidden": (6,),
    "batch_size": 16,
    "learning_rate": 0.003,
}


def changes() -> dict[str, dict[str, Any]]:
    """An experiment for each technique, pooling, network and set."""
    found: dict[str, dict[str, Any]] = {
        f"{field} {name}": {field: name}
        for field, registry in (
            ("activation", ACTIVATIONS),
            ("init", INITIALIZERS),
            ("optimizer", OPTIMIZERS),
            ("schedule", SCHEDULES),
        )
        for name in registry
    }
    found |= {f"loss {name}": {"loss": name} for name, loss in LOSSES.items() if "multiclass" in loss.tasks}
    found |= {f"regularizer {name}": {entry.field: entry.shown} for name, entry in REGULARIZERS.items()}
    found["regularizer stochastic_depth"] |= {"skip": "residual", "channels": (4, 4, 4), "dataset": "shapes"}
    found |= {f"skip {name}": {"skip": name, "channels": (4, 4)} for name in SKIPS}
    found |= {f"clipping {name}": {"clipping": name} for name in CLIPPINGS}
    found |= {f"pooling {name}": {"pooling": name} for name in POOLINGS}
    found |= {f"set {name}": {"dataset": name} for name in SOURCES if name != "fashion" or FASHION.exists()}
    found |= {f"augmentation {name}": {"augmentation": (name,)} for name in AUGMENTATIONS}
    found["all augmentations"] = {"dataset": "shapes", "augmentation": tuple(AUGMENTATIONS)}
    found["global average"] = {"global_average": True, "pooling": "none", "dropout": 0.2}
    found["linear"] = {"network": "linear", "mixup": 0.4, "input_noise": 0.1}
    found["validation"] = {"validation_fraction": 0.3}
    found["dense"] = {
        "network": "dense",
        "hidden": (8, 8),
        "dropout": 0.3,
        "batch_norm": True,
        "skip": "residual",
        "stochastic_depth": 0.3,
        "dropconnect": 0.2,
    }
    found["single"] = {"network": "dense", "batch_norm": True, "batch_size": 49}  # 50 train
    found["single maps"] = {"batch_norm": True, "batch_size": 1, "channels": (2, 2, 2), "pooling": "strided"}
    found["everything"] = {
        "channels": (4, 4),
        "skip": "residual",
        "batch_norm": True,
        "dropout": 0.2,
        "dropout2d": 0.2,
        "stochastic_depth": 0.3,
        "dropconnect": 0.1,
        "mixup": 0.4,
        "input_noise": 0.05,
        "pooling": "fractional",
        "clipping": "norm",
        "activation": "maxout",
        "optimizer": {"name": "adamw", "weight_decay": 0.1},
        "kernel_size": 5,
        "train_fraction": 0.5,
        "seed": 3,
    }
    # Over small steps the change of the gradient, which L-BFGS divides by, is little more than rounding.
    found["optimizer lbfgs"]["learning_rate"] = 1.0
    found["full batch with masks"] = {
        "optimizer": {"name": "lbfgs", "max_iter": 4},
        "dropout": 0.2,
        "pooling": "fractional",
        "learning_rate": 1.0,
    }
    return found


def test_scripts_end_with_the_losses_of_the_run(tmp_path: Path) -> None:
    expected, paths = [], []
    for number, (name, own) in enumerate(changes().items()):
        experiment = ImageExperiment(**{**SMALL, **own})
        history = train(experiment, epochs=EPOCHS).last()
        expected.append((name, history["loss_train"], history["loss_test"]))
        path = tmp_path / f"{number}.py"
        path.write_text(to_script(experiment, EPOCHS), "utf-8")
        paths.append(str(path))
    done = subprocess.run(
        [sys.executable, "-I", "-c", RUNNER, *paths], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    for (name, *losses), line in zip(expected, json.loads(done.stdout.splitlines()[-1]), strict=True):
        match = LAST_LINE.fullmatch(line)
        assert match, line
        found = [float(loss) for loss in match.groups()]
        assert found == pytest.approx(losses, rel=TOLERANCE), name


def test_a_notebook_is_the_script_in_cells(tmp_path: Path) -> None:
    experiment, languages = ImageExperiment(**{**SMALL, **changes()["everything"]}), ("en", "ko")
    for language in languages:
        notebook = nbformat.reads(to_notebook(experiment, EPOCHS, language).decode(), as_version=4)
        nbformat.validate(notebook)
    english = nbformat.reads(to_notebook(experiment, EPOCHS).decode(), as_version=4)
    path = tmp_path / "cells.py"
    path.write_text("\n".join(cell.source for cell in english.cells if cell.cell_type == "code"), "utf-8")
    done = subprocess.run([sys.executable, "-I", "-c", RUNNER, str(path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    match = LAST_LINE.fullmatch(json.loads(done.stdout)[0])
    assert match
    history = train(experiment, epochs=EPOCHS).last()
    losses = [history["loss_train"], history["loss_test"]]
    assert [float(loss) for loss in match.groups()] == pytest.approx(losses, rel=TOLERANCE)
    words = "\n".join(cell.source for cell in english.cells if cell.cell_type == "markdown")
    assert OPTIMIZERS["adamw"].formula in words
    assert ACTIVATIONS["maxout"].formula in words
    assert REGULARIZERS["stochastic_depth"].formula in words


def test_pictures_that_need_fonts_have_no_script() -> None:
    assert set(PICTURE_SETS) - set(SOURCES) == {"glyphs", "letters"}
    with pytest.raises(InvalidValue, match="fonts"):
        to_script(ImageExperiment(dataset="glyphs"), 1)


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_scripts_speak_the_readers_language(language: str) -> None:
    for own in (changes()["all augmentations"], {**changes()["everything"]}, {**changes()["single maps"]}):
        script = to_script(ImageExperiment(**{**SMALL, **own}), 2, language)
        said = re.findall(r'"""(.+?)"""', script, re.DOTALL) + re.findall("# (.+)", script)
        untold = [words for words in said if not re.search("[가-힣]", words)]
        assert not untold
