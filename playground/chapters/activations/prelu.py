"""PReLU's slopes while they are learned."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from playground.chapters.activations import parts
from playground.chapters.controls import Number, Settings, seed
from playground.chapters.section import Figure, Section, Verdict
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.techniques import ACTIVATIONS
from playground.views.lines import lines
from playground.views.theme import LAYER_COLOURS

EPOCHS = 200
FAR = 100.0
"""No slope that is learned gets this large; one that does comes from a run that diverged."""


def slope_experiment(
    hidden: tuple[int, ...] = (8, 8, 8),
    start: float = 0.25,
    dataset: str = "spiral",
    learning_rate: float = 0.1,
    seed: int = 0,
) -> Experiment:
    """The run behind ``prelu_slopes``."""
    return Experiment(
        dataset=dataset,
        hidden=hidden,
        activation=ACTIVATIONS["prelu"].spec(start=start),
        init="he_normal",
        learning_rate=learning_rate,
        seed=seed,
    )


def prelu_slopes(
    experiment: Experiment, epochs: int = 200, looks: int = 40
) -> Iterator[tuple[float, pd.DataFrame]]:
    """PReLU's slope in each hidden layer while it is trained.

    Yields:
        The share done and the table thus far: columns ``epoch``, ``layer`` (from 1), ``slope``, ``accuracy``.
    """
    trainer = Trainer(experiment)
    layout = trainer.engine.layout
    blocks = [layout.find("slope", i) for i, learned in enumerate(layout.learned) if learned]
    rows: list[dict[str, float]] = []
    while True:
        params = trainer.engine.state().params
        accuracy = trainer.history.last()["accuracy_test"]
        for block in blocks:
            slope = float(block.view(params)[0])
            rows.append(
                {"epoch": trainer.epoch, "layer": block.layer + 1, "slope": slope, "accuracy": accuracy}
            )
        yield trainer.epoch / epochs, pd.DataFrame(rows)
        if trainer.epoch >= epochs or trainer.status != "running":
            return
        trainer.run(epochs=min(max(1, epochs // looks), epochs - trainer.epoch))


def experiment(settings: Settings) -> Experiment:
    """The network."""
    hidden = (8,) * settings.layers
    return slope_experiment(hidden, settings.start, settings.dataset, settings.rate, settings.seed)


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """Train and look at the slopes."""
    return prelu_slopes(experiment(settings), EPOCHS)


def picture(frame: pd.DataFrame, settings: Settings, language: str) -> list[Figure]:
    """One line a layer."""
    chart = lines(
        frame,
        parts.axis("epoch", language),
        parts.axis("slope", language),
        "layer",
        parts.say("axes.layer", language),
        name=lambda layer: parts.say("layer_number", language, number=layer),
        colours={layer: LAYER_COLOURS[(layer - 1) % len(LAYER_COLOURS)] for layer in range(1, 10)},
        width=3.5,
    )
    return [Figure(chart, frame, columns=parts.titles(("epoch", "layer", "slope", "accuracy"), language))]


def verdict(frame: pd.DataFrame, settings: Settings) -> Verdict:
    """Did the slopes leave their start?"""
    last = frame[frame["epoch"] == frame["epoch"].max()]
    low, high = float(last["slope"].min()), float(last["slope"].max())
    if not np.isfinite(last["slope"]).all() or high > FAR:
        return Verdict("diverged", False, {"rate": f"{settings.rate:g}"})
    moved = float((last["slope"] - settings.start).abs().max()) > 0.05
    values = {
        "start": f"{settings.start:.2f}",
        "low": f"{low:.2f}",
        "high": f"{high:.2f}",
        "accuracy": f"{last['accuracy'].iloc[0]:.0%}",
    }
    return Verdict("moved" if moved else "stayed", moved, values)


SECTION = Section(
    rows=("prelu",),
    controls=(
        parts.dataset("spiral", "moons", "circle", "xor"),
        Number("start", 0.0, 1.0, default=0.25, step=0.05),
        parts.slider("layers", 1, 8, 3),
        parts.rate(0.03, 0.01, 0.03, 0.1, 0.3),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    experiment=experiment,
    formula=lambda settings: ACTIVATIONS["prelu"].formula,
)
