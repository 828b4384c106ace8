"""Fine-tuning a classifier of digits: from pre-trained machines, and from random weights then and now."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from playground.chapters.controls import Number, Settings, seed
from playground.chapters.initialization import belief, charts
from playground.chapters.initialization.programs import rbm_code
from playground.chapters.initialization.rbm import RBM
from playground.chapters.initialization.rbm import Settings as Machine
from playground.chapters.section import Figure, Section, Table, Verdict, words
from playground.experiment import Experiment

MACHINES = Machine()
PRETRAINING = 0.5
"""Share of the work that the machines take, about."""

say = words("initialization")


def starts(language: str) -> dict[str, str]:
    """What each start is called."""
    return {name: say(f"starts.{name}", language) for name in belief.STARTS}


def trained(settings: Settings) -> Iterator[tuple[float, tuple[RBM, ...]]]:
    """The machines on their way; they have seen all training images without labels."""
    for share, found in belief.pretrained(settings.depth, settings.units, MACHINES, settings.seed):
        yield share, found.machines


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """Pre-train, then fine-tune from every start.

    Yields:
        The share done and the frame of ``belief.fine_tune``; it is empty while the machines learn.
    """
    machines: tuple[RBM, ...] = ()
    empty = pd.DataFrame(columns=["start", "network", "update", "loss", "accuracy"])
    for share, found in trained(settings):
        machines = found
        yield PRETRAINING * share, empty
    tuned = belief.fine_tune(
        machines, settings.labels, settings.rate, settings.updates, settings.networks, data_seed=settings.seed
    )
    for share, frame in tuned:
        yield PRETRAINING + (1 - PRETRAINING) * share, frame


def picture(frame: pd.DataFrame, settings: Settings, language: str) -> list[Figure]:
    """Test accuracy over the updates; below it the training loss."""
    if frame.empty:
        return []
    titles = {"start": "start", "network": "network", "update": "update", "loss": "loss_train"}
    columns = {name: say(f"axis.{title}", language) for name, title in titles.items()}
    columns["accuracy"] = say("axis.accuracy_test", language)
    names = starts(language)
    return [
        Figure(charts.tuning_chart(frame, names, "accuracy", language), frame, "", columns),
        Figure(
            charts.tuning_chart(frame, names, "loss", language),
            frame,
            say("axis.loss_train", language),
            columns,
            True,
        ),
    ]


def ends(frame: pd.DataFrame) -> pd.Series:
    """Median test accuracy of each start at the end."""
    return frame[frame["update"] == frame["update"].max()].groupby("start", sort=False)["accuracy"].median()


def tables(frame: pd.DataFrame, settings: Settings, language: str) -> list[Table]:
    """How each start ended."""
    if frame.empty:
        return []
    table = ends(frame).rename(starts(language)).reset_index()
    columns = {"start": say("axis.start", language), "accuracy": say("axis.accuracy_test", language)}
    return [Table(table, columns, formats={"accuracy": "percent"})]


def verdict(frame: pd.DataFrame, settings: Settings) -> Verdict:
    """Whether pre-training wakes the sigmoid network up, and whether He's weights do without it."""
    found = ends(frame)
    values = {name: f"{found[name]:.0%}" for name in ("sigmoid_small", "sigmoid_dbn", "relu_he")}
    holds = bool(
        found["sigmoid_dbn"] > found["sigmoid_small"] + 0.2 and found["relu_he"] > found["sigmoid_dbn"] - 0.1
    )
    return Verdict("then_and_now" if holds else "other", holds, values)


def experiment(settings: Settings) -> Experiment:
    """The playground's network of that shape for the digits, from He's weights."""
    return Experiment(
        dataset="digits",
        n_samples=1797,
        hidden=(min(settings.units, 64),) * settings.depth,
        activation="relu",
        init="he_normal",
        preprocessing="standardize",
        learning_rate=0.1,
    )


SECTION = Section(
    rows=("fine_tuning",),
    controls=(
        Number("labels", 20, 1400, default=100, log=True),
        Number("rate", 0.01, 10.0, default=0.5, log=True, symbol="η"),
        Number("updates", 50, 2000, default=300, step=50),
        Number("networks", 1, 10, default=3),
        Number("depth", 1, 5, default=3),
        Number("units", 16, 128, default=64, step=16),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    experiment=experiment,
    code=lambda s: rbm_code(s.units, MACHINES),
)
