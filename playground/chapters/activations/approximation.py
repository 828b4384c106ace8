"""One hidden layer fitted to a function that the visitor draws."""

from __future__ import annotations

from collections.abc import Iterator

import altair as alt
import numpy as np

from playground.chapters.activations import fits, parts
from playground.chapters.activations.parts import say
from playground.chapters.controls import Handle, Settings, seed
from playground.chapters.section import Figure, Section, Table, Verdict
from playground.experiment import Experiment

KNOTS = 41
"""Values that make a drawn curve; straight lines lie between them."""
CLOSE = 0.1
"""An error (root mean square) below which two curves look alike."""


def knots(name: str) -> tuple[float, ...]:
    """A preset as the values of a drawn curve."""
    return tuple(round(float(v), 2) for v in fits.control_points(name, KNOTS)[:, 1])


def target(curve: tuple[float, ...]) -> np.ndarray:
    """A drawn curve as points (SAMPLES, 2)."""
    return fits.sampled(np.column_stack([np.linspace(fits.LOW, fits.HIGH, KNOTS), curve]))


def run(settings: Settings) -> Iterator[tuple[float, fits.Fit]]:
    """Fit the units to the curve."""
    return fits.fit(target(settings.curve), settings.units, settings.activation, seed=settings.seed)


def picture(fit: fits.Fit, settings: Settings, language: str) -> list[Figure]:
    """What each unit adds to the network's curve; the curve itself is drawn where the visitor draws."""
    units = (
        alt.Chart(fit.units)
        .mark_line(strokeWidth=1.6, opacity=0.85)
        .encode(
            x=alt.X("x:Q", title="x", scale=alt.Scale(nice=False)),
            y=alt.Y("contribution:Q", title=say("axes.contribution", language)),
            color=alt.Color("unit:O", scale=alt.Scale(scheme="viridis"), legend=None),
            tooltip=[
                alt.Tooltip("unit:O", title=say("axes.unit", language)),
                alt.Tooltip("x:Q", format=".2f"),
                alt.Tooltip("contribution:Q", title=say("axes.contribution", language), format=".3f"),
            ],
        )
    )
    columns = parts.titles(("x", "unit", "contribution"), language)
    return [Figure(units, fit.units, SECTION.say("units", language), columns, wide=True)]


def tables(fit: fits.Fit, settings: Settings, language: str) -> list[Table]:
    """The function and the network as numbers."""
    every = fit.curve.iloc[::8].reset_index(drop=True)
    formats = dict.fromkeys(("x", "target", "network"), "%.3f")
    return [Table(every, parts.titles(("x", "target", "network"), language), formats=formats)]


def verdict(fit: fits.Fit, settings: Settings) -> Verdict:
    """Is the network near the function?"""
    values = {"rmse": f"{fit.rmse:.3f}", "largest": f"{fit.largest:.2f}", "parameters": fit.parameters}
    if settings.activation.name == "identity":
        return Verdict("line", False, values)
    return Verdict("near" if fit.rmse < CLOSE else "far", fit.rmse < CLOSE, values)


def experiment(settings: Settings) -> Experiment:
    """The same network on one of the playground's own functions of one input."""
    return Experiment(
        dataset="x_sin",
        features=("x1",),
        hidden=(settings.units,),
        activation=settings.activation,
        optimizer="adam",
        init="pytorch",
        seed=settings.seed,
    )


def code(settings: Settings) -> str:
    """The fit of the curve in PyTorch."""
    curve = ", ".join(f"{value:g}" for value in settings.curve)
    module = fits.module(settings.activation)
    width = settings.units * fits.pieces(settings.activation)
    return f"""import torch
from torch import nn

torch.manual_seed({settings.seed})
y = torch.tensor([{curve}])[:, None]
x = torch.linspace({fits.LOW}, {fits.HIGH}, len(y))[:, None]
net = nn.Sequential(nn.Linear(1, {width}), {module}, nn.Linear({settings.units}, 1))
optimizer = torch.optim.LBFGS(net.parameters(), lr=1, line_search_fn="strong_wolfe")


def loss():
    optimizer.zero_grad()
    value = nn.functional.mse_loss(net(x), y)
    value.backward()
    return value


for step in range({fits.STEPS}):
    optimizer.step(loss)
print(f"root mean squared error {{loss().sqrt().item():.4f}}")
"""


SECTION = Section(
    rows=("universal",),
    controls=(
        Handle("curve", "curve", low=-fits.TOP, high=fits.TOP, default=knots("wave")),
        parts.slider("units", 1, 64, 8),
        parts.activation("tanh", without=("maxout",)),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    experiment=experiment,
    code=code,
    formula=lambda settings: r"f(x) \approx b + \sum_{j=1}^{n} v_j\, \varphi(w_j x + b_j)",
    handle="curve",
)
