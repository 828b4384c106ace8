"""Augmentation at test time: the network's answers to several variants of a picture, averaged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import altair as alt
import pandas as pd

from playground.chapters.controls import Choice, Number, Settings, seed
from playground.chapters.images import charts
from playground.chapters.images.training import STEPS, Learner, parts
from playground.chapters.section import Figure, Section, Verdict, awaited
from playground.images.augment import AUGMENTATIONS, affine, augment, scaled
from playground.later import torch
from playground.registry import Spec
from playground.text import text
from playground.views.lines import Axis, reach
from playground.views.theme import CLASS_COLOURS, NEUTRAL_COLOUR

if TYPE_CHECKING:
    from torch import Tensor

VIEWS = (1, 2, 4, 8, 16)
STRENGTH = 0.5
"""Of the augmentations: half of their defaults, so that most variants still show the whole digit."""
KINDS = ("crop", "shift", "rotate", "zoom", "mirror")
WINDOW = 0.835
"""Of the width, that a crop of ``FIXED`` is: the middle of what it is trained with."""
FIXED = {
    "ten": [
        (WINDOW, x * (1 - WINDOW), y * (1 - WINDOW), mirrored)
        for mirrored in (False, True)
        for x, y in ((0, 0), (-1, -1), (1, -1), (-1, 1), (1, 1))
    ],
    "scales": [(size, 0.0, 0.0, False) for size in (1.0, 0.9375, WINDOW, 0.733)],
}
"""Variants that are none of chance: the centre and the four corners, then their mirror images (Krizhevsky et al. 2012,
section 4.1); the middle in four scales. Width of the window, its middle in half widths, whether it is mirrored."""
ENDS = {"ten": (1, 5, 10), "scales": (1, 2, 4)}
"""Numbers of variants at which these are measured."""


def spec(name: str) -> Spec:
    """The augmentation of a name, as trained with and as averaged over. A mirror image is one of two pictures."""
    return AUGMENTATIONS[name].spec() if name == "mirror" else AUGMENTATIONS[name].at(STRENGTH)


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame | None]]:
    """Networks trained with an augmentation, tested on the picture as it is and on averages over variants.

    Yields:
        The share done and a frame of what is measured: ``seed``, ``kind`` ("plain" for the picture itself), ``views``,
        ``accuracy``.
    """
    rows: list[dict[str, object]] = []
    frame = None
    for number in range(settings.seeds):
        own = settings.seed * 100 + number
        begun = number / settings.seeds
        train, test = yield from awaited(parts(settings.pictures, settings.count, own), (begun, frame))
        learner = Learner(train, test, [spec(settings.trained)], own)
        for step in range(0, settings.steps, STEPS):
            learner.steps()
            yield (number + 0.7 * step / settings.steps) / settings.seeds, frame
        rows.append({"seed": own, "kind": "plain", "views": 1, "accuracy": learner.accuracy()})
        for place, kind in enumerate(settings.kinds):
            generator = torch.Generator().manual_seed(own)
            total = torch.zeros(len(test), len(test.classes))
            ends = ENDS.get(kind, VIEWS)
            for view in range(1, ends[-1] + 1):
                total += learner.probabilities(variant(learner.test, kind, view - 1, generator))
                if view in ends:
                    accuracy = float((total.argmax(1) == learner.truth).float().mean())
                    rows.append({"seed": own, "kind": kind, "views": view, "accuracy": accuracy})
                    frame = pd.DataFrame(rows)
                share = (place + view / ends[-1]) / len(settings.kinds)
                yield (number + 0.7 + 0.3 * share) / settings.seeds, frame


def variant(images: Tensor, kind: str, number: int, generator: torch.Generator) -> Tensor:
    """A variant of each picture: the ``number``-th of ``FIXED``, or one by chance."""
    if kind not in FIXED:
        return augment(images, torch.zeros(len(images), 1), [spec(kind)], generator)[0]
    width, x, y, mirrored = FIXED[kind][number]
    size, right, down = (torch.full((len(images),), value) for value in (width, x, y))
    shown = affine(images, scaled(size, right, down))
    return shown.flip(3) if mirrored else shown


def kind_label(kind: str, language: str) -> str:
    """What is averaged over."""
    return (
        SECTION.say(f"fixed.{kind}", language) if kind in FIXED else charts.augmentation_label(kind, language)
    )


def summary(frame: pd.DataFrame) -> pd.DataFrame:
    """Mean and range over the seeds: ``kind``, ``views``, ``accuracy``, ``least``, ``most``."""
    found = frame.groupby(["kind", "views"], sort=False)["accuracy"].agg(["mean", "min", "max"]).reset_index()
    return found.rename(columns={"mean": "accuracy", "min": "least", "max": "most"})


def picture(frame: pd.DataFrame | None, settings: Settings, language: str) -> list[Figure]:
    """The accuracy by the number of variants, with a line for the picture as it is."""
    if frame is None:
        return []
    shown = summary(frame)
    names = {kind: kind_label(kind, language) for kind in settings.kinds}
    shown["called"] = shown["kind"].map(names | {"plain": SECTION.say("plain", language)})
    titles = {"called": SECTION.say("kind", language), "views": SECTION.say("views", language)}
    titles |= charts.columns(language, "accuracy", "least", "most")
    colours = [CLASS_COLOURS[(*KINDS, *FIXED).index(kind)] for kind in settings.kinds]
    base = alt.Chart(shown[shown["kind"] != "plain"]).encode(
        x=alt.X(
            "views:Q",
            title=titles["views"],
            scale=alt.Scale(type="log", base=2),
            axis=alt.Axis(values=list(VIEWS)),
        ),
        color=alt.Color(
            "called:N",
            title=None,
            scale=alt.Scale(domain=list(names.values()), range=colours),
            legend=alt.Legend(orient="top"),
        ),
        tooltip=[
            alt.Tooltip("called:N", title=titles["called"]),
            alt.Tooltip("views:Q", title=titles["views"]),
            *(
                alt.Tooltip(f"{name}:Q", title=titles[name], format=".1%")
                for name in ("accuracy", "least", "most")
            ),
        ],
    )
    y = alt.Y("least:Q", title=titles["accuracy"], axis=alt.Axis(format=".0%"), scale=alt.Scale(zero=False))
    bands = base.mark_area(opacity=0.2).encode(y=y, y2="most:Q")
    curves = base.mark_line(strokeWidth=3, point=alt.OverlayMarkDef(size=70, filled=True)).encode(
        y="accuracy:Q"
    )
    plain = alt.Chart(shown[shown["kind"] == "plain"])
    line = plain.mark_rule(strokeDash=[6, 4], strokeWidth=2, color=NEUTRAL_COLOUR).encode(y="accuracy:Q")
    word = plain.mark_text(align="left", dx=6, dy=-9, fontSize=13, color=NEUTRAL_COLOUR).encode(
        x=alt.value(0), y="accuracy:Q", text="called:N"
    )
    return [Figure(alt.layer(bands, curves, line, word), shown, columns=titles)]


def verdict(frame: pd.DataFrame, settings: Settings) -> Verdict:
    """One variant, the average over many, and the picture as it is; for what the network was trained with."""
    found = summary(frame).set_index(["kind", "views"])["accuracy"]
    kind = settings.trained if settings.trained in settings.kinds else settings.kinds[0]
    views = ENDS.get(kind, VIEWS)[-1]
    plain, one, many = found[("plain", 1)], found[(kind, 1)], found[(kind, views)]
    values = {
        "plain": f"{100 * plain:.1f}",
        "one": f"{100 * one:.1f}",
        "many": f"{100 * many:.1f}",
        "views": views,
        "seeds": settings.seeds,
    }
    if "mirror" in settings.kinds and kind != "mirror":
        values["mirror"] = f"{100 * found[('mirror', VIEWS[-1])]:.1f}"
    holds = bool(many > one and many > plain)
    key = "gains" if holds else "no_gain"
    return Verdict(f"{key}_mirror" if "mirror" in values else key, holds, values)


SECTION = Section(
    rows=("test_time_pictures",),
    controls=(
        charts.sets(names=("glyphs", "digits", "colours")),
        Choice("trained", KINDS, default="crop", option=charts.augmentation_label),
        Choice(
            "kinds",
            (*KINDS, *FIXED),
            default=("crop", "mirror", "ten", "scales"),
            many=True,
            option=kind_label,
        ),
        Number("count", 50, 400, default=200, step=50),
        Number("steps", 50, 400, default=150, step=50),
        Number("seeds", 2, 8, default=3),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    starts=False,
    waits=lambda s, language: (
        Axis(
            "views",
            text("chapters.images.test_time.views", language),
            log=True,
            format="d",
            domain=reach(VIEWS),
            ticks=VIEWS,
        ),
        charts.accuracy_axis(language),
    ),
)
