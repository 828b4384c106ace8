"""The stage's charts as Vega-Lite specifications with named, empty data sets."""

from __future__ import annotations

from functools import cache
from typing import Any

import altair as alt

from playground.views.curves import curve_chart
from playground.views.errors import confusion_chart, residual_chart
from playground.views.judged import CURVES, calibration_chart, rate_chart
from playground.views.layers import HISTOGRAMS, gradient_chart, health_chart, histogram_chart, learned_chart


@cache
def stage_specs(language: str) -> dict[str, dict[str, Any]]:
    """Specifications by name, for the stage's ``data.specs``.

    ``curves``, ``curves_log``, ``curves_regression`` and ``curves_regression_log`` take the data sets ``history``,
    ``ghost``, ``cursor`` and ``marks``, with lines of all parts: the stage takes those out that have no points.
    ``pre_activation``, ``activation``, ``weight`` (histograms), ``gradients``, ``health``, ``learned``,
    ``confusion``, ``confusion_validation``, ``confusion_train``, ``roc``, ``precision_recall``, ``calibration``,
    ``residuals`` and ``residuals_validated`` take ``rows``. Treat the result as read-only: it is made once for each
    language.
    """
    charts: dict[str, Any] = {
        f"curves{task}{axis}": curve_chart(language, accuracy=not task, log=bool(axis))
        for task in ("", "_regression")
        for axis in ("", "_log")
    }
    charts |= {
        "gradients": gradient_chart(language),
        "health": health_chart(language),
        "learned": learned_chart(language),
        "confusion": confusion_chart(language),
        "confusion_validation": confusion_chart(language, part="validation"),
        "confusion_train": confusion_chart(language, part="train"),
        "calibration": calibration_chart(language),
        "residuals": residual_chart(language),
        "residuals_validated": residual_chart(language, validated=True),
    }
    charts |= {kind: rate_chart(language, kind) for kind in CURVES}
    charts |= {kind: histogram_chart(language, kind) for kind in HISTOGRAMS}
    return {name: specification(chart) for name, chart in charts.items()}


def specification(chart: alt.TopLevelMixin) -> dict[str, Any]:
    """The chart's Vega-Lite JSON without Altair's default configuration: the page's theme decides."""
    spec = chart.to_dict()
    spec.pop("config", None)
    return spec
