"""Batch normalization's two modes, and what a network says that was not switched to evaluation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import altair as alt
import numpy as np
import pandas as pd
import torch

from playground.chapters.controls import Number, Settings, seed
from playground.chapters.initialization.runs import fast
from playground.chapters.normalization import programs
from playground.chapters.normalization.charts import tip
from playground.chapters.normalization.parts import BLUE, ORANGE, percent, slider, title, titles
from playground.chapters.normalization.runs import DEEP
from playground.chapters.section import Figure, Section, Verdict
from playground.engine.probe import Probe
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.views.theme import CLASS_COLOURS, label_expression

SIZES = (1, 2, 5, 10, 50)
"""How many points are asked about at a time."""
TRAINED = DEEP.replace(normalization="batch_norm", activation="tanh", hidden=(16, 16))


def forgotten(
    experiment: Experiment, epochs: int = 40, sizes: Sequence[int] = (1, 2, 5, 10, 50), seeds: int = 3
) -> Iterator[tuple[float, pd.DataFrame]]:
    """What trained networks say of the test part when they were not switched to evaluation.

    Args:
        experiment: with batch normalization.
        epochs: how long it trains.
        sizes: points that are asked about at a time.
        seeds: of weights and of the order of the points.

    Yields:
        The share done and the table thus far: columns ``seed``, ``mode`` (``"evaluation"``, ``"training"``),
        ``order`` (``"mixed"``, ``"sorted"`` by class), ``size``, ``accuracy``.
    """
    rows: list[tuple[int, str, str, int, float]] = []
    total = seeds * 4 * len(sizes)
    for number in range(seeds):
        trainer = Trainer(fast(experiment.replace(init_seed=experiment.weights_seed + number)))
        trainer.run(epochs=epochs)
        probe = Probe(experiment)
        data = trainer.data
        mixed = np.random.default_rng(number).permutation(len(data.y_test))
        for order in ("mixed", "sorted"):
            places = mixed if order == "mixed" else mixed[np.argsort(data.y_test[mixed], kind="stable")]
            F, y = torch.tensor(data.F_test[places]), data.y_test[places]
            for mode in ("evaluation", "training"):
                for size in sizes:
                    probe.look_at(
                        trainer.engine.state()
                    )  # a call in training mode moves the running statistics
                    probe.network.train(mode == "training")
                    with torch.no_grad():
                        scores = torch.cat([probe.network(part) for part in F.split(size)]).numpy()
                    right = (scores[:, 0] > 0) == (y > 0.5) if scores.shape[1] == 1 else scores.argmax(1) == y
                    rows.append((number, mode, order, size, float(right.mean())))
                    columns = ["seed", "mode", "order", "size", "accuracy"]
                    yield len(rows) / total, pd.DataFrame(rows, columns=columns)


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """Train some networks and ask each of them in both modes."""
    return forgotten(TRAINED.replace(seed=settings.seed), settings.epochs, SIZES, settings.networks)


def picture(frame: pd.DataFrame, settings: Settings, language: str) -> list[Figure]:
    """The median over the networks."""
    medians = frame.groupby(["mode", "order", "size"])["accuracy"].median().reset_index()
    columns = titles(("seed", "mode", "order", "size"), language)
    columns["accuracy"] = title("accuracy_test", language)
    shown = frame.assign(
        mode=[SECTION.say(f"modes.{name}", language) for name in frame["mode"]],
        order=[SECTION.say(f"orders.{name}", language) for name in frame["order"]],
    )
    return [Figure(chart(medians, language), shown, columns=columns)]


def chart(frame: pd.DataFrame, language: str) -> alt.Chart:
    """Accuracy over how many points are asked about at a time, in both modes; the wrong one in both orders.

    Args:
        frame: of ``forgotten``.
    """
    labels = {
        name: SECTION.say(f"asked.{name}", language)
        for name in ("evaluation", "training_mixed", "training_sorted")
    }
    shown = frame.assign(
        series=frame["mode"].where(frame["mode"] == "evaluation", "training_" + frame["order"])
    )
    shown = shown.drop_duplicates(["series", "size"])
    return (
        alt.Chart(shown)
        .mark_line(strokeWidth=3, point={"size": 70})
        .encode(
            x=alt.X("size:O", title=title("size", language), axis=alt.Axis(labelAngle=0)),
            y=alt.Y(
                "accuracy:Q",
                title=title("accuracy_test", language),
                axis=alt.Axis(format="%"),
                scale=alt.Scale(zero=False),
            ),
            color=alt.Color(
                "series:N",
                scale=alt.Scale(domain=list(labels), range=[BLUE, ORANGE, CLASS_COLOURS[3]]),
                legend=alt.Legend(
                    title=None,
                    orient="top",
                    columns=3,
                    labelLimit=280,
                    labelExpr=label_expression(labels),
                    symbolType="stroke",
                    symbolStrokeWidth=3,
                ),
            ),
            tooltip=[
                tip("size", language, kind="O"),
                alt.Tooltip("accuracy:Q", title=title("accuracy_test", language), format=".1%"),
            ],
        )
    )


def verdict(frame: pd.DataFrame, settings: Settings) -> Verdict:
    """Whether forgetting to switch spoils the answers about single points."""
    single = frame[(frame["size"] == 1) & (frame["order"] == "mixed")].groupby("mode")["accuracy"].median()
    right, wrong = float(single["evaluation"]), float(single["training"])
    holds = right > wrong + 0.2
    values = {"right": percent(right), "wrong": percent(wrong), "networks": settings.networks}
    return Verdict("worse" if holds else "same", holds, values)


SECTION = Section(
    rows=("statistics",),
    controls=(
        Number("epochs", 5, 100, default=40, values=(5, 10, 20, 40, 100)),
        slider("networks", 1, 7, 3),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    experiment=lambda s: TRAINED.replace(seed=s.seed),
    code=programs.modes,
)
