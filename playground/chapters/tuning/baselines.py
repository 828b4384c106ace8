"""What a search gains over a network that nobody tuned, and over models of other kinds, and what it costs."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import altair as alt
import numpy as np
import optuna
import pandas as pd

from playground.chapters.controls import Number, Settings, seed
from playground.chapters.section import Figure, Section, Table, Verdict
from playground.chapters.tuning import charts, runs, tournament
from playground.data.prepare import Data, prepare
from playground.data.settings import MAX_SEED
from playground.engine.plan import METRICS
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.registry import InvalidValue
from playground.text import Word
from playground.tuning.study import quiet
from playground.tuning.trials import up_to
from playground.views.theme import CLASS_COLOURS, NEUTRAL_COLOUR

EPOCHS = 50
_TEXTS = "chapters.tuning.baselines"
METHODS = ("untuned", "search", "logistic", "svm", "forest", "boosting", "mlp")
LIBRARY = METHODS[2:]
"""Models of scikit-learn, with the settings that they come with."""
STARTUP = 8
"""Networks of the search that are random."""
MOST = 10
"""Repeats at most: each has data of its own, drawn anew and cut into parts anew."""


def base(settings: Settings, repeat: int = 0) -> Experiment:
    """The data and the parts of a repeat, and the network that nobody tuned: the visitor's own, or two layers of eight,
    tanh, rate 0.1.

    Raises:
        InvalidValue: the visitor's experiment has no test part.
    """
    if not runs.is_example(settings):
        own = settings.own.for_choosing()
        if not len(prepare(own).y_test):
            raise InvalidValue("train_fraction", "tuning.judged", own.train_fraction)
        return own.replace(seed=(own.seed + MOST * settings.seed + repeat) % (MAX_SEED + 1))
    return Experiment(
        dataset=settings.dataset,
        n_samples=settings.points,
        noise=0.1 if settings.dataset.name == "spiral" else 0.2,
        hidden=(8, 8),
        learning_rate=0.1,
        train_fraction=0.6,
        validation_fraction=0.25,
        seed=MOST * settings.seed + repeat,
    )


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """Every method learns from the same training points and is judged by the same test points.

    Yields:
        The share done and a frame: ``repeat``, ``method``, ``score`` (of the test part: accuracy, or R² where the
        target is a number), ``networks`` (models that were trained for it), ``seconds`` (of computing), and what the
        search chose, ``tournament.FIELDS``.
    """
    rows: list[dict[str, Any]] = []
    total = settings.repeats * len(METHODS)
    for repeat in range(settings.repeats):
        own = base(settings, repeat)
        data = prepare(own)
        for method in METHODS:
            work = _work(method, own, data, settings.trials)
            seconds, found = 0.0, dict[str, Any]()
            while not found:
                start = time.perf_counter()
                found = next(work)
                seconds += time.perf_counter() - start
                if not found:
                    yield len(rows) / total, pd.DataFrame(rows)
            networks = settings.trials if method == "search" else 1
            rows.append(
                {"repeat": repeat, "method": method, "networks": networks, "seconds": seconds, **found}
            )
            yield len(rows) / total, pd.DataFrame(rows)


def _work(method: str, own: Experiment, data: Data, trials: int) -> Iterator[dict[str, Any]]:
    """One method's work in slices: nothing until the score is there."""
    if method == "search":
        search = Search(own, trials)
        for _ in search:
            yield {}
        yield {"score": search.score, **search.chosen}
    elif method == "untuned":
        trainer = Trainer(runs.fast(own))
        for _ in up_to(trainer, EPOCHS):
            yield {}
        yield {"score": score(trainer)}
    else:
        yield {"score": fitted_score(method, data, own)}


class Search:
    """A search by TPE over all that a tournament draws from; it chooses on the validation part. Iterating trains one
    network after the other, in slices.

    Attributes:
        best: the lowest validation loss so far. score: that network's, on the test part. chosen: its settings.
    """

    def __init__(self, own: Experiment, trials: int) -> None:
        self.own, self.trials = own, trials
        self.score = math.nan
        self.best = math.inf
        self.chosen: dict[str, Any] = {}

    def __iter__(self) -> Iterator[int]:
        sampler = optuna.samplers.TPESampler(seed=self.own.seed, n_startup_trials=STARTUP)
        with quiet():
            study = optuna.create_study(sampler=sampler)
        for number in range(self.trials):
            trial = study.ask()
            changes = tournament.suggested(trial)
            trainer = Trainer(runs.fast(self.own.replace(**changes)))
            yield from (number for _ in up_to(trainer, EPOCHS))
            loss = _loss(trainer)
            study.tell(trial, loss)
            if loss < self.best:
                self.best, self.score = loss, score(trainer)
                self.chosen = {**changes, "hidden": str(changes["hidden"])}
            yield number


def _metrics(trainer: Trainer) -> dict[str, float]:
    """Of the weights that the run ends with; early stopping goes back to its best."""
    return dict(zip(METRICS, map(float, trainer.engine.metrics()), strict=True))


def _loss(trainer: Trainer) -> float:
    """Of the part that chooses."""
    loss = _metrics(trainer)[f"loss_{trainer.experiment.watched}"]
    return min(loss, runs.WORST) if trainer.status != "diverged" and math.isfinite(loss) else runs.WORST


def score(trainer: Trainer) -> float:
    """The accuracy on the test part, or R² where the target is a number."""
    if trainer.experiment.task != "regression":
        return _metrics(trainer)["accuracy_test"]
    from sklearn.metrics import r2_score

    predicted = np.asarray(trainer.engine.forward(trainer.data.F_test)[-1], dtype=float).reshape(-1)
    return float(r2_score(trainer.data.y_test, predicted)) if np.isfinite(predicted).all() else math.nan


def library(seed: int, regression: bool = False) -> dict[str, Callable[[], Any]]:
    """What makes each of scikit-learn's models; those that need it see standardized inputs."""
    from sklearn import ensemble, linear_model, neural_network, svm
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if regression:
        return {
            "logistic": lambda: make_pipeline(StandardScaler(), linear_model.Ridge()),
            "svm": lambda: make_pipeline(StandardScaler(), svm.SVR()),
            "forest": lambda: ensemble.RandomForestRegressor(random_state=seed),
            "boosting": lambda: ensemble.GradientBoostingRegressor(random_state=seed),
            "mlp": lambda: make_pipeline(StandardScaler(), neural_network.MLPRegressor(random_state=seed)),
        }
    return {
        "logistic": lambda: make_pipeline(StandardScaler(), linear_model.LogisticRegression()),
        "svm": lambda: make_pipeline(StandardScaler(), svm.SVC()),
        "forest": lambda: ensemble.RandomForestClassifier(random_state=seed),
        "boosting": lambda: ensemble.GradientBoostingClassifier(random_state=seed),
        "mlp": lambda: make_pipeline(StandardScaler(), neural_network.MLPClassifier(random_state=seed)),
    }


def fitted_score(method: str, data: Data, own: Experiment) -> float:
    """The test part's score of a model of scikit-learn, fitted to the training points; nan where it cannot be fitted,
    as there is one class among them."""
    from sklearn.exceptions import ConvergenceWarning

    regression = own.task == "regression"
    if not regression and len(np.unique(data.y_train)) < 2:
        return math.nan
    model = library(own.seed, regression)[method]()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # 200 epochs are what the MLP comes with
        model.fit(data.F_train, data.y_train)
    return float(model.score(data.F_test, data.y_test))


def gain(frame: pd.DataFrame, over: str) -> tuple[float, float]:
    """What the search gains over a method, as a mean over the repeats, and that mean's standard error."""
    wide = frame.pivot(index="repeat", columns="method", values="score")
    differences = (wide["search"] - wide[over]).dropna().to_numpy()
    if len(differences) < 2:
        return math.nan, math.nan
    return float(differences.mean()), float(differences.std(ddof=1) / math.sqrt(len(differences)))


def best_of_library(frame: pd.DataFrame) -> str:
    """The model of scikit-learn with the highest mean test accuracy."""
    means = frame[frame["method"].isin(LIBRARY)].groupby("method")["score"].mean()
    return str(means.idxmax())


def _name(method: str, settings: Settings, language: str) -> str:
    linear = method == "logistic" and _regression(settings)
    return SECTION.say(f"methods.{'ridge' if linear else method}", language)


def _regression(settings: Settings) -> bool:
    return not runs.is_example(settings) and settings.own.task == "regression"


def _titles(settings: Settings, language: str, *more: str) -> dict[str, str]:
    titles = charts.columns(language, "model", "networks", "seconds", *more)
    measure = charts.say("axes.r2" if _regression(settings) else "axes.accuracy", language)
    return {"method": titles.pop("model"), "score": measure, **titles}


def picture(frame: pd.DataFrame, settings: Settings, language: str) -> list[Figure]:
    """Each repeat's score on the test part by method, with the mean as a line across."""
    named = frame.assign(method=[_name(method, settings, language) for method in frame.get("method", [])])
    order = [_name(method, settings, language) for method in METHODS]
    titles = _titles(settings, language, "repeat")
    style = ".2f" if _regression(settings) else ".0%"
    place = alt.Y(
        "method:N", sort=order, title=None, scale=alt.Scale(domain=order), axis=alt.Axis(labelLimit=300)
    )
    x = alt.X(
        "score:Q",
        title=SECTION.say("axis_r2" if _regression(settings) else "axis", language),
        scale=alt.Scale(zero=False),
        axis=alt.Axis(format=style),
    )
    tips = [
        alt.Tooltip("method:N", title=titles["method"]),
        alt.Tooltip("score:Q", title=titles["score"], format=".3f" if _regression(settings) else ".1%"),
        alt.Tooltip("repeat:Q", title=titles["repeat"]),
    ]
    points = alt.Chart(named).mark_point(filled=True, size=90, opacity=0.75, color=CLASS_COLOURS[0])
    means = alt.Chart(named).mark_tick(thickness=4, size=26, color=NEUTRAL_COLOUR)
    mean = alt.X("mean(score):Q")
    chart = alt.layer(points.encode(x=x, y=place, tooltip=tips), means.encode(x=mean, y=place))
    shown = [name for name in ("repeat", "method", "score", "networks") if name in named]
    return [Figure(chart, named[shown], columns={name: titles[name] for name in shown})]


def tables(frame: pd.DataFrame, settings: Settings, language: str) -> list[Table]:
    """The mean score of each method beside its price, and what the search found."""
    means = frame.groupby("method", sort=False)[["score", "networks", "seconds"]].mean().reset_index()
    shown = means.assign(method=[_name(method, settings, language) for method in means["method"]])
    shown["score"] = shown["score"] if _regression(settings) else np.round(100 * shown["score"], 1)
    score_format = "%.3f" if _regression(settings) else "%.1f %%"
    formats = {"score": score_format, "networks": "%d", "seconds": "%.2f"}
    found = [Table(shown, _titles(settings, language), SECTION.say("price", language), formats)]
    if "hidden" in frame:
        best = frame[frame["method"] == "search"]
        best, titles, style = tournament.described(best.assign(repeat=best["repeat"] + 1), language)
        titles = {**charts.columns(language, "repeat"), **titles}
        found.append(Table(best[list(titles)], titles, SECTION.say("found", language), style))
    return found


def verdict(frame: pd.DataFrame, settings: Settings) -> Verdict:
    """Whether the search gains more over the untuned network than chance moves, and which other model comes nearest."""
    untuned, error = gain(frame, "untuned")
    other = best_of_library(frame)
    over, noise = gain(frame, other)
    means = frame.groupby("method")[["score", "seconds"]].mean()
    within = bool(abs(untuned) <= 2 * error)
    regression = _regression(settings)
    style, factor = (".3f", 1) if regression else (".1%", 100)
    values = {
        "measure": Word(f"{_TEXTS}.measures.{'r2' if regression else 'accuracy'}"),
        "unit": Word(f"{_TEXTS}.units.{'r2' if regression else 'accuracy'}"),
        "gain": f"{factor * untuned:+.{3 if regression else 1}f}",
        "error": f"{2 * factor * error:.{3 if regression else 1}f}",
        "networks": settings.trials,
        "seconds": f"{means['seconds']['search']:.2g}",
        "search": format(means["score"]["search"], style),
        "score": format(means["score"][other], style),
        "other": Word(f"{_TEXTS}.methods.{'ridge' if regression and other == 'logistic' else other}"),
        "other_seconds": f"{means['seconds'][other]:.2g}",
        **tournament.told(frame[frame["method"] == "search"].iloc[0].to_dict()),
    }
    ahead = "behind" if over < -2 * noise else "ahead" if over > 2 * noise else "level"
    return Verdict(f"{'within' if within else 'beyond'}_{ahead}", within, values)


SECTION = Section(
    rows=("baselines",),
    controls=(
        runs.own(),
        runs.dataset(shown=runs.is_example),
        Number("points", 100, 600, default=300, step=100, shown=runs.is_example),
        Number("trials", 10, 60, default=30, step=10),
        Number("repeats", 3, MOST, default=5),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    experiment=base,
)
