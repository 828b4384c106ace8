"""Line charts of the chapter on activations, and how activations are called in legends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from playground.registry import parse_spec
from playground.text import catalog, text
from playground.views.theme import CLASS_COLOURS, label_expression

WHOLE = ("layer", "unit", "update", "epoch", "units")
"""Columns that count."""


def axis_title(column: str, language: str) -> str:
    """The title of a column's axis and tooltip entry."""
    return text(f"lab_activations.axes.{column}", language)


def shown(label: str, language: str) -> str:
    """An activation as it is called on the page, with parameters that differ from their defaults."""
    spec = parse_spec(label)
    name = str(spec.pop("name"))
    title = catalog(language).get(f"techniques.activations.{name}.label", name)
    return f"{title} ({', '.join(str(v) for v in spec.values())})" if spec else title


def named_activations(frame: pd.DataFrame, language: str) -> pd.DataFrame:
    """The table with the activations' names as the page shows them."""
    return frame.assign(activation=[shown(str(label), language) for label in frame["activation"]])


def palette(values: Sequence[Any], title: str | None = None) -> Any:
    """Colours by category, in the order of first appearance."""
    domain = list(dict.fromkeys(values))
    return alt.Scale(domain=domain, range=[CLASS_COLOURS[i % len(CLASS_COLOURS)] for i in range(len(domain))])


def lines(
    language: str,
    frame: pd.DataFrame,
    x: str,
    y: str,
    colour: str | None = None,
    *,
    log_x: bool = False,
    log_y: bool = False,
    ordered: bool = False,
    points: bool = False,
    y_format: str = ".4~g",
    y_domain: tuple[float, float] | None = None,
    labels: Mapping[str, str] | None = None,
    detail: str | None = None,
    clip: bool = False,
    height: int = 340,
    title: str | None = None,
) -> alt.Chart:
    """One line for each value of ``colour``, with a tooltip of every column drawn.

    Args:
        language: of titles; a column's title is the text ``lab_activations.axes.<column>``.
        frame: tidy table.
        x, y, colour: columns.
        log_x, log_y: logarithmic axes; rows that are not positive are left out then.
        ordered: colours as a sequence (``colour`` is a number).
        points: mark each row.
        y_format, y_domain: of the vertical axis.
        labels: what the legend says for values of ``colour``.
        detail: column that splits lines of one colour.
        height: pixels.
    """
    if log_y:
        frame = frame[frame[y] > 0]
    if log_x:
        frame = frame[frame[x] > 0]
    mark = alt.Chart(frame).mark_line(point={"size": 22} if points else False, strokeWidth=2, clip=clip)
    y_scale = (
        alt.Scale(type="log") if log_y else alt.Scale(domain=y_domain) if y_domain else alt.Scale(zero=False)
    )
    encodings: dict[str, Any] = {
        "x": alt.X(
            f"{x}:Q",
            title=axis_title(x, language),
            scale=alt.Scale(type="log") if log_x else alt.Scale(nice=False, zero=False),
            axis=alt.Axis(tickMinStep=1, format="d") if x in WHOLE and not log_x else alt.Axis(format=".4~g"),
        ),
        "y": alt.Y(
            f"{y}:Q",
            title=axis_title(y, language),
            scale=y_scale,
            axis=alt.Axis(format=".0e" if log_y else y_format, tickCount=6),
        ),
    }
    tips = [alt.Tooltip(f"{x}:Q", title=axis_title(x, language), format="~g")]
    if colour is not None:
        kind = "O" if ordered else "N"
        legend = alt.Legend(orient="top", columns=4, symbolType="stroke", labelLimit=200)
        if labels:
            legend = alt.Legend(
                orient="top",
                columns=4,
                symbolType="stroke",
                labelLimit=200,
                labelExpr=label_expression(labels),
            )
        scale = alt.Scale(scheme="viridis") if ordered else palette(list(frame[colour]))
        encodings["color"] = alt.Color(
            f"{colour}:{kind}", title=axis_title(colour, language), scale=scale, legend=legend
        )
        tips.insert(0, alt.Tooltip(f"{colour}:{kind}", title=axis_title(colour, language)))
    if detail is not None:
        encodings["detail"] = alt.Detail(f"{detail}:N")
    tips.append(alt.Tooltip(f"{y}:Q", title=axis_title(y, language), format=".4g"))
    drawn = mark.encode(**encodings, tooltip=tips).properties(height=height)
    return drawn.properties(title=title) if title else drawn


def rule(value: float, axis: str = "y") -> alt.Chart:
    """A dashed line at a value."""
    data = alt.InlineData(values=[{"value": value}])
    mark = alt.Chart(data).mark_rule(strokeDash=[4, 3], opacity=0.6)
    return mark.encode(y="value:Q") if axis == "y" else mark.encode(x="value:Q")
