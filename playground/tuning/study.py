"""A search with what it found, and the database that it may be kept in."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from playground.experiment import Experiment
from playground.later import pd
from playground.tuning.space import Field, checked

if TYPE_CHECKING:
    import optuna
    import pandas

DATABASE = "PLAYGROUND_DATABASE_URL"
"""The variable that names the database in which studies are kept."""
NAME = "search"
"""What a study in memory is called: Hyperband shares out its trials by the name, so that it must always be the same."""
PATIENCE = 60
"""Seconds that a process waits while another one writes to a database in a file."""


@dataclass(frozen=True, eq=False)
class Study:
    """A search, with what it found.

    Args:
        study: Optuna's own study: its plots, importances and dashboard work on it.
        experiment: what was tuned, with its validation part.
        space: where.
    """

    study: optuna.Study
    experiment: Experiment
    space: Mapping[str, Field]

    @property
    def best(self) -> Experiment:
        """The experiment of the trial with the lowest validation loss. ValueError: no trial came to its end.

        Its test part has not been looked at: ``train(found.best, epochs)["loss_test"]`` judges it.
        """
        if len(self.study.directions) == 1:
            return self.of(self.study.best_trial)
        front = self.study.best_trials
        if not front:
            raise ValueError("No trials are completed yet.")
        return self.of(min(front, key=lambda trial: trial.values[0]))

    def of(self, trial: optuna.trial.FrozenTrial) -> Experiment:
        """The experiment of a trial."""
        values = checked(self.experiment, self.space)
        found: dict[str, Any] = trial.params
        return self.experiment.replace(
            **{
                name: values[name].choices[value] if values[name].choices is not None else value  # type: ignore[index]
                for name, value in found.items()
            }
        )

    def frame(self) -> pandas.DataFrame:
        """One row a trial: ``trial``, ``state``, ``value`` (the loss; nan where it was ended early), each field,
        ``epochs``, ``parameters``, whether it ``diverged``, and ``loss_train``, ``loss_validation``,
        ``accuracy_train``, ``accuracy_validation`` where it ended; ``loss_test``, ``accuracy_test`` in their place
        where the test part chooses."""
        return table(self.study.get_trials(deepcopy=False))

    def front(self) -> pandas.DataFrame:
        """The rows of ``frame`` that no other trial beats in one goal without losing in another, the lowest loss
        first; with one goal, the best."""
        return table(sorted(self.study.best_trials, key=lambda trial: trial.values[0]))


def table(trials: Sequence[optuna.trial.FrozenTrial]) -> pandas.DataFrame:
    """One row a trial; see ``Study.frame``."""
    return pd.DataFrame(
        [
            {
                "trial": trial.number,
                "state": trial.state.name.lower(),
                "value": trial.values[0] if trial.values and trial.state.name == "COMPLETE" else math.nan,
                **trial.params,
                **trial.user_attrs,
            }
            for trial in trials
        ]
    )


def storage_of(given: str | None) -> optuna.storages.RDBStorage | None:
    """The database of an address; else that of ``PLAYGROUND_DATABASE_URL``; None for memory.

    Several processes may open a new one at once.
    """
    url = given or os.environ.get(DATABASE, "")
    if not url:
        return None
    from optuna.storages import RDBStorage
    from sqlalchemy.exc import DBAPIError

    options = {"connect_args": {"timeout": PATIENCE}} if url.startswith("sqlite") else {}
    try:
        return RDBStorage(url, engine_kwargs=options)
    except DBAPIError:  # another process is making its tables; now they are there
        return RDBStorage(url, engine_kwargs=options)


@contextmanager
def quiet() -> Iterator[None]:
    """Optuna tells of warnings only within the block."""
    import optuna

    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(verbosity)
