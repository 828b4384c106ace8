"""How much the result depends on the size of the first weights, with each normalization."""

from __future__ import annotations

from collections.abc import Iterator

import altair as alt
import pandas as pd

from playground.chapters.controls import Settings, seed
from playground.chapters.normalization import charts, parts
from playground.chapters.normalization.charts import named, tip
from playground.chapters.normalization.parts import BLUE, ORANGE, kind_name, percent, slider, title, titles
from playground.chapters.normalization.runs import DEEP, KINDS, TRAINS, sweep
from playground.chapters.section import Figure, Section, Verdict
from playground.experiment import Experiment

STDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
EPOCHS = 40


def network(settings: Settings) -> Experiment:
    """The deepest network, without normalization and from the largest weights."""
    return DEEP.replace(
        activation=settings.activation,
        hidden=(8,) * settings.depth,
        init={"name": "normal", "std": STDS[-1]},
        seed=settings.seed,
    )


def depths(deepest: int) -> list[int]:
    """The depths that are tried."""
    return sorted({1, max(1, deepest // 2), deepest})


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """Initial weights N(0, σ²) of every size at some depths, with each normalization; the deepest first.

    Yields:
        As ``sweep``, with ``normalization``, ``std``, ``depth`` and ``network``.
    """
    base = network(settings)
    return sweep(
        [
            (
                {"normalization": kind, "std": std, "depth": depth, "network": number},
                base.replace(
                    normalization=kind,
                    hidden=base.hidden[:depth],
                    init={"name": "normal", "std": std},
                    init_seed=base.weights_seed + number,
                ),
            )
            for depth in reversed(depths(settings.depth))
            for number in range(settings.networks)
            for std in STDS
            for kind in KINDS
        ],
        EPOCHS,
    )


def picture(frame: pd.DataFrame, settings: Settings, language: str) -> list[Figure]:
    """The training accuracy of the deepest network over the scale; below, all depths."""
    shown = frame.assign(normalization=[kind_name(kind, language) for kind in frame["normalization"]])
    columns = titles(("normalization", "depth", "std", "network", "accuracy_train"), language)
    deepest = frame["depth"] == settings.depth
    main = charts.against(frame[deepest], "std", "accuracy_train", language)
    return [
        Figure(main, shown[deepest], columns=columns),
        Figure(scale_chart(frame, language), shown, SECTION.say("depths", language), columns, wide=True),
    ]


def scale_chart(frame: pd.DataFrame, language: str) -> alt.FacetChart:
    """Heat maps of the training accuracy over initial scale and depth, one for each normalization."""
    means = frame.groupby(["normalization", "std", "depth"], sort=False, as_index=False)[
        ["accuracy_train"]
    ].mean()
    means, names = named(means, language)
    return (
        alt.Chart(means)
        .mark_rect()
        .encode(
            x=alt.X(
                "std:O",
                title=title("std", language),
                axis=alt.Axis(format="~g", labelAngle=0, labelOverlap=False),
            ),
            y=alt.Y("depth:O", title=title("depth", language), sort="descending"),
            color=alt.Color(
                "accuracy_train:Q",
                title=title("accuracy_train", language),
                scale=alt.Scale(
                    domain=[0.5, 1.0],
                    range=["#0b2a4a", BLUE, "#f4efe2", ORANGE],
                    clamp=True,
                    interpolate="rgb",
                ),
                legend=alt.Legend(format="%", orient="right"),
            ),
            tooltip=[
                tip("std", language, kind="O"),
                tip("depth", language, kind="O"),
                tip("accuracy_train", language, ".1%"),
            ],
        )
        .properties(width=alt.Step(52), height=alt.Step(34))
        .facet(
            row=alt.Row(
                "name:N",
                sort=names,
                header=alt.Header(title=None, labelAngle=0, labelAlign="left", labelLimit=120),
            ),
            spacing=10,
        )
    )


def verdict(frame: pd.DataFrame, settings: Settings) -> Verdict:
    """Whether more scales train with batch norm, and the largest one does."""
    deepest = frame[frame["depth"] == settings.depth]
    medians = deepest.groupby(["normalization", "std"])["accuracy_train"].median()
    trained = (medians >= TRAINS).groupby("normalization").sum()
    large = {kind: float(medians[kind, STDS[-1]]) for kind in KINDS}
    values: dict[str, object] = {"scales": len(STDS), "depth": settings.depth, "goal": percent(TRAINS)}
    for kind in KINDS:
        values |= {kind: int(trained[kind]), f"{kind}_large": percent(large[kind])}
    values |= {"std": f"{STDS[-1]:g}", "small": f"{STDS[0]:g}"}
    values["batch_norm_small"] = percent(float(medians["batch_norm", STDS[0]]))
    more = bool(trained["batch_norm"] > trained["none"])
    holds = more and large["batch_norm"] >= TRAINS > large["none"]
    if not holds:
        return Verdict("other", False, values)
    small = float(medians["batch_norm", STDS[0]]) >= TRAINS
    return Verdict("all" if small else "more", True, values)


SECTION = Section(
    rows=("initial_weights",),
    controls=(
        parts.activation("tanh"),
        slider("depth", 2, 8, 6),
        slider("networks", 1, 5, 2),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    experiment=lambda s: network(s).replace(normalization="batch_norm"),
    lanes=lambda s: parts.raced(network(s), EPOCHS),
)
