"""Augmentation at test time: the average over moved copies of a point."""

from __future__ import annotations

from collections.abc import Iterator

import altair as alt
import numpy as np
import pandas as pd

from playground.chapters.controls import Choice, Settings, seed
from playground.chapters.generalization import charts, runs
from playground.chapters.generalization.moves import AUGMENTATIONS
from playground.chapters.generalization.runs import (
    Treatment,
    accuracy_of,
    at_seed,
    epochs_for,
    fresh,
    scores,
    sigmoid,
    trained,
    treated,
)
from playground.chapters.section import Figure, Section, Verdict
from playground.experiment import Experiment
from playground.streams import generator

EPOCHS = 200
KINDS = ("plain", "plain_looks", "trained", "trained_looks")
LOOKS = 32
"""Moved copies of a test point that are asked about."""
LOOK_STREAM = 32
"""Of the random numbers that move them."""


def at_test_time(base: Experiment, treatment: Treatment, epochs: int = EPOCHS) -> dict[str, float]:
    """Accuracy on fresh points with and without an augmentation, in training and in evaluation.

    In evaluation a point and ``LOOKS`` moved copies of it are asked about, and the probabilities averaged.

    Returns:
        ``plain`` and ``trained`` (the network with augmented training), each asked once; ``plain_looks`` and
        ``trained_looks``, averaged over the copies.
    """
    X, y = fresh(base)
    entry, rng = AUGMENTATIONS[treatment.name], generator(base.seed, LOOK_STREAM)
    copies = [X, *(entry.move(X, treatment.strength, rng) for _ in range(LOOKS))]
    found = {}
    for name, experiment in (("plain", base), ("trained", treated(base, treatment))):
        network = trained(experiment, epochs_for(base, experiment, epochs))
        answers = np.array([sigmoid(scores(network, copy)) for copy in copies])
        found[name] = accuracy_of(answers[0] - 0.5, y)
        found[f"{name}_looks"] = accuracy_of(answers.mean(axis=0) - 0.5, y)
    return found


def base(settings: Settings) -> Experiment:
    """The run on the given points alone."""
    return runs.on(settings.dataset.name, seed=runs.SETS * settings.seed)


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """Ask on one data set after the other.

    Yields:
        The share done and the table thus far: columns ``set`` (from 1), ``kind`` (of ``KINDS``), ``accuracy``.
    """
    entry = AUGMENTATIONS[settings.map]
    rows: list[tuple[int, str, float]] = []
    for number in range(settings.seeds):
        own = at_seed(base(settings), number)
        found = at_test_time(own, Treatment(entry.name, entry.default))
        rows += [(number + 1, kind, found[kind]) for kind in KINDS]
        yield (number + 1) / settings.seeds, pd.DataFrame(rows, columns=["set", "kind", "accuracy"])


def picture(table: pd.DataFrame, settings: Settings, language: str) -> list[Figure]:
    """Accuracies of one look and of many, with and without augmented training."""
    labels = {kind: SECTION.say(f"kinds.{kind}", language) for kind in KINDS}
    shown = table.assign(name=table["kind"].map(labels), looks=table["kind"].str.endswith("looks"))
    x = alt.X(
        "accuracy:Q",
        title=charts.say("axis.accuracy", language),
        axis=alt.Axis(format="%"),
        scale=alt.Scale(zero=False),
    )
    y = alt.Y("name:N", sort=list(labels.values()), title=None, axis=alt.Axis(labelLimit=260))
    shade = alt.condition("datum.looks", alt.value(charts.AVERAGE), alt.value(charts.MEMBER))
    tips = [
        alt.Tooltip("name:N", title=" "),
        alt.Tooltip("set:O", title=charts.say("axis.set", language)),
        alt.Tooltip("accuracy:Q", format=".1%", title=charts.say("axis.accuracy", language)),
    ]
    means = shown.groupby(["name", "looks"], sort=False)["accuracy"].mean().reset_index()
    chart = alt.layer(
        alt.Chart(shown).mark_circle(size=40, opacity=0.5).encode(x=x, y=y, color=shade, tooltip=tips),
        alt.Chart(means).mark_tick(thickness=4, size=34).encode(x=x, y=y, color=shade),
    )
    return [Figure(chart, shown, columns=charts.titles(("name", "set", "accuracy"), language))]


def verdict(table: pd.DataFrame, settings: Settings) -> Verdict:
    """Whether many looks help where the map keeps the class, and hurt where it does not."""
    means = table.groupby("kind")["accuracy"].mean()
    keeps = settings.dataset.name in AUGMENTATIONS[settings.map].holds
    gain = float(means["plain_looks"] - means["plain"])
    values = {
        "seeds": int(np.max(table["set"])),
        "looks": LOOKS,
        "gain": f"{100 * gain:+.1f}",
        "plain": f"{100 * means['plain']:.1f}",
        "plain_looks": f"{100 * means['plain_looks']:.1f}",
        "trained_looks": f"{100 * means['trained_looks']:.1f}",
    }
    if keeps:
        return Verdict("keeps" if gain > 0 else "keeps_no_gain", gain > 0, values)
    return Verdict("breaks" if gain < 0 else "breaks_no_loss", gain < 0, values)


def code(settings: Settings) -> str:
    """One answer and the average over turned copies."""
    return f"""import torch

g = torch.Generator().manual_seed({settings.seed})
net = torch.nn.Sequential(torch.nn.Linear(2, 32), torch.nn.ReLU(), torch.nn.Linear(32, 1))
x = torch.randn(5, 2, generator=g)

def turned(x):
    angle = 2 * torch.pi * torch.rand(len(x), generator=g)
    turn = torch.stack([angle.cos(), -angle.sin(), angle.sin(), angle.cos()], 1).view(-1, 2, 2)
    return (turn @ x[:, :, None])[:, :, 0]

net.eval()
with torch.no_grad():
    once = torch.sigmoid(net(x)[:, 0])
    many = torch.stack([once, *(torch.sigmoid(net(turned(x))[:, 0]) for _ in range({LOOKS}))]).mean(0)
print("one look  ", once)
print("many looks", many)
"""


SECTION = Section(
    rows=("test_time",),
    controls=(
        Choice("map", tuple(AUGMENTATIONS), default="rotate", option=charts.treatment_name),
        runs.dataset("circle"),
        runs.sets(5, 12),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    experiment=base,
    code=code,
)
