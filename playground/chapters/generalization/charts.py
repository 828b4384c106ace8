"""Charts that several sections of this chapter draw: fits, maps with boundaries, comparisons over data sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import altair as alt
import pandas as pd
from altair.typing import ChartType

from playground.chapters.generalization import runs
from playground.chapters.section import Figure, Table, words
from playground.techniques import REGULARIZERS
from playground.text import text
from playground.views.lines import Axis, lines
from playground.views.theme import CLASS_COLOURS, NEUTRAL_COLOUR, SPLIT_COLOURS, label_expression

say = words("generalization")
"""A text that this chapter's sections share."""

BLUE, ORANGE = CLASS_COLOURS[:2]
TRAIN, TEST = SPLIT_COLOURS["train"], SPLIT_COLOURS["test"]
PARTS = {"bias2": BLUE, "variance": ORANGE, "noise": NEUTRAL_COLOUR}
PALE = "rgba(138, 143, 152, 0.28)"
"""What is dropped; pale on a light and on a dark page."""
MEMBER, AVERAGE, OTHER = NEUTRAL_COLOUR, "#009e73", "#c2477d"
"""Boundaries: single members; averages; what they are held against. Blue and orange are the classes."""

Domain = tuple[tuple[float, float], tuple[float, float]]


def titles(names: Sequence[str], language: str) -> dict[str, str]:
    """What a table calls its columns."""
    return {name: say(f"axis.{name}", language) for name in names}


def names(keys: Sequence[str], language: str) -> dict[str, str]:
    """What a legend calls its keys."""
    return {key: say(f"legend.{key}", language) for key in keys}


def treatment_name(name: str, language: str) -> str:
    """What a treatment is called."""
    if name in REGULARIZERS:
        return text(f"fields.{REGULARIZERS[name].field}.label", language)
    return say(f"treatments.{name}", language)


def axis(column: str, language: str, **options: Any) -> Axis:
    """An axis that is called as everywhere in this chapter."""
    return Axis(column, say(f"axis.{column}", language), **options)


def colour(
    column: str, labels: Mapping[str, str], colours: Sequence[str], symbol: str = "stroke", columns: int = 4
) -> alt.Color:
    """The colour channel of a column with its legend on top."""
    return alt.Color(
        f"{column}:N",
        sort=None,
        scale=alt.Scale(domain=list(labels), range=list(colours)),
        legend=alt.Legend(
            title=None,
            orient="top",
            columns=columns,
            labelExpr=label_expression(labels),
            labelLimit=260,
            symbolType=symbol,
            symbolStrokeWidth=3 if symbol == "stroke" else 0,
            symbolOpacity=1,
        ),
    )


def rule(value: float, label: str) -> tuple[alt.Chart, alt.Chart]:
    """A dashed vertical line at a value, and its name; two layers for the chart that they go into."""
    base = alt.Chart(alt.InlineData(values=[{"value": value, "label": label}]))
    mark = base.mark_rule(strokeDash=[4, 3], color=NEUTRAL_COLOUR).encode(x="value:Q", tooltip="label:N")
    word = base.mark_text(align="left", dx=4, baseline="top", color=NEUTRAL_COLOUR).encode(
        x="value:Q", y=alt.value(2), text="label:N"
    )
    return mark, word


def several(
    frame: pd.DataFrame, x: Axis, y: Axis, by: str, colours: Mapping[str, str], language: str, **options: Any
) -> ChartType:
    """Lines by a column whose values are keys of the legend."""
    labels = names(list(colours), language)
    title = say("axis.series", language)
    return lines(frame, x, y, by, title, name=lambda key: labels[key], colours=colours, dashes={}, **options)


# --- fits -----------------------------------------------------------------------------------------------


def fits_chart(curves: pd.DataFrame, points: pd.DataFrame, language: str) -> ChartType:
    """Single fits in grey, their mean, the function, and the points of one sample.

    Args:
        curves: of ``fits.curves_frame``.
        points: columns ``x``, ``y``.
    """
    y = alt.Y("y:Q", title="y", scale=alt.Scale(domain=[-1.5, 1.0], nice=False))
    x = alt.X("x:Q", title="x", axis=alt.Axis(grid=False))
    shades = colour("kind", names(("fit", "mean", "target"), language), (NEUTRAL_COLOUR, ORANGE, BLUE))
    single = alt.Chart(curves[curves["kind"] == "fit"]).mark_line(opacity=0.35, strokeWidth=1, clip=True)
    thick = alt.Chart(curves[curves["kind"] != "fit"]).mark_line(strokeWidth=3, clip=True)
    dots = alt.Chart(points).mark_circle(size=30, color=NEUTRAL_COLOUR, opacity=0.9, clip=True)
    tips = [alt.Tooltip("x:Q", format=".2f"), alt.Tooltip("y:Q", format=".2f")]
    return alt.layer(
        single.encode(x=x, y=y, color=shades, detail="fit:N"),
        dots.encode(x=x, y=y, tooltip=tips),
        thick.encode(x=x, y=y, color=shades),
    )


def parts_figure(table: pd.DataFrame, chosen: int, x: Axis, language: str) -> Figure:
    """Bias², variance and noise against the flexibility, with a rule at the chosen one.

    Args:
        table: of ``fits.by_degree`` or ``fits.by_width``.
    """
    return _by_flexibility(table, list(PARTS), PARTS, (1e-4, 10.0), chosen, x, "parts", language)


def errors_figure(table: pd.DataFrame, chosen: int, x: Axis, language: str) -> Figure:
    """Training against validation error; as above."""
    shades = {"train": TRAIN, "validation": TEST}
    return _by_flexibility(table, list(shades), shades, (0.01, 10.0), chosen, x, "errors", language)


def _by_flexibility(
    table: pd.DataFrame,
    columns: list[str],
    shades: Mapping[str, str],
    domain: tuple[float, float],
    chosen: int,
    x: Axis,
    title: str,
    language: str,
) -> Figure:
    long = table.melt("complexity", columns, "part", "squared_error")
    long = long.rename(columns={"complexity": x.column})
    y = axis("squared_error", language, log=True, domain=domain)
    chart = several(long, x, y, "part", shades, language)
    said = {"complexity": x.title, **names(columns, language)}
    return Figure(alt.layer(chart, *rule(chosen, f"{chosen}")), table, say(f"titles.{title}", language), said)


# --- maps -----------------------------------------------------------------------------------------------


class Line(NamedTuple):
    """How boundaries of one kind are drawn."""

    label: str
    shade: str
    width: float = 2.5
    opacity: float = 1.0


def _axes(domain: Domain) -> tuple[alt.Scale, alt.Scale]:
    return alt.Scale(domain=list(domain[0]), nice=False), alt.Scale(domain=list(domain[1]), nice=False)


def points_layer(points: pd.DataFrame, domain: Domain, size: int = 50) -> alt.Chart:
    """Training points in their class's colour; labels between 0 and 1 in between.

    Args:
        points: columns ``x1``, ``x2``, ``label`` and, for points that training made, ``kind`` (``"made"``).
    """
    across, up = _axes(domain)
    shown = points if "kind" in points else points.assign(kind="given")
    return (
        alt.Chart(shown)
        .mark_circle(clip=True)
        .encode(
            x=alt.X("x1:Q", title="x₁", scale=across, axis=alt.Axis(grid=False)),
            y=alt.Y("x2:Q", title="x₂", scale=up, axis=alt.Axis(grid=False)),
            fill=alt.Fill(
                "label:Q",
                scale=alt.Scale(domain=[0, 0.5, 1], range=[BLUE, "#9a9a9a", ORANGE], clamp=True),
                legend=None,
            ),
            size=alt.condition("datum.kind == 'made'", alt.value(size // 2), alt.value(size)),
            opacity=alt.condition("datum.kind == 'made'", alt.value(0.45), alt.value(1.0)),
            stroke=alt.condition("datum.kind == 'made'", alt.value(None), alt.value("#444444")),
            tooltip=[
                alt.Tooltip("x1:Q", format=".2f"),
                alt.Tooltip("x2:Q", format=".2f"),
                alt.Tooltip("label:Q", format=".2f"),
            ],
        )
    )


def map_chart(
    boundaries: pd.DataFrame, points: pd.DataFrame, domain: Domain, kinds: Mapping[str, Line]
) -> ChartType:
    """Boundaries over training points.

    Args:
        boundaries: columns ``kind``, ``x``, ``y``, ``x2``, ``y2``.
        points: as in ``points_layer``.
        kinds: how each kind is drawn; later ones on top.
    """
    across, up = _axes(domain)
    labels = {kind: line.label for kind, line in kinds.items()}
    shades = colour("kind", labels, [line.shade for line in kinds.values()])
    layers: list[alt.Chart] = [points_layer(points, domain)]
    for kind, line in kinds.items():
        layers.append(
            alt.Chart(boundaries[boundaries["kind"] == kind])
            .mark_rule(clip=True, strokeWidth=line.width, opacity=line.opacity, strokeCap="round")
            .encode(
                x=alt.X("x:Q", title="x₁", scale=across),
                y=alt.Y("y:Q", title="x₂", scale=up),
                x2="x2:Q",
                y2="y2:Q",
                color=shades,
            )
        )
    return alt.layer(*layers)


def map_figure(
    boundaries: pd.DataFrame,
    points: pd.DataFrame,
    domain: Domain,
    kinds: Mapping[str, Line],
    language: str,
    title: str = "",
) -> Figure:
    """Boundaries over training points; its table holds the points."""
    chart = map_chart(boundaries, points, domain, kinds)
    return Figure(chart, points, title, {"x1": "x₁", "x2": "x₂", "label": say("axis.label", language)})


# --- comparisons ----------------------------------------------------------------------------------------


def comparison_figure(table: pd.DataFrame, language: str) -> Figure:
    """Each data set's training and test accuracy by treatment, and the means joined by a line: the gap.

    Args:
        table: of ``runs.compare``.
    """
    labels = treatments_of(table, language)
    shown = table.assign(name=table["treatment"].map(labels))
    long = shown.melt(["name", "seed"], ["accuracy_train", "accuracy_test"], "split", "accuracy")
    long = long.assign(split=long["split"].str.removeprefix("accuracy_"))
    y = alt.Y("name:N", sort=list(labels.values()), title=None, axis=alt.Axis(labelLimit=200))
    x = alt.X(
        "accuracy:Q",
        title=say("axis.accuracy", language),
        scale=alt.Scale(zero=False),
        axis=alt.Axis(format="%"),
    )
    tips = [
        alt.Tooltip("name:N", title=" "),
        alt.Tooltip("split:N", title=" "),
        alt.Tooltip("accuracy:Q", format=".1%", title=say("axis.accuracy", language)),
    ]
    shades = colour("split", names(("train", "test"), language), (TRAIN, TEST), "circle")
    single = alt.Chart(long).mark_circle(size=22, opacity=0.35).encode(x=x, y=y, color=shades, tooltip=tips)
    means = long.groupby(["name", "split"], sort=False)["accuracy"].mean().reset_index()
    wide = means.pivot(index="name", columns="split", values="accuracy").reset_index()
    gap = alt.Chart(wide).mark_rule(color=NEUTRAL_COLOUR, strokeWidth=2).encode(x="train:Q", x2="test:Q", y=y)
    dots = alt.Chart(means).mark_circle(size=130, opacity=1).encode(x=x, y=y, color=shades, tooltip=tips)
    said = titles(("name", "set", "accuracy_train", "accuracy_test", "loss_test"), language)
    return Figure(alt.layer(gap, single, dots), shown.assign(set=shown["seed"] + 1), columns=said)


def treatments_of(table: pd.DataFrame, language: str) -> dict[str, str]:
    """What the treatments of a comparison are called: one strength alone by its name, several with their strengths."""
    found: dict[str, str] = {}
    for name in dict.fromkeys(table["treatment"]):
        family, _, strength = name.partition(" ")
        called = treatment_name(family, language)
        found[name] = f"{called} {float(strength):.0%}" if strength else called
    return found


def summary_table(table: pd.DataFrame, language: str) -> Table:
    """The means of a comparison, with the gain over nothing and its standard error."""
    found = runs.summary(table)
    shown = pd.DataFrame(
        {
            "name": found["treatment"].map(treatments_of(table, language)),
            **{
                name: [f"{value:.1%}" for value in found[name]]
                for name in ("accuracy_train", "accuracy_test")
            },
            "gap": [f"{100 * value:+.1f}" for value in found["gap"]],
            "loss_test": [f"{value:.3f}" for value in found["loss_test"]],
            "gain": [
                "—" if name == "none" else signed(gain, error)
                for name, gain, error in zip(found["treatment"], found["gain"], found["error"], strict=True)
            ],
        }
    )
    title = say("titles.summary", language, seeds=int(found["seeds"].min()))
    return Table(shown, titles(shown.columns.tolist(), language), title)


def signed(gain: float, error: float) -> str:
    """A gain in percentage points with its standard error."""
    spread = "" if error != error else f" ± {100 * error:.1f}"
    return f"{100 * gain:+.1f}{spread}"


def cells_chart(frame: pd.DataFrame, x: str, y: str, language: str) -> alt.Chart:
    """Kept and dropped as cells: units by samples, or blocks by steps.

    Args:
        frame: columns ``x``, ``y`` and ``kept``.
    """
    shown = frame.assign(state=["kept" if kept else "dropped" for kept in frame["kept"]])
    blank = alt.Axis(labels=False, ticks=False)
    return (
        alt.Chart(shown)
        .mark_rect(stroke="#ffffff", strokeWidth=0.6)
        .encode(
            x=alt.X(f"{x}:O", title=say(f"axis.{x}", language), axis=blank),
            y=alt.Y(f"{y}:O", title=say(f"axis.{y}", language), axis=blank),
            color=colour("state", names(("kept", "dropped"), language), (BLUE, PALE), "square"),
            tooltip=[
                alt.Tooltip(f"{x}:O", title=say(f"axis.{x}", language)),
                alt.Tooltip(f"{y}:O", title=say(f"axis.{y}", language)),
                alt.Tooltip("state:N", title=" "),
            ],
        )
    )
