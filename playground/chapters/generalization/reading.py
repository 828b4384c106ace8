"""Reading errors: from training and validation error to a diagnosis.

The 2×2 table of the lecture: is the training error low, and is the validation error near it?
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import altair as alt
import numpy as np
import pandas as pd

from playground.chapters.controls import Choice, Number, Own, Settings, seed
from playground.chapters.generalization import charts
from playground.chapters.generalization.runs import SMALL, at_seed, fast
from playground.chapters.section import Figure, Section, Table, Verdict
from playground.engine.trainer import Trainer
from playground.experiment import Experiment

Cell = Literal["good", "overfit", "underfit", "both", "odd"]

GOAL = 0.1
"""Error that counts as low: what the task allows, with label noise and overlap."""
GAP = 0.05
"""Distance of the two errors that counts as small."""


@dataclass(frozen=True)
class Reading:
    """A diagnosis.

    Args:
        cell: of the table: ``good`` (low, near), ``overfit`` (low, far above), ``underfit`` (high, near), ``both``
            (high, far above), ``odd`` (validation far below training: noise in training, an easy or leaked part).
        train, validation: the errors.
        excess: training error above the goal, from 0: what is left to fit (bias).
        gap: validation minus training error (variance).
    """

    cell: Cell
    train: float
    validation: float
    excess: float
    gap: float


def read(train: float, validation: float, goal: float = GOAL, tolerance: float = GAP) -> Reading:
    """The diagnosis for two errors in [0, 1].

    Args:
        goal: largest training error that counts as low.
        tolerance: largest distance of the two that counts as small.

    Raises:
        ValueError: an error that is no number from 0 to 1.
    """
    for value in (train, validation):
        if not (math.isfinite(value) and 0 <= value <= 1):
            raise ValueError(f"an error is a share from 0 to 1, got {value}")
    high, gap = train > goal, validation - train
    cell: Cell
    if gap < -tolerance:
        cell = "odd"
    elif gap > tolerance:
        cell = "both" if high else "overfit"
    else:
        cell = "underfit" if high else "good"
    return Reading(cell, train, validation, max(0.0, train - goal), gap)


def errors(trainer: Trainer) -> tuple[float, float] | None:
    """Training and test error of a run as shares: of wrong answers, or in regression of the target's variance.

    None where there is no such number (a diverged or constant target).
    """
    last = trainer.history.last()
    if trainer.experiment.task != "regression":
        found = 1 - last["accuracy_train"], 1 - last["accuracy_test"]
    else:
        data, parts = trainer.data, []
        for F, y in ((data.F_train, data.y_train), (data.F_test, data.y_test)):
            values = trainer.engine.forward(F)[-1][:, 0]
            spread = float(np.var(y))
            parts.append(float(np.mean((values - y) ** 2)) / spread if spread > 0 else math.nan)
        found = parts[0], parts[1]
    if not all(math.isfinite(v) for v in found):
        return None
    return min(1.0, max(0.0, found[0])), min(1.0, max(0.0, found[1]))


EXAMPLES: dict[str, Experiment] = {
    "large": SMALL,
    "linear": SMALL.replace(hidden=(), label_noise=0.0, train_fraction=0.5),
    "regularized": SMALL.replace(train_fraction=0.5, label_noise=0.0, l2=0.3),
    "both": SMALL.replace(
        dataset="spiral", noise=0.1, label_noise=0.0, hidden=(5,), learning_rate=0.01, seed=5
    ),
    "right": SMALL.replace(
        dataset="circle", noise=0.0, label_noise=0.0, n_samples=600, train_fraction=0.5, l2=0.003
    ),
}
"""Runs of which one at least lands in each of the four cells of low and high, near and far."""
SHADES = dict(zip(EXAMPLES, (*charts.CLASS_COLOURS[2:4], *charts.CLASS_COLOURS[4:7]), strict=True))
PIECE = 10
"""Epochs in one slice of a run."""


@dataclass(frozen=True, eq=False)
class Result:
    """The runs that have been trained, and which of them is read.

    Args:
        runs: columns ``name``, ``train``, ``validation`` (errors from 0 to 1); the visitor's own run is ``"own"``.
        chosen: the name of the run that is read.
    """

    runs: pd.DataFrame
    chosen: str


def chosen_of(settings: Settings) -> tuple[str, Experiment]:
    """The run that is read: the visitor's, where they brought one, else the example."""
    if settings.own != EXAMPLES["large"]:
        return "own", settings.own
    return settings.example, at_seed(EXAMPLES[settings.example], settings.seed)


def run(settings: Settings) -> Iterator[tuple[float, Result]]:
    """Train the chosen run, then the other examples."""
    name, experiment = chosen_of(settings)
    wanted = {name: experiment, **{key: e for key, e in EXAMPLES.items() if key != name}}
    rows: list[tuple[str, float, float]] = []
    for number, (key, one) in enumerate(wanted.items()):
        trainer = Trainer(fast(one))
        while trainer.epoch < settings.epochs and trainer.status == "running":
            trainer.run(epochs=min(PIECE, settings.epochs - trainer.epoch))
            yield (number + trainer.epoch / settings.epochs) / len(wanted), _result(rows, name)
        found = errors(trainer)
        if found is not None:
            rows.append((key, *found))
    yield 1.0, _result(rows, name)


def _result(rows: list[tuple[str, float, float]], chosen: str) -> Result:
    return Result(pd.DataFrame(rows, columns=["name", "train", "validation"]), chosen)


def picture(result: Result, settings: Settings, language: str) -> list[Figure]:
    """The runs by their two errors, with the lines of the table."""
    labels = {name: SECTION.say(f"controls.example.options.{name}", language) for name in EXAMPLES}
    labels["own"] = SECTION.say("own", language)
    shades = {**SHADES, "own": charts.ORANGE}
    shown = result.runs.assign(
        chosen=result.runs["name"] == result.chosen, label=result.runs["name"].map(labels)
    )
    present = list(shown["name"])
    span = alt.Scale(domain=[0, 0.6], nice=False, clamp=True)
    x = alt.X(
        "train:Q", title=charts.say("axis.error_train", language), scale=span, axis=alt.Axis(format="%")
    )
    y = alt.Y(
        "validation:Q",
        title=charts.say("axis.error_validation", language),
        scale=span,
        axis=alt.Axis(format="%"),
    )
    lines = pd.DataFrame(
        [
            ("same", 0.0, 0.0),
            ("same", 1.0, 1.0),
            ("gap", 0.0, settings.tolerance),
            ("gap", 1.0, 1.0 + settings.tolerance),
            ("goal", settings.goal, 0.0),
            ("goal", settings.goal, 1.0),
        ],
        columns=["line", "train", "validation"],
    )
    words = pd.DataFrame(
        [
            (0.02, 0.57, SECTION.say("cells.overfit", language)),
            (settings.goal + 0.02, 0.57, SECTION.say("cells.both", language)),
            (min(0.42, settings.goal + 0.3), 0.03, SECTION.say("cells.underfit", language)),
            (0.02, 0.03, SECTION.say("cells.good", language)),
        ],
        columns=["train", "validation", "word"],
    )
    tips = [
        alt.Tooltip("label:N", title=" "),
        alt.Tooltip("train:Q", format=".1%", title=charts.say("axis.error_train", language)),
        alt.Tooltip("validation:Q", format=".1%", title=charts.say("axis.error_validation", language)),
    ]
    colour = charts.colour(
        "name", {name: labels[name] for name in present}, [shades[name] for name in present], "circle", 3
    )
    chart = alt.layer(
        alt.Chart(lines)
        .mark_line(clip=True, color=charts.NEUTRAL_COLOUR)
        .encode(
            x=x,
            y=y,
            detail="line:N",
            strokeDash=alt.condition("datum.line == 'same'", alt.value([1, 0]), alt.value([4, 3])),
            opacity=alt.condition("datum.line == 'same'", alt.value(0.4), alt.value(1.0)),
        ),
        alt.Chart(words)
        .mark_text(align="left", fontSize=14, fontWeight="bold", color=charts.NEUTRAL_COLOUR)
        .encode(x=x, y=y, text="word:N"),
        alt.Chart(shown)
        .mark_circle(opacity=1)
        .encode(
            x=x,
            y=y,
            size=alt.condition("datum.chosen", alt.value(420), alt.value(120)),
            color=colour,
            tooltip=tips,
        ),
    )
    columns = {
        "label": charts.say("axis.name", language),
        "train": charts.say("axis.error_train", language),
        "validation": charts.say("axis.error_validation", language),
    }
    return [Figure(chart, shown, columns=columns)]


def tables(result: Result, settings: Settings, language: str) -> list[Table]:
    """The lecture's table, the cell of the chosen run marked."""
    found = read_of(result, settings)

    def cell(name: Cell) -> str:
        words = SECTION.say(f"cells.{name}", language)
        return f"▶ {words}" if found is not None and name == found.cell else words

    rows: list[tuple[str, Cell, Cell]] = [("low", "good", "overfit"), ("high", "underfit", "both")]
    frame = pd.DataFrame(
        [
            (SECTION.say(f"table.{level}", language), cell(near), cell(far), cell("odd"))
            for level, near, far in rows
        ],  # type: ignore[arg-type]
        columns=["level", "near", "far", "below"],
    )
    columns = {name: SECTION.say(f"table.{name}", language) for name in frame.columns.tolist()}
    return [Table(frame, columns)]


def read_of(result: Result, settings: Settings) -> Reading | None:
    """The reading of the chosen run; None before it has ended, or where it has no errors."""
    own = result.runs[result.runs["name"] == result.chosen]
    if own.empty:
        return None
    return read(
        float(own["train"].iloc[0]), float(own["validation"].iloc[0]), settings.goal, settings.tolerance
    )


def verdict(result: Result, settings: Settings) -> Verdict:
    """What the chosen run's two numbers say to do next."""
    found = read_of(result, settings)
    if found is None:
        return Verdict("diverged", False)
    values = {
        "train": f"{found.train:.1%}",
        "validation": f"{found.validation:.1%}",
        "gap": f"{100 * found.gap:+.1f}",
    }
    return Verdict(found.cell, True, values)


SECTION = Section(
    rows=("reading",),
    controls=(
        Own("own", default=EXAMPLES["large"]),
        Choice(
            "example",
            tuple(EXAMPLES),
            default="large",
            shown=lambda s: s.own == EXAMPLES["large"],
        ),
        Number("goal", 0.0, 0.5, default=GOAL, step=0.01),
        Number("tolerance", 0.01, 0.3, default=GAP, step=0.01),
        Number("epochs", 20, 600, default=300, step=20),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    experiment=lambda s: chosen_of(s)[1],
)
