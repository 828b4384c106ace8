"""AutoML: a sampler that learns from its trials chooses the network and how it is trained, beside random search."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import optuna
import pandas as pd

from playground.chapters.controls import Choice, Number, Settings, seed
from playground.chapters.section import Figure, Section, Table, Verdict
from playground.chapters.tuning import charts, runs
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.text import text
from playground.views.lines import Axis, lines

SAMPLERS = ("random", "tpe")
SEARCHES = 5
"""Searches of each sampler, each on data of its own."""
STARTUP = 8
"""Trials of TPE that are random."""


def base(settings: Settings, search: int = 0) -> Experiment:
    """What all trials of a search have in common."""
    return runs.BASE.replace(dataset=settings.dataset, noise=0.1, seed=SEARCHES * settings.seed + search)


def suggested(trial: optuna.Trial, own: Experiment) -> Experiment:
    """What a sampler chooses: five settings at once."""
    width = trial.suggest_int("width", 2, 16)
    return own.replace(
        hidden=(width,) * trial.suggest_int("layers", 1, 3),
        learning_rate=trial.suggest_float("learning_rate", 1e-4, 1.0, log=True),
        weight_decay=trial.suggest_float("weight_decay", 1e-5, 0.1, log=True),
        activation=trial.suggest_categorical("activation", ["sigmoid", "tanh", "relu"]),
    )


FIELDS = ("layers", "width", "activation", "learning_rate", "weight_decay")


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """Every sampler searches five times.

    Yields:
        The share done and a frame: ``search``, ``method``, ``trial`` (from 1), ``loss`` (validation), and what was
        chosen, ``FIELDS``.
    """
    verbosity = optuna.logging.get_verbosity()
    rows: list[dict[str, Any]] = []
    total = SEARCHES * len(settings.methods) * settings.trials
    for search in range(SEARCHES):
        own = base(settings, search)
        for method in settings.methods:
            optuna.logging.set_verbosity(optuna.logging.WARNING)
            sampler = (
                optuna.samplers.TPESampler(seed=own.seed, n_startup_trials=STARTUP)
                if method == "tpe"
                else optuna.samplers.RandomSampler(seed=own.seed)
            )
            study = optuna.create_study(sampler=sampler)
            for number in range(settings.trials):
                trial = study.ask()
                trainer = Trainer(runs.fast(suggested(trial, own)))
                trainer.run(epochs=settings.epochs)
                loss = runs.outcome(trainer).loss
                study.tell(trial, loss)
                chosen = {name: trial.params[name] for name in FIELDS}
                rows.append({"search": search, "method": method, "trial": number + 1, "loss": loss, **chosen})
                if number % 5 == 4:
                    yield len(rows) / total, pd.DataFrame(rows)
            optuna.logging.set_verbosity(verbosity)
    yield 1.0, pd.DataFrame(rows)


def best_so_far(frame: pd.DataFrame) -> pd.DataFrame:
    """The lowest loss after each trial, a mean over the searches: ``method``, ``trial``, ``best``."""
    least = frame.assign(best=frame.groupby(["search", "method"])["loss"].cummin())
    return least.groupby(["method", "trial"], sort=False)["best"].mean().reset_index()


def late(frame: pd.DataFrame, settings: Settings) -> pd.Series:
    """The median loss of the second half of the trials, by method."""
    return frame[frame["trial"] > settings.trials / 2].groupby("method")["loss"].median()


def _name(method: str, language: str) -> str:
    return SECTION.say(f"controls.methods.options.{method}", language)


def picture(frame: pd.DataFrame, settings: Settings, language: str) -> list[Figure]:
    """Every trial's loss; below it the best so far."""
    title = charts.say("axes.method", language)
    trial = charts.axis("trial", language, format="d")

    def named(shown: pd.DataFrame) -> pd.DataFrame:
        return shown.assign(method=[_name(method, language) for method in shown["method"]])

    every = lines(
        frame,
        trial,
        Axis("loss", charts.say("axes.loss", language), log=True),
        "method",
        title,
        name=lambda method: _name(method, language),
        mark="point",
        opacity=0.7,
    )
    progress = best_so_far(frame)
    best = lines(
        progress,
        trial,
        charts.axis("best", language, log=True),
        "method",
        title,
        name=lambda method: _name(method, language),
    )
    titles = charts.columns(language, "method", "trial", "loss", "learning_rate", "weight_decay")
    return [
        Figure(every, named(frame), columns=titles),
        Figure(
            best,
            named(progress),
            SECTION.say("progress", language, searches=SEARCHES),
            charts.columns(language, "method", "trial", "best"),
            wide=True,
        ),
    ]


def tables(frame: pd.DataFrame, settings: Settings, language: str) -> list[Table]:
    """What each sampler found in its first search."""
    first = frame[frame["search"] == 0]
    best = first.loc[first.groupby("method", sort=False)["loss"].idxmin()]
    shown = best.assign(
        method=[_name(method, language) for method in best["method"]],
        activation=[text(f"techniques.activations.{name}.label", language) for name in best["activation"]],
    )[["method", "loss", *FIELDS]]
    titles = charts.columns(language, "method", "loss", *FIELDS)
    formats = {"loss": "%.4f", "learning_rate": "%.3g", "weight_decay": "%.2g"}
    return [Table(shown, titles, SECTION.say("found", language), formats)]


def verdict(frame: pd.DataFrame, settings: Settings) -> Verdict:
    """Whether the later trials of the sampler that learns are better than random ones."""
    if set(settings.methods) != set(SAMPLERS):
        return Verdict("no_comparison", True)
    half, best = late(frame, settings), frame.groupby(["search", "method"])["loss"].min().unstack()
    values = {
        "random": f"{half['random']:.3f}",
        "tpe": f"{half['tpe']:.3f}",
        "networks": settings.trials,
        "best_random": f"{best['random'].mean():.3f}",
        "best_tpe": f"{best['tpe'].mean():.3f}",
    }
    better = bool(half["tpe"] < half["random"])
    return Verdict("learns" if better else "not_here", better, values)


def experiment(settings: Settings) -> Experiment:
    """A network in the middle of the space."""
    return base(settings).replace(hidden=(8, 8), activation="tanh", learning_rate=0.1)


SECTION = Section(
    rows=("automl",),
    controls=(
        Choice("methods", SAMPLERS, default=SAMPLERS, many=True),
        Number("trials", 20, 80, default=40, step=10),
        Number("epochs", 5, 50, default=20, step=5),
        runs.dataset(),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    experiment=experiment,
)
