"""A wall of networks that learn at once, each at its own learning rate and weight decay."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from io import BytesIO

import altair as alt
import numpy as np
import pandas as pd
from PIL import Image

from playground.chapters.controls import Choice, Number, Settings, seed
from playground.chapters.section import Figure, Section, Verdict
from playground.chapters.tuning import charts, runs
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.tuning.samples import log_range
from playground.views.thumbnail import decision_map

SIDE = 10
TURNS = (1, 2, 5, 10, 20, 50, 100)
"""Epochs after which the wall is drawn anew."""
SIZE = 20
"""Pixels of a network's picture."""
GOOD = 2.0
"""Losses up to this many times the smallest count as good."""
FIELDS = {
    "weight_decay": (1e-4, 1.0),
    "l2": (1e-4, 1.0),
    "dropout": (0.0, 0.9),
    "noise": (0.0, 0.5),
}
"""What the wall's height can stand for, with its range; where it begins above zero it is logarithmic."""


def base(settings: Settings) -> Experiment:
    """What all networks have in common."""
    return runs.BASE.replace(dataset=settings.dataset, noise=0.1, seed=settings.seed)


def places(settings: Settings) -> list[tuple[int, int, Experiment]]:
    """Column, row from the bottom, and experiment of each network."""
    shares = np.linspace(0.0, 1.0, SIDE)
    low, high = FIELDS[settings.field]
    heights = log_range(shares, low, high) if low > 0 else low + (high - low) * shares
    found = []
    for row, value in enumerate(heights):
        for column, rate in enumerate(log_range(shares, 1e-3, 3.0)):
            changes = {"learning_rate": float(f"{rate:.2g}"), settings.field: float(f"{value:.2g}")}
            found.append((column, row, base(settings).replace(**changes)))
    return found


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """All networks learn in turns, so that the wall changes as a whole.

    Yields:
        The share done and a frame, one row a network: ``column``, ``row``, ``learning_rate``, ``value``, ``epoch``,
        ``loss`` (validation), ``accuracy``, ``picture`` (its decision map as a data address).
    """
    made = [(column, row, Trainer(runs.fast(one))) for column, row, one in places(settings)]
    rows = [_row(column, row, trainer, settings) for column, row, trainer in made]
    turns = [turn for turn in TURNS if turn < settings.epochs] + [settings.epochs]
    done = 0
    for turn in turns:
        for number, (column, row, trainer) in enumerate(made):
            if trainer.status == "running":
                trainer.run(epochs=turn - trainer.epoch)
                rows[number] = _row(column, row, trainer, settings)
            done += 1
            if done % (2 * SIDE) == 0:
                yield done / (len(made) * len(turns)), pd.DataFrame(rows)


def _row(column: int, row: int, trainer: Trainer, settings: Settings) -> dict[str, object]:
    found = runs.outcome(trainer)
    experiment = trainer.experiment
    return {
        "column": column,
        "row": row,
        "learning_rate": experiment.learning_rate,
        "value": float(getattr(experiment, settings.field)),
        "epoch": trainer.epoch,
        "loss": found.loss,
        "accuracy": found.accuracy,
        "picture": _picture(trainer, found.diverged),
    }


def _picture(trainer: Trainer, diverged: bool) -> str:
    colours = np.full((SIZE, SIZE, 3), 128.0) if diverged else decision_map(trainer, SIZE)
    buffer = BytesIO()
    Image.fromarray(np.clip(colours, 0, 255).astype(np.uint8)).save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def picture(frame: pd.DataFrame, settings: Settings, language: str) -> list[Figure]:
    """The wall: each network's decision map, framed by how good it is."""
    field = SECTION.say(f"controls.field.options.{settings.field}", language)
    titles = charts.columns(language, "learning_rate", "epoch", "loss", "accuracy") | {"value": field}
    tips = [
        alt.Tooltip("learning_rate:Q", title=titles["learning_rate"], format=".2~g"),
        alt.Tooltip("value:Q", title=field, format=".2~g"),
        alt.Tooltip("epoch:Q", title=titles["epoch"]),
        alt.Tooltip("loss:Q", title=titles["loss"], format=".3f"),
        alt.Tooltip("accuracy:Q", title=titles["accuracy"], format=".1%"),
    ]
    rates = [f"{value:g}" for value in frame.groupby("column")["learning_rate"].first()]
    values = [f"{value:g}" for value in frame.groupby("row")["value"].first()]
    shown = frame.assign(
        rate=frame["column"].map(dict(enumerate(rates))), height=frame["row"].map(dict(enumerate(values)))
    )
    base = alt.Chart(shown).encode(
        x=alt.X("rate:O", sort=rates, title=titles["learning_rate"], axis=alt.Axis(labelAngle=0)),
        y=alt.Y("height:O", sort=values[::-1], title=field),
        tooltip=tips,
    )
    colour = alt.Color(
        "loss:Q",
        scale=alt.Scale(scheme=charts.SHADES, type="log"),
        legend=alt.Legend(title=titles["loss"], gradientLength=160, format=".2~g"),
    )
    frames = base.mark_rect().encode(color=colour)
    maps = base.mark_image(
        width=alt.ExprRef(f"0.72 * width / {SIDE}"),
        height=alt.ExprRef(f"0.72 * height / {SIDE}"),
        aspect=False,
    ).encode(url="picture:N")
    table = frame.drop(columns=["picture", "column", "row"])
    return [Figure(alt.layer(frames, maps), table, columns=titles)]


def verdict(frame: pd.DataFrame, settings: Settings) -> Verdict:
    """The best network, and how many are nearly as good."""
    best = frame.sort_values("loss").iloc[0]
    good = int((frame["loss"] <= GOOD * best["loss"]).sum())
    values = {
        "loss": f"{best['loss']:.3f}",
        "rate": f"{best['learning_rate']:g}",
        "value": f"{best['value']:g}",
        "good": good,
        "networks": len(frame),
    }
    few = good < len(frame) / 2
    return Verdict("few" if few else "many", few, values)


def experiment(settings: Settings) -> Experiment:
    """The network in the middle of the wall."""
    return places(settings)[len(places(settings)) // 2 + SIDE // 2][2]


SECTION = Section(
    rows=("wall",),
    controls=(
        Choice("field", tuple(FIELDS), default="weight_decay"),
        Number("epochs", 1, 200, default=20, values=(1, 2, 5, 10, 20, 50, 100, 200)),
        runs.dataset("circle"),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    experiment=experiment,
)
