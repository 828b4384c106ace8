"""Early stopping: the turn of the validation curve, patience, and the weights that are put back.

Sources: Prechelt 1998, Early stopping - but when?; Goodfellow, Bengio & Courville 2016, Deep learning, algorithm 7.1.
The playground's test part plays the validation part here; fresh points that chose nothing tell what came of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from playground.chapters.controls import Number, Settings, seed
from playground.chapters.generalization import charts, runs
from playground.chapters.generalization.runs import (
    SMALL,
    accuracy_of,
    boundary,
    fast,
    fresh,
    loss_of,
    points_frame,
    scores,
)
from playground.chapters.section import Figure, Lanes, Section, Table, Verdict
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.techniques import STOPPINGS, Patience

BASE = SMALL.replace(n_samples=80, train_fraction=0.9, validation_fraction=0.444, seed=1)
"""Forty points to train on, thirty-two to watch and eight to test on; fresh points judge better than those."""
MOST = 800
"""Epochs that a curve is drawn with."""


def stop_at(losses: np.ndarray, patience: int, min_delta: float = 0.0) -> tuple[int, int]:
    """Where a rule of patience stops on a curve of validation losses.

    Args:
        losses: (epochs,), after epoch 1, 2, …

    Returns:
        The epoch of the weights that are kept and the epoch at which training stops: the last one of the curve
        if patience lasts. Both 0 for an empty curve.
    """
    spec = STOPPINGS["patience"].spec(patience=patience, min_delta=min_delta)
    state = Patience()
    epoch = 0
    for epoch, loss in enumerate(np.asarray(losses, float), start=1):
        state = state.after(epoch, float(loss), spec)
        if state.exhausted(spec):
            break
    return state.best_epoch, epoch


@dataclass(frozen=True, eq=False)
class Stopped:
    """A run with early stopping and the same run without.

    Args:
        curve: the long run's history, ``History.frame()``.
        best, stop: epoch of the restored weights, and the epoch at which training ended.
        boundaries: columns ``kind`` (``"best"``, ``"end"``), ``x``, ``y``, ``x2``, ``y2``.
        scores: columns ``kind``, ``epoch``, ``loss_fresh``, ``accuracy_fresh``.
        trainer: the long run, for its data.
    """

    curve: pd.DataFrame
    best: int
    stop: int
    boundaries: pd.DataFrame
    scores: pd.DataFrame
    X: np.ndarray
    y: np.ndarray
    domain: tuple[tuple[float, float], tuple[float, float]]


def stopped(base: Experiment, patience: int, epochs: int = 400) -> Stopped:
    """Train with patience, and to the end.

    The first run is the trainer's own early stopping, which puts the best weights back.
    """
    watching = Trainer(fast(base.replace(early_stopping={"name": "patience", "patience": patience})))
    watching.run(epochs=epochs)
    best = watching.best_epoch or 0
    if watching.status == "running":  # patience lasted: the best weights are those of a shorter run
        stop = watching.epoch
        watching = Trainer(fast(base))
        watching.run(epochs=best)
    else:
        stop = watching.epoch
    end = Trainer(fast(base))
    end.run(epochs=epochs)
    X, y = fresh(base)
    rows = []
    for kind, trainer, epoch in (("best", watching, best), ("end", end, end.epoch)):
        s = scores(trainer, X)
        rows.append((kind, epoch, loss_of(s, y), accuracy_of(s, y)))
    return Stopped(
        end.history.frame(),
        best,
        stop,
        pd.concat([boundary(watching, "best"), boundary(end, "end")], ignore_index=True),
        pd.DataFrame(rows, columns=["kind", "epoch", "loss_fresh", "accuracy_fresh"]),
        end.data.X_train,
        end.data.y_train,
        end.data.domain,
    )


def base(settings: Settings) -> Experiment:
    """The run that goes on to the end."""
    return runs.on(settings.dataset.name, BASE, runs.SETS * settings.seed)


def watched(settings: Settings) -> Experiment:
    """The run that stops."""
    return base(settings).replace(early_stopping={"name": "patience", "patience": settings.patience})


def run(settings: Settings) -> Iterator[tuple[float, Stopped]]:
    """Both runs."""
    yield 1.0, stopped(base(settings), settings.patience, settings.epochs)


def picture(found: Stopped, settings: Settings, language: str) -> list[Figure]:
    """Both losses with the kept epoch and the stop; below, the two boundaries."""
    kinds = {
        "best": charts.Line(SECTION.say("kept", language, epoch=found.best), charts.AVERAGE, 3),
        "end": charts.Line(SECTION.say("end", language, epoch=settings.epochs), charts.OTHER),
    }
    points = points_frame(found.X, found.y)
    title = charts.say("titles.boundaries", language)
    return [
        _curve(found, language),
        charts.map_figure(found.boundaries, points, found.domain, kinds, language, title),
    ]


def _curve(found: Stopped, language: str) -> Figure:
    shown = found.curve[found.curve["epoch"] > 0]
    shown = shown[shown["split"] != "test"].assign(part=lambda rows: rows["split"])
    every = int(shown["epoch"].max()) // MOST + 1
    shown = shown[(shown["epoch"] % every == 0) | shown["epoch"].isin([found.best, found.stop])]
    chart = charts.several(
        shown,
        charts.axis("epoch", language, format="d"),
        charts.axis("loss", language, zero=True),
        "part",
        {"train": charts.TRAIN, "validation": charts.TEST},
        language,
    )
    stop = pd.DataFrame({"value": [found.stop], "word": [SECTION.say("stop", language, epoch=found.stop)]})
    marks = alt.Chart(stop)
    layers = alt.layer(
        chart,
        *charts.rule(found.best, SECTION.say("kept", language, epoch=found.best)),
        marks.mark_rule(color=charts.ORANGE, strokeDash=[2, 3], strokeWidth=2).encode(x="value:Q"),
        marks.mark_text(align="left", dx=4, baseline="top", color=charts.ORANGE).encode(
            x="value:Q", y=alt.value(20), text="word:N"
        ),
    )
    columns = {
        "part": charts.say("axis.series", language),
        **charts.titles(("epoch", "loss", "accuracy"), language),
    }
    labels = charts.names(("train", "validation"), language)
    return Figure(layers, shown.assign(part=shown["part"].map(labels)), columns=columns)


def tables(found: Stopped, settings: Settings, language: str) -> list[Table]:
    """What the kept weights and the last ones are worth on fresh points."""
    names = {
        "best": SECTION.say("kept", language, epoch=found.best),
        "end": SECTION.say("end", language, epoch=settings.epochs),
    }
    shown = found.scores.assign(
        name=found.scores["kind"].map(names),
        loss_test=[f"{value:.3f}" for value in found.scores["loss_fresh"]],
        accuracy_test=[f"{value:.1%}" for value in found.scores["accuracy_fresh"]],
    )
    return [Table(shown, charts.titles(("name", "loss_test", "accuracy_test"), language))]


def verdict(found: Stopped, settings: Settings) -> Verdict:
    """Whether the kept weights have a lower loss on fresh points than the last ones, and what accuracy says."""
    scores_ = found.scores.set_index("kind")
    loss, accuracy = scores_["loss_fresh"], scores_["accuracy_fresh"]
    values = {
        "best": found.best,
        "stop": found.stop,
        "patience": settings.patience,
        "epochs": settings.epochs,
        "loss": f"{loss['best']:.2f}",
        "loss_end": f"{loss['end']:.2f}",
        "accuracy": f"{100 * accuracy['best']:.1f}",
        "accuracy_end": f"{100 * accuracy['end']:.1f}",
    }
    lower = bool(loss["best"] < loss["end"])
    both = bool(accuracy["best"] >= accuracy["end"])
    return Verdict("both" if lower and both else "loss" if lower else "no", lower, values)


SECTION = Section(
    rows=("early_stopping",),
    controls=(
        runs.dataset("moons"),
        Number("patience", 1, 100, default=20, values=(1, 2, 3, 5, 10, 20, 30, 50, 100)),
        Number("epochs", 40, 600, default=200, step=20),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    experiment=watched,
    lanes=lambda s: Lanes(
        base(s),
        [{}, *({"early_stopping": {"name": "patience", "patience": p}} for p in (1, s.patience))],
        s.epochs,
        "loss",
    ),
)
