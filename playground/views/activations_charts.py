"""Charts of the chapter on activations that are more than lines."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from playground.labs.activations_zigzag import ZigZag, direction_frame, loss_grid
from playground.text import text
from playground.views.activations_lines import axis_title, lines, named_activations, rule
from playground.views.theme import CLASS_COLOURS, NEUTRAL_COLOUR, label_expression

Picture = alt.Chart | alt.LayerChart | alt.FacetChart

BLUE, ORANGE = CLASS_COLOURS[:2]
DECADES = 6.0
"""The grid's colours end at this many powers of ten."""


def function_chart(language: str, frame: pd.DataFrame, quantity: str, height: int = 380) -> Picture:
    """Activations or their derivatives, overlaid. ``frame`` as of ``function_frame``."""
    part = named_activations(frame[frame["quantity"] == quantity], language)
    part = part.rename(columns={"y": quantity})
    return lines(language, part, "z", quantity, "activation", height=height)


def tanh_chart(language: str, frame: pd.DataFrame) -> Picture:
    """tanh as a wide line and 2σ(2z) − 1 as a thin one on it."""
    names = {"tanh": "tanh z", "from_sigmoid": "2σ(2z) − 1"}
    long = frame.melt("z", list(names), var_name="curve", value_name="value")
    colour = alt.Color(
        "curve:N",
        title=None,
        scale=alt.Scale(domain=list(names), range=[BLUE, ORANGE]),
        legend=alt.Legend(orient="top", labelExpr=label_expression(names), symbolType="stroke"),
    )
    drawn = [
        alt.Chart(long[long["curve"] == curve])
        .mark_line(**mark)
        .encode(
            x=alt.X("z:Q", title="z", scale=alt.Scale(nice=False)),
            y=alt.Y("value:Q", title=axis_title("value", language)),
            color=colour,
        )
        for curve, mark in (
            ("tanh", {"strokeWidth": 8}),
            ("from_sigmoid", {"strokeWidth": 2.5, "strokeDash": [8, 5]}),
        )
    ]
    return alt.layer(*drawn).properties(height=280)


def cost_chart(language: str, frame: pd.DataFrame) -> Picture:
    """Time of a call relative to ReLU, forward alone and with the gradient."""
    passes = {name: text(f"lab_activations.cost.{name}", language) for name in ("forward", "backward")}
    data = named_activations(frame, language)
    bars = (
        alt.Chart(data)
        .mark_bar()
        .encode(
            y=alt.Y("activation:N", title=None, sort=None, axis=alt.Axis(labelLimit=160)),
            yOffset=alt.YOffset("pass:N", sort=list(passes)),
            x=alt.X("relative:Q", title=axis_title("relative", language)),
            color=alt.Color(
                "pass:N",
                title=None,
                sort=list(passes),
                scale=alt.Scale(domain=list(passes), range=[BLUE, ORANGE]),
                legend=alt.Legend(orient="top", labelExpr=label_expression(passes)),
            ),
            tooltip=[
                alt.Tooltip("activation:N", title=axis_title("activation", language)),
                alt.Tooltip("relative:Q", title=axis_title("relative", language), format=".2f"),
                alt.Tooltip("microseconds:Q", title=axis_title("microseconds", language), format=".0f"),
            ],
        )
    )
    return alt.layer(bars, rule(1, "x")).properties(height=alt.Step(12))


def grid_chart(language: str, frame: pd.DataFrame, selected: str = "") -> Picture:
    """Which pairs of activation and initialization let the gradient through: orange grows, blue fades."""
    data = frame.assign(
        shade=frame["decades"].clip(-DECADES, DECADES).fillna(0),
        state=["none" if np.isnan(v) else "zero" if np.isneginf(v) else "number" for v in frame["decades"]],
        written=["–" if np.isnan(v) else "−∞" if np.isneginf(v) else f"{v:.1f}" for v in frame["decades"]],
    )
    for column, family in (("activation", "activations"), ("init", "initializers")):
        data[column] = [text(f"techniques.{family}.{name}.label", language) for name in data[column]]
    data["decades"] = data["decades"].replace([np.inf, -np.inf], np.nan)
    base = alt.Chart(data).encode(
        x=alt.X(
            "init:N", sort=None, title=None, axis=alt.Axis(labelAngle=-40, labelLimit=150, labelOverlap=False)
        ),
        y=alt.Y("activation:N", sort=None, title=None, axis=alt.Axis(labelLimit=150, labelOverlap=False)),
        tooltip=[
            alt.Tooltip("activation:N", title=axis_title("activation", language)),
            alt.Tooltip("init:N", title=axis_title("init", language)),
            alt.Tooltip("written:N", title=axis_title("decades", language)),
        ],
    )
    squares = base.mark_rect(stroke="#ffffff", strokeWidth=0.5).encode(
        color=alt.condition(
            "datum.state == 'none'",
            alt.value("#9a9a9a"),
            alt.Color(
                "shade:Q",
                title=axis_title("decades", language),
                scale=alt.Scale(domain=[-DECADES, 0, DECADES], range=[BLUE, "#f7f7f7", ORANGE]),
                legend=alt.Legend(orient="top", gradientLength=220, titleLimit=400),
            ),
        )
    )
    numbers = base.mark_text(fontSize=10).encode(
        text="written:N",
        color=alt.condition(
            "datum.shade < -3.5 || datum.state == 'none'", alt.value("#ffffff"), alt.value("#222222")
        ),
    )
    return alt.layer(squares, numbers).properties(height=alt.Step(23))


def moments_chart(language: str, frame: pd.DataFrame, moment: str) -> Picture:
    """Mean or variance of the outputs by layer, with SELU's fixed point as a dashed line."""
    data = named_activations(frame, language)
    data = data[np.isfinite(data[moment])]
    drawn = lines(language, data, "layer", moment, "activation", points=True, log_y=moment == "variance")
    return alt.layer(rule(1 if moment == "variance" else 0), drawn).properties(height=340)


def path_chart(language: str, run: ZigZag, size: int = 380) -> Picture:
    """The way over the loss, step by step, from the origin to the goal."""
    grid = loss_grid(run)
    step = grid["w1"].drop_duplicates().diff().median()
    half = step * 0.55  # a little overlap, or seams would show
    cells = grid.assign(
        left=grid["w1"] - half, right=grid["w1"] + half, low=grid["w2"] - half, high=grid["w2"] + half
    )
    squares = (
        alt.Chart(cells)
        .mark_rect(clip=True)
        .encode(
            x=alt.X("left:Q", title="w₁", scale=alt.Scale(domain=[-1.3, 1.3], nice=False)),
            x2="right:Q",
            y=alt.Y("low:Q", title="w₂", scale=alt.Scale(domain=[-1.3, 1.3], nice=False)),
            y2="high:Q",
            color=alt.Color(
                "loss:Q",
                title=axis_title("loss", language),
                scale=alt.Scale(scheme="greys", type="sqrt"),
                legend=None,
            ),
        )
    )
    tips = [
        alt.Tooltip("update:Q", title=axis_title("update", language)),
        alt.Tooltip("w1:Q", title="w₁", format=".3f"),
        alt.Tooltip("w2:Q", title="w₂", format=".3f"),
        alt.Tooltip("angle:Q", title=axis_title("angle", language), format=".0f"),
    ]
    inside = run.path[(run.path["w1"].abs() < 1.3) & (run.path["w2"].abs() < 1.3)]
    way = (
        alt.Chart(inside)
        .mark_line(color=ORANGE, strokeWidth=1.6, point={"size": 16, "color": ORANGE})
        .encode(x="w1:Q", y="w2:Q", order="update:Q", tooltip=tips)
    )
    goal = (
        alt.Chart(pd.DataFrame([{"w1": run.goal[0], "w2": run.goal[1]}]))
        .mark_point(shape="cross", size=140, color=BLUE, filled=True, opacity=1)
        .encode(x="w1:Q", y="w2:Q")
    )
    return alt.layer(squares, way, goal).properties(width=size, height=size)


def direction_chart(language: str, run: ZigZag, size: int = 300) -> Picture:
    """The directions of the steps as a rose; coloured sectors move both weights the same way."""
    frame = direction_frame(run)
    # Vega measures angles clockwise from the top, a step's direction goes anticlockwise from the right.
    frame = frame.assign(
        theta=np.radians(90 - frame["end"]),
        theta2=np.radians(90 - frame["start"]),
        kind=np.where(frame["same_sign"], "same", "opposite"),
        root=np.sqrt(frame["count"]),
    )
    kinds = {name: text(f"lab_activations.zigzag.{name}", language) for name in ("same", "opposite")}
    return (
        alt.Chart(frame)
        .mark_arc(stroke="#ffffff", strokeWidth=0.5, innerRadius=3)
        .encode(
            theta=alt.Theta("theta:Q", scale=None),
            theta2="theta2:Q",
            radius=alt.Radius("root:Q", scale=alt.Scale(rangeMin=3, zero=True)),
            color=alt.Color(
                "kind:N",
                title=None,
                scale=alt.Scale(domain=list(kinds), range=[ORANGE, BLUE]),
                legend=alt.Legend(orient="top", columns=1, labelExpr=label_expression(kinds), labelLimit=260),
            ),
            tooltip=[
                alt.Tooltip("start:Q", title=axis_title("angle", language)),
                alt.Tooltip("count:Q", title=axis_title("steps", language)),
            ],
        )
        .properties(width=size, height=size)
    )


def race_chart(language: str, frame: pd.DataFrame) -> Picture:
    """Epochs to the goal against the learning rate: a dot for each run, a line through the medians."""
    data = named_activations(frame, language)
    reached = data[np.isfinite(data["epochs"])]
    medians = data.groupby(["activation", "learning_rate"], sort=False)["epochs"].median().reset_index()
    medians = medians[np.isfinite(medians["epochs"])]
    drawn = lines(language, medians, "learning_rate", "epochs", "activation", log_x=True, height=280)
    dots = (
        alt.Chart(reached)
        .mark_point(filled=True, size=30, opacity=0.6)
        .encode(
            x=alt.X("learning_rate:Q", scale=alt.Scale(type="log")),
            y=alt.Y("epochs:Q", scale=alt.Scale(zero=True)),
            color=alt.Color("activation:N"),
            tooltip=[
                alt.Tooltip("activation:N", title=axis_title("activation", language)),
                alt.Tooltip("learning_rate:Q", title=axis_title("learning_rate", language)),
                alt.Tooltip("epochs:Q", title=axis_title("epochs", language)),
            ],
        )
    )
    return alt.layer(drawn, dots)


def unit_chart(language: str, units: pd.DataFrame) -> Picture:
    """What each hidden unit adds to the network's output."""
    return (
        alt.Chart(units)
        .mark_line(strokeWidth=1.3, opacity=0.8)
        .encode(
            x=alt.X("x:Q", title="x", scale=alt.Scale(nice=False)),
            y=alt.Y("contribution:Q", title=axis_title("contribution", language)),
            color=alt.Color("unit:O", scale=alt.Scale(scheme="viridis"), legend=None),
            tooltip=[
                alt.Tooltip("unit:O", title=axis_title("unit", language)),
                alt.Tooltip("x:Q", format=".2f"),
                alt.Tooltip("contribution:Q", title=axis_title("contribution", language), format=".3f"),
            ],
        )
        .properties(height=280)
    )


def separation_chart(language: str, X: np.ndarray, y: np.ndarray, borders: pd.DataFrame) -> Picture:
    """Two classes of points and straight borders.

    Args:
        X, y: points (n, 2), classes (n,).
        borders: columns ``who``, ``x1``, ``x2``: two ends each.
    """
    reach = float(np.abs(X).max()) * 1.1
    domain = alt.Scale(domain=[-reach, reach], nice=False)
    points = (
        alt.Chart(pd.DataFrame({"x1": X[:, 0], "x2": X[:, 1], "y": y}))
        .mark_point(filled=True, size=24, opacity=0.75)
        .encode(
            x=alt.X("x1:Q", title="x₁", scale=domain),
            y=alt.Y("x2:Q", title="x₂", scale=domain),
            color=alt.Color("y:N", scale=alt.Scale(domain=[0, 1], range=[BLUE, ORANGE]), legend=None),
        )
    )
    names = {who: text(f"lab_activations.linear.{who}", language) for who in ("scikit_learn", "network")}
    edges = [
        alt.Chart(borders[borders["who"] == who])
        .mark_line(clip=True, **mark)
        .encode(
            x="x1:Q",
            y="x2:Q",
            stroke=alt.Stroke(
                "who:N",
                title=None,
                scale=alt.Scale(domain=list(names), range=["#b8bcc4", "#d1478e"]),
                legend=alt.Legend(orient="top", labelExpr=label_expression(names), symbolType="stroke"),
            ),
        )
        for who, mark in (
            ("scikit_learn", {"strokeWidth": 7}),
            ("network", {"strokeWidth": 2.5, "strokeDash": [8, 5]}),
        )
    ]
    return alt.layer(points, *edges).properties(height=420)


def network_chart(language: str, units: pd.DataFrame, weights: pd.DataFrame) -> Picture:
    """Units as circles and weights as lines, of ``diagram``."""
    hidden = alt.Axis(labels=False, ticks=False, grid=False, domain=False, title=None)
    last = int(units["layer"].max())
    kind = np.where(units["layer"] == 0, "input", np.where(units["layer"] == last, "output", "hidden"))
    names = {name: text(f"lab_activations.count.{name}", language) for name in ("input", "hidden", "output")}
    edges = (
        alt.Chart(weights)
        .mark_rule(color=NEUTRAL_COLOUR, opacity=0.5)
        .encode(x=alt.X("x:Q", axis=hidden), y=alt.Y("y:Q", axis=hidden), x2="x2:Q", y2="y2:Q")
    )
    circles = (
        alt.Chart(units.assign(kind=kind))
        .mark_point(filled=True, size=260, opacity=1)
        .encode(
            x=alt.X("x:Q", axis=hidden, scale=alt.Scale(padding=24)),
            y=alt.Y("y:Q", axis=hidden, scale=alt.Scale(padding=24)),
            color=alt.Color(
                "kind:N",
                title=None,
                scale=alt.Scale(domain=list(names), range=["#9aa3ad", BLUE, ORANGE]),
                legend=alt.Legend(orient="top", labelExpr=label_expression(names)),
            ),
            tooltip=[
                alt.Tooltip("kind:N", title=axis_title("layer", language)),
                alt.Tooltip("unit:Q", title=axis_title("unit", language)),
            ],
        )
    )
    return alt.layer(edges, circles).properties(height=340)
