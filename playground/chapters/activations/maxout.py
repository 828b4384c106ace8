"""Maxout against ReLU: with as many parameters, and with as many units."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import altair as alt
import pandas as pd

from playground.chapters import controls
from playground.chapters.activations import parts
from playground.chapters.activations.parts import say
from playground.chapters.controls import Number, Settings
from playground.chapters.section import Figure, Lanes, Section, Table, Verdict
from playground.engine.trainer import Trainer
from playground.experiment import MAX_UNITS, Experiment
from playground.model import Layout
from playground.techniques import ACTIVATIONS
from playground.views.lines import lines

EPOCHS = 150
SEEDS = 3
EVERY = 2
"""Epochs between two points of a line."""


def maxout_experiment(
    hidden: tuple[int, ...] = (8, 8),
    pieces: int = 2,
    dataset: str = "spiral",
    learning_rate: float = 0.1,
    seed: int = 0,
) -> Experiment:
    """A maxout network to set against ReLU."""
    return Experiment(
        dataset=dataset,
        hidden=hidden,
        activation=ACTIVATIONS["maxout"].spec(pieces=pieces),
        init="he_normal",
        learning_rate=learning_rate,
        seed=seed,
    )


def relu_of_equal_size(experiment: Experiment) -> Experiment:
    """The ReLU network of as many layers, equally wide, whose parameter count comes nearest."""
    wanted = Layout.of(experiment).n_parameters
    candidates = [
        experiment.replace(activation="relu", hidden=(n,) * len(experiment.hidden))
        for n in range(1, MAX_UNITS + 1)
    ]
    return min(candidates, key=lambda e: abs(Layout.of(e).n_parameters - wanted))


def compare(
    experiments: dict[str, Experiment], epochs: int = EPOCHS, seeds: Sequence[int] = range(SEEDS)
) -> Iterator[tuple[float, pd.DataFrame]]:
    """Train several experiments over several seeds.

    Yields:
        The share done and the table thus far: columns ``name``, ``seed``, ``epoch``, ``loss``, ``accuracy``
        (both on the test part), ``parameters``.
    """
    frames: list[pd.DataFrame] = []
    total = len(experiments) * len(seeds)
    for name, experiment in experiments.items():
        for seed in seeds:
            trainer = Trainer(experiment.replace(seed=seed))
            while trainer.epoch < epochs and trainer.status == "running":
                trainer.run(epochs=min(25, epochs - trainer.epoch))
                yield (len(frames) + trainer.epoch / epochs) / total, _joined(frames)
            # The same epochs of every run, so that they can be averaged.
            looked = trainer.history["epoch"] % EVERY == 0
            history = {
                name: trainer.history[name][looked] for name in ("epoch", "loss_test", "accuracy_test")
            }
            frames.append(
                pd.DataFrame(
                    {
                        "name": name,
                        "seed": seed,
                        "epoch": history["epoch"],
                        "loss": history["loss_test"],
                        "accuracy": history["accuracy_test"],
                        "parameters": Layout.of(experiment).n_parameters,
                    }
                )
            )
            yield len(frames) / total, _joined(frames)


def _joined(frames: list[pd.DataFrame]) -> pd.DataFrame:
    if not frames:
        return pd.DataFrame(columns=["name", "seed", "epoch", "loss", "accuracy", "parameters"])
    return pd.concat(frames, ignore_index=True)


# --- the section ----------------------------------------------------------------------------------


def contest(settings: Settings) -> dict[str, Experiment]:
    """The three networks by name."""
    maxout = maxout_experiment((settings.width,) * settings.layers, settings.pieces, settings.dataset)
    return {
        "maxout": maxout,
        "relu_equal": relu_of_equal_size(maxout),
        "relu_width": maxout.replace(activation="relu"),
    }


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """Train all three over some seeds."""
    seeds = range(SEEDS * settings.seed, SEEDS * (settings.seed + 1))
    return compare(contest(settings), EPOCHS, seeds)


def spread(frame: pd.DataFrame) -> pd.DataFrame:
    """Over the seeds: columns ``name``, ``epoch``, ``loss`` (mean), ``least``, ``most``."""
    groups = frame.groupby(["name", "epoch"], sort=False, as_index=False)["loss"]
    table = groups.agg(["mean", "min", "max"]).rename(columns={"mean": "loss", "min": "least", "max": "most"})
    return table.reset_index(drop=True)


def picture(frame: pd.DataFrame, settings: Settings, language: str) -> list[Figure]:
    """Test loss: a line for each network's mean, a band from its best to its worst seed."""
    if frame.empty:
        return []
    table = spread(frame)
    colours = {name: parts.colour(place) for place, name in enumerate(("maxout", "relu_equal", "relu_width"))}
    top = float(table["most"].max())
    y = parts.axis("loss", language, domain=(0, min(top, 1.5)))
    means = lines(
        table,
        parts.axis("epoch", language, domain=(0, EPOCHS)),
        y,
        "name",
        say("axes.network", language),
        name=lambda name: SECTION.say(str(name), language),
        colours=colours,
        width=3.5,
    )
    band = (
        alt.Chart(table.assign(_name=[SECTION.say(name, language) for name in table["name"]]))
        .mark_area(opacity=0.15, clip=True)
        .encode(x=alt.X("epoch:Q"), y=alt.Y("least:Q"), y2="most:Q", color=means.encoding.color)
    )
    columns = parts.titles(("name", "epoch", "loss", "least", "most"), language)
    return [Figure(alt.layer(means, band), table, columns=columns)]


def ends(frame: pd.DataFrame) -> pd.DataFrame:
    """After the last epoch, by name: ``loss``, ``accuracy`` (means over the seeds) and ``parameters``."""
    last = frame.sort_values("epoch", kind="stable").groupby(["name", "seed"], sort=False).tail(1)
    return last.groupby("name")[["loss", "accuracy", "parameters"]].mean()


def tables(frame: pd.DataFrame, settings: Settings, language: str) -> list[Table]:
    """Sizes and results."""
    found = ends(frame) if len(frame) else None
    rows = [
        {
            "network": SECTION.say(name, language),
            "hidden": "-".join(map(str, experiment.hidden)),
            "parameters": Layout.of(experiment).n_parameters,
            "loss": None if found is None or name not in found.index else found.loc[name, "loss"],
            "test": None if found is None or name not in found.index else found.loc[name, "accuracy"],
        }
        for name, experiment in contest(settings).items()
    ]
    table = pd.DataFrame(rows)
    return [
        Table(table, parts.titles(list(table.columns), language), formats={"loss": "%.3f", "test": "percent"})
    ]


def verdict(frame: pd.DataFrame, settings: Settings) -> Verdict:
    """Is maxout better, and is it more than its size?"""
    found = ends(frame)
    accuracy, parameters = parts.column(found, "accuracy"), parts.column(found, "parameters")
    size = parameters["maxout"] / parameters["relu_width"]
    holds = bool(size > 1.3 and accuracy["maxout"] > accuracy["relu_width"] - 0.02)
    values = {
        "size": f"{size:.1f}",
        "maxout": f"{accuracy['maxout']:.0%}",
        "equal": f"{accuracy['relu_equal']:.0%}",
        "width": f"{accuracy['relu_width']:.0%}",
    }
    better = accuracy["maxout"] > accuracy["relu_equal"] + 0.02
    return Verdict("better" if better else "size", holds, values)


def raced(settings: Settings) -> Lanes:
    """The three as lanes."""
    networks = contest(settings)
    changes = [{"activation": e.activation, "hidden": e.hidden} for e in networks.values()]
    return Lanes(networks["maxout"], changes, EPOCHS, "loss")


SECTION = Section(
    rows=("maxout",),
    controls=(
        parts.dataset("spiral", "moons", "circle", "xor"),
        parts.slider("width", 2, 16, 8),
        parts.slider("layers", 1, 4, 2),
        Number("pieces", 2, 5, default=2, symbol="k"),
        controls.seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    experiment=lambda settings: contest(settings)["maxout"],
    lanes=raced,
    formula=lambda settings: r"h = \max_{j = 1 \dots k} (w_j^\top x + b_j)",
)
