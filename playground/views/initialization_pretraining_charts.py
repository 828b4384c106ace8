"""The charts of pre-training. Frames come from ``playground.labs.initialization_pretraining``."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import pandas as pd

from playground.text import text
from playground.views.theme import CLASS_COLOURS

BLUE, ORANGE = CLASS_COLOURS[:2]


def _say(key: str, language: str, **values: object) -> str:
    return text(f"lab_initialization.{key}", language, **values)


def record_chart(records: pd.DataFrame, column: str, language: str) -> alt.Chart:
    """How a machine's measure goes over the epochs, layer by layer.

    Args:
        records: columns ``layer``, ``epoch``, ``error``, ``pseudo_likelihood``.
    """
    return (
        alt.Chart(records, title=_say(f"pretraining.{column}", language))
        .mark_line(point=True)
        .encode(
            x=alt.X("epoch:Q", title=_say("axis.epoch", language), axis=alt.Axis(tickMinStep=1, format="d")),
            y=alt.Y(f"{column}:Q", title=None, scale=alt.Scale(zero=column == "error")),
            color=alt.Color(
                "layer:N",
                title=_say("axis.layer", language),
                scale=alt.Scale(range=[BLUE, ORANGE, "#009e73", "#cc79a7", "#d55e00"]),
                legend=alt.Legend(orient="right", symbolType="stroke", symbolStrokeWidth=3),
            ),
            tooltip=[
                alt.Tooltip("layer:N", title=_say("axis.layer", language)),
                alt.Tooltip("epoch:Q", title=_say("axis.epoch", language)),
                alt.Tooltip(f"{column}:Q", format=".4g", title=_say(f"pretraining.{column}", language)),
            ],
        )
        .properties(height=200)
    )


START_COLOURS = ("#8a8f98", "#f59322", "#cc79a7", "#0877bd")


def _starts(names: Mapping[str, str]) -> alt.Color:
    return alt.Color(
        "start:N",
        sort=None,
        scale=alt.Scale(domain=list(names.values()), range=list(START_COLOURS[: len(names)])),
        legend=alt.Legend(
            title=None,
            orient="bottom",
            columns=1,
            symbolType="stroke",
            symbolStrokeWidth=3,
            symbolOpacity=1,
            labelLimit=320,
        ),
    )


def tuning_chart(
    frame: pd.DataFrame, names: Mapping[str, str], column: str, language: str
) -> alt.LayerChart | alt.FacetChart:
    """Fine-tuning from each start: the mean over the networks, and their range as a band.

    Args:
        frame: of ``fine_tune``.
        names: what a start is called on the page.
        column: ``"loss"`` (training) or ``"accuracy"`` (test).
    """
    shown = frame.assign(start=frame["start"].map(names))
    base = alt.Chart(shown).encode(
        x=alt.X("update:Q", title=_say("axis.update", language)), color=_starts(names)
    )
    title = _say(f"pretraining.{column}", language)
    axis = alt.Axis(format="%" if column == "accuracy" else "~g")
    band = base.mark_errorband(extent="stdev", opacity=0.18).encode(
        y=alt.Y(f"{column}:Q", title=None, axis=axis)
    )
    line = base.mark_line(strokeWidth=2.4).encode(
        y=alt.Y(f"mean({column}):Q", title=None, axis=axis),
        tooltip=[
            alt.Tooltip("start:N", title=_say("axis.start", language)),
            alt.Tooltip("update:Q", title=_say("axis.update", language)),
            alt.Tooltip(f"mean({column}):Q", format=".3g", title=title),
        ],
    )
    return alt.layer(band, line).properties(height=300, title=title)


def sweep_chart(
    frame: pd.DataFrame, names: Mapping[str, str], language: str
) -> alt.LayerChart | alt.FacetChart:
    """Test accuracy over the number of labels, for each start.

    Args:
        frame: of ``label_sweep``.
        names: what a start is called on the page.
    """
    shown = frame.assign(start=frame["start"].map(names))
    base = alt.Chart(shown).encode(
        x=alt.X(
            "labels:Q",
            title=_say("axis.labels", language),
            scale=alt.Scale(type="log"),
            axis=alt.Axis(format="d"),
        ),
        color=_starts(names),
    )
    title = _say("pretraining.accuracy", language)
    y = alt.Axis(format="%")
    points = base.mark_circle(size=28, opacity=0.5).encode(y=alt.Y("accuracy:Q", title=title, axis=y))
    line = base.mark_line(strokeWidth=2.4).encode(
        y=alt.Y("mean(accuracy):Q", title=title, axis=y),
        tooltip=[
            alt.Tooltip("start:N", title=_say("axis.start", language)),
            alt.Tooltip("labels:Q", title=_say("axis.labels", language)),
            alt.Tooltip("mean(accuracy):Q", format=".1%", title=title),
        ],
    )
    return alt.layer(points, line).properties(height=300)
