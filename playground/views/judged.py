"""How a classifier is judged: ROC and precision-recall curves of each class against the rest, and its calibration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

import altair as alt
import pandas as pd

from playground.text import text
from playground.views.theme import BAR_COLOUR, CLASS_COLOURS, NEUTRAL_COLOUR, named

CURVE_COLUMNS = ("class", "place", "x", "y")
CALIBRATION_COLUMNS = ("confidence", "accuracy", "count")
HEIGHT = 240
FIFTHS = [0, 0.2, 0.4, 0.6, 0.8, 1]

Kind = Literal["roc", "precision_recall"]
CURVES: tuple[Kind, ...] = get_args(Kind)


def rate_frame(curves: Sequence[Mapping[str, Any] | None], class_names: Sequence[str]) -> pd.DataFrame:
    """One row for each place of each curve, in the order of the thresholds.

    Args:
        curves: for each class ``x`` and ``y``, or None where it has no curve: then one row without numbers, so that
            every class keeps its colour.
        class_names: of the classes.
    """
    rows: list[tuple[Any, ...]] = []
    for name, curve in zip(class_names, curves, strict=True):
        if curve is None:
            rows.append((name, 0, None, None))
        else:
            rows += [(name, i, x, y) for i, (x, y) in enumerate(zip(curve["x"], curve["y"], strict=True))]
    return pd.DataFrame(rows, columns=list(CURVE_COLUMNS), dtype=object)


def rate_chart(
    language: str, kind: Kind, frame: pd.DataFrame | None = None, width: int = 320
) -> alt.LayerChart | alt.FacetChart:
    """Curves over all thresholds, one for each class; of a ROC curve with the diagonal of guessing.

    Args:
        kind: decides the words.
        frame: a ``rate_frame``; None for the named data set ``rows``.
    """
    axis: dict[str, Any] = {"format": "~g", "values": FIFTHS}
    unit = alt.Scale(domain=[0, 1])
    titles = {side: text(f"stage.judged.{kind}_{side}", language) for side in ("x", "y")}
    lines = (
        alt.Chart(_data(frame))
        .mark_line(strokeWidth=2, clip=True)
        .encode(
            x=alt.X("x:Q", scale=unit, axis=alt.Axis(title=titles["x"], **axis)),
            y=alt.Y("y:Q", scale=unit, axis=alt.Axis(title=titles["y"], **axis)),
            order="place:Q",
            color=alt.Color(
                "class:N",
                sort=None,
                scale=alt.Scale(range=list(CLASS_COLOURS)),
                legend=alt.Legend(title=None, orient="top", columns=5, labelLimit=90, symbolStrokeWidth=3),
            ),
        )
    )
    layers = [_diagonal(), lines] if kind == "roc" else [lines]
    return alt.layer(*layers).properties(
        width=width, height=HEIGHT, title=text(f"stage.judged.{kind}", language)
    )


def calibration_frame(calibration: Mapping[str, Sequence[Any]]) -> pd.DataFrame:
    """One row for each bin that holds an answer: mean confidence, share of right answers, answers.

    Args:
        calibration: ``confidence``, ``accuracy`` and ``counts`` of all bins.
    """
    columns = (calibration[name] for name in ("confidence", "accuracy", "counts"))
    rows = [row for row in zip(*columns, strict=True) if row[2]]
    return pd.DataFrame(rows, columns=list(CALIBRATION_COLUMNS))


def calibration_chart(
    language: str, frame: pd.DataFrame | None = None, width: int = 320
) -> alt.LayerChart | alt.FacetChart:
    """Reliability diagram: accuracy over confidence, larger where more answers lie, and the line where both agree."""
    unit = alt.Scale(domain=[0, 1])
    axis: dict[str, Any] = {"format": "~%", "values": FIFTHS}
    titles = {
        name: text(f"stage.judged.calibration_{name}", language)
        for name in ("confidence", "accuracy", "count")
    }
    base = alt.Chart(_data(frame)).encode(
        x=alt.X("confidence:Q", scale=unit, axis=alt.Axis(title=titles["confidence"], **axis)),
        y=alt.Y("accuracy:Q", scale=unit, axis=alt.Axis(title=titles["accuracy"], **axis)),
    )
    dots = base.mark_point(filled=True, color=BAR_COLOUR, opacity=1, clip=False).encode(
        size=alt.Size("count:Q", scale=alt.Scale(range=[25, 400]), legend=None),
        tooltip=[
            alt.Tooltip("confidence:Q", title=titles["confidence"], format=".1%"),
            alt.Tooltip("accuracy:Q", title=titles["accuracy"], format=".1%"),
            alt.Tooltip("count:Q", title=titles["count"]),
        ],
    )
    return alt.layer(_diagonal(), base.mark_line(color=BAR_COLOUR), dots).properties(
        width=width, height=HEIGHT, title=text("stage.judged.calibration", language)
    )


def _diagonal() -> alt.Chart:
    ends = alt.InlineData(values=[{"end": 0}, {"end": 1}])
    return alt.Chart(ends).mark_line(color=NEUTRAL_COLOUR, strokeDash=[4, 3]).encode(x="end:Q", y="end:Q")


def _data(frame: pd.DataFrame | None) -> Any:
    return named("rows") if frame is None else frame
