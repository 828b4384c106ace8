"""The views of a search: its history, where trials ended early, what the fields did, two goals in one plane."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
from altair.typing import ChartType
from scipy.interpolate import griddata

from playground.chapters.section import Figure
from playground.chapters.tuning import charts, runs
from playground.experiment import FIELDS
from playground.text import text
from playground.tuning.space import Field
from playground.views.lines import Axis
from playground.views.theme import (
    BAR_COLOUR,
    CLASS_COLOURS,
    NEUTRAL_COLOUR,
    SPLIT_COLOURS,
    VALIDATION_COLOUR,
)

STATES = ("complete", "pruned", "diverged")
PAINT = {"complete": CLASS_COLOURS[0], "pruned": CLASS_COLOURS[1], "diverged": NEUTRAL_COLOUR}
SHAPES = {"complete": "circle", "pruned": "triangle-down", "diverged": "cross"}
SIDE = 28
"""Places of the interpolated loss on each axis."""
SLICE = (150, 150)
"""Pixels of a slice."""
COLUMNS = 4
"""Slices side by side."""
RANKED = 3
"""Fields whose planes show the ranks."""
LEGEND_WIDTH = 110
"""Pixels that an entry of a legend takes about."""
LINK = "trial"
"""The column by which the views hang together."""
IS_MARKED = f"datum.{LINK} === marked"
"""Of a mark of the trial that is chosen."""
MARK_COLOUR = VALIDATION_COLOUR
"""Around what is chosen."""


def say(key: str, language: str, **values: object) -> str:
    """A text of the section."""
    return text(f"chapters.tuning.search.{key}", language, **values)


def field(name: str, language: str) -> str:
    """What a field is called."""
    return text(f"fields.{name}.label", language)


def called(name: str, value: object, language: str) -> str:
    """What a value of a field is called."""
    registry = FIELDS[name].registry
    if registry is not None:
        return text(f"techniques.{registry.family}.{value}.label", language)
    if name == "hidden":
        return "-".join(part for part in str(value).strip("()").replace(" ", "").split(",") if part)
    return f"{value:.3g}"


def shown(trials: pd.DataFrame, front: Sequence[int], language: str) -> pd.DataFrame:
    """The trials with what the charts need: ``loss`` at its end, ``state`` in words, ``best`` so far, ``front``."""
    if trials.empty:
        return trials
    loss = next(name for name in ("loss_validation", "loss_test") if name in trials)
    key = trials["state"].where(~trials["diverged"].astype(bool), "diverged")
    found = trials.assign(
        loss=trials[loss].fillna(runs.WORST).clip(upper=runs.WORST),
        training=trials["loss_train"].fillna(runs.WORST).clip(upper=runs.WORST),
        state_key=key,
        state=key.map({state: say(f"states.{state}", language) for state in STATES}),
        best=trials["value"].cummin().ffill(),
        front=trials["trial"].isin(front),
        trial=trials["trial"] + 1,
    )
    if loss == "loss_validation" and "loss_test" in trials:
        found["test"] = trials["loss_test"].clip(upper=runs.WORST)
    for name in runs.SEARCHABLE:
        if name in found and not pd.api.types.is_numeric_dtype(found[name]):
            found[name] = [called(name, value, language) for value in found[name]]
    return found


def _states(language: str) -> dict[str, Any]:
    names = [say(f"states.{state}", language) for state in STATES]
    return {
        "domain": names,
        "color": [PAINT[state] for state in STATES],
        "shape": [SHAPES[state] for state in STATES],
    }


def _loss(losses: pd.Series, language: str, title: bool = True) -> alt.Y:
    """The loss as the channel of the vertical axis, as far as these losses reach."""
    reach = [0.9 * float(losses.min()), 1.1 * float(losses.max())] if len(losses) else [0.1, 1.0]
    return alt.Y(
        "loss:Q",
        title=charts.say("axes.loss", language) if title else None,
        scale=alt.Scale(type="log", domain=reach, nice=False),
        axis=alt.Axis(format=".2~g", tickCount=5),
    )


def _marked() -> alt.Parameter:
    """The trial that is chosen in any of the views; the page says which."""
    return alt.param(name="marked", value=None)


def _picked() -> alt.Parameter:
    """The trial whose mark is clicked."""
    return alt.selection_point(name="picked", fields=[LINK], on="click", toggle=False)


def _ring(size: int, edge: str | None = None) -> dict[str, Any]:
    """Channels of points of so many square pixels: the chosen one is larger and has a ring; ``edge``: of the others."""
    return {
        "size": alt.when(IS_MARKED).then(alt.value(4 * size)).otherwise(alt.value(size)),
        "stroke": alt.when(IS_MARKED).then(alt.value(MARK_COLOUR)).otherwise(alt.value(edge)),
        "strokeWidth": alt.when(IS_MARKED).then(alt.value(4)).otherwise(alt.value(0.8)),
    }


def _faded(opacity: float, faint: float) -> Any:
    """An opacity that steps back where another trial is chosen."""
    return alt.value(alt.expr(f"marked === null ? {opacity} : {faint}"))


def legend_key(title: str | None = None) -> alt.Legend:
    """A legend on top, in as many columns as fit."""
    columns = alt.ExprRef(f"max(1, floor(width / {LEGEND_WIDTH}))")
    return alt.Legend(title=title, orient="top", symbolSize=140, columns=columns)


def _shade(language: str) -> alt.Color:
    """The loss as a colour: dark is low."""
    legend = alt.Legend(
        title=charts.say("axes.loss", language), orient="right", gradientLength=160, format=".2~g"
    )
    return alt.Color("loss:Q", scale=alt.Scale(scheme=charts.SHADES, type="log"), legend=legend)


def _tips(trials: pd.DataFrame, language: str) -> list[alt.Tooltip]:
    tips = [
        alt.Tooltip("trial:Q", title=charts.say("axes.trial", language)),
        alt.Tooltip("state:N", title=say("state", language)),
        alt.Tooltip("loss:Q", title=charts.say("axes.loss", language), format=".4f"),
        alt.Tooltip("training:Q", title=charts.say("axes.training", language), format=".4f"),
        alt.Tooltip("parameters:Q", title=charts.say("axes.parameters", language), format=","),
    ]
    if "test" in trials:
        tips.insert(4, alt.Tooltip("test:Q", title=charts.say("axes.test", language), format=".4f"))
    for name in runs.SEARCHABLE:
        if name in trials:
            kind = "Q" if pd.api.types.is_numeric_dtype(trials[name]) else "N"
            style = ".3~g" if kind == "Q" else alt.Undefined
            tips.append(alt.Tooltip(f"{name}:{kind}", title=field(name, language), format=style))
    return tips


def history(trials: pd.DataFrame, language: str) -> Figure:
    """Every trial at its loss, with a dash at its training loss, and the best so far; with a diamond at its test loss
    once the test part is opened."""
    opened = "test" in trials
    reach = pd.concat([trials[name] for name in ("loss", "training", *(["test"] if opened else []))]).dropna()
    states = _states(language)
    legend = legend_key()
    x = alt.X(
        "trial:Q",
        title=charts.say("axes.trial", language),
        scale=alt.Scale(zero=False),
        axis=alt.Axis(format="d", tickMinStep=1),
    )
    points = (
        alt.Chart(trials)
        .mark_point(filled=True, opacity=0.85, cursor="pointer")
        .encode(
            x=x,
            y=_loss(reach, language),
            color=alt.Color(
                "state:N", scale=alt.Scale(domain=states["domain"], range=states["color"]), legend=legend
            ),
            shape=alt.Shape(
                "state:N", scale=alt.Scale(domain=states["domain"], range=states["shape"]), legend=legend
            ),
            tooltip=_tips(trials, language),
            **_ring(90),
        )
        .add_params(_picked())
    )
    best = (
        alt.Chart(trials[trials["best"].notna()])
        .mark_line(interpolate="step-after", strokeWidth=2.5, color=CLASS_COLOURS[2])
        .encode(x="trial:Q", y="best:Q")
    )
    training = (
        alt.Chart(trials)
        .mark_tick(thickness=2, size=9, orient="horizontal", color=NEUTRAL_COLOUR, opacity=0.75)
        .encode(x=x, y=alt.Y("training:Q"), tooltip=_tips(trials, language))
    )
    layers = [training, best, points]
    if opened:
        test = alt.Chart(trials[trials["test"].notna()])
        diamonds = test.mark_point(shape="diamond", size=70, strokeWidth=2, color=SPLIT_COLOURS["test"])
        layers.insert(0, diamonds.encode(x=x, y=alt.Y("test:Q"), tooltip=_tips(trials, language)))
    names = ("loss", "training", *(["test"] if opened else []), "best", "parameters")
    titles = charts.columns(language, "trial", *names) | {"state": say("state", language)}
    titles |= {name: field(name, language) for name in runs.SEARCHABLE if name in trials}
    return Figure(alt.layer(*layers).add_params(_marked()), trials, columns=titles, links=LINK)


def axes(trials: int, both: bool, language: str) -> tuple[Axis, Axis]:
    """The axes of the history, or of both goals, before there is a trial."""
    loss = Axis("loss", charts.say("axes.loss", language), log=True, domain=(0.01, 1.0), ticks=())
    if both:
        title = charts.say("axes.parameters", language)
        return Axis("parameters", title, log=True, domain=(10.0, 1000.0), ticks=()), loss
    return Axis("trial", charts.say("axes.trial", language), format="d", domain=(0, trials)), loss


def front(trials: pd.DataFrame, language: str) -> Figure:
    """Both goals: the trials that no other beats are joined by a line."""
    ended = trials[trials["state_key"] == "complete"]
    title = charts.say("axes.parameters", language)
    x = alt.X("parameters:Q", title=title, scale=alt.Scale(type="log"), axis=alt.Axis(format="~s"))
    base = alt.Chart(ended)
    best = alt.Chart(ended[ended["front"]].sort_values("parameters"))
    names = [say("beaten", language), say("unbeaten", language)]
    kind = ended["front"].map({False: names[0], True: names[1]})
    points = base.mark_point(filled=True, opacity=0.85, cursor="pointer").encode(
        x=x,
        y=_loss(ended["loss"], language),
        color=alt.Color(
            "kind:N",
            scale=alt.Scale(domain=names, range=[NEUTRAL_COLOUR, CLASS_COLOURS[5]]),
            legend=legend_key(),
        ),
        tooltip=_tips(trials, language),
        **_ring(90),
    )
    points = points.add_params(_picked())
    points.data = ended.assign(kind=kind)
    line = best.mark_line(interpolate="step-after", strokeWidth=2.5, color=CLASS_COLOURS[5]).encode(
        x="parameters:Q", y="loss:Q"
    )
    titles = charts.columns(language, "trial", "loss", "parameters")
    chart = alt.layer(line, points).add_params(_marked())
    return Figure(chart, ended, say("figures.front", language), titles, links=LINK)


def intermediate(reports: pd.DataFrame, trials: pd.DataFrame, language: str) -> Figure:
    """The loss of each trial over its epochs; one that was ended early is a line that ends early."""
    keys = dict(zip(trials["trial"], trials["state"], strict=True))
    running = say("states.running", language)
    lines = reports.assign(trial=reports["trial"] + 1)
    lines["state"] = lines["trial"].map(keys).fillna(running)
    states = _states(language)
    chosen = alt.selection_point(fields=["state"], bind="legend")
    base = alt.Chart(lines).encode(
        x=alt.X("epoch:Q", title=charts.say("axes.epoch", language), axis=alt.Axis(format="d")),
        y=_loss(lines["loss"], language),
        color=alt.Color(
            "state:N",
            scale=alt.Scale(domain=[*states["domain"], running], range=[*states["color"], CLASS_COLOURS[3]]),
            legend=legend_key(),
        ),
        opacity=alt.when(IS_MARKED)
        .then(alt.value(1))
        .when(chosen)
        .then(_faded(0.7, 0.3))
        .otherwise(alt.value(0.06)),
        tooltip=[
            alt.Tooltip("trial:Q", title=charts.say("axes.trial", language)),
            alt.Tooltip("epoch:Q", title=charts.say("axes.epoch", language)),
            alt.Tooltip("loss:Q", title=charts.say("axes.loss", language), format=".4f"),
        ],
    )
    width = alt.when(IS_MARKED).then(alt.value(5)).otherwise(alt.value(1.6))
    size = alt.when(IS_MARKED).then(alt.value(130)).otherwise(alt.value(14))
    ways = base.mark_line(cursor="pointer").encode(detail="trial:N", strokeWidth=width)
    points = base.mark_point(filled=True, cursor="pointer").encode(size=size)
    chart = alt.layer(ways.add_params(chosen), points.add_params(_picked())).add_params(_marked())
    titles = charts.columns(language, "trial", "epoch", "loss") | {"state": say("state", language)}
    return Figure(chart, lines, say("figures.intermediate", language), titles, links=LINK)


def importance(found: pd.DataFrame, trials: pd.DataFrame, language: str) -> Figure:
    """What share of the spread of the losses each field explains; at its bar what the chosen trial has of it."""
    named = found.assign(name=[field(name, language) for name in found["field"]])
    order = list(named["name"])
    chart = (
        alt.Chart(named)
        .mark_bar(color=BAR_COLOUR)
        .encode(
            x=alt.X("importance:Q", title=say("share", language), axis=alt.Axis(format=".0%", tickCount=5)),
            y=alt.Y("name:N", sort=order, title=None, axis=alt.Axis(labelLimit=200)),
            tooltip=[
                alt.Tooltip("name:N", title=say("field", language)),
                alt.Tooltip("importance:Q", title=say("share", language), format=".1%"),
            ],
        )
    )
    values = pd.concat(
        [
            trials[["trial"]].assign(name=field(name, language), value=_written(trials, name, language))
            for name in found["field"]
        ]
    )
    words = (
        alt.Chart(values, name=f"{charts.HALO}_importance")
        .transform_filter(IS_MARKED)
        .mark_text(align="left", dx=6, fontSize=14, fontWeight="bold", color=NEUTRAL_COLOUR)
        .encode(x=alt.value(0), y=alt.Y("name:N", sort=order), text="value:N")
    )
    titles = {"name": say("field", language), "importance": say("share", language)}
    chart = alt.layer(chart, words).add_params(_marked())
    return Figure(chart, named, say("figures.importance", language), titles, links=LINK)


def _written(trials: pd.DataFrame, name: str, language: str) -> list[str]:
    """A field's values in words."""
    return [called(name, v, language) if isinstance(v, float | int) else str(v) for v in trials[name]]


def places(trials: pd.DataFrame, name: str, given: Field) -> pd.Series:
    """Where a field's values lie on its axis: 0 at the lower end, 1 at the upper one; choices in their order."""
    if isinstance(given, list):
        order = list(dict.fromkeys(trials[name]))
        return trials[name].map({value: k / max(1, len(order) - 1) for k, value in enumerate(order)})
    low, high = float(given[0]), float(given[1])
    values = trials[name].astype(float)
    if len(given) == 3:
        return np.log(values / low) / np.log(high / low)
    return (values - low) / (high - low)


def parallel(
    trials: pd.DataFrame, fields: Sequence[str], space: Mapping[str, Field], language: str
) -> Figure:
    """A line for each trial across the axes of all fields; the one under the mouse stands out."""
    ended = trials.sort_values("loss", ascending=False)
    parts, ends = [], []
    for name in fields:
        label, given = field(name, language), space[name]
        values = _written(ended, name, language)
        part = ended[["trial", "loss", "state"]].assign(
            field=label, place=places(ended, name, given), value=values
        )
        parts.append(part)
        marked = (
            part.drop_duplicates("value") if isinstance(given, list) else _ends(label, name, given, language)
        )
        ends.append(marked[["field", "place", "value"]])
    frame, marks = pd.concat(parts, ignore_index=True), pd.concat(ends, ignore_index=True)
    marks["side"] = marks["place"].map({0.0: "bottom", 1.0: "top"}).fillna("middle")
    order = [field(name, language) for name in fields]
    x = alt.X(
        "field:N",
        sort=order,
        title=None,
        axis=alt.Axis(labelAngle=0, labelLimit=130),
        scale=alt.Scale(padding=0.4),
    )
    y = alt.Y("place:Q", axis=None, scale=alt.Scale(domain=[-0.12, 1.12]))
    under = alt.selection_point(fields=["trial"], on="pointerover", nearest=False, empty=False)
    lines = (
        alt.Chart(frame)
        .mark_line(cursor="pointer")
        .encode(
            x=x,
            y=y,
            detail="trial:N",
            color=_shade(language),
            strokeWidth=alt.when(IS_MARKED)
            .then(alt.value(7))
            .when(under)
            .then(alt.value(5))
            .otherwise(alt.value(1.8)),
            opacity=alt.when(IS_MARKED)
            .then(alt.value(1))
            .when(under)
            .then(alt.value(1))
            .otherwise(_faded(0.5, 0.25)),
            tooltip=[
                alt.Tooltip("trial:Q", title=charts.say("axes.trial", language)),
                alt.Tooltip("loss:Q", title=charts.say("axes.loss", language), format=".4f"),
            ],
        )
        .add_params(under, _picked())
    )
    inward = marks["side"].eq("middle") & marks["field"].eq(order[-1])
    marks["side"] = marks["side"].mask(inward, "inward")
    styles: dict[str, dict[str, Any]] = {
        "bottom": {"align": "center", "dy": 14},
        "top": {"align": "center", "dy": -14},
        "middle": {"align": "left", "dx": 8},
        "inward": {"align": "right", "dx": -8},  # at the last axis, to the legend's left
    }
    words = [
        alt.Chart(marks[marks["side"] == name], name=f"{charts.HALO}_{name}")
        .mark_text(fontSize=13, color=NEUTRAL_COLOUR, fontWeight="bold", **style)
        .encode(x=x, y=y, text="value:N")
        for name, style in styles.items()
    ]
    titles = charts.columns(language, "trial", "loss") | {
        "field": say("field", language),
        "value": say("value", language),
    }
    chart = alt.layer(lines, *words).add_params(_marked())
    return Figure(chart, frame, say("figures.parallel", language), titles, wide=True, links=LINK)


def _ends(label: str, name: str, given: Field, language: str) -> pd.DataFrame:
    ends = [(label, place, called(name, given[place], language)) for place in (0, 1)]
    return pd.DataFrame(ends, columns=["field", "place", "value"])


def _across(trials: pd.DataFrame, name: str, given: Field, language: str, axis: Any) -> Any:
    """A field as the channel of an axis."""
    title = field(name, language)
    if isinstance(given, list):
        return axis(
            f"{name}:N",
            title=title,
            axis=alt.Axis(labelAngle=0 if axis is alt.Y else -45, labelOverlap=False),
        )
    scale = alt.Scale(domain=list(given[:2]), nice=False, type="log" if len(given) == 3 else "linear")
    return axis(f"{name}:Q", title=title, scale=scale, axis=alt.Axis(format=".1~g", tickCount=5))


def slices(trials: pd.DataFrame, fields: Sequence[str], space: Mapping[str, Field], language: str) -> Figure:
    """Loss against each field, and the rank of each trial in the planes of the first fields; the trial under the mouse
    in one of them stands out in all.

    Not a rectangle that one draws: Vega-Lite's marks of it have no names for assistive technology.
    """
    pointed = alt.selection_point(name="pointed", on="pointerover", fields=["trial"], clear="pointerout")
    ranked = trials.assign(rank=trials["loss"].rank(method="min").astype(int))
    drawn = []
    for number, name in enumerate(fields):
        chart = alt.Chart(ranked, name=f"slice_{number}", width=SLICE[0], height=SLICE[1])
        drawn.append(
            chart.mark_point(filled=True, cursor="pointer").encode(
                x=_across(trials, name, space[name], language, alt.X),
                y=_loss(trials["loss"], language, title=number % COLUMNS == 0),
                color=alt.condition(pointed, alt.value(CLASS_COLOURS[0]), alt.value(NEUTRAL_COLOUR)),
                opacity=alt.condition(pointed, alt.value(0.8), alt.value(0.15)),
                tooltip=_tips(trials, language),
                **_ring(45),
            )
        )
    legend = alt.Legend(title=say("rank", language), orient="bottom", gradientLength=160, format="d")
    colour = alt.Color("rank:Q", scale=alt.Scale(scheme=charts.SHADES), legend=legend)
    ranks = []
    for number, (first, second) in enumerate(itertools.combinations(fields[:RANKED], 2)):
        chart = alt.Chart(ranked, name=f"rank_{number}", width=SLICE[0], height=SLICE[1])
        ranks.append(
            chart.mark_point(filled=True, cursor="pointer").encode(
                x=_across(trials, first, space[first], language, alt.X),
                y=_across(trials, second, space[second], language, alt.Y),
                color=colour,
                opacity=alt.condition(pointed, alt.value(0.95), alt.value(0.15)),
                tooltip=[alt.Tooltip("rank:Q", title=say("rank", language)), *_tips(trials, language)],
                **_ring(70, "#666"),
            )
        )
    rows = [alt.concat(*row, columns=COLUMNS, spacing=10) for row in (drawn, ranks) if row]
    joined = alt.vconcat(*rows, spacing=20)
    views = [one.name for one in (*drawn, *ranks)]
    select = alt.PointSelectionConfig(type="point", on="pointerover", fields=["trial"], clear="pointerout")
    click = alt.PointSelectionConfig(type="point", on="click", fields=[LINK], toggle=False)
    joined.params = [
        alt.TopLevelSelectionParameter(name=pointed.name, select=select, views=views),
        alt.TopLevelSelectionParameter(name="picked", select=click, views=views),
        alt.VariableParameter(name="marked", value=None),
    ]
    titles = charts.columns(language, "trial", "loss") | {"rank": say("rank", language)}
    titles |= {name: field(name, language) for name in fields}
    return Figure(joined, ranked, say("figures.slices", language), titles, wide=True, links=LINK)


def timeline(times: pd.DataFrame, trials: pd.DataFrame, language: str) -> Figure:
    """When each trial was under way."""
    states = _states(language)
    bars = times.assign(trial=times["trial"] + 1)
    bars["state"] = bars["trial"].map(dict(zip(trials["trial"], trials["state"], strict=True)))
    bars = bars.dropna(subset="state")
    seconds = charts.say("axes.seconds", language)
    trial = charts.say("axes.trial", language)
    chart = (
        alt.Chart(bars)
        .mark_rect(height=alt.RelativeBandSize(0.8), cursor="pointer")
        .encode(
            x=alt.X("began:Q", title=seconds, scale=alt.Scale(zero=False)),
            x2="ended:Q",
            y=alt.Y("trial:O", title=trial, axis=alt.Axis(labelOverlap=True), sort="ascending"),
            color=alt.Color(
                "state:N",
                scale=alt.Scale(domain=states["domain"], range=states["color"]),
                legend=legend_key(),
            ),
            tooltip=[
                alt.Tooltip("trial:O", title=trial),
                alt.Tooltip("state:N", title=say("state", language)),
                alt.Tooltip("began:Q", title=say("began", language), format=".2f"),
                alt.Tooltip("ended:Q", title=say("ended", language), format=".2f"),
            ],
            stroke=alt.when(IS_MARKED).then(alt.value(MARK_COLOUR)).otherwise(alt.value(None)),
            strokeWidth=alt.when(IS_MARKED).then(alt.value(5)).otherwise(alt.value(0)),
            opacity=alt.when(IS_MARKED).then(alt.value(1)).otherwise(_faded(1, 0.4)),
        )
        .add_params(_picked(), _marked())
    )
    titles = charts.columns(language, "trial") | {
        name: say(name, language) for name in ("state", "began", "ended")
    }
    return Figure(chart, bars, say("figures.timeline", language), titles, links=LINK)


def contour(
    trials: pd.DataFrame, first: str, second: str, space: Mapping[str, Field], language: str
) -> Figure:
    """The plane of the two fields that mattered most: the trials, and the loss on straight lines between them."""
    colour = _shade(language)
    x = _across(trials, first, space[first], language, alt.X)
    y = _across(trials, second, space[second], language, alt.Y)
    points = (
        alt.Chart(trials)
        .mark_point(filled=True, opacity=1, cursor="pointer")
        .encode(x=x, y=y, color=colour, tooltip=_tips(trials, language), **_ring(80, "#666"))
        .add_params(_picked())
    )
    chart: ChartType = points
    ground = surface(trials, first, second, space)
    if len(ground):
        shades = (
            alt.Chart(ground)
            .mark_rect(opacity=0.55, strokeWidth=0)
            .encode(
                x=alt.X("x:Q", **_only(x)), x2="x2:Q", y=alt.Y("y:Q", **_only(y)), y2="y2:Q", color=colour
            )
        )
        chart = alt.layer(shades, points)
    titles = charts.columns(language, "trial", "loss") | {n: field(n, language) for n in (first, second)}
    return Figure(
        chart.add_params(_marked()), trials, say("figures.contour", language), titles, wide=True, links=LINK
    )


def _only(channel: Any) -> dict[str, Any]:
    return {name: channel[name] for name in ("title", "scale", "axis")}


def surface(trials: pd.DataFrame, first: str, second: str, space: Mapping[str, Field]) -> pd.DataFrame:
    """The loss between the trials, its logarithm interpolated linearly: ``x``, ``x2``, ``y``, ``y2``, ``loss``; empty
    where a field is a choice, or too few trials span no triangle."""
    columns = ["x", "x2", "y", "y2", "loss"]
    if isinstance(space[first], list) or isinstance(space[second], list) or len(trials) < 4:
        return pd.DataFrame(columns=columns)
    known = np.column_stack([places(trials, name, space[name]) for name in (first, second)])
    if min(np.ptp(known, axis=0)) == 0 or np.linalg.matrix_rank(known - known[0], tol=1e-6) < 2:
        return pd.DataFrame(columns=columns)
    edges = np.linspace(0, 1, SIDE + 1)
    middle = (edges[1:] + edges[:-1]) / 2
    across, up = np.meshgrid(middle, middle)
    losses = griddata(known, np.log(trials["loss"].to_numpy()), (across, up), method="linear")
    rows = []
    for j in range(SIDE):
        for i in range(SIDE):
            if np.isfinite(losses[j, i]):
                ends = [_value(space[first], edges[i + k]) for k in (0, 1)]
                ends += [_value(space[second], edges[j + k]) for k in (0, 1)]
                rows.append((*ends, float(np.exp(losses[j, i]))))
    return pd.DataFrame(rows, columns=columns)


def _value(given: Field, place: float) -> float:
    low, high = float(given[0]), float(given[1])
    return float(low * (high / low) ** place) if len(given) == 3 else float(low + (high - low) * place)
