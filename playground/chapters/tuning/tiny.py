"""Step 2: a sound network learns a handful of points by heart; one that does not is broken."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from playground.chapters.controls import Choice, Number, Settings, seed
from playground.chapters.section import Figure, Section, Verdict
from playground.chapters.tuning import charts, runs
from playground.data.points import Points
from playground.data.prepare import prepare, split
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.layout import Layout
from playground.views.lines import Axis, lines

FAULTS = ("none", "small", "dead", "label", "penalty")
ZERO = 0.01
"""Loss that counts as zero: every point right, with a certainty of 99 %."""
PIECES = 40
"""Slices of a run."""


def sound(settings: Settings) -> Experiment:
    """A network that is large enough, on a few points of XOR: half of them train."""
    return Experiment(
        dataset="xor",
        n_samples=2 * settings.points,
        train_fraction=0.5,
        noise=0.0,
        hidden=(16, 16),
        activation="relu",
        init="he_normal",
        optimizer="adam",
        learning_rate=0.01,
        batch_size=settings.points,
        seed=settings.seed,
    )


def contradicted(experiment: Experiment) -> Experiment:
    """The same points, but the last one of the training part lies on the first, with the other label."""
    data = prepare(experiment)
    X, y = data.X_train.copy(), data.y_train.copy()
    X[-1], y[-1] = X[0], 1 - y[0]
    n = len(y) + len(data.y_test)
    train, _, test = split(n, experiment.train_fraction, experiment.seed)
    rows = np.empty((n, 3))
    rows[train], rows[test] = np.column_stack([X, y]), np.column_stack([data.X_test, data.y_test])
    points = Points(
        class_names=data.class_names,
        rows=tuple((float(a), float(b), int(c)) for a, b, c in rows),
        domain=data.domain,
    )
    return experiment.replace(dataset="custom", points=points)


def experiment(settings: Settings) -> Experiment:
    """The network with the chosen fault, where a setting makes it; else the sound one."""
    changes: dict[str, dict[str, Any]] = {"small": {"hidden": ()}, "penalty": {"l2": 0.1}}
    return sound(settings).replace(**changes.get(settings.fault, {}))


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """The sound network and the one with the fault, from the same weights.

    Yields:
        The share done and a frame: ``fault``, ``epoch``, ``loss`` (training).
    """
    names = dict.fromkeys(("none", settings.fault))
    done: list[pd.DataFrame] = []
    for number, name in enumerate(names):
        own = sound(settings) if name == "none" else experiment(settings)
        trainer = Trainer(runs.fast(contradicted(own) if name == "label" else own))
        if name == "dead":
            _kill(trainer)
        step = max(1, settings.epochs // PIECES)
        while trainer.epoch < settings.epochs and trainer.status == "running":
            trainer.run(epochs=min(step, settings.epochs - trainer.epoch))
            share = (number + trainer.epoch / settings.epochs) / len(names)
            yield share, pd.concat([*done, _rows(trainer, name)], ignore_index=True)
        done.append(_rows(trainer, name))


def _kill(trainer: Trainer) -> None:
    """Give the first layer biases so low that no ReLU ever answers."""
    state = trainer.engine.state()
    params = state.params.copy()
    biases = [block for block in Layout.of(trainer.experiment).parameters if len(block.shape) == 1]
    biases[0].view(params)[...] = -100.0
    trainer.engine.load(state.with_params(params))


def _rows(trainer: Trainer, name: str) -> pd.DataFrame:
    history = trainer.history
    return pd.DataFrame({"fault": name, "epoch": history["epoch"], "loss": history["loss_train"]})


def picture(frame: pd.DataFrame, settings: Settings, language: str) -> list[Figure]:
    """The training losses, on a logarithmic axis."""
    chart = lines(
        frame,
        charts.axis("epoch", language, format="d"),
        Axis("loss", charts.say("axes.training", language), log=True),
        "fault",
        charts.say("axes.fault", language),
        name=lambda fault: SECTION.say(f"controls.fault.options.{fault}", language),
    )
    titles = charts.columns(language, "fault", "epoch") | {"loss": charts.say("axes.training", language)}
    return [Figure(chart, frame, columns=titles)]


def verdict(frame: pd.DataFrame, settings: Settings) -> Verdict:
    """Whether the sound network reaches zero, and the other one does not."""
    ends = frame.groupby("fault", sort=False)["loss"].last()
    values = {
        "points": settings.points,
        "epochs": settings.epochs,
        "sound": f"{ends['none']:.2g}",
        "faulty": f"{ends[settings.fault]:.2g}",
        "least": f"{2 * math.log(2) / settings.points:.2g}",
    }
    if ends["none"] > ZERO:
        return Verdict("not_yet", False, values)
    if settings.fault == "none":
        return Verdict("learned", True, values)
    return Verdict(settings.fault if ends[settings.fault] > ZERO else "no_harm", True, values)


SECTION = Section(
    rows=("tiny_set",),
    controls=(
        Choice("fault", FAULTS, default="none"),
        Number("points", 5, 20, default=10),
        Number("epochs", 50, 1000, default=300, step=50),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    experiment=experiment,
)
