"""Iris, 500 updates: the lecture's table of sigmoid and ReLU, measured again."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
import torch

from playground import streams
from playground.chapters import controls
from playground.chapters.activations import parts
from playground.chapters.activations.curves import label
from playground.chapters.controls import Settings, Switch
from playground.chapters.section import Figure, Lanes, Section, Table, Verdict
from playground.data.preprocessing import PREPROCESSINGS
from playground.data.real import table
from playground.engine.population import Stack
from playground.experiment import Experiment
from playground.registry import Spec
from playground.techniques import LOSSES
from playground.views.lines import lines

LECTURE = {"sigmoid": (0.708, 0.600), "relu": (0.892, 0.900)}
"""Iris accuracy in training and test that textbooks print."""
UPDATES = 500
HIDDEN = (10, 10)


def iris_table(
    activations: Sequence[Spec],
    init: Spec,
    hidden: tuple[int, ...] = (10, 10),
    learning_rate: float = 0.01,
    updates: int = UPDATES,
    seeds: int = 10,
    train_share: float = 0.8,
    standardize: bool = False,
    first_seed: int = 0,
) -> Iterator[tuple[float, pd.DataFrame]]:
    """Iris, all four columns, full-batch gradient descent; every seed has its own split and weights.

    Yields:
        The share done and the table thus far: columns ``activation``, ``seed``, ``update``, ``loss`` and
        ``loss_test``, ``train`` and ``test`` (accuracies), at 0 and about 25 later updates.
    """
    X, labels = table("iris")
    splits = []
    for seed in range(first_seed, first_seed + seeds):
        rows = streams.generator(seed, streams.SPLIT).permutation(len(X))
        cut = round(train_share * len(X))
        affine = PREPROCESSINGS["standardize" if standardize else "none"].fit(X[rows[:cut]])
        scaled = affine.apply(X)
        splits.append((scaled[rows[:cut]], labels[rows[:cut]], scaled[rows[cut:]], labels[rows[cut:]]))
    x, y, test_x, test_y = (np.stack([split[k] for split in splits]) for k in range(4))
    inputs, test_inputs = (torch.tensor(a, dtype=torch.float32) for a in (x, test_x))
    targets, test_targets = torch.tensor(y), torch.tensor(test_y)
    loss = LOSSES["cross_entropy"].spec()
    every = max(1, updates // 25)
    rows_found: list[pd.DataFrame] = []
    for k, activation in enumerate(activations):
        stack = Stack((4, *hidden, 3), activation, [(init, first_seed + seed) for seed in range(seeds)])
        for update in range(updates + 1):
            losses, gradients = stack.gradients(inputs, targets, loss, "multiclass")
            if update % every == 0 or update == updates:
                with torch.no_grad():
                    train = stack.forward(inputs).scores.argmax(-1) == targets
                    test_scores = stack.forward(test_inputs).scores
                    test = test_scores.argmax(-1) == test_targets
                    test_losses = stack.losses(test_scores, test_targets, loss, "multiclass")
                rows_found.append(
                    pd.DataFrame(
                        {
                            "activation": label(activation),
                            "seed": range(seeds),
                            "update": update,
                            "loss": losses.numpy(),
                            "loss_test": test_losses.numpy(),
                            "train": train.double().mean(1).numpy(),
                            "test": test.double().mean(1).numpy(),
                        }
                    )
                )
                share = (k + update / max(updates, 1)) / len(activations)
                yield share, pd.concat(rows_found, ignore_index=True)
            stack.descend(gradients, learning_rate)


def summary(frame: pd.DataFrame) -> pd.DataFrame:
    """Accuracies after the last update: mean and standard deviation over the seeds, beside the lecture's.

    Returns:
        Columns ``activation``, ``loss``, ``loss_test``, ``train``, ``train_std``, ``test``, ``test_std``,
        ``lecture_train``, ``lecture_test`` (nan where the lecture has no figure).
    """
    rows = []
    for name, part in frame.groupby("activation", sort=False):
        last = part[part["update"] == part["update"].max()]
        figures = LECTURE.get(str(name), (math.nan, math.nan))
        rows.append(
            {
                "activation": name,
                "loss": last["loss"].mean(),
                "loss_test": last["loss_test"].mean(),
                "train": last["train"].mean(),
                "train_std": last["train"].std(ddof=0),
                "test": last["test"].mean(),
                "test_std": last["test"].std(ddof=0),
                "lecture_train": figures[0],
                "lecture_test": figures[1],
            }
        )
    return pd.DataFrame(rows)


# --- the section ----------------------------------------------------------------------------------


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """Train, activation by activation, all seeds at once."""
    frames: list[pd.DataFrame] = []
    specs = parts.specs(settings.names)
    first = settings.seeds * settings.seed
    for done, spec in enumerate(specs):
        init = parts.drawn_from(settings.init, spec)
        for share, frame in iris_table(
            [spec], init, HIDDEN, settings.rate, UPDATES, settings.seeds, 0.8, settings.standardize, first
        ):
            yield (done + share) / len(specs), pd.concat([*frames, frame], ignore_index=True)
        frames.append(frame)


def picture(frame: pd.DataFrame, settings: Settings, language: str) -> list[Figure]:
    """Test accuracy over the updates with the lecture's figures as dashed lines; below, the training loss."""
    keys = ["activation", "update"]
    means = frame.groupby(keys, sort=False, as_index=False)[["train", "test", "loss"]].mean()
    order = list(dict.fromkeys(frame["activation"]))
    colours = {name: parts.colour(place) for place, name in enumerate(order)}
    look: dict[str, Any] = {"name": parts.named(language), "colours": colours, "width": 3.5}
    title = parts.say("activation", language)
    x = parts.axis("update", language)
    drawn = lines(
        means, x, parts.axis("test", language, format=".0%", domain=(0, 1)), "activation", title, **look
    )
    layers = [drawn]
    printed = [{"value": LECTURE[name][1], "_name": look["name"](name)} for name in order if name in LECTURE]
    if printed:
        base = alt.Chart(pd.DataFrame(printed)).encode(y=alt.Y("value:Q"), color=drawn.encoding.color)
        layers.append(base.mark_rule(strokeDash=[7, 5], strokeWidth=2))
        words = alt.value(SECTION.say("printed", language))
        layers.append(
            base.mark_text(align="right", dy=-9, fontSize=13).encode(x=alt.value("width"), text=words)
        )
    columns = parts.titles(("activation", "update", "train", "test", "loss"), language)
    loss = lines(means, x, parts.axis("loss", language), "activation", title, **look)
    return [
        Figure(alt.layer(*layers), means, columns=columns),
        Figure(loss, means, SECTION.say("losses", language), columns, wide=True),
    ]


def tables(frame: pd.DataFrame, settings: Settings, language: str) -> list[Table]:
    """Accuracies and losses after the last update, beside the lecture's accuracies."""
    rows = []
    for line in summary(frame).to_dict("records"):
        printed = f"{line['lecture_train']:.3f} / {line['lecture_test']:.3f}"
        rows.append(
            {
                "activation": parts.shown(str(line["activation"]), language),
                "loss": f"{line['loss']:.3f} / {line['loss_test']:.3f}",
                "train": f"{line['train']:.3f} ± {line['train_std']:.3f}",
                "test": f"{line['test']:.3f} ± {line['test_std']:.3f}",
                "lecture": "–" if math.isnan(line["lecture_train"]) else printed,
            }
        )
    columns = parts.titles(("activation", "train", "test"), language) | {
        "loss": SECTION.say("loss", language),
        "lecture": SECTION.say("lecture", language),
    }
    return [Table(pd.DataFrame(rows), columns)]


def verdict(frame: pd.DataFrame, settings: Settings) -> Verdict:
    """Is ReLU ahead, as in the lecture?"""
    found = summary(frame).set_index("activation")
    if not {"sigmoid", "relu"} <= set(found.index):
        low, high = found["test"].min(), found["test"].max()
        return Verdict("others", True, {"low": f"{low:.2f}", "high": f"{high:.2f}", "seeds": settings.seeds})
    sigmoid, relu = found.loc["sigmoid"], found.loc["relu"]
    ahead = bool(relu["test"] > sigmoid["test"] + 0.1)
    values = {
        "sigmoid": f"{sigmoid['test']:.2f}",
        "spread": f"{sigmoid['test_std']:.2f}",
        "relu": f"{relu['test']:.2f}",
        "seeds": settings.seeds,
    }
    return Verdict("ahead" if ahead else "level", ahead, values)


def base(settings: Settings) -> Experiment:
    """The comparison on the two columns that the playground shows."""
    return Experiment(
        dataset="iris",
        hidden=HIDDEN,
        learning_rate=settings.rate,
        batch_size=120,
        preprocessing="standardize" if settings.standardize else "none",
        seed=settings.seed,
    )


def experiment(settings: Settings) -> Experiment:
    """The first activation."""
    spec = parts.specs(settings.names)[0]
    return base(settings).replace(activation=spec, init=parts.drawn_from(settings.init, spec))


def lanes(settings: Settings) -> Lanes:
    """All of them."""
    return parts.raced(base(settings), settings.names, UPDATES, settings.init)


def code(settings: Settings) -> str:
    """One split of the same experiment."""
    scale = "\n    X = (X - X[train].mean(0)) / X[train].std(0)" if settings.standardize else ""
    return f"""import torch
from sklearn.datasets import load_iris
from torch import nn

flowers, y = (torch.tensor(a) for a in load_iris(return_X_y=True))
for activation in (nn.Sigmoid, nn.ReLU):
    g = torch.Generator().manual_seed({settings.seed})
    rows = torch.randperm(150, generator=g)
    train, test = rows[:120], rows[120:]
    X = flowers.float(){scale}
    net = nn.Sequential(
        nn.Linear(4, 10), activation(), nn.Linear(10, 10), activation(), nn.Linear(10, 3)
    )
    for layer in net:
        if isinstance(layer, nn.Linear):
            nn.init.xavier_normal_(layer.weight, generator=g)
            nn.init.zeros_(layer.bias)
    optimizer = torch.optim.SGD(net.parameters(), lr={settings.rate})
    for update in range({UPDATES}):
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(X[train]), y[train]).backward()
        optimizer.step()
    right = net(X).argmax(1) == y
    print(activation.__name__, right[train].float().mean().item(), right[test].float().mean().item())
"""


SECTION = Section(
    rows=("iris", "recipe"),
    controls=(
        parts.activations("sigmoid", "relu"),
        parts.scheme("xavier_normal"),
        parts.rate(0.01, 0.003, 0.01, 0.03, 0.1, 0.3),
        parts.slider("seeds", 2, 30, 10),
        Switch("standardize"),
        controls.seed(9),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    experiment=experiment,
    lanes=lanes,
    code=code,
)
