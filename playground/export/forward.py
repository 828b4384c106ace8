"""A trained network as NumPy code: the forward pass with its weights, no training and no PyTorch."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

import numpy as np

from playground.data import FEATURES, prepare
from playground.engine.weights import named
from playground.experiment import Experiment
from playground.export.code import LINE_LENGTH, import_lines, indented, names_in
from playground.export.script import title
from playground.export.words import in_language
from playground.layout import Layout
from playground.techniques import ACTIVATIONS, NORMALIZATIONS
from playground.text import text

ANSWERS = {
    "binary": ("classes", "(scores(points)[:, 0] > 0).astype(int)"),
    "multiclass": ("classes", "scores(points).argmax(axis=1)"),
    "regression": ("values", "scores(points)[:, 0]"),
}
"""For each task the name of what is predicted, and the expression."""


def to_numpy(experiment: Experiment, state: Any, epoch: int, language: str = "en") -> str:
    """A module of functions ``scores(points)`` and ``classes(points)``, or ``values(points)`` for regression.

    Args:
        experiment: what was trained.
        state: the engine's state, with parameters and running statistics.
        epoch: after how many epochs; said in the first lines.
        language: of comments and docstrings.

    Returns:
        Code that needs NumPy only. In float64 it gives the scores of ``playground.model.Network`` in evaluation.
    """
    weights, lines = named(state, Layout.of(experiment)), _inputs(experiment)
    arrays = _filling(experiment) | _preparation(experiment)
    if "MATRIX" in arrays:
        lines.append("h = (h - OFFSET) @ MATRIX")
    for i in range(len(experiment.hidden)):
        lines += _layer(experiment, i, weights, arrays)
    arrays |= {"W_OUT": weights["output.weight"], "B_OUT": weights["output.bias"]}
    lines.append("return h @ W_OUT.T + B_OUT")
    d = len(experiment.columns)
    asked = "[[0.0, 0.0], [1.0, -1.0]]" if d == 2 else f"np.zeros((1, {d}))"
    answer, expression = ANSWERS[experiment.task]
    words = {key: text(f"export.numpy.{key}", language) for key in ("intro", "scores", "classes", "values")}
    body = "\n\n\n".join(
        (
            _function("scores", f"points (n, {d}) → (n, {experiment.n_outputs}): {words['scores']}", lines),
            _function(answer, f"points (n, {d}) → (n,): {words[answer]}", [f"return {expression}"]),
        )
    )
    numbers = "\n".join(_array(name, values) for name, values in arrays.items())
    heading = text("export.numpy.title", language, title=title(experiment, language), epoch=f"{epoch:,}")
    shown = text("export.numpy.example", language)
    return (
        f'"""{heading}\n\n{textwrap.fill(words["intro"], LINE_LENGTH)}\n"""\n\n'
        f"{import_lines({*names_in(body), 'np'})}\n\n{in_language(numbers, language)}\n\n\n{body}\n\n\n"
        f'if __name__ == "__main__":\n    # {shown}\n    print({answer}({asked}))\n'
    )


def _inputs(experiment: Experiment) -> list[str]:
    """Statements that make ``h`` (n, d), the features of ``points``."""
    filled = ["points = np.where(np.isnan(points), FILL, points)"] if prepare(experiment).n_filled else []
    if len(experiment.columns) != 2:
        return ["h = np.asarray(points, dtype=float)", *(line.replace("points", "h") for line in filled)]
    columns = ", ".join(FEATURES[name].code for name in experiment.features)
    return [*filled, "x1, x2 = np.asarray(points, dtype=float).T", f"h = np.column_stack([{columns}])"]


def _filling(experiment: Experiment) -> dict[str, np.ndarray]:
    """What missing cells are filled with, where there were any."""
    data = prepare(experiment)
    return {"FILL": data.fill} if data.n_filled else {}


def _preparation(experiment: Experiment) -> dict[str, np.ndarray]:
    """The map fitted to the training features, where there is one."""
    affine = prepare(experiment).affine
    if np.array_equal(affine.matrix, np.eye(len(affine.offset))) and not affine.offset.any():
        return {}
    return {"OFFSET": affine.offset, "MATRIX": affine.matrix}


def _layer(
    experiment: Experiment, i: int, weights: Mapping[str, np.ndarray], arrays: dict[str, np.ndarray]
) -> list[str]:
    """Statements of one hidden layer, from ``h`` to ``h``; what they use is put into ``arrays``."""
    names = {
        "linear.weight": f"W{i + 1}",
        "linear.bias": f"B{i + 1}",
        "norm.weight": f"GAMMA{i + 1}",
        "norm.bias": f"BETA{i + 1}",
        "norm.running_mean": f"MEAN{i + 1}",
        "norm.running_var": f"VAR{i + 1}",
        "prelu.weight": f"SLOPE{i + 1}",
    }
    for key, name in names.items():
        if f"hidden.{i}.{key}" in weights:
            arrays[name] = weights[f"hidden.{i}.{key}"]
    named_here = {
        "gamma": names["norm.weight"],
        "beta": names["norm.bias"],
        "mean": names["norm.running_mean"],
        "var": names["norm.running_var"],
        "slope": names["prelu.weight"],
    }
    normalize = NORMALIZATIONS[experiment.normalization.name].numpy(experiment.normalization)
    spec = experiment.activations[i]
    lines = [f"z = h @ {names['linear.weight']}.T + {names['linear.bias']}"]
    if normalize != "z":
        lines.append(f"z = {normalize.format(**named_here)}")
    value = ACTIVATIONS[spec.name].numpy(spec).format(**named_here)
    if experiment.skips[i]:
        kept = 1.0 - experiment.drop_rates[i]
        value = f"h + {value}" if kept == 1 else f"h + {kept!r} * ({value})"
    return [*lines, f"h = {value}"]


def _function(name: str, words: str, lines: list[str]) -> str:
    return f'def {name}(points):\n    """{words}"""\n{indented(chr(10).join(lines), 4)}'


def _array(name: str, values: np.ndarray) -> str:
    """The statement ``name = np.array(…)`` with every number in full, on lines of bearable length."""
    rows = [f"[{', '.join(map(str, row))}]" for row in np.atleast_2d(values)]
    whole = rows[0] if values.ndim == 1 else f"[{', '.join(rows)}]"
    line = f"{name} = np.array({whole})"
    if len(line) <= LINE_LENGTH:
        return line
    broken = [
        textwrap.wrap(row, LINE_LENGTH - 8, break_long_words=False, break_on_hyphens=False) for row in rows
    ]
    body = ",\n".join("\n".join(lines) for lines in broken)
    if values.ndim > 1:
        body = f"[\n{indented(body, 4)},\n]"
    return f"{name} = np.array(\n{indented(body, 4)}\n)"
