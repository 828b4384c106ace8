"""Why inputs of one sign make the weights zig-zag: two activations on a problem with two weights."""

from __future__ import annotations

from collections.abc import Iterator

import altair as alt
import numpy as np
import pandas as pd

from playground.chapters.activations import parts
from playground.chapters.activations.parts import say
from playground.chapters.activations.two_weights import SAMPLES, ZigZag, direction_frame, zigzag
from playground.chapters.controls import Settings, seed
from playground.chapters.section import Figure, Section, Table, Verdict
from playground.experiment import Experiment
from playground.registry import Spec
from playground.techniques import ACTIVATIONS
from playground.views.theme import CLASS_COLOURS, NEUTRAL_COLOUR, label_expression

PAIR = ("first", "second")
BLUE, ORANGE = CLASS_COLOURS[:2]
REACH = 0.8
"""Weights shown reach this far up and down from half the way, and twice as far to both sides: pictures are wide."""


def run(settings: Settings) -> Iterator[tuple[float, dict[str, ZigZag]]]:
    """Both runs, by the name of the control."""
    found: dict[str, ZigZag] = {}
    for name in PAIR:
        found[name] = zigzag(
            settings[name], float(settings.angle), settings.rate, settings.batch, seed=settings.seed
        )
        yield len(found) / 2, dict(found)


def paths(result: dict[str, ZigZag]) -> pd.DataFrame:
    """All steps: columns ``who`` (a name of ``PAIR``) and those of ``ZigZag.path``."""
    return pd.concat([run.path.assign(who=who) for who, run in result.items()], ignore_index=True)


def picture(result: dict[str, ZigZag], settings: Settings, language: str) -> list[Figure]:
    """Both ways from the origin to the cross; below, a rose of each one's directions."""
    frame = paths(result)
    names = {who: _name(settings[who], language) for who in PAIR}
    goal = result["first"].goal
    middle = goal[0] / 2, goal[1] / 2
    x = alt.X("w1:Q", title="w₁", scale=_scale(middle[0], 2 * REACH))
    y = alt.Y("w2:Q", title="w₂", scale=_scale(middle[1], REACH))
    quarters = pd.DataFrame([{"w1": 0, "w2": 0, "x2": s * 4 * REACH, "y2": s * 4 * REACH} for s in (-1, 1)])
    free = (
        alt.Chart(quarters)
        .mark_rect(color=ORANGE, opacity=0.1, clip=True)
        .encode(x=x, y=y, x2="x2:Q", y2="y2:Q")
    )
    ways = (
        alt.Chart(frame)
        .mark_line(strokeWidth=2, point={"size": 26}, clip=True)
        .encode(
            x=x,
            y=y,
            order="update:Q",
            color=alt.Color(
                "who:N",
                title=None,
                scale=alt.Scale(domain=list(PAIR), range=[ORANGE, BLUE]),
                legend=alt.Legend(orient="top", labelExpr=label_expression(names), symbolType="stroke"),
            ),
            tooltip=[
                alt.Tooltip("update:Q", title=say("axes.update", language)),
                alt.Tooltip("w1:Q", title="w₁", format=".3f"),
                alt.Tooltip("w2:Q", title="w₂", format=".3f"),
                alt.Tooltip("angle:Q", title=say("axes.angle", language), format=".0f"),
            ],
        )
    )
    cross = (
        alt.Chart(pd.DataFrame([{"w1": goal[0], "w2": goal[1]}]))
        .mark_point(shape="cross", size=260, color="#d1478e", filled=True, opacity=1)
        .encode(x=x, y=y)
    )
    columns = {"who": say("activation", language), **parts.titles(("update", "w1", "w2", "angle"), language)}
    shown = frame.assign(who=[names[who] for who in frame["who"]])
    main = Figure(alt.layer(free, ways, cross), shown, columns=columns)
    return [main, *(rose(result[who], names[who], language) for who in PAIR if who in result)]


def _scale(middle: float, reach: float) -> alt.Scale:
    return alt.Scale(domain=[round(middle - reach, 2), round(middle + reach, 2)], nice=False)


def _name(spec: Spec, language: str) -> str:
    return parts.shown(spec.name, language)


def rose(run: ZigZag, name: str, language: str) -> Figure:
    """How many steps went in which direction; its axes are named: what a step that way does to the weights."""
    frame = direction_frame(run)
    # Vega measures angles clockwise from the top, a step's direction goes anticlockwise from the right.
    drawn = frame.assign(
        theta=np.radians(90 - frame["end"]),
        theta2=np.radians(90 - frame["start"]),
        kind=np.where(frame["same_sign"], "same", "opposite"),
        root=np.sqrt(frame["count"]),
    )
    kinds = {kind: SECTION.say(kind, language) for kind in ("same", "opposite")}
    most = float(drawn["root"].max())
    radius = alt.Scale(rangeMin=3, zero=True, domain=[0, most * 1.35])
    arcs = (
        alt.Chart(drawn)
        .mark_arc(stroke="#ffffff", strokeWidth=0.5, innerRadius=3)
        .encode(
            theta=alt.Theta("theta:Q", scale=None),
            theta2="theta2:Q",
            radius=alt.Radius("root:Q", scale=radius),
            color=alt.Color(
                "kind:N",
                title=None,
                scale=alt.Scale(domain=list(kinds), range=[ORANGE, BLUE]),
                legend=alt.Legend(
                    orient="bottom", columns=1, labelExpr=label_expression(kinds), labelLimit=300
                ),
            ),
            tooltip=[
                alt.Tooltip("start:Q", title=say("axes.angle", language)),
                alt.Tooltip("count:Q", title=say("axes.steps", language)),
            ],
        )
    )
    ends = pd.DataFrame(
        [
            {"theta": np.radians(90 - angle), "root": most * 1.2, "words": f"{angle}° {words}"}
            for angle, words in ((0, "w₁ ↑"), (90, "w₂ ↑"), (180, "w₁ ↓"), (270, "w₂ ↓"))
        ]
    )
    labels = (
        alt.Chart(ends)
        .mark_text(fontSize=13, color=NEUTRAL_COLOUR)
        .encode(
            theta=alt.Theta("theta:Q", scale=None),
            radius=alt.Radius("root:Q", scale=radius),
            text="words:N",
        )
    )
    columns = parts.titles(("start", "end", "count"), language)
    return Figure(alt.layer(arcs, labels), frame, SECTION.say("rose", language, name=name), columns)


def tables(result: dict[str, ZigZag], settings: Settings, language: str) -> list[Table]:
    """Both runs in numbers."""
    frame = pd.DataFrame(
        [
            {
                "activation": _name(settings[who], language),
                "same_sign": run.same_sign,
                "detour": run.detour,
                "arrival": "–" if run.arrival is None else str(run.arrival),
                "updates": len(run.path) - 1,
            }
            for who, run in result.items()
        ]
    )
    formats = {"same_sign": "percent", "detour": "%.2f"}
    return [Table(frame, parts.titles(list(frame.columns), language), formats=formats)]


def verdict(result: dict[str, ZigZag], settings: Settings) -> Verdict:
    """Does the first one go only up-right and down-left, on a longer way than the second?"""
    first, second = result["first"], result["second"]
    values = {
        "first": f"{first.same_sign:.0%}",
        "second": f"{second.same_sign:.0%}",
        "detour": f"{first.detour:.1f}",
        "other": f"{second.detour:.1f}",
    }
    holds = first.same_sign == 1 and second.same_sign < 1 and first.detour > second.detour
    key = "batch" if settings.batch > 1 else "zigzag" if holds else "other"
    return Verdict(key, holds, values)


def code(settings: Settings) -> str:
    """The two runs in PyTorch."""
    modules = ", ".join(ACTIVATIONS[settings[who].name].export(settings[who]) for who in PAIR)
    return f"""import math

import torch
from torch import nn

g = torch.Generator().manual_seed({settings.seed})
z = torch.randn({SAMPLES}, 2, generator=g)
angle = math.radians({settings.angle})
goal = torch.tensor([math.cos(angle), math.sin(angle)])
for f in ({modules}):
    h = f(z).detach()
    w = torch.zeros(2)
    same_sign = 0
    for k in range({SAMPLES}):
        step = -{settings.rate} * (h[k] @ (w - goal)) * h[k]  # gradient of (w.h - goal.h)^2 / 2
        same_sign += int(step[0] * step[1] >= 0)
        w += step
    print(type(f).__name__, "steps with both weights in one direction:", same_sign, "of {SAMPLES},", w.tolist())
"""


SECTION = Section(
    rows=("not_centered",),
    controls=(
        parts.activation("sigmoid", "first", without=("maxout",)),
        parts.activation("tanh", "second", without=("maxout",)),
        parts.slider("angle", 0, 360, 135, step=5),
        parts.rate(0.5, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 1.5, 2.0),
        parts.slider("batch", 1, SAMPLES, 1, log=True, values=(1, 2, 4, 8, 16, 32, SAMPLES)),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    experiment=lambda settings: Experiment(
        dataset="blobs",
        hidden=(2,),
        activation=settings.first,
        learning_rate=min(settings.rate, 1.0),
        batch_size=settings.batch,
        seed=settings.seed,
    ),
    lanes=lambda settings: parts.raced(
        Experiment(
            dataset="blobs", hidden=(2,), learning_rate=min(settings.rate, 1.0), batch_size=settings.batch
        ),
        (settings.first.name, settings.second.name),
        30,
        metric="loss",
    ),
    code=code,
    formula=lambda settings: r"\frac{\partial L}{\partial w_i} = (s - y)\, h_i, \qquad s = w_1 h_1 + w_2 h_2",
)
