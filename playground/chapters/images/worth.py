"""What augmentation is worth: the accuracy by the number of pictures, with it and without."""

from __future__ import annotations

from collections.abc import Iterator

import altair as alt
import numpy as np
import pandas as pd

from playground.chapters.controls import Choice, Number, Settings, seed
from playground.chapters.images import charts
from playground.chapters.images.training import STEPS, Learner, parts
from playground.chapters.section import Figure, Section, Verdict, awaited
from playground.images.augment import AUGMENTATIONS
from playground.views.lines import Axis, reach
from playground.views.theme import CLASS_COLOURS

COUNTS = (30, 60, 120, 240)
"""Pictures to train on, each twice as many."""
WAYS = ("plain", "augmented")
STRENGTH = 0.75
"""Of the augmentations: short runs on many pictures do not get over more."""


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame | None]]:
    """Networks on more and more pictures, all for the same number of steps.

    Yields:
        The share done and a frame of the runs that are through: ``count``, ``way``, ``seed``, ``accuracy`` (test).
    """
    specs = [AUGMENTATIONS[name].at(STRENGTH) for name in settings.names]
    rows: list[dict[str, object]] = []
    total = settings.seeds * len(COUNTS) * len(WAYS) * settings.steps
    done, frame = 0, None
    for number in range(settings.seeds):
        own = settings.seed * 100 + number
        for count in COUNTS:
            train, test = yield from awaited(parts(settings.pictures, count, own), (done / total, frame))
            for way in WAYS:
                learner = Learner(train, test, specs if way == "augmented" else [], own)
                for _ in range(0, settings.steps, STEPS):
                    learner.steps()
                    done += STEPS
                    yield done / total, frame
                rows.append({"count": count, "way": way, "seed": own, "accuracy": learner.accuracy()})
                frame = pd.DataFrame(rows)
    yield 1.0, frame


def summary(frame: pd.DataFrame) -> pd.DataFrame:
    """Mean and range over the seeds: ``count``, ``way``, ``accuracy``, ``least``, ``most``."""
    found = frame.groupby(["way", "count"], sort=False)["accuracy"].agg(["mean", "min", "max"]).reset_index()
    return found.rename(columns={"mean": "accuracy", "min": "least", "max": "most"})


def picture(frame: pd.DataFrame | None, settings: Settings, language: str) -> list[Figure]:
    """Two lines with the range over the seeds."""
    if frame is None:
        return []
    shown = summary(frame)
    names = {way: SECTION.say(f"ways.{way}", language) for way in WAYS}
    shown["called"] = shown["way"].map(names)
    titles = dict(charts.columns(language, "count", "accuracy", "least", "most")) | {
        "called": SECTION.say("way", language)
    }
    base = alt.Chart(shown).encode(
        x=alt.X(
            "count:Q", title=titles["count"], scale=alt.Scale(type="log"), axis=alt.Axis(values=list(COUNTS))
        ),
        color=alt.Color(
            "called:N",
            title=None,
            scale=alt.Scale(domain=list(names.values()), range=[CLASS_COLOURS[0], CLASS_COLOURS[1]]),
            legend=alt.Legend(orient="top"),
        ),
        tooltip=[
            alt.Tooltip("called:N", title=titles["called"]),
            alt.Tooltip("count:Q", title=titles["count"]),
            *(
                alt.Tooltip(f"{name}:Q", title=titles[name], format=".1%")
                for name in ("accuracy", "least", "most")
            ),
        ],
    )
    axis = alt.Y(
        "least:Q", title=titles["accuracy"], axis=alt.Axis(format=".0%"), scale=alt.Scale(zero=False)
    )
    bands = base.mark_area(opacity=0.25).encode(y=axis, y2="most:Q")
    curves = base.mark_line(strokeWidth=3, point=alt.OverlayMarkDef(size=70, filled=True)).encode(
        y="accuracy:Q"
    )
    return [Figure(alt.layer(bands, curves), shown, columns=titles)]


def worth(frame: pd.DataFrame) -> pd.DataFrame:
    """How many plain pictures each number of augmented ones is worth: ``count``, ``gain``, ``worth``.

    Between the measured numbers the accuracy is taken to rise evenly with the logarithm; beyond the last one
    ``worth`` is infinite.
    """
    wide = summary(frame).pivot(index="count", columns="way", values="accuracy")
    plain = np.maximum.accumulate(wide["plain"].to_numpy())
    rows = []
    for count, accuracy, without in zip(wide.index, wide["augmented"], wide["plain"], strict=True):
        found = np.interp(accuracy, plain, np.log(wide.index.to_numpy(float)))
        beyond = accuracy > plain[-1]
        rows.append((count, accuracy - without, np.inf if beyond else float(np.exp(found))))
    return pd.DataFrame(rows, columns=["count", "gain", "worth"])


def verdict(frame: pd.DataFrame, settings: Settings) -> Verdict:
    """The gain at each number of pictures, and what the smaller numbers are worth."""
    found = worth(frame)
    row = found[found["count"] == COUNTS[2]].iloc[0]
    few, many = found["gain"].iloc[0], found["gain"].iloc[-1]
    holds = bool(few > max(many, 0) and row["worth"] > row["count"])
    values = {
        "count": COUNTS[2],
        "gain": f"{100 * row['gain']:+.1f}",
        "worth": f"{row['worth']:.0f}" if np.isfinite(row["worth"]) else f"> {COUNTS[-1]}",
        "first": f"{100 * few:+.1f}",
        "last": f"{100 * many:+.1f}",
        "least": COUNTS[0],
        "most": COUNTS[-1],
    }
    return Verdict("worth" if holds else "not", holds, values)


SECTION = Section(
    rows=("worth_of_augmentation",),
    controls=(
        charts.sets(names=("glyphs", "digits", "colours")),
        Choice(
            "names",
            tuple(AUGMENTATIONS),
            default=("shift", "rotate"),
            many=True,
            option=charts.augmentation_label,
        ),
        Number("steps", 50, 400, default=200, step=50),
        Number("seeds", 2, 8, default=2),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    starts=False,
    waits=lambda s, language: (
        Axis(
            "count",
            charts.say("axes.count", language),
            log=True,
            format="d",
            domain=reach(COUNTS),
            ticks=COUNTS,
        ),
        charts.accuracy_axis(language),
    ),
)
