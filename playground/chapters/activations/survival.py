"""Every activation with every initialization: what is left of the gradient at the first layer."""

from __future__ import annotations

from collections.abc import Iterator

import altair as alt
import numpy as np
import pandas as pd

from playground.chapters.activations import depth, parts
from playground.chapters.controls import Settings, seed
from playground.chapters.section import Figure, Section, Verdict
from playground.experiment import MAX_LAYERS, Experiment
from playground.views.theme import CLASS_COLOURS

DECADES = 6.0
"""Colours end at this many powers of ten."""
KEPT = 0.5
"""Within so many powers of ten of 0 the gradient counts as kept."""


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """Measure all pairs."""
    return depth.survival_grid(settings.depth, settings.width, first_seed=2 * settings.seed)


def picture(frame: pd.DataFrame, settings: Settings, language: str) -> list[Figure]:
    """A square for each pair: orange grows, blue fades."""
    blue, orange = CLASS_COLOURS[:2]
    data = frame.assign(
        shade=frame["decades"].clip(-DECADES, DECADES).fillna(0),
        state=["none" if np.isnan(v) else "zero" if np.isneginf(v) else "number" for v in frame["decades"]],
        written=["–" if np.isnan(v) else "−∞" if np.isneginf(v) else f"{v:.1f}" for v in frame["decades"]],
        activation=[parts.shown(name, language) for name in frame["activation"]],
        init=[parts.scheme_name(name, language) for name in frame["init"]],
    )
    data["decades"] = data["decades"].replace([np.inf, -np.inf], np.nan)
    title = parts.say("axes.decades", language)
    base = alt.Chart(data).encode(
        x=alt.X(
            "init:N",
            sort=None,
            title=None,
            axis=alt.Axis(labelAngle=-50, labelLimit=110, labelOverlap=False, labelFontSize=12),
        ),
        y=alt.Y(
            "activation:N",
            sort=None,
            title=None,
            axis=alt.Axis(labelLimit=150, labelOverlap=False, labelFontSize=12),
        ),
        tooltip=[
            alt.Tooltip("activation:N", title=parts.say("activation", language)),
            alt.Tooltip("init:N", title=parts.say("init", language)),
            alt.Tooltip("written:N", title=title),
        ],
    )
    squares = base.mark_rect(stroke="#ffffff", strokeWidth=0.5).encode(
        color=alt.condition(
            "datum.state == 'none'",
            alt.value("#9a9a9a"),
            alt.Color(
                "shade:Q",
                title="log₁₀",
                scale=alt.Scale(domain=[-DECADES, 0, DECADES], range=[blue, "#f7f7f7", orange]),
                legend=alt.Legend(orient="right", gradientLength=200),
            ),
        )
    )
    numbers = base.mark_text(fontSize=11).encode(
        text="written:N",
        color=alt.condition(
            "datum.shade < -3.5 || datum.state == 'none'", alt.value("#ffffff"), alt.value("#222222")
        ),
    )
    columns = parts.titles(("activation", "init", "decades"), language)
    return [Figure(alt.layer(squares, numbers), data[["activation", "init", "decades"]], columns=columns)]


def verdict(frame: pd.DataFrame, settings: Settings) -> Verdict:
    """How many pairs keep the gradient, and is it the scheme made for it that keeps ReLU's?"""
    table = frame.pivot(index="activation", columns="init", values="decades")
    kept = int((table.abs() < KEPT).to_numpy().sum())
    sigmoid = parts.column(table, "xavier_normal")["sigmoid"]
    relu, small = parts.column(table, "he_normal")["relu"], parts.column(table, "small_normal")["relu"]
    holds = abs(relu) < 1 and sigmoid < -1 and not small > -1
    values = {"kept": kept, "pairs": table.size, "relu": f"{relu:.1f}", "sigmoid": f"{sigmoid:.1f}"}
    return Verdict("scheme" if holds else "other", holds, values)


def experiment(settings: Settings) -> Experiment:
    """A pair that keeps it."""
    hidden = (min(settings.width, 16),) * min(settings.depth, MAX_LAYERS)
    return Experiment(hidden=hidden, activation="relu", init="he_normal", seed=settings.seed)


SECTION = Section(
    rows=("pairs",),
    controls=(
        parts.slider("depth", 2, depth.MAX_DEPTH, 10),
        parts.slider("width", 2, depth.MAX_WIDTH, 16),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    experiment=experiment,
)
