"""What a network answers for new rows: classes with their probabilities, or values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from playground import judging
from playground.data.prepare import Data
from playground.data.reading import Table
from playground.engine.plan import Engine
from playground.experiment import Experiment
from playground.later import pd
from playground.registry import InvalidValue
from playground.techniques import LOSSES

if TYPE_CHECKING:
    import pandas


def answered(
    experiment: Experiment, data: Data, engine: Engine, X: NDArray[np.float64], title: str
) -> pandas.DataFrame:
    """The rows with what the network answers.

    Args:
        X: float64 (n, columns), inputs in the data's own units; a missing one (nan) is filled as in training.
        title: of the column with the answers.

    Returns:
        The inputs, the answer (a class's name, or a value), and of a classifier that gives probabilities one column
        ``P(class)`` for each class.
    """
    scores = engine.forward(data.features(X))[-1]
    columns: list[tuple[str, Any]] = [(name, X[:, k]) for k, name in enumerate(data.x_names)]
    if not experiment.n_classes:
        mean, sd = experiment.target_scale
        columns.append((title, mean + sd * scores[:, 0].astype(np.float64)))
    else:
        found = scores.argmax(axis=1) if experiment.task == "multiclass" else (scores[:, 0] > 0).astype(int)
        columns.append((title, np.array(experiment.class_names, dtype=object)[found]))
        if LOSSES[experiment.loss.name].probabilistic:
            chances = judging.probabilities(scores)
            columns += [(f"P({name})", chances[:, k]) for k, name in enumerate(experiment.class_names)]
    return pd.DataFrame(
        dict(zip(_distinct([name for name, _ in columns]), (c for _, c in columns), strict=True))
    )


def _distinct(names: Sequence[str]) -> list[str]:
    """The names, with a number behind those that were there before."""
    found: list[str] = []
    for name in names:
        number, title = 2, name
        while title in found:
            number, title = number + 1, f"{name} ({number})"
        found.append(title)
    return found


def inputs_of(table: Table, x_names: Sequence[str]) -> NDArray[np.float64]:
    """The inputs that a table holds, float64 (n_rows, columns), nan where a cell is missing.

    Each is found by its name. An input that was made of a column of texts or of true and false, as ``name = value`` or
    ``name (0 no, 1 yes)``, is made of the column ``name`` again.

    Raises:
        InvalidValue: a column is not there, or holds no numbers; its field is the column.
    """
    return np.column_stack([_input(table, title) for title in x_names]).reshape(-1, len(x_names))


def _input(table: Table, title: str) -> NDArray[np.float64]:
    if title in table.names:
        numbers = table.numbers(title)
        if np.isinf(numbers).any() or (np.isnan(numbers) & ~table.missing(title)).any():
            bad = int(np.flatnonzero(~np.isfinite(numbers) & ~table.missing(title))[0])
            raise InvalidValue(f"file.{title}", "csv.number", table.texts(title)[bad], row=bad + 1)
        return numbers
    for name in table.names:
        texts = table.texts(name)
        if title.startswith(f"{name} = "):
            return np.where(table.missing(name), np.nan, texts == title.removeprefix(f"{name} = "))
        if title.startswith(f"{name} (0 ") and title.endswith(")"):
            zero, _, one = title.removeprefix(f"{name} (0 ")[:-1].partition(", 1 ")
            return np.where(texts == one, 1.0, np.where(texts == zero, 0.0, np.nan))
    raise InvalidValue(f"file.{title}", "csv.column", title, choices=", ".join(table.names[:20]))
