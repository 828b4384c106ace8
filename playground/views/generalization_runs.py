"""Charts of runs on the page of generalization: treatments compared, ensembles, early stopping, errors read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt
import pandas as pd

from playground.views.generalization_charts import (
    BLUE,
    GREEN,
    HEIGHT,
    ORANGE,
    PINK,
    Layers,
    colour,
    lines,
    names,
    rule,
    say,
    title_of,
)
from playground.views.theme import NEUTRAL_COLOUR


def comparison_chart(table: pd.DataFrame, labels: Mapping[str, str], language: str) -> Layers:
    """Each seed's training and test accuracy by treatment, and the means joined by a line: the gap.

    Args:
        table: of ``generalization_runs.compare``.
        labels: what the treatments are called.
    """
    shown = table.assign(name=table["treatment"].map(dict(labels)))
    long = shown.melt(["name", "seed"], ["accuracy_train", "accuracy_test"], "split", "accuracy")
    long = long.assign(split=long["split"].str.removeprefix("accuracy_"))
    parts = names(("train", "test"), language)
    y = alt.Y("name:N", sort=list(labels.values()), title=None, axis=alt.Axis(labelLimit=200))
    x = alt.X(
        "accuracy:Q",
        title=title_of("accuracy", language),
        scale=alt.Scale(zero=False),
        axis=alt.Axis(format="%"),
    )
    tips = [
        alt.Tooltip("name:N", title=" "),
        alt.Tooltip("split:N", title=" "),
        alt.Tooltip("accuracy:Q", format=".1%", title=title_of("accuracy", language)),
    ]
    shades = colour("split", parts, (GREEN, PINK), "circle")
    single = alt.Chart(long).mark_circle(size=22, opacity=0.35).encode(x=x, y=y, color=shades, tooltip=tips)
    means = long.groupby(["name", "split"], sort=False)["accuracy"].mean().reset_index()
    wide = means.pivot(index="name", columns="split", values="accuracy").reset_index()
    gap = alt.Chart(wide).mark_rule(color=NEUTRAL_COLOUR, strokeWidth=2).encode(x="train:Q", x2="test:Q", y=y)
    dots = alt.Chart(means).mark_circle(size=130, opacity=1).encode(x=x, y=y, color=shades, tooltip=tips)
    return alt.layer(gap, single, dots, height=120 + 38 * len(wide))


def penalty_errors_chart(table: pd.DataFrame, strength: float, language: str) -> Layers:
    """Training and test error against a penalty's strength, means over the data sets.

    Args:
        table: of ``generalization_penalties.sweep``.
        strength: the chosen one, marked.
    """
    means = table.groupby("strength")[["accuracy_train", "accuracy_test"]].mean().reset_index()
    errors = means.assign(train=1 - means["accuracy_train"], test=1 - means["accuracy_test"])
    long = errors.melt("strength", ["train", "test"], "part", "error")
    labels = names(("train", "test"), language)
    chart = lines(
        long, "strength", "error", "part", labels, (GREEN, PINK), language, log_x=True, percent=True
    )
    return alt.layer(chart, *rule(strength, f"{strength:g}"))


def penalty_zeros_chart(table: pd.DataFrame, strength: float, language: str) -> Layers:
    """Share of the weights near 0 against a penalty's strength, means over the data sets; as above."""
    means = table.groupby("strength")[["zeros"]].mean().reset_index().assign(kind="zeros")
    chart = lines(
        means,
        "strength",
        "zeros",
        "kind",
        names(("zeros",), language),
        (BLUE,),
        language,
        log_x=True,
        percent=True,
        cap=(0.0, 1.0),
    )
    return alt.layer(chart, *rule(strength, f"{strength:g}"))


def strip_chart(table: pd.DataFrame, labels: Mapping[str, str], language: str) -> Layers:
    """Accuracy of each member, of the average and of the snapshots, by data set.

    Args:
        table: of ``generalization_ensembles.over_seeds``.
    """
    shown = table.assign(set=table["seed"] + 1)
    encodings: dict[str, Any] = {
        "x": alt.X("set:O", title=title_of("set", language), axis=alt.Axis(labelAngle=0)),
        "y": alt.Y(
            "accuracy:Q",
            title=title_of("accuracy", language),
            scale=alt.Scale(zero=False),
            axis=alt.Axis(format="%"),
        ),
        "color": colour("kind", labels, (NEUTRAL_COLOUR, BLUE, ORANGE), "circle"),
        "tooltip": [
            alt.Tooltip("kind:N", title=" "),
            alt.Tooltip("accuracy:Q", format=".1%", title=title_of("accuracy", language)),
        ],
    }
    small = alt.Chart(shown[shown["kind"] == "member"]).mark_circle(size=40, opacity=0.5).encode(**encodings)
    large = alt.Chart(shown[shown["kind"] != "member"]).mark_circle(size=170, opacity=0.9).encode(**encodings)
    return alt.layer(small, large, height=HEIGHT)


def stopping_chart(curve: pd.DataFrame, best: int, stop: int, language: str) -> Layers:
    """Training and validation loss with the restored epoch and the stop.

    Args:
        curve: ``History.frame()``.
    """
    shown = curve[curve["epoch"] > 0].assign(
        part=lambda f: f["split"].map({"train": "train", "test": "validation"})
    )
    if len(shown) > 800:
        shown = shown[(shown["epoch"] % (len(shown) // 800 + 1) == 0) | shown["epoch"].isin([best, stop])]
    labels = names(("train", "validation"), language)
    loss = (
        alt.Chart(shown)
        .mark_line(strokeWidth=2)
        .encode(
            x=alt.X("epoch:Q", title=title_of("epoch", language), axis=alt.Axis(grid=False, format="d")),
            y=alt.Y("loss:Q", title=title_of("loss", language)),
            color=colour("part", labels, (GREEN, PINK)),
            tooltip=[
                alt.Tooltip("epoch:Q", title=title_of("epoch", language)),
                alt.Tooltip("loss:Q", format=".3f", title=title_of("loss", language)),
            ],
        )
    )
    return alt.layer(
        loss,
        *rule(best, say("stopping.restored", language, epoch=best)),
        alt.Chart(alt.InlineData(values=[{"value": stop}]))
        .mark_rule(color=ORANGE, strokeDash=[2, 3], strokeWidth=2)
        .encode(x="value:Q"),
        height=HEIGHT,
    )


def quadrant_chart(rows: pd.DataFrame, goal: float, tolerance: float, language: str) -> Layers:
    """Runs by training and validation error, with the lines of the table.

    Args:
        rows: columns ``name``, ``train``, ``validation``, ``own`` (whether it is the visitor's).
    """
    span = alt.Scale(domain=[0, 1], nice=False)
    x = alt.X("train:Q", title=title_of("error_train", language), scale=span, axis=alt.Axis(format="%"))
    y = alt.Y(
        "validation:Q", title=title_of("error_validation", language), scale=span, axis=alt.Axis(format="%")
    )
    edge = pd.DataFrame({"train": [0.0, 1.0], "validation": [tolerance, 1.0 + tolerance]})
    equal = pd.DataFrame({"train": [0.0, 1.0], "validation": [0.0, 1.0]})
    diagonal = alt.Chart(edge).mark_line(strokeDash=[4, 3], color=NEUTRAL_COLOUR, clip=True).encode(x=x, y=y)
    same = alt.Chart(equal).mark_line(color=NEUTRAL_COLOUR, opacity=0.4, clip=True).encode(x=x, y=y)
    dots = (
        alt.Chart(rows)
        .mark_circle(opacity=1)
        .encode(
            x=x,
            y=y,
            size=alt.condition("datum.own", alt.value(260), alt.value(90)),
            color=alt.condition("datum.own", alt.value(ORANGE), alt.value(BLUE)),
            tooltip=[
                alt.Tooltip("name:N", title=" "),
                alt.Tooltip("train:Q", format=".1%", title=title_of("error_train", language)),
                alt.Tooltip("validation:Q", format=".1%", title=title_of("error_validation", language)),
            ],
        )
    )
    words = (
        alt.Chart(rows)
        .mark_text(align="left", dx=9, dy=-8, color=NEUTRAL_COLOUR, limit=180)
        .encode(x=x, y=y, text="name:N")
    )
    line = rule(goal, say("reading.goal_line", language))
    return alt.layer(same, diagonal, *line, dots, words, height=420)
