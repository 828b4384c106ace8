"""The charts of the chapter on initial weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
from altair.typing import ChartType

from playground.chapters.section import words
from playground.views.lines import Axis, lines
from playground.views.theme import CLASS_COLOURS, NEUTRAL_COLOUR, POWERS, quoted

BLUE, ORANGE = CLASS_COLOURS[:2]
QUANTITY_COLOURS = {"activation": BLUE, "gradient": ORANGE}
MOST_LOSS = 50.0


_say = words("initialization")


def histogram_chart(frame: pd.DataFrame, quantity: str, scale: str, language: str) -> alt.FacetChart:
    """Small histograms, one for each layer.

    Args:
        frame: ``Look.histograms``.
        quantity: ``"activation"`` or ``"gradient"``.
        scale: ``"own"`` or ``"shared"``.
    """
    frame = frame[(frame["quantity"] == quantity) & (frame["scale"] == scale)]
    # Vega's numbers end near 1e308; the shares need no more digits than a screen shows.
    frame = frame.assign(share=frame["share"].round(5))
    layers = frame["layer"].nunique()
    columns = min(5, max(1, layers)) if layers <= 10 else 7
    rows = max(1, -(-layers // columns))
    name = f"replace({quoted(_say('layer', language, number='#'))}, '#', datum.value)"
    bars = (
        alt.Chart()
        .mark_bar(binSpacing=0, color=QUANTITY_COLOURS[quantity])
        .encode(
            x=alt.X("lower:Q", bin="binned", axis=alt.Axis(title=None, tickCount=2, grid=False, format="~g")),
            x2="upper:Q",
            y=alt.Y("share:Q", stack=None, axis=None),
            tooltip=[
                alt.Tooltip("layer:O", title=_say("axis.layer", language)),
                alt.Tooltip("lower:Q", format=".3g", title=_say("axis.from", language)),
                alt.Tooltip("upper:Q", format=".3g", title=_say("axis.to", language)),
                alt.Tooltip("share:Q", format=".1%", title=_say("axis.share", language)),
            ],
        )
        .properties(width=590 // columns - 14, height=max(44, 420 // rows - 52))
    )
    return bars.facet(
        data=frame,
        facet=alt.Facet(
            "layer:O",
            header=alt.Header(title=None, labelPadding=2, labelAnchor="start", labelExpr=name),
        ),
        columns=columns,
        spacing=8,
    ).resolve_scale(x="shared" if scale == "shared" else "independent", y="independent")


def spread_chart(frame: pd.DataFrame, quantity: str, language: str) -> alt.Chart:
    """The standard deviation of each layer on a logarithmic axis.

    Args:
        frame: ``Look.layers``. Layers that are exactly 0 or have overflowed have no place on the axis.
    """
    frame = frame[(frame["quantity"] == quantity) & (frame["std"] > 0)]
    return (
        alt.Chart(frame)
        .mark_line(point=True, color=QUANTITY_COLOURS[quantity])
        .encode(
            x=_layers(language),
            y=alt.Y(
                "std:Q",
                title=_say("axis.std", language),
                scale=_log(frame["std"]),
                axis=alt.Axis(**POWERS, tickCount=6),
            ),
            tooltip=[
                alt.Tooltip("layer:Q", title=_say("axis.layer", language)),
                alt.Tooltip("std:Q", format=".3g", title=_say("axis.std", language)),
                alt.Tooltip("mean:Q", format=".3g", title=_say("axis.mean", language)),
            ],
        )
    )


def _layers(language: str) -> alt.X:
    return alt.X("layer:Q", title=_say("axis.layer", language), axis=alt.Axis(tickMinStep=1, format="d"))


def _log(values: pd.Series) -> alt.Scale:
    """A logarithmic scale of at least a decade on either side of 1, so that a level line looks level."""
    found = values[np.isfinite(values) & (values > 0)]
    low, high = (found.min(), found.max()) if len(found) else (0.1, 1.0)
    return alt.Scale(type="log", domain=[min(low / 1.5, 0.05), max(high * 1.5, 2.0)])


def schemes_chart(frame: pd.DataFrame, names: Mapping[str, str], language: str) -> ChartType:
    """Each scheme's spread by layer.

    Args:
        frame: of ``signals.spreads``.
        names: what a scheme is called on the page, by label.
    """
    found = frame[(frame["std"] > 1e-30) & np.isfinite(frame["std"])]
    low, high = (found["std"].min(), found["std"].max()) if len(found) else (0.1, 1.0)
    layer = Axis("layer", _say("axis.layer", language), format="d")
    domain = (min(low / 1.5, 0.05), max(high * 1.5, 2.0))
    std = Axis("std", _say("axis.std", language), log=True, powers=True, domain=domain)
    title = _say("axis.init", language)
    return lines(found, layer, std, "init", title, name=lambda label: names[label], columns=3)


def loss_chart(curve: pd.DataFrame, names: Mapping[str, str], language: str) -> ChartType:
    """The loss of each update's mini-batch for each scheme, with the line of guessing, ln 10.

    Args:
        curve: columns ``init``, ``update``, ``loss``.
    """
    frame = curve[np.isfinite(curve["loss"])].assign(loss=lambda f: f["loss"].clip(upper=MOST_LOSS))
    update = Axis("update", _say("axis.update", language), format="d")
    loss = Axis("loss", _say("axis.loss", language), log=True)
    drawn = lines(
        frame, update, loss, "init", _say("axis.init", language), name=lambda i: names[i], columns=3
    )
    guess = alt.Chart(pd.DataFrame({"loss": [np.log(10)], "label": [_say("guessing", language)]}))
    rule = guess.mark_rule(color=NEUTRAL_COLOUR, strokeDash=[5, 4]).encode(y="loss:Q", tooltip="label:N")
    return alt.layer(rule, drawn)


def weights_chart(frame: pd.DataFrame, layer: int, language: str) -> ChartType:
    """Every weight of a hidden layer over the epochs, coloured by unit.

    Lines get thinner from the first unit to the last, so that identical units show as stripes of all colours.

    Args:
        frame: ``Symmetry.weights``.
    """
    shown = frame[frame["layer"] == layer]
    units = sorted(shown["unit"].unique().tolist())
    drawn = [
        alt.Chart(shown[shown["unit"] == unit])
        .mark_line(strokeWidth=float(width))
        .encode(
            x=alt.X("epoch:Q", title=_say("axis.epoch", language)),
            y=alt.Y("weight:Q", title=_say("axis.weight", language), scale=alt.Scale(zero=False)),
            color=alt.Color(
                "unit:N",
                title=_say("axis.unit", language),
                scale=alt.Scale(domain=units, range=list(CLASS_COLOURS[: len(units)])),
                legend=alt.Legend(orient="right", symbolType="stroke", symbolStrokeWidth=3),
            ),
            detail="input:N",
            tooltip=[
                alt.Tooltip("unit:N", title=_say("axis.unit", language)),
                alt.Tooltip("input:N", title=_say("axis.input", language)),
                alt.Tooltip("epoch:Q", title=_say("axis.epoch", language)),
                alt.Tooltip("weight:Q", format=".5g", title=_say("axis.weight", language)),
            ],
        )
        for unit, width in zip(units, np.linspace(11, 1.5, len(units)), strict=True)
    ]
    return alt.layer(*drawn)


def race_chart(frame: pd.DataFrame, names: Mapping[str, str], column: str, language: str) -> ChartType:
    """A race: each scheme's median over its networks, every network thin behind it, a cross where one diverged.

    Args:
        frame: of ``runs.race``.
        names: what a scheme is called on the page, by label.
        column: what is drawn, ``loss_train``, ``loss_test`` or ``accuracy_test``.
    """
    most = int(frame["epoch"].max()) or 1
    # About sixty points of a curve are enough for the eye.
    shown = frame[frame["epoch"] % max(1, most // 60) == 0]
    shown = shown[np.isfinite(shown[column])]
    log = column != "accuracy_test"
    if log:
        shown = shown.assign(**{column: shown[column].clip(1e-6, MOST_LOSS)})
    left = frame[frame["status"] == "diverged"].groupby(["init", "network"], as_index=False)["epoch"].max()
    medians = shown.groupby(["init", "epoch"], sort=False)[[column]].median().reset_index()
    epoch = Axis("epoch", _say("axis.epoch", language), format="d")
    value = Axis(column, _say(f"axis.{column}", language), log=log, format=".3~g" if log else ".0%")
    title = _say("axis.init", language)

    def drawn(part: pd.DataFrame, **options: Any) -> ChartType:
        return lines(part, epoch, value, "init", title, name=lambda label: names[label], columns=3, **options)

    layers = [drawn(shown, detail="network", width=1.0, opacity=0.3), drawn(medians, width=3.0)]
    if len(left):
        cross = alt.Chart(left.assign(init=left["init"].map(names))).mark_point(
            shape="cross", size=120, angle=45, filled=True, color="#d55e00"
        )
        layers.append(
            cross.encode(
                x="epoch:Q",
                y=alt.value(8),
                tooltip=[
                    alt.Tooltip("init:N", title=title),
                    alt.Tooltip("epoch:Q", title=_say("axis.diverged", language)),
                ],
            )
        )
    return alt.layer(*layers)


def scale_chart(
    frame: pd.DataFrame,
    stds: Sequence[float],
    depths: Sequence[int],
    theory: Mapping[str, float],
    column: str,
    language: str,
) -> ChartType:
    """The heat map of σ and depth, with the spreads that the rules choose.

    Args:
        frame: of ``trainability``, complete or not.
        stds, depths: the whole grid; ``stds`` ascending and evenly spread on a logarithmic axis.
        theory: σ by name of the scheme.
        column: ``"accuracy"`` or ``"loss"``.
    """
    ratio = float(np.sqrt(stds[1] / stds[0])) if len(stds) > 1 else 1.5
    shown = frame.assign(left=frame["std"] / ratio, right=frame["std"] * ratio, top=frame["depth"] + 0.5)
    shown = shown.assign(bottom=frame["depth"] - 0.5, value=shown[column].clip(upper=5))
    x = alt.X(
        "left:Q",
        title=_say("axis.sigma", language),
        scale=alt.Scale(type="log", domain=[stds[0] / ratio, stds[-1] * ratio], nice=False),
        axis=alt.Axis(format="~g", grid=False),
    )
    y = alt.Y(
        "bottom:Q",
        title=_say("axis.depth", language),
        scale=alt.Scale(domain=[depths[0] - 0.5, depths[-1] + 0.5], nice=False),
        axis=alt.Axis(values=list(depths), format="d", grid=False),
    )
    colour = (
        alt.Scale(
            domain=[0.5, 1.0], range=["#0b2a4a", BLUE, "#f4efe2", ORANGE], clamp=True, interpolate="rgb"
        )
        if column == "accuracy"
        else alt.Scale(domain=[0, 0.7], scheme="blueorange", reverse=True, clamp=True)
    )
    cells = (
        alt.Chart(shown)
        .mark_rect(strokeWidth=1)
        .encode(
            x=x,
            x2="right:Q",
            y=y,
            y2="top:Q",
            stroke=alt.Stroke("value:Q", scale=colour, legend=None),
            color=alt.Color(
                "value:Q",
                title=_say(f"axis.{column}", language),
                scale=colour,
                legend=alt.Legend(format="%" if column == "accuracy" else "~g"),
            ),
            tooltip=[
                alt.Tooltip("std:Q", format=".3g", title="σ"),
                alt.Tooltip("depth:Q", title=_say("axis.depth", language)),
                alt.Tooltip("accuracy:Q", format=".1%", title=_say("axis.accuracy", language)),
                alt.Tooltip("loss:Q", format=".3g", title=_say("axis.loss", language)),
                alt.Tooltip("diverged:Q", title=_say("axis.diverged", language)),
            ],
        )
    )
    marks = pd.DataFrame(
        {"left": list(theory.values()), "rule": [_say(f"rule.{name}", language) for name in theory]}
    )
    rules = (
        alt.Chart(marks)
        .mark_rule(strokeWidth=2, color="#ffffff")
        .encode(
            x="left:Q",
            strokeDash=alt.StrokeDash(
                "rule:N",
                scale=alt.Scale(domain=list(marks["rule"]), range=[[2, 3], [8, 4]]),
                legend=None,
            ),
            tooltip=[alt.Tooltip("rule:N", title=" "), alt.Tooltip("left:Q", format=".3g", title="σ")],
        )
    )
    names = [
        alt.Chart(marks.iloc[[number]])
        .mark_text(
            align="left" if number % 2 else "right",  # one name on either side of the two lines
            dx=4 if number % 2 else -4,
            dy=6,
            baseline="top",
            fontSize=13,
            color="#ffffff",
        )
        .encode(x="left:Q", y=alt.value(0), text="rule:N")
        for number in range(len(marks))
    ]
    return alt.layer(cells, rules, *names)


START_COLOURS = {
    "sigmoid_small": "#8a8f98",
    "sigmoid_dbn": "#f59322",
    "sigmoid_xavier": "#cc79a7",
    "relu_he": "#0877bd",
}


def record_chart(records: pd.DataFrame, column: str, language: str) -> ChartType:
    """How a machine's measure goes over the epochs, layer by layer.

    Args:
        records: of ``belief.records``.
        column: ``"error"`` or ``"pseudo_likelihood"``.
    """
    epoch = Axis("epoch", _say("axis.epoch", language), format="d")
    value = Axis(column, _say(f"axis.{column}", language), zero=column == "error")
    title = _say("axis.layer", language)
    return lines(records, epoch, value, "layer", title, name=lambda n: _say("layer", language, number=n))


def tuning_chart(frame: pd.DataFrame, names: Mapping[str, str], column: str, language: str) -> ChartType:
    """Fine-tuning from each start: the median over the networks, every network thin behind it.

    Args:
        frame: of ``belief.fine_tune``.
        names: what a start is called on the page.
        column: ``"loss"`` (training) or ``"accuracy"`` (test).
    """
    update = Axis("update", _say("axis.update", language), format="d")
    titles = {"loss": "axis.loss_train", "accuracy": "axis.accuracy_test"}
    style = ".0%" if column == "accuracy" else ".3~g"
    value = Axis(column, _say(titles[column], language), format=style)
    return _starts(frame, update, value, "update", names, language)


def sweep_chart(frame: pd.DataFrame, names: Mapping[str, str], language: str) -> ChartType:
    """Test accuracy over the number of labels, for each start.

    Args:
        frame: of ``belief.label_sweep``.
        names: what a start is called on the page.
    """
    labels = Axis("labels", _say("axis.labels", language), log=True, format="d")
    value = Axis("accuracy", _say("axis.accuracy_test", language), format=".0%")
    return _starts(frame, labels, value, "labels", names, language)


def _starts(
    frame: pd.DataFrame, x: Axis, y: Axis, over: str, names: Mapping[str, str], language: str
) -> ChartType:
    medians = frame.groupby(["start", over], sort=False)[[y.column]].median().reset_index()

    def drawn(part: pd.DataFrame, **options: Any) -> ChartType:
        title = _say("axis.start", language)
        return lines(
            part, x, y, "start", title, name=lambda s: names[s], colours=START_COLOURS, columns=2, **options
        )

    return alt.layer(drawn(frame, detail="network", width=1.0, opacity=0.3), drawn(medians, width=3.0))


def tiles(images: np.ndarray, columns: int, language: str, signed: bool) -> ChartType:
    """Square images side by side.

    Args:
        images: (n, p²); each is scaled by its own largest magnitude where ``signed``, else values from 0 to 1.
        columns: images in a row.
        signed: orange is positive, blue negative; else black is 1.
    """
    n, pixels = images.shape
    side = round(pixels**0.5)
    values = images
    if signed:
        strongest = np.abs(images).max(axis=1, keepdims=True)
        values = images / np.where(strongest > 0, strongest, 1.0)
    place = np.arange(n * pixels)
    unit, pixel = place // pixels, place % pixels
    frame = pd.DataFrame(
        {
            "x": (unit % columns) * (side + 1) + pixel % side,
            "y": (unit // columns) * (side + 1) + pixel // side,
            "unit": unit + 1,
            "value": values.ravel().round(3),
        }
    )
    frame = frame.assign(x2=frame["x"] + 1, y2=frame["y"] + 1)
    scale = (
        alt.Scale(domain=[-1, 0, 1], range=[BLUE, "#f0f0ec", ORANGE])
        if signed
        else alt.Scale(domain=[0, 1], range=["#ffffff", "#111111"])
    )
    rows = -(-n // columns)
    across, down = columns * (side + 1) - 1, rows * (side + 1) - 1
    return alt.layer(
        alt.Chart(frame)
        .mark_rect(strokeWidth=0)
        .encode(
            x=alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, across], nice=False)),
            x2="x2:Q",
            y=alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[0, down], reverse=True, nice=False)),
            y2="y2:Q",
            color=alt.Color("value:Q", scale=scale, legend=None),
            tooltip=[
                alt.Tooltip("unit:Q", title=_say("axis.unit", language)),
                alt.Tooltip(
                    "value:Q", format=".2f", title=_say("axis.weight" if signed else "axis.value", language)
                ),
            ],
        )
    )
