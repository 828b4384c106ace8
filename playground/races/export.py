"""What is taken away from a race: one tidy table, and event files for TensorBoard.

A ``Record`` is an immutable copy: it is taken under the session's lock and written without it.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playground.engine.history import History
from playground.races.events import event_file
from playground.races.lockstep import LaneTrainers
from playground.races.race import Race

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("lane", "label", "seed", "epoch", "step", "split", "loss", "accuracy", "learning_rate")
"""Columns of the tidy table."""


@dataclass(frozen=True, eq=False)
class Record:
    """The run of one network of a race.

    Args:
        lane: its number, from 0.
        label: the lane's name.
        seed: of the repeat.
        history: a copy that nobody else writes to.
    """

    lane: int
    label: str
    seed: int
    history: History


def records(race: Race, lanes: Sequence[LaneTrainers], language: str = "en") -> tuple[Record, ...]:
    """Copies of all runs, lane by lane and repeat by repeat."""
    return tuple(
        Record(lane, label, trainer.experiment.seed, trainer.history.copy())
        for lane, (label, own) in enumerate(zip(race.labels(language), lanes, strict=True))
        for trainer in own.trainers
    )


def frame(runs: Iterable[Record]) -> pd.DataFrame:
    """Tidy table with a row for each lane, seed, epoch and split; columns as in ``COLUMNS``."""
    import pandas as pd

    tables = []
    for run in runs:
        table = run.history.frame()
        table.insert(0, "seed", run.seed)
        table.insert(0, "label", run.label)
        table.insert(0, "lane", run.lane)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)[list(COLUMNS)]


def tensorboard(runs: Iterable[Record]) -> bytes:
    """A zip with one folder for each lane and seed: TensorBoard shows each as a run of its own.

    Tags are ``loss/train``, ``loss/test``, ``accuracy/train``, ``accuracy/test`` and ``learning_rate``, over epochs;
    with a validation part also ``loss/validation`` and ``accuracy/validation``.
    """
    packed = io.BytesIO()
    # The first level packs nearly as well as the last, several times as fast.
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for run in runs:
            plain = re.sub(r"[^\w.+-]+", "_", run.label).strip("_")[:60]
            name = f"{run.lane + 1}-{plain}/seed-{run.seed}/events.out.tfevents.0.playground"
            info = zipfile.ZipInfo(name)
            archive.writestr(info, event_file(run.history), zipfile.ZIP_DEFLATED, 1)
    return packed.getvalue()
