"""The learning-rate range test: one run whose learning rate grows with every step."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.later import pd
from playground.registry import InvalidValue

if TYPE_CHECKING:
    import pandas

SMOOTHING = 0.8
"""Weight of the past in the smoothed loss."""
GIVEN_UP = 4.0
"""The run ends where its loss is this many times the smallest one."""
FALLEN = 0.1
"""Share of the whole fall after which the loss counts as falling."""


def range_test(
    experiment: Experiment, low: float = 1e-4, high: float = 10.0, steps: int = 120
) -> Iterator[tuple[float, pandas.DataFrame]]:
    """The range test in slices: the share done and the rows so far. See ``lr_range_test``."""
    if not 0 < low < high:
        raise InvalidValue("low", "tuning.range", low, high=f"{high:g}")
    base = experiment.replace(
        schedule="constant",
        early_stopping="none",
        validation_fraction=experiment.held_out,
        learning_rate=low,
    )
    base.replace(learning_rate=high)  # refused here, not in the middle of the run
    trainer = Trainer(base)
    rates = np.geomspace(low, high, steps)
    rows: list[tuple[int, float, float, float]] = []
    smoothed = best = float(trainer.history.last()["loss_train"])
    for number, rate in enumerate(rates):
        trainer.reconfigure(base.replace(learning_rate=float(rate)))
        trainer.run(steps=1)
        loss = float(trainer.engine.metrics()[0])
        if trainer.status != "running" or not math.isfinite(loss):
            break
        smoothed = SMOOTHING * smoothed + (1 - SMOOTHING) * loss
        best = min(best, smoothed)
        rows.append((number + 1, float(rate), loss, smoothed))
        if loss > GIVEN_UP * best:
            break
        if number % 10 == 9:
            yield (number + 1) / steps, _frame(rows)
    yield 1.0, _frame(rows)


def lr_range_test(
    experiment: Experiment, low: float = 1e-4, high: float = 10.0, steps: int = 120
) -> pandas.DataFrame:
    """Raise the learning rate exponentially from step to step, and watch the training loss.

    The loss falls once the rate is large enough to get anywhere, and rises when it is too large to hold still. The
    test ends there.

    Args:
        experiment: what is trained; its own learning rate, schedule and early stopping are left out.
        low, high: the first and the last learning rate.
        steps: from one to the other.

    Returns:
        One row a step: ``step``, ``learning_rate``, ``loss`` (of all training points, after the step), ``smoothed``.

    Source:
        Smith 2017, Cyclical learning rates for training neural networks, section 3.3.

    Raises:
        InvalidValue: the range is empty.

    Example:
        >>> from playground import Experiment, lr_range_test
        >>> frame = lr_range_test(Experiment(n_samples=100), steps=30)
        >>> bool(frame["learning_rate"].is_monotonic_increasing)
        True
    """
    *_, (_, frame) = range_test(experiment, low, high, steps)
    return frame


def suggested(frame: pandas.DataFrame) -> tuple[float, float] | None:
    """The learning rates between which the smoothed loss falls; None where it never does."""
    if len(frame) < 3:
        return None
    smoothed, rates = frame["smoothed"].to_numpy(), frame["learning_rate"].to_numpy()
    lowest = int(smoothed.argmin())
    fall = smoothed[0] - smoothed[lowest]
    if lowest == 0 or fall <= 0.01 * abs(smoothed[0]):
        return None
    begins = int(np.argmax(smoothed <= smoothed[0] - FALLEN * fall))
    return float(rates[begins]), float(rates[lowest])


def _frame(rows: list[tuple[int, float, float, float]]) -> pandas.DataFrame:
    return pd.DataFrame(rows, columns=["step", "learning_rate", "loss", "smoothed"])
