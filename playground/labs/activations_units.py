"""Units over a run: which die, and how PReLU's slopes move."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from playground.engine.probe import Probe, sample_rows
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.registry import Spec
from playground.techniques import ACTIVATIONS

RATES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)


def dead_experiment(
    activation: Spec, learning_rate: float = 0.3, hidden: tuple[int, ...] = (16, 16), seed: int = 0
) -> Experiment:
    """The run behind ``dead_units``: two moons, plain SGD with batches of 10."""
    return Experiment(
        dataset="moons",
        noise=0.1,
        hidden=hidden,
        activation=activation,
        init="he_normal",
        learning_rate=learning_rate,
        seed=seed,
    )


def dead_share(trainer: Trainer, probe: Probe) -> float:
    """Share of hidden units whose activation has slope 0 on every one of up to 256 training rows."""
    probe.load(trainer.engine)
    layers, _ = probe.layers(sample_rows(trainer.data)[0])
    return float(np.concatenate([(layer.slope == 0).all(axis=0) for layer in layers]).mean())


def dead_units(
    activation: Spec,
    rates: Sequence[float] = RATES,
    epochs: int = 30,
    hidden: tuple[int, ...] = (16, 16),
    seeds: int = 3,
    looks: int = 10,
) -> Iterator[tuple[float, pd.DataFrame]]:
    """The share of dead units over training, for several learning rates.

    A unit that is off on every row gets no gradient and never comes back, unless the layer before it changes.

    Args:
        activation: of all hidden layers.
        rates: learning rates.
        epochs: length of each run; a run that diverges ends there.
        hidden: units.
        seeds: runs for each rate.
        looks: how often the units are counted.

    Yields:
        The share done and the table thus far: columns ``learning_rate``, ``seed``, ``epoch``, ``dead`` (share in
        [0, 1]), ``loss`` (training), ``accuracy`` (test).
    """
    rows: list[dict[str, float]] = []
    done = 0
    stride = max(1, epochs // looks)
    for rate in rates:
        for seed in range(seeds):
            trainer = Trainer(dead_experiment(activation, rate, hidden, seed))
            probe = Probe(trainer.experiment)
            while True:
                last = trainer.history.last()
                rows.append(
                    {
                        "learning_rate": rate,
                        "seed": seed,
                        "epoch": trainer.epoch,
                        "dead": dead_share(trainer, probe),
                        "loss": last["loss_train"],
                        "accuracy": last["accuracy_test"],
                    }
                )
                if trainer.epoch >= epochs or trainer.status != "running":
                    break
                trainer.run(epochs=min(stride, epochs - trainer.epoch))
            done += 1
            yield done / (len(rates) * seeds), pd.DataFrame(rows)


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
