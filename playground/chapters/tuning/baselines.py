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
from playground.chapters.tuning import automl, charts, runs
from playground.data.prepare import Data, prepare
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.views.theme import CLASS_COLOURS, NEUTRAL_COLOUR

REPEATS = 5
"""Data sets, each drawn anew and cut into parts anew."""
EPOCHS = 50
METHODS = ("untuned", "search", "logistic", "svm", "forest", "boosting", "mlp")
LIBRARY = METHODS[2:]
"""Models of scikit-learn, with the settings that they come with."""


def base(settings: Settings, repeat: int = 0) -> Experiment:
    """The data and the parts of a repeat, and the network that nobody tuned: two layers of eight, tanh, rate 0.1."""
    return Experiment(
        dataset=settings.dataset,
        n_samples=settings.points,
        noise=0.1 if settings.dataset.name == "spiral" else 0.2,
        hidden=(8, 8),
        learning_rate=0.1,
        train_fraction=0.6,
        validation_fraction=0.25,
        seed=REPEATS * settings.seed + repeat,
    )


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """Every method learns from the same training points and is judged by the same test points.

    Yields:
        The share done and a frame: ``repeat``, ``method``, ``accuracy`` (test), ``networks`` (models that were trained
        for it), ``seconds``.
    """
    rows: list[dict[str, Any]] = []
    total = REPEATS * len(METHODS)
    for repeat in range(REPEATS):
        own = base(settings, repeat)
        data = prepare(own)
        for method in METHODS:
            start = time.perf_counter()
            if method == "search":
                search = Search(own, settings.trials)
                for _ in search:
                    yield len(rows) / total, pd.DataFrame(rows)
                accuracy = search.accuracy
            elif method == "untuned":
                accuracy = _test_accuracy(runs.trained(own, EPOCHS))
            else:
                accuracy = fitted_accuracy(method, data, own.seed)
            rows.append(
                {
                    "repeat": repeat,
                    "method": method,
                    "accuracy": accuracy,
                    "networks": settings.trials if method == "search" else 1,
                    "seconds": time.perf_counter() - start,
                }
            )
            yield len(rows) / total, pd.DataFrame(rows)


class Search:
    """A search by TPE, which chooses on the validation part. Iterating trains one network after the other.

    Attributes:
        best: the lowest validation loss so far. accuracy: that network's, on the test part.
    """

    def __init__(self, own: Experiment, trials: int) -> None:
        self.own, self.trials = own, trials
        self.accuracy = math.nan
        self.best = math.inf

    def __iter__(self) -> Iterator[int]:
        sampler = optuna.samplers.TPESampler(seed=self.own.seed, n_startup_trials=automl.STARTUP)
        verbosity = optuna.logging.get_verbosity()
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        study = optuna.create_study(sampler=sampler)
        optuna.logging.set_verbosity(verbosity)
        for number in range(self.trials):
            trial = study.ask()
            trainer = runs.trained(automl.suggested(trial, self.own), EPOCHS)
            loss = _validation_loss(trainer)
            study.tell(trial, loss)
            if loss < self.best:
                self.best, self.accuracy = loss, _test_accuracy(trainer)
            yield number


def _validation_loss(trainer: Trainer) -> float:
    loss = float(trainer.history.last()["loss_validation"])
    return loss if trainer.status != "diverged" and math.isfinite(loss) else runs.WORST


def _test_accuracy(trainer: Trainer) -> float:
    return float(trainer.history.last()["accuracy_test"])


def library(seed: int) -> dict[str, Callable[[], Any]]:
    """What makes each of scikit-learn's models; those that need it see standardized inputs."""
    from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    return {
        "logistic": lambda: make_pipeline(StandardScaler(), LogisticRegression()),
        "svm": lambda: make_pipeline(StandardScaler(), SVC()),
        "forest": lambda: RandomForestClassifier(random_state=seed),
        "boosting": lambda: GradientBoostingClassifier(random_state=seed),
        "mlp": lambda: make_pipeline(StandardScaler(), MLPClassifier(random_state=seed)),
    }


def fitted_accuracy(method: str, data: Data, seed: int) -> float:
    """The test accuracy of a model of scikit-learn, fitted to the training points."""
    from sklearn.exceptions import ConvergenceWarning

    model = library(seed)[method]()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # 200 epochs are what the MLP comes with
        model.fit(data.F_train, data.y_train)
    return float(model.score(data.F_test, data.y_test))


def gain(frame: pd.DataFrame, over: str) -> tuple[float, float]:
    """What the search gains over a method, as a mean over the repeats, and that mean's standard error."""
    wide = frame.pivot(index="repeat", columns="method", values="accuracy")
    differences = (wide["search"] - wide[over]).dropna().to_numpy()
    if len(differences) < 2:
        return math.nan, math.nan
    return float(differences.mean()), float(differences.std(ddof=1) / math.sqrt(len(differences)))


def best_of_library(frame: pd.DataFrame) -> str:
    """The model of scikit-learn with the highest mean test accuracy."""
    means = frame[frame["method"].isin(LIBRARY)].groupby("method")["accuracy"].mean()
    return str(means.idxmax())


def _name(method: str, language: str) -> str:
    return SECTION.say(f"methods.{method}", language)


def picture(frame: pd.DataFrame, settings: Settings, language: str) -> list[Figure]:
    """Each repeat's test accuracy by method, with the mean as a line across."""
    named = frame.assign(method=[_name(method, language) for method in frame.get("method", [])])
    order = [_name(method, language) for method in METHODS]
    titles = charts.columns(language, "repeat", "model", "accuracy", "networks", "seconds")
    titles["method"] = titles.pop("model")
    place = alt.Y(
        "method:N", sort=order, title=None, scale=alt.Scale(domain=order), axis=alt.Axis(labelLimit=300)
    )
    x = alt.X(
        "accuracy:Q",
        title=SECTION.say("axis", language),
        scale=alt.Scale(zero=False),
        axis=alt.Axis(format=".0%"),
    )
    tips = [
        alt.Tooltip("method:N", title=titles["method"]),
        alt.Tooltip("accuracy:Q", title=titles["accuracy"], format=".1%"),
        alt.Tooltip("repeat:Q", title=titles["repeat"]),
    ]
    points = alt.Chart(named).mark_point(filled=True, size=90, opacity=0.75, color=CLASS_COLOURS[0])
    means = alt.Chart(named).mark_tick(thickness=4, size=26, color=NEUTRAL_COLOUR)
    mean = alt.X("mean(accuracy):Q")
    chart = alt.layer(points.encode(x=x, y=place, tooltip=tips), means.encode(x=mean, y=place))
    return [Figure(chart, named.drop(columns=["seconds"], errors="ignore"), columns=titles)]


def tables(frame: pd.DataFrame, settings: Settings, language: str) -> list[Table]:
    """The mean accuracy of each method beside its price."""
    means = frame.groupby("method", sort=False)[["accuracy", "networks", "seconds"]].mean().reset_index()
    shown = means.assign(method=[_name(method, language) for method in means["method"]])
    shown["accuracy"] = np.round(100 * shown["accuracy"], 1)
    titles = charts.columns(language, "model", "accuracy", "networks", "seconds")
    titles["method"] = titles.pop("model")
    formats = {"accuracy": "%.1f %%", "networks": "%d", "seconds": "%.2f"}
    columns = {name: titles[name] for name in ("method", "accuracy", "networks", "seconds")}
    return [Table(shown, columns, SECTION.say("price", language), formats)]


def verdict(frame: pd.DataFrame, settings: Settings) -> Verdict:
    """Whether the search gains more over the untuned network than chance moves, and which other model comes nearest."""
    untuned, error = gain(frame, "untuned")
    other = best_of_library(frame)
    over, noise = gain(frame, other)
    means = frame.groupby("method")["accuracy"].mean()
    within = bool(abs(untuned) <= 2 * error)
    values = {
        "gain": f"{100 * untuned:+.1f}",
        "error": f"{200 * error:.1f}",
        "networks": settings.trials,
        "search": f"{means['search']:.1%}",
        "accuracy": f"{means[other]:.1%}",
    }
    ahead = "behind" if over < -2 * noise else "ahead" if over > 2 * noise else "level"
    return Verdict(f"{'within' if within else 'beyond'}_{ahead}", within, values)


SECTION = Section(
    rows=("baselines",),
    controls=(
        runs.dataset(),
        Number("points", 100, 600, default=300, step=100),
        Number("trials", 10, 60, default=30, step=10),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    experiment=base,
)
