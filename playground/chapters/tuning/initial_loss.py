"""Step 1: what an untrained network must say, the logarithm of the number of classes."""

from __future__ import annotations

import math
from collections.abc import Iterator

import altair as alt
import pandas as pd

from playground.chapters.controls import Choice, Number, Settings, Technique, seed
from playground.chapters.section import Figure, Section, Verdict
from playground.chapters.tuning import charts, runs
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.layout import Layout
from playground.techniques import INITIALIZERS
from playground.views.lines import Axis

STARTS = 12
NEAR = 0.1
"""Share of log C that the mean may be away and still counts as right."""
DATA = {"blobs": {"name": "blobs", "classes": 4}, "circle": "circle", "iris": "iris", "digits": "digits"}


def experiment(settings: Settings) -> Experiment:
    """The first of the networks, as it starts."""
    return Experiment(
        dataset=DATA[settings.data],
        hidden=(16, 16),
        activation="relu",
        init=settings.init,
        preprocessing="standardize",
        l2=settings.decay,
        seed=settings.seed,
    )


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """The loss of untrained networks, each with other weights.

    Yields:
        The share done and a frame: ``start`` (from 1), ``loss`` (with the penalty), ``expected`` (log C).
    """
    base = experiment(settings)
    rows = []
    for number in range(STARTS):
        trainer = Trainer(runs.fast(base.replace(init_seed=settings.seed * STARTS + number)))
        weights = _scaled(trainer, settings.factor)
        penalty = 0.5 * settings.decay * weights
        rows.append((number + 1, float(trainer.engine.metrics()[0]) + penalty, math.log(base.n_classes)))
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
    label = SECTION.say("line", language, classes=experiment(settings).n_classes, value=f"{goal:.3f}")
    line = charts.rule("y", goal, label)
    columns = charts.columns(language, "start", "expected") | {"loss": y.title}
    return [Figure(alt.layer(bars, line), frame, columns=columns)]


def verdict(frame: pd.DataFrame, settings: Settings) -> Verdict:
    """Whether the networks start by guessing."""
    mean, expected = float(frame["loss"].mean()), float(frame["expected"].iloc[0])
    values = {
        "mean": f"{mean:.3f}",
        "expected": f"{expected:.3f}",
        "classes": experiment(settings).n_classes,
        "times": f"{mean / expected:.1f}",
    }
    if abs(mean - expected) <= NEAR * expected:
        return Verdict("right", True, values)
    return Verdict("penalty" if settings.decay > 0 and settings.factor == 1 else "wrong", False, values)


SECTION = Section(
    rows=("initial_loss",),
    controls=(
        Choice("data", tuple(DATA), default="blobs"),
        Technique("init", INITIALIZERS, default={"name": "normal", "std": 0.2}, params=False),
        Number("factor", 1, 100, default=1, log=True),
        Number("decay", 0.0, 1.0, default=0.0, values=(0.0, 0.001, 0.01, 0.1, 1.0), symbol="λ"),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    experiment=experiment,
)
