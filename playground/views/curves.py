"""Loss, accuracy and learning rate over the epochs.

Two steps: ``curve_frame`` makes the tidy table, ``curve_chart`` the chart. The stage uses the same chart
with named, empty data sets that the browser fills: ``history`` and ``ghost`` (an earlier run to compare
with) have the columns of ``curve_frame`` and ``shown``, the loss as a logarithmic axis can show it; ``cursor``
holds the rows of the epoch under the pointer, ``marks`` the epochs in which something happened, each with a
``label``. Nothing is computed in these charts: Vega would do it in copies of the rows, of which it never forgets
the keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt
import pandas as pd

from playground.data.prepare import PARTS
from playground.text import text
from playground.views.theme import NEUTRAL_COLOUR, epoch_axis, fixed_axis, named, split_colour

if TYPE_CHECKING:
    from playground.engine.history import History

COLUMNS = ("epoch", "step", "split", "loss", "accuracy", "learning_rate")

NAME_LIMIT = 230
"""Pixels of the ghost's name at most; a longer one is cut."""

HEIGHTS = {"loss": 136, "accuracy": 78, "learning_rate": 36}
"""Pixels of each row of the chart."""

SMALLEST_LOG_LOSS = 1e-12
"""A loss of 0 has no place on a logarithmic axis; it is drawn here."""


def curve_frame(history: History, rows: int | None = None) -> pd.DataFrame:
    """The tidy table of a run: one row for each epoch and split.

    Args:
        history: the run.
        rows: thin the history to at most this many epochs first; None keeps all.

    Returns:
        Columns as in ``COLUMNS``; ``split`` is ``"train"``, ``"validation"`` where points are held out, or
        ``"test"``; accuracy is nan for regression.
    """
    thin = history if rows is None else history.thinned(rows)
    return thin.frame()[list(COLUMNS)]


def curve_chart(
    language: str,
    frame: pd.DataFrame | None = None,
    ghost: pd.DataFrame | None = None,
    *,
    accuracy: bool = True,
    log: bool = False,
    width: int = 320,
) -> alt.VConcatChart:
    """Loss above accuracy above learning rate, on one epoch axis.

    Args:
        language: of titles and legend.
        frame: a ``curve_frame``; None for the named data sets of the stage.
        ghost: a second run, drawn faintly behind; a column ``run`` names it.
        accuracy: with the row of accuracies (not for regression).
        log: the loss on a logarithmic axis.
        width: pixels of the plotting area.
    """
    live = frame is None
    splits = [split for split in PARTS if frame is None or (frame["split"] == split).any()]
    colour = split_colour({split: text(f"stage.curves.{split}", language) for split in splits})
    data = named("history") if live else _on_log(frame)
    behind = named("ghost") if live else _on_log(ghost)
    cursor = named("cursor") if live else None
    marks = named("marks") if live else None
    rows = ["loss", "accuracy", "learning_rate"] if accuracy else ["loss", "learning_rate"]
    charts = [
        _row(
            language, measure, data, behind, cursor, marks, colour, log=log, last=measure == rows[-1]
        ).properties(width=width, height=HEIGHTS[measure])
        for measure in rows
    ]
    return (
        alt.vconcat(*charts, spacing=8)
        .resolve_scale(x="shared", color="shared")
        .properties(padding={"left": 2, "right": 8, "top": 2, "bottom": 2})
    )


def _row(
    language: str,
    measure: str,
    data: Any,
    ghost: Any,
    cursor: Any,
    marks: Any,
    colour: alt.Color,
    *,
    log: bool,
    last: bool,
) -> alt.LayerChart | alt.FacetChart:
    x = _epoch_axis(language, last)
    y = _value_axis(language, measure, log)
    if measure == "learning_rate":
        line = _line(data, measure).encode(x=x, y=y)
        layers = [line.transform_filter("datum.split === 'train'")]
    else:
        layers = [_line(data, measure).encode(x=x, y=y, color=colour)]
        if ghost is not None:
            layers.insert(0, _line(ghost, measure, opacity=0.35, dash=[3, 3]).encode(x=x, y=y, color=colour))
            if measure == "loss" and (not isinstance(ghost, pd.DataFrame) or "run" in ghost):
                layers.append(_ghost_name(ghost))
    if marks is not None:
        layers += _happened(marks, x, named_here=measure == "loss")
    if cursor is not None:
        layers += _cursor_layers(cursor, measure, x, y, log)
    return alt.layer(*layers)


def _happened(marks: Any, x: alt.X, *, named_here: bool) -> list[alt.Chart]:
    """A line at each epoch in which something happened to the run, with its name once."""
    rule = alt.Chart(marks).mark_rule(strokeDash=[4, 3], strokeWidth=1.2, clip=True).encode(x=x)
    if not named_here:
        return [rule]
    name = alt.Chart(marks).mark_text(
        align="right", baseline="bottom", dx=-4, fontSize=11, color=NEUTRAL_COLOUR
    )
    return [rule, name.encode(x=x, y=alt.value("height"), text="label:N")]


def _ghost_name(ghost: Any) -> alt.Chart:
    """The name of the earlier run, from its column ``run``, in the corner that a falling loss leaves free."""
    return (
        alt.Chart(ghost)
        .transform_aggregate(rows="count()", groupby=["run"])
        .mark_text(align="right", baseline="top", dx=-4, limit=NAME_LIMIT, color=NEUTRAL_COLOUR, fontSize=11)
        .encode(text="run:N", x=alt.value("width"), y=alt.value(3))
    )


def _epoch_axis(language: str, last: bool) -> alt.X:
    title = text("stage.curves.epoch", language) if last else None
    axis = epoch_axis(title, labels=last, ticks=last, domain=last)
    return alt.X("epoch:Q", axis=axis, scale=alt.Scale(nice=False, zero=False))


def _value_axis(language: str, measure: str, log: bool) -> alt.Y:
    title = text(f"stage.curves.{measure}", language)
    if measure == "accuracy":
        return alt.Y(
            "accuracy:Q", axis=fixed_axis(title, format="%", tickCount=3), scale=alt.Scale(domain=[0, 1])
        )
    if measure == "learning_rate":
        return alt.Y(
            "learning_rate:Q", axis=fixed_axis(title, format="~g", tickCount=2), scale=alt.Scale(zero=True)
        )
    if log:
        return alt.Y("shown:Q", axis=fixed_axis(title, format="~g"), scale=alt.Scale(type="log", nice=False))
    return alt.Y("loss:Q", axis=fixed_axis(title, format="~g"), scale=alt.Scale(zero=True))


def _line(data: Any, measure: str, opacity: float = 1, dash: list[int] | None = None) -> alt.Chart:
    mark: dict[str, Any] = {"strokeWidth": 1.8, "opacity": opacity, "clip": True}
    if dash:
        mark["strokeDash"] = dash
    if measure == "learning_rate":
        # The rate of a row is the one that its epoch used.
        mark.update(color=NEUTRAL_COLOUR, interpolate="step-before", strokeWidth=1.4)
    return alt.Chart(data).mark_line(**mark)


def _cursor_layers(cursor: Any, measure: str, x: alt.X, y: alt.Y, log: bool) -> list[alt.Chart]:
    rule = alt.Chart(cursor).mark_rule(strokeWidth=1).encode(x=x)
    if measure == "learning_rate":
        return [rule]
    point = alt.Chart(cursor).mark_point(filled=True, size=46, opacity=1)
    return [rule, point.encode(x=x, y=y, color=alt.Color("split:N"))]


def _on_log(frame: pd.DataFrame | None) -> pd.DataFrame | None:
    """The table with the column ``shown``: a loss of 0 where a logarithmic axis begins."""
    return None if frame is None else frame.assign(shown=frame["loss"].clip(lower=SMALLEST_LOG_LOSS))
