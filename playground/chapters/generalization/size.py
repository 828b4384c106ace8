"""More data against a simpler model: learning curves.

Source: Cortes, Jackel, Solla, Vapnik & Denker 1994, Learning curves: asymptotic values and rate of convergence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pandas as pd

from playground.chapters.controls import Choice, Settings, seed
from playground.chapters.generalization import charts, runs
from playground.chapters.generalization.runs import SMALL, at_seed, measured, trained
from playground.chapters.section import Figure, Lanes, Section, Table, Verdict
from playground.experiment import Experiment

COUNTS = (10, 20, 40, 80, 160, 320, 640)
"""Training points."""
MODELS: dict[str, tuple[int, ...]] = {"linear": (), "small": (4,), "large": (32, 32)}
"""Hidden layers of the models that are compared."""
BASE = SMALL.replace(label_noise=0.0)
UPDATES = 1600
"""Updates of every network, whatever the number of points."""


def with_points(base: Experiment, count: int) -> Experiment:
    """The experiment with ``count`` training points and as many others."""
    return base.replace(n_samples=2 * count, train_fraction=0.5)


def learning_curves(
    base: Experiment,
    models: Sequence[str] = tuple(MODELS),
    counts: Sequence[int] = COUNTS,
    updates: int = UPDATES,
    seeds: int = 5,
) -> Iterator[tuple[float, pd.DataFrame]]:
    """Training and test error against the number of training points.

    Yields:
        The share done and the table thus far: columns ``model``, ``count``, ``seed``, ``error_train``,
        ``error_test`` (shares of wrong answers).
    """
    rows = []
    total = len(models) * len(counts) * seeds
    for count in counts:
        for model in models:
            for number in range(seeds):
                own = at_seed(with_points(base, count), number).replace(hidden=MODELS[model])
                per_epoch = -(-count // own.batch_size)
                found = measured(trained(own, max(1, updates // per_epoch)), own)
                rows.append((model, count, number, 1 - found["accuracy_train"], 1 - found["accuracy_test"]))
                yield (
                    len(rows) / total,
                    pd.DataFrame(rows, columns=["model", "count", "seed", "error_train", "error_test"]),
                )


def means(table: pd.DataFrame) -> pd.DataFrame:
    """Means over the seeds, long: columns ``model``, ``count``, ``part`` (``"train"``, ``"test"``), ``error``."""
    mean = table.groupby(["model", "count"], sort=False)[["error_train", "error_test"]].mean().reset_index()
    long = mean.melt(["model", "count"], ["error_train", "error_test"], "part", "error")
    return long.assign(part=long["part"].str.removeprefix("error_"))


def best_models(table: pd.DataFrame) -> pd.DataFrame:
    """Columns ``count``, ``model``: which model has the lowest mean test error for each number of points."""
    mean = table.groupby(["count", "model"])["error_test"].mean().reset_index()
    return mean.loc[mean.groupby("count")["error_test"].idxmin(), ["count", "model"]].reset_index(drop=True)


class Gained(NamedTuple):
    """What more data brought a model: mean test errors at the fewest and most points, and the last gap."""

    few: int
    many: int
    first: float
    last: float
    gap: float


def gained(table: pd.DataFrame, model: str) -> Gained | None:
    """Read a model's learning curve; None while it has a single point.

    Args:
        table: of ``learning_curves``.
    """
    mean = table[table["model"] == model].groupby("count")[["error_train", "error_test"]].mean()
    if len(mean) < 2:
        return None
    test, train = mean["error_test"].to_numpy(), mean["error_train"].to_numpy()
    return Gained(
        int(mean.index[0]),
        int(mean.index[-1]),
        float(test[0]),
        float(test[-1]),
        float(test[-1] - train[-1]),
    )


SHADES = {
    "linear": charts.CLASS_COLOURS[0],
    "small": charts.CLASS_COLOURS[1],
    "large": charts.CLASS_COLOURS[7],
}
DASHES = {"train": (6, 5), "test": (1, 0)}


def base(settings: Settings) -> Experiment:
    """The networks' experiment, without their sizes."""
    return runs.on(settings.dataset.name, BASE, runs.SETS * settings.seed)


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """The models on more and more points."""
    return learning_curves(base(settings), settings.models, seeds=settings.seeds)


def picture(table: pd.DataFrame, settings: Settings, language: str) -> list[Figure]:
    """Errors by the number of points, test lines whole and training lines dashed."""
    frame = means(table)
    frame = frame.assign(series=frame["model"] + "_" + frame["part"])
    keys = [f"{model}_{part}" for part in ("test", "train") for model in settings.models]
    frame = frame.set_index("series").loc[[k for k in keys if k in set(frame["series"])]].reset_index()

    def called(series: str) -> str:
        model, _, part = series.partition("_")
        return f"{charts.say(f'legend.{model}', language)}, {charts.say(f'legend.{part}', language)}"

    chart = charts.lines(
        frame,
        charts.axis("count", language, log=True, format="d"),
        charts.axis("error", language, format="%", zero=True),
        "series",
        charts.say("axis.series", language),
        name=called,
        colours={key: SHADES[key.partition("_")[0]] for key in keys},
        dashes={key: DASHES[key.partition("_")[2]] for key in keys},
        columns=len(settings.models),
    )
    shown = frame.assign(series=frame["series"].map(called))
    return [Figure(chart, shown, columns=charts.titles(("series", "count", "error"), language))]


def tables(table: pd.DataFrame, settings: Settings, language: str) -> list[Table]:
    """Mean test errors, and which model is best for each number of points."""
    wide = table.pivot_table(index="count", columns="model", values="error_test").reset_index()
    best = best_models(table).set_index("count")["model"]
    columns = {"count": charts.say("axis.count", language)}
    for model in settings.models:
        if model in wide:
            wide[model] = [f"{value:.1%}" if value == value else "" for value in wide[model]]
            columns[model] = charts.say(f"legend.{model}", language)
    wide["best"] = [charts.say(f"legend.{best[count]}", language) for count in wide["count"]]
    columns["best"] = SECTION.say("best", language)
    return [Table(wide, columns)]


def verdict(table: pd.DataFrame, settings: Settings) -> Verdict:
    """Whether the large network gains most from more data, and the linear model's two errors meet."""
    first, last = settings.models[0], settings.models[-1]
    simple, large = gained(table, first), gained(table, last)
    if first == last or simple is None or large is None:
        return Verdict("one", True)
    values = {
        "few": large.few,
        "many": large.many,
        "simple_few": f"{100 * simple.first:.1f}",
        "simple_many": f"{100 * simple.last:.1f}",
        "simple_gap": f"{100 * simple.gap:+.1f}",
        "large_few": f"{100 * large.first:.1f}",
        "large_many": f"{100 * large.last:.1f}",
        "large_gap": f"{100 * large.gap:+.1f}",
    }
    gains = large.first - large.last > simple.first - simple.last
    overtakes = large.last < simple.last
    return Verdict("seen" if gains and overtakes else "no", bool(gains and overtakes), values)


SECTION = Section(
    rows=("more_data",),
    controls=(
        runs.dataset("moons"),
        Choice(
            "models",
            tuple(MODELS),
            default=tuple(MODELS),
            many=True,
            option=lambda name, language: charts.say(f"legend.{name}", language),
        ),
        runs.sets(5, 12),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    experiment=lambda s: with_points(base(s), 40).replace(hidden=MODELS[s.models[-1]]),
    lanes=lambda s: Lanes(with_points(base(s), 40), [{"hidden": MODELS[m]} for m in s.models], 200),
)
