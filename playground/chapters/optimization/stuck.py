"""Local minima: the same small network from many starts, and how often it gets stuck."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import altair as alt
import numpy as np
import pandas as pd
import torch

from playground.chapters.controls import Choice, Number, Settings, seed
from playground.chapters.optimization.charts import columns, named, say
from playground.chapters.section import Figure, Section, Table, Verdict
from playground.data import prepare
from playground.engine.population import Stack
from playground.engine.reference import one_thread
from playground.experiment import Experiment
from playground.techniques import ACTIVATIONS, INITIALIZERS
from playground.text import text
from playground.views.theme import CLASS_COLOURS

UNITS = (2, 3, 4, 8)
STUCK = 0.1
"""A network that gets more than this share of its training set wrong is stuck."""
RATE = 0.5
SLICE = 20
"""Steps between two looks."""
MORE = 0.3
"""The smallest network gets stuck more often than the largest by at least this share of the starts."""


def experiment(settings: Settings) -> Experiment:
    """XOR with the smallest network and the first start."""
    return Experiment(
        dataset="xor",
        n_samples=200,
        hidden=(UNITS[0],),
        activation=settings.activation,
        init="he_normal",
        learning_rate=RATE,
        batch_size=100,
        seed=settings.seed,
        device="cpu",
    )


@one_thread()
def _descend(stack: Stack, x: torch.Tensor, y: torch.Tensor, base: Experiment, steps: int) -> torch.Tensor:
    """Some steps of full-batch gradient descent; the losses before the last one, (S,)."""
    losses = torch.empty(0)
    for _ in range(steps):
        losses, gradients = stack.gradients(x, y, base.loss, base.task)
        stack.descend(gradients, RATE)
    return losses.detach()


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame | None]]:
    """Full-batch gradient descent from many starts, width by width; all starts of one width at once.

    Yields:
        The share done and the columns ``units``, ``start``, ``loss``, ``error`` (share of the training set that is
        wrong), ``stuck``; None until the first width is through.
    """
    base = experiment(settings)
    data = prepare(base)
    x, y = torch.tensor(data.F_train), torch.tensor(data.y_train)
    activation = ACTIVATIONS[settings.activation].spec()
    first = settings.seed * settings.starts
    draws = [(INITIALIZERS["he_normal"].spec(), first + start) for start in range(settings.starts)]
    parts: list[pd.DataFrame] = []
    for number, units in enumerate(UNITS):
        stack = Stack((x.shape[1], units, 1), activation, draws)
        losses = torch.empty(0)
        for step in range(0, settings.steps, SLICE):
            losses = _descend(stack, x, y, base, min(SLICE, settings.steps - step))
            yield (number + step / settings.steps) / len(UNITS), _joined(parts)
        scores = stack.forward(x).scores.detach()[..., 0]
        error = ((scores > 0) != (y > 0.5)).float().mean(dim=1).numpy()
        parts.append(
            pd.DataFrame(
                {
                    "units": units,
                    "start": np.arange(settings.starts),
                    "loss": losses.double().numpy(),
                    "error": error.astype(float),
                    "stuck": error > STUCK,
                }
            )
        )
    yield 1.0, _joined(parts)


def _joined(parts: list[pd.DataFrame]) -> pd.DataFrame | None:
    return pd.concat(parts, ignore_index=True) if parts else None


def picture(frame: pd.DataFrame | None, settings: Settings, language: str) -> Sequence[Figure]:
    """Where each start ended, one column of points for each width."""
    if frame is None:
        return []

    def called(stuck: bool) -> str:
        return SECTION.say("stuck" if stuck else "solved", language)

    shown = named(frame, "stuck", called)
    legend = alt.Legend(orient="top", symbolSize=120)
    names = [called(False), called(True)]
    chart = (
        alt.Chart(shown)
        .mark_point(size=70, filled=True, opacity=0.85)
        .encode(
            x=alt.X("units:O", title=say("axes.units", language), axis=alt.Axis(labelAngle=0)),
            # The place within a column only keeps the points apart.
            xOffset=alt.XOffset("start:O"),
            y=alt.Y("loss:Q", title=say("axes.end", language), scale=alt.Scale(type="log")),
            color=alt.Color(
                "stuck:N",
                title=None,
                legend=legend,
                scale=alt.Scale(domain=names, range=[CLASS_COLOURS[2], CLASS_COLOURS[5]]),
            ),
            shape=alt.Shape(
                "stuck:N",
                title=None,
                legend=legend,
                scale=alt.Scale(domain=names, range=["circle", "triangle-up"]),
            ),
            tooltip=[
                alt.Tooltip("units:O", title=say("axes.units", language)),
                alt.Tooltip("loss:Q", title=say("axes.end", language), format=".3g"),
                alt.Tooltip("error:Q", title=say("axes.error", language), format=".1%"),
            ],
        )
    )
    heads = {**columns(language, "units", "error"), "loss": say("axes.end", language)}
    return [Figure(chart, shown, columns=heads)]


def tables(frame: pd.DataFrame | None, settings: Settings, language: str) -> Sequence[Table]:
    """The share of stuck runs of each width."""
    if frame is None:
        return []
    share = frame.groupby("units")["stuck"].mean().reset_index().rename(columns={"stuck": "share"})
    share["share"] *= 100
    heads = {"units": say("axes.units", language), "share": SECTION.say("share", language)}
    return [Table(share, heads, formats={"share": "%.0f %%"})]


def verdict(frame: pd.DataFrame, settings: Settings) -> Verdict:
    """The share of stuck runs of the smallest and the largest network."""
    shares = frame.groupby("units")["stuck"].mean()
    small, large = float(shares[UNITS[0]]), float(shares[UNITS[-1]])
    values = {
        "starts": settings.starts,
        "small": f"{100 * small:.0f}",
        "large": f"{100 * large:.0f}",
        "few": UNITS[0],
        "many": UNITS[-1],
    }
    return Verdict("found", small >= large + MORE, values)


def _activation(name: str, language: str) -> str:
    return text(f"techniques.activations.{name}.label", language)


SECTION = Section(
    rows=("local_minima",),
    controls=(
        Choice("activation", ("relu", "tanh", "sigmoid"), default="relu", option=_activation),
        Number("steps", 100, 1000, default=400, step=100),
        Number("starts", 10, 60, default=40, step=10),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    experiment=experiment,
)
