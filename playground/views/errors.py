"""Where the network errs: the confusion matrix of a classification, the residuals of a regression."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from playground.text import text
from playground.views.theme import named, split_colour

CONFUSION_COLUMNS = ("true", "predicted", "count", "share")
NUMBERS = "abs(datum.value) >= 10000 ? format(datum.value, '~s') : format(datum.value, '~g')"
"""Of an axis: as they are, and from 10,000 on shortened."""
RESIDUAL_COLUMNS = ("split", "predicted", "residual")


def confusion_frame(confusion: Sequence[Sequence[int]], class_names: Sequence[str]) -> pd.DataFrame:
    """One row for each cell of the matrix.

    Args:
        confusion: (C, C) counts, row = true class, column = predicted class.
        class_names: C names.

    Returns:
        Columns ``true``, ``predicted``, ``count``, and ``share``: the cell's part of its true class.
    """
    if len(confusion) != len(class_names) or any(len(row) != len(class_names) for row in confusion):
        raise ValueError(f"expected a {len(class_names)}×{len(class_names)} matrix, one name for each class")
    rows = [
        (class_names[i], class_names[j], count, count / max(1, sum(row)))
        for i, row in enumerate(confusion)
        for j, count in enumerate(row)
    ]
    return pd.DataFrame(rows, columns=list(CONFUSION_COLUMNS))


def confusion_chart(
    language: str, frame: pd.DataFrame | None = None, size: int = 54, part: str = "test"
) -> alt.LayerChart | alt.FacetChart:
    """The matrix as squares, darker for a larger share of the true class, with the counts.

    Args:
        language: of the titles.
        frame: a ``confusion_frame``; None for the named data set ``rows``.
        size: pixels of a cell.
        part: whose points they are, one of ``PARTS``.
    """
    base = alt.Chart(_data(frame)).encode(
        x=alt.X(
            "predicted:N",
            sort=None,
            axis=alt.Axis(
                title=text("stage.panels.predicted", language), labelAngle=0, labelLimit=size, orient="top"
            ),
        ),
        y=alt.Y("true:N", sort=None, axis=alt.Axis(title=text("stage.panels.true", language), labelLimit=90)),
    )
    squares = base.mark_rect(cornerRadius=2).encode(
        color=alt.Color("share:Q", scale=alt.Scale(scheme="blues", domain=[0, 1]), legend=None),
        tooltip=[
            alt.Tooltip("true:N", title=text("stage.panels.true", language)),
            alt.Tooltip("predicted:N", title=text("stage.panels.predicted", language)),
            alt.Tooltip("count:Q", title=text("stage.panels.count", language)),
            alt.Tooltip("share:Q", format=".1%", title=text("stage.panels.share", language)),
        ],
    )
    counts = base.mark_text(fontSize=12).encode(
        text="count:Q",
        color=alt.condition("datum.share > 0.5", alt.value("#ffffff"), alt.value("#1f2430")),
    )
    return alt.layer(squares, counts).properties(
        width=alt.Step(size), height=alt.Step(size), title=text(f"stage.panels.confusion_{part}", language)
    )


def residual_frame(residuals: Mapping[str, Sequence[Any]]) -> pd.DataFrame:
    """One row for each point: split, predicted value, and residual (target − predicted).

    Args:
        residuals: ``predicted`` (n,), ``target`` (n,) and, if not all are test points, ``part`` (n,), their names.
    """
    predictions, targets = residuals["predicted"], residuals["target"]
    parts = residuals.get("part") or ["test"] * len(targets)
    rows = [
        (part, predicted, target - predicted)
        for predicted, target, part in zip(predictions, targets, parts, strict=True)
        if predicted is not None
    ]
    return pd.DataFrame(rows, columns=list(RESIDUAL_COLUMNS))


def residual_chart(
    language: str, frame: pd.DataFrame | None = None, width: int = 320, validated: bool = False
) -> alt.LayerChart | alt.FacetChart:
    """Residual over prediction, around the line of a perfect fit; ``validated``: also of a validation part."""
    splits = ("train", "validation", "test") if validated else ("train", "test")
    labels = {split: text(f"stage.curves.{split}", language) for split in splits}
    points = (
        alt.Chart(_data(frame))
        .mark_point(filled=True, size=18, opacity=0.6)
        .encode(
            x=alt.X(
                "predicted:Q",
                axis=alt.Axis(
                    title=text("stage.panels.prediction", language), labelExpr=NUMBERS, tickCount=6
                ),
                scale=alt.Scale(zero=False),
            ),
            y=alt.Y(
                "residual:Q",
                axis=alt.Axis(title=text("stage.panels.residual", language), labelExpr=NUMBERS, tickCount=5),
            ),
            color=split_colour(labels, "circle"),
        )
    )
    zero = alt.Chart(alt.InlineData(values=[{"zero": 0}])).mark_rule(strokeDash=[4, 3]).encode(y="zero:Q")
    return alt.layer(zero, points).properties(
        width=width, height=240, title=text("stage.panels.residuals", language)
    )


def _data(frame: pd.DataFrame | None) -> Any:
    return named("rows") if frame is None else frame
