"""What a network answers for new rows: classes with their probabilities, or values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from playground import judging
from playground.data.prepare import Data
from playground.engine.plan import Engine
from playground.experiment import Experiment
from playground.later import pd
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
        dict(zip(distinct([name for name, _ in columns]), (c for _, c in columns), strict=True))
    )


def distinct(names: Sequence[str]) -> list[str]:
    """The names, with a number behind those that were there before."""
    found: list[str] = []
    for name in names:
        number, title = 2, name
        while title in found:
            number, title = number + 1, f"{name} ({number})"
        found.append(title)
    return found
