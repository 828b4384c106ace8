"""Every combination of some values of some fields, each a real run."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from playground.engine.flock import Flock, flocks
from playground.engine.history import History
from playground.engine.threads import threads
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.later import pd
from playground.registry import InvalidValue

if TYPE_CHECKING:
    import pandas

MOST_RUNS = 100_000
"""Runs of one sweep at most."""
PIECE = 256
"""Runs that are held at a time."""


def sweep(
    experiment: Experiment, values: Mapping[str, Iterable[Any]], epochs: int = 50, seeds: int = 1
) -> pandas.DataFrame:
    """Train every combination of the values, on all cores.

    What a sweep is looked at for is to choose, so each run holds out a validation part, a fifth of its training points
    if the experiment sets no ``validation_fraction``, and the test part is not told of: look at it once, with what was
    chosen. ``choose_on="test"`` of the experiment has no part held out and tells of the test part instead.

    Args:
        experiment: what all runs have in common.
        values: for each field of an experiment, the values it takes.
        epochs: how long each run trains; early stopping or divergence can end one before.
        seeds: repeats of each combination; repeat r has the experiment's seed + r, so that all combinations meet the
            same data, split and order of samples.

    Returns:
        One row a run, in the order of ``itertools.product``: a column for each field, then ``seed``, ``epoch``,
        ``status``, ``loss_train``, ``loss_validation``, ``accuracy_train``, ``accuracy_validation`` after the last
        epoch; ``loss_test``, ``accuracy_test`` in their place where the test part chooses.

    Raises:
        InvalidValue: names the refused field; nothing has been trained then.

    Example:
        >>> from playground import Experiment, sweep
        >>> table = sweep(Experiment(n_samples=100), {"learning_rate": [0.01, 0.1], "l2": [0, 0.01]}, epochs=2)
        >>> len(table), table["learning_rate"].nunique()
        (4, 2)
    """
    for name, number, least in (("epochs", epochs, 0), ("seeds", seeds, 1)):
        if isinstance(number, bool) or not isinstance(number, int) or number < least:
            raise InvalidValue(name, "tuning.whole", number, least=least)
    taken = {name: tuple(found) for name, found in values.items()}
    for name, found in taken.items():
        if not found:
            raise InvalidValue(name, "tuning.empty", found)
    combinations = [dict(zip(taken, chosen, strict=True)) for chosen in itertools.product(*taken.values())]
    if len(combinations) * seeds > MOST_RUNS:
        raise InvalidValue("values", "tuning.runs", len(combinations) * seeds, most=MOST_RUNS)
    experiments = [
        (changes, experiment.replace(**changes, seed=experiment.seed + repeat).for_choosing())
        for changes in combinations
        for repeat in range(seeds)
    ]
    rows: dict[int, dict[str, Any]] = {}
    together, alone = flocks([one for _, one in experiments], PIECE)
    for piece in together:
        flock = Flock([experiments[place][1] for place in piece], threads())
        flock.run(epochs=epochs)
        for k, place in enumerate(piece):
            rows[place] = _row(*experiments[place], flock.epochs[k], flock.status[k], flock.histories[k])
    with ThreadPoolExecutor(threads()) as pool:
        for start in range(0, len(alone), PIECE):
            trainers = [Trainer(experiments[place][1]) for place in alone[start : start + PIECE]]
            list(pool.map(lambda trainer: trainer.run(epochs=epochs), trainers))
            for place, trainer in zip(alone[start : start + PIECE], trainers, strict=True):
                rows[place] = _row(*experiments[place], trainer.epoch, trainer.status, trainer.history)
    return pd.DataFrame([rows[place] for place in range(len(experiments))])


def _row(
    changes: Mapping[str, Any], experiment: Experiment, epoch: int, status: str, history: History
) -> dict[str, Any]:
    last = history.last()
    names = [f"{kind}_{part}" for kind in ("loss", "accuracy") for part in ("train", experiment.watched)]
    metrics = {name: last[name] for name in names}
    shown = {
        name: value if isinstance(value, (int, float, str)) else str(value) for name, value in changes.items()
    }
    return {**shown, "seed": experiment.seed, "epoch": epoch, "status": status, **metrics}
