"""What is taken away from a race: one tidy table, and event files for TensorBoard."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from typing import TYPE_CHECKING

from playground.races.events import event_file
from playground.races.lockstep import Field
from playground.races.race import Race

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("lane", "label", "seed", "epoch", "step", "split", "loss", "accuracy", "learning_rate")
"""Columns of the tidy table."""


def frame(race: Race, fields: Sequence[Field], language: str = "en") -> pd.DataFrame:
    """Tidy table with a row for each lane, seed, epoch and split; columns as in ``COLUMNS``."""
    import pandas as pd

    tables = []
    for i, (label, field) in enumerate(zip(race.labels(language), fields, strict=True)):
        for trainer in field.trainers:
            table = trainer.history.frame()
            table.insert(0, "seed", trainer.experiment.seed)
            table.insert(0, "label", label)
            table.insert(0, "lane", i)
            tables.append(table)
    return pd.concat(tables, ignore_index=True)[list(COLUMNS)]


def tensorboard(race: Race, fields: Sequence[Field], language: str = "en") -> bytes:
    """A zip with one folder for each lane and seed: TensorBoard shows each as a run of its own.

    Tags are ``loss/train``, ``loss/test``, ``accuracy/train``, ``accuracy/test`` and ``learning_rate``, over epochs.
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for i, (label, field) in enumerate(zip(race.labels(language), fields, strict=True), 1):
            plain = re.sub(r"[^\w.+-]+", "_", label).strip("_")[:60]
            folder = f"{i}-{plain}"
            for trainer in field.trainers:
                name = f"{folder}/seed-{trainer.experiment.seed}/events.out.tfevents.0.playground"
                archive.writestr(zipfile.ZipInfo(name), event_file(trainer.history), zipfile.ZIP_DEFLATED)
    return packed.getvalue()
