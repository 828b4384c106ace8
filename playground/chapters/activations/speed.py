"""Is ReLU six times faster? Epochs to a goal, each activation at its best learning rate."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from playground.chapters import controls
from playground.chapters.activations import parts
from playground.chapters.activations.curves import label
from playground.chapters.controls import Number, Settings
from playground.chapters.section import Figure, Section, Table, Verdict
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.registry import Spec
from playground.techniques import ACTIVATIONS
from playground.views.lines import lines

RATES = (0.03, 0.1, 0.3, 1.0)
SEEDS = 3
EPOCHS = 100
CLAIMED = 6.0


def speed_experiment(
    activation: Spec,
    learning_rate: float = 0.1,
    dataset: str = "moons",
    hidden: tuple[int, ...] = (8, 8),
    seed: int = 0,
) -> Experiment:
    """The run behind ``convergence``: each activation with the initial weights made for it."""
    return Experiment(
        dataset=dataset,
        noise=0.1 if dataset == "moons" else 0.0,
        hidden=hidden,
        activation=activation,
        init=parts.drawn_from(parts.OWN, activation),
        learning_rate=learning_rate,
        seed=seed,
    )


def convergence(
    activations: Sequence[Spec],
    dataset: str = "moons",
    hidden: tuple[int, ...] = (8, 8),
    goal: float = 0.1,
    rates: Sequence[float] = RATES,
    epochs: int = EPOCHS,
    seeds: Sequence[int] = range(SEEDS),
) -> Iterator[tuple[float, pd.DataFrame]]:
    """How many epochs plain SGD needs until the training loss is below a goal.

    Source of the claim: Krizhevsky, Sutskever & Hinton 2012, section 3.1, figure 1 (ReLU six times faster than
    tanh, a four-layer convolutional net on CIFAR-10, each with its own η).

    Args:
        activations: to compare.
        dataset, hidden: the problem and the network.
        goal: training loss (cross-entropy).
        rates: learning rates that are all tried.
        epochs: given up after that many.
        seeds: runs for each pair.

    Yields:
        The share done and the table thus far: columns ``activation``, ``learning_rate``, ``seed``, ``epochs`` (to the
        goal; inf where it was not reached).
    """
    rows: list[dict[str, object]] = []
    total = len(activations) * len(rates) * len(seeds)
    for activation in activations:
        for rate in rates:
            for seed in seeds:
                trainer = Trainer(speed_experiment(activation, rate, dataset, hidden, seed))
                reached = math.inf
                while trainer.epoch < epochs and trainer.status == "running":
                    trainer.run(epochs=min(10, epochs - trainer.epoch))
                    below = np.flatnonzero(trainer.history["loss_train"] < goal)
                    if len(below):
                        reached = float(trainer.history["epoch"][below[0]])
                        break
                rows.append(
                    {"activation": label(activation), "learning_rate": rate, "seed": seed, "epochs": reached}
                )
                yield len(rows) / total, pd.DataFrame(rows)


def best(frame: pd.DataFrame, reference: str = "relu") -> pd.DataFrame:
    """Epochs to the goal for each activation: at its own best learning rate, and at the reference's.

    Returns:
        Columns ``activation``; ``best_rate`` (smallest median), ``epochs`` (median over the seeds at that rate;
        inf = not reached), ``ratio`` (to the reference's); ``epochs_same``, ``ratio_same``: at the
        reference's best rate.
    """
    medians = frame.groupby(["activation", "learning_rate"], sort=False)["epochs"].median()
    chosen = {name: medians[name].idxmin() for name in medians.index.get_level_values(0).unique()}
    if reference not in chosen:
        reference = next(iter(chosen))
    unit, shared = medians[reference, chosen[reference]], chosen[reference]
    rows = []
    for name, rate in chosen.items():
        own = medians[name, rate]
        same = medians.get((name, shared), math.nan)
        rows.append(
            {
                "activation": name,
                "best_rate": rate if math.isfinite(own) else math.nan,
                "epochs": own,
                "ratio": _ratio(own, unit),
                "epochs_same": same,
                "ratio_same": _ratio(same, unit),
            }
        )
    return pd.DataFrame(rows)


def _ratio(epochs: float, unit: float) -> float:
    """nan where neither arrived."""
    return math.nan if math.isinf(epochs) and math.isinf(unit) else epochs / unit


# --- the section ----------------------------------------------------------------------------------


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """Train all activations with all learning rates."""
    seeds = range(SEEDS * settings.seed, SEEDS * (settings.seed + 1))
    hidden = (8,) * settings.layers
    return convergence(
        parts.specs(settings.names), settings.dataset, hidden, settings.goal, RATES, EPOCHS, seeds
    )


def picture(frame: pd.DataFrame, settings: Settings, language: str) -> list[Figure]:
    """Epochs to the goal against η: a dot for each run, a line through the medians."""
    medians = frame.groupby(["activation", "learning_rate"], sort=False)["epochs"].median().reset_index()
    medians = medians[np.isfinite(medians["epochs"])]
    reached = frame[np.isfinite(frame["epochs"])]
    columns = parts.titles(("activation", "learning_rate", "seed", "epochs"), language)
    if reached.empty:
        empty = pd.DataFrame({"words": [SECTION.say("nobody", language)]})
        return [
            Figure(alt.Chart(empty).mark_text(fontSize=16).encode(text="words:N"), frame, columns=columns)
        ]
    order = list(dict.fromkeys(frame["activation"]))
    colours = {name: parts.colour(place) for place, name in enumerate(order)}
    x = parts.axis("learning_rate", language, log=True, domain=(0.027, 1.1))
    y = parts.axis("epochs", language, domain=(0, EPOCHS))
    look: dict[str, Any] = {"name": parts.named(language), "colours": colours}
    title = parts.say("activation", language)
    drawn = [lines(reached, x, y, "activation", title, mark="point", opacity=0.5, **look)]
    if not medians.empty:
        drawn.insert(0, lines(medians, x, y, "activation", title, width=3.5, **look))
    return [Figure(alt.layer(*drawn), frame, columns=columns)]


def tables(frame: pd.DataFrame, settings: Settings, language: str) -> list[Table]:
    """Each at its own best η, and all at ReLU's."""
    never = SECTION.say("never", language)
    columns = ("activation", "best_rate", "epochs", "ratio", "epochs_same", "ratio_same")

    def cell(column: str, value: object) -> str:
        if column == "activation":
            return parts.shown(str(value), language)
        number = float(str(value))
        if not math.isfinite(number):
            return never
        return f"{number:.1f}×" if column.startswith("ratio") else f"{number:g}"

    found = best(frame)
    table = pd.DataFrame({column: [cell(column, value) for value in found[column]] for column in columns})
    return [Table(table, {column: SECTION.say(f"columns.{column}", language) for column in columns})]


def verdict(frame: pd.DataFrame, settings: Settings) -> Verdict:
    """How many times as long do sigmoid and tanh need?"""
    ratio = best(frame).set_index("activation")["ratio"]
    values = {"goal": f"{settings.goal:g}"}
    if not {"relu", "sigmoid", "tanh"} <= set(ratio.index) or not math.isfinite(ratio["tanh"]):
        finite = ratio[np.isfinite(ratio)]
        most = f"{finite.max():.1f}" if len(finite) else "–"
        return Verdict("others", False, values | {"most": most})
    sigmoid, tanh = float(ratio["sigmoid"]), float(ratio["tanh"])
    holds = sigmoid > 1 and tanh < CLAIMED
    values |= {"tanh": f"{tanh:.1f}"}
    if not math.isfinite(sigmoid):
        return Verdict("never", holds, values)
    return Verdict("measured" if holds else "six", holds, values | {"sigmoid": f"{sigmoid:.1f}"})


SECTION = Section(
    rows=("convergence",),
    controls=(
        parts.activations("sigmoid", "tanh", "relu"),
        parts.dataset("moons", "circle", "xor", "spiral"),
        parts.slider("layers", 1, 6, 2),
        Number("goal", 0.02, 0.3, default=0.1, log=True, values=(0.02, 0.05, 0.1, 0.2, 0.3)),
        controls.seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    experiment=lambda settings: speed_experiment(
        parts.specs(settings.names)[-1], 0.1, settings.dataset, (8,) * settings.layers, settings.seed
    ),
    lanes=lambda settings: parts.raced(
        speed_experiment(
            ACTIVATIONS["relu"].spec(), 0.1, settings.dataset, (8,) * settings.layers, settings.seed
        ),
        settings.names,
        EPOCHS,
        metric="loss",
    ),
)
