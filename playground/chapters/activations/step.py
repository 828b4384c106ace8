"""One training step of a small network, with every number on the network's picture."""

from __future__ import annotations

from collections.abc import Iterator

import altair as alt
import numpy as np
import pandas as pd

from playground.chapters.activations import parts
from playground.chapters.activations.one_step import (
    Result,
    step_experiment,
    traced,
    unit_frame,
    update_frame,
    weight_frame,
    worked_frame,
)
from playground.chapters.activations.parts import say
from playground.chapters.controls import Choice, Number, Settings, seed
from playground.chapters.section import Figure, Section, Table, Verdict
from playground.experiment import Experiment
from playground.views.theme import CLASS_COLOURS, NEUTRAL_COLOUR

PHASES = ("forward", "backward", "update")
SHAPES: dict[str, tuple[int, ...]] = {"2": (2,), "3": (3,), "2-2": (2, 2), "3-2": (3, 2)}
"""Hidden layers small enough to carry every number."""


def experiment(settings: Settings) -> Experiment:
    """The run that the step belongs to."""
    return step_experiment(
        settings.activation.name,
        SHAPES[settings.hidden],
        settings.batch,
        settings.rate,
        seed=settings.seed,
    )


def run(settings: Settings) -> Iterator[tuple[float, Result]]:
    """Train up to the step, and take it with its numbers kept."""
    yield 1.0, traced(experiment(settings), settings.number)


def written(value: float) -> str:
    """A number on the picture."""
    return "" if value != value else f"{value:.3f}".replace("-", "−")


def picture(result: Result, settings: Settings, language: str) -> list[Figure]:
    """The network with the numbers of the chosen phase: at its units, on its weights, beside its loss."""
    trace, phase = result.trace, settings.phase
    sample = min(settings.sample, len(trace.x))
    units, weights = unit_frame(trace, sample), weight_frame(trace)
    last = len(trace.z) + 1
    arrow = [f"→ {written(value)}" for value in weights["after"]]
    bias_arrow = ["" if value != value else f"→ {written(value)}" for value in units["bias_after"]]
    on_weights = {
        "forward": [written(v) for v in weights["before"]],
        "backward": [written(v) for v in weights["gradient"]],
        "update": arrow,
    }[phase]
    on_units = units["gradient"] if phase == "backward" else units["h"]
    biases = {
        "forward": [written(v) for v in units["bias"]],
        "backward": [written(v) for v in units["bias_gradient"]],
        "update": bias_arrow,
    }[phase]
    quantity = {"forward": "b", "backward": "∂L/∂b", "update": "b"}[phase]
    head = [f"∂L/∂z {name}" if phase == "backward" else name for name in units["symbol"]]
    weights = weights.assign(
        number=on_weights,
        size=weights["gradient" if phase != "forward" else "before"].abs(),
        sign=np.where(weights["gradient" if phase != "forward" else "before"] < 0, "negative", "positive"),
    )
    units = units.assign(
        number=[written(v) for v in on_units],
        head=[
            name if layer else name.removeprefix("∂L/∂z ")
            for name, layer in zip(head, units["layer"], strict=True)
        ],
        bias_number=[
            f"{quantity} {b}" if layer else "" for b, layer in zip(biases, units["layer"], strict=True)
        ],
    )
    units.loc[units["layer"] == 0, "number"] = [written(v) for v in trace.x[sample - 1]]
    y = float(np.ravel(trace.y[sample - 1])[0])
    loss = f"{trace.loss:.4f}" if phase != "update" else f"{trace.loss:.4f} → {result.loss_after:.4f}"
    ends = pd.DataFrame(
        [
            {"x": last + 0.62, "y": 0.0, "words": f"L = {loss}"},
            {"x": last + 0.62, "y": -0.28, "words": f"y = {y:g}"},
        ]
    )
    top = max(1.0, float(units["y"].max())) + 0.45
    bare = alt.Axis(labels=False, ticks=False, grid=False, domain=False, title=None)
    x_channel = alt.X("x:Q", axis=bare, scale=alt.Scale(domain=[-0.25, last + 1.0], nice=False))
    y_channel = alt.Y("y:Q", axis=bare, scale=alt.Scale(domain=[-top, top], nice=False))
    place = {"x": x_channel, "y": y_channel}
    lines = (
        alt.Chart(weights)
        .mark_rule(opacity=0.75)
        .encode(
            **place,
            x2="x2:Q",
            y2="y2:Q",
            strokeWidth=alt.StrokeWidth("size:Q", scale=alt.Scale(range=[1, 5]), legend=None),
            color=alt.Color(
                "sign:N",
                scale=alt.Scale(domain=["negative", "positive"], range=list(CLASS_COLOURS[:2])),
                legend=None,
            ),
            tooltip=[
                alt.Tooltip(
                    f"{name}:N" if name == "parameter" else f"{name}:Q", title=say(f"axes.{name}", language)
                )
                for name in ("parameter", "before", "gradient", "update", "after")
            ],
        )
    )
    where = alt.Chart(weights).encode(x=alt.X("at_x:Q"), y=alt.Y("at_y:Q"))
    labels = where.mark_point(
        shape=PILL,
        size=4200,
        filled=True,
        color="#f3f4f6",
        opacity=1,
    )
    numbers = where.mark_text(fontSize=13, color="#111827").encode(text="number:N")
    tips = [alt.Tooltip("symbol:N", title=say("axes.unit", language))] + [
        alt.Tooltip(f"{name}:Q", title=say(f"axes.{name}", language), format=".4f")
        for name in ("h", "gradient", "bias")
    ]
    circles = (
        alt.Chart(units)
        .mark_circle(size=2600, opacity=1, stroke="#6b7280", strokeWidth=1.5)
        .encode(
            **place,
            tooltip=tips,
            color=alt.condition("datum.layer == 0", alt.value("#e5e7eb"), alt.value("#dbeafe")),
        )
    )
    inside = alt.Chart(units).mark_text(fontSize=13, color="#111827").encode(**place, text="number:N")
    above = (
        alt.Chart(units)
        .mark_text(fontSize=13, dy=-38, fontWeight="bold")
        .encode(**place, text="head:N", color=alt.value(TEXT))
    )
    below = (
        alt.Chart(units)
        .mark_text(fontSize=12, dy=39)
        .encode(**place, text="bias_number:N", color=alt.value(TEXT))
    )
    outcome = alt.Chart(ends).mark_text(fontSize=15).encode(**place, text="words:N", color=alt.value(TEXT))
    drawn = alt.layer(lines, labels, numbers, circles, inside, above, below, outcome)
    frame = update_frame(trace).drop(columns="layer")
    return [Figure(drawn, frame, columns=parts.titles(list(frame.columns), language))]


PILL = "M-1,-0.3L1,-0.3L1,0.3L-1,0.3Z"
"""What lies under a number on a line."""
TEXT = NEUTRAL_COLOUR
"""Numbers on the picture: readable on a light and on a dark page."""


def tables(result: Result, settings: Settings, language: str) -> list[Table]:
    """How every number comes about; every parameter before and after."""
    frame = worked_frame(result, min(settings.sample, len(result.trace.x)))
    frame["phase"] = [SECTION.say(f"phases.{phase}", language) for phase in frame["phase"]]
    updates = update_frame(result.trace).drop(columns="layer")
    numbers = dict.fromkeys(("before", "gradient", "update", "after", "value"), "%.4f")
    return [
        Table(
            frame,
            parts.titles(list(frame.columns), language),
            SECTION.say("worked", language, rows=", ".join(str(row) for row in result.trace.rows)),
            numbers,
        ),
        Table(
            updates,
            parts.titles(list(updates.columns), language),
            SECTION.say("parameters", language),
            numbers,
        ),
    ]


def verdict(result: Result, settings: Settings) -> Verdict:
    """Did the step bring the loss of its own batch down?"""
    before, after = result.trace.loss, result.loss_after
    values = {"step": settings.number, "before": f"{before:.4f}", "after": f"{after:.4f}"}
    return Verdict("down" if after < before else "up", after < before, values)


SECTION = Section(
    rows=("step",),
    controls=(
        Choice("phase", PHASES, default="forward"),
        Number("number", 1, 200, default=1),
        Number(
            "sample",
            1,
            5,
            default=1,
            shown=lambda settings: settings.batch > 1 and settings.phase != "update",
        ),
        parts.activation("sigmoid", without=("maxout",)),
        Choice("hidden", tuple(SHAPES), default="2", option=lambda name, language: name),
        parts.slider("batch", 1, 5, 2),
        parts.rate(0.5, 0.01, 0.1, 0.5, 1.0, 2.0, shown=lambda settings: settings.phase == "update"),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    experiment=experiment,
    formula=lambda settings: (
        r"L = \frac{1}{B} \sum_{i} \left[ \ln(1 + e^{s_i}) - y_i s_i \right], \qquad "
        r"w \leftarrow w - \eta \frac{\partial L}{\partial w}"
    ),
)
