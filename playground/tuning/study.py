"""A search with what it found, and the database that it may be kept in."""

from __future__ import annotations

import math
import os
import re
import time
import warnings
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
UNOPENED = "test"
"""Attribute of a trial: what its networks reach on the test part. No table shows it unless it is asked to."""
NAME = "search"
"""What a study in memory is called: Hyperband shares out its trials by the name, so that it must always be the same."""
PATIENCE = 60
"""Seconds that a process waits while another one writes to a database in a file."""
HEARTBEAT = 20
"""Seconds after which a process that works on a kept study says again that it is alive."""
GRACE = 60
"""Seconds of silence after which its trial is taken for lost; the next process tries the same settings again."""
ATTEMPTS = 30
"""How often a database is opened that another process may be making."""
RETRIES = 3
"""How often."""
POSTGRESQL = re.compile("^postgres(ql)?://")
"""An address that leaves the driver open: requirements-cluster.txt has one that SQLAlchemy does not take by itself."""


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

    def frame(self, test: bool = False) -> pandas.DataFrame:
        """One row a trial: ``trial``, ``state``, ``value`` (the loss; nan where it was ended early), each field,
        ``epochs``, ``parameters``, whether it ``diverged``, and ``loss_train``, ``loss_validation``,
        ``accuracy_train``, ``accuracy_validation`` where it ended; ``loss_test``, ``accuracy_test`` in their place
        where the test part chooses.

        Args:
            test: open the test part: ``loss_test`` and ``accuracy_test`` as well. Who chooses by them chooses on it.
        """
        return table(self.study.get_trials(deepcopy=False), test)

    def front(self) -> pandas.DataFrame:
        """The rows of ``frame`` that no other trial beats in one goal without losing in another, the lowest loss
        first; with one goal, the best."""
        return table(sorted(self.study.best_trials, key=lambda trial: trial.values[0]))


def table(trials: Sequence[optuna.trial.FrozenTrial], test: bool = False) -> pandas.DataFrame:
    """One row a trial; see ``Study.frame``."""
    return pd.DataFrame(
        [
            {
                "trial": trial.number,
                "state": trial.state.name.lower(),
                "value": trial.values[0] if trial.values and trial.state.name == "COMPLETE" else math.nan,
                **trial.params,
                **{name: value for name, value in trial.user_attrs.items() if name != UNOPENED},
                **(trial.user_attrs.get(UNOPENED, {}) if test else {}),
            }
            for trial in trials
        ]
    )


def storage_of(given: str | None) -> optuna.storages.RDBStorage | None:
    """The database of an address; else that of ``PLAYGROUND_DATABASE_URL``; None for memory.

    Several processes may open a new one at once. What a process was trying when it was ended is tried again.
    """
    url = given or os.environ.get(DATABASE, "")
    if not url:
        return None
    from sqlalchemy.exc import DBAPIError

    url = POSTGRESQL.sub("postgresql+psycopg://", url)

    for _ in range(ATTEMPTS):
        try:
            return _database(url)
        except DBAPIError:  # another process may be making its tables, one after the other
            time.sleep(0.1)
    return _database(url)


def _database(url: str) -> optuna.storages.RDBStorage:
    from optuna.exceptions import ExperimentalWarning
    from optuna.storages import RDBStorage, RetryHeartbeatStaleTrialCallback

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)  # of heartbeats, which a test holds
        return RDBStorage(
            url,
            engine_kwargs={"connect_args": {"timeout": PATIENCE}} if url.startswith("sqlite") else {},
            heartbeat_interval=HEARTBEAT,
            grace_period=GRACE,
            heartbeat_stale_trial_callback=RetryHeartbeatStaleTrialCallback(max_retry=RETRIES),
        )


class Pulse:
    """Says now and then that trials of a kept study are being worked on, and has those tried again whose process is
    gone. Nothing for a study in memory."""

    def __init__(self, study: optuna.Study) -> None:
        self._study = study
        self._kept = bool(getattr(study._storage, "get_heartbeat_interval", lambda: None)())
        self._last = -math.inf

    def ask(self) -> optuna.Trial:
        """The next trial."""
        with warnings.catch_warnings():
            # Of heartbeats, which Optuna sends by itself only from within a call of its own.
            warnings.filterwarnings("ignore", message="Heartbeat of storage", category=UserWarning)
            return self._study.ask()

    def beat(self, trials: Sequence[optuna.Trial], begun: bool = False) -> None:
        """These are under way.

        Args:
            begun: one of them has just begun.
        """
        now = time.monotonic()
        if self._kept and (begun or now - self._last > HEARTBEAT / 2):
            self._last = now
            _alive(self._study, trials)


def _alive(study: optuna.Study, trials: Sequence[optuna.Trial]) -> None:
    from optuna.exceptions import ExperimentalWarning
    from optuna.storages import fail_stale_trials

    storage = study._storage
    for trial in trials:
        storage.record_heartbeat(trial._trial_id)  # type: ignore[attr-defined]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        fail_stale_trials(study)


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
