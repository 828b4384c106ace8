"""Weight decay and L2: the same under plain SGD, two things under Adam.

Source: Loshchilov & Hutter 2019, Decoupled weight decay regularization, proposition 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from playground.chapters.controls import Number, Settings, seed
from playground.chapters.generalization import charts, weights
from playground.chapters.generalization.runs import SETS, at_seed, fast
from playground.chapters.section import Figure, Lanes, Section, Verdict
from playground.engine.trainer import Trainer
from playground.experiment import Experiment

RATES = {"sgd": 0.03, "adam": 0.003}
PENALTIES = ("l2", "weight_decay")
SERIES = tuple(f"{optimizer}_{penalty}" for optimizer in RATES for penalty in PENALTIES)
COLOURS = dict(zip(SERIES, (charts.BLUE, charts.BLUE, charts.ORANGE, charts.ORANGE), strict=True))
DASHES = dict(zip(SERIES, ((1, 0), (6, 5), (1, 0), (6, 5)), strict=True))
PIECES = 20


@dataclass(frozen=True, eq=False)
class Result:
    """Four runs: two optimizers with each form of the penalty.

    Args:
        norms: columns ``series``, ``epoch``, ``norm`` (of all weights).
        weights: the last weights, (W,), by series.
    """

    norms: pd.DataFrame
    weights: dict[str, np.ndarray]


def experiment_of(series: str, settings: Settings) -> Experiment:
    """The run of one line."""
    optimizer, _, penalty = series.partition("_")
    base = at_seed(weights.BASE, SETS * settings.seed)
    return base.replace(optimizer=optimizer, learning_rate=RATES[optimizer], **{penalty: settings.strength})


def run(settings: Settings) -> Iterator[tuple[float, Result]]:
    """Train the four runs from the same weights on the same batches."""
    rows: list[tuple[str, int, float]] = []
    last: dict[str, np.ndarray] = {}
    piece = max(1, settings.epochs // PIECES)
    for number, series in enumerate(SERIES):
        trainer = Trainer(fast(experiment_of(series, settings)))
        while True:
            last[series] = weights.weights_of(trainer)
            rows.append((series, trainer.epoch, float(np.linalg.norm(last[series]))))
            norms = pd.DataFrame(rows, columns=["series", "epoch", "norm"])
            yield (number + trainer.epoch / settings.epochs) / len(SERIES), Result(norms, dict(last))
            if trainer.epoch >= settings.epochs or trainer.status != "running":
                break
            trainer.run(epochs=min(piece, settings.epochs - trainer.epoch))


def picture(result: Result, settings: Settings, language: str) -> list[Figure]:
    """The norm of the weights in the four runs."""
    chart = charts.lines(
        result.norms,
        charts.axis("epoch", language, format="d"),
        charts.axis("norm", language, zero=True),
        "series",
        charts.say("axis.series", language),
        name=lambda series: SECTION.say(f"series.{series}", language),
        colours=COLOURS,
        dashes=DASHES,
        columns=2,
    )
    columns = charts.titles(("series", "epoch", "norm"), language)
    return [Figure(chart, result.norms, columns=columns)]


def verdict(result: Result, settings: Settings) -> Verdict:
    """How far the two forms end from one another under each optimizer."""
    apart, norms = {}, {}
    for optimizer in RATES:
        ends = [result.weights[f"{optimizer}_{penalty}"] for penalty in PENALTIES]
        apart[optimizer] = float(np.abs(ends[0] - ends[1]).max())
        norms[optimizer] = [float(np.linalg.norm(end)) for end in ends]
    holds = apart["sgd"] < 1e-3 < 0.05 < apart["adam"]
    values = {
        **{name: f"{value:.2g}" for name, value in apart.items()},
        "adam_l2": f"{norms['adam'][0]:.1f}",
        "adam_decay": f"{norms['adam'][1]:.1f}",
    }
    return Verdict("differ" if holds else "alike", holds, values)


def code(settings: Settings) -> str:
    """``weight_decay=`` of three optimizers against the penalty in the loss."""
    return f"""import torch

decay = {settings.strength}
X, y = torch.randn(40, 5, generator=torch.Generator().manual_seed({settings.seed})), torch.randn(40, 1)

def train(make, penalty):
    torch.manual_seed({settings.seed})
    layer = torch.nn.Linear(5, 1, bias=False)
    optimizer = make(layer.parameters())
    for _ in range(200):
        optimizer.zero_grad()
        loss = (layer(X) - y).square().mean() + penalty / 2 * layer.weight.square().sum()
        loss.backward()
        optimizer.step()
    return layer.weight.detach()

for name in ("SGD", "Adam", "AdamW"):
    make = getattr(torch.optim, name)
    in_loss = train(lambda w: make(w, lr=0.01, weight_decay=0.0), decay)
    in_optimizer = train(lambda w: make(w, lr=0.01, weight_decay=decay), 0.0)
    print(f"{{name:6s}} loss and weight_decay= end {{(in_loss - in_optimizer).abs().max():.1e}} apart")
"""


SECTION = Section(
    rows=("optimizer_decay",),
    controls=(
        Number("strength", 1e-3, 0.3, default=0.03, values=(1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1), symbol="λ"),
        Number("epochs", 50, 500, default=300, step=50),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    code=code,
    lanes=lambda s: Lanes(
        experiment_of("adam_l2", s).replace(l2=0.0),
        [{penalty: s.strength} for penalty in PENALTIES],
        s.epochs,
    ),
    formula=lambda s: r"L_2:\ g \leftarrow g + \lambda w \qquad w \leftarrow (1 - \eta\lambda)\, w",
)
