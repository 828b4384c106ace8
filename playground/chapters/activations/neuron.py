"""One neuron: a line that the visitor moves, its weights at right angles to it, and the line that learning finds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import altair as alt
import numpy as np
import pandas as pd

from playground.chapters.activations import parts
from playground.chapters.activations.neurons import (
    Judged,
    Neuron,
    judge,
    linear_experiment,
    points,
    train_linear,
)
from playground.chapters.activations.parts import say
from playground.chapters.controls import Handle, Settings, Switch, seed
from playground.chapters.section import Figure, Section, Table, Verdict
from playground.experiment import Experiment
from playground.views.theme import CLASS_COLOURS, label_expression

UPDATES = 300
STRAIGHT = ("blobs", "moons")
"""Data sets that a straight line parts at least roughly."""


@dataclass(frozen=True, eq=False)
class Result:
    """Points (n, 2) with classes (n,), the visitor's neuron and the one that gradient descent finds."""

    X: np.ndarray
    y: np.ndarray
    own: Neuron
    judged: Judged
    learned: Neuron
    learned_judged: Judged


def experiment(settings: Settings) -> Experiment:
    """Logistic regression on the same points."""
    return linear_experiment("logistic", settings.dataset, 0.2, seed=settings.seed)


def run(settings: Settings) -> Iterator[tuple[float, Result]]:
    """Judge the visitor's line, and let gradient descent look for its own."""
    setting = experiment(settings)
    X, y = points(setting)
    own = Neuron(*settings.line)
    result = partial(Result, X, y, own, judge(own, X, y))
    for share, learned in train_linear(setting, UPDATES):
        yield share, result(learned, judge(learned, X, y))


def score_frame(result: Result) -> pd.DataFrame:
    """How many points of each class have which score: columns ``low``, ``high``, ``points``, ``class``."""
    scores = result.own.scores(result.X)
    edges = np.histogram_bin_edges(scores, 24)
    frames = [
        pd.DataFrame(
            {
                "low": edges[:-1],
                "high": edges[1:],
                "points": np.histogram(scores[result.y == k], edges)[0],
                "class": k,
            }
        )
        for k in (0, 1)
    ]
    return pd.concat(frames, ignore_index=True)


def picture(result: Result, settings: Settings, language: str) -> list[Figure]:
    """The scores of both classes: the neuron decides at s = 0."""
    frame = score_frame(result)
    names = {str(k): say("class", language, number=k) for k in (0, 1)}
    bars = (
        alt.Chart(frame)
        .mark_bar(opacity=0.65, stroke="#ffffff", strokeWidth=0.5)
        .encode(
            x=alt.X("low:Q", title=say("axes.score", language), bin="binned"),
            x2="high:Q",
            y=alt.Y("points:Q", title=say("axes.points", language), stack=None),
            color=alt.Color(
                "class:N",
                title=None,
                scale=alt.Scale(domain=[0, 1], range=list(CLASS_COLOURS[:2])),
                legend=alt.Legend(orient="top", labelExpr=label_expression(names)),
            ),
            tooltip=[
                alt.Tooltip("class:N", title=" "),
                alt.Tooltip("points:Q", title=say("axes.points", language)),
            ],
        )
    )
    title = SECTION.say("scores", language)
    columns = parts.titles(("class", "low", "high", "points"), language)
    return [Figure(alt.layer(bars, parts.rule(0, "x")), frame, title, columns)]


def tables(result: Result, settings: Settings, language: str) -> list[Table]:
    """Weights, threshold and losses of both neurons."""
    rows = [
        {
            "who": SECTION.say(who, language),
            "w1": neuron.w1,
            "w2": neuron.w2,
            "threshold": neuron.threshold,
            "wrong": judged.errors,
            "accuracy": judged.accuracy,
            "cross_entropy": judged.cross_entropy,
            "hinge": judged.hinge,
        }
        for who, neuron, judged in (
            ("own", result.own, result.judged),
            ("learned", result.learned, result.learned_judged),
        )
    ]
    frame = pd.DataFrame(rows)
    formats = dict.fromkeys(("w1", "w2", "threshold", "cross_entropy", "hinge"), "%.3f") | {
        "accuracy": "percent"
    }
    return [Table(frame, parts.titles(list(frame.columns), language), formats=formats)]


def verdict(result: Result, settings: Settings) -> Verdict:
    """Does a straight line do?"""
    n, best = len(result.y), result.learned_judged
    straight = settings.dataset in STRAIGHT
    holds = best.accuracy > 0.8 if straight else best.accuracy < 0.8
    key = "line" if straight else "curved"
    return Verdict(key, holds, {"wrong": result.judged.errors, "n": n, "learned": best.errors})


SECTION = Section(
    rows=("neuron", "biology"),
    controls=(
        parts.dataset("blobs", "moons", "circle", "xor"),
        Handle("line", "line", low=-18.0, high=18.0, default=(1.0, -0.5, 0.5)),
        Switch("taught"),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    experiment=experiment,
    formula=lambda settings: (
        r"s = w_1 x_1 + w_2 x_2 - \theta, \qquad \hat y = [\,s > 0\,], \qquad b = -\theta"
    ),
    handle="line",
)
