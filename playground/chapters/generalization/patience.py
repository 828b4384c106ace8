"""Patience over data sets: what stopping after so many epochs without progress costs and brings.

Source: Prechelt 1998, Early stopping - but when?
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from playground.chapters.controls import Number, Settings, seed
from playground.chapters.generalization import charts, runs
from playground.chapters.generalization.runs import accuracy_of, at_seed, fast, fresh, loss_of, scores
from playground.chapters.generalization.stopping import BASE, stop_at
from playground.chapters.section import Figure, Lanes, Section, Table, Verdict
from playground.engine.trainer import Trainer
from playground.experiment import Experiment

PATIENCES = (1, 3, 10, 30, 100)
COLUMNS = ["patience", "seed", "best", "stop", "accuracy", "loss"]
PIECE = 25
"""Epochs in one slice of a run."""


def by_patience(
    base: Experiment, patiences: Sequence[int] = PATIENCES, epochs: int = 400, seeds: int = 8
) -> Iterator[tuple[float, pd.DataFrame]]:
    """What patience costs and brings, over data sets.

    One run to the end is enough for all: the loss on fresh points is taken after each epoch.

    Yields:
        The share done and the table thus far: columns ``patience`` (0 for never stopping), ``seed``, ``best``,
        ``stop``, ``accuracy``, ``loss`` (on fresh points, with the weights that are kept).
    """
    rows: list[tuple[float, ...]] = []
    for number in range(seeds):
        own = at_seed(base, number)
        trainer = Trainer(fast(own))
        X, y = fresh(own)
        losses, accuracies = [], []
        for epoch in range(1, epochs + 1):
            trainer.run(epochs=1)
            s = scores(trainer, X)
            losses.append(loss_of(s, y))
            accuracies.append(accuracy_of(s, y))
            if epoch % PIECE == 0 and epoch < epochs:
                yield (number + epoch / epochs) / seeds, pd.DataFrame(rows, columns=COLUMNS)
        watched = np.asarray(trainer.history["loss_validation"][1:])
        for patience in patiences:
            best, stop = stop_at(watched, patience)
            rows.append((patience, number, best, stop, accuracies[best - 1], losses[best - 1]))
        rows.append((0, number, epochs, epochs, accuracies[-1], losses[-1]))
        yield (number + 1) / seeds, pd.DataFrame(rows, columns=COLUMNS)


@dataclass(frozen=True)
class BestPatience:
    """What stopping brings over data sets.

    Args:
        patience: with the least mean loss on fresh points; ``loss`` and ``epochs`` (trained) are its means.
        never: the mean loss without stopping.
        better: on how many data sets its loss is below that without stopping.
        gain: its mean accuracy minus that without stopping.
    """

    patience: int
    loss: float
    never: float
    epochs: float
    better: int
    gain: float


def best_patience(table: pd.DataFrame) -> BestPatience:
    """Read a comparison of patiences.

    Args:
        table: of ``by_patience``.
    """
    losses = table.pivot(index="seed", columns="patience", values="loss")
    accuracies = table.pivot(index="seed", columns="patience", values="accuracy")
    means = losses.drop(columns=0).mean()
    chosen = int(means.index.to_numpy()[means.to_numpy().argmin()])
    return BestPatience(
        chosen,
        float(losses[chosen].mean()),
        float(losses[0].mean()),
        float(table.loc[table["patience"] == chosen, "stop"].mean()),
        int((losses[chosen] < losses[0]).sum()),
        float((accuracies[chosen] - accuracies[0]).mean()),
    )


def base(settings: Settings) -> Experiment:
    """The run that is stopped."""
    return runs.on(settings.dataset.name, BASE, runs.SETS * settings.seed)


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """One run to the end on each data set, read under every patience."""
    return by_patience(base(settings), PATIENCES, settings.epochs, settings.seeds)


def called(patience: int, language: str) -> str:
    """A patience as the charts write it."""
    return str(patience) if patience else SECTION.say("never", language)


def picture(table: pd.DataFrame, settings: Settings, language: str) -> list[Figure]:
    """Test loss by patience: single data sets and their mean."""
    shown = table.assign(name=[called(p, language) for p in table["patience"]])
    order = [called(p, language) for p in (*PATIENCES, 0)]
    x = alt.X("name:N", sort=order, title=SECTION.say("patience", language), axis=alt.Axis(labelAngle=0))
    y = alt.Y("loss:Q", title=charts.say("axis.loss_test", language), scale=alt.Scale(zero=True))
    tips = [
        alt.Tooltip("name:N", title=SECTION.say("patience", language)),
        alt.Tooltip("loss:Q", format=".3f", title=charts.say("axis.loss_test", language)),
        alt.Tooltip("stop:Q", format=".0f", title=SECTION.say("stop", language)),
    ]
    shade = alt.condition("datum.patience == 0", alt.value(charts.OTHER), alt.value(charts.AVERAGE))
    means = shown.groupby(["name", "patience"], sort=False)[["loss", "stop"]].mean().reset_index()
    chart = alt.layer(
        alt.Chart(shown).mark_circle(size=45, opacity=0.4).encode(x=x, y=y, color=shade, tooltip=tips),
        alt.Chart(means).mark_tick(thickness=4, size=44).encode(x=x, y=y, color=shade, tooltip=tips),
    )
    columns = {
        "name": SECTION.say("patience", language),
        "best": SECTION.say("best", language),
        "stop": SECTION.say("stop", language),
        "loss": charts.say("axis.loss_test", language),
    }
    return [Figure(chart, shown, columns=columns)]


def tables(table: pd.DataFrame, settings: Settings, language: str) -> list[Table]:
    """Means over the data sets."""
    if table.empty:
        return []
    means = table.groupby("patience")[["best", "stop", "loss", "accuracy"]].mean()
    means = means.loc[[p for p in (*PATIENCES, 0) if p in means.index]].reset_index()
    shown = means.assign(
        name=[called(int(p), language) for p in means["patience"]],
        accuracy_test=[f"{value:.1%}" for value in means["accuracy"]],
    )
    columns = {
        "name": SECTION.say("patience", language),
        "best": SECTION.say("best", language),
        "stop": SECTION.say("stop", language),
        "loss": charts.say("axis.loss_test", language),
        "accuracy_test": charts.say("axis.accuracy_test", language),
    }
    return [Table(shown, columns, formats={"best": "%.0f", "stop": "%.0f", "loss": "%.3f"})]


def verdict(table: pd.DataFrame, settings: Settings) -> Verdict:
    """Whether stopping has a lower test loss than going on, and which patience is best."""
    best = best_patience(table)
    first = float(table.loc[table["patience"] == 1, "loss"].mean())
    values = {
        "seeds": table["seed"].nunique(),
        "patience": best.patience,
        "loss": f"{best.loss:.3f}",
        "never": f"{best.never:.3f}",
        "epochs": f"{best.epochs:.0f}",
        "better": best.better,
        "gain": f"{100 * best.gain:+.1f}",
        "first": f"{first:.3f}",
    }
    holds = bool(best.loss < best.never)
    return Verdict("seen" if holds else "no", holds, values)


SECTION = Section(
    rows=("patience",),
    controls=(
        runs.dataset("moons"),
        Number("epochs", 40, 600, default=200, step=20),
        runs.sets(6, 12),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    experiment=lambda s: base(s).replace(early_stopping={"name": "patience", "patience": 10}),
    lanes=lambda s: Lanes(
        base(s),
        [{}, *({"early_stopping": {"name": "patience", "patience": p}} for p in PATIENCES)],
        s.epochs,
        "loss",
    ),
)
