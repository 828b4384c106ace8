"""Lines, bars and grids of the chapter on generalization. Frames come from ``playground.labs.generalization_*``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from playground.text import text
from playground.views.theme import CLASS_COLOURS, NEUTRAL_COLOUR, SPLIT_COLOURS, label_expression

BLUE, ORANGE = CLASS_COLOURS[:2]
GREEN, PINK = SPLIT_COLOURS["train"], SPLIT_COLOURS["test"]
PARTS = {"bias2": BLUE, "variance": ORANGE, "noise": NEUTRAL_COLOUR}
COUNTS = ("complexity", "features", "count", "epoch", "masks", "step", "unit", "sample", "block")
"""Columns that count."""
PALE = "rgba(138, 143, 152, 0.28)"
"""What is dropped; pale on a light and on a dark page."""
HEIGHT = 340
PLANE = 230
"""Each side of the picture of two weights."""
CONTENT = alt.AutoSizeParams(type="pad", contains="content")
"""The plot itself has the size that is asked for, so that both axes have one scale."""

Layers = alt.LayerChart | alt.FacetChart
"""What Altair says that layering gives."""


def say(key: str, language: str, **values: object) -> str:
    """A text of this chapter."""
    return text(f"lab_generalization.{key}", language, **values)


def title_of(column: str, language: str) -> str:
    """What an axis and a tooltip call a column."""
    return say(f"axis.{column}", language)


def names(keys: Sequence[str], language: str, topic: str = "legend") -> dict[str, str]:
    """What a legend calls its keys."""
    return {key: say(f"{topic}.{key}", language) for key in keys}


def colour(
    column: str, labels: Mapping[str, str], colours: Sequence[str], symbol: str = "stroke", across: int = 4
) -> alt.Color:
    """The colour channel of a column with its legend on top."""
    return alt.Color(
        f"{column}:N",
        sort=None,
        scale=alt.Scale(domain=list(labels), range=list(colours)),
        legend=alt.Legend(
            title=None,
            orient="top",
            columns=across,
            labelExpr=label_expression(labels),
            labelLimit=220,
            symbolType=symbol,
            symbolStrokeWidth=3 if symbol == "stroke" else 0,
            symbolOpacity=1,
        ),
    )


def lines(
    frame: pd.DataFrame,
    x: str,
    y: str,
    series: str,
    labels: Mapping[str, str],
    colours: Sequence[str],
    language: str,
    *,
    log_x: bool = False,
    log_y: bool = False,
    percent: bool = False,
    dashes: str = "",
    title: str = "",
    cap: tuple[float, float] | None = None,
) -> alt.Chart:
    """A line with points for each value of ``series``.

    Args:
        labels, colours: of the series, in the same order.
        dashes: a column with ``"train"`` (dashed) and ``"test"`` (whole).
        cap: domain of the vertical axis; lines are cut off there.
    """
    if log_y:
        frame = frame[frame[y] > 0]
    y_scale = alt.Scale(type="log" if log_y else "linear", zero=False)
    if cap:
        y_scale = alt.Scale(type="log" if log_y else "linear", domain=list(cap), clamp=False, nice=False)
    ticks: Any = alt.Axis(format="d" if x in COUNTS else "~g", tickMinStep=1, grid=False)
    if log_x:
        found = sorted(frame[x].unique().tolist())
        ticks = alt.Axis(
            format="~g", grid=False, values=found if len(found) < 30 else [1, 10, 100, 1000, 10_000]
        )
    encodings: dict[str, Any] = {
        "x": alt.X(
            f"{x}:Q",
            title=title_of(x, language),
            axis=ticks,
            scale=alt.Scale(type="log", nice=False) if log_x else alt.Scale(zero=False, nice=False),
        ),
        "y": alt.Y(
            f"{y}:Q",
            title=title or title_of(y, language),
            scale=y_scale,
            axis=alt.Axis(format="%" if percent else "~g", tickCount=6),
        ),
        "color": colour(series, labels, colours),
    }
    tips = [
        alt.Tooltip("_name:N", title=" "),
        alt.Tooltip(f"{x}:Q", title=title_of(x, language), format="~g"),
        alt.Tooltip(f"{y}:Q", title=title or title_of(y, language), format=".1%" if percent else ".3g"),
    ]
    if dashes:
        parts = names(("train", "test"), language)
        encodings["strokeDash"] = alt.StrokeDash(
            f"{dashes}:N",
            scale=alt.Scale(domain=list(parts), range=[[5, 4], [1, 0]]),
            legend=alt.Legend(
                title=None, orient="top", labelExpr=label_expression(parts), symbolStrokeWidth=2
            ),
        )
        tips.insert(1, alt.Tooltip(f"{dashes}:N", title=" "))
    shown = frame.assign(_name=frame[series].map(dict(labels)))
    mark = alt.Chart(shown).mark_line(point={"size": 28}, strokeWidth=2.2, clip=cap is not None)
    return mark.encode(**encodings, tooltip=tips).properties(height=HEIGHT)


def rule(value: float, label: str) -> tuple[alt.Chart, alt.Chart]:
    """A dashed vertical line at a value, and its name; two layers for the chart that they go into."""
    data = alt.InlineData(values=[{"value": value, "label": label}])
    base = alt.Chart(data)
    mark = base.mark_rule(strokeDash=[4, 3], color=NEUTRAL_COLOUR).encode(x="value:Q", tooltip="label:N")
    words = base.mark_text(align="left", dx=4, baseline="top", color=NEUTRAL_COLOUR).encode(
        x="value:Q", y=alt.value(2), text="label:N"
    )
    return mark, words


# --- bias and variance ----------------------------------------------------------------------------------


def fits_chart(curves: pd.DataFrame, points: pd.DataFrame, title: str, language: str) -> Layers:
    """Single fits in grey, their mean, the function, and the points of one sample.

    Args:
        curves: of ``curves_frame``.
        points: columns ``x``, ``y``.
    """
    y = alt.Y("y:Q", title="y", scale=alt.Scale(domain=[-1.5, 1.0], nice=False))
    x = alt.X("x:Q", title="x", axis=alt.Axis(grid=False))
    labels = names(("fit", "mean", "target"), language)
    shades = colour("kind", labels, (NEUTRAL_COLOUR, ORANGE, BLUE))
    single = alt.Chart(curves[curves["kind"] == "fit"]).mark_line(opacity=0.35, strokeWidth=1, clip=True)
    thick = alt.Chart(curves[curves["kind"] != "fit"]).mark_line(strokeWidth=3, clip=True)
    dots = alt.Chart(points).mark_circle(size=26, color=NEUTRAL_COLOUR, opacity=0.9, clip=True)
    return alt.layer(
        single.encode(x=x, y=y, color=shades, detail="fit:N"),
        dots.encode(x=x, y=y, tooltip=[alt.Tooltip("x:Q", format=".2f"), alt.Tooltip("y:Q", format=".2f")]),
        thick.encode(x=x, y=y, color=shades),
        height=HEIGHT,
        title=title,
    )


def parts_chart(frame: pd.DataFrame, chosen: int, kind: str, language: str) -> Layers:
    """Bias², variance and noise against degree or width, with a rule at the chosen one."""
    long = frame.melt("complexity", list(PARTS), "part", "error")
    chart = lines(
        long,
        "complexity",
        "error",
        "part",
        names(tuple(PARTS), language),
        tuple(PARTS.values()),
        language,
        log_x=kind == "width",
        log_y=True,
        title=title_of("squared_error", language),
        cap=(1e-4, 10.0),
    )
    return alt.layer(chart, *rule(chosen, f"{chosen}"), title=say("bias.parts", language))


def errors_chart(frame: pd.DataFrame, chosen: int, kind: str, language: str) -> Layers:
    """Training against validation error by degree or width."""
    long = frame.melt("complexity", ["train", "validation"], "part", "error")
    chart = lines(
        long,
        "complexity",
        "error",
        "part",
        names(("train", "validation"), language),
        (GREEN, PINK),
        language,
        log_x=kind == "width",
        log_y=True,
        title=title_of("squared_error", language),
        cap=(0.01, 10.0),
    )
    return alt.layer(chart, *rule(chosen, f"{chosen}"), title=say("bias.errors", language))


def descent_chart(frame: pd.DataFrame, points: int, language: str) -> Layers:
    """Training and test error against the number of features; the rule marks as many as points.

    Args:
        frame: of ``medians``.
    """
    long = frame.melt("features", ["train", "test"], "part", "error")
    long = long[long["error"] > 1e-6]
    chart = lines(
        long,
        "features",
        "error",
        "part",
        names(("train", "test"), language),
        (GREEN, PINK),
        language,
        log_x=True,
        log_y=True,
        title=title_of("squared_error", language),
        cap=(1e-3, 100.0),
    )
    return alt.layer(chart, *rule(points, say("descent.threshold", language, points=points)))


def slices_chart(frame: pd.DataFrame, language: str) -> alt.Chart:
    """Fits along the teacher's direction; 0 features is the truth."""
    labels = {
        str(n): say("descent.truth", language) if n == 0 else say("descent.with_features", language, count=n)
        for n in frame["features"].unique()
    }
    shown = frame.assign(name=frame["features"].astype(str))
    return (
        alt.Chart(shown)
        .mark_line(strokeWidth=2.2, clip=True)
        .encode(
            x=alt.X("t:Q", title=title_of("t", language), axis=alt.Axis(grid=False)),
            y=alt.Y("y:Q", title="y", scale=alt.Scale(domain=[-6, 6])),
            color=colour("name", labels, (NEUTRAL_COLOUR, BLUE, "#d55e00", "#009e73"), across=2),
        )
        .properties(height=HEIGHT)
    )


# --- penalties --------------------------------------------------------------------------------------------


def histogram_chart(frame: pd.DataFrame, title: str, shade: str, language: str) -> alt.Chart:
    """Shares of the weights; columns ``low``, ``high``, ``share``."""
    return (
        alt.Chart(frame, title=title)
        .mark_bar(binSpacing=0, color=shade)
        .encode(
            x=alt.X("low:Q", bin="binned", title=title_of("weight", language), axis=alt.Axis(grid=False)),
            x2="high:Q",
            y=alt.Y(
                "share:Q",
                title=title_of("share", language),
                axis=alt.Axis(format="%"),
                scale=alt.Scale(domain=[0, 1]),
            ),
            tooltip=[
                alt.Tooltip("low:Q", format=".2f", title=title_of("from", language)),
                alt.Tooltip("high:Q", format=".2f", title=title_of("to", language)),
                alt.Tooltip("share:Q", format=".1%", title=title_of("share", language)),
            ],
        )
        .properties(height=215)
    )


def constraint_chart(
    contours: pd.DataFrame, region: pd.DataFrame, path: pd.DataFrame, marks: pd.DataFrame, language: str
) -> Layers:
    """Contours of the loss, the region that the penalty allows, the path of solutions, and the two minima.

    Args:
        contours, region, path: of ``TwoWeights``.
        marks: columns ``w1``, ``w2``, ``kind`` (``"best"``, ``"found"``).
    """
    span = alt.Scale(domain=[-2.6, 2.6], nice=False)
    x, y = alt.X("w1:Q", title="w₁", scale=span), alt.Y("w2:Q", title="w₂", scale=span)
    rings = (
        alt.Chart(contours)
        .mark_rule(clip=True, opacity=0.55, color=NEUTRAL_COLOUR)
        .encode(
            x=alt.X("x:Q", title="w₁", scale=span),
            y=alt.Y("y:Q", title="w₂", scale=span),
            x2="x2:Q",
            y2="y2:Q",
        )
    )
    area = alt.Chart(region).mark_line(color=BLUE, strokeWidth=2.5, clip=True, fill=BLUE, fillOpacity=0.12)
    walk = alt.Chart(path).mark_line(color=ORANGE, strokeWidth=2.5, clip=True)
    labels = names(("best", "found"), language)
    dots = (
        alt.Chart(marks)
        .mark_circle(size=130, opacity=1, clip=True)
        .encode(
            x=x,
            y=y,
            color=colour("kind", labels, (NEUTRAL_COLOUR, ORANGE), "circle"),
            tooltip=[
                alt.Tooltip("kind:N", title=" "),
                alt.Tooltip("w1:Q", format=".3f"),
                alt.Tooltip("w2:Q", format=".3f"),
            ],
        )
    )
    return alt.layer(
        rings,
        area.encode(x=x, y=y, order="order:Q"),
        walk.encode(x=x, y=y, order="strength:Q"),
        dots,
        width=PLANE,
        height=PLANE,
        autosize=CONTENT,
    )


# --- dropout ------------------------------------------------------------------------------------------------


def grid_chart(
    frame: pd.DataFrame, x: str, y: str, language: str, facet: str = "", height: int = 200
) -> alt.Chart | alt.FacetChart:
    """Kept and dropped as cells: units by samples, or blocks by steps."""
    labels = names(("kept", "dropped"), language)
    shown = frame.assign(state=["kept" if kept else "dropped" for kept in frame["kept"]])
    chart = (
        alt.Chart(shown)
        .mark_rect(stroke="#ffffff", strokeWidth=0.6)
        .encode(
            x=alt.X(f"{x}:O", title=title_of(x, language), axis=alt.Axis(labels=False, ticks=False)),
            y=alt.Y(f"{y}:O", title=title_of(y, language), axis=alt.Axis(labels=False, ticks=False)),
            color=colour("state", labels, (BLUE, PALE), "square"),
            tooltip=[
                alt.Tooltip(f"{x}:O", title=title_of(x, language)),
                alt.Tooltip(f"{y}:O", title=title_of(y, language)),
                alt.Tooltip("state:N", title=" "),
            ],
        )
        .properties(height=height)
    )
    if not facet:
        return chart
    return chart.properties(width=140).facet(column=alt.Column(f"{facet}:O", title=title_of(facet, language)))


def thinned_chart(units: pd.DataFrame, links: pd.DataFrame, language: str) -> alt.FacetChart:
    """The networks that the first samples meet: dropped units pale and cut off."""
    x = alt.X("x:Q", axis=None, scale=alt.Scale(nice=False, padding=14))
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[-0.55, 0.55]))
    both = pd.concat([links.assign(part="link"), units.assign(part="unit")], ignore_index=True)
    base = alt.Chart()
    edges = (
        base.transform_filter("datum.part == 'link'")
        .mark_rule(color=NEUTRAL_COLOUR, opacity=0.55)
        .encode(x=x, y=y, x2="x2:Q", y2="y2:Q")
    )
    nodes = (
        base.transform_filter("datum.part == 'unit'")
        .mark_circle(size=120, opacity=1)
        .encode(x=x, y=y, color=alt.condition("datum.kept", alt.value(BLUE), alt.value(PALE)))
    )
    return alt.layer(edges, nodes, width=128, height=112).facet(
        data=both, facet=alt.Facet("sample:O", title=title_of("sample", language)), columns=2
    )


def running_chart(frame: pd.DataFrame, language: str) -> Layers:
    """How means over masks come to what evaluation uses; columns ``masks``, ``form``, ``mean``, ``goal``."""
    labels = names(("classic", "inverted"), language)
    chart = lines(frame, "masks", "mean", "form", labels, (BLUE, ORANGE), language, log_x=True)
    goals = (
        alt.Chart(frame)
        .mark_rule(strokeDash=[5, 4], strokeWidth=1.5)
        .encode(
            y="mean(goal):Q", color=alt.Color("form:N", scale=alt.Scale(domain=list(labels)), legend=None)
        )
    )
    return alt.layer(chart.properties(height=270), goals)
