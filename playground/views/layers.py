"""What happens inside the layers: histograms, gradient norms, dead and saturated units, learned scalars.

The frames are made from the ``layers`` and ``gradient_norms`` of a run's statistics:
``layers`` is a list, hidden layers in forward order and the output layer last, of mappings that hold where they
apply: ``z_hist``, ``h_hist`` and ``w_hist`` (each ``{"edges": (n+1,), "counts": (n,)}``), ``share_zero``, ``dead``
and ``saturated`` (shares in [0, 1]), ``gamma``, ``beta`` and ``slope`` (lists of numbers). ``gradient_norms`` is
``{"epochs": (k,), "layers": [(k,) for each layer]}``. ``names`` are the layers' names, see ``layer_names``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from playground.text import text
from playground.views.theme import (
    BAR_COLOUR,
    LAYER_COLOURS,
    POWERS,
    epoch_axis,
    fixed_axis,
    label_expression,
    named,
)

HISTOGRAMS = {"pre_activation": "z_hist", "activation": "h_hist", "weight": "w_hist"}
"""Kinds of histogram, and where a layer's statistics hold them."""

HEALTH = ("dead", "saturated")
LEARNED = ("gamma", "beta", "slope")

HISTOGRAM_COLUMNS = ("layer", "lower", "upper", "share")
GRADIENT_COLUMNS = ("epoch", "layer", "norm")
HEALTH_COLUMNS = ("layer", "measure", "share")
LEARNED_COLUMNS = ("layer", "parameter", "unit", "value")


def layer_names(language: str, count: int) -> list[str]:
    """The names of ``count`` layers, the last of which is the output layer."""
    hidden = [text("stage.panels.hidden", language, number=i + 1) for i in range(count - 1)]
    return [*hidden, text("stage.panels.output", language)]


def histogram_frame(layers: Sequence[Mapping[str, Any]], names: Sequence[str], kind: str) -> pd.DataFrame:
    """One row for each bin: layer, lower and upper edge, and the share of all values that fall into it.

    Args:
        layers: statistics by layer, as above.
        names: of the layers.
        kind: a key of ``HISTOGRAMS``.
    """
    rows = []
    for layer, name in zip(layers, names, strict=True):
        histogram = layer.get(HISTOGRAMS[kind])
        if not histogram:
            continue
        total = sum(histogram["counts"]) or 1
        edges = histogram["edges"]
        rows += [
            (_title(layer, name, kind), lower, upper, count / total)
            for lower, upper, count in zip(edges[:-1], edges[1:], histogram["counts"], strict=True)
        ]
    return pd.DataFrame(rows, columns=list(HISTOGRAM_COLUMNS))


def _title(layer: Mapping[str, Any], name: str, kind: str) -> str:
    """The layer's name; for weights with the share of those near 0, where there are any."""
    share = layer.get("share_zero")
    if kind == "weight" and share:
        return f"{name} · 0: {round(100 * share)} %"
    return name


def gradient_frame(gradient_norms: Mapping[str, Any], names: Sequence[str]) -> pd.DataFrame:
    """One row for each epoch and layer: the Euclidean norm of the layer's gradient.

    Norms that are not positive are left out: they have no place on a logarithmic axis.

    Args:
        gradient_norms: as above.
        names: of the layers.
    """
    rows = [
        (epoch, name, norm)
        for name, norms in zip(names, gradient_norms["layers"], strict=True)
        for epoch, norm in zip(gradient_norms["epochs"], norms, strict=True)
        if norm is not None and norm > 0
    ]
    return pd.DataFrame(rows, columns=list(GRADIENT_COLUMNS))


def health_frame(layers: Sequence[Mapping[str, Any]], names: Sequence[str]) -> pd.DataFrame:
    """One row for each layer and measure (``dead``, ``saturated``): the share of units it holds for."""
    rows = [
        (name, measure, layer[measure])
        for layer, name in zip(layers, names, strict=True)
        for measure in HEALTH
        if layer.get(measure) is not None
    ]
    return pd.DataFrame(rows, columns=list(HEALTH_COLUMNS))


def learned_frame(layers: Sequence[Mapping[str, Any]], names: Sequence[str]) -> pd.DataFrame:
    """One row for each learned scalar beside weights and biases: batch norm's γ and β, PReLU's slope."""
    rows = [
        (name, parameter, unit, value)
        for layer, name in zip(layers, names, strict=True)
        for parameter in LEARNED
        for unit, value in enumerate(layer.get(parameter) or ())
    ]
    return pd.DataFrame(rows, columns=list(LEARNED_COLUMNS))


def histogram_chart(
    language: str, kind: str, frame: pd.DataFrame | None = None, columns: int = 3
) -> alt.FacetChart:
    """Small histograms, one for each layer, each on its own scale.

    Args:
        language: of the titles.
        kind: a key of ``HISTOGRAMS``.
        frame: a ``histogram_frame``; None for the named data set ``rows``.
        columns: small multiples in a row.
    """
    bars = (
        alt.Chart()
        .mark_bar(color=BAR_COLOUR, binSpacing=0)
        .encode(
            x=alt.X("lower:Q", bin="binned", axis=alt.Axis(title=None, tickCount=3, grid=False, format="~g")),
            x2="upper:Q",
            y=alt.Y(
                "share:Q", axis=alt.Axis(title=None, tickCount=2, format="%", minExtent=34, maxExtent=34)
            ),
            tooltip=[
                alt.Tooltip("lower:Q", format=".3g", title=text("stage.panels.from", language)),
                alt.Tooltip("upper:Q", format=".3g", title=text("stage.panels.to", language)),
                alt.Tooltip("share:Q", format=".1%", title=text("stage.panels.share", language)),
            ],
        )
        .properties(width=120, height=60)
    )
    return (
        bars.facet(
            data=_data(frame),
            facet=alt.Facet(
                "layer:N",
                sort=None,
                header=alt.Header(title=None, labelPadding=2, labelAnchor="start", labelLimit=160),
            ),
            columns=columns,
            spacing=10,
        )
        .resolve_scale(x="independent", y="independent")
        .properties(title=text(f"stage.panels.{kind}", language))
    )


def gradient_chart(language: str, frame: pd.DataFrame | None = None, width: int = 320) -> alt.Chart:
    """The gradient norm of each layer over the epochs, on a logarithmic axis."""
    return (
        alt.Chart(_data(frame), title=text("stage.panels.gradient_norm", language))
        .mark_line(strokeWidth=1.6, point=alt.OverlayMarkDef(size=8))  # a single epoch has no line
        .encode(
            x=alt.X(
                "epoch:Q",
                axis=epoch_axis(text("stage.curves.epoch", language)),
                scale=alt.Scale(nice=False, zero=False),
            ),
            y=alt.Y("norm:Q", axis=fixed_axis("", **POWERS), scale=alt.Scale(type="log", nice=False)),
            color=alt.Color(
                "layer:N",
                sort=None,
                scale=alt.Scale(range=list(LAYER_COLOURS)),
                legend=alt.Legend(title=None, orient="top", columns=5, symbolType="stroke"),
            ),
        )
        .properties(width=width, height=160)
    )


def health_chart(language: str, frame: pd.DataFrame | None = None, width: int = 320) -> alt.Chart:
    """The shares of dead and of saturated units by layer."""
    labels = {measure: text(f"stage.panels.{measure}", language) for measure in HEALTH}
    return (
        alt.Chart(_data(frame), title=text("stage.panels.health", language))
        .mark_bar()
        .encode(
            x=alt.X("layer:N", sort=None, axis=alt.Axis(title=None, labelAngle=0, labelLimit=80)),
            xOffset=alt.XOffset("measure:N", sort=list(HEALTH)),
            y=alt.Y("share:Q", axis=fixed_axis("", format="%", tickCount=3), scale=alt.Scale(domain=[0, 1])),
            color=alt.Color(
                "measure:N",
                scale=alt.Scale(domain=list(HEALTH), range=["#7f7f7f", "#d55e00"]),
                legend=alt.Legend(title=None, orient="top", labelExpr=label_expression(labels)),
            ),
            tooltip=[
                alt.Tooltip("layer:N", title=text("stage.panels.layer", language)),
                alt.Tooltip("share:Q", format=".0%", title=text("stage.panels.share", language)),
            ],
        )
        .properties(width=width, height=120)
    )


def learned_chart(language: str, frame: pd.DataFrame | None = None, width: int = 320) -> alt.Chart:
    """Batch norm's γ and β and PReLU's slopes: one mark for each, by layer."""
    labels = {parameter: text(f"stage.panels.{parameter}", language) for parameter in LEARNED}
    return (
        alt.Chart(_data(frame), title=text("stage.panels.learned", language))
        .mark_tick(thickness=2, size=16)
        .encode(
            x=alt.X("layer:N", sort=None, axis=alt.Axis(title=None, labelAngle=0, labelLimit=80)),
            xOffset=alt.XOffset("parameter:N", sort=list(LEARNED)),
            y=alt.Y("value:Q", axis=fixed_axis("", format="~g"), scale=alt.Scale(zero=False, nice=True)),
            color=alt.Color(
                "parameter:N",
                scale=alt.Scale(domain=list(LEARNED), range=["#009e73", "#d1478e", "#8c6bb1"]),
                legend=alt.Legend(title=None, orient="top", labelExpr=label_expression(labels)),
            ),
            tooltip=[
                alt.Tooltip("layer:N", title=text("stage.panels.layer", language)),
                alt.Tooltip("unit:Q", title=text("stage.panels.unit", language)),
                alt.Tooltip("value:Q", format=".4g", title=text("stage.panels.value", language)),
            ],
        )
        .properties(width=width, height=140)
    )


def _data(frame: pd.DataFrame | None) -> Any:
    return named("rows") if frame is None else frame
