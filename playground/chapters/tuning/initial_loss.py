"""Step 1: where an untrained network must begin: at log C, or at what its loss says of outputs that are 0."""

from __future__ import annotations

from collections.abc import Iterator

import altair as alt
import numpy as np
import pandas as pd

from playground.chapters.controls import Choice, Number, Own, Settings, Technique, seed
from playground.chapters.section import Figure, Section, Verdict
from playground.chapters.tuning import charts, runs
from playground.data.prepare import prepare
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.later import torch
from playground.layout import Layout
from playground.techniques import INITIALIZERS, LOSSES
from playground.text import Word
from playground.views.lines import Axis

STARTS = 12
NEAR = 0.1
"""Share of log C that the mean may be away and still counts as right."""
DATA = {
    "blobs": {"name": "blobs", "classes": 4},
    "circle": "circle",
    "iris": "iris",
    "digits": "digits",
    "plane": "plane",
}
"""The last one has numbers for targets."""
EXAMPLE = Experiment(
    dataset=DATA["blobs"],
    hidden=(16, 16),
    activation="relu",
    init={"name": "normal", "std": 0.2},
    preprocessing="standardize",
)


def is_example(settings: Settings) -> bool:
    """Whether the visitor has not brought an experiment of their own."""
    return bool(settings.own == EXAMPLE)


def _numbers(settings: Settings) -> bool:
    return bool(settings.data == "plane")


def experiment(settings: Settings) -> Experiment:
    """The first of the networks, as it starts: the visitor's own, whose other penalties are off, or the example."""
    if not is_example(settings):
        return settings.own.replace(l2=settings.decay)
    return EXAMPLE.replace(
        dataset=DATA[settings.data],
        loss=settings.target_loss if _numbers(settings) else settings.loss,
        init=settings.init,
        l2=settings.decay,
        seed=settings.seed,
    )


def guessed(own: Experiment) -> float:
    """The training loss of a network whose outputs are all 0: log C for the cross-entropy of C classes."""
    data = prepare(own)
    zeros = torch.zeros(len(data.y_train), own.n_outputs)
    targets = torch.from_numpy(np.array(data.y_train))
    loss = LOSSES[own.loss.name].forward(zeros, targets, own.loss, task=own.task)
    return float(loss)


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """The loss of untrained networks, each with other weights.

    Yields:
        The share done and a frame: ``start`` (from 1), ``loss`` (with the penalty), ``expected`` (``guessed``).
    """
    base = experiment(settings)
    expected = guessed(base)
    rows = []
    for number in range(STARTS):
        trainer = Trainer(runs.fast(base.replace(init_seed=settings.seed * STARTS + number)))
        weights = _scaled(trainer, settings.factor)
        penalty = 0.5 * settings.decay * weights
        rows.append((number + 1, float(trainer.engine.metrics()[0]) + penalty, expected))
        yield (number + 1) / STARTS, pd.DataFrame(rows, columns=["start", "loss", "expected"])


def _scaled(trainer: Trainer, factor: float) -> float:
    """Make the last layer's weights larger; the sum of all weights' squares."""
    state = trainer.engine.state()
    params = state.params.copy()
    matrices = [block for block in Layout.of(trainer.experiment).parameters if len(block.shape) == 2]
    matrices[-1].view(params)[...] *= factor
    trainer.engine.load(state.with_params(params))
    return float(sum((block.view(params).astype(float) ** 2).sum() for block in matrices))


def picture(frame: pd.DataFrame, settings: Settings, language: str) -> list[Figure]:
    """Each start's loss beside what it should be."""
    most = max(float(frame["loss"].max()), float(frame["expected"].max())) * 1.15
    x = Axis("start", charts.say("axes.start", language), format="d")
    y = Axis("loss", charts.say("axes.initial", language), domain=(0.0, most))
    bars = (
        alt.Chart(frame)
        .mark_bar(size=18, color="#4c8fbf")
        .encode(
            x=alt.X("start:O", title=x.title, axis=alt.Axis(labelAngle=0)),
            y=alt.Y("loss:Q", **charts.channel(y)),
            tooltip=[x.tooltip(), y.tooltip()],
        )
    )
    goal = frame["expected"].iloc[0]
    own = experiment(settings)
    zeros = "" if own.loss.name == "cross_entropy" else "_zeros"
    label = SECTION.say(f"line{zeros}", language, classes=own.n_classes, value=f"{goal:.3f}")
    line = charts.rule("y", goal, label)
    columns = charts.columns(language, "start", "expected") | {"loss": y.title}
    return [Figure(alt.layer(bars, line), frame, columns=columns)]


def verdict(frame: pd.DataFrame, settings: Settings) -> Verdict:
    """Whether the networks start by guessing."""
    mean, expected = float(frame["loss"].mean()), float(frame["expected"].iloc[0])
    own = experiment(settings)
    zeros = "" if own.loss.name == "cross_entropy" else "_zeros"
    values = {
        "mean": f"{mean:.3f}",
        "expected": f"{expected:.3f}",
        "classes": own.n_classes,
        "loss": Word(f"techniques.losses.{own.loss.name}.label"),
        "times": f"{mean / expected:.1f}",
    }
    if abs(mean - expected) <= NEAR * expected:
        return Verdict(f"right{zeros}", True, values)
    penalty = settings.decay > 0 and settings.factor == 1
    return Verdict(f"{'penalty' if penalty else 'wrong'}{zeros}", False, values)


SECTION = Section(
    rows=("initial_loss",),
    controls=(
        Own("own", default=EXAMPLE),
        Choice("data", tuple(DATA), default="blobs", shown=is_example),
        Technique(
            "loss",
            LOSSES,
            default="cross_entropy",
            names=("cross_entropy", "hinge", "squared_error"),
            params=False,
            shown=lambda settings: is_example(settings) and not _numbers(settings),
        ),
        Technique(
            "target_loss",
            LOSSES,
            default="squared_error",
            names=("squared_error", "huber"),
            params=False,
            shown=lambda settings: is_example(settings) and _numbers(settings),
        ),
        Technique(
            "init", INITIALIZERS, default={"name": "normal", "std": 0.2}, params=False, shown=is_example
        ),
        Number("factor", 1, 100, default=1, log=True),
        Number("decay", 0.0, 1.0, default=0.0, values=(0.0, 0.001, 0.01, 0.1, 1.0), symbol="λ"),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    experiment=experiment,
)
