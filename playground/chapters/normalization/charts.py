"""Charts that several sections of this chapter share."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from playground.chapters.normalization.parts import KIND_COLOURS, Layered, kind_name, title, titles
from playground.chapters.section import Figure
from playground.views.theme import label_expression


def tip(column: str, language: str, form: str = "", kind: str = "Q") -> alt.Tooltip:
    """A column's line in a tooltip."""
    options: dict[str, Any] = {"format": form} if form else {}
    return alt.Tooltip(f"{column}:{kind}", title=title(column, language), **options)


def kinds(language: str) -> alt.Color:
    """The colour of each normalization, with its legend."""
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


def named(frame: pd.DataFrame, language: str) -> tuple[pd.DataFrame, list[str]]:
    """The table with a column ``name``, and the names in the order of the kinds."""
    kinds = [kind for kind in KIND_COLOURS if kind in set(frame["normalization"])]
    labels = {kind: kind_name(kind, language) for kind in kinds}
    return frame.assign(name=frame["normalization"].map(labels)), list(labels.values())


def square(*columns: np.ndarray) -> tuple[tuple[float, float], tuple[float, float]]:
    """Domains of equal length around two columns of numbers, so that a circle looks like one."""
    middles = [(float(c.min()) + float(c.max())) / 2 for c in columns]
    half = max(0.56 * float(c.max() - c.min()) for c in columns) or 1.0
    (a, b) = middles
    return (a - half, a + half), (b - half, b + half)


def by_kind(frame: pd.DataFrame, x: str, y: str, language: str) -> Figure:
    """``against`` with the table of ``runs.by_kind``."""
    shown = frame.assign(normalization=[kind_name(kind, language) for kind in frame["normalization"]])
    columns = titles(("normalization", x, "network", "accuracy_train", "accuracy_test"), language)
    return Figure(against(frame, x, y, language), shown, columns=columns)


def against(frame: pd.DataFrame, x: str, y: str, language: str) -> Layered:
    """Every run as a dot and the median as a line, over a setting on a logarithmic axis.

    Args:
        frame: of a sweep; runs that diverged count as guesses and have a dot of their own shape.
        x: ``"rate"``, ``"batch"`` or ``"std"``.
        y: ``"accuracy_train"``, ``"accuracy_test"`` …
    """
    keys = ["normalization", x]
    medians = frame.groupby(keys, sort=False, as_index=False)[y].median()
    form = "%" if y.startswith("accuracy") else "~g"
    axis_x = alt.X(
        f"{x}:Q",
        title=title(x, language),
        scale=alt.Scale(type="log", nice=False, padding=12),
        axis=alt.Axis(values=sorted(frame[x].unique().tolist()), format="~g", grid=False, labelOverlap=True),
    )
    axis_y = alt.Y(
        f"{y}:Q",
        title=title(y, language),
        axis=alt.Axis(format=form),
        scale=alt.Scale(zero=False),
    )
    tips = [tip(x, language, "~g"), tip(y, language, ".3g")]
    dots = (
        alt.Chart(frame)
        .mark_point(filled=True, size=45, opacity=0.5)
        .encode(
            x=axis_x,
            y=axis_y,
            color=kinds(language),
            shape=alt.Shape(
                "diverged:N", scale=alt.Scale(domain=[False, True], range=["circle", "cross"]), legend=None
            ),
            tooltip=tips,
        )
    )
    dash = alt.StrokeDash(
        "normalization:N",
        scale=alt.Scale(domain=list(KIND_COLOURS), range=[[1, 0], [1, 0], [6, 4]]),
        legend=None,
    )
    line = (
        alt.Chart(medians)
        .mark_line(strokeWidth=3)
        .encode(x=axis_x, y=axis_y, color=kinds(language), strokeDash=dash, tooltip=tips)
    )
    return alt.layer(line, dots)
