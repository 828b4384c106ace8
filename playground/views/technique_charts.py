"""The reference page's charts, one maker a family."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import altair as alt
import pandas as pd

from playground.data import DATASETS
from playground.text import topic
from playground.views import technique_frames as frames
from playground.views.theme import CLASS_COLOURS, NEUTRAL_COLOUR

HEIGHT = 190
BLUE, ORANGE = CLASS_COLOURS[:2]
Words = Mapping[str, str]
AnyChart = alt.Chart | alt.LayerChart | alt.FacetChart


def technique_chart(family: str, name: str, language: str) -> AnyChart | None:
    """The chart of a technique; None where there is nothing to draw."""
    if family == "datasets" and DATASETS[name].kind == "custom":
        return None
    prefix = "techniques.axes."
    words = {
        key.removeprefix(prefix): value
        for key, value in topic("pages", language).items()
        if key.startswith(prefix)
    }
    return _MAKERS[family](name, words).properties(height=HEIGHT)


def _two_curves(frame: pd.DataFrame, x: alt.X, y: alt.Y, words: Words, first: str, second: str) -> alt.Chart:
    """Lines of the column ``curve``, which holds ``first`` and ``second``."""
    shown = frame.assign(curve=frame["curve"].map(words))
    colour = alt.Color(
        "curve:N",
        title=None,
        scale=alt.Scale(domain=[words[first], words[second]], range=[BLUE, ORANGE]),
        legend=alt.Legend(orient="top"),
    )
    return alt.Chart(shown).mark_line(clip=True).encode(x=x, y=y, color=colour)


def _activation(name: str, words: Words) -> alt.Chart:
    frame = frames.activation_frame(name)
    x = alt.X("z:Q", title=words["z"])
    y = alt.Y("value:Q", title=words["h"], scale=alt.Scale(domain=[-2.5, 5]))
    return _two_curves(frame, x, y, words, "function", "derivative")


def _initializer(name: str, words: Words) -> alt.Chart:
    return (
        alt.Chart(frames.initializer_frame(name))
        .mark_bar(color=BLUE)
        .encode(
            x=alt.X("left:Q", bin="binned", title=words["weight"]),
            x2="right:Q",
            y=alt.Y("share:Q", title=words["share"]),
        )
    )


def _normalization(name: str, words: Words) -> alt.Chart:
    frame = frames.normalization_frame(name)
    x, y = alt.X("sum:Q", title=words["sum"]), alt.Y("share:Q", title=words["share"])
    return _two_curves(frame, x, y, words, "before", "after").mark_line(interpolate="step")


def _skip(name: str, words: Words) -> alt.Chart:
    return (
        alt.Chart(frames.skip_frame(name))
        .mark_line(color=BLUE, point=True)
        .encode(
            x=alt.X("layer:O", title=words["layer"], axis=alt.Axis(labelAngle=0)),
            y=alt.Y(
                "norm:Q",
                title=words["norm"],
                scale=alt.Scale(type="log", domain=[1e-8, 1]),
                axis=alt.Axis(values=[1e-8, 1e-6, 1e-4, 1e-2, 1], format="~g"),
            ),
        )
    )


def _loss(name: str, words: Words) -> alt.Chart:
    title = words["score" if "binary" in frames.LOSSES[name].tasks else "residual"]
    return _line(frames.loss_frame(name), alt.X("x:Q", title=title), alt.Y("loss:Q", title=words["loss"]))


def _line(frame: pd.DataFrame, x: alt.X, y: alt.Y) -> alt.Chart:
    return alt.Chart(frame).mark_line(color=BLUE, clip=True).encode(x=x, y=y)


def _optimizer(name: str, words: Words) -> AnyChart:
    frame = frames.race_frame()
    base = alt.Chart(frame).encode(
        x=alt.X("step:Q", title=words["step"]),
        y=alt.Y(
            "loss:Q",
            title=words["loss"],
            scale=alt.Scale(type="log", domain=[1e-6, 100]),
            axis=alt.Axis(values=[1e-6, 1e-4, 1e-2, 1, 100], format="~g"),
        ),
        detail="optimizer:N",
        tooltip=["optimizer:N", "step:Q", alt.Tooltip("loss:Q", format=".3g")],
    )
    others = base.transform_filter(alt.datum.optimizer != name)
    own = base.transform_filter(alt.datum.optimizer == name)
    return alt.layer(
        others.mark_line(color=NEUTRAL_COLOUR, opacity=0.35, clip=True),
        own.mark_line(color=ORANGE, strokeWidth=3, clip=True),
    )


def _schedule(name: str, words: Words) -> alt.Chart:
    x, y = alt.X("epoch:Q", title=words["epoch"]), alt.Y("factor:Q", title=words["factor"])
    return _line(frames.schedule_frame(name), x, y)


def _weighting(name: str, words: Words) -> alt.Chart:
    x = alt.X("share:Q", title=words["class_share"], axis=alt.Axis(format="%"))
    y = alt.Y("weight:Q", title=words["weight"], scale=alt.Scale(type="log"))
    return _line(frames.weighting_frame(name), x, y)


def _clipping(name: str, words: Words) -> alt.Chart:
    x, y = alt.X("before:Q", title=words["gradient"]), alt.Y("after:Q", title=words["clipped"])
    return _line(frames.clipping_frame(name), x, y)


def _regularizer(name: str, words: Words) -> alt.Chart:
    frame = frames.regularizer_frame(name)
    x, y = alt.X("epoch:Q", title=words["epoch"]), alt.Y("loss:Q", title=words["test_loss"])
    return _two_curves(frame, x, y, words, "without", "with")


def _stopping(name: str, words: Words) -> AnyChart:
    frame = frames.stopping_frame(name)
    x, y = alt.X("epoch:Q", title=words["epoch"]), alt.Y("loss:Q", title=words["test_loss"])
    best = frame.loc[[frame["loss"].idxmin()]]
    rule = alt.Chart(best if name != "none" else best.iloc[:0]).mark_rule(color=ORANGE, strokeWidth=2)
    return alt.layer(_line(frame, x, y), rule.encode(x="epoch:Q"))


def _scatter(frame: pd.DataFrame, words: Words) -> alt.Chart:
    """Points coloured by class name, or by value where that is a number."""
    if pd.api.types.is_numeric_dtype(frame["value"]):
        colour = _diverging(frame, words)
    else:
        names = list(dict.fromkeys(sorted(frame["value"])))
        scale = alt.Scale(domain=names, range=list(CLASS_COLOURS[: len(names)]))
        colour = alt.Color("value:N", title=words["class"], scale=scale)
    return (
        alt.Chart(frame)
        .mark_circle(size=28, opacity=0.85)
        .encode(
            x=alt.X("x1:Q", title=words["x1"], scale=alt.Scale(zero=False)),
            y=alt.Y("x2:Q", title=words["x2"], scale=alt.Scale(zero=False)),
            color=colour,
        )
    )


def _diverging(frame: pd.DataFrame, words: Words) -> alt.Color:
    largest = float(frame["value"].abs().max()) or 1.0
    scale = alt.Scale(domain=[-largest, 0, largest], range=[BLUE, "#e8e8e4", ORANGE])
    return alt.Color("value:Q", title=words["value"], scale=scale)


def _feature(name: str, words: Words) -> alt.Chart:
    frame = frames.feature_frame(name)
    ticks = alt.Axis(values=[-6, -3, 0, 3, 6], labelAngle=0)
    return (
        alt.Chart(frame)
        .mark_rect()
        .encode(
            x=alt.X("x1:O", title=words["x1"], axis=ticks),
            y=alt.Y("x2:O", title=words["x2"], axis=ticks, sort="descending"),
            color=_diverging(frame, words),
        )
    )


def _split(name: str, words: Words) -> alt.Chart:
    return (
        alt.Chart(frames.split_frame(name))
        .mark_bar(color=BLUE)
        .encode(
            x=alt.X("draw:O", title=words["draw"], axis=alt.Axis(labelAngle=0)),
            y=alt.Y("rare:Q", title=words["rare_points"], scale=alt.Scale(domain=[0, 8])),
        )
    )


_MAKERS: dict[str, Callable[[str, Words], AnyChart]] = {
    "activations": _activation,
    "initializers": _initializer,
    "normalizations": _normalization,
    "skips": _skip,
    "losses": _loss,
    "weightings": _weighting,
    "optimizers": _optimizer,
    "schedules": _schedule,
    "clippings": _clipping,
    "regularizers": _regularizer,
    "stoppings": _stopping,
    "datasets": lambda name, words: _scatter(frames.dataset_frame(name), words),
    "splits": _split,
    "features": _feature,
    "preprocessings": lambda name, words: _scatter(frames.preprocessing_frame(name), words),
}
