"""Decay against a constant learning rate, over seeds: one run can be luck."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import altair as alt
import pandas as pd
from altair.typing import ChartType

from playground.chapters.controls import Choice, Number, Settings
from playground.chapters.optimization.charts import columns, named, say, schedule_name
from playground.chapters.optimization.schedules import endings, fitted, noisy_run
from playground.chapters.section import Figure, Lanes, Section, Verdict
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.techniques import SCHEDULES
from playground.views.theme import CLASS_COLOURS, NEUTRAL_COLOUR

CONSTANT = "constant"
FALLING = tuple(name for name in SCHEDULES if name not in (CONSTANT, "warm_up"))
MOSTLY = 0.8
"""Decay is calmer when it is so in this share of the seeds."""


def experiment(settings: Settings) -> Experiment:
    """The first seed's run under the schedule."""
    return noisy_run().replace(schedule=fitted(settings.schedule, settings.epochs))


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame | None]]:
    """The same run with a constant rate and under the schedule, seed by seed.

    Yields:
        The share done and the columns ``seed``, ``schedule``, ``loss``, ``test_loss``, ``jitter`` (as ``endings``);
        None until the first seed is through.
    """
    parts: list[pd.DataFrame] = []
    for seed in range(settings.seeds):
        runs = []
        for number, name in enumerate((CONSTANT, settings.schedule)):
            trainer = Trainer(noisy_run(seed=seed).replace(schedule=fitted(name, settings.epochs)))
            while trainer.epoch < settings.epochs and trainer.status == "running":
                trainer.run(epochs=min(max(1, settings.epochs // 6), settings.epochs - trainer.epoch))
                done = seed + (number + trainer.epoch / settings.epochs) / 2
                yield 0.99 * done / settings.seeds, _joined(parts)
            history = trainer.history
            runs.append(
                pd.DataFrame(
                    {
                        "schedule": name,
                        "epoch": history["epoch"],
                        "loss": history["loss_train"],
                        "test_loss": history["loss_test"],
                    }
                )
            )
        parts.append(endings(pd.concat(runs, ignore_index=True)).assign(seed=seed))
    yield 1.0, _joined(parts)


def _joined(parts: list[pd.DataFrame]) -> pd.DataFrame | None:
    return pd.concat(parts, ignore_index=True) if parts else None


def picture(frame: pd.DataFrame | None, settings: Settings, language: str) -> Sequence[Figure]:
    """Jitter at the end, seed by seed; losses at the end below."""
    if frame is None:
        return []
    shown = named(frame, "schedule", lambda name: schedule_name(name, language))
    names = [schedule_name(name, language) for name in (CONSTANT, settings.schedule)]
    heads = columns(language, "seed", "schedule", "jitter", "loss", "test_loss")
    main = Figure(_pairs(shown, "jitter", names, language), shown, columns=heads)
    below = [
        Figure(
            _pairs(shown, column, names, language),
            shown,
            SECTION.say(f"{column}_end", language),
            columns(language, "seed", "schedule", column),
        )
        for column in ("loss", "test_loss")
    ]
    return [main, *below]


def _pairs(frame: pd.DataFrame, column: str, names: list[str], language: str) -> ChartType:
    """Two points for each seed, joined: under the constant rate and under the schedule."""
    base = alt.Chart(frame).encode(
        x=alt.X("seed:O", title=say("axes.seed", language), axis=alt.Axis(labelAngle=0)),
        y=alt.Y(f"{column}:Q", title=say(f"axes.{column}", language), scale=alt.Scale(zero=False)),
    )
    scale = alt.Scale(domain=names, range=[CLASS_COLOURS[0], CLASS_COLOURS[5]])
    shapes = alt.Scale(domain=names, range=["circle", "diamond"])
    legend = alt.Legend(orient="top", symbolSize=140)
    points = base.mark_point(size=150, filled=True, opacity=1).encode(
        color=alt.Color("schedule:N", title=None, scale=scale, legend=legend),
        shape=alt.Shape("schedule:N", title=None, scale=shapes, legend=legend),
        tooltip=[
            alt.Tooltip("schedule:N", title=say("axes.schedule", language)),
            alt.Tooltip("seed:Q", title=say("axes.seed", language)),
            alt.Tooltip(f"{column}:Q", title=say(f"axes.{column}", language), format=".4f"),
        ],
    )
    return alt.layer(base.mark_line(color=NEUTRAL_COLOUR, strokeWidth=3).encode(detail="seed:O"), points)


def verdict(frame: pd.DataFrame, settings: Settings) -> Verdict:
    """In how many seeds the schedule ended calmer, and in how many lower."""
    wide = frame.pivot(index="seed", columns="schedule", values=["jitter", "loss"])
    counts = {
        column: int((wide[column][settings.schedule] < wide[column][CONSTANT]).sum())
        for column in ("jitter", "loss")
    }
    values = {"calmer": counts["jitter"], "lower": counts["loss"], "seeds": len(wide)}
    return Verdict("found", counts["jitter"] >= MOSTLY * len(wide), values)


def lanes(settings: Settings) -> Lanes:
    """Both in the race."""
    changes = [{"schedule": fitted(name, settings.epochs)} for name in (settings.schedule, CONSTANT)]
    return Lanes(noisy_run(), changes, settings.epochs, "loss")


SECTION = Section(
    rows=("decay",),
    controls=(
        Choice("schedule", FALLING, default="cosine", option=schedule_name),
        Number("epochs", 20, 100, default=30, step=10),
        Number("seeds", 2, 10, default=5),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    experiment=experiment,
    lanes=lanes,
    formula=lambda settings: SCHEDULES[settings.schedule].formula,
)
