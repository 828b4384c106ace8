"""The charts of the chapter on normalization. Frames come from ``playground.labs.normalization_*``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from playground.labs.contours import isolines
from playground.text import text
from playground.views.theme import (
    CLASS_COLOURS,
    LAYER_COLOURS,
    NEUTRAL_COLOUR,
    SPLIT_COLOURS,
    label_expression,
)

BLUE, ORANGE = CLASS_COLOURS[:2]
KIND_COLOURS = {"none": NEUTRAL_COLOUR, "batch_norm": BLUE, "layer_norm": ORANGE}
STAGES = ("z", "centred", "normal", "scaled")
HEIGHT = 300
PLOT = 270
CONTENT = alt.AutoSizeParams(type="pad", contains="content")
"""The plot itself has the size that is asked for, so that both axes have one scale."""
MARKED_STEPS = 60
"""Ways of at most so many steps have a dot for each."""
Layered = alt.LayerChart | alt.FacetChart


def _say(key: str, language: str, **values: object) -> str:
    return text(f"lab_normalization.{key}", language, **values)


def kind_name(kind: str, language: str) -> str:
    """What a normalization is called."""
    return text(f"techniques.normalizations.{kind}.label", language)


def axis_title(column: str, language: str) -> str:
    """The title of a column's axis and tooltip entry."""
    return _say(f"axis.{column}", language)


def _tip(column: str, kind: str, language: str, form: str = "") -> alt.Tooltip:
    options: dict[str, Any] = {"format": form} if form else {}
    return alt.Tooltip(f"{column}:{kind}", title=axis_title(column, language), **options)


def _kinds(language: str) -> alt.Color:
    labels = {kind: kind_name(kind, language) for kind in KIND_COLOURS}
    return alt.Color(
        "normalization:N",
        scale=alt.Scale(domain=list(KIND_COLOURS), range=list(KIND_COLOURS.values())),
        legend=alt.Legend(
            title=None,
            orient="top",
            labelExpr=label_expression(labels),
            symbolType="stroke",
            symbolStrokeWidth=3,
            symbolOpacity=1,
        ),
    )


def _named(frame: pd.DataFrame, language: str) -> tuple[pd.DataFrame, list[str]]:
    """The table with a column ``name``, and the names in the order of the kinds."""
    kinds = [kind for kind in KIND_COLOURS if kind in set(frame["normalization"])]
    labels = {kind: kind_name(kind, language) for kind in kinds}
    return frame.assign(name=frame["normalization"].map(labels)), list(labels.values())


def _square(*columns: np.ndarray) -> tuple[tuple[float, float], tuple[float, float]]:
    """Domains of equal length around two columns of numbers, so that a circle looks like one."""
    middles = [(float(c.min()) + float(c.max())) / 2 for c in columns]
    half = max(0.56 * float(c.max() - c.min()) for c in columns) or 1.0
    (a, b) = middles
    return (a - half, a + half), (b - half, b + half)


# --- preprocessing ----------------------------------------------------------------------------------------


def cloud_chart(F: np.ndarray, y: np.ndarray, language: str) -> Layered:
    """The inputs (n, 2) on axes of one scale, coloured by target; lines through the origin."""
    origin = np.zeros(1)
    x_domain, y_domain = _square(np.append(F[:, 0], origin), np.append(F[:, 1], origin))
    frame = pd.DataFrame({"x1": F[:, 0], "x2": F[:, 1], "y": y})
    points = (
        alt.Chart(frame)
        .mark_circle(size=34, opacity=0.85)
        .encode(
            x=alt.X("x1:Q", title=axis_title("x1", language), scale=alt.Scale(domain=x_domain, nice=False)),
            y=alt.Y("x2:Q", title=axis_title("x2", language), scale=alt.Scale(domain=y_domain, nice=False)),
            color=alt.Color(
                "y:Q",
                scale=alt.Scale(scheme="blueorange", domainMid=0),
                legend=None,
                title=axis_title("y", language),
            ),
            tooltip=[_tip(name, "Q", language, ".3g") for name in ("x1", "x2", "y")],
        )
    )
    data = alt.InlineData(values=[{"zero": 0}])
    axes = alt.Chart(data).mark_rule(color=NEUTRAL_COLOUR, opacity=0.7)
    return alt.layer(
        axes.encode(x=alt.X("zero:Q", title=axis_title("x1", language))),
        axes.encode(y=alt.Y("zero:Q", title=axis_title("x2", language))),
        points,
        width=PLOT,
        height=PLOT,
        autosize=CONTENT,
        title=_say("preprocessing.data", language),
    )


def bowl_chart(
    w1: np.ndarray, w2: np.ndarray, excess: np.ndarray, way: np.ndarray, best: np.ndarray, language: str
) -> Layered:
    """Lines of equal loss over the two weights, and gradient descent's way to the minimum.

    Args:
        w1, w2, excess: of ``contours``. way: (steps + 1, ≥ 2). best: the minimum, (≥ 2,).
    """
    top = float(excess.max())
    lines = isolines(w1, w2, excess, top * np.geomspace(0.002, 0.8, 9))
    x = alt.X(
        "x:Q",
        title=axis_title("w1", language),
        scale=alt.Scale(domain=(float(w1[0]), float(w1[-1])), nice=False),
    )
    y = alt.Y(
        "y:Q",
        title=axis_title("w2", language),
        scale=alt.Scale(domain=(float(w2[0]), float(w2[-1])), nice=False),
    )
    contour = (
        alt.Chart(lines)
        .mark_rule(strokeWidth=1.3, clip=True)
        .encode(
            x=x,
            y=y,
            x2="x2:Q",
            y2="y2:Q",
            color=alt.Color("level:Q", scale=alt.Scale(scheme="viridis", type="log"), legend=None),
            tooltip=[_tip("level", "Q", language, ".3g")],
        )
    )
    steps = pd.DataFrame({"x": way[:, 0], "y": way[:, 1], "step": range(len(way))})
    path = (
        alt.Chart(steps)
        .mark_line(
            color=ORANGE,
            strokeWidth=1.8,
            point={"size": 22, "color": ORANGE} if len(way) <= MARKED_STEPS else False,
            clip=True,
        )
        .encode(x=x, y=y, order="step:Q", tooltip=[_tip("step", "Q", language)])
    )
    goal = alt.Chart(pd.DataFrame({"x": best[:1], "y": best[1:2]}))
    cross = goal.mark_point(shape="cross", size=110, color=BLUE, filled=True).encode(x=x, y=y)
    return alt.layer(
        contour,
        path,
        cross,
        width=PLOT,
        height=PLOT,
        autosize=CONTENT,
        title=_say("preprocessing.bowl", language),
    )


def leak_chart(points: pd.DataFrame, language: str) -> alt.Chart:
    """Training and test points after preprocessing, as it was fitted."""
    x_domain, y_domain = _square(points["x1"].to_numpy(), points["x2"].to_numpy())
    labels = {part: _say(f"leak.{part}", language) for part in SPLIT_COLOURS}
    return (
        alt.Chart(points)
        .mark_point(size=45, filled=True, opacity=0.8)
        .encode(
            x=alt.X("x1:Q", title=axis_title("x1", language), scale=alt.Scale(domain=x_domain, nice=False)),
            y=alt.Y("x2:Q", title=axis_title("x2", language), scale=alt.Scale(domain=y_domain, nice=False)),
            color=alt.Color(
                "part:N",
                scale=alt.Scale(domain=list(SPLIT_COLOURS), range=list(SPLIT_COLOURS.values())),
                legend=alt.Legend(title=None, orient="top", labelExpr=label_expression(labels)),
            ),
            shape=alt.Shape("class:N", title=axis_title("class", language), legend=None),
            tooltip=[
                _tip("class", "N", language),
                _tip("x1", "Q", language, ".3g"),
                _tip("x2", "Q", language, ".3g"),
            ],
        )
        .properties(width=PLOT, height=PLOT, autosize=CONTENT)
    )


# --- stages -----------------------------------------------------------------------------------------------


def stages_chart(table: pd.DataFrame, language: str) -> Layered:
    """One group of sums from stage to stage: each member is a line that goes down the stages."""
    long = table.melt("member", list(STAGES), var_name="stage", value_name="value")
    long["order"] = long["stage"].map({stage: i for i, stage in enumerate(STAGES)})
    labels = {stage: _say(f"stages.{stage}", language) for stage in STAGES}
    x = alt.X("value:Q", title=axis_title("value", language), scale=alt.Scale(zero=True))
    y = alt.Y(
        "stage:N",
        sort=list(STAGES),
        title=None,
        axis=alt.Axis(labelExpr=label_expression(labels), labelFontSize=12, grid=True),
    )
    base = alt.Chart(long).encode(
        x=x,
        y=y,
        color=alt.Color("member:O", legend=None, scale=alt.Scale(scheme="viridis")),
        tooltip=[_tip("member", "O", language), _tip("value", "Q", language, ".3f")],
    )
    return alt.layer(
        base.mark_line(opacity=0.45).encode(order="order:Q", detail="member:N"),
        base.mark_circle(size=70, opacity=1),
        height=HEIGHT,
    )


def grid_chart(frame: pd.DataFrame, language: str) -> alt.FacetChart:
    """The layer's sums as a table of colours, before and after; the group shown above is framed."""
    most = float(frame["value"].abs().max())
    labels = {stage: _say(f"stages.{stage}", language) for stage in ("before", "after")}
    x, y = (
        alt.X("unit:O", title=axis_title("unit", language), axis=alt.Axis(labelAngle=0)),
        alt.Y("sample:O", title=axis_title("sample", language)),
    )
    cells = (
        alt.Chart()
        .mark_rect()
        .encode(
            x=x,
            y=y,
            color=alt.Color(
                "value:Q",
                title=axis_title("value", language),
                scale=alt.Scale(scheme="blueorange", domain=[-most, most]),
                legend=alt.Legend(orient="right", gradientLength=120),
            ),
            tooltip=[
                _tip("sample", "O", language),
                _tip("unit", "O", language),
                _tip("value", "Q", language, ".3f"),
            ],
        )
    )
    frames = (
        alt.Chart()
        .mark_rect(fill=None, stroke="#d55e00", strokeWidth=2.5)
        .encode(x=x, y=y)
        .transform_filter("datum.marked")
    )
    return alt.layer(
        cells, frames, data=frame.assign(name=frame["stage"].map(labels)), width=210, height=210
    ).facet(column=alt.Column("name:N", sort=list(labels.values()), header=alt.Header(title=None)))


# --- training ---------------------------------------------------------------------------------------------


def histograms_chart(frame: pd.DataFrame, epoch: int, language: str) -> alt.FacetChart:
    """What enters the activations at one epoch: a row for each normalization, a column for each layer.

    Args:
        frame: histograms of ``watch``.
    """
    shown = frame[frame["epoch"] == epoch]
    shown = shown.assign(share=shown["share"].round(5))
    shown, names = _named(shown, language)
    layer = _say("layer", language, number="#")
    return (
        alt.Chart(shown)
        .mark_bar(binSpacing=0)
        .encode(
            x=alt.X("left:Q", bin="binned", axis=alt.Axis(title=None, tickCount=3, grid=False)),
            x2="right:Q",
            y=alt.Y("share:Q", axis=None, stack=None),
            color=alt.Color(
                "normalization:N",
                scale=alt.Scale(domain=list(KIND_COLOURS), range=list(KIND_COLOURS.values())),
                legend=None,
            ),
            tooltip=[
                _tip("left", "Q", language, ".3g"),
                _tip("right", "Q", language, ".3g"),
                _tip("share", "Q", language, ".1%"),
            ],
        )
        .properties(width=min(118, 500 // shown["layer"].nunique()), height=68)
        .facet(
            row=alt.Row(
                "name:N",
                sort=names,
                header=alt.Header(title=None, labelAngle=0, labelAlign="left", labelLimit=120),
            ),
            column=alt.Column(
                "layer:O",
                header=alt.Header(title=None, labelExpr=f"replace('{layer}', '#', datum.value)"),
            ),
            spacing=6,
        )
        .resolve_scale(y="independent")
    )


def curve_chart(frame: pd.DataFrame, column: str, language: str) -> alt.Chart:
    """A curve over the epochs for each normalization; ``column`` is ``loss`` or ``accuracy``."""
    most = int(frame["epoch"].max()) or 1
    shown = frame[(frame["epoch"] % max(1, most // 80) == 0) & np.isfinite(frame[column])]
    form = "%" if column == "accuracy" else "~g"
    return (
        alt.Chart(shown)
        .mark_line(strokeWidth=2.2)
        .encode(
            x=alt.X("epoch:Q", title=axis_title("epoch", language), scale=alt.Scale(nice=False)),
            y=alt.Y(
                f"{column}:Q",
                title=axis_title(column, language),
                axis=alt.Axis(format=form),
                scale=alt.Scale(zero=column == "loss"),
            ),
            color=_kinds(language),
            tooltip=[_tip("epoch", "Q", language), _tip(column, "Q", language, ".3g")],
        )
        .properties(height=280)
    )


# --- sweeps -----------------------------------------------------------------------------------------------


def against_chart(frame: pd.DataFrame, x: str, y: str, language: str, *, log_y: bool = False) -> Layered:
    """Every run as a dot and the median as a line, over a setting on a logarithmic axis.

    Args:
        frame: of a sweep; runs that diverged count as guesses and have a dot of their own shape.
        x: ``"rate"`` or ``"batch"``.
        y: ``"accuracy_train"``, ``"accuracy_test"`` …
    """
    keys = ["normalization", x]
    medians = frame.groupby(keys, sort=False, as_index=False)[y].median()
    form = "%" if y.startswith("accuracy") else "~g"
    axis_x = alt.X(
        f"{x}:Q",
        title=axis_title(x, language),
        scale=alt.Scale(type="log", nice=False, padding=12),
        axis=alt.Axis(values=sorted(frame[x].unique().tolist()), format="~g", grid=False),
    )
    axis_y = alt.Y(
        f"{y}:Q",
        title=axis_title(y, language),
        axis=alt.Axis(format=form),
        scale=alt.Scale(type="log" if log_y else "linear", zero=False),
    )
    tips = [_tip(x, "Q", language, "~g"), _tip(y, "Q", language, ".3g")]
    dots = (
        alt.Chart(frame)
        .mark_point(filled=True, size=30, opacity=0.5)
        .encode(
            x=axis_x,
            y=axis_y,
            color=_kinds(language),
            shape=alt.Shape(
                "diverged:N", scale=alt.Scale(domain=[False, True], range=["circle", "cross"]), legend=None
            ),
            tooltip=tips,
        )
    )
    line = (
        alt.Chart(medians)
        .mark_line(strokeWidth=2.4)
        .encode(x=axis_x, y=axis_y, color=_kinds(language), tooltip=tips)
    )
    return alt.layer(line, dots, height=HEIGHT)


def scale_chart(frame: pd.DataFrame, language: str) -> alt.FacetChart:
    """Heat maps of the training accuracy over initial scale and depth, one for each normalization."""
    means = frame.groupby(["normalization", "std", "depth"], sort=False, as_index=False)[
        ["accuracy_train"]
    ].mean()
    means, names = _named(means, language)
    return (
        alt.Chart(means)
        .mark_rect()
        .encode(
            x=alt.X(
                "std:O",
                title=axis_title("std", language),
                axis=alt.Axis(format="~g", labelAngle=0, labelOverlap=False),
            ),
            y=alt.Y("depth:O", title=axis_title("depth", language), sort="descending"),
            color=alt.Color(
                "accuracy_train:Q",
                title=axis_title("accuracy_train", language),
                scale=alt.Scale(
                    domain=[0.5, 1.0],
                    range=["#0b2a4a", BLUE, "#f4efe2", ORANGE],
                    clamp=True,
                    interpolate="rgb",
                ),
                legend=alt.Legend(format="%", orient="right"),
            ),
            tooltip=[
                _tip("std", "O", language),
                _tip("depth", "O", language),
                _tip("accuracy_train", "Q", language, ".1%"),
            ],
        )
        .properties(width=alt.Step(36), height=alt.Step(34))
        .facet(
            row=alt.Row(
                "name:N",
                sort=names,
                header=alt.Header(title=None, labelAngle=0, labelAlign="left", labelLimit=120),
            ),
            spacing=10,
        )
    )


def forgotten_chart(frame: pd.DataFrame, language: str) -> alt.Chart:
    """Accuracy over how many points are asked about at a time, in both modes; the wrong one in both orders.

    Args:
        frame: of ``forgotten``.
    """
    labels = {
        name: _say(f"modes.{name}", language) for name in ("evaluation", "training_mixed", "training_sorted")
    }
    shown = frame.assign(
        series=frame["mode"].where(frame["mode"] == "evaluation", "training_" + frame["order"])
    )
    shown = shown.drop_duplicates(["series", "size"])
    return (
        alt.Chart(shown)
        .mark_line(strokeWidth=2.2, point={"size": 40})
        .encode(
            x=alt.X("size:O", title=axis_title("size", language), axis=alt.Axis(labelAngle=0)),
            y=alt.Y(
                "accuracy:Q",
                title=axis_title("accuracy", language),
                axis=alt.Axis(format="%"),
                scale=alt.Scale(zero=False),
            ),
            color=alt.Color(
                "series:N",
                scale=alt.Scale(domain=list(labels), range=[BLUE, ORANGE, CLASS_COLOURS[3]]),
                legend=alt.Legend(
                    title=None,
                    orient="top",
                    columns=1,
                    labelLimit=300,
                    labelExpr=label_expression(labels),
                    symbolType="stroke",
                    symbolStrokeWidth=3,
                ),
            ),
            tooltip=[_tip("size", "O", language), _tip("accuracy", "Q", language, ".1%")],
        )
        .properties(height=HEIGHT)
    )


def lag_chart(frame: pd.DataFrame, language: str) -> alt.Chart:
    """The test loss in evaluation mode for each momentum of the running statistics."""
    return (
        alt.Chart(frame)
        .mark_line(strokeWidth=2.2)
        .encode(
            x=alt.X("epoch:Q", title=axis_title("epoch", language), scale=alt.Scale(nice=False)),
            y=alt.Y("loss:Q", title=axis_title("loss_test", language), scale=alt.Scale(zero=False)),
            color=alt.Color(
                "momentum:O",
                title=axis_title("momentum", language),
                scale=alt.Scale(range=list(LAYER_COLOURS[::2])),
                legend=alt.Legend(orient="top", symbolType="stroke", symbolStrokeWidth=3),
            ),
            tooltip=[
                _tip("momentum", "O", language),
                _tip("epoch", "Q", language),
                _tip("loss", "Q", language, ".3g"),
            ],
        )
        .properties(height=HEIGHT)
    )


def gap_chart(frame: pd.DataFrame, column: str, language: str) -> Layered:
    """Training and test value of every seed side by side, joined; one group for each normalization.

    Args:
        frame: of ``regularizing``.
        column: ``"loss"`` or ``"accuracy"``.
    """
    long = frame.melt(
        ["normalization", "seed"], [f"{column}_train", f"{column}_test"], var_name="split", value_name="value"
    )
    long["split"] = long["split"].str.removeprefix(f"{column}_")
    long["name"] = [kind_name(kind, language) for kind in long["normalization"]]
    labels = {part: _say(f"leak.{part}", language) for part in SPLIT_COLOURS}
    base = alt.Chart(long).encode(
        x=alt.X(
            "value:Q",
            title=axis_title(column, language),
            axis=alt.Axis(format="%" if column == "accuracy" else "~g"),
        ),
        y=alt.Y("name:N", title=None, sort=None, axis=alt.Axis(labelLimit=160)),
        yOffset=alt.YOffset("seed:N"),
    )
    joined = base.mark_line(color=NEUTRAL_COLOUR, opacity=0.6).encode(detail=["seed:N", "name:N"])
    dots = base.mark_circle(size=60, opacity=1).encode(
        color=alt.Color(
            "split:N",
            scale=alt.Scale(domain=list(SPLIT_COLOURS), range=list(SPLIT_COLOURS.values())),
            legend=alt.Legend(title=None, orient="top", labelExpr=label_expression(labels)),
        ),
        tooltip=[_tip("seed", "N", language), _tip("value", "Q", language, ".3g")],
    )
    return alt.layer(joined, dots, height=230)


def renamed(frame: pd.DataFrame, say: Callable[..., str], **cells: Callable[[Any], Any]) -> pd.DataFrame:
    """A table for the page: columns of ``cells`` only, titled by ``say("axis.<column>")`` and written by the cell."""
    return pd.DataFrame(
        {say(f"axis.{name}"): [write(v) for v in frame[name]] for name, write in cells.items()}
    )
