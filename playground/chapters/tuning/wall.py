"""A wall of networks that learn at once, each at its own learning rate and second setting."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from playground.chapters.controls import Choice, Handle, Number, Settings, seed
from playground.chapters.section import Figure, Section, Verdict
from playground.chapters.tuning import charts, runs
from playground.engine.crowd import Crowd
from playground.engine.threads import threads
from playground.experiment import Experiment
from playground.views.lines import Axis
from playground.walls.wall import ARRANGEMENTS, COUNTS, DEPTH, Side, Wall, nested, standing

TURNS = (1, 2, 5, 10, 20, 50, 100)
"""Epochs after which the losses are drawn anew."""
SLICE = 0.05
"""Seconds of work before the share done is told."""
RATES = Side("learning_rate", 1e-3, 3.0)
SIDES = {
    "weight_decay": Side("weight_decay", 1e-4, 1.0),
    "l2": Side("l2", 1e-4, 1.0),
    "dropout": Side("dropout", 0.0, 0.9),
    "noise": Side("noise", 0.0, 0.5),
}
"""What the wall's height can stand for."""


def base(settings: Settings) -> Experiment:
    """What all networks have in common."""
    return runs.BASE.replace(dataset=settings.dataset, noise=0.1, seed=settings.seed)


def wall(settings: Settings) -> Wall:
    """The wall of these settings, on the compiled engine."""
    return Wall(
        runs.fast(base(settings)),
        RATES,
        SIDES[settings.field],
        count=settings.networks,
        arrangement=settings.arrangement,
        boxes=nested(settings.box),
        epochs=settings.epochs,
    )


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """All networks learn in turns, as the live wall's do.

    Yields:
        The share done and a frame, one row a network: ``learning_rate``, ``value``, ``epoch``, ``loss`` (validation;
        ``runs.WORST`` where it diverged), ``accuracy``, ``diverged``.
    """
    crowd = Crowd(wall(settings).experiments, threads=threads())
    crowd.build()
    frame, done = _frame(crowd, settings), 0
    for turn in [turn for turn in TURNS if turn < settings.epochs] + [settings.epochs]:
        crowd.aim((turn - crowd.epoch) * crowd.steps_per_epoch)
        while not crowd.work(SLICE):
            yield done / settings.epochs, frame
        frame, done = _frame(crowd, settings), turn
        yield done / settings.epochs, frame


def _frame(crowd: Crowd, settings: Settings) -> pd.DataFrame:
    rows = []
    for experiment, history, status in zip(crowd.experiments, crowd.histories, crowd.status, strict=True):
        last = history.last()
        found = runs.outcome_of(experiment, last, status)
        rows.append(
            {
                "learning_rate": experiment.learning_rate,
                "value": float(getattr(experiment, settings.field)),
                "epoch": int(last["epoch"]),
                "loss": found.loss,
                "accuracy": found.accuracy,
                "diverged": found.diverged,
            }
        )
    return pd.DataFrame(rows)


def picture(frame: pd.DataFrame, settings: Settings, language: str) -> list[Figure]:
    """The losses at the two settings, after the epochs that were asked for."""
    field = SECTION.say(f"controls.field.options.{settings.field}", language)
    titles = charts.columns(language, "learning_rate", "epoch", "loss", "accuracy")
    titles = {"learning_rate": titles["learning_rate"], "value": field, **titles}
    sides = {"learning_rate": RATES, "value": SIDES[settings.field]}
    x, y = (
        Axis(name, titles[name], log=side.log, domain=(side.low, side.high)) for name, side in sides.items()
    )
    title = SECTION.say("plane", language, epochs=int(frame["epoch"].max()))
    return [Figure(charts.plane(frame, x, y, language), frame, title, titles, wide=True)]


def verdict(frame: pd.DataFrame, settings: Settings) -> Verdict:
    """The best network, and how many are nearly as good: what the live wall says when it has come so far."""
    found = standing(frame["loss"].where(~frame["diverged"]).to_numpy())
    best = frame.iloc[found.best or 0]
    values = {
        "loss": f"{best['loss']:.3f}",
        "rate": f"{best['learning_rate']:g}",
        "value": f"{best['value']:g}",
        "good": found.good,
        "networks": len(frame),
        "epochs": settings.epochs,
    }
    few = found.good < len(frame) / 2
    return Verdict("few" if few else "many", few, values)


def experiment(settings: Settings) -> Experiment:
    """The network in the middle of the wall."""
    left, right, bottom, top = wall(settings).box
    (rate,), (value,) = (
        side.values([(low + high) / 2])
        for side, low, high in ((RATES, left, right), (SIDES[settings.field], bottom, top))
    )
    return base(settings).replace(**{RATES.field: rate, settings.field: value})


SECTION = Section(
    rows=("wall",),
    controls=(
        Choice("field", tuple(SIDES), default="weight_decay"),
        Choice("arrangement", ARRANGEMENTS, default="grid"),
        Number("networks", COUNTS[0], COUNTS[-1], default=100, values=COUNTS),
        Number("epochs", 1, 200, default=20, values=(1, 2, 5, 10, 20, 50, 100, 200)),
        runs.dataset("circle"),
        seed(),
        Handle("box", "wall", low=0.0, high=1.0, default=(), counts=(0, 4 * DEPTH)),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    experiment=experiment,
    handle="box",
)
