"""Charts of the chapter on optimization, from the tables of its labs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
from altair.typing import ChartType

from playground.chapters.optimization.racing import RULES, Path
from playground.techniques import OPTIMIZERS, SCHEDULES
from playground.text import text
from playground.views.theme import CLASS_COLOURS, NEUTRAL_COLOUR, fixed_axis

HEIGHT = 340
COLOURS = (*CLASS_COLOURS[:6], "#b09500", *CLASS_COLOURS[7:], "#d6006c")
"""One for each rule of the race; every second one is dashed too."""
DASH = (6, 3)
LOWEST = 1e-12
"""Losses below this are drawn here."""


def rule_name(name: str, language: str) -> str:
    """How a rule of the race is called."""
    if name in OPTIMIZERS:
        return text(f"techniques.optimizers.{name}.label", language)
    return text(f"lab_optimization.rules.{name}", language)


def schedule_name(name: str, language: str) -> str:
    """How a schedule is called."""
    return text(f"techniques.schedules.{name}.label", language)


def rule_looks(name: str) -> tuple[str, tuple[int, ...]]:
    """Colour and dash pattern of a rule, the same in every chart."""
    i = list(RULES).index(name)
    return COLOURS[i % len(COLOURS)], DASH if i % 2 else ()


def axis_title(column: str, language: str) -> str:
    return text(f"lab_optimization.axes.{column}", language)


def _colour(
    frame: pd.DataFrame, column: str, colours: Mapping[Any, str], name: Callable[[Any], str], columns: int
) -> alt.Color:
    found = list(dict.fromkeys(frame[column]))
    return alt.Color(
        f"{column}_name:N",
        title=None,
        scale=alt.Scale(domain=[name(v) for v in found], range=[colours[v] for v in found]),
        legend=alt.Legend(orient="top", columns=columns, labelLimit=220),
    )


def lines(
    frame: pd.DataFrame,
    x: str,
    y: str,
    by: str,
    language: str,
    *,
    name: Callable[[Any], str] = str,
    colours: Mapping[Any, str] | None = None,
    log_x: bool = False,
    log_y: bool = False,
    domain_y: Sequence[float] | None = None,
    height: int = HEIGHT,
    dots: bool = False,
    steps: bool = False,
    columns: int = 3,
) -> ChartType:
    """One line for each value of ``by``, with a tooltip at every point.

    Args:
        x, y, by: columns; the axes are titled by the texts under ``axes``.
        name: of a value of ``by`` in the legend.
        colours: by value of ``by``.
        dots: draw points instead of lines.
        steps: the line keeps its value up to the next point.
        columns: of the legend.
    """
    values = list(dict.fromkeys(frame[by]))
    palette = colours or {v: CLASS_COLOURS[i % len(CLASS_COLOURS)] for i, v in enumerate(values)}
    shown = frame.assign(**{f"{by}_name": frame[by].map(name)})
    if log_y:
        shown = shown.assign(**{y: shown[y].clip(lower=LOWEST)})
    if log_x:
        shown = shown[shown[x] > 0]
    scale_y = alt.Scale(type="log") if log_y else alt.Scale(zero=False)
    if domain_y is not None:
        scale_y = alt.Scale(type="log" if log_y else "linear", domain=list(domain_y))
    base = alt.Chart(shown).encode(
        x=alt.X(
            f"{x}:Q",
            title=axis_title(x, language),
            scale=alt.Scale(type="log" if log_x else "linear", nice=False),
        ),
        y=alt.Y(
            f"{y}:Q", title=axis_title(y, language), scale=scale_y, axis=alt.Axis(format=".4~g", tickCount=6)
        ),
        color=_colour(shown, by, palette, name, columns),
        tooltip=[
            alt.Tooltip(f"{by}_name:N", title=axis_title(by, language)),
            alt.Tooltip(f"{x}:Q", title=axis_title(x, language), format=".4~g"),
            alt.Tooltip(f"{y}:Q", title=axis_title(y, language), format=".4~g"),
        ],
    )
    line = base.mark_line(
        clip=True, strokeWidth=2, point=_point(), interpolate="step-after" if steps else "linear"
    )
    mark = base.mark_circle(size=60, clip=True) if dots else line
    return mark.properties(height=height)


def _point() -> alt.OverlayMarkDef:
    # invisible points that carry the tooltip
    return alt.OverlayMarkDef(opacity=0, size=60)


# --- race ------------------------------------------------------------------------------------------------


def race_chart(paths: Sequence[Path], lowest: float, language: str) -> ChartType:
    """Height above the lowest minimum over the steps, one line a rule."""
    parts = [
        pd.DataFrame({"rule": path.rule, "step": np.arange(len(path.losses)), "height": path.losses - lowest})
        for path in paths
    ]
    frame = pd.concat(parts, ignore_index=True)
    # what diverges would press all others flat
    top = 10 * max(float(part["height"].iloc[0]) for part in parts)
    frame = frame[np.isfinite(frame["height"])].assign(height=lambda f: f["height"].clip(upper=top))
    return lines(
        frame,
        "step",
        "height",
        "rule",
        language,
        name=lambda rule: rule_name(rule, language),
        colours={name: rule_looks(name)[0] for name in RULES},
        log_y=True,
    )


def coordinate_chart(frame: pd.DataFrame, column: str, language: str) -> ChartType:
    """``gradient`` or ``effective`` step of one path, coordinate by coordinate; see ``path_frame``."""
    part = frame[frame[column] > LOWEST]
    return lines(part, "step", column, "coordinate", language, log_y=True, height=310)


# --- theory ----------------------------------------------------------------------------------------------


def contraction_chart(
    formula: pd.DataFrame, measured: pd.DataFrame, rates: Mapping[str, float], language: str
) -> ChartType:
    """Contraction over the learning rate: lines from the formula, points from runs, rules at the best rates."""
    shared: dict[str, Any] = {"name": lambda beta: f"β = {beta:.3g}", "log_x": True}
    low = max(0.0, float(formula["contraction"].min()) - 0.02)
    marks = pd.DataFrame({"rate": list(rates.values()), "label": list(rates)})
    rules = (
        alt.Chart(marks)
        .mark_rule(strokeDash=[4, 3], color=NEUTRAL_COLOUR)
        .encode(x="rate:Q", tooltip=[alt.Tooltip("label:N", title=" "), alt.Tooltip("rate:Q", format=".4g")])
    )
    return alt.layer(
        rules,
        lines(formula, "rate", "contraction", "beta", language, domain_y=(low, 1.05), **shared),
        lines(measured, "rate", "contraction", "beta", language, domain_y=(low, 1.05), dots=True, **shared),
    )


def measured_and_formula(
    frame: pd.DataFrame,
    x: str,
    measured: str,
    formula: str,
    by: str,
    language: str,
    **options: Any,
) -> ChartType:
    """Points where an optimizer was, on the thin line where the formula says it should be."""
    line = lines(frame.assign(**{measured: frame[formula]}), x, measured, by, language, **options)
    every = max(1, len(frame) // (frame[by].nunique() * 25))
    some = frame[frame.groupby(by).cumcount() % every == 0]
    return alt.layer(line, lines(some, x, measured, by, language, dots=True, **options))


def distance_chart(frame: pd.DataFrame, language: str) -> ChartType:
    """Distances of runs at the best constants (points) and the lines of the formula; see ``distance_frame``."""
    wide = frame.pivot_table(index=["rule", "step"], columns="kind", values="distance").reset_index()
    wide = wide.rename(columns={"measured": "distance"})
    return measured_and_formula(
        wide,
        "step",
        "distance",
        "formula",
        "rule",
        language,
        name=lambda rule: rule_name(rule, language),
        colours={name: rule_looks(name)[0] for name in RULES},
        log_y=True,
    )


# --- first against second order --------------------------------------------------------------------------


def orders_chart(frame: pd.DataFrame, x: str, language: str) -> ChartType:
    """Training loss over ``step``, ``passes`` or ``seconds``, one line a rule."""
    return lines(
        frame,
        x,
        "loss",
        "rule",
        language,
        name=lambda rule: rule_name(rule, language),
        colours={name: rule_looks(name)[0] for name in RULES},
        log_y=True,
        log_x=x != "passes",
        columns=2,
    )


# --- schedules -------------------------------------------------------------------------------------------


def schedule_chart(frame: pd.DataFrame, y: str, language: str, log_y: bool = False) -> ChartType:
    """``rate`` or a loss over the epochs, one line a schedule."""
    names = list(SCHEDULES)
    return lines(
        frame,
        "epoch",
        y,
        "schedule",
        language,
        name=lambda name: schedule_name(name, language),
        colours={name: COLOURS[i % len(COLOURS)] for i, name in enumerate(names)},
        log_y=log_y,
        steps=y == "rate",
    )


def plateau_charts(frame: pd.DataFrame, language: str) -> tuple[ChartType, ChartType]:
    """Test loss with the best so far and the moments that lowered the rate; and the rate, to stand below it."""
    x = alt.X("epoch:Q", title=axis_title("epoch", language), scale=alt.Scale(nice=False))
    events = {
        name: text(f"lab_optimization.events.{name}", language) for name in ("better", "waits", "lowers")
    }
    shown = frame.assign(event_name=frame["event"].map(events))
    base = alt.Chart(shown)
    best = base.mark_line(interpolate="step-after", color=NEUTRAL_COLOUR, strokeDash=[4, 3]).encode(
        x=x, y="best:Q"
    )
    loss = base.mark_line(color=CLASS_COLOURS[0], strokeWidth=1.5).encode(
        x=x,
        y=alt.Y(
            "test_loss:Q", axis=fixed_axis(axis_title("test_loss", language)), scale=alt.Scale(zero=False)
        ),
    )
    points = base.mark_circle(size=55, opacity=1).encode(
        x=x,
        y="test_loss:Q",
        color=alt.Color(
            "event_name:N",
            title=None,
            scale=alt.Scale(
                domain=list(events.values()), range=[CLASS_COLOURS[2], NEUTRAL_COLOUR, CLASS_COLOURS[5]]
            ),
            legend=alt.Legend(orient="top"),
        ),
        tooltip=[
            alt.Tooltip("epoch:Q", title=axis_title("epoch", language)),
            alt.Tooltip("test_loss:Q", title=axis_title("test_loss", language), format=".4f"),
            alt.Tooltip("best:Q", title=axis_title("best", language), format=".4f"),
            alt.Tooltip("waited:Q", title=axis_title("waited", language)),
            alt.Tooltip("rate:Q", title=axis_title("rate", language), format=".3g"),
            alt.Tooltip("event_name:N", title=axis_title("event", language)),
        ],
    )
    rate = base.mark_line(interpolate="step-after", color=CLASS_COLOURS[5]).encode(
        x=x,
        y=alt.Y(
            "rate:Q",
            axis=fixed_axis(axis_title("rate", language), format=".3~g", tickCount=3),
            scale=alt.Scale(type="log"),
        ),
    )
    return alt.layer(best, loss, points).properties(height=300), rate.properties(height=170)


def decay_chart(frame: pd.DataFrame, column: str, language: str) -> ChartType:
    """Constant rate and a schedule beside each other, a line for each seed."""
    names = {name: schedule_name(name, language) for name in frame["schedule"].unique()}
    order = [names[name] for name in ("constant", *(n for n in names if n != "constant")) if name in names]
    shown = frame.assign(schedule_name=frame["schedule"].map(names))
    base = alt.Chart(shown).encode(
        x=alt.X("schedule_name:N", title=None, sort=order, axis=alt.Axis(labelAngle=0)),
        y=alt.Y(f"{column}:Q", title=axis_title(column, language), scale=alt.Scale(zero=False)),
    )
    line = base.mark_line(color=NEUTRAL_COLOUR, opacity=0.5).encode(detail="seed:N")
    points = base.mark_circle(size=60, opacity=0.9).encode(
        color=alt.Color(
            "schedule_name:N",
            legend=None,
            scale=alt.Scale(domain=order, range=[CLASS_COLOURS[0], CLASS_COLOURS[5]]),
        ),
        tooltip=[
            alt.Tooltip("schedule_name:N", title=axis_title("schedule", language)),
            alt.Tooltip("seed:Q", title=axis_title("seed", language)),
            alt.Tooltip(f"{column}:Q", title=axis_title(column, language), format=".4f"),
        ],
    )
    return alt.layer(line, points).properties(height=HEIGHT)
