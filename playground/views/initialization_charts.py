"""The charts of the chapter on initial weights. Frames come from ``playground.labs.initialization_*``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import altair as alt
import numpy as np
import pandas as pd

from playground.text import text
from playground.views.theme import CLASS_COLOURS, NEUTRAL_COLOUR, label_expression, quoted

BLUE, ORANGE = CLASS_COLOURS[:2]
QUANTITY_COLOURS = {"activation": BLUE, "gradient": ORANGE}
SCHEME_COLOURS = (*CLASS_COLOURS, "#332288", "#44aa99", "#999933", "#882255", "#ddaa33", "#117733")
HEIGHT = 300
STAGES = ("before", "after")
MOST_LOSS = 50.0


def _say(key: str, language: str, **values: object) -> str:
    return text(f"lab_initialization.{key}", language, **values)


def histogram_chart(
    before: pd.DataFrame,
    after: pd.DataFrame | None,
    quantity: str,
    scale: str,
    language: str,
    columns: int = 5,
) -> alt.FacetChart:
    """Small histograms, one for each layer; after training drawn as an outline over the start.

    Args:
        before, after: ``Look.histograms``.
        quantity: ``"activation"`` or ``"gradient"``.
        scale: ``"own"`` or ``"shared"``.
    """
    frame = before.assign(stage="before")
    if after is not None:
        frame = pd.concat([frame, after.assign(stage="after")], ignore_index=True)
    frame = frame[(frame["quantity"] == quantity) & (frame["scale"] == scale)]
    # Vega's numbers end near 1e308; the shares need no more digits than a screen shows.
    frame = frame.assign(share=frame["share"].round(5))
    name = f"replace({quoted(_say('layer', language, number='#'))}, '#', datum.value)"
    labels = {stage: _say(stage, language) for stage in STAGES}
    bars = (
        alt.Chart()
        .mark_bar(binSpacing=0, opacity=0.65)
        .encode(
            x=alt.X("lower:Q", bin="binned", axis=alt.Axis(title=None, tickCount=3, grid=False, format="~g")),
            x2="upper:Q",
            y=alt.Y("share:Q", stack=None, axis=None),
            color=alt.Color(
                "stage:N",
                scale=alt.Scale(domain=list(STAGES), range=[QUANTITY_COLOURS[quantity], NEUTRAL_COLOUR]),
                legend=None
                if after is None
                else alt.Legend(title=None, orient="top", labelExpr=label_expression(labels)),
            ),
            tooltip=[
                alt.Tooltip("layer:O", title=_say("axis.layer", language)),
                alt.Tooltip("lower:Q", format=".3g", title=_say("axis.from", language)),
                alt.Tooltip("upper:Q", format=".3g", title=_say("axis.to", language)),
                alt.Tooltip("share:Q", format=".1%", title=_say("axis.share", language)),
            ],
        )
        .properties(width=150, height=75)
    )
    return (
        bars.facet(
            data=frame,
            facet=alt.Facet(
                "layer:O",
                header=alt.Header(title=None, labelPadding=2, labelAnchor="start", labelExpr=name),
            ),
            columns=columns,
            spacing=8,
        )
        .resolve_scale(x="shared" if scale == "shared" else "independent", y="independent")
        .properties(title=_say(f"quantity.{quantity}", language))
    )


def spread_chart(before: pd.DataFrame, after: pd.DataFrame | None, quantity: str, language: str) -> alt.Chart:
    """The standard deviation of each layer on a logarithmic axis, before and after training.

    Args:
        before, after: ``Look.layers``. Layers that are exactly 0 or have overflowed have no place on the axis.
    """
    frame = before.assign(stage="before")
    if after is not None:
        frame = pd.concat([frame, after.assign(stage="after")], ignore_index=True)
    frame = frame[(frame["quantity"] == quantity) & (frame["std"] > 0)]
    labels = {stage: _say(stage, language) for stage in STAGES}
    return (
        alt.Chart(frame, title=_say(f"spread.{quantity}", language))
        .mark_line(point=True)
        .encode(
            x=_layers(language),
            y=alt.Y("std:Q", title=_say("axis.std", language), scale=_log(frame["std"]), axis=_powers()),
            color=alt.Color(
                "stage:N",
                scale=alt.Scale(domain=list(STAGES), range=[QUANTITY_COLOURS[quantity], NEUTRAL_COLOUR]),
                legend=alt.Legend(title=None, orient="top", labelExpr=label_expression(labels))
                if after is not None
                else None,
            ),
            tooltip=[
                alt.Tooltip("layer:Q", title=_say("axis.layer", language)),
                alt.Tooltip("std:Q", format=".3g", title=_say("axis.std", language)),
                alt.Tooltip("mean:Q", format=".3g", title=_say("axis.mean", language)),
            ],
        )
        .properties(height=HEIGHT)
    )


def _layers(language: str) -> alt.X:
    return alt.X("layer:Q", title=_say("axis.layer", language), axis=alt.Axis(tickMinStep=1, format="d"))


def _log(values: pd.Series) -> alt.Scale:
    """A logarithmic scale of at least a decade on either side of 1, so that a level line looks level."""
    found = values[np.isfinite(values) & (values > 0)]
    low, high = (found.min(), found.max()) if len(found) else (0.1, 1.0)
    return alt.Scale(type="log", domain=[min(low / 1.5, 0.05), max(high * 1.5, 2.0)])


def _powers() -> alt.Axis:
    return alt.Axis(format=".0e", tickCount=6)


def schemes_chart(frame: pd.DataFrame, names: Mapping[str, str], language: str) -> alt.Chart:
    """Each scheme's spread by layer.

    Args:
        frame: of ``spreads``.
        names: what a scheme is called on the page, by label.
    """
    shown = frame[frame["std"] > 1e-30].assign(init=lambda f: f["init"].map(names))
    return (
        alt.Chart(shown)
        .mark_line(point=True)
        .encode(
            x=_layers(language),
            y=alt.Y("std:Q", title=_say("axis.std", language), scale=_log(shown["std"]), axis=_powers()),
            color=_schemes(list(names.values())),
            tooltip=[
                alt.Tooltip("init:N", title=_say("axis.init", language)),
                alt.Tooltip("layer:Q", title=_say("axis.layer", language)),
                alt.Tooltip("std:Q", format=".3g", title=_say("axis.std", language)),
                alt.Tooltip("beyond:Q", format=".1%", title=_say("axis.beyond", language)),
            ],
        )
        .properties(height=HEIGHT)
    )


def _schemes(names: Sequence[str]) -> alt.Color:
    return alt.Color(
        "init:N",
        sort=None,
        scale=alt.Scale(domain=list(names), range=list(SCHEME_COLOURS[: len(names)])),
        legend=alt.Legend(
            title=None,
            orient="right",
            symbolType="stroke",
            symbolStrokeWidth=3,
            symbolOpacity=1,
            labelLimit=190,
        ),
    )


def loss_chart(curve: pd.DataFrame, language: str) -> alt.LayerChart | alt.FacetChart:
    """The loss of each update's mini-batch, with the line of guessing, ln 10."""
    frame = curve[np.isfinite(curve["loss"])]
    lines = (
        alt.Chart(frame)
        .mark_line(color=BLUE, clip=True)
        .encode(
            x=alt.X("update:Q", title=_say("axis.update", language)),
            y=alt.Y("loss:Q", title=_say("axis.loss", language)),
            tooltip=[
                alt.Tooltip("update:Q", title=_say("axis.update", language)),
                alt.Tooltip("loss:Q", format=".4g", title=_say("axis.loss", language)),
            ],
        )
    )
    guess = alt.Chart(pd.DataFrame({"loss": [np.log(10)], "label": [_say("layers.guessing", language)]}))
    rule = guess.mark_rule(color=NEUTRAL_COLOUR, strokeDash=[5, 4]).encode(y="loss:Q", tooltip="label:N")
    return alt.layer(rule, lines).properties(height=HEIGHT, title=_say("layers.curve", language))


def weights_chart(frame: pd.DataFrame, layer: int, language: str) -> alt.LayerChart | alt.FacetChart:
    """Every weight of a hidden layer over the epochs, coloured by unit.

    Lines get thinner from the first unit to the last, so that identical units show as stripes of all colours.

    Args:
        frame: ``Symmetry.weights``.
    """
    shown = frame[frame["layer"] == layer]
    units = sorted(shown["unit"].unique().tolist())
    lines = [
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
        for unit, width in zip(units, np.linspace(9, 1.5, len(units)), strict=True)
    ]
    title = _say("symmetry.weights", language, layer=layer)
    return alt.layer(*lines).properties(height=340, title=title)


def race_chart(
    frame: pd.DataFrame, names: Mapping[str, str], column: str, log: bool, language: str
) -> alt.LayerChart | alt.FacetChart:
    """A race: each scheme's mean over its networks, every network thin behind it.

    Args:
        frame: of ``race``.
        names: what a scheme is called on the page, by label.
        column: what is drawn, ``loss_train``, ``loss_test`` or ``accuracy_test``.
    """
    most = int(frame["epoch"].max()) or 1
    # About sixty points of a curve are enough for the eye.
    shown = frame[frame["epoch"] % max(1, most // 60) == 0]
    shown = shown[np.isfinite(shown[column])]
    if column != "accuracy_test":
        shown = shown.assign(**{column: shown[column].clip(1e-6, MOST_LOSS)})
    shown = shown.assign(init=shown["init"].map(names))
    means = shown.groupby(["init", "epoch"], as_index=False)[column].mean()
    y = alt.Y(
        f"{column}:Q",
        title=_say(f"axis.{column}", language),
        scale=alt.Scale(type="log" if log else "linear", zero=False, nice=False),
        axis=alt.Axis(format="%" if column == "accuracy_test" else "~g"),
    )
    x = alt.X("epoch:Q", title=_say("axis.epoch", language), scale=alt.Scale(nice=False))
    colour = _schemes(list(names.values()))
    thin = (
        alt.Chart(shown)
        .mark_line(strokeWidth=0.8, opacity=0.3)
        .encode(x=x, y=y, color=colour, detail="network:N")
    )
    thick = (
        alt.Chart(means)
        .mark_line(strokeWidth=2.4)
        .encode(
            x=x,
            y=y,
            color=colour,
            tooltip=[
                alt.Tooltip("init:N", title=_say("axis.init", language)),
                alt.Tooltip("epoch:Q", title=_say("axis.epoch", language)),
                alt.Tooltip(f"{column}:Q", format=".4g", title=_say(f"axis.{column}", language)),
            ],
        )
    )
    return alt.layer(thin, thick).properties(height=380)


def scale_chart(
    frame: pd.DataFrame,
    stds: Sequence[float],
    depths: Sequence[int],
    theory: Mapping[str, float],
    column: str,
    language: str,
) -> alt.LayerChart | alt.FacetChart:
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
        {"left": list(theory.values()), "rule": [_say(f"scale.rule.{name}", language) for name in theory]}
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
    names = (
        alt.Chart(marks)
        .mark_text(align="left", dx=3, dy=-6, baseline="bottom", fontSize=11, color=NEUTRAL_COLOUR)
        .encode(x="left:Q", y=alt.value(0), text="rule:N")
    )
    return alt.layer(cells, rules, names).properties(height=360, padding={"top": 22})
