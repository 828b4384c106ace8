"""Statistics of a preprocessing come from the training part only; those of all points move the training inputs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from playground.chapters.controls import Choice, Settings, seed
from playground.chapters.normalization import programs
from playground.chapters.normalization.parts import ORANGE, preprocessing_name, say, slider, title, titles
from playground.chapters.section import Figure, Section, Table, Verdict
from playground.data.preprocessing import PREPROCESSINGS
from playground.views.theme import NEUTRAL_COLOUR, SPLIT_COLOURS, label_expression

N = 40
"""Points of the training part, and of the test part."""
LEAST = 0.01
"""Training inputs that lie elsewhere by more have been told something."""


@dataclass(frozen=True, eq=False)
class Split:
    """Points of two classes, preprocessed with clean statistics and with those of all rows.

    Args:
        points: columns ``part`` (``"train"``, ``"leaked"``: the same training points by the statistics of all rows,
            ``"test"``), ``number`` within the part, ``class``, ``x1``, ``x2`` after preprocessing.
        moved: mean distance between the training inputs by the two.
        statistics: columns ``statistic``, ``train``, ``all``: what the preprocessing has learned from which rows.
    """

    points: pd.DataFrame
    moved: float
    statistics: pd.DataFrame


def two_classes(outlier: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Points (N, 2) and their classes; with an ``outlier``, the last one stands there."""
    labels = np.arange(N) % 2
    X = rng.standard_normal((N, 2)) * (1.0, 0.6) + np.where(labels[:, None] == 1, 1.0, -1.0) * (0.9, 0.3)
    if outlier:
        X[-1] = (outlier, 0.6 * outlier)
    return X, labels


def learned(preprocessing: str, X: np.ndarray) -> dict[str, float]:
    """The statistics that a preprocessing takes from points (n, 2), by the key of their name."""
    found: dict[str, float] = {}
    if preprocessing == "min_max":
        for i in range(2):
            found |= {f"least{i + 1}": float(X[:, i].min()), f"greatest{i + 1}": float(X[:, i].max())}
        return found
    found |= {f"mean{i + 1}": float(X[:, i].mean()) for i in range(2)}
    if preprocessing == "standardize":
        found |= {f"std{i + 1}": float(X[:, i].std()) for i in range(2)}
    if preprocessing in ("pca", "whitening"):
        values, axes = np.linalg.eigh(np.cov(X.T))
        found["direction"] = float(np.degrees(np.arctan2(axes[1, -1], axes[0, -1])) % 180)
        if preprocessing == "whitening":
            found |= {"axis1": float(np.sqrt(values[-1])), "axis2": float(np.sqrt(values[0]))}
    return found


def leak(preprocessing: str, outlier: float, seed: int = 0) -> Split:
    """Preprocess a training and a test part; the test part's last point is an outlier.

    Args:
        preprocessing: a name of the registry.
        outlier: where it stands, in standard deviations.
        seed: of the draw.
    """
    rng = np.random.default_rng(seed)
    train, y_train = two_classes(0.0, rng)
    test, y_test = two_classes(outlier, rng)
    everything = np.concatenate([train, test])
    clean, leaking = (PREPROCESSINGS[preprocessing].fit(rows) for rows in (train, everything))
    parts = {
        "train": (clean.apply(train), y_train),
        "leaked": (leaking.apply(train), y_train),
        "test": (clean.apply(test), y_test),
    }
    points = pd.concat(
        [
            pd.DataFrame({"part": part, "number": range(N), "class": y, "x1": F[:, 0], "x2": F[:, 1]})
            for part, (F, y) in parts.items()
        ],
        ignore_index=True,
    )
    moved = float(np.linalg.norm(parts["leaked"][0] - parts["train"][0], axis=1).mean())
    right, wrong = learned(preprocessing, train), learned(preprocessing, everything)
    statistics = pd.DataFrame({"statistic": list(right), "train": right.values(), "all": wrong.values()})
    return Split(points, moved, statistics)


def run(settings: Settings) -> Iterator[tuple[float, Split]]:
    """Both at once."""
    yield 1.0, leak(settings.preprocessing, settings.outlier, settings.seed)


def picture(split: Split, settings: Settings, language: str) -> list[Figure]:
    """The training points by both statistics, each joined to itself, and the test points."""
    colours = {"train": SPLIT_COLOURS["train"], "leaked": ORANGE, "test": SPLIT_COLOURS["test"]}
    labels = {part: SECTION.say(f"parts.{part}", language) for part in colours}
    x, y = (
        alt.X("x1:Q", title=title("x1_after", language), scale=alt.Scale(zero=False)),
        alt.Y("x2:Q", title=title("x2_after", language), scale=alt.Scale(zero=False)),
    )
    own = split.points[split.points["part"] != "test"]
    joined = (
        alt.Chart(own)
        .mark_line(color=NEUTRAL_COLOUR, opacity=0.7, strokeWidth=1.2)
        .encode(x=x, y=y, detail="number:N")
    )
    dots = (
        alt.Chart(split.points)
        .mark_point(size=70, filled=True, opacity=0.85)
        .encode(
            x=x,
            y=y,
            color=alt.Color(
                "part:N",
                scale=alt.Scale(domain=list(colours), range=list(colours.values())),
                legend=alt.Legend(
                    title=None, orient="top", labelLimit=320, labelExpr=label_expression(labels)
                ),
            ),
            shape=alt.Shape("class:N", legend=None),
            tooltip=[
                alt.Tooltip("class:N", title=title("class", language)),
                alt.Tooltip("x1:Q", title=title("x1_after", language), format=".3g"),
                alt.Tooltip("x2:Q", title=title("x2_after", language), format=".3g"),
            ],
        )
    )
    shown = split.points.assign(part=split.points["part"].map(labels))
    return [
        Figure(
            alt.layer(joined, dots), shown, columns=titles(("part", "number", "class", "x1", "x2"), language)
        )
    ]


def tables(split: Split, settings: Settings, language: str) -> list[Table]:
    """What the chosen preprocessing has learned from the training part, and from all points."""
    frame = split.statistics.assign(
        statistic=[say(f"axes.{name}", language) for name in split.statistics["statistic"]]
    )
    columns = {name: SECTION.say(f"columns.{name}", language) for name in ("statistic", "train", "all")}
    heading = SECTION.say("statistics", language, name=preprocessing_name(settings.preprocessing, language))
    return [Table(frame, columns, heading, {"train": "%.3f", "all": "%.3f"})]


def verdict(split: Split, settings: Settings) -> Verdict:
    """Whether the test part moves the training inputs."""
    moved = split.moved > LEAST
    return Verdict("moved" if moved else "unmoved", moved, {"moved": f"{split.moved:.3f}"})


SECTION = Section(
    rows=("leakage",),
    controls=(
        Choice(
            "preprocessing",
            tuple(name for name in PREPROCESSINGS if name != "none"),
            default="min_max",
            option=preprocessing_name,
        ),
        slider("outlier", 1.0, 12.0, 8.0, step=0.5),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    code=programs.leak,
)
