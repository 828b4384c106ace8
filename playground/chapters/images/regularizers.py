"""Regularizers of networks on pictures, each against none, over seeds."""

from __future__ import annotations

from collections.abc import Iterator

import altair as alt
import pandas as pd

from playground.chapters.controls import Choice, Number, Settings, seed
from playground.chapters.images import charts
from playground.chapters.section import Figure, Section, Table, Verdict
from playground.images.experiment import ImageExperiment
from playground.images.script import to_script
from playground.races.export import frame
from playground.races.pictures import ImageRace
from playground.views.lines import Axis
from playground.views.theme import CLASS_COLOURS, NEUTRAL_COLOUR

NONE = "none"
WAYS = ("dropout", "dropout2d", "batch_norm", "fractional", "stochastic_depth")
GAIN = 0.05
"""Accuracy that a regularizer must gain on average to be worth it here."""
COLOURS = {"helps": CLASS_COLOURS[2], "hurts": CLASS_COLOURS[5], "unclear": NEUTRAL_COLOUR}


def base(settings: Settings) -> ImageExperiment:
    """Without a regularizer: two blocks, the second with a skip connection."""
    return ImageExperiment(
        dataset=settings.pictures,
        n_samples=settings.count + 300,
        train_fraction=round(settings.count / (settings.count + 300), 3),
        channels=(24, 24),
        skip="residual",
        batch_size=20,
        seed=100 * settings.seed,
    )


def changed(name: str, settings: Settings) -> ImageExperiment:
    """The same with one of ``WAYS``, or ``NONE``."""
    changes = {
        NONE: {},
        "dropout": {"dropout": settings.p},
        "dropout2d": {"dropout2d": settings.p},
        "batch_norm": {"batch_norm": True},
        "fractional": {"pooling": "fractional"},
        "stochastic_depth": {"stochastic_depth": settings.p},
    }
    return base(settings).replace(**changes[name])


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame | None]]:
    """A race without page: same pictures, split and order for a seed.

    Yields:
        The share done and a frame of the runs that are through: ``name``, ``seed``, ``train``, ``test`` (accuracies).
    """
    names = [NONE, *settings.names]
    race = ImageRace([(name, changed(name, settings)) for name in names], settings.seeds, settings.epochs)
    found, told = None, 0
    for share, records in race.run(every=settings.epochs):
        if len(records) > told:
            told = len(records)
            rows = frame(records)
            last = rows[rows["epoch"] == rows["epoch"].max()]
            wide = last.pivot(index=["label", "seed"], columns="split", values="accuracy")
            found = wide.reset_index().rename(columns={"label": "name"})[["name", "seed", "train", "test"]]
            found.columns.name = None
        yield share, found


def summary(runs: pd.DataFrame) -> pd.DataFrame:
    """One row a regularizer: mean, least and greatest accuracy, mean gain over none, the gap, and its ``effect``.

    It helps where every seed has gained and hurts where every seed has lost.
    """
    wide = runs.pivot(index="seed", columns="name", values="test").dropna()
    rows = []
    for name, own in runs.groupby("name", sort=False):
        gain = wide[name] - wide[NONE] if len(wide) else pd.Series([float("nan")])
        effect = "helps" if (gain > 0).all() else "hurts" if (gain < 0).all() else "unclear"
        gap = (own["train"] - own["test"]).mean()
        test = own["test"]
        rows.append((name, test.mean(), test.min(), test.max(), gain.mean(), gap, effect))
    return pd.DataFrame(rows, columns=["name", "accuracy", "least", "most", "gain", "gap", "effect"])


def label(name: str, language: str) -> str:
    """What it is called."""
    return SECTION.say(f"ways.{name}", language)


def _shown(runs: pd.DataFrame, language: str) -> pd.DataFrame:
    found = summary(runs)
    return found.assign(
        way=[label(name, language) for name in found["name"]],
        called=[SECTION.say(f"effects.{effect}", language) for effect in found["effect"]],
    )


def _titles(language: str) -> dict[str, str]:
    titles = dict(charts.columns(language, "accuracy", "least", "most", "gain"))
    own = {name: SECTION.say(f"axes.{name}", language) for name in ("way", "gap", "called")}
    return {"way": own["way"], **titles, "gap": own["gap"], "called": own["called"]}


def picture(runs: pd.DataFrame | None, settings: Settings, language: str) -> list[Figure]:
    """Mean and range of the test accuracy under each, with a line where nothing is done."""
    if runs is None:
        return []
    shown, titles = _shown(runs, language), _titles(language)
    colours = {SECTION.say(f"effects.{name}", language): colour for name, colour in COLOURS.items()}
    order = [label(name, language) for name in (NONE, *WAYS)]
    row = alt.Y("way:N", sort=order, title=None, axis=alt.Axis(labelLimit=260))
    chart = charts.effects(shown, row, titles, colours, shown[shown["name"] == NONE])
    return [Figure(chart, shown, columns=titles)]


def tables(runs: pd.DataFrame | None, settings: Settings, language: str) -> list[Table]:
    """Gains over nothing, and the gap between training and test, in percentage points."""
    if runs is None:
        return []
    shown = _shown(runs, language)
    shown = shown.assign(**{name: 100 * shown[name] for name in ("accuracy", "gain", "gap")})
    titles = _titles(language)
    names = ("way", "accuracy", "gain", "gap", "called")
    formats = {"accuracy": "%.1f %%", "gain": "%+.1f", "gap": "%.1f"}
    return [Table(shown, {name: titles[name] for name in names}, formats=formats)]


def verdict(runs: pd.DataFrame, settings: Settings) -> Verdict:
    """What the best gains and the worst costs, beside what the seeds alone change."""
    found = summary(runs)
    tried = found[found["name"] != NONE]
    nothing = found[found["name"] == NONE].iloc[0]
    worst, best = tried.sort_values("gain").iloc[[0, -1]].to_dict("records")
    values = {
        "none": f"{100 * nothing['accuracy']:.1f}",
        "spread": f"{100 * (nothing['most'] - nothing['least']):.1f}",
        "best": f"{100 * best['gain']:+.1f}",
        "worst": f"{100 * worst['gain']:+.1f}",
        "hurt": int((tried["effect"] == "hurts").sum()),
        "tried": len(tried),
        "seeds": settings.seeds,
    }
    no_gift = bool(best["gain"] < GAIN and (tried["effect"] == "hurts").any())
    return Verdict("no_gift" if no_gift else "other", no_gift, values)


SECTION = Section(
    rows=("image_regularizers",),
    controls=(
        charts.sets(default="digits", names=("digits", "glyphs", "colours", *charts.INSTALLED)),
        Choice("names", WAYS, default=WAYS, many=True, option=label),
        Number("p", 0.1, 0.8, default=0.2, step=0.1, symbol="p"),
        Number("count", 40, 400, default=100, step=20),
        Number("epochs", 5, 60, default=30, step=5),
        Number("seeds", 2, 8, default=3),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    code=lambda s: to_script(changed("stochastic_depth", s).replace(dataset="digits"), 2),
    starts=False,
    waits=lambda s, language: (charts.accuracy_axis(language), Axis("none", "", domain=(0.0, 1.0), ticks=())),
)
