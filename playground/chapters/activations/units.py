"""Dead units against the learning rate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from playground.chapters import controls
from playground.chapters.activations import parts
from playground.chapters.activations.curves import label
from playground.chapters.controls import Settings
from playground.chapters.section import Figure, Section, Table, Verdict
from playground.engine.probe import Probe, sample_rows
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.registry import Spec
from playground.techniques import ACTIVATIONS
from playground.views.lines import Axis, lines

RATES = (0.03, 0.1, 0.3, 1.0, 3.0)
SEEDS = 3
LOOKS = 5
"""How often the units of a run are counted."""


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
    probe.look(trainer.engine)
    layers, _ = probe.layers(sample_rows(trainer.data)[0])
    return float(np.concatenate([(layer.slope == 0).all(axis=0) for layer in layers]).mean())


def dead_units(
    activations: Sequence[Spec],
    rates: Sequence[float] = RATES,
    epochs: int = 30,
    hidden: tuple[int, ...] = (16, 16),
    seeds: Sequence[int] = range(SEEDS),
) -> Iterator[tuple[float, pd.DataFrame]]:
    """The share of dead units over training, for several activations and learning rates.

    A unit that is off on every row gets no gradient and never comes back, unless the layer before it changes.

    Args:
        activations: each of all hidden layers.
        rates: learning rates.
        epochs: length of each run; a run that diverges ends there.
        hidden: units.
        seeds: runs for each pair.

    Yields:
        The share done and the table thus far: columns ``activation``, ``learning_rate``, ``seed``, ``epoch``, ``dead``
        (share in [0, 1]), ``loss`` (training), ``accuracy`` (test).
    """
    rows: list[dict[str, object]] = []
    done, total = 0, len(activations) * len(rates) * len(seeds)
    stride = max(1, epochs // LOOKS)
    for rate in reversed(rates):
        for seed in seeds:
            for activation in activations:
                trainer = Trainer(dead_experiment(activation, rate, hidden, seed))
                probe = Probe(trainer.experiment)
                while True:
                    last = trainer.history.last()
                    rows.append(
                        {
                            "activation": label(activation),
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
                yield done / total, pd.DataFrame(rows)


# --- the section ----------------------------------------------------------------------------------


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """Count the dead units."""
    seeds = range(SEEDS * settings.seed, SEEDS * (settings.seed + 1))
    hidden = (settings.width,) * settings.layers
    return dead_units(parts.specs(settings.names), RATES, settings.epochs, hidden, seeds)


def ends(frame: pd.DataFrame) -> pd.DataFrame:
    """Means over the seeds after the last epoch.

    Returns:
        Columns ``activation``, ``learning_rate``, ``dead``, ``loss``, ``accuracy``.
    """
    keys = ["activation", "learning_rate"]
    last = frame.sort_values("epoch", kind="stable").groupby([*keys, "seed"], sort=False).tail(1)
    return last.groupby(keys, sort=False, as_index=False)[["dead", "loss", "accuracy"]].mean()


def picture(frame: pd.DataFrame, settings: Settings, language: str) -> list[Figure]:
    """Dead units at the end against η; below, their share over the epochs of the first activation."""
    end = ends(frame).sort_values("learning_rate", kind="stable")
    order = list(dict.fromkeys(frame["activation"]))
    end["activation"] = pd.Categorical(end["activation"], order)
    end = end.sort_values(["activation", "learning_rate"]).assign(
        activation=lambda f: f["activation"].astype(str)
    )
    share = parts.axis("dead", language, format=".0%", domain=(0, 1))
    x = parts.axis("learning_rate", language, log=True, domain=(0.027, 3.3))
    title = parts.say("activation", language)
    chart = lines(end, x, share, "activation", title, name=parts.named(language), width=3.5)
    first = frame[frame["activation"] == order[0]]
    course = first.groupby(["learning_rate", "epoch"], as_index=False)[["dead"]].mean()
    over = lines(
        course,
        Axis("epoch", parts.say("axes.epoch", language)),
        share,
        "learning_rate",
        parts.say("axes.learning_rate", language),
        name=lambda rate: f"η = {rate:g}",
        columns=5,
    )
    columns = ("activation", "learning_rate", "dead", "accuracy")
    return [
        Figure(chart, end, columns=parts.titles(columns, language)),
        Figure(
            over,
            course,
            SECTION.say("course", language, name=parts.shown(order[0], language)),
            parts.titles(("learning_rate", "epoch", "dead"), language),
            wide=True,
        ),
    ]


def tables(frame: pd.DataFrame, settings: Settings, language: str) -> list[Table]:
    """What dying costs: dead units beside loss and accuracy."""
    end = ends(frame).sort_values("learning_rate", kind="stable")
    end = end.assign(activation=[parts.shown(name, language) for name in end["activation"]])
    formats = {"dead": "percent", "loss": "%.3f", "accuracy": "percent"}
    return [Table(end, parts.titles(list(end.columns), language), formats=formats)]


def verdict(frame: pd.DataFrame, settings: Settings) -> Verdict:
    """Does a large η kill ReLU's units, and no leaky ones?"""
    table = ends(frame).pivot(index="activation", columns="learning_rate", values="dead")
    low, high = 0.1, 1.0
    if "relu" not in table.index:
        most = float(table.to_numpy().max())
        return Verdict("others", most < 0.2, {"most": f"{most:.0%}"})
    at_high, at_low = (parts.column(table, rate) for rate in (high, low))
    dead, few = at_high["relu"], at_low["relu"]
    leaky = at_high.get("leaky_relu", 0.0)
    holds = dead > few + 0.1 and leaky == 0
    values = {
        "few": f"{few:.0%}",
        "dead": f"{dead:.0%}",
        "low": f"{low:g}",
        "high": f"{high:g}",
        "leaky": f"{leaky:.0%}",
    }
    return Verdict("dead" if "leaky_relu" in at_high else "relu", holds, values)


SECTION = Section(
    rows=("dead_units", "leaky"),
    controls=(
        parts.activations("relu", "leaky_relu", "elu"),
        parts.slider("width", 2, 32, 16),
        parts.slider("layers", 1, 6, 2),
        parts.slider("epochs", 10, 100, 30, step=10),
        controls.seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    experiment=lambda settings: dead_experiment(
        ACTIVATIONS[settings.names[0]].spec(), 1.0, (settings.width,) * settings.layers, settings.seed
    ),
    lanes=lambda settings: parts.raced(
        Experiment(dataset="moons", noise=0.1, hidden=(settings.width,) * settings.layers, learning_rate=1.0),
        settings.names,
        settings.epochs,
        "he_normal",
    ),
)
