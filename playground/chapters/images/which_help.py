"""Which augmentations help and which change the class: each against nothing, over seeds."""

from __future__ import annotations

from collections.abc import Iterator

import altair as alt
import pandas as pd
from altair.typing import ChartType

from playground.chapters.controls import Choice, Number, Settings, seed
from playground.chapters.images import charts
from playground.chapters.images.training import BATCH, STEPS, Learner, parts
from playground.chapters.section import Figure, Section, Table, Verdict, awaited
from playground.images.augment import AUGMENTATIONS
from playground.registry import Spec
from playground.views.lines import Axis
from playground.views.theme import CLASS_COLOURS, NEUTRAL_COLOUR

ANY_ANGLE = "any_angle"
"""Rotation by any angle, in which a 6 becomes a 9."""
NONE = "none"
COLOURS = {"helps": CLASS_COLOURS[2], "hurts": CLASS_COLOURS[5], "unclear": NEUTRAL_COLOUR}


def specs(name: str) -> list[Spec]:
    """The augmentation behind a name of this section."""
    if name == NONE:
        return []
    return [AUGMENTATIONS["rotate"].spec(degrees=180) if name == ANY_ANGLE else AUGMENTATIONS[name].spec()]


def label(name: str, language: str) -> str:
    """What it is called."""
    if name in (NONE, ANY_ANGLE):
        return SECTION.say(name, language)
    return charts.augmentation_label(name, language)


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame | None]]:
    """Networks that differ in the augmentation alone: same pictures, weights and order for a seed.

    Yields:
        The share done and a frame of the runs that are through: ``name``, ``seed``, ``accuracy`` (test), ``training``.
    """
    names = [NONE, *settings.names]
    steps = settings.epochs * -(-settings.count // BATCH)
    rows: list[dict[str, object]] = []
    total = len(names) * settings.seeds * steps
    done, frame = 0, None
    for number in range(settings.seeds):
        own = settings.seed * 100 + number
        train, test = yield from awaited(parts(settings.pictures, settings.count, own), (done / total, frame))
        for name in names:
            learner = Learner(train, test, specs(name), own)
            for first in range(0, steps, STEPS):
                learner.steps(min(STEPS, steps - first))
                done += min(STEPS, steps - first)
                yield done / total, frame
            accuracy, training = learner.accuracy(), learner.accuracy(training=True)
            rows.append({"name": name, "seed": own, "accuracy": accuracy, "training": training})
            frame = pd.DataFrame(rows)
            yield done / total, frame


def summary(frame: pd.DataFrame) -> pd.DataFrame:
    """One row an augmentation: mean, least and greatest accuracy, mean gain over none, and its ``effect``.

    It helps where every seed has gained and hurts where every seed has lost.
    """
    wide = frame.pivot(index="seed", columns="name", values="accuracy").dropna()
    gain = wide.sub(wide[NONE], axis=0) if NONE in wide else wide * float("nan")
    rows = []
    for name in frame["name"].unique():
        values = frame[frame["name"] == name]["accuracy"]
        own = gain[name] if name in gain else pd.Series(dtype=float)
        effect = (
            "helps"
            if len(own) and (own > 0).all()
            else "hurts"
            if len(own) and (own < 0).all()
            else "unclear"
        )
        rows.append((name, values.mean(), values.min(), values.max(), own.mean(), effect))
    return pd.DataFrame(rows, columns=["name", "accuracy", "least", "most", "gain", "effect"])


def picture(frame: pd.DataFrame | None, settings: Settings, language: str) -> list[Figure]:
    """Mean and range of the accuracy of each augmentation, with a line where nothing is done."""
    if frame is None:
        return []
    found = summary(frame)
    shown = found.assign(
        augmentation=[label(name, language) for name in found["name"]],
        called=[SECTION.say(f"effects.{effect}", language) for effect in found["effect"]],
        training=frame.groupby("name")["training"].mean().reindex(found["name"]).to_numpy(),
    )
    return [Figure(_bands(shown, language), shown, columns=_titles(language))]


def _titles(language: str) -> dict[str, str]:
    return dict(charts.columns(language, "augmentation", "accuracy", "least", "most", "gain", "training")) | {
        "called": SECTION.say("effect", language)
    }


def _bands(shown: pd.DataFrame, language: str) -> ChartType:
    titles = _titles(language)
    order = shown.sort_values("accuracy", ascending=False)["augmentation"].tolist()
    colours = {SECTION.say(f"effects.{name}", language): colour for name, colour in COLOURS.items()}
    row = alt.Y("augmentation:N", sort=order, title=None)
    return charts.effects(shown, row, titles, colours, shown[shown["name"] == NONE])


def tables(frame: pd.DataFrame | None, settings: Settings, language: str) -> list[Table]:
    """Gains over nothing, in percentage points."""
    if frame is None:
        return []
    found = summary(frame)
    table = found.assign(
        augmentation=[label(name, language) for name in found["name"]],
        called=[SECTION.say(f"effects.{effect}", language) for effect in found["effect"]],
        accuracy=100 * found["accuracy"],
        gain=100 * found["gain"],
    ).sort_values("gain", ascending=False)
    names = ("augmentation", "accuracy", "gain", "called")
    titles = {name: title for name, title in _titles(language).items() if name in names}
    return [Table(table, titles, formats={"accuracy": "%.1f %%", "gain": "%+.1f"})]


def verdict(frame: pd.DataFrame, settings: Settings) -> Verdict:
    """How many helped and how many hurt, and by how much."""
    found = summary(frame)
    tried = found[found["name"] != NONE]
    helped, hurt = tried[tried["effect"] == "helps"], tried[tried["effect"] == "hurts"]
    values = {
        "tried": len(tried),
        "helped": len(helped),
        "hurt": len(hurt),
        "none": f"{100 * float(found[found['name'] == NONE]['accuracy'].iloc[0]):.1f}",
        "best": f"{100 * tried['gain'].max():+.1f}",
        "worst": f"{100 * tried['gain'].min():+.1f}",
        "seeds": settings.seeds,
    }
    both = len(helped) > 0 and len(hurt) > 0
    return Verdict("both" if both else "one_way", both, values)


SECTION = Section(
    rows=("which_help",),
    controls=(
        charts.sets(names=("glyphs", "digits", "colours")),
        Choice(
            "names",
            (*AUGMENTATIONS, ANY_ANGLE),
            default=("shift", "mirror", "rotate", "lens", "normal_noise", ANY_ANGLE),
            many=True,
            option=label,
        ),
        Number("count", 40, 400, default=100, step=20),
        Number("epochs", 5, 60, default=20, step=5),
        Number("seeds", 2, 8, default=3),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    starts=False,
    waits=lambda s, language: (charts.accuracy_axis(language), Axis("none", "", domain=(0.0, 1.0), ticks=())),
)
