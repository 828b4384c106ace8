"""Step 4: a coarse search over two settings, on a grid, at random, and by a Sobol sequence, with the same budget."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from playground.chapters.controls import Choice, Number, Settings, seed
from playground.chapters.section import Figure, Section, Table, Verdict
from playground.chapters.tuning import charts, runs
from playground.experiment import Experiment
from playground.tuning.samples import METHODS, log_range, points
from playground.views.lines import Axis, lines

SEARCHES = 10
"""Searches of each method, each on data of its own."""


def base(settings: Settings, search: int = 0) -> Experiment:
    """What all runs of a search have in common."""
    if not runs.is_example(settings):
        return settings.own.replace(seed=settings.own.seed + search).for_choosing()
    return runs.BASE.replace(dataset=settings.dataset, seed=SEARCHES * settings.seed + search)


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """Every method searches ten times; the first search is drawn.

    Yields:
        The share done and a frame: ``search``, ``method``, ``trial`` (from 1), ``learning_rate``, ``weight_decay``,
        ``loss`` (validation).
    """
    rows: list[tuple[int, str, int, float, float, float]] = []
    names = ["search", "method", "trial", "learning_rate", "weight_decay", "loss"]
    for search in range(SEARCHES):
        own = base(settings, search)
        for turn, method in enumerate(settings.methods):
            places = points(method, settings.trials, seed=own.seed)
            rates, decays = log_range(places[:, 0], *runs.RATES), log_range(places[:, 1], *runs.DECAYS)
            for trial, (rate, decay) in enumerate(zip(rates, decays, strict=True)):
                experiment = runs.at(own, rate, decay)
                found = runs.outcome(runs.trained(experiment, settings.epochs))
                rows.append(
                    (search, method, trial + 1, experiment.learning_rate, experiment.weight_decay, found.loss)
                )
            share = (search + (turn + 1) / len(settings.methods)) / SEARCHES
            yield share, pd.DataFrame(rows, columns=names)


def picture(frame: pd.DataFrame, settings: Settings, language: str) -> list[Figure]:
    """The first search of each method in the plane; below it the best so far, over the trials."""
    first = frame[frame["search"] == 0]
    titles = charts.columns(language, "method", "trial", "learning_rate", "weight_decay", "loss")
    named = first.assign(method=[_name(m, language) for m in first["method"]])
    chart = charts.plane(
        named,
        Axis("learning_rate", titles["learning_rate"], log=True, domain=runs.RATES),
        Axis("weight_decay", titles["weight_decay"], log=True, domain=runs.DECAYS),
        language,
        shape="method",
        shapes=[_name(m, language) for m in settings.methods],
    )
    progress = best_so_far(frame)
    drawn = lines(
        progress,
        charts.axis("trial", language, format="d"),
        charts.axis("best", language),
        "method",
        titles["method"],
        name=lambda method: _name(method, language),
    )
    second = Figure(
        drawn,
        progress.assign(method=[_name(m, language) for m in progress["method"]]),
        SECTION.say("progress", language, searches=SEARCHES),
        charts.columns(language, "method", "trial", "best"),
        wide=True,
    )
    return [Figure(chart, named, columns=titles), second]


def best_so_far(frame: pd.DataFrame) -> pd.DataFrame:
    """The lowest loss after each trial, a mean over the searches: ``method``, ``trial``, ``best``."""
    least = frame.assign(best=frame.groupby(["search", "method"])["loss"].cummin())
    return least.groupby(["method", "trial"], sort=False)["best"].mean().reset_index()


def _name(method: str, language: str) -> str:
    return SECTION.say(f"controls.methods.options.{method}", language)


def tables(frame: pd.DataFrame, settings: Settings, language: str) -> list[Table]:
    """What each method tried, and found."""
    first = frame[frame["search"] == 0].groupby("method", sort=False)["learning_rate"].nunique()
    ends = frame.groupby(["search", "method"], sort=False)["loss"].min().groupby("method", sort=False).mean()
    table = pd.DataFrame(
        {
            "method": [_name(m, language) for m in first.index],
            "distinct": first.to_numpy(),
            "best": ends[first.index].to_numpy(),
        }
    )
    return [Table(table, charts.columns(language, "method", "distinct", "best"), formats={"best": "%.4f"})]


def verdict(frame: pd.DataFrame, settings: Settings) -> Verdict:
    """Whether random points beat the grid's, over the searches."""
    if not {"grid", "random"} <= set(settings.methods):
        return Verdict("no_comparison", True)
    best = frame.groupby(["search", "method"])["loss"].min().unstack()
    distinct = frame[frame["search"] == 0].groupby("method")["learning_rate"].nunique()
    wins = int((best["random"] < best["grid"]).sum())
    values = {
        "trials": settings.trials,
        "grid_rates": int(distinct["grid"]),
        "random_rates": int(distinct["random"]),
        "grid": f"{best['grid'].mean():.3f}",
        "random": f"{best['random'].mean():.3f}",
        "wins": wins,
        "searches": SEARCHES,
    }
    better = best["random"].mean() < best["grid"].mean()
    return Verdict("random" if better else "grid", bool(better), values)


SECTION = Section(
    rows=("coarse_search",),
    controls=(
        Choice("methods", METHODS, default=METHODS, many=True),
        Number("trials", 4, 36, default=9, values=(4, 9, 16, 25, 36)),
        Number("epochs", 1, 5, default=5),
        runs.own(),
        runs.dataset(shown=runs.is_example),
        replace(seed(), shown=runs.is_example),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    experiment=lambda settings: runs.at(base(settings), 0.1, 0.001),
)
